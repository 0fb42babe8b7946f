/** Sessions as files: a training that can be broken off and go on to the same bits. */
import type { CheckpointError } from '@puregrad/formats'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as O from 'fp-ts/lib/Option.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { asSession, encodeSession } from '../checkpoint/session-bytes.js'
import type { Session } from '../session.js'
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
export const saveSession = <P, S, U>(file: string, session: Session<P, S, U>): TE.TaskEither<CheckpointError, void> => {
  const bytes = encodeSession(session)
  return writeFileAtomically(file, bytes)
}

/**
 * Loads a training under way and checks that it is one of this model and this optimiser.
 * @param like a state of the same model and optimiser: `{ ...init(…), optimizerState: optimizer.init(params) }`
 * @example
 * const like = { params: null, state: null, optimizerState: null }
 * const loaded = await loadSession('no/such/file', like)()
 * E.isLeft(loaded) && loaded.left.kind // 'missing'
 */
export const loadSession = <P, S, U>(
  file: string,
  like: TrainingState<P, S, U>,
): TE.TaskEither<CheckpointError, Session<P, S, U>> =>
  pipe(loadCheckpoint(file), TE.chainEitherK(asSession(file, like)))

/** A session of a folder. */
export interface FoundSession<P, S, U> extends Pick<FoundCheckpoint<unknown>, 'file' | 'damaged'> {
  readonly session: Session<P, S, U>
}

/**
 * The latest good session of a folder that the callback `checkpoints` fills, or none if there is none yet.
 * @param like a state of the same model and optimiser
 * @example
 * const found = await loadLatestSession('no/such/folder', { params: null, state: null, optimizerState: null })()
 * E.isRight(found) && found.right._tag // 'None'
 */
export const loadLatestSession = <P, S, U>(
  folder: string,
  like: TrainingState<P, S, U>,
): TE.TaskEither<CheckpointError, O.Option<FoundSession<P, S, U>>> =>
  pipe(
    loadLatest(folder),
    TE.chainEitherK(
      (found): E.Either<CheckpointError, O.Option<FoundSession<P, S, U>>> =>
        O.isNone(found)
          ? E.right(O.none)
          : pipe(
              asSession(found.value.file, like)(found.value),
              E.map((session) => O.some({ session, file: found.value.file, damaged: found.value.damaged })),
            ),
    ),
  )
