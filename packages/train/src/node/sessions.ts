/** Sessions as files: a training that can be broken off and go on to the same bits. */
import type { CheckpointError } from '@puregrad/formats'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as O from 'fp-ts/lib/Option.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { asSession, encodeSession, type LoopState } from '../checkpoint/session-bytes.js'
import type { LoopSession, Session, SomeSession } from '../session.js'
import type { TrainingState } from '../training-step.js'
import { loadCheckpoint, writeFileAtomically } from './checkpoint.js'
import { type FoundCheckpoint, loadLatest } from './folder.js'

/**
 * Saves a training under way in a file, atomically.
 * @example
 * const [model, optimizer] = [dense(1), sgd(0.1)]
 * const options = { loss: losses.l2Loss, optimizer, train: { x: np.ones([8, 1]), y: np.ones([8, 1]) }, key: random.key(1) }
 * const start = init(model, [1], random.key(0))
 * const fitted = await fit(model, start, { ...options, epochs: 2 })
 * await saveSession('/tmp/puregrad-docs/session.ckpt', fitted.session)()
 * const like = { ...start, optimizerState: optimizer.init(start.params) }
 * const loaded = await loadSession('/tmp/puregrad-docs/session.ckpt', like)()
 * if (E.isLeft(loaded)) throw new Error(showCheckpointError(loaded.left))
 * const longer = await fit(model, loaded.right, { ...options, epochs: 5 })
 * longer.history.length // 5
 */
export const saveSession = (
  file: string,
  session: SomeSession | LoopSession<unknown>,
): TE.TaskEither<CheckpointError, void> => {
  const bytes = encodeSession(session)
  return writeFileAtomically(file, bytes)
}

/**
 * Loads a training under way and checks that it is one of this model and this optimiser.
 * @param like a state of the same model and optimiser: `{ ...init(…), optimizerState: optimizer.init(params) }`; of a loop that
 * `train` ran `{ state }`
 * @example
 * const like = { params: null, state: null, optimizerState: null }
 * const loaded = await loadSession('no/such/file', like)()
 * E.isLeft(loaded) && loaded.left.kind // 'missing'
 */
export function loadSession<P, S, U>(
  file: string,
  like: TrainingState<P, S, U>,
): TE.TaskEither<CheckpointError, Session<P, S, U>>
export function loadSession<A>(file: string, like: LoopState<A>): TE.TaskEither<CheckpointError, LoopSession<A>>
export function loadSession(
  file: string,
  like: TrainingState<unknown, unknown, unknown> | LoopState<unknown>,
): TE.TaskEither<CheckpointError, unknown> {
  return pipe(loadCheckpoint(file), TE.chainEitherK(asSession(file, like)))
}

/** A session of a folder. */
export interface Found<X> extends Pick<FoundCheckpoint<unknown>, 'file' | 'damaged'> {
  readonly session: X
}

/** A session of `fit` of a folder. */
export type FoundSession<P, S, U> = Found<Session<P, S, U>>

/**
 * The latest good session of a folder that the callback `checkpoints` fills, or none if there is none yet.
 * @param like a state of the same model and optimiser; of a loop that `train` ran `{ state }`
 * @example
 * const found = await loadLatestSession('no/such/folder', { params: null, state: null, optimizerState: null })()
 * E.isRight(found) && found.right._tag // 'None'
 */
export function loadLatestSession<P, S, U>(
  folder: string,
  like: TrainingState<P, S, U>,
): TE.TaskEither<CheckpointError, O.Option<FoundSession<P, S, U>>>
export function loadLatestSession<A>(
  folder: string,
  like: LoopState<A>,
): TE.TaskEither<CheckpointError, O.Option<Found<LoopSession<A>>>>
export function loadLatestSession(
  folder: string,
  like: TrainingState<unknown, unknown, unknown> | LoopState<unknown>,
): TE.TaskEither<CheckpointError, O.Option<Found<unknown>>> {
  return pipe(
    loadLatest(folder),
    TE.chainEitherK(
      (found): E.Either<CheckpointError, O.Option<Found<unknown>>> =>
        O.isNone(found)
          ? E.right(O.none)
          : pipe(
              asSession(found.value.file, like)(found.value),
              E.map((session) => O.some({ session, file: found.value.file, damaged: found.value.damaged })),
            ),
    ),
  )
}
