/** The story: two claims about regularisation, put to the test on the same digits with several starts each. */
import { np, random, type Tensor } from '@puregrad/core'
import { batchNorm, dense, dropout, init, type Layer, lambda, losses, metrics, relu, serial } from '@puregrad/nn'
import { adam, sgd } from '@puregrad/optim'
import {
  type Callback,
  type Examples,
  evaluate,
  fit,
  type History,
  type ImageDataset,
  type LabelledImages,
  lineChart,
  loadMnist,
  type Progress,
  showDataError,
  strokeDigits,
  textTable,
} from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Figures, Told } from '../runner/example.js'

const pixels = 28 * 28
const objective = {
  loss: losses.softmaxCrossEntropyWithIntegerLabels,
  metrics: { accuracy: metrics.accuracy },
}
const unit = lambda((x: Tensor) => x.astype('float32').div(255), { name: 'bytesToUnit' })

/** Four narrow hidden layers, with or without batch normalisation before each rectifier (Ioffe & Szegedy 2015). */
const plain = serial(unit, dense(64), relu, dense(64), relu, dense(64), relu, dense(64), relu, dense(10))
const normalised = serial(
  unit,
  dense(64),
  batchNorm(),
  relu,
  dense(64),
  batchNorm(),
  relu,
  dense(64),
  batchNorm(),
  relu,
  dense(64),
  batchNorm(),
  relu,
  dense(10),
)

/** Two wide hidden layers, with or without dropout behind each (Srivastava et al. 2014). */
const free = serial(unit, dense(512), relu, dense(512), relu, dense(10))
const dropping = serial(unit, dense(512), relu, dropout(0.5), dense(512), relu, dropout(0.5), dense(10))

/** The loss below which a network counts as trained. */
export const target = 0.2
const batchSize = 64

/** How fast one network got there. */
interface Race {
  readonly study: 'race'
  readonly name: string
  readonly seed: number
  readonly seconds: number
  /** The first step after which the mean loss of the last 20 is below the target; null if there is none. */
  readonly steps: number | null
  readonly losses: readonly number[]
}

/** What one network knows of images that it has seen, and of others. */
interface Gap {
  readonly study: 'gap'
  readonly name: string
  readonly seed: number
  readonly seconds: number
  readonly trainLoss: number
  readonly testLoss: number
  readonly testAccuracy: number
}

const examplesOf = ({ shape: [count], images, labels }: LabelledImages, limit: number): Examples => {
  const kept = Math.min(count, limit)
  return {
    x: np.array(images.subarray(0, kept * pixels)).reshape([kept, pixels]),
    y: np.array(labels.subarray(0, kept)).astype('int32'),
  }
}

const window = 20

/** Means of the last `window` numbers, from the first full window on. */
const smooth = (values: readonly number[]): readonly number[] =>
  values.slice(window - 1).map((_, i) => values.slice(i, i + window).reduce((a, b) => a + b, 0) / window)

/** Keeps the loss of every step. */
const keepLosses: Callback<readonly number[]> = {
  name: 'losses',
  init: [],
  reduce: (kept, event) => [
    event._tag === 'Stepped' ? [...kept, ...event.measured.map(({ loss }) => loss ?? Number.NaN)] : kept,
    [],
  ],
}

interface Training {
  readonly epochs: number
  readonly progress: Progress
  readonly signal: AbortSignal
}

const secondsOf = (history: History): number => history.reduce((total, { seconds }) => total + seconds, 0)

const race = async <P, S>(
  name: string,
  model: Layer<P, S>,
  train: Examples,
  seed: number,
  options: Training,
): Promise<Race> => {
  const { session, history } = await fit(model, init(model, [pixels], random.key(seed)), {
    ...objective,
    train,
    optimizer: sgd(0.1),
    ...options,
    batchSize,
    key: random.key(100 + seed),
    callbacks: [keepLosses],
  })
  const losses = smooth(session.callbacks.losses as readonly number[])
  const at = losses.findIndex((loss) => loss < target)
  return { study: 'race', name, seed, seconds: secondsOf(history), steps: at === -1 ? null : at + window, losses }
}

const gap = async <P, S>(
  name: string,
  model: Layer<P, S>,
  train: Examples,
  test: Examples,
  seed: number,
  options: Training,
): Promise<Gap> => {
  const fitted = await fit(model, init(model, [pixels], random.key(seed)), {
    ...objective,
    train,
    optimizer: adam(1e-3),
    ...options,
    batchSize,
    key: random.key(100 + seed),
  })
  const [seen, unseen] = [evaluate(model, fitted, train, objective), evaluate(model, fitted, test, objective)]
  return {
    study: 'gap',
    name,
    seed,
    seconds: secondsOf(fitted.history),
    trainLoss: seen.loss ?? Number.NaN,
    testLoss: unseen.loss ?? Number.NaN,
    testAccuracy: unseen.accuracy ?? Number.NaN,
  }
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

type Settings = 'seeds' | 'images' | 'few' | 'epochs'

const stepsTable = (races: readonly Race[], starts: readonly number[]): string =>
  textTable(
    ['start', 'plain', 'batch norm'],
    starts.map((seed) => {
      const of = (name: string): string =>
        String(races.find((r) => r.name === name && r.seed === seed)?.steps ?? 'not reached')
      return [seed, of('plain'), of('batch norm')]
    }),
  )

const gapsTable = (gaps: readonly Gap[]): string =>
  textTable(
    ['start', 'network', 'training loss', 'test loss', 'gap', 'test accuracy'],
    gaps.map((g) => [
      g.seed,
      g.name,
      g.trainLoss.toFixed(4),
      g.testLoss.toFixed(4),
      (g.testLoss - g.trainLoss).toFixed(4),
      g.testAccuracy.toFixed(4),
    ]),
  )

/** The mean of all starts at every step that all of them came to. */
const averageOf = (races: readonly Race[], name: string): readonly number[] => {
  const all = races.filter((r) => r.name === name).map((r) => r.losses)
  const steps = all.length === 0 ? 0 : Math.min(...all.map(({ length }) => length))
  return Array.from({ length: steps }, (_, step) => mean(all.map((losses) => losses[step] as number)))
}

const racesPlot = (races: readonly Race[], seeds: number): string =>
  lineChart(
    ['plain', 'batch norm'].map((name) => {
      const y = averageOf(races, name)
      return { name, y, x: y.map((_, step) => step + window) }
    }),
    { title: `Training loss, mean of ${seeds} starts`, xLabel: 'step', yLabel: 'loss', width: 640 },
  )

const gapsPlot = (gaps: readonly Gap[]): string =>
  lineChart(
    ['plain', 'dropout'].map((name) => {
      const own = gaps.filter((g) => g.name === name)
      return { name, y: own.map((g) => g.testLoss - g.trainLoss), x: own.map(({ seed }) => seed) }
    }),
    { title: 'Generalisation gap by start', xLabel: 'start', yLabel: 'test loss − training loss', width: 640 },
  )

/** Figures of some trainings by network and start. */
const byNetwork = <R extends Race | Gap>(results: readonly R[], figures: (result: R) => Figures): Figures =>
  Object.fromEntries(
    results.map(({ name }) => [
      name,
      Object.fromEntries(results.filter((r) => r.name === name).map((r) => [`start ${r.seed}`, figures(r)])),
    ]),
  )

/** Runs both studies, tells and draws; on the left is what was wrong with the data. */
export const study = async (context: Context<Settings>): Promise<E.Either<string, Told>> => {
  const { data, seed: first, settings, print, plot, progress, each } = context
  const { seeds, images, few, epochs } = settings
  const loaded: E.Either<string, ImageDataset> =
    data === undefined ? E.right(strokeDigits({ seed: 0 })) : E.mapLeft(showDataError)(await loadMnist(data)())
  if (E.isLeft(loaded)) return loaded
  const [many, little] = [examplesOf(loaded.right.train, images), examplesOf(loaded.right.train, few)]
  const test = examplesOf(loaded.right.test, loaded.right.test.shape[0])
  const starts = Array.from({ length: seeds }, (_, i) => first + i)

  const longer = 3 * epochs
  const shown = (name: string, seed: number, count: number, signal: AbortSignal): Training => ({
    epochs: count,
    progress: progress(`${name}, start ${seed},`, count),
    signal,
  })
  const trainings = [
    ...starts.flatMap((seed) => [
      (signal: AbortSignal) => race('plain', plain, many, seed, shown('plain', seed, epochs, signal)),
      (signal: AbortSignal) => race('batch norm', normalised, many, seed, shown('batch norm', seed, epochs, signal)),
    ]),
    ...starts.flatMap((seed) => [
      (signal: AbortSignal) => gap('plain', free, little, test, seed, shown('plain', seed, longer, signal)),
      (signal: AbortSignal) => gap('dropout', dropping, little, test, seed, shown('dropout', seed, longer, signal)),
    ]),
  ]
  const results = await each<(typeof trainings)[number], Race | Gap>(trainings, (train, signal) => train(signal))
  const races = results.flatMap((result) => (result.study === 'race' ? [result] : []))
  const gaps = results.flatMap((result) => (result.study === 'gap' ? [result] : []))

  print(`Steps of ${batchSize} until the training loss is below ${target}, ${many.y.size} images:`)
  print(stepsTable(races, starts))
  print(`\nAfter ${longer} epochs on ${little.y.size} images:`)
  print(gapsTable(gaps))
  await plot('batch-norm.svg', racesPlot(races, seeds))
  await plot('dropout.svg', gapsPlot(gaps))
  const used =
    data === undefined
      ? ({ kind: 'stand-in', what: 'digits drawn from strokes' } as const)
      : ({ kind: 'files', what: 'MNIST', folder: data } as const)
  return E.right({
    data: used,
    figures: {
      'steps until trained': byNetwork(races, ({ steps, losses }) => ({ steps, leastLoss: Math.min(...losses) })),
      'what is known': byNetwork(gaps, ({ trainLoss, testLoss, testAccuracy }) => ({
        trainLoss,
        testLoss,
        testAccuracy,
      })),
    },
    trainingSeconds: Object.fromEntries(results.map((r) => [`${r.study} ${r.name} ${r.seed}`, r.seconds])),
  })
}
