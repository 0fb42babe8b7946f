/** Sessions as checkpoints: a training that can be broken off and go on to the same bits. */
import { np, Tensor, tree } from '@puregrad/core'
import {
  type Checkpoint,
  type CheckpointError,
  checkLike,
  checkpointError,
  type Json,
  metadataToJson,
  typesOf,
} from '@puregrad/formats'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as O from 'fp-ts/lib/Option.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Session } from '../session.js'
import type { TrainingState } from '../training-step.js'
import { loadCheckpoint, saveCheckpoint } from './checkpoint.js'
import { type FoundCheckpoint, loadLatest, type SaveInFolderOptions, saveInFolder } from './folder.js'

const kind: Json = { puregrad: 'session', version: 2 }

/** The version before, in which sums of means had one number of examples for all. */
const earlier: Json = { puregrad: 'session', version: 1 }

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
export const saveSession = <P, S, U>(file: string, session: Session<P, S, U>): TE.TaskEither<CheckpointError, void> =>
  saveCheckpoint(file, session, kind)

export const saveSessionInFolder = <P, S, U>(
  folder: string,
  totalSteps: number,
  session: Session<P, S, U>,
  options: SaveInFolderOptions = {},
): TE.TaskEither<CheckpointError, void> => saveInFolder(folder, totalSteps, session, kind, options)

const parts = ['params', 'state', 'optimizerState', 'key', 'position', 'data', 'underWay', 'history', 'callbacks']

/** Numbers become tensors, as a step makes them. */
const asTensors = (x: unknown): unknown =>
  tree.map((leaf) => (leaf instanceof Tensor ? leaf : np.array(leaf as number)), x as Tensor)

/** What a session of the earlier version has under way. */
interface EarlierSums {
  readonly sums: Readonly<Record<string, number>>
  readonly examples: number
  readonly seconds: number
}

const upgraded = ({ sums, examples, seconds }: EarlierSums): Session<unknown, unknown, unknown>['underWay'] => ({
  sums: Object.fromEntries(Object.entries(sums).map(([name, total]) => [name, { total, weight: examples }])),
  seconds,
})

const asSession =
  <P, S, U>(file: string, like: TrainingState<P, S, U>) =>
  ({ tree: found, metadata }: Checkpoint<unknown>): E.Either<CheckpointError, Session<P, S, U>> => {
    const about = JSON.stringify(metadataToJson(metadata))
    const isEarlier = about === JSON.stringify(earlier)
    if (about !== JSON.stringify(kind) && !isEarlier) {
      return E.left(
        checkpointError('tree', {
          file,
          leaf: null,
          expected: 'a saved session, of version 1 or 2',
          found: `metadata ${about.slice(0, 80)}`,
          cure: 'Load it with loadCheckpoint, or give fit a file that saveSession or checkpoints wrote.',
        }),
      )
    }
    const { params, state, optimizerState } = found as Session<unknown, unknown, unknown>
    const missing = parts.find((name) => !Object.hasOwn(found as object, name))
    if (missing !== undefined) {
      const cure = 'The file was not written by saveSession.'
      return E.left(
        checkpointError('tree', { file, leaf: `tree.${missing}`, expected: 'a part', found: 'nothing', cure }),
      )
    }
    const wanted = { params: like.params, state: like.state, optimizerState: like.optimizerState }
    const error = checkLike(typesOf({ params, state, optimizerState }), asTensors(wanted), file)
    if (error !== null) return E.left(error)
    const session = found as Session<P, S, U>
    return E.right(isEarlier ? { ...session, underWay: upgraded(session.underWay as unknown as EarlierSums) } : session)
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
