/** The story: networks that others trained give the logits that they gave there, and show what they look at. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jit, np, random, type Tensor } from '@puregrad/core'
import { decodeSafetensors, encodeSafetensors } from '@puregrad/formats'
import { fromTorchvision, network, toTorchvision } from '@puregrad/models'
import {
  conv2d,
  dense,
  globalAvgPool,
  init,
  type Layer,
  lambda,
  losses,
  metrics,
  relu,
  type Variables,
} from '@puregrad/nn'
import { adam } from '@puregrad/optim'
import {
  type DataError,
  data as dataModule,
  fit,
  loadMnist,
  showDataError,
  strokeDigits,
  textTable,
  weights,
} from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Told } from '../runner/example.js'
import { doodleNet, doodleRules } from '../transfer/doodle-net.js'
import { inMiddle, type Look, lookSheet, looksAt } from './looks.js'
import { resnet20, squeezenet, squeezenetName } from './networks.js'

type Result<T> = E.Either<string, T>
const named = E.mapLeft(showDataError)

const read = async <T>(
  path: string,
  decode: (bytes: Uint8Array, options: { readonly file: string }) => E.Either<DataError, T>,
): Promise<Result<T>> => named(await dataModule.readFileAs(path, decode, {})())

/** A network here beside itself elsewhere. */
export interface Checked {
  readonly name: string
  readonly images: number
  readonly largestDifference: number
  /** Of those whose class is known. */
  readonly accuracy?: number
}

/** Logits of many images, some at a time. */
const logitsOf = <P, S>(model: Layer<P, S>, { params, state }: Variables<P, S>, x: Tensor, size = 100): Tensor => {
  const run = jit((p: P, s: S, part: Tensor) => model.apply(p, s, part, { mode: 'eval' })[0])
  const count = x.shape[0] as number
  const parts = Array.from({ length: Math.ceil(count / size) }, (_, i) =>
    run(params, state, x.slice({ start: i * size, stop: Math.min(count, (i + 1) * size) })),
  )
  return np.concatenate(parts, { axis: 0 })
}
const difference = (a: Tensor, b: Tensor): number => np.max(np.abs(a.sub(b))).item()
const numbers = (x: Tensor): readonly number[] => Array.from(x.data(), Number)
const accuracyOf = (logits: Tensor, labels: Tensor): number =>
  np.mean(np.argmax(logits, { axis: 1 }).eq(labels).astype('float32')).item()

const cifarResnet = async (folder: string): Promise<Result<readonly [Checked, readonly Look[]]>> => {
  const pretrained = join(folder, 'pretrained', 'resnet20-cifar10')
  const file = named(await weights.loadWeights(join(pretrained, 'resnet20-cifar10.safetensors'))())
  if (E.isLeft(file)) return file
  const variables = E.mapLeft(weights.showWeightsError)(fromTorchvision(resnet20, [32, 32, 3], file.right))
  if (E.isLeft(variables)) return variables
  const images = await read(join(folder, 'cifar10', 'test_batch_first1000.bin.gz'), dataModule.decodeCifar10)
  if (E.isLeft(images)) return images
  const expected = await read(join(pretrained, 'test1000-logits.npy'), weights.decodeNpy)
  if (E.isLeft(expected)) return expected
  const x = np.array(images.right.images).reshape(images.right.shape)
  const labels = np.array(images.right.labels).astype('int32')
  const logits = logitsOf(resnet20, variables.right, x)
  const [known, best] = [numbers(labels), numbers(np.argmax(logits, { axis: 1 }))]
  const nameOf = (label: number | undefined): string => dataModule.cifar10Classes[label ?? 0] ?? ''
  // The first eight, whatever they are.
  const captions = known.slice(0, 8).map((label, i) => `seen as ${nameOf(best[i])}, is ${nameOf(label)}`)
  const checked = {
    name: 'ResNet-20',
    images: known.length,
    largestDifference: difference(logits, expected.right),
    accuracy: accuracyOf(logits, labels),
  }
  return E.right([checked, looksAt(resnet20, variables.right, x.slice({ stop: 8 }), 'layer3', captions)])
}

const photographs = ['bald_eagle', 'pelican', 'china', 'flower'] as const // in the order of the reference

const imageNet = async (folder: string): Promise<Result<readonly [Checked, readonly Look[]]>> => {
  const pretrained = join(folder, 'pretrained', 'squeezenet1.0-imagenet')
  const file = named(await weights.loadWeights(join(pretrained, 'squeezenet1.0-imagenet.safetensors'))())
  if (E.isLeft(file)) return file
  const tensors = new Map([...file.right].map(([name, x]) => [squeezenetName(name), x]))
  const variables = E.mapLeft(weights.showWeightsError)(fromTorchvision(squeezenet, [227, 227, 3], tensors))
  if (E.isLeft(variables)) return variables
  const expected = await read(join(pretrained, 'expected-logits-pool_final.npy'), weights.decodeNpy)
  if (E.isLeft(expected)) return expected
  const load = dataModule.imageLoader({ channels: 3 })
  const loaded = E.sequenceArray(
    await Promise.all(photographs.map((name) => load(join(pretrained, 'images', `${name}.png`))())),
  )
  if (E.isLeft(loaded)) return named(loaded)
  const classes = (await readFile(join(pretrained, 'synset.txt'), 'utf8'))
    .split('\n')
    .map((line) => line.replace(/^n\d+ /, ''))
  const x = np.stack(loaded.right.map(({ data, shape }) => np.array(data).reshape(shape)))
  const logits = logitsOf(squeezenet, variables.right, x, 1)
  const best = numbers(np.argmax(logits, { axis: 1 }))
  const captions = photographs.map((name, i) => `${name.replace('_', ' ')}: seen as ${classes[best[i] ?? 0]}`)
  const checked = {
    name: 'SqueezeNet 1.0',
    images: photographs.length,
    largestDifference: difference(logits, expected.right),
  }
  return E.right([checked, looksAt(squeezenet, variables.right, x, 'fire9', captions)])
}

const sketches = async (folder: string): Promise<Result<Checked>> => {
  const pretrained = join(folder, 'pretrained', 'doodlenet-tfjs')
  const file = named(await weights.loadTfjs(join(pretrained, 'model.json'))())
  if (E.isLeft(file)) return file
  const start = init(doodleNet, [28, 28, 1], random.key(0))
  const learnt = E.mapLeft(weights.showWeightsError)(
    weights.importWeights(doodleRules, { params: start.params }, file.right.tensors),
  )
  if (E.isLeft(learnt)) return learnt
  const digits = named(await loadMnist(folder)())
  if (E.isLeft(digits)) return digits
  const expected = await read(join(pretrained, 'expected-mnist-first100-logits345.npy'), weights.decodeNpy)
  if (E.isLeft(expected)) return expected
  const x = np.array(digits.right.test.images.subarray(0, 100 * 28 * 28)).reshape([100, 28, 28, 1])
  const logits = logitsOf(doodleNet, { ...start, params: learnt.right.params }, x)
  return E.right({ name: 'DoodleNet', images: 100, largestDifference: difference(logits, expected.right) })
}

const small = network('small', {
  pixels: lambda((x: Tensor) => x.astype('float32').div(255), { name: 'bytesToUnit' }),
  conv1: conv2d(8, { kernelSize: 5, strides: 2 }),
  relu,
  conv2: conv2d(32, { kernelSize: 3, strides: 2 }),
  relu2: relu,
  avgpool: globalAvgPool(),
  fc: dense(10),
})

/** Without files: a network learns drawn digits, goes through the bytes of a file as if to somebody else, and shows there what it looks at. */
const drawn = async ({ seed, once, progress }: Context<never>): Promise<readonly [Checked, readonly Look[]]> => {
  const { train, test } = strokeDigits({ seed, train: 3000, test: 500 })
  const examples = ({ shape, images, labels }: typeof train) => ({
    x: np.array(images).reshape([...shape, 1]),
    y: np.array(labels).astype('int32'),
  })
  const fitted = await once((signal) =>
    fit(small, init(small, [28, 28, 1], random.key(seed)), {
      train: examples(train),
      loss: losses.softmaxCrossEntropyWithIntegerLabels,
      metrics: { accuracy: metrics.accuracy },
      optimizer: adam(5e-3),
      epochs: 8,
      key: random.key(seed + 1),
      progress: progress('drawn digits', 8),
      signal,
    }),
  )
  const { x, y } = examples(test)
  const there = logitsOf(small, fitted, x)
  const here = E.chainW(({ tensors }: { tensors: ReadonlyMap<string, Tensor> }) =>
    fromTorchvision(small, [28, 28, 1], tensors),
  )(
    E.chainW((tensors: ReadonlyMap<string, Tensor>) =>
      decodeSafetensors(encodeSafetensors(tensors), { file: 'digits.safetensors' }),
    )(toTorchvision({ params: fitted.params, state: fitted.state })),
  )
  // What was just written can be read.
  if (E.isLeft(here)) throw new Error(JSON.stringify(here.left))
  const logits = logitsOf(small, here.right, x)
  const best = numbers(np.argmax(logits, { axis: 1 }))
  const captions = numbers(y)
    .slice(0, 6)
    .map((label, i) => `seen as ${best[i]}, is ${label}`)
  const checked = {
    name: 'drawn digits',
    images: 500,
    largestDifference: difference(logits, there),
    accuracy: accuracyOf(logits, y),
  }
  return [checked, looksAt(small, here.right, x.slice({ stop: 6 }), 'relu2', captions)]
}

const report = (all: readonly Checked[]): string =>
  textTable(
    ['network', 'images', 'largest difference of logits', 'accuracy'],
    all.map(({ name, images, largestDifference, accuracy }) => [
      name,
      images,
      largestDifference.toExponential(1),
      accuracy === undefined ? '' : accuracy.toFixed(4),
    ]),
  )

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

const figuresOf = ({ name: _, ...checked }: Checked, looks: readonly Look[] = []): Told['figures'] => ({
  ...checked,
  ...(looks.length === 0
    ? {}
    : {
        camInMiddle: mean(looks.map(({ cam }) => inMiddle(cam))),
        saliencyInMiddle: mean(looks.map(({ pixels }) => inMiddle(pixels))),
      }),
})

/** Does it all and tells; on the left is what was wrong with a file. */
export const pretrained = async (context: Context<never>): Promise<Result<Told>> => {
  const { data, print, plot } = context
  if (data === undefined) {
    const [checked, looks] = await drawn(context)
    print(report([checked]))
    await plot('digits.svg', lookSheet('Drawn digits: image, Grad-CAM, saliency', looks))
    const used = { kind: 'stand-in', what: 'digits drawn from strokes' } as const
    return E.right({ data: used, figures: { [checked.name]: figuresOf(checked, looks) } })
  }
  const cifar = await cifarResnet(data)
  if (E.isLeft(cifar)) return cifar
  const photos = await imageNet(data)
  if (E.isLeft(photos)) return photos
  const doodles = await sketches(data)
  if (E.isLeft(doodles)) return doodles
  const [resnet, cifarLooks] = cifar.right
  const [squeeze, photoLooks] = photos.right
  print(report([resnet, squeeze, doodles.right]))
  await plot('cifar10.svg', lookSheet('ResNet-20 on CIFAR-10: image, Grad-CAM, saliency', cifarLooks))
  await plot('photographs.svg', lookSheet('SqueezeNet on photographs: image, Grad-CAM, saliency', photoLooks))
  return E.right({
    data: { kind: 'files', what: 'pretrained networks, CIFAR-10, photographs and MNIST', folder: data },
    figures: {
      [resnet.name]: figuresOf(resnet, cifarLooks),
      [squeeze.name]: figuresOf(squeeze, photoLooks),
      [doodles.right.name]: figuresOf(doodles.right),
    },
  })
}
