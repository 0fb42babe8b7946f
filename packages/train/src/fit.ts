/** Training: a fold of a pure, jitted step over shuffled batches. */

import { checkOptions, RangeError } from '@puregrad/core'
import type { CheckpointError } from '@puregrad/formats'
import type { Key, Layer, Variables } from '@puregrad/nn'
import { usualHost } from '#host'
import { checkExamples, checkGiven, checkModel } from './arguments.js'
import { callbackStates, type SomeCallback } from './callbacks/callback.js'
import { encodeSession } from './checkpoint/session-bytes.js'
import { chained } from './data/pipeline/eventually.js'
import { inOrderOf } from './data/pipeline/select.js'
import { checkCount, isSource, type Source } from './data/pipeline/source.js'
import { compiledSteps } from './epoch.js'
import { evaluation } from './evaluate.js'
import {
  type ExampleSource,
  type Feed,
  feedOfBatches,
  feedOfExamples,
  ordersBy,
  readingAhead,
  takesOfRows,
  takesOfSource,
} from './feed.js'
import type { History } from './history.js'
import type { Host } from './host/host.js'
import { drive, finish } from './loop/drive.js'
import { started, type Training } from './loop/machine.js'
import type { Kinds } from './metrics.js'
import type { Progress } from './progress.js'
import { type Examples, rowsOf } from './rows.js'
import type { DataPlan, Position, Session } from './session.js'
import { type Tally, tally } from './tally.js'
import { checkKey, keysOf, resumed } from './train.js'
import type { Objective, TrainingState } from './training-step.js'

export interface FitOptions<I, O, T, U, P = unknown, S = unknown> extends Objective<O, T, U> {
  /**
   * The examples to learn from: arrays, or a source of examples, or with `batchSize: null` one of batches, such as `data.bucketByLength`
   * makes them. Its elements may be promises, such as `data.fromImageFolder` gives; those of the next steps are asked for ahead, while
   * steps run.
   */
  readonly train: Examples<I, T> | ExampleSource<Examples<I, T>>
  /** The examples to measure by after every epoch: arrays, or a source as `train` may be. */
  readonly validation?: Examples<I, T> | ExampleSource<Examples<I, T>>
  /** How often every example is seen, or `stepsPerEpoch` steps are made. */
  readonly epochs: number
  /** Steps of an epoch: as many as it takes to see every example once unless said. A source without end needs it. */
  readonly stepsPerEpoch?: number
  /** Examples per step: 32 unless said. The last batch of an epoch may be smaller. null if the source has batches. */
  readonly batchSize?: number | null
  /** Whether every epoch has an order of its own: true unless said, but for batches of a source and sources without end. */
  readonly shuffle?: boolean
  /** Decides orders and whatever is random in the layers. */
  readonly key: Key
  /** Batches per step: their gradients are averaged before the optimiser sees them. 1 unless said. */
  readonly accumulate?: number
  /** Of which parameters and states `validation` is: those of the step unless said. For averages there is `averageOf` in optim. */
  readonly evaluated?: (state: TrainingState<P, S, U>) => Variables<P, S>
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

/** @throws RangeError if the session is one of other data, batches or another key */
const checkSession = (session: Session<unknown, unknown, unknown>, data: DataPlan, key: Key): void => {
  const differing = (Object.keys({ ...session.data, ...data }) as (keyof DataPlan)[]).find(
    (name) => data[name] !== session.data[name],
  )
  if (differing !== undefined) {
    throw new RangeError(
      `fit: the session was begun with ${differing} ${session.data[differing]} and is to go on with ${data[differing]}, ` +
        'which would not be the same training. Give it what it had, or begin anew from { params, state, optimizerState }.',
    )
  }
  checkKey('fit', session.key, key)
}

const isSession = <P, S, U>(start: Start<P, S, U> | Session<P, S, U>): start is Session<P, S, U> => 'position' in start

/** Where the examples come from, how many an epoch has, and what feeds them to the steps. */
const feedOf = <I, T>(
  train: Examples<I, T> | ExampleSource<Examples<I, T>>,
  options: Pick<FitOptions<I, unknown, T, unknown>, 'batchSize' | 'shuffle' | 'stepsPerEpoch' | 'epochs'> & {
    readonly accumulate: number
    readonly key: Key
  },
): { readonly data: DataPlan; readonly steps: number; readonly feed: Feed<Examples<I, T>> } => {
  type X = Examples<I, T>
  const { batchSize = 32, accumulate, stepsPerEpoch, key } = options
  if (batchSize !== null) checkCount('fit', 'batchSize', batchSize, 1)
  if (stepsPerEpoch !== undefined) checkCount('fit', 'stepsPerEpoch', stepsPerEpoch, 1)
  const source = isSource(train) ? train : undefined
  if (batchSize === null && source === undefined) {
    throw new RangeError('fit: batchSize is null, which is for sources of batches, and train is arrays. Give a number.')
  }
  const takes = source === undefined ? takesOfRows(rowsOf<X>('fit', train as X)) : takesOfSource<X>('fit', source)
  const isEndless = !Number.isFinite(takes.length)
  if (takes.length === 0) throw new RangeError('fit: the source is empty. Check what it was made of.')
  if (isEndless && stepsPerEpoch === undefined) {
    throw new RangeError('fit: the source never ends, so nothing says how long an epoch is. Give stepsPerEpoch.')
  }
  const { shuffle = batchSize !== null && !isEndless } = options
  const perStep = (batchSize ?? 1) * accumulate
  const examples = stepsPerEpoch === undefined ? takes.length : stepsPerEpoch * perStep
  const keyOf = (turn: number): Key => keysOf(key, turn + 1)[0]
  const told = stepsPerEpoch === undefined ? {} : { stepsPerEpoch }
  const data: DataPlan = { examples: isEndless ? examples : takes.length, batchSize, accumulate, shuffle, ...told }
  const steps = Math.ceil(examples / perStep)
  const plan = { ...data, examples }
  if (batchSize === null) {
    const batches = source as Source<X>
    return {
      data,
      steps,
      feed: feedOfBatches('fit', shuffle ? inOrderOf(keyOf)(batches) : batches, plan, options.epochs),
    }
  }
  if (shuffle && isEndless) {
    throw new RangeError(
      'fit: a source without end has no order to change. Take shuffle: false, or shuffle before repeat.',
    )
  }
  const orders = shuffle ? ordersBy(takes.length, keyOf) : undefined
  const feed = feedOfExamples(takes, { ...plan, batchSize }, orders)
  return { data, steps, feed: readingAhead(feed, { perEpoch: steps, epochs: options.epochs }) }
}

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
  options: FitOptions<I, O, T, U, NoInfer<P>, NoInfer<S>>,
): Promise<Fitted<P, S, U>> => {
  checkOptions('fit', options, [
    'train',
    'validation',
    'epochs',
    'stepsPerEpoch',
    'batchSize',
    'shuffle',
    'key',
    'accumulate',
    'evaluated',
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
  if (!isSource(options.train)) checkExamples('fit', 'train', options.train)
  checkGiven('fit', 'loss', options.loss, 'Give a loss, such as nn.losses.l2Loss.')
  checkGiven('fit', 'optimizer', options.optimizer, 'Give an optimiser, such as optim.adam(1e-3).')
  checkGiven('fit', 'key', options.key, 'Give a random key: random.key(seed).')
  const { train, validation, epochs, key, callbacks = [], progress, signal, batchSize } = options
  const { accumulate = 1, stepsPerCall = 16, host = usualHost, now = host.now, evaluated = (state) => state } = options
  checkCount('fit', 'epochs', epochs, 0)
  checkCount('fit', 'accumulate', accumulate, 1)
  checkCount('fit', 'stepsPerCall', stepsPerCall, 1)
  const { data, steps, feed } = feedOf<I, T>(train, { ...options, accumulate })
  const begun = isSession(start) ? start : undefined
  if (begun !== undefined) checkSession(begun, data, key)
  const measured = { loss: options.loss, metrics: options.metrics ?? {} }
  const looking = { ...measured, ...(batchSize === null && isSource(validation) ? { batchSize: null } : {}) }
  const validate = validation === undefined ? undefined : evaluation(layer, validation, looking)
  const kinds: Kinds = new Map()
  const names = ['loss', ...Object.keys(measured.metrics)]
  const call = compiledSteps(layer, options, kinds, accumulate)

  type State = TrainingState<P, S, U>
  const run = (state: State, at: Position, most = stepsPerCall) =>
    chained(feed(at, most), (portions) => {
      const [next, results] = call(state, keysOf(key, at.epoch)[1], portions)
      return { state: next, steps: portions.group.steps, results }
    })
  const sessionOf = ({ state, position, underWay, history, callbacks: states }: Training<State>): Session<P, S, U> => {
    return { ...state, key, position, data, underWay, history, callbacks: states }
  }
  const { params, state, optimizerState = options.optimizer.init(params) } = start
  const states = callbackStates(callbacks, begun?.callbacks)
  const current: State = { params, state, optimizerState }
  const training = await drive(
    { epochs, steps, callbacks },
    begun === undefined ? started(current, states) : resumed(current, begun, states),
    {
      host,
      now,
      signal,
      progress,
      run,
      tallyFrom: (sums, from, at) => {
        // What is resumed behind its last step finds out how totals add up without keeping one.
        const isKnown = kinds.size > 0 || at.step < steps
        const studied = isKnown ? undefined : run(from, { epoch: at.epoch, step: steps - 1 }, 1)
        return chained<unknown, Tally>(studied, () => tally(names, kinds, sums))
      },
      validate: validate === undefined ? undefined : (after) => finish(host, validate(evaluated(after))),
      encode: (training) => encodeSession(sessionOf(training)),
    },
  )
  const { history, interrupted, ending, restored } = training
  return {
    ...(restored ?? training).state,
    history: interrupted === undefined ? history : [...history, interrupted],
    stopped: history.length < epochs,
    ...ending,
    session: sessionOf(training),
  }
}
