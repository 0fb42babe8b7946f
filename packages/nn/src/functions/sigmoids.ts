/** Smooth activations. */
import { customJvp, lax, np, type Tensor } from '@puregrad/core'
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
export const sigmoid: Elementwise = elementwise('sigmoid', (x) => lax.logistic(x))

/**
 * The hyperbolic tangent.
 * @example tanh(np.array([0])).toArray() // [0]
 */
export const tanh: Elementwise = elementwise('tanh', (x) => lax.tanh(x))

/**
 * log(1 + eˣ), a smooth relu, for any x without overflow.
 * @example softplus(np.array([0])).toArray() // [0.6931472]
 */
export const softplus: Elementwise = elementwise('softplus', (x) => np.logaddexp(x, 0))

/**
 * log sigmoid(x) = −softplus(−x).
 * @example logSigmoid(np.array([0])).toArray() // [-0.6931472]
 */
export const logSigmoid: Elementwise = elementwise('logSigmoid', (x) => softplus(x.neg()).neg())

/**
 * x · sigmoid(x).
 * @example silu(np.array([0, 1])).toArray() // [0, 0.7310586]
 */
export const silu: Elementwise = elementwise('silu', (x) => x.mul(lax.logistic(x)))

/**
 * Another name of `silu`.
 * @example swish(np.array([1])).toArray() // [0.7310586]
 */
export const swish: Elementwise = silu

const beyondOne = (x: Tensor): Tensor => np.abs(x).add(1)

/** Its derivative 1 / (1 + |x|)² is given, because the quotient's is a difference that has no digits left for large x. */
const softened = customJvp(
  (x: Tensor): Tensor => x.div(beyondOne(x)),
  ([x], [dx]) => [x.div(beyondOne(x)), dx.mul(np.square(np.reciprocal(beyondOne(x))))],
)

/**
 * x / (1 + |x|).
 * @example softSign(np.array([-1, 3])).toArray() // [-0.5, 0.75]
 */
export const softSign: Elementwise = elementwise('softSign', softened)

/**
 * x · tanh(softplus(x)) (Misra 2019).
 * @example mish(np.array([0, 1])).toArray() // [0, 0.86509836]
 */
export const mish: Elementwise = elementwise('mish', (x) => x.mul(np.tanh(softplus(x))))

/**
 * (x + √(x² + b)) / 2, a smooth relu without exponentials; b is 4 unless said.
 * @example squareplus(np.array([0])).toArray() // [1]
 */
export const squareplus: WithOptions<{ readonly b?: number }> = withOptions('squareplus', ['b'], (x, { b = 4 }) => {
  const root = (t: Tensor): Tensor => np.hypot(t, Math.sqrt(b))
  // Below 0 the sum would cancel: (x + h) (h − x) = b.
  const value = (t: Tensor): Tensor => {
    const h = root(t)
    return np.where(t.ge(0), t.add(h).mul(0.5), np.divide(b / 2, h.sub(t)))
  }
  // y′ = y / h and y″ = b / 2h³, given because what the rules make of them cancels for large |x|.
  const slope = customJvp(
    (t: Tensor): Tensor => value(t).div(root(t)),
    ([t], [dt]) => {
      const inverse = np.reciprocal(root(t))
      return [
        value(t).mul(inverse),
        dt.mul(
          np
            .square(inverse)
            .mul(inverse)
            .mul(b / 2),
        ),
      ]
    },
  )
  return customJvp(value, ([t], [dt]) => [value(t), dt.mul(slope(t))])(x)
})

// Hendrycks & Gimpel 2016, section 2: the approximation by tanh.
const geluCubic = 0.044715
// Φ is 0 or 1 here in float64, and the cube far from overflow in float32.
const geluFar = 64

/**
 * x · Φ(x), where Φ is the normal distribution function: by tanh unless `approximate` is false, then by erf.
 * @example gelu(np.array([1])).toArray() // [0.841192]
 * @example gelu(np.array([1]), { approximate: false }).toArray() // [0.8413447]
 */
export const gelu: WithOptions<{ readonly approximate?: boolean }> = withOptions(
  'gelu',
  ['approximate'],
  (x, { approximate = true }) => {
    if (!approximate) return x.mul(lax.erfc(x.mul(-Math.SQRT1_2))).mul(0.5)
    const near = np.clip(x, -geluFar, geluFar)
    const inner = near.add(np.square(near).mul(near).mul(geluCubic)).mul(2 * Math.sqrt(2 / Math.PI))
    // (1 + tanh z) / 2 is sigmoid(2z), which keeps the digits of the left tail.
    return x.mul(lax.logistic(inner))
  },
)

/**
 * 0 below −1, x above 1, and (x + 1)² / 4 between.
 * @example sparsePlus(np.array([-2, 0, 2])).toArray() // [0, 0.25, 2]
 */
export const sparsePlus: Elementwise = elementwise('sparsePlus', (x) =>
  np.where(x.le(-1), 0, np.where(x.ge(1), x, np.square(x.add(1)).div(4))),
)

/**
 * The derivative of `sparsePlus`: (x + 1) / 2 within 0 and 1.
 * @example sparseSigmoid(np.array([-2, 0, 2])).toArray() // [0, 0.5, 1]
 */
export const sparseSigmoid: Elementwise = elementwise('sparseSigmoid', (x) => np.clip(x.add(1), 0, 2).mul(0.5))
