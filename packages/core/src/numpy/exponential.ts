/** Exponentials, logarithms and roots. Integers become float32. */
import { add, mul, sub } from '../primitives/arithmetic.js'
import { ge, ne } from '../primitives/compare.js'
import * as p from '../primitives/exponential.js'
import { max } from '../primitives/maximum.js'
import { select } from '../primitives/select.js'
import type { Tensor } from '../tensor.js'
import { floatBinary, floatUnary } from './promotion.js'

/** eˣ. @example np.exp(0).item() // 1 */
export const exp = floatUnary('exp', p.exp)

/** 2ˣ. @example np.exp2(3).item() // 8 */
export const exp2 = floatUnary('exp2', p.exp2)

/** eˣ − 1, exact near 0. @example np.expm1(0).item() // 0 */
export const expm1 = floatUnary('expm1', p.expm1)

/** The natural logarithm: −∞ at 0, NaN below. @example np.log(1).item() // 0 */
export const log = floatUnary('log', p.log)

/** The logarithm to base 2. @example np.log2(8).item() // 3 */
export const log2 = floatUnary('log2', p.log2)

/** The logarithm to base 10. @example np.log10(1000).item() // 3 */
export const log10 = floatUnary('log10', p.log10)

/** log(1 + x), exact near 0. @example np.log1p(0).item() // 0 */
export const log1p = floatUnary('log1p', p.log1p)

/** √x, NaN below 0. @example np.sqrt(np.array([4, 9])).toArray() // [2, 3] */
export const sqrt = floatUnary('sqrt', p.sqrt)

/** ∛x, of negative numbers too. @example np.cbrt(-8).item() // -2 */
export const cbrt = floatUnary('cbrt', p.cbrt)

/**
 * The larger exponent and the smaller one minus it, which is 0 of equal infinities. A sum of exponentials is smooth where both are
 * equal, so the first is chosen there, and has a whole derivative; infinities share it.
 */
const largerAndGap = (x: Tensor, y: Tensor): readonly [Tensor, Tensor] => {
  const first = ge(x, y)
  const [large, small] = [select(first, x, y), select(first, y, x)]
  const gap = sub(small, large)
  const equalInfinities = ne(gap, gap)
  return [select(equalInfinities, max(x, y), large), select(equalInfinities, 0, gap)]
}

/**
 * log(eˣ + eʸ) without overflow: max + log1p(e^−|x−y|). Derivatives are finite everywhere, also at −∞.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.logaddexp(0, 0).item() // 0.6931472
 */
export const logaddexp = floatBinary('logaddexp', (x, y) => {
  const [large, gap] = largerAndGap(x, y)
  return add(large, p.log1p(p.exp(gap)))
})

/**
 * log₂(2ˣ + 2ʸ) without overflow.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.logaddexp2(3, 3).item() // 4
 */
export const logaddexp2 = floatBinary('logaddexp2', (x, y) => {
  const [large, gap] = largerAndGap(x, y)
  return add(large, mul(p.log1p(p.exp2(gap)), Math.LOG2E))
})
