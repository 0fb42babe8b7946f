/** Smooth activations. */
import { lax, np } from '@puregrad/core'
import { type Elementwise, elementwise, tensor, type WithOptions, withOptions } from '../dual.js'

/**
 * x itself.
 * @example identity(np.array([1, 2])).toArray() // [1, 2]
 */
export const identity: Elementwise = (x) => tensor(x)

/**
 * 1 / (1 + e⁻ˣ), for any x without overflow.
 * @example sigmoid(np.array([0])).toArray() // [0.5]
 */
export const sigmoid: Elementwise = elementwise((x) => lax.logistic(x))

/**
 * The hyperbolic tangent.
 * @example tanh(np.array([0])).toArray() // [0]
 */
export const tanh: Elementwise = elementwise((x) => lax.tanh(x))

/**
 * log(1 + eˣ), a smooth relu, for any x without overflow.
 * @example softplus(np.array([0])).toArray() // [0.6931472]
 */
export const softplus: Elementwise = elementwise((x) => np.logaddexp(x, 0))

/**
 * log sigmoid(x) = −softplus(−x).
 * @example logSigmoid(np.array([0])).toArray() // [-0.6931472]
 */
export const logSigmoid: Elementwise = elementwise((x) => softplus(x.neg()).neg())

/**
 * x · sigmoid(x).
 * @example silu(np.array([0, 1])).toArray() // [0, 0.7310586]
 */
export const silu: Elementwise = elementwise((x) => x.mul(lax.logistic(x)))

/**
 * Another name of `silu`.
 * @example swish(np.array([1])).toArray() // [0.7310586]
 */
export const swish: Elementwise = silu

/**
 * x / (1 + |x|).
 * @example softSign(np.array([-1, 3])).toArray() // [-0.5, 0.75]
 */
export const softSign: Elementwise = elementwise((x) => x.div(np.abs(x).add(1)))

/**
 * x · tanh(softplus(x)) (Misra 2019).
 * @example mish(np.array([0, 1])).toArray() // [0, 0.86509836]
 */
export const mish: Elementwise = elementwise((x) => x.mul(np.tanh(softplus(x))))

/**
 * (x + √(x² + b)) / 2, a smooth relu without exponentials; b is 4 unless said.
 * @example squareplus(np.array([0])).toArray() // [1]
 */
export const squareplus: WithOptions<{ readonly b?: number }> = withOptions((x, { b = 4 }) =>
  x.add(np.sqrt(np.square(x).add(b))).mul(0.5),
)

// Hendrycks & Gimpel 2016, section 2: the approximation by tanh.
const geluCubic = 0.044715

/**
 * x · Φ(x), where Φ is the normal distribution function: by tanh unless `approximate` is false, then by erf.
 * @example gelu(np.array([1])).toArray() // [0.841192]
 * @example gelu(np.array([1]), { approximate: false }).toArray() // [0.8413447]
 */
export const gelu: WithOptions<{ readonly approximate?: boolean }> = withOptions((x, { approximate = true }) => {
  if (!approximate) return x.mul(lax.erfc(x.mul(-Math.SQRT1_2))).mul(0.5)
  const inner = x.add(np.square(x).mul(x).mul(geluCubic)).mul(Math.sqrt(2 / Math.PI))
  return x.mul(np.tanh(inner).add(1)).mul(0.5)
})

/**
 * 0 below −1, x above 1, and (x + 1)² / 4 between.
 * @example sparsePlus(np.array([-2, 0, 2])).toArray() // [0, 0.25, 2]
 */
export const sparsePlus: Elementwise = elementwise((x) =>
  np.where(x.le(-1), 0, np.where(x.ge(1), x, np.square(x.add(1)).div(4))),
)

/**
 * The derivative of `sparsePlus`: (x + 1) / 2 within 0 and 1.
 * @example sparseSigmoid(np.array([-2, 0, 2])).toArray() // [0, 0.5, 1]
 */
export const sparseSigmoid: Elementwise = elementwise((x) => np.clip(x.add(1), 0, 2).mul(0.5))
