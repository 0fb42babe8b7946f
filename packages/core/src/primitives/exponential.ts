/** Exponentials, logarithms, roots and powers. */

import { isFloat } from '../dtype.js'
import { DTypeError, RangeError } from '../errors.js'
import { showType } from '../print.js'
import { show } from '../show.js'
import { type Tensor, uniform } from '../tensor.js'
import { add, div, mul, reciprocal, square, sub } from './arithmetic.js'
import { eq } from './compare.js'
import { type Composite, composite } from './composite.js'
import { binary, unary } from './elementwise.js'
import { and } from './logical.js'
import { integer } from './parameters.js'
import { select } from './select.js'

/** eˣ. @example lax.exp(np.array([0, 1])).toArray() // [1, 2.7182817] */
export const exp = unary('exp', { domain: 'float', jvp: (dx, _, y) => mul(dx, y) })

/** 2ˣ @example lax.exp2(np.array([-1, 3])) // [0.5, 8] */
export const exp2 = unary('exp2', { domain: 'float', jvp: (dx, _, y) => mul(dx, mul(y, Math.LN2)) })

/** eˣ − 1, without the cancellation near 0. @example lax.expm1(np.array([0, 1])) // [0, 1.7182818] */
export const expm1 = unary('expm1', { domain: 'float', jvp: (dx, x) => mul(dx, exp(x)) })

/** The natural logarithm: −∞ at 0, NaN below. @example lax.log(np.array([1, Math.E])) // [0, 1] */
export const log = unary('log', { domain: 'float', jvp: (dx, x) => div(dx, x) })

/** The logarithm to base 2. @example lax.log2(np.array([8, 0.5])) // [3, -1] */
export const log2 = unary('log2', { domain: 'float', jvp: (dx, x) => div(dx, mul(x, Math.LN2)) })

/** The logarithm to base 10. @example lax.log10(np.array([1000, 0.1])) // [3, -1] */
export const log10 = unary('log10', { domain: 'float', jvp: (dx, x) => div(dx, mul(x, Math.LN10)) })

/** log(1 + x), without the cancellation near 0. @example lax.log1p(np.array([0, 1])) // [0, 0.6931472] */
export const log1p = unary('log1p', { domain: 'float', jvp: (dx, x) => div(dx, add(x, 1)) })

/** √x, with derivative ∞ at 0. @example lax.sqrt(np.array([4, 2])) // [2, 1.4142135] */
export const sqrt = unary('sqrt', { domain: 'float', jvp: (dx, _, y) => mul(dx, div(0.5, y)) })

/** 1 / √x. d = −½ y/x dx @example lax.rsqrt(np.array([4, 0.25])) // [0.5, 2] */
export const rsqrt = unary('rsqrt', { domain: 'float', jvp: (dx, x, y) => mul(dx, mul(div(y, x), -0.5)) })

/** ∛x, for negative x too. d ∛x = dx / (3 ∛x²) @example lax.cbrt(np.array([27, -8])) // [3, -2] */
export const cbrt = unary('cbrt', { domain: 'float', jvp: (dx, _, y) => mul(dx, div(1 / 3, square(y))) })

/** `x` where `mask` is false, 1 where it is true: keeps a pole or a logarithm's −∞ out of a derivative. */
const oneWhere = (mask: Tensor, x: Tensor): Tensor => select(mask, 1, x)

/**
 * xʸ, with pow(x, 0) = 1 for every x. d xʸ = y xʸ⁻¹ dx + xʸ log x dy, where at x = 0 the second term is 0, and so is the
 * first at x = y = 0.
 * @example lax.pow(np.array([2, 3]), np.array([10, 0])) // [1024, 1]
 */
export const pow = binary('pow', {
  domain: 'number',
  jvp: [
    (dx, x, y) => {
      const corner = and(eq(x, 0), eq(y, 0))
      return mul(dx, mul(y, pow(oneWhere(corner, x), sub(y, 1))))
    },
    (dy, x, _y, z) => mul(dy, mul(log(oneWhere(eq(x, 0), x)), z)),
  ],
})

/** 1 / xⁿ for n ≥ 1. d = −n / xⁿ⁺¹ dx, of which neither the square of y nor that of x is a part. */
const reciprocalPower: Composite<{ readonly exponent: number }> = composite('reciprocalPower', {
  parameters: { exponent: integer(1) },
  value: (x, { exponent }) => reciprocal(integerPow(x, exponent)),
  jvp: (dx, x, _, { exponent }) => mul(dx, mul(reciprocalPower(x, { exponent: exponent + 1 }), -exponent)),
})

/**
 * xⁿ for a constant whole number n, by repeated squaring, so that it is exact where products are and its derivatives are
 * right at 0.
 * @throws RangeError if `exponent` is no whole number, DTypeError for negative powers of integers
 * @example lax.integerPow(np.array([2, -3]), 3).toArray() // [8, -27]
 */
export const integerPow = (x: Tensor, exponent: number): Tensor => {
  if (!Number.isInteger(exponent)) {
    throw new RangeError(
      `integerPow: the exponent ${show(exponent)} is no whole number. Use pow(x, y) for real exponents.`,
    )
  }
  if (exponent < 0) {
    if (isFloat(x.dtype)) return exponent === -1 ? reciprocal(x) : reciprocalPower(x, { exponent: -exponent })
    throw new DTypeError(
      `integerPow: ${showType(x)} to the power ${exponent} is no integer. Convert with x.astype('float32').`,
    )
  }
  if (exponent === 0) return uniform(1, x)
  let result: Tensor | null = null
  let power = x
  for (let rest = exponent; ; power = mul(power, power)) {
    if (rest % 2 === 1) result = result === null ? power : mul(result, power)
    rest = Math.floor(rest / 2)
    if (rest === 0) return result as Tensor
  }
}
