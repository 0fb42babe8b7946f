/** Rounding, and what is known about a float's place among the others. None of it has a slope. */
import type { Tensor } from '../tensor.js'
import { abs, add, sign, sub, trunc } from './arithmetic.js'
import { ge } from './compare.js'
import { binary, unary } from './elementwise.js'
import { select } from './select.js'

/** The largest whole number ≤ x. @example lax.floor(np.array([1.7, -1.2])) // [1, -2] */
export const floor = unary('floor', { domain: 'float', jvp: null })

/** The smallest whole number ≥ x. @example lax.ceil(np.array([1.2, -1.7])) // [2, -1] */
export const ceil = unary('ceil', { domain: 'float', jvp: null })

/** The nearest whole number; halves go to the even one. */
export const round = unary('round', { domain: 'float', jvp: null })

/** The nearest whole number; halves go away from 0. */
export const roundHalfAway = (x: Tensor): Tensor => {
  const whole = trunc(x)
  return select(ge(abs(sub(x, whole)), 0.5), add(whole, sign(x)), whole)
}

/** `true` unless x is ±∞ or NaN. @example lax.isFinite(np.array([1, Infinity, NaN])) // [true, false, false] */
export const isFinite = unary('isFinite', { domain: 'float', result: 'bool', jvp: null })

/**
 * The next float after x on the way to y.
 * @example lax.nextafter(np.array(1, { dtype: 'float64' }), 2).item() - 1 === 2 ** -52 // true
 */
export const nextafter = binary('nextafter', { domain: 'float', jvp: [null, null] })
