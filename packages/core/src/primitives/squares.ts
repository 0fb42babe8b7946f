/** Squares in rules for derivatives, which overflow or cancel unless one takes care. */
import type { Tensor } from '../tensor.js'
import { abs, add, div, mul, reciprocal, square, sub } from './arithmetic.js'
import { eq, lt } from './compare.js'
import { sqrt } from './exponential.js'
import { stopGradient } from './identity.js'
import { max, min } from './maximum.js'
import { clamp, select } from './select.js'

/** The largest scale: a power of two whose inverse is no subnormal number. */
const largest = (x: Tensor): number => (x.dtype === 'float32' ? 2 ** 126 : 2 ** 1022)

/** 1 / s and (1 + x²) / s², for s = max(1, |x|). What is made of them does not depend on s, so that s counts as a constant. */
export const scaledToOne = (x: Tensor): { readonly inverse: Tensor; readonly squares: Tensor } => {
  const scale = stopGradient(clamp(1, abs(x), largest(x)))
  const inverse = reciprocal(scale)
  return { inverse, squares: add(square(div(x, scale)), square(inverse)) }
}

/** A number that x and y may be divided by before they are squared, as a constant. */
export const commonScale = (x: Tensor, y: Tensor): Tensor => stopGradient(min(max(abs(x), abs(y)), largest(x)))

/** √v of a sum of squares, whose derivatives where it is 0 are 0 too: the length of a vector has a corner there. */
export const rootOfSquares = (v: Tensor): Tensor => {
  const zero = eq(v, 0)
  return select(zero, 0, sqrt(select(zero, 1, v)))
}

/** 1 − x²: a product near ±1, where it keeps the digits of 1 − |x|, and a difference near 0, where its derivative keeps those of x. */
export const oneMinusSquare = (x: Tensor): Tensor =>
  select(lt(abs(x), 0.5), sub(1, square(x)), mul(sub(1, x), add(1, x)))
