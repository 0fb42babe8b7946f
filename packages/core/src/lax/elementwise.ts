/**
 * Elementwise operations by JAX's names: operands of one shape and dtype, JS numbers as constants, no broadcasting and no
 * promotion (np's functions do both). In reading order: arithmetic, powers and logarithms, angles, hyperbolic and special
 * functions, rounding, comparison and choice, bits, dtypes.
 */
import { roundHalfAway, round as roundHalfEven } from '../primitives/rounding.js'
import type { Tensor } from '../tensor.js'

export { abs, add, div, mul, neg, reciprocal, rem, sign, square, sub, trunc } from '../primitives/arithmetic.js'
export {
  cbrt,
  exp,
  exp2,
  expm1,
  integerPow,
  log,
  log1p,
  log2,
  log10,
  pow,
  rsqrt,
  sqrt,
} from '../primitives/exponential.js'
export { acosh, asinh, atanh, cosh, logistic, sinh, tanh } from '../primitives/hyperbolic.js'
export { max, min } from '../primitives/maximum.js'
export { ceil, floor, isFinite, nextafter } from '../primitives/rounding.js'
export { besselI0e, besselI1e, digamma, erf, erfc, erfInv, lgamma, polygamma } from '../primitives/special.js'
export { acos, asin, atan, atan2, cos, sin, tan } from '../primitives/trigonometric.js'

/** Where halves go. */
export type RoundingMode = 'awayFromZero' | 'toNearestEven'

/**
 * The nearest whole number. As in JAX halves go away from 0 unless said; np.round sends them to the even neighbour.
 * @example lax.round(np.array([0.5, 1.5])).toArray() // [1, 2]
 */
export const round = (x: Tensor, mode: RoundingMode = 'awayFromZero'): Tensor =>
  mode === 'toNearestEven' ? roundHalfEven(x) : roundHalfAway(x)

export { eq, ge, gt, le, lt, ne } from '../primitives/compare.js'
export { bitcastConvertType, convertElementType } from '../primitives/convert.js'

export {
  and as bitwiseAnd,
  clz,
  not as bitwiseNot,
  or as bitwiseOr,
  popcount as populationCount,
  shl as shiftLeft,
  shrArithmetic as shiftRightArithmetic,
  shrLogical as shiftRightLogical,
  xor as bitwiseXor,
} from '../primitives/logical.js'
export { clamp, select, selectN } from '../primitives/select.js'
