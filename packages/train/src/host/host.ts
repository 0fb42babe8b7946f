/** What a training needs of the world around it. Everything else in it is pure. */
import type { CheckpointError } from '@puregrad/formats'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'

/** Which checkpoints of a folder stay. */
export interface Keeping {
  /** How many of the latest stay. */
  readonly keep: number
  /** Whether this one is `best.ckpt` too, which stays until a better one comes. */
  readonly best: boolean
}

/**
 * Where a training runs: Node, a page, a test. It does what callbacks want done outside the training, gives the event loop its
 * turns and tells the time. What cannot be done is on the left, and ends the training as its `failure`.
 */
export interface Host {
  /** Cuts a file off at byte `at`, then appends: harmless to do again after a crash. */
  readonly write: (file: string, at: number, bytes: Uint8Array) => TaskEither<CheckpointError, void>
  /** Keeps a session, as `encodeSession` wrote it, in a folder under its number of steps. */
  readonly save: (
    folder: string,
    step: number,
    bytes: Uint8Array,
    keeping: Keeping,
  ) => TaskEither<CheckpointError, void>
  /** Lets the event loop run once, so that signals arrive and a page draws. */
  readonly pause: () => Promise<void>
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds since some moment, which never go back: by them is told how long things take. */
  readonly elapsed: () => number
}
