/** Hyperbolic functions and their inverses. */
import { add, div, mul, square, sub } from './arithmetic.js'
import { unary } from './elementwise.js'
import { rsqrt } from './exponential.js'

/** (eˣ − e⁻ˣ) / 2 @example lax.sinh(np.array([0, 1])) // [0, 1.1752012] */
export const sinh = unary('sinh', { domain: 'float', jvp: (dx, x) => mul(dx, cosh(x)) })

/** (eˣ + e⁻ˣ) / 2 @example lax.cosh(np.array([0, 1])) // [1, 1.5430806] */
export const cosh = unary('cosh', { domain: 'float', jvp: (dx, x) => mul(dx, sinh(x)) })

/** d tanh x = (1 − tanh² x) dx @example lax.tanh(np.array([0, 1])) // [0, 0.7615942] */
export const tanh = unary('tanh', { domain: 'float', jvp: (dx, _, y) => mul(dx, sub(1, square(y))) })

/** d asinh x = dx / √(x² + 1) @example lax.asinh(np.array([0, 1])) // [0, 0.8813736] */
export const asinh = unary('asinh', { domain: 'float', jvp: (dx, x) => mul(dx, rsqrt(add(square(x), 1))) })

/**
 * Defined for x ≥ 1. d acosh x = dx / √((x − 1)(x + 1)), a product that keeps its digits near 1.
 * @example lax.acosh(np.array([1, 2])) // [0, 1.316958]
 */
export const acosh = unary('acosh', { domain: 'float', jvp: (dx, x) => mul(dx, rsqrt(mul(sub(x, 1), add(x, 1)))) })

/** Defined for |x| ≤ 1. d atanh x = dx / ((1 − x)(1 + x)) @example lax.atanh(np.array([0, 0.5])) // [0, 0.5493061] */
export const atanh = unary('atanh', { domain: 'float', jvp: (dx, x) => div(dx, mul(sub(1, x), add(1, x))) })
