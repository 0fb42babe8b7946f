/** Functions of a whole axis: softmax and its logarithm, means of exponentials, standardisation. */
import { lax, np, type ReduceOptions, type Tensor, type TensorLike } from '@puregrad/core'
import { type Elementwise, elementwise, floating, type WithOptions, withOptions } from '../dual.js'
import { axisOf } from './axis.js'

export interface AxisOptions {
  /** The last axis unless said; a list sums over all of its axes. */
  readonly axis?: number | readonly number[]
  /** Elements that count; the others give 0, logarithms −∞. */
  readonly where?: Tensor
}

export interface MaskedReduceOptions extends ReduceOptions {
  /** Elements that count. */
  readonly where?: Tensor
}

/** The mask applied: what does not count becomes −∞. */
const masked = (x: Tensor, where: Tensor | undefined): Tensor =>
  where === undefined ? x : np.where(where, x, Number.NEGATIVE_INFINITY)

const single = (axis: number | readonly number[]): number | null => {
  if (typeof axis === 'number') return axis
  return axis.length === 1 ? (axis[0] as number) : null
}

/** Several axes as one, the last, and the way back for what keeps them. */
const merged = (operation: string, x: Tensor, axis: readonly number[] | null) => {
  const axes = axis === null ? x.shape.map((_, i) => i) : axis.map((a) => axisOf(operation, a, x))
  const order = [...x.shape.map((_, i) => i).filter((i) => !axes.includes(i)), ...axes]
  const ordered = np.transpose(x, order)
  const kept = x.ndim - axes.length
  return {
    axes,
    flat: ordered.reshape([...ordered.shape.slice(0, kept), ordered.shape.slice(kept).reduce((a, b) => a * b, 1)]),
    back: (y: Tensor): Tensor =>
      np.transpose(
        y.reshape(ordered.shape),
        order.map((_, i) => order.indexOf(i)),
      ),
  }
}

/**
 * log Σ exp xᵢ over the given axes, or over all of them; shifted by the maximum so that it never overflows.
 * @throws RangeError if x has no such axis
 * @example logsumexp(np.array([0, 0])).item() // 0.6931472
 */
export const logsumexp: WithOptions<MaskedReduceOptions> = withOptions(
  'logsumexp',
  ['where', 'axis', 'keepdims'],
  (x, { axis = null, keepdims = false, where }) => {
    const values = masked(x, where)
    const one = axis === null ? (x.ndim === 1 ? 0 : null) : single(axis)
    if (one !== null) {
      const along = axisOf('logsumexp', one, x)
      const result = lax.logsumexp(values, along)
      return keepdims ? np.expandDims(result, along) : result
    }
    const { flat, axes } = merged('logsumexp', values, axis as readonly number[] | null)
    const result = lax.logsumexp(flat, flat.ndim - 1)
    return keepdims ? np.expandDims(result, axes) : result
  },
)

/**
 * exp xᵢ / Σⱼ exp xⱼ along an axis.
 * @throws RangeError if x has no such axis
 * @example softmax(np.array([0, 0])).toArray() // [0.5, 0.5]
 */
export const softmax: WithOptions<AxisOptions> = withOptions(
  'softmax',
  ['axis', 'where'],
  (x, { axis = -1, where }) => {
    const one = single(axis)
    if (one !== null) return zeroOutside(lax.softmax(masked(x, where), axisOf('softmax', one, x)), where)
    const { flat, back } = merged('softmax', masked(x, where), axis as readonly number[])
    return zeroOutside(back(lax.softmax(flat, flat.ndim - 1)), where)
  },
)

const zeroOutside = (y: Tensor, where: Tensor | undefined): Tensor => (where === undefined ? y : np.where(where, y, 0))

/**
 * xᵢ − log Σⱼ exp xⱼ along an axis: log softmax without its rounding to 0.
 * @throws RangeError if x has no such axis
 * @example logSoftmax(np.array([0, 0])).toArray() // [-0.6931472, -0.6931472]
 */
export const logSoftmax: WithOptions<AxisOptions> = withOptions(
  'logSoftmax',
  ['axis', 'where'],
  (x, { axis = -1, where }) => {
    const values = masked(x, where)
    const logs = values.sub(logsumexp(values, { axis, keepdims: true }))
    return where === undefined ? logs : np.where(where, logs, Number.NEGATIVE_INFINITY)
  },
)

/**
 * log of the mean of exp xᵢ over the given axes, or over all of them.
 * @example logmeanexp(np.array([0, 0])).item() // 0
 */
export const logmeanexp: WithOptions<MaskedReduceOptions> = withOptions(
  'logmeanexp',
  ['where', 'axis', 'keepdims'],
  (x, options) => {
    const { axis = null, where } = options
    const counted = where ?? np.ones(x.shape, { dtype: 'bool' })
    const count = np.sum(np.broadcastTo(counted, x.shape).astype(x.dtype), {
      axis,
      keepdims: options.keepdims ?? false,
    })
    return logsumexp(x, options).sub(np.log(count))
  },
)

/**
 * log(1 − e⁻ˣ) for x > 0, accurate for small and large x (Mächler 2012).
 * @example log1mexp(np.array([1])).toArray() // [-0.4586751]
 */
export const log1mexp: Elementwise = elementwise('log1mexp', (x) => {
  const small = x.lt(Math.LN2)
  // Each branch sees numbers only where it is taken: elsewhere its derivative could be infinite.
  const low = np.log(np.expm1(np.where(small, x, 1).neg()).neg())
  const high = np.log1p(np.exp(np.where(small, 1, x).neg()).neg())
  return np.where(small, low, high)
})

export interface StandardizeOptions {
  /** The last axis unless said; null for all. */
  readonly axis?: number | readonly number[] | null
  /** Those of x unless given; they have to broadcast to x. */
  readonly mean?: TensorLike
  readonly variance?: TensorLike
  /** Added to the variance: 1e-5 unless said. */
  readonly epsilon?: number
}

/**
 * (x − mean) / √(variance + epsilon) along axes.
 * @example standardize(np.array([1, 3]), { epsilon: 0 }).toArray() // [-1, 1]
 */
export const standardize: WithOptions<StandardizeOptions> = withOptions(
  'standardize',
  ['axis', 'mean', 'variance', 'epsilon'],
  (x, options) => {
    const { axis = -1, epsilon = 1e-5 } = options
    const mean = options.mean === undefined ? np.mean(x, { axis, keepdims: true }) : floating(options.mean)
    const centered = x.sub(mean)
    // The mean of squares around the mean, not E x² − (E x)², which loses every digit if the mean is large.
    const variance =
      options.variance === undefined
        ? np.mean(np.square(centered), { axis, keepdims: true })
        : floating(options.variance)
    return centered.mul(lax.rsqrt(variance.add(epsilon)))
  },
)
