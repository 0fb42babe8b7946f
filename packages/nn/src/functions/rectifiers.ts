/** Activations made of straight and exponential pieces. */
import { np } from '@puregrad/core'
import { type Elementwise, elementwise, tensor, type WithOptions, withOptions } from '../dual.js'

/**
 * max(x, 0), with derivative 0 at 0. NaN stays NaN; integers stay integers.
 * @example relu(np.array([-1, 0, 2])).toArray() // [0, 0, 2]
 */
export const relu: Elementwise = (x) => {
  const t = tensor(x)
  // A selection, not a maximum, which would share the derivative between both sides of the tie at 0.
  return np.where(t.le(0), 0, t)
}

/**
 * min(max(x, 0), 6), with derivative 0 at both ends.
 * @example relu6(np.array([-1, 3, 8])).toArray() // [0, 3, 6]
 */
export const relu6: Elementwise = elementwise('relu6', (x) => np.where(x.le(0), 0, np.where(x.ge(6), 6, x)))

/**
 * x for x ≥ 0, negativeSlope · x below; negativeSlope is 0.01 unless said.
 * @example leakyRelu(np.array([-1, 2]), { negativeSlope: 0.25 }).toArray() // [-0.25, 2]
 */
export const leakyRelu: WithOptions<{ readonly negativeSlope?: number }> = withOptions(
  'leakyRelu',
  ['negativeSlope'],
  (x, { negativeSlope = 0.01 }) => np.where(x.ge(0), x, x.mul(negativeSlope)),
)

/**
 * x for x > 0, alpha (eˣ − 1) below; alpha is 1 unless said.
 * @example elu(np.array([-1, 2])).toArray() // [-0.6321206, 2]
 */
export const elu: WithOptions<{ readonly alpha?: number }> = withOptions('elu', ['alpha'], (x, { alpha = 1 }) => {
  const positive = x.gt(0)
  // Where x is positive, the exponential sees 0: it must not overflow, or its derivative would be 0 · ∞.
  return np.where(positive, x, np.expm1(np.where(positive, 0, x)).mul(alpha))
})

/**
 * max(x, 0) + min(alpha (e^(x / alpha) − 1), 0): an elu with a smooth derivative for every alpha; 1 unless said.
 * @example celu(np.array([-2, 2]), { alpha: 2 }).toArray() // [-1.2642411, 2]
 */
export const celu: WithOptions<{ readonly alpha?: number }> = withOptions('celu', ['alpha'], (x, { alpha = 1 }) => {
  const positive = x.gt(0)
  return np.where(positive, x, np.expm1(np.where(positive, 0, x).div(alpha)).mul(alpha))
})

// Klambauer et al. 2017, the fixed point of zero mean and unit variance.
const seluAlpha = 1.6732632423543772
const seluScale = 1.0507009873554805

/**
 * scale · elu(x, alpha) with the constants that keep zero mean and unit variance.
 * @example selu(np.array([-1, 1])).toArray() // [-1.1113307, 1.050701]
 */
export const selu: Elementwise = (x) => elu(x, { alpha: seluAlpha }).mul(seluScale)

/**
 * x between −1 and 1, and the nearest of them outside.
 * @example hardTanh(np.array([-3, 0.5, 3])).toArray() // [-1, 0.5, 1]
 */
export const hardTanh: Elementwise = elementwise('hardTanh', (x) => np.where(x.gt(1), 1, np.where(x.lt(-1), -1, x)))

/**
 * relu6(x + 3) / 6: a sigmoid of straight lines.
 * @example hardSigmoid(np.array([-3, 0, 3])).toArray() // [0, 0.5, 1]
 */
export const hardSigmoid: Elementwise = elementwise('hardSigmoid', (x) => relu6(x.add(3)).div(6))

/**
 * x · hardSigmoid(x).
 * @example hardSilu(np.array([-3, 0, 3])).toArray() // [0, 0, 3]
 */
export const hardSilu: Elementwise = elementwise('hardSilu', (x) => x.mul(hardSigmoid(x)))

/**
 * Another name of `hardSilu`.
 * @example hardSwish(np.array([3])).toArray() // [3]
 */
export const hardSwish: Elementwise = hardSilu
