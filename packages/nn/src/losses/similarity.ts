/** Losses of directions. */
import { np, ShapeError, type Tensor } from '@puregrad/core'
import { isTensor, type WithArgument, withArgument } from '../dual.js'
import { safeRoot, unitOf } from '../functions/lengths.js'
import { logsumexp } from '../functions/softmax.js'
import { withMadeOf } from '../made-of.js'

export interface CosineOptions {
  /** Norms below count as this: 0 unless said. */
  readonly epsilon?: number
  /** The axis of the features: the last unless said. */
  readonly axis?: number
  /** Features that count. */
  readonly where?: Tensor
}

/** Vectors brought to where their squares neither overflow nor vanish, and their lengths there, of which none is below epsilon. */
const measured = (x: Tensor, { epsilon = 0, axis = -1, where }: CosineOptions) => {
  const counted = where === undefined ? x : np.where(where, x, 0)
  const { inverse } = unitOf(counted, axis)
  const parts = counted.mul(inverse)
  const length = safeRoot(np.sum(np.square(parts), { axis }))
  return { parts, length: np.maximum(length, np.squeeze(inverse, axis).mul(epsilon)) }
}

const cosine = (a: Tensor, b: Tensor, options: CosineOptions): Tensor => {
  const [left, right] = [measured(a, options), measured(b, options)]
  const product = left.length.mul(right.length)
  return np.sum(left.parts.mul(right.parts), { axis: options.axis ?? -1 }).div(product)
}

/** The cosine, and 0 with a vector of zeros, which has no direction. */
const cosineOrNone = (a: Tensor, b: Tensor): Tensor => {
  const [left, right] = [measured(a, {}), measured(b, {})]
  const product = left.length.mul(right.length)
  const isNone = product.eq(0)
  return np.where(isNone, 0, np.sum(left.parts.mul(right.parts), { axis: -1 }).div(np.where(isNone, 1, product)))
}

/**
 * The cosine of the angle between predictions and targets; NaN for a vector of zeros unless epsilon is positive.
 * @example losses.cosineSimilarity(np.array([[1, 0]]), np.array([[3, 4]])).toArray() // [0.6]
 */
export const cosineSimilarity: WithArgument<Tensor, CosineOptions> = withArgument(
  'losses.cosineSimilarity',
  ['epsilon', 'axis', 'where'],
  isTensor,
  (predictions, targets: Tensor, options) => cosine(predictions, targets, options),
)

/**
 * 1 − cosineSimilarity.
 * @example losses.cosineDistance(np.array([[1, 0]]), np.array([[3, 4]])).toArray() // [0.4]
 */
export const cosineDistance: WithArgument<Tensor, CosineOptions> = withArgument(
  'losses.cosineDistance',
  ['epsilon', 'axis', 'where'],
  isTensor,
  (predictions, targets: Tensor, options) => np.subtract(1, cosine(predictions, targets, options)),
)

export interface NtxentOptions {
  /** By which similarities are divided: 0.07 unless said. */
  readonly temperature?: number
}

/**
 * The normalised, temperature-scaled cross entropy of pairs (Chen et al. 2020): each embedding should be closer to those of
 * its label than to those of others. The mean over all ordered pairs of one label; NaN without any. The others are those of
 * the batch: another batch size is another loss, and no accumulation or `evaluate` makes one of smaller batches.
 * @param embeddings [count, features]  @param labels integers [count]
 * @example losses.ntxent(np.array([[1, 0], [1, 0]]), np.array([0, 0])).item() // 0
 */
export const ntxent: WithArgument<Tensor, NtxentOptions> = withArgument(
  'losses.ntxent',
  ['temperature'],
  isTensor,
  (embeddings, labels: Tensor, { temperature = 0.07 }) => {
    const count = labels.shape[0] as number
    const scores = cosineOrNone(np.expandDims(embeddings, 0), np.expandDims(embeddings, 1)).div(temperature)
    const equal = np.expandDims(labels, 0).eq(np.expandDims(labels, 1))
    const pair = np.logicalAnd(equal, np.eye(count).eq(0))
    const others = logOfSum(scores, np.logicalNot(equal))
    const each = np.logaddexp(scores, others).sub(scores)
    const weight = np.sum(pair.astype(scores.dtype))
    return withMadeOf(np.sum(np.where(pair, each, 0)).div(weight), { _tag: 'Mean', weight })
  },
)

export interface InfoNceOptions {
  /** By which similarities are divided: 0.1 unless said. */
  readonly temperature?: number
}

/**
 * InfoNCE (van den Oord et al. 2018): each query should be closer, by cosine, to the key in its row than to the keys of all others.
 * The others are those of the batch: another batch size is another loss, and no accumulation or `evaluate` makes one of smaller
 * batches.
 * @param queries [count, features]  @param keys [count, features], the positives, which are one another's negatives
 * @returns one loss per query, [count]
 * @throws ShapeError unless both are matrices of one shape
 * @example losses.infoNce(np.array([[1, 0]]), np.array([[0, 1]])).toArray() // [0]
 */
export const infoNce: WithArgument<Tensor, InfoNceOptions> = withArgument(
  'losses.infoNce',
  ['temperature'],
  isTensor,
  (queries, keys: Tensor, { temperature = 0.1 }) => {
    if (queries.ndim !== 2 || keys.ndim !== 2 || queries.shape.some((n, i) => n !== keys.shape[i])) {
      throw new ShapeError(
        `losses.infoNce: queries [${queries.shape}] and keys [${keys.shape}] have to be matrices [count, features] of one shape, ` +
          'a key for each query. Flatten what comes out of the encoders.',
      )
    }
    const scores = cosineOrNone(np.expandDims(queries, 1), np.expandDims(keys, 0)).div(temperature)
    return logsumexp(scores, { axis: -1 }).sub(np.diagonal(scores))
  },
)

/** log Σ exp of what counts in each row, kept as a column; −∞ if nothing does. */
const logOfSum = (scores: Tensor, where: Tensor): Tensor => logsumexp(scores, { axis: -1, keepdims: true, where })
