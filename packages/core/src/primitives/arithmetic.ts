/** Arithmetic: + − × ÷ and what belongs to it. */
import type { Tensor } from '../tensor.js'
import { binary, installSum, unary } from './elementwise.js'
import { LinearInput } from './primitive.js'

/** −x @example lax.neg(np.array([1, -2])) // [-1, 2] */
export const neg = unary('neg', { domain: 'number', jvp: (dx) => neg(dx), transpose: (ct) => neg(ct) })

/** x + y; integers wrap. @example lax.add(np.array([1, 2]), np.array([10, 20])) // [11, 22] */
export const add = binary('add', {
  domain: 'number',
  jvp: [(dx) => dx, (dy) => dy],
  transpose: (ct, x, y) => [x instanceof LinearInput ? ct : null, y instanceof LinearInput ? ct : null],
})
installSum(add)

/** x − y; integers wrap. @example lax.sub(np.array([1, 2]), 1) // [0, 1] */
export const sub = binary('sub', {
  domain: 'number',
  jvp: [(dx) => dx, (dy) => neg(dy)],
  jvpBoth: (dx, dy) => sub(dx, dy),
  transpose: (ct, x, y) => [x instanceof LinearInput ? ct : null, y instanceof LinearInput ? neg(ct) : null],
})

/** x y; integers wrap. @example lax.mul(np.array([1, 2]), np.array([3, 4])) // [3, 8] */
export const mul = binary('mul', {
  domain: 'number',
  jvp: [(dx, _, y) => mul(dx, y), (dy, x) => mul(x, dy)],
  transpose: (ct, x, y) => (x instanceof LinearInput ? [mul(ct, y as Tensor), null] : [null, mul(x, ct)]),
})

/**
 * x / y; integers divide towards zero, and by zero as XLA does: −1, or all ones unsigned. d(x/y) = dx/y − (x/y) dy/y
 * @example lax.div(np.arange(6), 4) // [0, 0, 0, 0, 1, 1]
 */
export const div = binary('div', {
  domain: 'number',
  jvp: [(dx, _, y) => div(dx, y), (dy, _x, y, z) => mul(neg(div(z, y)), dy)],
  transpose: (ct, x, y) => [x instanceof LinearInput ? div(ct, y as Tensor) : null, null],
})

/**
 * Remainder with the sign of the dividend, as C's fmod. d rem(x, y) = dx − trunc(x/y) dy
 * @example lax.rem(np.array([5, -5]), 3) // [2, -2]
 */
export const rem = binary('rem', {
  domain: 'number',
  jvp: [(dx) => dx, (dy, x, y) => mul(neg(trunc(div(x, y))), dy)],
})

/** The whole part: x rounded towards 0. @example lax.trunc(np.array([1.7, -1.7])) // [1, -1] */
export const trunc = unary('trunc', { domain: 'float', jvp: null })

/** −1, 0 or 1; NaN and ±0 stay themselves. @example lax.sign(np.array([-3, 0, 2])) // [-1, 0, 1] */
export const sign = unary('sign', { domain: 'number', jvp: null })

/** |x|, with derivative 0 at 0. @example lax.abs(np.array([-3, 2])) // [3, 2] */
export const abs = unary('abs', { domain: 'number', jvp: (dx, x) => mul(dx, sign(x)) })

/** x² @example lax.square(np.array([-3, 2])) // [9, 4] */
export const square = unary('square', { domain: 'number', jvp: (dx, x) => mul(dx, mul(x, 2)) })

/** 1 / x @example lax.reciprocal(np.array([2, 4])) // [0.5, 0.25] */
export const reciprocal = unary('reciprocal', { domain: 'float', jvp: (dx, _, y) => mul(dx, neg(square(y))) })
