/** The story: networks that were trained elsewhere give here what they gave there, and serve other tasks. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jit, map, np, type Tensor } from '@puregrad/core'
import { data as dataModule, lineChart, textTable, weights } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Told } from '../runner/example.js'
import { charLstm, charLstmRules, natsPerCharacter } from './char-lstm.js'
import { resnet20 } from './resnet20.js'
import type { Way } from './stages.js'
import { drawn, handwritten, type Result, read, trainedResnet, whichWayUp } from './subjects.js'
import { ways } from './ways.js'

/** What ResNet-20 gives here, beside what it gave elsewhere. */
interface Checked {
  readonly accuracy: number
  readonly largestDifference: number
}

/** ResNet-20 on 1,000 images of CIFAR-10 that it was not trained on, beside the logits that it gave elsewhere. */
export const checkResnet = async (folder: string): Promise<Result<Checked>> => {
  const learnt = await trainedResnet(folder)
  if (E.isLeft(learnt)) return learnt
  const images = await read(join(folder, 'cifar10', 'test_batch_first1000.bin.gz'), dataModule.decodeCifar10)
  if (E.isLeft(images)) return images
  const expected = await read(join(folder, 'pretrained', 'resnet20-cifar10', 'test1000-logits.npy'), weights.decodeNpy)
  if (E.isLeft(expected)) return expected
  const { shape, images: bytes, labels } = images.right
  type Known = typeof learnt.right
  const run = jit(({ params, state }: Known, x: Tensor) =>
    map((part: Tensor) => resnet20.apply(params, state, part, { mode: 'eval' })[0], x),
  )
  const ours = (run(learnt.right, np.array(bytes).reshape([-1, 100, ...shape.slice(1)])) as Tensor).reshape([-1, 10])
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

const waysChart = (found: readonly Way[]): string =>
  lineChart(
    found.map(({ name, accuracy, seconds }) => ({ name, x: [0, Math.max(seconds, 0.1)], y: [0, accuracy] })),
    {
      title: 'Accuracy over the time it took',
      xLabel: 'seconds of training',
      yLabel: 'test accuracy',
      legend: 'bottom right',
      width: 640,
    },
  )

const report = (found: readonly Way[]): string =>
  textTable(
    ['way', 'test accuracy', 'seconds of training'],
    found.map(({ name, accuracy, seconds }) => [name, accuracy.toFixed(4), seconds.toFixed(1)]),
  )

const accuracies = (found: readonly Way[]): Told['figures'] =>
  Object.fromEntries(found.map(({ name, accuracy }) => [name, { accuracy }]))

const secondsOf = (found: readonly Way[], of = ''): Readonly<Record<string, number>> =>
  Object.fromEntries(found.map(({ name, seconds }) => [`${name}${of}`, seconds]))

/** Does it all and tells; on the left is what was wrong with a file. */
export const transfer = async (context: Context<never>): Promise<Result<Told>> => {
  const { data, seed, print, plot } = context
  if (data === undefined) {
    const { subject, learnt, task } = await drawn(seed, context, 5) // four ways follow
    const found = await ways(subject, learnt, task, { headEpochs: 20, wholeEpochs: 10 }, context)
    print(`Drawn digits from 5 to 9, 200 to learn from, features learnt on those from 0 to 4:\n${report(found)}`)
    await plot('ways.svg', waysChart(found))
    const used = { kind: 'stand-in', what: 'digits drawn from strokes' } as const
    return E.right({ data: used, figures: accuracies(found), trainingSeconds: secondsOf(found) })
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
  const [digits, pictures] = [await handwritten(data, seed), await whichWayUp(data, seed)]
  if (E.isLeft(digits)) return digits
  if (E.isLeft(pictures)) return pictures
  const written = digits.right
  const found = await ways(written.subject, written.learnt, written.task, { headEpochs: 20, wholeEpochs: 20 }, context)
  print(`DoodleNet's features on 2,000 handwritten digits:\n${report(found)}`)
  await plot('ways.svg', waysChart(found))
  const { subject, learnt, task } = pictures.right
  const upright = await ways(subject, learnt, task, { headEpochs: 20 }, context)
  print(`ResNet-20's features on 1,000 pictures, which way up they are:\n${report(upright)}`)
  await plot('which-way-up.svg', waysChart(upright))
  const used = {
    kind: 'files',
    what: 'ResNet-20, a character LSTM, DoodleNet; CIFAR-10, Shakespeare, MNIST',
    folder: data,
  } as const
  return E.right({
    data: used,
    figures: {
      resnet: { accuracy, largestDifference },
      characterLstm: { nats: nats.right },
      ...accuracies(found),
      'which way up': accuracies(upright),
    },
    trainingSeconds: { ...secondsOf(found), ...secondsOf(upright, ', which way up') },
  })
}
