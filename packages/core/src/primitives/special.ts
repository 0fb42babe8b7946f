/** Error functions, the gamma family, and modified Bessel functions. */

import { RangeError } from '../errors.js'
import { show } from '../show.js'
import type { Tensor } from '../tensor.js'
import { abs, add, div, mul, neg, reciprocal, sign, square, sub } from './arithmetic.js'
import { gt } from './compare.js'
import { convertElementType } from './convert.js'
import { unary } from './elementwise.js'
import { exp, integerPow, sqrt } from './exponential.js'
import { round } from './rounding.js'
import { select } from './select.js'
import { cos, sin } from './trigonometric.js'

const twoOverRootPi = 2 / Math.sqrt(Math.PI)

/** 2/√π ∫₀ˣ exp(−t²) dt @example lax.erf(np.array([0, 1])) // [0, 0.8427008] */
export const erf = unary('erf', { domain: 'float', jvp: (dx, x) => mul(dx, mul(exp(neg(square(x))), twoOverRootPi)) })

/** 1 − erf x, exact for large x. @example lax.erfc(np.array([0, 1])) // [1, 0.1572992] */
export const erfc = unary('erfc', {
  domain: 'float',
  jvp: (dx, x) => mul(dx, mul(exp(neg(square(x))), -twoOverRootPi)),
})

/** The inverse of erf: ±∞ at ±1, NaN outside. @example lax.erfInv(np.array([0, 0.5])) // [0, 0.4769363] */
export const erfInv = unary('erfInv', {
  domain: 'float',
  jvp: (dx, _, y) => mul(dx, mul(exp(square(y)), 1 / twoOverRootPi)),
})

/** log |Γ(x)| @example lax.lgamma(np.array([1, 5])) // [0, 3.1780539] */
export const lgamma = unary('lgamma', { domain: 'float', jvp: (dx, x) => mul(dx, digamma(x)) })

/** ψ(x) = d log Γ(x) / dx @example lax.digamma(np.array([1, 2])) // [-0.5772157, 0.4227843] */
export const digamma = unary('digamma', { domain: 'float', jvp: (dx, x) => mul(dx, polygamma(1, x)) })

/** B₂, B₄, … B₁₆ (NIST DLMF table 24.2.1) */
const bernoulli = [1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510]

/** Terms that are summed before the asymptotic series starts; from x + 12 on eight of its terms give float64. */
const leading = 12

const highestOrder = 169

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))

/**
 * ζ(s, q) = Σₖ (q + k)⁻ˢ over k ≥ 0 for whole s ≥ 2 and q > 0, by Euler and Maclaurin (DLMF 25.11.5): twelve terms as they
 * are, the integral of the rest, half of the next term, and corrections by Bernoulli numbers.
 */
const hurwitz = (s: number, q: Tensor): Tensor => {
  let sum = integerPow(q, -s)
  for (let k = 1; k < leading; k++) sum = add(sum, integerPow(add(q, k), -s))
  const inverse = reciprocal(add(q, leading))
  const step = square(inverse)
  let term = mul(integerPow(inverse, s + 1), s)
  let tail = add(div(integerPow(inverse, s - 1), s - 1), mul(integerPow(inverse, s), 0.5))
  bernoulli.forEach((b, i) => {
    const j = i + 1
    tail = add(tail, mul(term, b / factorial(2 * j)))
    term = mul(mul(term, step), (s + 2 * j - 1) * (s + 2 * j))
  })
  return add(sum, tail)
}

/** The n-th derivative of π cot πx divided by π^(n+1), as a polynomial in c = cot πx: from p to −(1 + c²) p′. */
const cotangentDerivative = (n: number): readonly number[] => {
  let p: readonly number[] = [0, 1]
  for (let i = 0; i < n; i++) {
    const slope = p.slice(1).map((coefficient, power) => -coefficient * (power + 1))
    p = Array.from({ length: slope.length + 2 }, (_, power) => (slope[power] ?? 0) + (slope[power - 2] ?? 0))
  }
  return p
}

/**
 * The n-th derivative of digamma: (−1)ⁿ⁺¹ n! ζ(n + 1, x), continued to negative x by reflection (DLMF 5.15.6), with poles at
 * 0, −1, −2 … It is made of other operations, so it has derivatives of every order.
 * @throws RangeError unless n is a whole number ≥ 0
 * @example lax.polygamma(1, np.array(1)).item() // Math.PI ** 2 / 6
 */
export const polygamma = (n: number, x: Tensor): Tensor => {
  // (n + 1)! is beyond float64 from there on.
  if (!Number.isInteger(n) || n < 0 || n > highestOrder)
    throw new RangeError(`polygamma: the order ${show(n)} is no whole number from 0 to ${highestOrder}.`)
  if (n === 0) return digamma(x)
  const positive = gt(x, 0)
  const onRight = mul(hurwitz(n + 1, select(positive, x, sub(1, x))), (n % 2 === 1 ? 1 : -1) * factorial(n))
  // Where x > 0 the reflection is not used; ½ keeps its poles out of the derivative.
  const angle = mul(select(positive, 0.5, sub(x, round(x))), Math.PI)
  const cotangent = div(cos(angle), sin(angle))
  const [highest, ...lower] = [...cotangentDerivative(n)].reverse() as [number, ...number[]]
  const start = add(mul(cotangent, highest), lower[0] as number)
  const polynomial = lower.slice(1).reduce((sum, coefficient) => add(mul(sum, cotangent), coefficient), start)
  const reflected = sub(mul(onRight, n % 2 === 1 ? -1 : 1), mul(polynomial, Math.PI ** (n + 1)))
  return select(positive, onRight, reflected)
}

/** From here on 28 terms of the expansion at infinity are all digits of float64. */
const far = 20
const terms = 28

/** −(k + ½) (−1)ᵏ aₖ(ν) / √(2π): the terms of e⁻ˣ I_ν(x) ~ Σ (−1)ᵏ aₖ(ν) x^(−k − ½) / √(2π) (DLMF 10.40.1 and 10.17.1), differentiated. */
const slopesAtInfinity = (nu: 0 | 1): readonly number[] => {
  let term = 1 / Math.sqrt(2 * Math.PI)
  return Array.from({ length: terms }, (_, k) => {
    if (k > 0) term *= ((2 * k - 1) ** 2 - 4 * nu ** 2) / (8 * k)
    return -(k + 0.5) * term
  })
}
const slopes = [slopesAtInfinity(0), slopesAtInfinity(1)] as const

/**
 * The slope of e⁻|x| I_ν(x): `near` by the other function, and far out, where that is a difference of nearly equal numbers, by the
 * expansion at infinity. Every order of derivative loses some digits to such differences, so all are taken in float64.
 */
const slopeOf = (nu: 0 | 1, x: Tensor, near: (wide: Tensor) => Tensor): Tensor => {
  const wide = convertElementType(x, 'float64')
  const size = abs(wide)
  const isFar = gt(size, far)
  const distance = select(isFar, size, far)
  const inverse = reciprocal(distance)
  const [last, ...others] = [...slopes[nu]].reverse() as [number, ...number[]]
  const series = others.reduce((sum, c) => add(mul(sum, inverse), c), add(mul(inverse, 0), last))
  const beyond = mul(mul(series, inverse), reciprocal(sqrt(distance)))
  return convertElementType(select(isFar, nu === 0 ? mul(sign(wide), beyond) : beyond, near(wide)), x.dtype)
}

/**
 * e⁻|x| I₀(x). d = e⁻|x| I₁(x) − sign(x) y, which far out is a difference of nearly equal numbers and there has a series of its own
 * @example lax.besselI0e(np.array([0, 1])) // [1, 0.4657596]
 */
export const besselI0e: (x: Tensor) => Tensor = unary('besselI0e', {
  domain: 'float',
  jvp: (dx, x) =>
    mul(
      dx,
      slopeOf(0, x, (v) => sub(besselI1e(v), mul(sign(v), besselI0e(v)))),
    ),
})

/** ½ / (k! (k+1)!) for k = 9 … 0: I₁(x)/x in powers of x²/4 (DLMF 10.25.2), to float64's precision for |x| ≤ 1. */
const ratioSeries = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((k) => 0.5 / (factorial(k) * factorial(k + 1)))

/** e⁻|x| I₁(x) / x, by a series near 0, where the quotient loses the digits of derivatives; y is e⁻|x| I₁(x). */
const overArgument = (x: Tensor, y: Tensor): Tensor => {
  const far = gt(abs(x), 1)
  const quarter = mul(square(select(far, 0, x)), 0.25)
  const [first, ...rest] = ratioSeries as [number, ...number[]]
  const series = rest.reduce((sum, c) => add(mul(sum, quarter), c), add(mul(quarter, 0), first))
  return select(far, div(y, select(far, x, 1)), mul(series, exp(neg(abs(x)))))
}

/**
 * e⁻|x| I₁(x). d = e⁻|x| I₀(x) − (sign(x) + 1/x) y, which tends to ½ at 0
 * @example lax.besselI1e(np.array([0, 1])) // [0, 0.2079104]
 */
export const besselI1e: (x: Tensor) => Tensor = unary('besselI1e', {
  domain: 'float',
  jvp: (dx, x) =>
    mul(
      dx,
      slopeOf(1, x, (v) => {
        const y = besselI1e(v)
        return sub(sub(besselI0e(v), mul(sign(v), y)), overArgument(v, y))
      }),
    ),
})
