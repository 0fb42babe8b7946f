/** Hyperbolic functions and their inverses. */
import { add, div, mul, square, sub } from './arithmetic.js'
import { unary } from './elementwise.js'
import { rsqrt } from './exponential.js'

/** (eˣ − e⁻ˣ) / 2 */
export const sinh = unary('sinh', { domain: 'float', jvp: (dx, x) => mul(dx, cosh(x)) })

/** (eˣ + e⁻ˣ) / 2 */
export const cosh = unary('cosh', { domain: 'float', jvp: (dx, x) => mul(dx, sinh(x)) })

/** d tanh x = (1 − tanh² x) dx */
export const tanh = unary('tanh', { domain: 'float', jvp: (dx, _, y) => mul(dx, sub(1, square(y))) })

/** d asinh x = dx / √(x² + 1) */
export const asinh = unary('asinh', { domain: 'float', jvp: (dx, x) => mul(dx, rsqrt(add(square(x), 1))) })

/** Defined for x ≥ 1. d acosh x = dx / √((x − 1)(x + 1)), a product that keeps its digits near 1. */
export const acosh = unary('acosh', { domain: 'float', jvp: (dx, x) => mul(dx, rsqrt(mul(sub(x, 1), add(x, 1)))) })

/** Defined for |x| ≤ 1. d atanh x = dx / ((1 − x)(1 + x)) */
export const atanh = unary('atanh', { domain: 'float', jvp: (dx, x) => div(dx, mul(sub(1, x), add(1, x))) })
