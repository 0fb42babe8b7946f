/** The story: networks that were trained elsewhere give here what they gave there, and serve another task. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jit, map, np, random, type Tensor } from '@puregrad/core'
import { dense, init, losses, metrics, serial } from '@puregrad/nn'
import { adam } from '@puregrad/optim'
import {
  type DataError,
  data as dataModule,
  type Examples,
  fit,
  type LabelledImages,
  lineChart,
  loadMnist,
  showDataError,
  strokeDigits,
  textTable,
  weights,
} from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Told, Trainings } from '../runner/example.js'
import { charLstm, charLstmRules, natsPerCharacter } from './char-lstm.js'
import { doodleHead, doodleRules, features, image } from './doodle-net.js'
import { threeWays, type Way } from './heads.js'
import { logits, resnet20 } from './resnet20.js'

/** What ResNet-20 gives here, beside what it gave elsewhere. */
interface Checked {
  readonly accuracy: number
  readonly largestDifference: number
}

type Result<T> = E.Either<string, T>

const read = async <T>(
  path: string,
  decode: (bytes: Uint8Array, named: { readonly file: string }) => E.Either<DataError, T>,
) => E.mapLeft(showDataError)(await dataModule.readFileAs(path, decode, {})())

const examplesOf = ({ shape: [count], images, labels }: LabelledImages, limit = count): Examples => {
  const kept = Math.min(count, limit)
  return {
    x: np.array(images.subarray(0, kept * 28 * 28)).reshape([kept, ...image]),
    y: np.array(labels.subarray(0, kept)).astype('int32'),
  }
}

/** ResNet-20 on 1,000 images of CIFAR-10 that it was not trained on, beside the logits that it gave elsewhere. */
export const checkResnet = async (folder: string): Promise<Result<Checked>> => {
  const pretrained = join(folder, 'pretrained', 'resnet20-cifar10')
  const file = await read(join(pretrained, 'resnet20-cifar10.safetensors'), weights.decodeSafetensors)
  if (E.isLeft(file)) return file
  const network = E.mapLeft(weights.showWeightsError)(
    weights.importWeights(weights.torchRules, resnet20, file.right.tensors),
  )
  if (E.isLeft(network)) return network
  const images = await read(join(folder, 'cifar10', 'test_batch_first1000.bin.gz'), dataModule.decodeCifar10)
  if (E.isLeft(images)) return images
  const expected = await read(join(pretrained, 'test1000-logits.npy'), weights.decodeNpy)
  if (E.isLeft(expected)) return expected
  const { shape, images: bytes, labels } = images.right
  const run = jit((n: typeof resnet20, x: Tensor) => map((part: Tensor) => logits(n, part), x))
  const ours = (run(network.right, np.array(bytes).reshape([-1, 100, ...shape.slice(1)])) as Tensor).reshape([-1, 10])
  return E.right({
    accuracy: np.mean(np.argmax(ours, { axis: 1 }).eq(np.array(labels).astype('int32')).astype('float32')).item(),
    largestDifference: np.max(np.abs(ours.sub(expected.right))).item(),
  })
}

const [from, to] = [200_000, 202_000] // the stretch of text that its authors' figure is for

/** The character model on a stretch of Shakespeare's plays. */
export const checkCharLstm = async (folder: string): Promise<Result<number>> => {
  const pretrained = join(folder, 'pretrained', 'charrnn-shakespeare')
  const file = await read(join(pretrained, 'charrnn-shakespeare.safetensors'), weights.decodeSafetensors)
  if (E.isLeft(file)) return file
  const model = E.mapLeft(weights.showWeightsError)(weights.importWeights(charLstmRules, charLstm, file.right.tensors))
  if (E.isLeft(model)) return model
  const text = await read(join(folder, 'text', 'tinyshakespeare.txt'), dataModule.decodeText)
  if (E.isLeft(text)) return text
  const symbols = JSON.parse(await readFile(join(pretrained, 'vocab.json'), 'utf8')) as Record<string, number>
  const codes = [...text.right.slice(from, to)].map((c) => symbols[c] as number)
  return E.right(jit(natsPerCharacter)(model.right.params, np.array(codes, { dtype: 'int32' })).item())
}

/** DoodleNet's features on handwritten digits, of which it has seen none. */
const doodles = async (folder: string, seed: number, trainings: Trainings): Promise<Result<readonly Way[]>> => {
  const file = E.mapLeft(showDataError)(
    await weights.loadTfjs(join(folder, 'pretrained', 'doodlenet-tfjs', 'model.json'))(),
  )
  if (E.isLeft(file)) return file
  const start = init(features, image, random.key(seed))
  const learnt = E.mapLeft(weights.showWeightsError)(
    weights.importWeights(doodleRules, { params: start.params }, file.right.tensors, { ignore: doodleHead }),
  )
  if (E.isLeft(learnt)) return learnt
  const digits = E.mapLeft(showDataError)(await loadMnist(folder)())
  if (E.isLeft(digits)) return digits
  const [train, test] = [examplesOf(digits.right.train, 2000), examplesOf(digits.right.test)]
  const options = { classes: 10, headEpochs: 20, wholeEpochs: 20, seed }
  return E.right(await threeWays({ ...start, params: learnt.right.params }, train, test, options, trainings))
}

/** Without files: a network learns drawn digits from 0 to 4, and its features serve those from 5 to 9, of which there are few. */
const drawn = async (seed: number, trainings: Trainings): Promise<readonly Way[]> => {
  const { train, test } = strokeDigits({ seed, train: 4000, test: 2000 })
  const [all, unseen] = [examplesOf(train), examplesOf(test)]
  const among = ({ x, y }: Examples, low: number, limit: number): Examples => {
    const labels = y.data()
    const rows = [...labels.keys()].filter((i) => (labels[i] as number) >= low && (labels[i] as number) < low + 5)
    const chosen = np.array(rows.slice(0, limit), { dtype: 'int32' })
    return { x: np.take(x, chosen, { axis: 0 }), y: np.take(y, chosen, { axis: 0 }).sub(low) }
  }
  const layer = serial(features, dense(5))
  const learnFirst = async (signal: AbortSignal) => {
    const first = await fit(layer, init(layer, image, random.key(seed)), {
      loss: losses.softmaxCrossEntropyWithIntegerLabels,
      metrics: { accuracy: metrics.accuracy },
      train: among(all, 0, 1500),
      optimizer: adam(1e-3),
      epochs: 3,
      batchSize: 50,
      key: random.key(seed + 3),
      progress: trainings.progress('features', 3),
      signal,
    })
    return { params: first.params[0], state: first.state[0] }
  }
  const options = { classes: 5, headEpochs: 20, wholeEpochs: 10, seed: seed + 10 }
  const learnt = await trainings.once(learnFirst, 4) // three ways follow
  return threeWays(learnt, among(all, 5, 200), among(unseen, 5, 1000), options, trainings)
}

const waysChart = (ways: readonly Way[]): string =>
  lineChart(
    ways.map(({ name, accuracy, seconds }) => ({ name, x: [0, Math.max(seconds, 0.1)], y: [0, accuracy] })),
    {
      title: 'Accuracy over the time it took',
      xLabel: 'seconds of training',
      yLabel: 'test accuracy',
      legend: 'bottom right',
      width: 640,
    },
  )

const report = (ways: readonly Way[]): string =>
  textTable(
    ['way', 'test accuracy', 'seconds of training'],
    ways.map(({ name, accuracy, seconds }) => [name, accuracy.toFixed(4), seconds.toFixed(1)]),
  )

const told = (ways: readonly Way[], data: Told['data'], more: Told['figures'] = {}): Told => ({
  data,
  figures: { ...more, ...Object.fromEntries(ways.map(({ name, accuracy }) => [name, { accuracy }])) },
  trainingSeconds: Object.fromEntries(ways.map(({ name, seconds }) => [name, seconds])),
})

/** Does it all and tells; on the left is what was wrong with a file. */
export const transfer = async (context: Context<never>): Promise<Result<Told>> => {
  const { data, seed, print, plot } = context
  if (data === undefined) {
    const ways = await drawn(seed, context)
    print(`Drawn digits from 5 to 9, 200 to learn from, features learnt on those from 0 to 4:\n${report(ways)}`)
    await plot('ways.svg', waysChart(ways))
    return E.right(told(ways, { kind: 'stand-in', what: 'digits drawn from strokes' }))
  }
  const resnet = await checkResnet(data)
  if (E.isLeft(resnet)) return resnet
  const { accuracy, largestDifference } = resnet.right
  print(
    `ResNet-20: ${(100 * accuracy).toFixed(2)} % of 1,000 images; logits within ${largestDifference.toExponential(1)}`,
  )
  const nats = await checkCharLstm(data)
  if (E.isLeft(nats)) return nats
  print(`Character LSTM: ${nats.right.toFixed(4)} nats per character`)
  const ways = await doodles(data, seed, context)
  if (E.isLeft(ways)) return ways
  print(`DoodleNet's features on 2,000 handwritten digits:\n${report(ways.right)}`)
  await plot('ways.svg', waysChart(ways.right))
  const used = {
    kind: 'files',
    what: 'ResNet-20, a character LSTM, DoodleNet; CIFAR-10, Shakespeare, MNIST',
    folder: data,
  } as const
  return E.right(
    told(ways.right, used, { resnet: { accuracy, largestDifference }, characterLstm: { nats: nats.right } }),
  )
}
