/** The story: a network of two hidden layers learns to read handwritten digits. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
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
  predict,
  progressBar,
  showDataError,
  strokeDigits,
  summary,
  trainingCurves,
  writeDuration,
} from '@puregrad/train'
import * as E from 'fp-ts/lib/Either.js'
import type { Options } from './options.js'

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

const load = async ({ data, seed, limit }: Options): Promise<E.Either<string, ImageDataset>> => {
  if (data === undefined)
    return E.right(strokeDigits({ seed, ...(limit === undefined ? {} : { train: limit, test: limit }) }))
  const loaded = E.mapLeft(showDataError)(await loadMnist(data)())
  return E.map(({ train, test }: ImageDataset) => ({ train: cut(train, limit), test: cut(test, limit) }))(loaded)
}

/** Where the text goes, and who may end the training. */
export interface Surroundings {
  readonly print: (text: string) => void
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly signal: AbortSignal
}

/** What came out. */
export interface Outcome {
  readonly history: History
  readonly stopped: boolean
  readonly test: Readonly<Record<string, number>>
  /** Everything that was learnt, to compare runs by. */
  readonly params: unknown
  /** The plots that were written. */
  readonly plots: readonly string[]
}

/** Trains, tests and draws; on the left is what was wrong with the data. */
export const readDigits = async (
  options: Options,
  { print, stream, signal }: Surroundings,
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
    progress: progressBar({ stream }),
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
  const plots = await writeAll(options.out, {
    'curves.svg': trainingCurves(history),
    'digits.svg': imageSheet({ ...sheet, predicted }),
  })
  for (const path of plots) print(`Wrote ${path}`)
  return E.right({ history, stopped, test: tested, params: fitted.params, plots })
}

const writeAll = async (directory: string, files: Readonly<Record<string, string>>): Promise<readonly string[]> => {
  await mkdir(directory, { recursive: true })
  return Promise.all(
    Object.entries(files).map(async ([name, text]) => {
      const path = resolve(join(directory, name))
      await writeFile(path, text)
      return path
    }),
  )
}
