/** The story: two claims about regularisation, put to the test on the same digits with several starts each. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { np, random, type Tensor } from '@puregrad/core'
import { batchNorm, dense, dropout, init, type Layer, lambda, losses, metrics, relu, serial } from '@puregrad/nn'
import { adam, sgd } from '@puregrad/optim'
import {
  type Callback,
  type DataError,
  type Examples,
  evaluate,
  fit,
  type ImageDataset,
  type LabelledImages,
  lineChart,
  loadMnist,
  strokeDigits,
  textTable,
} from '@puregrad/train'
import * as E from 'fp-ts/lib/Either.js'

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

export interface StudyOptions {
  /** A folder with the four MNIST files; without it the digits are drawn. */
  readonly data: string | undefined
  /** Where the plots go. */
  readonly out: string
  /** How many starts each network gets. */
  readonly seeds: number
  /** Images to learn from for speed, and the few to learn by heart. */
  readonly images: number
  readonly few: number
  readonly epochs: number
}

/** The loss below which a network counts as trained. */
export const target = 0.2
const batchSize = 64

/** How fast one network got there. */
export interface Race {
  readonly name: string
  readonly seed: number
  /** The first step after which the mean loss of the last 20 is below the target; null if there is none. */
  readonly steps: number | null
  readonly losses: readonly number[]
}

/** What one network knows of images that it has seen, and of others. */
export interface Gap {
  readonly name: string
  readonly seed: number
  readonly trainLoss: number
  readonly testLoss: number
  readonly testAccuracy: number
}

export interface Outcome {
  readonly races: readonly Race[]
  readonly gaps: readonly Gap[]
  readonly plots: readonly string[]
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

const race = async <P, S>(
  name: string,
  model: Layer<P, S>,
  train: Examples,
  epochs: number,
  seed: number,
): Promise<Race> => {
  const { session } = await fit(model, init(model, [pixels], random.key(seed)), {
    ...objective,
    train,
    optimizer: sgd(0.1),
    epochs,
    batchSize,
    key: random.key(100 + seed),
    callbacks: [keepLosses],
  })
  const losses = smooth(session.callbacks.losses as readonly number[])
  const at = losses.findIndex((loss) => loss < target)
  return { name, seed, steps: at === -1 ? null : at + window, losses }
}

const gap = async <P, S>(
  name: string,
  model: Layer<P, S>,
  train: Examples,
  test: Examples,
  epochs: number,
  seed: number,
): Promise<Gap> => {
  const fitted = await fit(model, init(model, [pixels], random.key(seed)), {
    ...objective,
    train,
    optimizer: adam(1e-3),
    epochs,
    batchSize,
    key: random.key(100 + seed),
  })
  const [seen, unseen] = [evaluate(model, fitted, train, objective), evaluate(model, fitted, test, objective)]
  return {
    name,
    seed,
    trainLoss: seen.loss ?? Number.NaN,
    testLoss: unseen.loss ?? Number.NaN,
    testAccuracy: unseen.accuracy ?? Number.NaN,
  }
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/** Runs both studies, tells and draws; on the left is what was wrong with the data. */
export const study = async (
  options: StudyOptions,
  print: (text: string) => void,
): Promise<E.Either<DataError, Outcome>> => {
  const { data, seeds, images, few, epochs, out } = options
  const loaded: E.Either<DataError, ImageDataset> =
    data === undefined ? E.right(strokeDigits({ seed: 0 })) : await loadMnist(data)()
  if (E.isLeft(loaded)) return loaded
  const [many, little] = [examplesOf(loaded.right.train, images), examplesOf(loaded.right.train, few)]
  const test = examplesOf(loaded.right.test, loaded.right.test.shape[0])
  const starts = Array.from({ length: seeds }, (_, seed) => seed)

  const races: Race[] = []
  for (const seed of starts) {
    races.push(await race('plain', plain, many, epochs, seed))
    races.push(await race('batch norm', normalised, many, epochs, seed))
  }
  print(`Steps of ${batchSize} until the training loss is below ${target}, ${many.y.size} images:`)
  print(
    textTable(
      ['start', 'plain', 'batch norm'],
      starts.map((seed) => {
        const of = (name: string): string =>
          String(races.find((r) => r.name === name && r.seed === seed)?.steps ?? 'not reached')
        return [seed, of('plain'), of('batch norm')]
      }),
    ),
  )

  const gaps: Gap[] = []
  for (const seed of starts) {
    gaps.push(await gap('plain', free, little, test, 3 * epochs, seed))
    gaps.push(await gap('dropout', dropping, little, test, 3 * epochs, seed))
  }
  print(`\nAfter ${3 * epochs} epochs on ${little.y.size} images:`)
  print(
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
    ),
  )

  await mkdir(out, { recursive: true })
  const names = ['plain', 'batch norm']
  const average = (name: string): readonly number[] => {
    const all = races.filter((r) => r.name === name).map((r) => r.losses)
    return (all[0] ?? []).map((_, step) => mean(all.map((losses) => losses[step] as number)))
  }
  const plots = [
    {
      file: 'batch-norm.svg',
      text: lineChart(
        names.map((name) => ({ name, y: average(name), x: average(name).map((_, step) => step + window) })),
        { title: `Training loss, mean of ${seeds} starts`, xLabel: 'step', yLabel: 'loss', width: 640 },
      ),
    },
    {
      file: 'dropout.svg',
      text: lineChart(
        ['plain', 'dropout'].map((name) => ({
          name,
          y: gaps.filter((g) => g.name === name).map((g) => g.testLoss - g.trainLoss),
          x: starts,
        })),
        { title: 'Generalisation gap by start', xLabel: 'start', yLabel: 'test loss − training loss', width: 640 },
      ),
    },
  ]
  const written: string[] = []
  for (const { file, text } of plots) {
    const path = resolve(join(out, file))
    await writeFile(path, text)
    print(`Wrote ${path}`)
    written.push(path)
  }
  return E.right({ races, gaps, plots: written })
}
