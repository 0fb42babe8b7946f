/** The story: LeNet reads handwritten digits, once with max and once with average pooling. */
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
  type Examples,
  evaluate,
  fit,
  type ImageDataset,
  type LabelledImages,
  lineChart,
  loadMnist,
  type Metrics,
  showDataError,
  strokeDigits,
  textTable,
} from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Told, UsedData } from '../runner/example.js'

const objective = {
  loss: losses.softmaxCrossEntropyWithIntegerLabels,
  metrics: { accuracy: metrics.accuracy },
}

const pools = { max: maxPool2d, average: avgPool2d } as const
type Pooling = keyof typeof pools

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

/** How one network did. */
interface Reading {
  readonly pooling: Pooling
  /** Test accuracy after each epoch. */
  readonly accuracies: readonly number[]
  readonly test: Metrics
  readonly seconds: number
}

const batchSize = 128

const train = async (
  pooling: Pooling,
  learn: Examples,
  test: Examples,
  { seed, settings: { epochs }, progress }: Context<'epochs' | 'limit'>,
  signal: AbortSignal,
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
    progress: progress(`${pooling} pooling`, epochs),
    signal,
  })
  return {
    pooling,
    accuracies: fitted.history.flatMap(({ validation }) => validation?.accuracy ?? []),
    test: evaluate(model, fitted, test, objective),
    seconds: fitted.history.reduce((total, epoch) => total + epoch.seconds, 0),
  }
}

const reportOf = (readings: readonly Reading[]): string =>
  textTable(
    ['pooling', 'test accuracy', 'test loss', 'seconds'],
    readings.map((r) => [
      r.pooling,
      (r.test.accuracy ?? Number.NaN).toFixed(4),
      (r.test.loss ?? Number.NaN).toFixed(4),
      r.seconds.toFixed(1),
    ]),
  )

/** Trains both networks, tells and draws; on the left is what was wrong with the data. */
export const compare = async (context: Context<'epochs' | 'limit'>): Promise<E.Either<string, Told>> => {
  const { data, seed, settings, print, plot, each } = context
  const used: UsedData =
    data === undefined
      ? { kind: 'stand-in', what: 'digits drawn from strokes' }
      : { kind: 'files', what: 'MNIST', folder: data }
  const loaded: E.Either<string, ImageDataset> =
    data === undefined ? E.right(strokeDigits({ seed })) : E.mapLeft(showDataError)(await loadMnist(data)())
  if (E.isLeft(loaded)) return loaded
  const [learn, test] = [examplesOf(loaded.right.train, settings.limit), examplesOf(loaded.right.test, settings.limit)]
  const parameters = E.getOrElse(() => 0)(parameterCount(lenet('max'), image))
  print(
    `${learn.y.size} digits to learn from, ${test.y.size} to judge by; ${parameters.toLocaleString('en')} parameters`,
  )
  const readings = await each(['max', 'average'] as const, (pooling, signal) =>
    train(pooling, learn, test, context, signal),
  )
  print(reportOf(readings))
  await plot(
    'pooling.svg',
    lineChart(
      readings.map((r) => ({ name: `${r.pooling} pooling`, y: r.accuracies })),
      { title: 'LeNet', xLabel: 'epoch', yLabel: 'test accuracy', legend: 'bottom right', width: 640 },
    ),
  )
  return E.right({
    data: used,
    figures: Object.fromEntries(
      readings.map(({ pooling, accuracies, test: { accuracy = Number.NaN, loss = Number.NaN } }) => [
        pooling,
        { accuracy, loss, accuracies },
      ]),
    ),
    trainingSeconds: Object.fromEntries(readings.map(({ pooling, seconds }) => [pooling, seconds])),
  })
}
