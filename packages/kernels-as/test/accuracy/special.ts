/** Special functions to about 150 bits, from series and continued fractions: the oracle of the accuracy tests. */
import {
  abs,
  add,
  type Big,
  big,
  div,
  integer,
  less,
  magnitude,
  mul,
  neg,
  one,
  ratio,
  scale,
  sqrt,
  sub,
  toNumber,
  zero,
} from './big.js'
import { exp, log, pi, sinPi, tanPi } from './precise.js'

const rootPi = sqrt(pi)

/** 2/√π · e^(−x²) Σ 2ᵏ x^(2k+1)/(2k+1)!!: every term is positive. */
const erfSeries = (x: Big): Big => {
  const square = mul(x, x)
  let term = x
  let sum = x
  for (let k = 1; magnitude(term) > magnitude(sum) - 230 && k < 4000; k++) {
    term = div(scale(mul(term, square), 1), integer(2 * k + 1))
    sum = add(sum, term)
  }
  return div(scale(mul(exp(neg(square)), sum), 1), rootPi)
}

/** Laplace's continued fraction, for x ≥ 2. */
const erfcFraction = (x: Big): Big => {
  const square = mul(x, x)
  const terms = Math.ceil(60 + 2400 / toNumber(square))
  let k = one
  for (let n = terms; n >= 1; n--) k = add(one, div(div(integer(n), scale(square, 1)), k))
  return div(exp(neg(square)), mul(mul(x, rootPi), k))
}

const twoBig = big(2)
export const erfc = (x: Big): Big => {
  if (x.m < 0n) return sub(twoBig, erfc(neg(x)))
  return less(x, twoBig) ? sub(one, erfSeries(x)) : erfcFraction(x)
}
export const erf = (x: Big): Big => {
  if (x.m === 0n) return zero
  if (x.m < 0n) return neg(erf(neg(x)))
  return less(x, twoBig) ? erfSeries(x) : sub(one, erfcFraction(x))
}

/** Halley on erf(y) = x from Winitzki's approximation. */
export const erfInv = (x: Big): Big => {
  if (x.m < 0n) return neg(erfInv(neg(x)))
  if (x.m === 0n) return zero
  if (magnitude(x) < -60) return scale(mul(x, rootPi), -1)
  const rest = sub(one, x)
  const l = toNumber(log(mul(rest, add(one, x))))
  const a = 2 / (Math.PI * 0.147) + l / 2
  let y = big(Math.sqrt(Math.sqrt(a * a - l / 0.147) - a))
  for (let i = 0; i < 6; i++) {
    const square = mul(y, y)
    const miss = less(y, big(0.5)) ? sub(erf(y), x) : sub(rest, erfc(y))
    const u = scale(mul(mul(miss, rootPi), exp(square)), -1)
    y = sub(y, div(u, add(one, mul(u, y))))
  }
  return y
}

/** Bernoulli numbers B₂, B₄, …, B₈₀. */
const bernoulli: readonly Big[] = (() => {
  // Exact rationals by B_m = −1/(m+1) Σ C(m+1, j) B_j
  const numerators: bigint[] = [1n]
  const denominators: bigint[] = [1n]
  const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? (a < 0n ? -a : a) : gcd(b, a % b))
  for (let m = 1; m <= 80; m++) {
    let n = 0n
    let d = 1n
    let choose = 1n
    for (let j = 0; j < m; j++) {
      const bn = numerators[j] ?? 0n
      const bd = denominators[j] ?? 1n
      n = n * bd + choose * bn * d
      d *= bd
      const g = gcd(n, d)
      n /= g
      d /= g
      choose = (choose * BigInt(m + 1 - j)) / BigInt(j + 1)
    }
    n = -n
    d *= BigInt(m + 1)
    const g = gcd(n, d)
    numerators.push(n / g)
    denominators.push(d / g)
  }
  return Array.from({ length: 40 }, (_, k) =>
    div({ m: numerators[2 * k + 2] ?? 0n, e: 0 }, { m: denominators[2 * k + 2] ?? 1n, e: 0 }),
  )
})()

const halfLogTwoPi = scale(log(scale(pi, 1)), -1)
const shiftTo = 60
const half = big(0.5)

const lgammaPositive = (x: Big): Big => {
  let y = x
  let product = one
  while (less(y, integer(shiftTo))) {
    product = mul(product, y)
    y = add(y, one)
  }
  const inverse = div(one, y)
  const square = mul(inverse, inverse)
  let series = zero
  for (let k = 40; k >= 1; k--)
    series = add(mul(series, square), div(bernoulli[k - 1] ?? zero, integer(2 * k * (2 * k - 1))))
  const stirling = add(sub(mul(sub(y, half), log(y)), y), add(halfLogTwoPi, mul(series, inverse)))
  return product === one ? stirling : sub(stirling, log(product))
}
export const lgamma = (x: Big): Big => {
  if (x.m > 0n) return lgammaPositive(x)
  return sub(log(div(pi, abs(mul(x, sinPi(x))))), lgammaPositive(neg(x)))
}

const digammaPositive = (x: Big): Big => {
  let y = x
  let sum = zero
  while (less(y, integer(shiftTo))) {
    sum = sub(sum, div(one, y))
    y = add(y, one)
  }
  const inverse = div(one, y)
  const square = mul(inverse, inverse)
  let series = zero
  for (let k = 40; k >= 1; k--) series = add(mul(series, square), div(bernoulli[k - 1] ?? zero, integer(2 * k)))
  return add(sum, sub(sub(log(y), scale(inverse, -1)), mul(series, square)))
}
export const digamma = (x: Big): Big =>
  x.m > 0n ? digammaPositive(x) : sub(digammaPositive(sub(one, x)), div(pi, tanPi(x)))

/** e^(−|x|) I_order(x): the power series (all terms positive), or Hankel's expansion (A&S 9.7.1) from 120 on. */
const besselIe = (order: 0 | 1, signed: Big): Big => {
  const x = abs(signed)
  let sum: Big
  if (less(x, integer(120))) {
    const square = scale(mul(x, x), -2)
    let term = order === 0 ? one : scale(x, -1)
    sum = term
    for (let k = 1; term.m !== 0n && magnitude(term) > magnitude(sum) - 230; k++) {
      term = div(mul(term, square), integer(k * (k + order)))
      sum = add(sum, term)
    }
    sum = mul(sum, exp(neg(x)))
  } else {
    const mu = 4 * order * order
    let term = one
    sum = one
    for (let k = 1; k < 60; k++) {
      term = neg(div(mul(term, ratio(mu - (2 * k - 1) ** 2, 8 * k)), x))
      sum = add(sum, term)
    }
    sum = div(sum, sqrt(scale(mul(pi, x), 1)))
  }
  return order === 1 && signed.m < 0n ? neg(sum) : sum
}
export const besselI0e = (x: Big): Big => besselIe(0, x)
export const besselI1e = (x: Big): Big => besselIe(1, x)
