/** Training: a fold of a pure, jitted step over shuffled batches. */

import { checkOptions, RangeError, random } from '@puregrad/core'
import type { CheckpointError } from '@puregrad/formats'
import type { Key, Layer, Variables } from '@puregrad/nn'
import { isLeft } from 'fp-ts/lib/Either.js'
import { usualHost } from '#host'
import { checkExamples, checkGiven, checkModel } from './arguments.js'
import {
  callbackStates,
  type Effect,
  flatMetrics,
  type Moment,
  reduceAll,
  type SomeCallback,
  type SomeState,
  type TrainingEvent,
} from './callbacks/callback.js'
import { perform } from './callbacks/perform.js'
import { compiledSteps, groupsOf, orderOf } from './epoch.js'
import { evaluation } from './evaluate.js'
import type { EpochRecord, History } from './history.js'
import type { Host } from './host/host.js'
import type { Kinds } from './metrics.js'
import type { Progress } from './progress.js'
import { type Examples, rowsOf } from './rows.js'
import type { DataPlan, Session } from './session.js'
import { noSums, tally } from './tally.js'
import type { Objective, TrainingState } from './training-step.js'

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
  /** Batches per step: their gradients are averaged before the optimiser sees them. 1 unless said. */
  readonly accumulate?: number
  /** What to do on the way, such as `earlyStopping()` or `checkpoints(folder)`. */
  readonly callbacks?: readonly SomeCallback[]
  /** Where to show how far it is, such as `progressBar()`; nowhere unless said. */
  readonly progress?: Progress
  /** Ends the training after the steps under way, with the history so far. */
  readonly signal?: AbortSignal
  /** Steps that run as one compiled loop, so that the state is copied into and out of it once: 16 unless said. The bits are the same for any number. */
  readonly stepsPerCall?: number
  /** The clock that callbacks see, in milliseconds since 1970: the host's unless said. */
  readonly now?: () => number
  /** Where it runs, which writes what callbacks want written: unless said files in Node, and in a page none. */
  readonly host?: Host
}

/** The state after training, from which it can go on, and what happened. */
export interface Fitted<P, S, U> extends TrainingState<P, S, U> {
  readonly history: History
  /** `true` if the signal, a callback or a failure ended it before its last epoch. */
  readonly stopped: boolean
  /** Why a callback ended it. */
  readonly reason?: string
  /** What could not be written for a callback; that ends the training, too. */
  readonly failure?: CheckpointError
  /** From which it goes on, also in the middle of an epoch, to the same bits as an unbroken training. */
  readonly session: Session<P, S, U>
}

/** Where to begin: what `init` gives, or what an earlier `fit` gave, to go on from there with epochs of their own. */
export interface Start<P, S, U> extends Variables<P, S> {
  readonly optimizerState?: U
}

const checkCount = (name: string, value: number, least: number): void => {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`fit: ${name} is ${value}; it has to be a whole number from ${least} up.`)
  }
}

/** @throws RangeError if the session is one of other data, batches or another key */
const checkSession = (session: Session<unknown, unknown, unknown>, data: DataPlan, key: Key): void => {
  const differing = (Object.keys(data) as (keyof DataPlan)[]).find((name) => data[name] !== session.data[name])
  if (differing !== undefined) {
    throw new RangeError(
      `fit: the session was begun with ${differing} ${session.data[differing]} and is to go on with ${data[differing]}, ` +
        'which would not be the same training. Give it what it had, or begin anew from { params, state, optimizerState }.',
    )
  }
  if (session.key.data().join() === key.data().join()) return
  throw new RangeError(
    `fit: the session was begun with key [${session.key.data().join()}] and is to go on with [${key.data().join()}]. ` +
      'Pass the key that it had: session.key.',
  )
}

const isSession = <P, S, U>(start: Start<P, S, U> | Session<P, S, U>): start is Session<P, S, U> => 'position' in start

/**
 * Trains a model: a fold of one pure, jitted step over batches. The same start, data, options and key give the same bits.
 * Between steps it lets the event loop run, so that signals arrive: an aborted training ends with the history so far.
 * @param start what `init(layer, …)` gives, or what an earlier `fit` gave, which goes on; a session goes on in the very step in
 * which it was broken off, and ends with the bits of an unbroken training
 * @returns the last state; what callbacks could not write ends the training and is its `failure`
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
  start: Start<P, S, NoInfer<U>> | Session<P, S, NoInfer<U>>,
  options: FitOptions<I, O, T, U>,
): Promise<Fitted<P, S, U>> => {
  checkOptions('fit', options, [
    'train',
    'validation',
    'epochs',
    'batchSize',
    'shuffle',
    'key',
    'accumulate',
    'callbacks',
    'progress',
    'signal',
    'stepsPerCall',
    'now',
    'host',
    'loss',
    'metrics',
    'classWeights',
    'optimizer',
  ])
  checkModel('fit', layer, start)
  checkGiven('fit', 'the options, argument 3,', options, 'It needs { train, loss, optimizer, epochs, key }.')
  checkExamples('fit', 'train', options.train)
  checkGiven('fit', 'loss', options.loss, 'Give a loss, such as nn.losses.l2Loss.')
  checkGiven('fit', 'optimizer', options.optimizer, 'Give an optimiser, such as optim.adam(1e-3).')
  checkGiven('fit', 'key', options.key, 'Give a random key: random.key(seed).')
  const { train, validation, epochs, batchSize = 32, shuffle = true, key, callbacks = [], progress, signal } = options
  const { accumulate = 1, stepsPerCall = 16, host = usualHost, now = host.now } = options
  checkCount('epochs', epochs, 0)
  checkCount('batchSize', batchSize, 1)
  checkCount('accumulate', accumulate, 1)
  checkCount('stepsPerCall', stepsPerCall, 1)
  const rows = rowsOf<Examples<I, T>>('fit', train)
  const data: DataPlan = { examples: rows.count, batchSize, accumulate, shuffle }
  const begun = isSession(start) ? start : undefined
  if (begun !== undefined) checkSession(begun, data, key)
  const steps = Math.ceil(rows.count / (batchSize * accumulate))
  const measured = { loss: options.loss, metrics: options.metrics ?? {} }
  const validate = validation === undefined ? undefined : evaluation(layer, validation, measured)
  const kinds: Kinds = new Map()
  const names = ['loss', ...Object.keys(measured.metrics)]
  const call = compiledSteps(layer, options, kinds, accumulate)

  const { params, state, optimizerState = options.optimizer.init(params) } = start
  let current: TrainingState<P, S, U> = { params, state, optimizerState }
  let position = begun?.position ?? { epoch: 1, step: 0 }
  let underWay = begun?.underWay ?? { ...noSums, seconds: 0 }
  let restored: TrainingState<P, S, U> | undefined
  let states = callbackStates(callbacks, begun?.callbacks)
  const past: EpochRecord[] = [...(begun?.history ?? [])]
  let ending: { readonly reason?: string; readonly failure?: CheckpointError } | undefined
  const isStopped = (): boolean => signal?.aborted === true || ending !== undefined

  const session = (): Session<P, S, U> => {
    const history: History = [...past]
    return { ...current, key, position, data, underWay, history, callbacks: states }
  }
  const moment = (epoch: number, step: number): Moment => ({
    epoch,
    step,
    steps,
    totalSteps: (epoch - 1) * steps + step,
    time: now() / 1000,
    state: current as SomeState,
  })
  const tell = async (event: TrainingEvent): Promise<void> => {
    if (callbacks.length === 0) return
    const [next, effects] = reduceAll(callbacks, states, event)
    states = next
    for (const effect of effects) {
      // What is restored at the end is the result; a session goes on from where it was.
      if (event._tag === 'Ended') restored = changed(restored ?? current, effect)
      else current = changed(current, effect)
      if (effect._tag === 'Stop') ending ??= { reason: effect.reason }
    }
    const performed = await perform(host, session(), event.totalSteps, effects)()
    if (isLeft(performed)) ending = { ...ending, failure: performed.left }
  }

  await tell({ _tag: 'Began', epochs, ...moment(position.epoch, position.step) })
  let interrupted: EpochRecord | undefined
  while (position.epoch <= epochs && !isStopped()) {
    const { epoch } = position
    const before = underWay.seconds
    const began = host.elapsed()
    const seconds = (): number => before + (host.elapsed() - began) / 1000
    const [orderKey, stepKey] = random.split(random.foldIn(key, epoch)) as unknown as readonly [Key, Key]
    const order = orderOf(rows.count, orderKey, shuffle)
    const total = tally(names, kinds, underWay)
    progress?.begin(`Epoch ${epoch}/${epochs}`, steps)
    for (const group of groupsOf(data, stepsPerCall, position.step)) {
      const [next, results] = call(current, stepKey, group, rows, order)
      current = next
      for (const batches of results.parts) total.add(batches)
      position = { epoch, step: position.step + group.steps }
      underWay = { ...total.sums(), seconds: seconds() }
      progress?.step(position.step, total.means())
      if (callbacks.length > 0) {
        const each = { measured: results.each(), means: total.means() }
        await tell({ _tag: 'Stepped', ...each, ...moment(epoch, position.step) })
      }
      await host.pause()
      if (isStopped()) break
    }
    if (position.step < steps) {
      interrupted = { epoch, train: total.means(), seconds: seconds(), interrupted: true }
      progress?.stop()
      break
    }
    const validated = validate === undefined ? undefined : await finish(host, validate(current))
    const record: EpochRecord = {
      epoch,
      train: total.means(),
      ...(validated === undefined ? {} : { validation: validated }),
      seconds: seconds(),
    }
    past.push(record)
    position = { epoch: epoch + 1, step: 0 }
    underWay = { ...noSums, seconds: 0 }
    await tell({ _tag: 'EpochEnded', record, ...moment(epoch, steps) })
    progress?.end(flatMetrics(record))
  }
  const stopped = past.length < epochs
  await tell({ _tag: 'Ended', stopped, ...moment(position.epoch, position.step) })
  const history = interrupted === undefined ? past : [...past, interrupted]
  return { ...(restored ?? current), history, stopped, ...ending, session: session() }
}

/** What callbacks change about the training itself. They know no types; what they give back is what they were given. */
const changed = <P, S, U>(current: TrainingState<P, S, U>, effect: Effect): TrainingState<P, S, U> => {
  if (effect._tag === 'Restore') return effect.state as TrainingState<P, S, U>
  if (effect._tag !== 'EditOptimizer') return current
  return { ...current, optimizerState: effect.edit(current.optimizerState) as U }
}

/** Runs to the end, letting the event loop run at every pause. */
const finish = async <R>({ pause }: Host, run: Generator<void, R>): Promise<R> => {
  for (;;) {
    const { done, value } = run.next()
    if (done === true) return value
    await pause()
  }
}
