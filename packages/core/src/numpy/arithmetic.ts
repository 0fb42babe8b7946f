/** Arithmetic with promotion and broadcasting: sums, products, quotients, remainders, powers. */

import { isFloat, isUnsigned } from '../dtype.js'
import { named } from '../operation.js'
import * as p from '../primitives/arithmetic.js'
import { eq, gt, lt, ne } from '../primitives/compare.js'
import { integerPow, pow as powP } from '../primitives/exponential.js'
import { and, or, xor } from '../primitives/logical.js'
import { isFinite, round } from '../primitives/rounding.js'
import { select } from '../primitives/select.js'
import { Tensor, type TensorLike, toTensor, uniform } from '../tensor.js'
import { type DualBinary, dualBinary } from './dual.js'
import { binary, floatBinary, floatUnary, numericBinary, toFloat, toNumeric } from './promotion.js'

/**
 * x + y, with promotion and broadcasting; of bools, whether either is true.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.add(np.array([1, 2]), 10).toArray() // [11, 12]
 * @example pipe(np.array([1, 2]), np.add(10)).toArray() // [11, 12]
 */
export const add = binary('add', (x, y) => (x.dtype === 'bool' ? or(x, y) : p.add(x, y)))

/**
 * x − y. In a pipe `np.subtract(y)` takes y away.
 * @throws ShapeError if the shapes do not broadcast, DTypeError for bools
 * @example np.subtract(1, np.array([1, 2])).toArray() // [0, -1]
 */
export const subtract = binary('subtract', p.sub)

/**
 * x · y, element by element; of bools, whether both are true.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.multiply(np.array([1, 2]), np.array([[10], [20]])).toArray() // [[10, 20], [20, 40]]
 */
export const multiply = binary('multiply', (x, y) => (x.dtype === 'bool' ? and(x, y) : p.mul(x, y)))

/**
 * x / y, the true quotient: integers become float32, and 1/0 is ∞.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.divide(np.arange(3), 2).toArray() // [0, 0.5, 1]
 */
export const divide = floatBinary('divide', p.div)

/** x / y: another name of `divide`. @example np.trueDivide(1, 4).item() // 0.25 */
export const trueDivide = divide

/** −x. @throws DTypeError for bools @example np.negative(np.array([1, -2])).toArray() // [-1, 2] */
export const negative = named('negative', (x: TensorLike): Tensor => p.neg(toTensor(x)))

/** x itself. @example np.positive(np.array([1, -2])).toArray() // [1, -2] */
export const positive = named('positive', (x: TensorLike): Tensor => toTensor(x))

/** 1 / x, in floats. @example np.reciprocal(np.array([2, 4])).toArray() // [0.5, 0.25] */
export const reciprocal = floatUnary('reciprocal', p.reciprocal)

/** x². @example np.square(np.array([3, -4])).toArray() // [9, 16] */
export const square = named('square', (x: TensorLike): Tensor => p.square(toNumeric(x)))

/** |x|, with derivative 0 at 0; bools stay. @example np.abs(np.array([3, -4])).toArray() // [3, 4] */
export const abs = named('abs', (x: TensorLike): Tensor => {
  const tensor = toTensor(x)
  return tensor.dtype === 'bool' ? tensor : p.abs(tensor)
})

/** |x|: another name of `abs`. @example np.absolute(-2).item() // 2 */
export const absolute = abs

/** −1, 0 or 1; NaN stays NaN. @example np.sign(np.array([-3, 0, 2])).toArray() // [-1, 0, 1] */
export const sign = named('sign', (x: TensorLike): Tensor => p.sign(toNumeric(x)))

/** The remainder with the sign of the divisor: where C's has the other sign, one divisor is added. */
const modulo = (x: Tensor, y: Tensor): Tensor => {
  const r = p.rem(x, y)
  const other = and(ne(r, 0), xor(lt(r, 0), lt(y, 0)))
  return select(other, p.add(r, y), r)
}

/** Quotients rounded towards −∞, from C's remainder, which is exact; NumPy's steps, so that infinite divisors give 0 or −1. */
const floorQuotient = (x: Tensor, y: Tensor): Tensor => {
  if (isFloat(x.dtype)) {
    const r = p.rem(x, y)
    const towardsZero = p.div(p.sub(x, r), y)
    const other = and(ne(r, 0), xor(lt(r, 0), lt(y, 0)))
    return round(select(eq(y, 0), p.div(x, y), select(other, p.sub(towardsZero, 1), towardsZero)))
  }
  const q = p.div(x, y)
  if (isUnsigned(x.dtype)) return q
  const r = p.rem(x, y)
  return select(and(ne(r, 0), ne(p.sign(r), p.sign(y))), p.sub(q, 1), q)
}

/**
 * ⌊x / y⌋, Python's `//`. As in NumPy a float divided by 0 is infinite, 0 by 0 NaN. Integers divided by 0 are what they are in JAX:
 * −2, 0 by 0 is −1, unsigned ones are the largest.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.floorDivide(np.array([7, -7]), 2).toArray() // [3, -4]
 */
export const floorDivide = numericBinary('floorDivide', floorQuotient)

/**
 * The remainder with the sign of the divisor, Python's `%`: x − ⌊x/y⌋ y.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.remainder(np.array([7, -7]), 3).toArray() // [1, 2]
 */
export const remainder = numericBinary('remainder', modulo)

/** The remainder with the sign of the divisor: another name of `remainder`. @example np.mod(-1, 3).item() // 2 */
export const mod = remainder

/**
 * The remainder with the sign of the dividend, C's fmod.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.fmod(np.array([7, -7]), 3).toArray() // [1, -1]
 */
export const fmod = numericBinary('fmod', p.rem)

/**
 * `[⌊x / y⌋, x mod y]`.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.divmod(np.array([7, -7]), 2).map((t) => t.toArray()) // [[3, -4], [1, 1]]
 */
export const divmod: DualBinary<readonly [Tensor, Tensor]> = dualBinary(
  'divmod',
  (x, y) => [floorDivide(x, y), remainder(x, y)] as const,
)

/**
 * The fractional and the whole part, both with the sign of x.
 * @example np.modf(np.array([1.5, -2.25])).map((t) => t.toArray()) // [[0.5, -0.25], [1, -2]]
 */
export const modf = named('modf', (x: TensorLike): readonly [Tensor, Tensor] => {
  const value = toFloat(x)
  const whole = p.trunc(value)
  const infinite = and(
    eq(value, whole),
    eq(isFinite(value), uniform(0, { shape: value.sizes, dtype: 'bool', weakType: false })),
  )
  return [select(infinite, 0, p.sub(value, select(infinite, 0, whole))), whole]
})

/** Constant powers that a few products give within 2 ulp. */
const fewProducts = (exponent: number): boolean => exponent >= -2 && exponent <= 4

const power2 = numericBinary('power', powP)

/**
 * xʸ, with x⁰ = 1 for every x. A whole constant y is computed by products, exactly in integers.
 * @throws ShapeError if the shapes do not broadcast, DTypeError for integers to a negative constant
 * @example np.power(np.array([1, 2, 3]), 2).toArray() // [1, 4, 9]
 */
export const power = dualBinary('power', (x, y) => {
  if (typeof y === 'number' && Number.isInteger(y) && x instanceof Tensor) {
    if (!isFloat(x.dtype)) return integerPow(toNumeric(x), y)
    if (fewProducts(y)) return integerPow(x, y)
  }
  return power2(x, y)
})

/** xʸ: another name of `power`. @example np.pow(2, 10).item() // 1024 */
export const pow = power

/**
 * xʸ in floats: integers become float32, so negative powers are fractions.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.floatPower(np.array([2, 4]), -1).toArray() // [0.5, 0.25]
 */
export const floatPower = floatBinary('floatPower', powP)

/**
 * 0 below 0, 1 above, and `y` at 0; NaN stays NaN.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.heaviside(np.array([-1, 0, 2]), 0.5).toArray() // [0, 0.5, 1]
 */
export const heaviside = floatBinary('heaviside', (x, y) =>
  select(eq(x, 0), y, select(gt(x, 0), 1, select(lt(x, 0), 0, x))),
)
