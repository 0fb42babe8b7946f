/** The inverse error function that XLA evaluates, so that normal samples have JAX's bits. */
import { abs, add, mul, neg, square, sub } from '../primitives/arithmetic.js'
import { eq, lt } from '../primitives/compare.js'
import { convertElementType } from '../primitives/convert.js'
import { exp, log1p, sqrt } from '../primitives/exponential.js'
import { select } from '../primitives/select.js'
import { erfInv } from '../primitives/special.js'
import { type Tensor, uniform } from '../tensor.js'
import { customJvp } from '../transforms/custom-jvp.js'
import { jit } from '../transforms/jit.js'

// Giles 2010, "Approximating the erfinv function", table 5: polynomials in w − 2.5 and √w − 3, highest degree first.
const centre = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
]
const tail = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
]

/** a·b + c rounded once to float32, as a fused multiply-add does: products of float32 are exact in float64. */
const fused = (a: Tensor, b: Tensor, c: Tensor): Tensor =>
  convertElementType(convertElementType(add(mul(a, b), c), 'float32'), 'float64')

/** Of float32, as one program: forty passes. XLA contracts the steps of Horner's scheme to fused multiply-adds. */
const polynomial = jit((x: Tensor): Tensor => {
  const w = neg(log1p(neg(mul(x, x))))
  const isCentre = lt(w, 5)
  const t = convertElementType(select(isCentre, sub(w, 2.5), sub(sqrt(w), 3)), 'float64')
  const coefficients = centre.map((c, i) =>
    select(isCentre, uniform(Math.fround(c), t), uniform(Math.fround(tail[i] as number), t)),
  )
  const p = coefficients.reduce((sum, c) => fused(sum, t, c))
  // At ±1 the polynomial is ∞ − ∞.
  return select(eq(abs(x), 1), mul(x, Number.POSITIVE_INFINITY), mul(convertElementType(p, 'float32'), x))
})

/**
 * The inverse of erf with XLA's bits in float32; in float64 it is the primitive, exact to the last digits.
 * It has no derivative of its own: see `erfInvLikeXla`.
 */
export const erfInvBits = (x: Tensor): Tensor => (x.dtype === 'float32' ? polynomial(x) : erfInv(x))

/** `erfInvBits` with the derivative of the function it approximates, √π/2 exp(y²). */
export const erfInvLikeXla = customJvp(erfInvBits, ([x], [dx]) => {
  const y = erfInvBits(x)
  return [y, mul(dx, mul(exp(square(y)), Math.sqrt(Math.PI) / 2))]
})
