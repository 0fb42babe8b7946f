/** Any loop: a fold of a pure step over a source, with everything that `fit` has around its own. */
import { ArgumentError, checkOptions, jit, RangeError, random, scan, type Tensor } from '@puregrad/core'
import type { CheckpointError } from '@puregrad/formats'
import type { Key } from '@puregrad/nn'
import { usualHost } from '#host'
import { checkGiven } from './arguments.js'
import { callbackStates, type SomeCallback } from './callbacks/callback.js'
import { encodeSession } from './checkpoint/session-bytes.js'
import { chained, type Eventually } from './data/pipeline/eventually.js'
import { checkCount, isSource, type Source } from './data/pipeline/source.js'
import { numbersFrom, resultsOf } from './epoch.js'
import type { History, Metrics } from './history.js'
import type { Host } from './host/host.js'
import { drive } from './loop/drive.js'
import { started, type Training } from './loop/machine.js'
import { partsOf, type Readings } from './loop/readings.js'
import { formOf, stacked, streamOf } from './loop/stream.js'
import type { Kinds, Measured, Reducer } from './metrics.js'
import type { Progress } from './progress.js'
import type { LoopPlan, LoopSession, Position } from './session.js'
import { tally } from './tally.js'

/**
 * One step of a loop: from a state, a key for whatever is random and what the source gave to the next state and what was
 * measured. It has to be pure.
 */
export type Step<A, B, M extends Readings = Readings> = (state: A, key: Key, batch: B) => readonly [A, M]

/** What surrounds a loop. */
export interface TrainOptions<A> {
  /** How often to go through the source, or through `stepsPerEpoch` of it. */
  readonly epochs: number
  /** Steps of an epoch: as many as the source has elements unless said. A source without end needs it. */
  readonly stepsPerEpoch?: number
  /** Decides whatever is random in the steps. */
  readonly key: Key
  /** What the state is worth after an epoch, which is the `validation` of its record. */
  readonly evaluate?: (state: A) => Metrics | Promise<Metrics>
  /** How totals that steps measure add up, by name: streaming metrics, such as `metrics.streaming.f1Score()`. */
  readonly metrics?: Readonly<Record<string, Reducer>>
  /** What to do on the way, such as `checkpoints(folder)`. */
  readonly callbacks?: readonly SomeCallback[]
  /** Where to show how far it is; nowhere unless said. */
  readonly progress?: Progress
  /** Ends the training after the steps under way. */
  readonly signal?: AbortSignal
  /** Steps that run as one compiled loop if their elements have the same shapes: 16 unless said. The bits are the same for any number. */
  readonly stepsPerCall?: number
  /** Whether the step is compiled: true unless said. One that looks at numbers, or plays with a world of its own, cannot be. */
  readonly compiled?: boolean
  /** The clock that callbacks see, in milliseconds since 1970: the host's unless said. */
  readonly now?: () => number
  /** Where it runs: unless said files in Node, and in a page none. */
  readonly host?: Host
}

/** The state after a loop, and what happened. */
export interface Trained<A> {
  readonly state: A
  readonly history: History
  /** `true` if the signal, a callback or a failure ended it before its last epoch. */
  readonly stopped: boolean
  /** Why a callback ended it. */
  readonly reason?: string
  /** What could not be written for a callback; that ends the training, too. */
  readonly failure?: CheckpointError
  /** From which it goes on, also in the middle of an epoch, to the same bits as an unbroken training. */
  readonly session: LoopSession<A>
}

const optionNames = [
  'epochs',
  'stepsPerEpoch',
  'key',
  'evaluate',
  'metrics',
  'callbacks',
  'progress',
  'signal',
  'stepsPerCall',
  'compiled',
  'now',
  'host',
]

/** @throws RangeError if a session is gone on with by another key */
export const checkKey = (operation: string, begun: Key, key: Key): void => {
  if (begun.data().join() === key.data().join()) return
  throw new RangeError(
    `${operation}: the session was begun with key [${begun.data().join()}] and is to go on with [${key.data().join()}]. ` +
      'Pass the key that it had: session.key.',
  )
}

/** The keys of an epoch: for the order of its examples, and for its steps. */
export const keysOf = (key: Key, epoch: number): readonly [order: Key, steps: Key] => {
  const keys = random.split(random.foldIn(key, epoch))
  return [keys.slice(0), keys.slice(1)]
}

const isLoopSession = <A>(start: A | LoopSession<A>): start is LoopSession<A> =>
  typeof start === 'object' && start !== null && 'loop' in start && 'position' in start && 'underWay' in start

/** Where a saved loop goes on. */
export const resumed = <A>(
  state: A,
  session: Pick<LoopSession<A>, 'position' | 'underWay' | 'history'>,
  callbacks: Training<A>['callbacks'],
): Training<A> => ({
  ...started(state, callbacks),
  position: session.position,
  underWay: session.underWay,
  history: session.history,
})

const planOf = (source: Source<unknown>, stepsPerEpoch: number | undefined): LoopPlan => {
  if (stepsPerEpoch !== undefined) checkCount('train', 'stepsPerEpoch', stepsPerEpoch, 1)
  const of = Number.isFinite(source.length) ? source.length : null
  const steps = stepsPerEpoch ?? of
  if (steps === null) {
    throw new RangeError('train: the source never ends, so nothing says how long an epoch is. Give stepsPerEpoch.')
  }
  if (source.length === 0) throw new RangeError('train: the source is empty. Check what it was made of.')
  return { steps, of }
}

/** A source for steps that take no data. */
const nothing: Source<null> = { length: Number.POSITIVE_INFINITY, at: () => null }

/**
 * Runs any loop: a pure step over the elements of a source, with what `fit` has around its own: callbacks, checkpoints, progress,
 * a signal, a history, and bit-exact resumption in the middle of an epoch. Two networks that play against each other, policies,
 * meta-learning or alternating optimisers are steps; their state is any tree. Steps whose elements have equal shapes run together
 * as one compiled loop; every new shape is compiled once.
 * @param step one step, compiled unless `compiled: false` says that it cannot be
 * @param start the state before the first step, or the session of an earlier loop, which goes on
 * @param source what each step takes, one element for a step: batches, or promises of them, which are asked for ahead; null for
 * steps that take nothing
 * @example
 * // The value of a fair coin by noisy throws: a state that is one number, and no data.
 * const step = (mean: Tensor, key: random.Key): readonly [Tensor, { guess: Tensor }] => [
 *   mean.add(random.bernoulli(key, 0.5, []).astype('float32').sub(mean).mul(0.01)),
 *   { guess: mean },
 * ]
 * const options = { epochs: 3, stepsPerEpoch: 200, key: random.key(0) }
 * const { state, history } = await train(step, np.array(0), null, options)
 * history.length // 3
 * Math.abs(state.item() - 0.5) < 0.15 // true
 */
export const train = async <A, X, M extends Readings>(
  step: (state: A, key: Key, batch: Awaited<NoInfer<X>>) => readonly [A, M],
  start: A | LoopSession<A>,
  source: Source<X> | null,
  options: TrainOptions<NoInfer<A>>,
): Promise<Trained<A>> => {
  type B = Awaited<X>
  checkOptions('train', options, optionNames)
  if (typeof step !== 'function') {
    throw new ArgumentError(
      'train: the step, argument 1, is no function. It is (state, key, batch) => [state, metrics].',
    )
  }
  if (source !== null && !isSource(source)) {
    throw new ArgumentError(
      'train: argument 3 is no source. Make batches one with pipe(data.fromArrays({ x, y }), data.batch(32)); for steps that take nothing give null.',
    )
  }
  checkGiven('train', 'the options, argument 4,', options, 'It needs { epochs, key }.')
  checkGiven('train', 'key', options.key, 'Give a random key: random.key(seed).')
  const { epochs, key, callbacks = [], progress, signal, metrics: reducers = {}, evaluate, compiled = true } = options
  const { stepsPerCall = 16, host = usualHost, now = host.now } = options
  checkCount('train', 'epochs', epochs, 0)
  checkCount('train', 'stepsPerCall', stepsPerCall, 1)
  // Steps without data take null, whatever their third argument is.
  const elements = (source ?? nothing) as Source<Eventually<B>>
  const loop = planOf(elements, options.stepsPerEpoch)
  const begun = isLoopSession(start) ? start : undefined
  if (begun !== undefined) {
    checkKey('train', begun.key, key)
    if (begun.loop.steps !== loop.steps || begun.loop.of !== loop.of) {
      const about = ({ steps, of }: LoopPlan): string => `${steps} steps an epoch of ${of ?? 'endless'} elements`
      throw new RangeError(
        `train: the session was begun with ${about(begun.loop)} and is to go on with ${about(loop)}. Give it what it had.`,
      )
    }
  }
  const kinds: Kinds = new Map()
  const measured = (state: A, stepKey: Key, number: number | Tensor, element: B): readonly [A, Measured] => {
    const [next, readings] = step(state, random.foldIn(stepKey, number), element)
    return [next, partsOf(readings, reducers, kinds)]
  }
  const together = jit((state: A, stepKey: Key, numbers: Tensor, batches: B) =>
    scan((s: A, [n, batch]: readonly [Tensor, B]) => measured(s, stepKey, n, batch), state, [
      numbers,
      batches,
    ] as const),
  )
  const runOf = (steps: number, first: number, state: A, parts: Measured, axes: number) => ({
    state,
    steps,
    results: resultsOf({ first, start: first, steps, batches: 1, size: 1, rest: 0 }, kinds, [
      { measured: parts, axes, examples: 1 },
    ]),
  })
  const stream = streamOf(elements, { perEpoch: loop.steps, epochs }, compiled ? formOf : () => '')
  const run = (state: A, { epoch, step: first }: Position) => {
    const [, stepKey] = keysOf(key, epoch)
    return chained(stream({ epoch, step: first }, compiled ? stepsPerCall : 1), (taken) => {
      if (!compiled) {
        const [next, parts] = measured(state, stepKey, first, taken[0] as B)
        return runOf(1, first, next, parts, 0)
      }
      const numbers = numbersFrom(first, taken.length, 1)
      const [next, parts] = together(state, stepKey, numbers, stacked(taken)) as unknown as readonly [A, Measured]
      return runOf(taken.length, first, next, parts, 1)
    })
  }
  const sessionOf = ({ state, position, underWay, history, callbacks: states }: Training<A>): LoopSession<A> => {
    return { state, key, position, loop, underWay, history, callbacks: states }
  }
  const states = callbackStates(callbacks, begun?.callbacks)
  const initial: A = begun === undefined ? (start as A) : begun.state
  const training = await drive(
    { epochs, steps: loop.steps, callbacks },
    begun === undefined ? started(initial, states) : resumed(initial, begun, states),
    {
      host,
      now,
      signal,
      progress,
      run,
      tallyFrom: (sums, state, at) => {
        // What is resumed behind its last step finds out how totals add up without running one.
        const last = { epoch: at.epoch, step: at.step - 1 }
        const study = (): Eventually<unknown> => (at.step < loop.steps ? undefined : run(state, last))
        return chained(kinds.size > 0 ? undefined : study(), () => tally(namesOf(kinds, sums.sums), kinds, sums))
      },
      validate: evaluate,
      encode: (now) => encodeSession(sessionOf(now)),
    },
  )
  const { history, interrupted, ending, restored } = training
  return {
    state: (restored ?? training).state,
    history: interrupted === undefined ? history : [...history, interrupted],
    stopped: history.length < epochs,
    ...ending,
    session: sessionOf(training),
  }
}

/** The names of what is measured, which are known when a step ran; an iterable, so that it is asked for then. */
const namesOf = (kinds: Kinds, sums: object): Iterable<string> => ({
  [Symbol.iterator]: () => (kinds.size > 0 ? [...kinds.keys()] : Object.keys(sums))[Symbol.iterator](),
})
