/**
 * The story: three families of networks look at small pictures, one of them with and without augmentation; and two networks that are
 * very deep, of which the one without skip connections learns worse.
 */
import { np, random } from '@puregrad/core'
import { init, type Layer, losses, metrics, parameterCount } from '@puregrad/nn'
import { adamw, averageOf, cosineOnecycleSchedule, type GradientTransformation, sgd, withEma } from '@puregrad/optim'
import {
  confusionPlot,
  data as dataModule,
  evaluate,
  fit,
  type History,
  lineChart,
  predict,
  textTable,
} from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import type { Context, Told } from '../runner/example.js'
import { heldOut, loadPictures, type Pictures, side } from './images.js'
import { contestants, deep } from './networks.js'

const objective = {
  loss: losses.softmaxCrossEntropyWithIntegerLabels,
  metrics: { accuracy: metrics.accuracy },
}
const batchSize = 64
const picture = [side, side, 3] as const
/** The average of the parameters goes back about fifty steps. */
const decay = 0.98

type Settings = 'epochs' | 'deepEpochs' | 'limit' | 'validate'
type SomeNetwork = Layer<unknown, unknown>

/** How one network did. */
interface Reading {
  readonly name: string
  readonly parameters: number
  readonly history: History
  readonly seconds: number
  /** Of the pictures that it learnt from, seen without changes. */
  readonly learnt: number
  readonly accuracy: number
  readonly loss: number
  readonly classes: readonly (readonly number[])[]
}

const parametersOf = (model: SomeNetwork): number => E.getOrElse(() => 0)(parameterCount(model, picture))

const accuracyOf = (readings: { readonly accuracy?: number }): number => readings.accuracy ?? Number.NaN

const train = async <U>(
  name: string,
  model: SomeNetwork,
  { train: learn, test }: Pictures,
  { seed, progress }: Context<Settings>,
  epochs: number,
  optimizer: GradientTransformation<U>,
  signal: AbortSignal,
): Promise<Reading> => {
  const fitted = await fit(model, init(model, picture, random.key(seed)), {
    ...objective,
    train: learn,
    optimizer: withEma(optimizer, decay),
    epochs,
    batchSize,
    key: random.key(seed + 1),
    progress: progress(name, epochs),
    signal,
  })
  const average = { ...fitted, params: averageOf(fitted.optimizerState, fitted.params) }
  const seen = evaluate(model, average, test, objective)
  const guesses = np.argmax(predict(model, average, test.x), { axis: -1 })
  return {
    name,
    parameters: parametersOf(model),
    history: fitted.history,
    seconds: fitted.history.reduce((total, epoch) => total + epoch.seconds, 0),
    learnt: accuracyOf(evaluate(model, average, learn, objective)),
    accuracy: accuracyOf(seen),
    loss: seen.loss ?? Number.NaN,
    classes: metrics.confusionMatrix(test.y, guesses, 10).toArray<number[][]>(),
  }
}

const percent = (part: number): string => `${(100 * part).toFixed(1)} %`

const reportOf = (readings: readonly Reading[]): string =>
  textTable(
    ['network', 'parameters', 'learnt pictures', 'other pictures', 'their loss', 'seconds'],
    readings.map((r) => [
      r.name,
      r.parameters.toLocaleString('en'),
      percent(r.learnt),
      percent(r.accuracy),
      r.loss.toFixed(3),
      r.seconds.toFixed(0),
    ]),
  )

const lossesOf = (readings: readonly Reading[], title: string): string =>
  lineChart(
    readings.map(({ name, history }) => ({ name, y: history.map((epoch) => epoch.train.loss ?? Number.NaN) })),
    { title, xLabel: 'epoch', yLabel: 'loss in training', width: 640 },
  )

const figuresOf = (readings: readonly Reading[]) =>
  Object.fromEntries(
    readings.map(({ name, parameters, learnt, accuracy, loss, history }) => [
      name,
      { parameters, learnt, accuracy, loss, trainLosses: history.map((epoch) => epoch.train.loss ?? Number.NaN) },
    ]),
  )

const entries = (networks: object): readonly (readonly [string, SomeNetwork])[] => Object.entries(networks)

/** Trains all of them, tells and draws; on the left is what was wrong with the data. */
export const classify = async (context: Context<Settings>): Promise<E.Either<string, Told>> => {
  const { data, seed, settings, print, plot, each } = context
  const loaded = await loadPictures(data, settings.limit, seed)
  if (E.isLeft(loaded)) return loaded
  const pictures = settings.validate > 0 ? { ...loaded.right, ...heldOut(loaded.right.train) } : loaded.right
  const stepsOf = (epochs: number): number => epochs * Math.ceil(pictures.train.y.size / batchSize)
  print(`${pictures.train.y.size} pictures to learn from, ${pictures.test.y.size} to judge by`)
  const { epochs, deepEpochs } = settings
  const jobs = [
    ...entries(contestants).map(([name, model]) => (signal: AbortSignal) => {
      const rate = cosineOnecycleSchedule(stepsOf(epochs), 4e-3)
      return train(name, model, pictures, context, epochs, adamw(rate, { weightDecay: 0.05 }), signal)
    }),
    ...entries(deep).map(
      ([name, model]) =>
        (signal: AbortSignal) =>
          train(name, model, pictures, context, deepEpochs, sgd(0.05, { momentum: 0.9 }), signal),
    ),
  ]
  const readings = await each(jobs, (job, signal) => job(signal))
  const isDeep = ({ name }: Reading): boolean => name in deep
  const [families, depths] = [readings.filter((r) => !isDeep(r)), readings.filter(isDeep)]
  print(reportOf(readings))
  await plot('families.svg', lossesOf(families, 'Three families, one of them not augmented'))
  if (depths.length > 0) await plot('depth.svg', lossesOf(depths, '56 layers with and without skip connections'))
  const best = readings.find(({ name }) => name === 'ResNet')
  if (best !== undefined) {
    const nameOf = (label: number): string => dataModule.cifar10Classes[label] ?? String(label)
    await plot(
      'confusion.svg',
      confusionPlot(best.classes, { title: 'ResNet', percent: true, nameOf: data === undefined ? String : nameOf }),
    )
  }
  return E.right({
    data: pictures.used,
    figures: figuresOf(readings),
    trainingSeconds: Object.fromEntries(readings.map(({ name, seconds }) => [name, seconds])),
  })
}
