/** A training as a value: everything that decides how it goes on. */
import type { Key } from '@puregrad/nn'
import type { History } from './history.js'
import type { Sums } from './tally.js'
import type { TrainingState } from './training-step.js'

/** Where in the data a training stands. */
export interface Position {
  /** The epoch under way, counted from 1. */
  readonly epoch: number
  /** Steps of it that are done. */
  readonly step: number
}

/** What the order of the examples follows from, besides the key. */
export interface DataPlan {
  /** Examples of an epoch; batches, where the source has batches. */
  readonly examples: number
  /** null for batches that the source made. */
  readonly batchSize: number | null
  readonly accumulate: number
  readonly shuffle: boolean
  /** Of how many steps an epoch is, if that was said. */
  readonly stepsPerEpoch?: number
}

/** A training under way: an ordinary pytree, so that it can be saved. `fit` goes on from it as if it had never been broken off. */
export interface Session<P, S, U> extends TrainingState<P, S, U> {
  readonly key: Key
  readonly position: Position
  readonly data: DataPlan
  /** What was measured so far in the epoch under way, and how long it took. */
  readonly underWay: Sums & { readonly seconds: number }
  /** The epochs that are over. */
  readonly history: History
  /** The states of the callbacks by their names. */
  readonly callbacks: Readonly<Record<string, unknown>>
}

/** Where in its source a loop stands that `train` runs. */
export interface LoopPlan {
  /** Steps of an epoch. */
  readonly steps: number
  /** Elements of the source; null if it never ends. */
  readonly of: number | null
}

/** A loop under way, of any state: what `train` goes on from as if it had never been broken off. */
export interface LoopSession<A> extends Pick<SomeSession, 'key' | 'position' | 'underWay' | 'history' | 'callbacks'> {
  readonly state: A
  readonly loop: LoopPlan
}

/** A session of which nothing is known but that it is one. */
export type SomeSession = Session<unknown, unknown, unknown>
