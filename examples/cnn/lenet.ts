/** The story: LeNet reads handwritten digits, once with max and once with average pooling. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { np, random, type Tensor } from '@puregrad/core'
import {
  avgPool2d,
  conv2d,
  dense,
  flatten,
  init,
  lambda,
  losses,
  maxPool2d,
  metrics,
  parameterCount,
  relu,
  serial,
} from '@puregrad/nn'
import { adam, cosineDecaySchedule } from '@puregrad/optim'
import {
  type DataError,
  type Examples,
  evaluate,
  fit,
  type ImageDataset,
  type LabelledImages,
  lineChart,
  loadMnist,
  type Metrics,
  strokeDigits,
  textTable,
} from '@puregrad/train'
import * as E from 'fp-ts/lib/Either.js'

const objective = {
  loss: losses.softmaxCrossEntropyWithIntegerLabels,
  metrics: { accuracy: metrics.accuracy },
}

const pools = { max: maxPool2d, average: avgPool2d } as const
export type Pooling = keyof typeof pools

/** LeNet with rectifiers and the widths that became usual for it: two convolutions of 5 × 5 with pooling, two dense layers. */
export const lenet = (pooling: Pooling) => {
  const pool = pools[pooling]
  return serial(
    lambda((x: Tensor) => x.astype('float32').div(255), { name: 'bytesToUnit' }),
    conv2d(20, { kernelSize: 5, padding: 'VALID' }),
    relu,
    pool(2),
    conv2d(50, { kernelSize: 5, padding: 'VALID' }),
    relu,
    pool(2),
    flatten(),
    dense(500),
    relu,
    dense(10),
  )
}

const image = [28, 28, 1] as const

/** The first `limit` images, with their one channel last. */
const examplesOf = ({ shape: [count], images, labels }: LabelledImages, limit = count): Examples => {
  const kept = Math.min(count, limit)
  return {
    x: np.array(images.subarray(0, kept * 28 * 28)).reshape([kept, ...image]),
    y: np.array(labels.subarray(0, kept)).astype('int32'),
  }
}

export interface LenetOptions {
  /** A folder with the four MNIST files; without it the digits are drawn. */
  readonly data: string | undefined
  /** Where the plot goes. */
  readonly out: string
  readonly epochs: number
  readonly seed: number
  /** At most so many images to train on, and to test on. */
  readonly limit?: number
}

/** How one network did. */
export interface Reading {
  readonly pooling: Pooling
  /** Test accuracy after each epoch. */
  readonly accuracies: readonly number[]
  readonly test: Metrics
  readonly seconds: number
}

export interface Outcome {
  readonly readings: readonly Reading[]
  readonly plot: string
}

const batchSize = 128

const train = async (
  pooling: Pooling,
  learn: Examples,
  test: Examples,
  { epochs, seed }: LenetOptions,
): Promise<Reading> => {
  const model = lenet(pooling)
  const steps = epochs * Math.ceil(learn.y.size / batchSize)
  // Both networks begin with the same numbers: keys follow names, and pooling has no parameters.
  const fitted = await fit(model, init(model, image, random.key(seed)), {
    ...objective,
    train: learn,
    validation: test,
    optimizer: adam(cosineDecaySchedule(1e-3, steps)),
    epochs,
    batchSize,
    key: random.key(seed + 1),
  })
  return {
    pooling,
    accuracies: fitted.history.map(({ validation }) => validation?.accuracy ?? Number.NaN),
    test: evaluate(model, fitted, test, objective),
    seconds: fitted.history.reduce((total, epoch) => total + epoch.seconds, 0),
  }
}

/** Trains both networks, tells and draws; on the left is what was wrong with the data. */
export const compare = async (
  options: LenetOptions,
  print: (text: string) => void,
): Promise<E.Either<DataError, Outcome>> => {
  const { data, seed, limit, out } = options
  const loaded: E.Either<DataError, ImageDataset> =
    data === undefined ? E.right(strokeDigits({ seed })) : await loadMnist(data)()
  if (E.isLeft(loaded)) return loaded
  const [learn, test] = [examplesOf(loaded.right.train, limit), examplesOf(loaded.right.test, limit)]
  const parameters = E.getOrElse(() => 0)(parameterCount(lenet('max'), image))
  print(
    `${learn.y.size} digits to learn from, ${test.y.size} to judge by; ${parameters.toLocaleString('en')} parameters`,
  )
  const readings: Reading[] = []
  for (const pooling of ['max', 'average'] as const) readings.push(await train(pooling, learn, test, options))
  print(
    textTable(
      ['pooling', 'test accuracy', 'test loss', 'seconds'],
      readings.map((r) => [
        r.pooling,
        (r.test.accuracy ?? Number.NaN).toFixed(4),
        (r.test.loss ?? Number.NaN).toFixed(4),
        r.seconds.toFixed(1),
      ]),
    ),
  )
  await mkdir(out, { recursive: true })
  const plot = resolve(join(out, 'pooling.svg'))
  await writeFile(
    plot,
    lineChart(
      readings.map((r) => ({ name: `${r.pooling} pooling`, y: r.accuracies })),
      { title: 'LeNet', xLabel: 'epoch', yLabel: 'test accuracy', legend: 'bottom right', width: 640 },
    ),
  )
  print(`Wrote ${plot}`)
  return E.right({ readings, plot })
}
