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
import type { Session } from '../session.js'
import type { TrainingState } from '../training-step.js'

const kind: Json = { puregrad: 'session', version: 2 }

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
export const encodeSession = <P, S, U>(session: Session<P, S, U>): Uint8Array => encodeCheckpoint(session, kind)

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

/** The session that a checkpoint is, if it is one of such a state. */
export const asSession =
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

export interface DecodeSessionOptions {
  /** The name that errors carry. */
  readonly file?: string
}

/**
 * A training under way from its bytes, checked bit by bit, and whether it is one of this model and this optimiser.
 * @param like a state of the same model and optimiser: `{ ...init(…), optimizerState: optimizer.init(params) }`
 * @example
 * const decoded = decodeSession(new Uint8Array(3), { params: null, state: null, optimizerState: null }, { file: 'a.ckpt' })
 * E.isLeft(decoded) && decoded.left.kind // 'truncated'
 */
export const decodeSession = operation(
  'decodeSession',
  { at: 2, names: ['file'] },
  <P, S, U>(
    bytes: Uint8Array,
    like: TrainingState<P, S, U>,
    { file = 'session' }: DecodeSessionOptions = {},
  ): E.Either<CheckpointError, Session<P, S, U>> =>
    pipe(decodeCheckpoint(bytes, { file }), E.chain(asSession(file, like))),
)
