/** Training: a fold of a pure, jitted step over shuffled batches. */
import { setImmediate } from 'node:timers/promises'
import { jit, np, RangeError, random, scan, type Tensor } from '@puregrad/core'
import type { Key, Layer, Variables } from '@puregrad/nn'
import { evaluation } from './evaluate.js'
import type { EpochRecord, History, Metrics } from './history.js'
import { runningMeans } from './metrics.js'
import type { Progress } from './progress.js'
import { type Examples, type Rows, rowsOf } from './rows.js'
import { type BatchMetrics, type Objective, type TrainingState, trainingStep } from './trainingStep.js'

export interface FitOptions<I, O, T, U> extends Objective<O, T, U> {
  /** The examples to learn from. */
  readonly train: Examples<I, T>
  /** The examples to measure by after every epoch. */
  readonly validation?: Examples<I, T>
  /** How often every example is seen. */
  readonly epochs: number
  /** Examples per step: 32 unless said. The last batch of an epoch may be smaller. */
  readonly batchSize?: number
  /** Whether every epoch has an order of its own: true unless said. */
  readonly shuffle?: boolean
  /** Decides orders and whatever is random in the layers. */
  readonly key: Key
  /** Where to show how far it is, such as `progressBar()`; nowhere unless said. */
  readonly progress?: Progress
  /** Ends the training after the steps under way, with the history so far. */
  readonly signal?: AbortSignal
  /** Steps that run as one compiled loop, so that the state is copied into and out of it once: 16 unless said. The bits are the same for any number. */
  readonly stepsPerCall?: number
}

/** The state after training, from which it can go on, and what happened. */
export interface Fitted<P, S, U> extends TrainingState<P, S, U> {
  readonly history: History
  /** `true` if the signal ended it before its last epoch. */
  readonly stopped: boolean
}

/** Where to begin: what `init` gives, or what an earlier `fit` gave, to go on from there. */
export interface Start<P, S, U> extends Variables<P, S> {
  readonly optimizerState?: U
}

/** Batches that run together: equally many examples each. */
interface Group {
  readonly start: number
  readonly steps: number
  readonly size: number
}

/** Full batches in groups of `most`, the rest of them in one, and at last the batch that is not full. */
const groupsOf = (count: number, batchSize: number, most: number): readonly Group[] => {
  const full = Math.floor(count / batchSize)
  const groups: Group[] = []
  for (let step = 0; step < full; step += most) {
    groups.push({ start: step * batchSize, steps: Math.min(most, full - step), size: batchSize })
  }
  if (full * batchSize < count) groups.push({ start: full * batchSize, steps: 1, size: count - full * batchSize })
  return groups
}

const checkCount = (name: string, value: number, least: number): void => {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`fit: ${name} is ${value}; it has to be a whole number from ${least} up.`)
  }
}

const orderOf = (count: number, key: Key, shuffle: boolean) =>
  (shuffle ? random.permutation(key, count) : np.arange(count)).data()

const prefixed = (metrics: Metrics): Metrics =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`validation ${name}`, value]))

/**
 * Trains a model: a fold of one pure, jitted step over batches. The same start, data, options and key give the same bits.
 * Between steps it lets the event loop run, so that signals arrive: an aborted training ends with the history so far.
 * @param start what `init(layer, …)` gives, or what an earlier `fit` gave, which goes on
 * @throws ShapeError if inputs and targets are not equally many; RangeError for numbers that count nothing
 * @example
 * const model = serial(dense(32), relu, dense(10))
 * const fitted = await fit(model, init(model, [784], random.key(0)), {
 *   train: { x: np.zeros([64, 784]), y: np.arange(64).mod(10) },
 *   loss: losses.softmaxCrossEntropyWithIntegerLabels,
 *   optimizer: adam(1e-3),
 *   epochs: 5,
 *   key: random.key(1),
 * })
 * fitted.history.length // 5
 */
export const fit = async <P, S, I, O, T, U>(
  layer: Layer<P, S, I, O>,
  start: Start<P, S, NoInfer<U>>,
  options: FitOptions<I, O, T, U>,
): Promise<Fitted<P, S, U>> => {
  const {
    train,
    validation,
    epochs,
    batchSize = 32,
    shuffle = true,
    key,
    progress,
    signal,
    stepsPerCall = 16,
  } = options
  checkCount('epochs', epochs, 0)
  checkCount('batchSize', batchSize, 1)
  checkCount('stepsPerCall', stepsPerCall, 1)
  const rows: Rows<Examples<I, T>> = rowsOf('fit', train)
  const groups = groupsOf(rows.count, batchSize, stepsPerCall)
  const steps = groups.reduce((total, group) => total + group.steps, 0)
  const measured = { loss: options.loss, metrics: options.metrics ?? {} }
  const validate = validation === undefined ? undefined : evaluation(layer, validation, measured)
  const call = compileSteps(layer, options)

  const { params, state, optimizerState = options.optimizer.init(params) } = start
  let current: TrainingState<P, S, U> = { params, state, optimizerState }
  const history: EpochRecord[] = []
  const isStopped = (): boolean => signal?.aborted === true

  for (let epoch = 1; epoch <= epochs && !isStopped(); epoch++) {
    const began = performance.now()
    const [orderKey, stepKey] = random.split(random.foldIn(key, epoch)) as unknown as readonly [Key, Key]
    const order = orderOf(rows.count, orderKey, shuffle)
    const means = runningMeans(measured.metrics)
    let done = 0
    progress?.begin(`Epoch ${epoch}/${epochs}`, steps)
    for (const group of groups) {
      const chosen = order.subarray(group.start, group.start + group.steps * group.size)
      const batches = rows.take(chosen, [group.steps, group.size])
      const [next, metrics] = call(current, stepKey, done, group.steps, batches)
      current = next
      means.add(metrics, group.size)
      done += group.steps
      progress?.step(done, means.means())
      await setImmediate()
      if (isStopped()) break
    }
    const interrupted = done < steps
    const validated = validate === undefined || interrupted ? undefined : await finish(validate(current))
    history.push({
      epoch,
      train: means.means(),
      ...(validated === undefined ? {} : { validation: validated }),
      seconds: (performance.now() - began) / 1000,
      ...(interrupted ? { interrupted } : {}),
    })
    if (interrupted) progress?.stop()
    else progress?.end({ ...means.means(), ...prefixed(validated ?? {}) })
  }
  return { ...current, history, stopped: history.length < epochs || history.at(-1)?.interrupted === true }
}

/** Runs to the end, letting the event loop run at every pause. */
const finish = async <R>(run: Generator<void, R>): Promise<R> => {
  for (;;) {
    const { done, value } = run.next()
    if (done === true) return value
    await setImmediate()
  }
}

/** Several steps as one compiled loop over the batches of a group. */
const compileSteps = <P, S, I, O, T, U>(layer: Layer<P, S, I, O>, objective: Objective<O, T, U>) => {
  const step = trainingStep(layer, objective)
  type State = TrainingState<P, S, U>
  const loop = jit((state: State, key: Key, numbers: Tensor, batches: Examples<I, T>) =>
    scan((s: State, [n, { x, y }]: readonly [Tensor, Examples<I, T>]) => step(s, random.foldIn(key, n), x, y), state, [
      numbers,
      batches,
    ] as const),
  )
  return (
    state: State,
    key: Key,
    first: number,
    steps: number,
    batches: Examples<I, T>,
  ): readonly [State, BatchMetrics] => {
    const numbers = np.array(Int32Array.from({ length: steps }, (_, i) => first + i))
    return loop(state, key, numbers, batches) as unknown as readonly [State, BatchMetrics]
  }
}
