/** Sessions as bytes: a training that can be broken off and go on to the same bits. */
import { np, operation, Tensor, tree } from '@puregrad/core'
import {
  type Checkpoint,
  type CheckpointError,
  checkLike,
  checkpointError,
  decodeCheckpoint,
  encodeCheckpoint,
  type Json,
  metadataToJson,
  typesOf,
} from '@puregrad/formats'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { LoopSession, Session, SomeSession } from '../session.js'
import type { TrainingState } from '../training-step.js'

const kind: Json = { puregrad: 'session', version: 2 }

/** A loop of any state. */
const loopKind: Json = { puregrad: 'loop', version: 1 }

/** The version before, in which sums of means had one number of examples for all. */
const earlier: Json = { puregrad: 'session', version: 1 }

/**
 * A training under way as the bytes that `saveSession` writes into a file: for pages, which keep them where they like.
 * @throws TreeError naming the path of anything in it that no tree holds
 * @example
 * const [model, optimizer] = [dense(1), sgd(0.1)]
 * const options = { loss: losses.l2Loss, optimizer, train: { x: np.ones([8, 1]), y: np.ones([8, 1]) }, key: random.key(1) }
 * const start = init(model, [1], random.key(0))
 * const fitted = await fit(model, start, { ...options, epochs: 2 })
 * const bytes = encodeSession(fitted.session)
 * const decoded = decodeSession(bytes, { ...start, optimizerState: optimizer.init(start.params) })
 * if (E.isLeft(decoded)) throw new Error(showCheckpointError(decoded.left))
 * const longer = await fit(model, decoded.right, { ...options, epochs: 5 })
 * longer.history.length // 5
 */
export const encodeSession = (session: SomeSession | LoopSession<unknown>): Uint8Array =>
  encodeCheckpoint(session, 'loop' in session ? loopKind : kind)

const parts = ['params', 'state', 'optimizerState', 'key', 'position', 'data', 'underWay', 'history', 'callbacks']

const loopParts = ['state', 'key', 'position', 'loop', 'underWay', 'history', 'callbacks']

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

/** What a loop was saved as, or is to be loaded as: its state. */
export interface LoopState<A> {
  readonly state: A
}

const checkedParts = (
  found: unknown,
  names: readonly string[],
  like: unknown,
  file: string,
): E.Either<CheckpointError, unknown> => {
  const missing = names.find((name) => !Object.hasOwn(found as object, name))
  if (missing !== undefined) {
    const cure = 'The file was not written by saveSession.'
    return E.left(
      checkpointError('tree', { file, leaf: `tree.${missing}`, expected: 'a part', found: 'nothing', cure }),
    )
  }
  const wanted = asTensors(like)
  const given = Object.fromEntries(
    Object.keys(like as object).map((name) => [name, (found as Readonly<Record<string, unknown>>)[name]]),
  )
  const error = checkLike(typesOf(given), wanted, file)
  return error === null ? E.right(found) : E.left(error)
}

/** The session that a checkpoint is, if it is one of such a state. */
export function asSession<P, S, U>(
  file: string,
  like: TrainingState<P, S, U>,
): (checkpoint: Checkpoint<unknown>) => E.Either<CheckpointError, Session<P, S, U>>
export function asSession<A>(
  file: string,
  like: LoopState<A>,
): (checkpoint: Checkpoint<unknown>) => E.Either<CheckpointError, LoopSession<A>>
export function asSession(
  file: string,
  like: TrainingState<unknown, unknown, unknown> | LoopState<unknown>,
): (checkpoint: Checkpoint<unknown>) => E.Either<CheckpointError, unknown>
export function asSession(
  file: string,
  like: TrainingState<unknown, unknown, unknown> | LoopState<unknown>,
): (checkpoint: Checkpoint<unknown>) => E.Either<CheckpointError, unknown> {
  return ({ tree: found, metadata }) => {
    const about = JSON.stringify(metadataToJson(metadata))
    const isEarlier = about === JSON.stringify(earlier)
    const isOfLoop = !('params' in like)
    const isRight = isOfLoop ? about === JSON.stringify(loopKind) : about === JSON.stringify(kind) || isEarlier
    if (!isRight) {
      const isOther = about === JSON.stringify(isOfLoop ? kind : loopKind)
      const cure = isOfLoop
        ? 'It is a session of fit: give { params, state, optimizerState } to be like.'
        : 'It is a session of train: give { state } to be like.'
      return E.left(
        checkpointError('tree', {
          file,
          leaf: null,
          expected: isOfLoop ? 'a saved session of train, of version 1' : 'a saved session, of version 1 or 2',
          found: `metadata ${about.slice(0, 80)}`,
          cure: isOther
            ? cure
            : 'Load it with loadCheckpoint, or give fit a file that saveSession or checkpoints wrote.',
        }),
      )
    }
    if (!('params' in like)) return checkedParts(found, loopParts, { state: like.state }, file)
    const { params, state, optimizerState } = like
    return pipe(
      checkedParts(found, parts, { params, state, optimizerState }, file),
      E.map((session) =>
        isEarlier
          ? { ...(session as SomeSession), underWay: upgraded((session as { underWay: EarlierSums }).underWay) }
          : session,
      ),
    )
  }
}

export interface DecodeSessionOptions {
  /** The name that errors carry. */
  readonly file?: string
}

/** Decodes a session of `fit`, or of `train`, by what it is to be like. */
export interface DecodeSession {
  <P, S, U>(
    bytes: Uint8Array,
    like: TrainingState<P, S, U>,
    options?: DecodeSessionOptions,
  ): E.Either<CheckpointError, Session<P, S, U>>
  <A>(bytes: Uint8Array, like: LoopState<A>, options?: DecodeSessionOptions): E.Either<CheckpointError, LoopSession<A>>
}

/**
 * A training under way from its bytes, checked bit by bit, and whether it is one of this model and this optimiser.
 * @param like a state of the same model and optimiser: `{ ...init(…), optimizerState: optimizer.init(params) }`; of a loop that
 * `train` ran `{ state }`
 * @example
 * const decoded = decodeSession(new Uint8Array(3), { params: null, state: null, optimizerState: null }, { file: 'a.ckpt' })
 * E.isLeft(decoded) && decoded.left.kind // 'truncated'
 */
export const decodeSession: DecodeSession = operation(
  'decodeSession',
  { at: 2, names: ['file'] },
  (
    bytes: Uint8Array,
    like: TrainingState<unknown, unknown, unknown> | LoopState<unknown>,
    { file = 'session' }: DecodeSessionOptions = {},
  ): E.Either<CheckpointError, never> =>
    // What comes out is what `like` says; the overloads above tell.
    pipe(decodeCheckpoint(bytes, { file }), E.chain(asSession(file, like))) as E.Either<CheckpointError, never>,
)
