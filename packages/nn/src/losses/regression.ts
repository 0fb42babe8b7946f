/** Losses of numbers. Targets are optional, as in Optax: without them the predictions are the errors. */
import { customJvp, np, operation, ShapeError, type Tensor } from '@puregrad/core'
import { meanOf } from './reduction.js'

const errors = (operation: string, predictions: Tensor, targets: Tensor | undefined): Tensor => {
  if (targets === undefined) return predictions
  // Broadcasting [n] against [n,1] would silently compare everything with everything.
  if (predictions.ndim !== targets.ndim || predictions.shape.some((n, i) => n !== targets.shape[i])) {
    throw new ShapeError(
      `losses.${operation}: predictions ${predictions.dtype}[${predictions.shape}] and targets ${targets.dtype}[${targets.shape}] ` +
        'differ in shape. Bring them to one with reshape or np.broadcastTo.',
    )
  }
  return predictions.sub(targets)
}

/**
 * (prediction − target)².
 * @throws ShapeError if shapes differ
 * @example losses.squaredError(np.array([3]), np.array([1])).toArray() // [4]
 */
export const squaredError = (predictions: Tensor, targets?: Tensor): Tensor =>
  np.square(errors('squaredError', predictions, targets))

/**
 * ½ (prediction − target)².
 * @throws ShapeError if shapes differ
 * @example losses.l2Loss(np.array([3]), np.array([1])).toArray() // [2]
 */
export const l2Loss = (predictions: Tensor, targets?: Tensor): Tensor =>
  np.square(errors('l2Loss', predictions, targets)).mul(0.5)

/**
 * |prediction − target|.
 * @throws ShapeError if shapes differ
 * @example losses.absoluteError(np.array([3]), np.array([1])).toArray() // [2]
 */
export const absoluteError = (predictions: Tensor, targets?: Tensor): Tensor =>
  np.abs(errors('absoluteError', predictions, targets))

export interface HuberOptions {
  /** Where the parabola becomes a line: 1 unless said. */
  readonly delta?: number
}

/**
 * ½ e² for errors up to delta, then the tangent delta · (|e| − ½ delta) (Huber 1964).
 * @throws ShapeError if shapes differ
 * @example losses.huberLoss(np.array([3]), np.array([0])).toArray() // [2.5]
 */
export const huberLoss = operation(
  'losses.huberLoss',
  { at: 2, names: ['delta'] },
  (predictions: Tensor, targets?: Tensor, { delta = 1 }: HuberOptions = {}): Tensor => {
    const e = errors('huberLoss', predictions, targets)
    const size = np.abs(e)
    const isNear = size.le(delta)
    // The parabola is of e and not of |e|, whose second derivative is lost at 0.
    return np
      .square(np.where(isNear, e, delta))
      .mul(0.5)
      .add(np.where(isNear, 0, size.sub(delta)).mul(delta))
  },
)

/** Below, log cosh e is taken from sinh² e: of the logarithm of a sum near 2, few digits would be left. */
const smallError = 0.5

const logCoshOf = (e: Tensor): Tensor => {
  const isSmall = np.abs(e).lt(smallError)
  const small = np.log1p(np.square(np.sinh(np.where(isSmall, e, 0)))).mul(0.5)
  return np.where(isSmall, small, np.logaddexp(e, e.neg()).sub(Math.LN2))
}

/** Its derivative, tanh, is given: in the rules' difference of two sigmoids small errors would leave no digits. */
const smoothSize = customJvp(logCoshOf, ([e], [de]) => [logCoshOf(e), de.mul(np.tanh(e))])

/**
 * log cosh(prediction − target), for errors of any size without overflow.
 * @throws ShapeError if shapes differ
 * @example losses.logCosh(np.array([1]), np.array([0])).toArray() // [0.4337808]
 */
export const logCosh = (predictions: Tensor, targets?: Tensor): Tensor =>
  smoothSize(errors('logCosh', predictions, targets))

/**
 * The mean of (prediction − target)² over all elements: one number.
 * @throws ShapeError if shapes differ
 * @example losses.meanSquaredError(np.array([3, 1]), np.array([1, 1])).item() // 2
 */
export const meanSquaredError = (predictions: Tensor, targets?: Tensor): Tensor =>
  meanOf(np.square(errors('meanSquaredError', predictions, targets)))

/**
 * The mean of |prediction − target| over all elements: one number.
 * @throws ShapeError if shapes differ
 * @example losses.meanAbsoluteError(np.array([3, 1]), np.array([1, 1])).item() // 1
 */
export const meanAbsoluteError = (predictions: Tensor, targets?: Tensor): Tensor =>
  meanOf(np.abs(errors('meanAbsoluteError', predictions, targets)))

export interface SmoothL1Options {
  /** Where the parabola becomes a line: 1 unless said; 0 is |e| everywhere. */
  readonly beta?: number
}

/**
 * ½ e² / beta for errors below beta, |e| − ½ beta above (Girshick 2015): huberLoss / beta.
 * @throws ShapeError if shapes differ
 * @example losses.smoothL1(np.array([3, 0.5]), np.array([0, 0])).toArray() // [2.5, 0.125]
 */
export const smoothL1 = operation(
  'losses.smoothL1',
  { at: 2, names: ['beta'] },
  (predictions: Tensor, targets?: Tensor, { beta = 1 }: SmoothL1Options = {}): Tensor => {
    const e = errors('smoothL1', predictions, targets)
    const size = np.abs(e)
    if (beta === 0) return size
    const isNear = size.le(beta)
    return np
      .square(np.where(isNear, e, beta))
      .mul(0.5 / beta)
      .add(np.where(isNear, 0, size.sub(beta)))
  },
)
