/** The story: a network of two hidden layers learns to read handwritten digits. */
import { np, random, type Tensor } from '@puregrad/core'
import { dense, dropout, init, initializers, lambda, losses, metrics, relu, serial } from '@puregrad/nn'
import { adam } from '@puregrad/optim'
import {
  type Examples,
  evaluate,
  fit,
  type History,
  type ImageDataset,
  imageSheet,
  type LabelledImages,
  loadMnist,
  type Progress,
  predict,
  showDataError,
  strokeDigits,
  summary,
  trainingCurves,
  writeDuration,
} from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import { fingerprint } from '../runner/fingerprint.js'

const pixels = 28 * 28

/** Bytes become numbers from 0 to 1. */
const bytesToUnit = lambda((x: Tensor) => x.astype('float32').div(255), { name: 'bytesToUnit' })

const kernelInit = initializers.glorotUniform() // the start that the textbook's network has

const model = serial(
  bytesToUnit,
  dense(512, { kernelInit }),
  relu,
  dropout(0.2),
  dense(512, { kernelInit }),
  relu,
  dropout(0.2),
  dense(10, { kernelInit }),
)

const objective = {
  loss: losses.softmaxCrossEntropyWithIntegerLabels,
  metrics: { accuracy: metrics.accuracy },
}

const examplesOf = ({ shape: [count], images, labels }: LabelledImages): Examples => ({
  x: np.array(images).reshape([count, pixels]),
  y: np.array(labels).astype('int32'),
})

/** The first `limit` images. */
const cut = ({ shape: [count, height, width], images, labels }: LabelledImages, limit = count): LabelledImages => {
  const kept = Math.min(count, limit)
  return {
    shape: [kept, height, width],
    images: images.subarray(0, kept * height * width),
    labels: labels.subarray(0, kept),
  }
}

export interface DigitsOptions {
  /** Where the MNIST files are; without it the digits are drawn. */
  readonly data: string | undefined
  readonly epochs: number
  readonly batch: number
  readonly seed: number
  /** At most so many images to train on, and to test on. */
  readonly limit: number | undefined
}

const load = async ({ data, seed, limit }: DigitsOptions): Promise<E.Either<string, ImageDataset>> => {
  if (data === undefined)
    return E.right(strokeDigits({ seed, ...(limit === undefined ? {} : { train: limit, test: limit }) }))
  const loaded = E.mapLeft(showDataError)(await loadMnist(data)())
  return E.map(({ train, test }: ImageDataset) => ({ train: cut(train, limit), test: cut(test, limit) }))(loaded)
}

/** Where text, progress and pictures go, and who may end the training. */
export interface Surroundings {
  readonly print: (text: string) => void
  readonly progress: Progress
  readonly plot: (file: string, svg: string) => Promise<void>
  readonly signal: AbortSignal
}

/** What came out. */
export interface Outcome {
  readonly history: History
  readonly stopped: boolean
  readonly test: Readonly<Record<string, number>>
  /** SHA-256 of everything that was learnt, to compare runs by. */
  readonly fingerprint: string
}

/** Trains, tests and draws; on the left is what was wrong with the data. */
export const readDigits = async (
  options: DigitsOptions,
  { print, progress, plot, signal }: Surroundings,
): Promise<E.Either<string, Outcome>> => {
  const loaded = await load(options)
  if (E.isLeft(loaded)) return loaded
  const data = loaded.right
  print(
    `Data: ${data.train.shape[0]} images to train on, ${data.test.shape[0]} to test on, ${options.data ?? 'drawn from strokes'}`,
  )
  print(summary(model, [pixels]))

  const [initKey, trainKey] = random.split(random.key(options.seed)) as unknown as readonly [Tensor, Tensor]
  const test = examplesOf(data.test)
  const fitted = await fit(model, init(model, [pixels], initKey), {
    ...objective,
    train: examplesOf(data.train),
    validation: test,
    optimizer: adam(1e-3, { b1: 0.9, b2: 0.999 }),
    epochs: options.epochs,
    batchSize: options.batch,
    key: trainKey,
    progress,
    signal,
  })
  const { history, stopped } = fitted
  const seconds = history.reduce((total, epoch) => total + epoch.seconds, 0)
  if (stopped) print(`Stopped in epoch ${history.length} of ${options.epochs}.`)
  print(`Trained for ${writeDuration(seconds)}`)

  const tested = evaluate(model, fitted, test, objective)
  print(`Test loss: ${tested.loss?.toFixed(4)}`)
  print(`Test accuracy: ${tested.accuracy?.toFixed(4)}`)

  const sheet = cut(data.test, 100)
  const predicted = np.argmax(predict(model, fitted, examplesOf(sheet).x), { axis: -1 }).data()
  await plot('curves.svg', trainingCurves(history))
  await plot('digits.svg', imageSheet({ ...sheet, predicted }))
  return E.right({ history, stopped, test: tested, fingerprint: fingerprint(fitted.params) })
}
