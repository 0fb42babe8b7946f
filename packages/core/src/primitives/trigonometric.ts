/** Trigonometric functions and their inverses, in radians. */
import type { Tensor } from '../tensor.js'
import { add, div, mul, neg, square } from './arithmetic.js'
import { binary, unary } from './elementwise.js'
import { rsqrt } from './exponential.js'
import { commonScale, oneMinusSquare, scaledToOne } from './squares.js'

/** The sine. @example lax.sin(np.array([0, Math.PI / 2])).toArray() // [0, 1] */
export const sin = unary('sin', { domain: 'float', jvp: (dx, x) => mul(dx, cos(x)) })

/** The cosine. @example lax.cos(np.array([0, Math.PI])) // [1, -1] */
export const cos = unary('cos', { domain: 'float', jvp: (dx, x) => mul(dx, neg(sin(x))) })

/** d tan x = (1 + tan² x) dx @example lax.tan(np.array([0, Math.PI / 4])) // [0, 1] */
export const tan = unary('tan', { domain: 'float', jvp: (dx, _, y) => mul(dx, add(square(y), 1)) })

/** Defined for |x| ≤ 1. d asin x = dx / √(1 − x²) @example lax.asin(np.array([0, 1])) // [0, 1.5707964] */
export const asin = unary('asin', { domain: 'float', jvp: (dx, x) => mul(dx, rsqrt(oneMinusSquare(x))) })

/** Defined for |x| ≤ 1. @example lax.acos(np.array([1, 0])) // [0, 1.5707964] */
export const acos = unary('acos', { domain: 'float', jvp: (dx, x) => mul(dx, neg(rsqrt(oneMinusSquare(x)))) })

/** d atan x = dx / (1 + x²) @example lax.atan(np.array([0, 1])) // [0, 0.7853982] */
export const atan = unary('atan', {
  domain: 'float',
  jvp: (dx, x) => {
    const { inverse, squares } = scaledToOne(x)
    return div(mul(dx, square(inverse)), squares)
  },
})

/** x / (x² + y²) */
const overSquares = (x: Tensor, y: Tensor): Tensor => {
  const scale = commonScale(x, y)
  const [u, v] = [div(x, scale), div(y, scale)]
  return div(div(u, add(square(u), square(v))), scale)
}

/**
 * The angle of the point (y, x), from −π to π. d atan2(y, x) = (x dy − y dx) / (x² + y²)
 * @example lax.atan2(np.array([1, 0]), np.array([0, -1])) // [1.5707964, 3.1415927]
 */
export const atan2 = binary('atan2', {
  domain: 'float',
  jvp: [(dy, y, x) => mul(dy, overSquares(x, y)), (dx, y, x) => mul(dx, neg(overSquares(y, x)))],
})
