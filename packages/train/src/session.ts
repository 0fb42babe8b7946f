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
  readonly examples: number
  readonly batchSize: number
  readonly accumulate: number
  readonly shuffle: boolean
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

/** A session of which nothing is known but that it is one. */
export type SomeSession = Session<unknown, unknown, unknown>
