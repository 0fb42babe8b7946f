/** The story: one linear classifier, and three ways to go down the hill of its loss. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { random } from '@puregrad/core'
import { dense, init, initializers, losses, metrics } from '@puregrad/nn'
import { adam, type GradientTransformation, sgd } from '@puregrad/optim'
import { type DataError, evaluate, fit, lineChart, type Metrics, textTable } from '@puregrad/train'
import * as E from 'fp-ts/lib/Either.js'
import { type Table, tables } from './tables.js'

const objective = {
  loss: losses.softmaxCrossEntropyWithIntegerLabels,
  metrics: { accuracy: metrics.accuracy },
}

interface Way<U> {
  readonly name: string
  readonly optimizer: GradientTransformation<U>
  /** Examples per step, by the number of all. */
  readonly batchSize: (count: number) => number
}

/** How one way went. */
export interface Descent {
  readonly name: string
  readonly steps: number
  /** The mean loss of all rows to learn from: at the start, and after each epoch. */
  readonly losses: readonly number[]
  readonly test: Metrics
  readonly seconds: number
}

const descend = async <U>(
  { train, test, features, classes }: Table,
  { name, optimizer, batchSize }: Way<U>,
  epochs: number,
): Promise<Descent> => {
  // From zeros all classes are equally likely, so every curve begins at log(classes).
  const model = dense(classes, { kernelInit: initializers.zeros })
  const start = init(model, [features], random.key(0))
  const count = train.y.size
  const size = batchSize(count)
  const fitted = await fit(model, start, {
    ...objective,
    train,
    validation: train, // the loss after the epoch; the one that is measured during it belongs to parameters that move
    optimizer,
    epochs,
    batchSize: size,
    stepsPerCall: 256,
    key: random.key(1),
  })
  const after = fitted.history.map(({ validation }) => validation?.loss ?? Number.NaN)
  return {
    name,
    steps: epochs * Math.ceil(count / size),
    losses: [evaluate(model, start, train, objective).loss ?? Number.NaN, ...after],
    test: evaluate(model, fitted, test, objective),
    seconds: fitted.history.reduce((total, epoch) => total + epoch.seconds, 0),
  }
}

/** The three ways on one table, one after the other. */
export const descents = async (table: Table, epochs: number): Promise<readonly Descent[]> => [
  await descend(table, { name: 'gradient descent, all rows', optimizer: sgd(0.5), batchSize: (n) => n }, epochs),
  await descend(table, { name: 'SGD, one row', optimizer: sgd(0.01), batchSize: () => 1 }, epochs),
  await descend(table, { name: 'Adam, 32 rows', optimizer: adam(0.02), batchSize: () => 32 }, epochs),
]

const plotOf = ({ name }: Table, all: readonly Descent[]): string =>
  lineChart(
    all.map((one) => ({ name: one.name, y: one.losses, x: one.losses.map((_, epoch) => epoch) })),
    { title: `Logistic regression on ${name}`, xLabel: 'epoch', yLabel: 'loss of all training rows', width: 640 },
  )

export interface DescentOptions {
  /** A folder with `tabular/iris.csv` and `tabular/digits.csv.gz`; without them points are drawn. */
  readonly data: string | undefined
  /** Where the plots go. */
  readonly out: string
  readonly epochs: number
  readonly seed: number
}

/** What came out for one table. */
export interface Outcome {
  readonly table: string
  readonly descents: readonly Descent[]
  readonly plot: string
}

/** Goes down all three ways on every table, tells and draws; on the left is what was wrong with a file. */
export const compare = async (
  { data, out, epochs, seed }: DescentOptions,
  print: (text: string) => void,
): Promise<E.Either<DataError, readonly Outcome[]>> => {
  const loaded = await tables(data, seed)
  if (E.isLeft(loaded)) return loaded
  await mkdir(out, { recursive: true })
  const outcomes: Outcome[] = []
  for (const table of loaded.right) {
    const { name, train, test, features, classes } = table
    print(
      `\n${name}: ${train.y.size} rows to learn from, ${test.y.size} to judge by, ${features} numbers, ${classes} classes`,
    )
    const all = await descents(table, epochs)
    const rows = all.map((one) => [
      one.name,
      one.steps,
      (one.losses[0] ?? Number.NaN).toFixed(4),
      (one.losses.at(-1) ?? Number.NaN).toFixed(4),
      (one.test.accuracy ?? Number.NaN).toFixed(4),
      one.seconds.toFixed(2),
    ])
    print(textTable(['way', 'steps', 'first loss', 'last loss', 'test accuracy', 'seconds'], rows))
    const plot = resolve(join(out, `${name}.svg`))
    await writeFile(plot, plotOf(table, all))
    print(`Wrote ${plot}`)
    outcomes.push({ table: name, descents: all, plot })
  }
  return E.right(outcomes)
}
