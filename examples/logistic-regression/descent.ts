/** The story: one linear classifier, and three ways to go down the hill of its loss. */
import { random } from '@puregrad/core'
import { dense, init, initializers, losses, metrics } from '@puregrad/nn'
import { adam, type GradientTransformation, sgd } from '@puregrad/optim'
import { evaluate, fit, lineChart, type Metrics, type Progress, showDataError, textTable } from '@puregrad/train'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Told } from '../runner/example.js'
import { type Loaded, type Table, tables } from './tables.js'

const objective = {
  loss: losses.softmaxCrossEntropyWithIntegerLabels,
  metrics: { accuracy: metrics.accuracy },
}

/** How one way went. */
interface Descent {
  readonly table: string
  readonly name: string
  readonly steps: number
  /** The mean loss of all rows to learn from: at the start, and after each epoch. */
  readonly losses: readonly number[]
  readonly test: Metrics
  readonly seconds: number
}

interface DescendOptions {
  readonly epochs: number
  readonly progress: Progress
  readonly signal: AbortSignal
}

type Way = (table: Table, options: DescendOptions) => Promise<Descent>

/** @param batchSize examples per step, by the number of all */
const way =
  <U>(name: string, optimizer: GradientTransformation<U>, batchSize: (count: number) => number): Way =>
  async ({ name: table, train, test, features, classes }, options) => {
    // From zeros all classes are equally likely, so every curve begins at log(classes).
    const model = dense(classes, { kernelInit: initializers.zeros })
    const start = init(model, [features], random.key(0))
    const count = train.y.size
    const size = batchSize(count)
    const fitted = await fit(model, start, {
      ...objective,
      ...options,
      train,
      validation: train, // the loss after the epoch; the one that is measured during it belongs to parameters that move
      optimizer,
      batchSize: size,
      stepsPerCall: 256,
      key: random.key(1),
    })
    const after = fitted.history.flatMap(({ validation }) => validation?.loss ?? [])
    return {
      table,
      name,
      steps: after.length * Math.ceil(count / size),
      losses: [evaluate(model, start, train, objective).loss ?? Number.NaN, ...after],
      test: evaluate(model, fitted, test, objective),
      seconds: fitted.history.reduce((total, epoch) => total + epoch.seconds, 0),
    }
  }

const ways: Readonly<Record<string, Way>> = {
  descent: way('gradient descent, all rows', sgd(0.5), (count) => count),
  stochastic: way('SGD, one row', sgd(0.01), () => 1),
  adam: way('Adam, 32 rows', adam(0.02), () => 32),
}

const plotOf = ({ name }: Table, all: readonly Descent[]): string =>
  lineChart(
    all.map((one) => ({ name: one.name, y: one.losses, x: one.losses.map((_, epoch) => epoch) })),
    { title: `Logistic regression on ${name}`, xLabel: 'epoch', yLabel: 'loss of all training rows', width: 640 },
  )

const reportOf = ({ name, train, test, features, classes }: Table, all: readonly Descent[]): string => {
  const rows = all.map((one) => [
    one.name,
    one.steps,
    (one.losses[0] ?? Number.NaN).toFixed(4),
    (one.losses.at(-1) ?? Number.NaN).toFixed(4),
    (one.test.accuracy ?? Number.NaN).toFixed(4),
    one.seconds.toFixed(2),
  ])
  const head = `\n${name}: ${train.y.size} rows to learn from, ${test.y.size} to judge by, ${features} numbers, ${classes} classes`
  return `${head}\n${textTable(['way', 'steps', 'first loss', 'last loss', 'test accuracy', 'seconds'], rows)}`
}

const toldOf = ({ used }: Loaded, all: readonly (Descent & { readonly key: string })[]): Told => {
  const byTable = (name: string) => all.filter(({ table }) => table === name)
  return {
    data: used,
    figures: Object.fromEntries(
      all.map(({ table }) => [
        table,
        Object.fromEntries(
          byTable(table).map(({ key, steps, losses: curve, test: { accuracy = Number.NaN } }) => [
            key,
            { accuracy, steps, losses: curve },
          ]),
        ),
      ]),
    ),
    trainingSeconds: Object.fromEntries(all.map(({ table, key, seconds }) => [`${table} ${key}`, seconds])),
  }
}

/** Goes down all three ways on every table, tells and draws; on the left is what was wrong with a file. */
export const compare = async (context: Context<'epochs'>): Promise<E.Either<string, Told>> => {
  const { data, seed, settings, print, plot, progress, each } = context
  const loaded = E.mapLeft(showDataError)(await tables(data, seed))
  if (E.isLeft(loaded)) return loaded
  const all = loaded.right.tables.flatMap((table) => Object.entries(ways).map(([key, go]) => ({ table, key, go })))
  const descents = await each(all, async ({ table, key, go }, signal) => ({
    key,
    ...(await go(table, { ...settings, progress: progress(`${table.name} ${key}`, settings.epochs), signal })),
  }))
  for (const table of loaded.right.tables) {
    const own = descents.filter((one) => one.table === table.name)
    if (own.length === 0) continue
    print(reportOf(table, own))
    await plot(`${table.name}.svg`, plotOf(table, own))
  }
  return E.right(toldOf(loaded.right, descents))
}
