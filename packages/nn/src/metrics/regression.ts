/** How good predictions of numbers are. */
import { np, type Tensor } from '@puregrad/core'
import { meanOf } from '../losses/reduction.js'
import { absoluteError, squaredError } from '../losses/regression.js'
import { remembering } from './metric.js'
import { r2Score as streamingR2 } from './streaming.js'

/**
 * The mean of squared errors.
 * @throws ShapeError if shapes differ
 * @example metrics.meanSquaredError(np.array([3]), np.array([1])).item() // 4
 */
export const meanSquaredError = (predictions: Tensor, targets: Tensor): Tensor =>
  meanOf(squaredError(predictions, targets))

/**
 * The mean of absolute errors.
 * @throws ShapeError if shapes differ
 * @example metrics.meanAbsoluteError(np.array([3]), np.array([1])).item() // 2
 */
export const meanAbsoluteError = (predictions: Tensor, targets: Tensor): Tensor =>
  meanOf(absoluteError(predictions, targets))

/**
 * The part of the variance of the targets that predictions explain: 1 − Σ (p − t)² / Σ (t − mean t)².
 * @throws ShapeError if shapes differ
 * @example metrics.r2Score(np.array([1, 2, 3]), np.array([1, 2, 3])).item() // 1
 */
export const r2Score = (predictions: Tensor, targets: Tensor): Tensor => {
  const spread = np.sum(np.square(targets.sub(np.mean(targets))))
  const score = np.subtract(1, np.sum(squaredError(predictions, targets)).div(spread))
  return remembering(score, streamingR2(), [predictions, targets])
}
