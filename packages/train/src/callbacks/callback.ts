/**
 * Callbacks as pure reducers: a state and what happened give the next state and what should be done about it. Doing it is left
 * to `perform`, at the edge.
 */
import { RangeError } from '@puregrad/core'
import type { EpochRecord, Metrics } from '../history.js'
import type { TrainingState } from '../training-step.js'

/** A training state of which nothing is known but that it is one. */
export type SomeState = TrainingState<unknown, unknown, unknown>

/** Where a training stands. */
export interface Moment {
  /** The epoch under way, counted from 1. */
  readonly epoch: number
  /** Steps of it that are done, of how many. */
  readonly step: number
  readonly steps: number
  /** Steps that are done since the beginning of the training. */
  readonly totalSteps: number
  /** Seconds since 1970. */
  readonly time: number
  readonly state: SomeState
}

/** The training begins, or goes on. */
export interface Began extends Moment {
  readonly _tag: 'Began'
  readonly epochs: number
}

/** Some steps ran. */
export interface Stepped extends Moment {
  readonly _tag: 'Stepped'
  /** What each of them measured before its update. */
  readonly measured: readonly Metrics[]
  /** Means over the epoch so far. */
  readonly means: Metrics
}

/** An epoch is over. */
export interface EpochEnded extends Moment {
  readonly _tag: 'EpochEnded'
  readonly record: EpochRecord
}

/** The training is over, early or not. */
export interface Ended extends Moment {
  readonly _tag: 'Ended'
  readonly stopped: boolean
}

/** What happens in a training. */
export type TrainingEvent = Began | Stepped | EpochEnded | Ended

/** What a callback wants done. */
export type Effect =
  /** End the training. */
  | { readonly _tag: 'Stop'; readonly reason: string }
  /** Go on from this state; at the end of a training, give this state as its result, while its session stays as it is. */
  | { readonly _tag: 'Restore'; readonly state: SomeState }
  /** Go on with this change of the optimiser's state. */
  | { readonly _tag: 'EditOptimizer'; readonly edit: (optimizerState: unknown) => unknown }
  /** Cut the file off at byte `at`, then append. That makes it harmless to do again after a crash. */
  | { readonly _tag: 'Write'; readonly file: string; readonly at: number; readonly bytes: Uint8Array }
  /** Save the session in a folder. */
  | { readonly _tag: 'Save'; readonly folder: string; readonly keep: number; readonly best: boolean }

/**
 * A pure reducer over the events of a training. The state is a pytree, since it is saved with the session.
 * @example
 * const countEpochs: Callback<{ readonly epochs: number }> = {
 *   name: 'countEpochs',
 *   init: { epochs: 0 },
 *   reduce: (state, event) => [event._tag === 'EpochEnded' ? { epochs: state.epochs + 1 } : state, []],
 * }
 */
export interface Callback<A> {
  /** Under which its state is saved: no two callbacks of a training have the same. */
  readonly name: string
  readonly init: A
  readonly reduce: (state: A, event: TrainingEvent) => readonly [A, readonly Effect[]]
}

/** Any callback, for lists of them. */
export interface SomeCallback {
  readonly name: string
  readonly init: unknown
  readonly reduce: (state: never, event: TrainingEvent) => readonly [unknown, readonly Effect[]]
}

/** The states of callbacks by their names. */
export type CallbackStates = Readonly<Record<string, unknown>>

/** Their states at the beginning, or as saved. @throws RangeError if two have the same name */
export const callbackStates = (callbacks: readonly SomeCallback[], saved: CallbackStates = {}): CallbackStates => {
  const names = callbacks.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) {
    throw new RangeError(`fit: two callbacks are named ${JSON.stringify(twice)}. Leave one out, or rename it.`)
  }
  const own = callbacks.map(({ name, init }) => [name, Object.hasOwn(saved, name) ? saved[name] : init] as const)
  return { ...saved, ...Object.fromEntries(own) }
}

/** Tells all callbacks what happened: their next states, and all that they want done. */
export const reduceAll = (
  callbacks: readonly SomeCallback[],
  states: CallbackStates,
  event: TrainingEvent,
): readonly [CallbackStates, readonly Effect[]] => {
  const results = callbacks.map(({ name, reduce }) => [name, reduce(states[name] as never, event)] as const)
  return [
    { ...states, ...Object.fromEntries(results.map(([name, [state]]) => [name, state])) },
    results.flatMap(([, [, effects]]) => effects),
  ]
}

/** The metrics of an epoch in one record: those of validation are `validation loss` and so on. */
export const flatMetrics = ({ train, validation = {} }: EpochRecord): Metrics => ({
  ...train,
  ...Object.fromEntries(Object.entries(validation).map(([name, value]) => [`validation ${name}`, value])),
})

/** Which metric tells whether a model is better than another. */
export interface Monitor {
  /** Such as `validation loss`, which it is unless said, or `accuracy`. */
  readonly monitor?: string
  /** Whether less or more is better: `min` unless said. */
  readonly mode?: 'min' | 'max'
}

/** @throws RangeError if there is no such metric, naming those that there are */
export const monitored = (operation: string, record: EpochRecord, monitor: string): number => {
  const metrics = flatMetrics(record)
  const value = metrics[monitor]
  if (value !== undefined) return value
  const cure = monitor.startsWith('validation ') ? 'Give fit `validation`, or monitor another.' : 'Monitor one of them.'
  throw new RangeError(`${operation}: there is no ${monitor} among ${Object.keys(metrics).join(', ')}. ${cure}`)
}

/** Whether a value is better than the best by more than `minDelta`; NaN is never better, and everything is better than NaN. */
export const isBetter = (value: number, best: number, mode: 'min' | 'max', minDelta = 0): boolean => {
  if (Number.isNaN(value)) return false
  if (Number.isNaN(best)) return true
  return mode === 'min' ? value < best - minDelta : value > best + minDelta
}
