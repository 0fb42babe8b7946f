/**
 * A training as a pure machine: what it is and what happened give what it is next and what is to be done. It knows no clock, no
 * disk and no data, so that the same happenings give the same training anywhere.
 */
import { ArgumentError, isRecord } from '@puregrad/core'
import type { CheckpointError } from '@puregrad/formats'
import {
  type CallbackStates,
  type Effect,
  type Moment,
  reduceAll,
  type SomeCallback,
  type SomeState,
  type TrainingEvent,
} from '../callbacks/callback.js'
import type { EpochRecord, History, Metrics } from '../history.js'
import type { Position } from '../session.js'
import { noSums, type Sums } from '../tally.js'

/** What does not change in a training. */
export interface Course {
  readonly epochs: number
  /** Steps of an epoch. */
  readonly steps: number
  readonly callbacks: readonly SomeCallback[]
}

/** Why a training ends before its last epoch. */
export interface Ending {
  /** What a callback said. */
  readonly reason?: string
  /** What could not be written for a callback. */
  readonly failure?: CheckpointError
}

/** A training under way: a value. */
export interface Training<A> {
  readonly state: A
  readonly position: Position
  readonly underWay: Sums & { readonly seconds: number }
  readonly history: History
  readonly callbacks: CallbackStates
  /** Whether the epoch under way was begun, or gone on with, since the training was started. */
  readonly isOpen: boolean
  /** Means over the epoch so far. */
  readonly means: Metrics
  readonly ending?: Ending
  /** The state that is the result, if it is not the last one. */
  readonly restored?: { readonly state: A }
  /** The epoch in which it was broken off. */
  readonly interrupted?: EpochRecord
}

/** What happens to a training; times are in seconds since 1970. */
export type Happening<A> =
  /** It is started, or goes on. */
  | { readonly _tag: 'Started'; readonly time: number }
  /** It has its turn, and may have been told to stop. */
  | { readonly _tag: 'Turned'; readonly time: number; readonly aborted: boolean; readonly seconds: number }
  /** So many steps ran. */
  | {
      readonly _tag: 'Ran'
      readonly time: number
      readonly state: A
      readonly steps: number
      readonly sums: Sums
      readonly means: Metrics
      /** What each of them measured. */
      readonly measured: () => readonly Metrics[]
      readonly seconds: number
    }
  /** The epoch was looked back at. */
  | {
      readonly _tag: 'Measured'
      readonly time: number
      readonly means: Metrics
      readonly validation?: Metrics
      readonly seconds: number
    }
  /** Something could not be written. */
  | { readonly _tag: 'Failed'; readonly failure: CheckpointError }

/** What is to be done, in the order in which it is given. Some of it makes something happen: `Turn`, `Run`, `Measure`. */
export type Command =
  /** Write and save, with the training as it is now. */
  | { readonly _tag: 'Perform'; readonly effects: readonly Effect[]; readonly totalSteps: number }
  | { readonly _tag: 'Open'; readonly epoch: number }
  | { readonly _tag: 'Show'; readonly step: number; readonly means: Metrics }
  | { readonly _tag: 'Close'; readonly record: EpochRecord }
  | { readonly _tag: 'Break' }
  /** Give the machine its turn, after a pause or at once. */
  | { readonly _tag: 'Turn'; readonly pause: boolean }
  /** Run some steps from the position on. */
  | { readonly _tag: 'Run' }
  /** Say what the epoch measured. */
  | { readonly _tag: 'Measure' }

/**
 * Where a training starts that has not begun.
 * @example started(0, {}).position // { epoch: 1, step: 0 }
 */
export const started = <A>(state: A, callbacks: CallbackStates): Training<A> => ({
  state,
  position: { epoch: 1, step: 0 },
  underWay: { ...noSums, seconds: 0 },
  history: [],
  callbacks,
  isOpen: false,
  means: {},
})

type Next<A> = readonly [Training<A>, readonly Command[]]

/** What callbacks change about the state itself. They know no types; what they give back is what they were given. */
const changed = <A>(state: A, effect: Effect): A => {
  if (effect._tag === 'Restore') return effect.state as A
  if (effect._tag !== 'EditOptimizer') return state
  if (!isRecord(state) || !('optimizerState' in state)) {
    throw new ArgumentError(
      'train: a callback edits the state of the optimiser, and the state of this loop has no optimizerState. ' +
        'Call that part of it so, or leave the callback out.',
    )
  }
  return { ...state, optimizerState: effect.edit(state.optimizerState) }
}

type Telling =
  | { readonly _tag: 'Began' }
  | { readonly _tag: 'Stepped'; readonly measured: readonly Metrics[]; readonly means: Metrics }
  | { readonly _tag: 'EpochEnded'; readonly record: EpochRecord }
  | { readonly _tag: 'Ended'; readonly stopped: boolean }

/** Tells the callbacks, and changes what they want changed. */
const told = <A>(
  { epochs, steps, callbacks }: Course,
  training: Training<A>,
  { epoch, step }: Position,
  time: number,
  telling: Telling,
): Next<A> => {
  if (callbacks.length === 0) return [training, []]
  const totalSteps = (epoch - 1) * steps + step
  // Callbacks take any state for one of `fit`; those that look inside say so.
  const moment: Moment = { epoch, step, steps, totalSteps, time, state: training.state as SomeState }
  const event: TrainingEvent = telling._tag === 'Began' ? { ...telling, epochs, ...moment } : { ...telling, ...moment }
  const [states, effects] = reduceAll(callbacks, training.callbacks, event)
  let next: Training<A> = { ...training, callbacks: states }
  for (const effect of effects) {
    // What is restored at the end is the result; a session goes on from where it was.
    if (telling._tag === 'Ended') {
      next = { ...next, restored: { state: changed((next.restored ?? next).state, effect) } }
    } else next = { ...next, state: changed(next.state, effect) }
    if (effect._tag === 'Stop') next = { ...next, ending: next.ending ?? { reason: effect.reason } }
  }
  const outside = effects.filter(({ _tag }) => _tag === 'Write' || _tag === 'Save')
  return [next, outside.length === 0 ? [] : [{ _tag: 'Perform', effects: outside, totalSteps }]]
}

const ended = <A>(course: Course, training: Training<A>, time: number): Next<A> => {
  const stopped = training.history.length < course.epochs
  const [next, commands] = told(course, training, training.position, time, { _tag: 'Ended', stopped })
  return [next, training.interrupted === undefined ? commands : [{ _tag: 'Break' }, ...commands]]
}

/** What is next when nothing is under way. */
const turned = <A>(
  course: Course,
  training: Training<A>,
  { time, aborted, seconds }: Extract<Happening<A>, { readonly _tag: 'Turned' }>,
): Next<A> => {
  const isStopped = aborted || training.ending !== undefined
  const { position, isOpen } = training
  const { epoch, step } = position
  const isFull = step >= course.steps
  if (isOpen && isFull) return [training, [{ _tag: 'Measure' }]]
  if (isOpen && isStopped) {
    const interrupted: EpochRecord = { epoch, train: training.means, seconds, interrupted: true }
    return ended(course, { ...training, interrupted }, time)
  }
  if (isOpen) return [training, [{ _tag: 'Run' }]]
  if (epoch > course.epochs || isStopped) return ended(course, training, time)
  return [{ ...training, isOpen: true }, [{ _tag: 'Open', epoch }, { _tag: isFull ? 'Measure' : 'Run' }]]
}

/**
 * The machine of a training: begin with `Started`, do what it says, tell it what happened, until there is nothing to do.
 * @example
 * const reduce = machine<number>({ epochs: 1, steps: 2, callbacks: [] })
 * const [training] = reduce(started(0, {}), { _tag: 'Started', time: 0 })
 * const [open, commands] = reduce(training, { _tag: 'Turned', time: 0, aborted: false, seconds: 0 })
 * commands.map(({ _tag }) => _tag) // ['Open', 'Run']
 */
export const machine =
  <A>(course: Course) =>
  (training: Training<A>, happening: Happening<A>): Next<A> => {
    const { position } = training
    switch (happening._tag) {
      case 'Started': {
        const [next, commands] = told(course, training, position, happening.time, { _tag: 'Began' })
        return [next, [...commands, { _tag: 'Turn', pause: false }]]
      }
      case 'Turned':
        return turned(course, training, happening)
      case 'Ran': {
        const { state, steps, sums, means, measured, seconds, time } = happening
        const moved = { epoch: position.epoch, step: position.step + steps }
        const run = { ...training, state, position: moved, underWay: { ...sums, seconds }, means }
        const telling = course.callbacks.length === 0 ? [] : measured()
        const [next, commands] = told(course, run, moved, time, { _tag: 'Stepped', measured: telling, means })
        return [next, [{ _tag: 'Show', step: moved.step, means }, ...commands, { _tag: 'Turn', pause: true }]]
      }
      case 'Measured': {
        const { means, validation, seconds, time } = happening
        const { epoch } = position
        const record = { epoch, train: means, ...(validation === undefined ? {} : { validation }), seconds }
        const closed: Training<A> = {
          ...training,
          history: [...training.history, record],
          position: { epoch: epoch + 1, step: 0 },
          underWay: { ...noSums, seconds: 0 },
          isOpen: false,
          means: {},
        }
        const at = { epoch, step: course.steps }
        const [next, commands] = told(course, closed, at, time, { _tag: 'EpochEnded', record })
        return [next, [...commands, { _tag: 'Close', record }, { _tag: 'Turn', pause: false }]]
      }
      case 'Failed':
        return [{ ...training, ending: { ...training.ending, failure: happening.failure } }, []]
    }
  }
