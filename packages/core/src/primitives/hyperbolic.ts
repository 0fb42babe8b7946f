/** Hyperbolic functions and their inverses; the logistic function, which is half of a tanh. */
import { abs, add, div, mul, neg, square, sub } from './arithmetic.js'
import { composite } from './composite.js'
import { unary } from './elementwise.js'
import { exp, rsqrt } from './exponential.js'
import type { Params } from './primitive.js'
import { oneMinusSquare, scaledToOne } from './squares.js'

/** (eˣ − e⁻ˣ) / 2 @example lax.sinh(np.array([0, 1])) // [0, 1.1752012] */
export const sinh = unary('sinh', { domain: 'float', jvp: (dx, x) => mul(dx, cosh(x)) })

/** (eˣ + e⁻ˣ) / 2 @example lax.cosh(np.array([0, 1])) // [1, 1.5430806] */
export const cosh = unary('cosh', { domain: 'float', jvp: (dx, x) => mul(dx, sinh(x)) })

const none: Params = {}

/** 4 e⁻²ˣ / (1 + e⁻²ˣ)², the same for −x: 1 / cosh² x. 1 − y², by a rounded y = tanh x, would be 0 from x = 9 on in float32. */
const tanhSlope = composite('tanhSlope', {
  parameters: {},
  value: (x) => {
    const e = exp(mul(abs(x), -2))
    return div(mul(e, 4), square(add(e, 1)))
  },
  jvp: (dx, x, y) => mul(dx, mul(y, mul(tanh(x), -2))),
})

/** (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ). d tanh x = dx / cosh² x @example lax.tanh(np.array([0, 1])) // [0, 0.7615942] */
export const tanh = unary('tanh', { domain: 'float', jvp: (dx, x) => mul(dx, tanhSlope(x, none)) })

/**
 * e⁻ˣ / (1 + e⁻ˣ)², the same for −x. y (1 − y), by a rounded y = 1 / (1 + e⁻ˣ), would be 0 from x = 17 on in float32.
 * d = −y tanh(x/2) dx
 */
const logisticSlope = composite('logisticSlope', {
  parameters: {},
  value: (x) => {
    const e = exp(neg(abs(x)))
    return div(e, square(add(e, 1)))
  },
  jvp: (dx, x, y) => mul(dx, mul(y, neg(tanh(mul(x, 0.5))))),
})

/** 1 / (1 + e⁻ˣ) @example lax.logistic(np.array([0, 2])) // [0.5, 0.880797] */
export const logistic = unary('logistic', { domain: 'float', jvp: (dx, x) => mul(dx, logisticSlope(x, none)) })

/** d asinh x = dx / √(x² + 1) @example lax.asinh(np.array([0, 1])) // [0, 0.8813736] */
export const asinh = unary('asinh', {
  domain: 'float',
  jvp: (dx, x) => {
    const { inverse, squares } = scaledToOne(x)
    return mul(dx, mul(inverse, rsqrt(squares)))
  },
})

/**
 * Defined for x ≥ 1. d acosh x = dx / √(x − 1) / √(x + 1), which keeps its digits near 1 and does not overflow.
 * @example lax.acosh(np.array([1, 2])) // [0, 1.316958]
 */
export const acosh = unary('acosh', {
  domain: 'float',
  jvp: (dx, x) => mul(dx, mul(rsqrt(sub(x, 1)), rsqrt(add(x, 1)))),
})

/** Defined for |x| ≤ 1. d atanh x = dx / (1 − x²) @example lax.atanh(np.array([0, 0.5])) // [0, 0.5493061] */
export const atanh = unary('atanh', { domain: 'float', jvp: (dx, x) => div(dx, oneMinusSquare(x)) })
