/** Fine-tuning by stages: first a head on features that stay as they are, then what lies before it, from the last stage to the first. */
import { jit, map, np, random, type Tensor, tree } from '@puregrad/core'
import { features, type Network, network, reuse, type Stages, withHead } from '@puregrad/models'
import { dense, freeze, init, type Layer, losses, metrics, type TensorStage, type Variables } from '@puregrad/nn'
import { adam, partition, setToZero } from '@puregrad/optim'
import { type Examples, evaluate, fit } from '@puregrad/train'
import type { Trainings } from '../runner/example.js'

export const objective = {
  loss: losses.softmaxCrossEntropyWithIntegerLabels,
  metrics: { accuracy: metrics.accuracy },
}

/** Variables of some network, by its stages. */
export type Known = Variables<Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>>

/** Which stages learn at a time, and for how long. */
export interface Phase {
  /** From the head backwards; each learns at a third of the rate of the one before it. */
  readonly open: readonly string[]
  readonly epochs: number
}

/** A network that has learnt something, and how it is to learn something else. */
export interface Subject {
  readonly network: Network<Stages>
  readonly image: readonly number[]
  /** The last stage before the head. */
  readonly at: string
  readonly phases: readonly Phase[]
  /** Of the head while it learns alone, and of the head while others learn, too. */
  readonly learningRates: readonly [alone: number, together: number]
}

/** How one way did. */
export interface Way {
  readonly name: string
  readonly accuracy: number
  /** Of training; features that stay as they are, are computed once. */
  readonly seconds: number
}

/** What a way came to. */
export interface Fitted {
  readonly way: Way
  readonly known: Known
}

export interface Task {
  readonly train: Examples
  readonly test: Examples
  readonly classes: number
  readonly seed: number
}

const batchSize = 50
const chunk = 100

/** Features of all images, a hundred at a time. */
const featuresOf = ({ network: model, image, at }: Subject, known: Known, x: Tensor): Tensor => {
  const layer = features(model, { at })
  const count = x.shape[0] as number
  const whole = Math.floor(count / chunk) * chunk
  const apply = (k: Known, images: Tensor): Tensor =>
    layer.apply(k.params as never, k.state as never, images, { mode: 'eval' })[0]
  const chunks = jit((k: Known, images: Tensor) => map((part: Tensor) => apply(k, part), images))
  const first = chunks(known, x.slice({ stop: whole }).reshape([-1, chunk, ...image])).reshape([whole, -1])
  return whole === count ? first : np.concatenate([first, apply(known, x.slice({ start: whole }))], { axis: 0 })
}

const secondsOf = (history: readonly { readonly seconds: number }[]): number =>
  history.reduce((sum, { seconds }) => sum + seconds, 0)

/** A new head alone, on features that are computed once. */
export const headOn = async (
  name: string,
  subject: Subject,
  known: Known,
  { train, test, classes, seed }: Task,
  epochs: number,
  { progress }: Pick<Trainings, 'progress'>,
  signal: AbortSignal,
): Promise<Fitted> => {
  const seen = { ...train, x: featuresOf(subject, known, train.x) }
  const unseen = { ...test, x: featuresOf(subject, known, test.x) }
  const layer = dense(classes)
  const fitted = await fit(layer, init(layer, [seen.x.shape[1] as number], random.key(seed + 1)), {
    ...objective,
    train: seen,
    optimizer: adam(subject.learningRates[0]),
    epochs,
    batchSize,
    key: random.key(seed + 2),
    progress: progress(name, epochs),
    signal,
  })
  const { accuracy = Number.NaN } = evaluate(layer, fitted, unseen, objective)
  return {
    way: { name, accuracy, seconds: secondsOf(fitted.history) },
    known: { params: { ...known.params, fc: fitted.params }, state: known.state },
  }
}

/** The network with only some stages learning; gradients of the others are not even computed. */
const opened = ({ name, stages }: Network<Stages>, open: readonly string[]): Network<Stages> =>
  network(
    name,
    Object.fromEntries(
      Object.entries(stages).map(([at, stage]) => [
        at,
        typeof stage === 'function' || open.includes(at)
          ? stage
          : (freeze(stage as Layer<never, never>) as TensorStage),
      ]),
    ),
  )

/** Adam with a rate for each open stage, and nothing for the others. */
const bySteps = (open: readonly string[], learningRate: number) =>
  partition(
    { ...Object.fromEntries(open.map((at, i) => [at, adam(learningRate / 3 ** i)])), still: setToZero() },
    (params) =>
      tree.mapWithPath(([at]) => (open.includes(String(at)) ? String(at) : 'still'), params as object) as never,
  )

/** Goes on from a head that fits: phase after phase more of the network learns. */
export const fineTuned = async (
  name: string,
  subject: Subject,
  { known, way }: Fitted,
  { train, test, classes, seed }: Task,
  { progress }: Pick<Trainings, 'progress'>,
  signal: AbortSignal,
): Promise<Fitted> => {
  const model = withHead(subject.network, dense(classes)) as unknown as Network<Stages>
  const start = init(model, subject.image, random.key(seed)) as unknown as Known
  let current: Known = reuse(start, known).variables
  let seconds = way.seconds
  for (const [i, { open, epochs }] of subject.phases.entries()) {
    const label = `${name}, ${open.at(-1)} opened,`
    const fitted = await fit(opened(model, open), current as never, {
      ...objective,
      train,
      optimizer: bySteps(open, subject.learningRates[1]),
      epochs,
      batchSize,
      key: random.key(seed + 3 + i),
      progress: progress(label, epochs),
      signal,
    })
    current = { params: fitted.params, state: fitted.state } as Known
    seconds += secondsOf(fitted.history)
  }
  const { accuracy = Number.NaN } = evaluate(model, current as never, test, objective)
  return { way: { name, accuracy, seconds }, known: current }
}

/** The whole network from where it begins, without what others have learnt. */
export const fromScratch = async (
  name: string,
  subject: Subject,
  { train, test, classes, seed }: Task,
  epochs: number,
  { progress }: Pick<Trainings, 'progress'>,
  signal: AbortSignal,
): Promise<Fitted> => {
  const model = withHead(subject.network, dense(classes)) as unknown as Network<Stages>
  const fitted = await fit(model, init(model, subject.image, random.key(seed)), {
    ...objective,
    train,
    optimizer: adam(1e-3),
    epochs,
    batchSize,
    key: random.key(seed + 2),
    progress: progress(name, epochs),
    signal,
  })
  const { accuracy = Number.NaN } = evaluate(model, fitted, test, objective)
  return {
    way: { name, accuracy, seconds: secondsOf(fitted.history) },
    known: { params: fitted.params, state: fitted.state } as Known,
  }
}
