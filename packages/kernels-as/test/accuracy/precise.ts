/** Elementary functions to about 190 bits, from their definitions: the oracle of the accuracy tests. */
import {
  abs,
  add,
  type Big,
  big,
  div,
  fromFixed,
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
  toFixed,
  toNumber,
  two,
  zero,
} from './big.js'

const half = big(0.5)

/** arctan(1/n) as a fixed-point number, by Gregory's series. */
const arctanInverse = (n: bigint, places: number): bigint => {
  let power = (1n << BigInt(places)) / n
  let sum = 0n
  for (let k = 0n; power !== 0n; k++) {
    sum += (k % 2n === 0n ? power : -power) / (2n * k + 1n)
    power /= n * n
  }
  return sum
}

/** Enough places to reduce the largest float64 modulo π/2. */
const reductionPlaces = 1500
/** Machin 1706: π/4 = 4 arctan(1/5) − arctan(1/239). */
const halfPiFixed = 2n * (4n * arctanInverse(5n, reductionPlaces) - arctanInverse(239n, reductionPlaces))
export const halfPi = fromFixed(halfPiFixed, reductionPlaces)
export const pi = scale(halfPi, 1)

/** artanh(1/n), for ln 2 = 18 artanh(1/26) − 2 artanh(1/4801) + 8 artanh(1/8749). */
const artanhInverse = (n: bigint, places: number): bigint => {
  let power = (1n << BigInt(places)) / n
  let sum = 0n
  for (let k = 0n; power !== 0n; k++) {
    sum += power / (2n * k + 1n)
    power /= n * n
  }
  return sum
}
const ln2Places = 400
const ln2Fixed =
  18n * artanhInverse(26n, ln2Places) - 2n * artanhInverse(4801n, ln2Places) + 8n * artanhInverse(8749n, ln2Places)
export const ln2 = fromFixed(ln2Fixed, ln2Places)

export const exp = (x: Big): Big => {
  if (magnitude(x) > 40) return x.m < 0n ? zero : { m: 1n, e: 1 << 30 }
  const fixed = toFixed(x, ln2Places)
  const k = (fixed + (ln2Fixed >> 1n)) / ln2Fixed - (fixed + (ln2Fixed >> 1n) < 0n ? 1n : 0n)
  const unit = 1n << BigInt(ln2Places)
  // e^r by Taylor on r/256, then eight squarings
  const r = (fixed - k * ln2Fixed) >> 8n
  let sum = unit
  let term = unit
  for (let n = 1n; term !== 0n && n < 200n; n++) {
    term = (term * r) / (unit * n)
    sum += term
  }
  for (let i = 0; i < 8; i++) sum = (sum * sum) >> BigInt(ln2Places)
  const y = fromFixed(sum, ln2Places)
  return scale(y, Number(k))
}

export const expm1 = (x: Big): Big => {
  if (magnitude(x) > -12) return sub(exp(x), one)
  let sum = one
  for (let n = 24; n >= 2; n--) sum = add(one, div(mul(x, sum), integer(n)))
  return mul(x, sum)
}

/** log(1 + x) by series for tiny x. */
const log1pTiny = (x: Big): Big => {
  let sum = zero
  for (let n = 12; n >= 1; n--) sum = sub(ratio(1, n), mul(x, sum))
  return mul(x, sum)
}

export const log = (x: Big): Big => {
  // x = f·2^k with f in [0.7, 1.5]
  let k = Math.round(magnitude(x))
  let f = scale(x, -k)
  while (toNumber(f) < 0.72) {
    f = scale(f, 1)
    k--
  }
  const distance = sub(f, one)
  if (magnitude(distance) < -30) return add(log1pTiny(distance), mul(integer(k), ln2))
  const start = big(Math.log(toNumber(f)))
  // Halley on e^y = f: the error is cubed, 1e−16 → 1e−49 → below the last bit
  let y = start
  for (let i = 0; i < 2; i++) {
    const e = exp(y)
    y = add(y, scale(div(sub(f, e), add(f, e)), 1))
  }
  return add(y, mul(integer(k), ln2))
}
export const log1p = (x: Big): Big => (magnitude(x) < -30 ? log1pTiny(x) : log(add(one, x)))

/** [sin x, cos x]. */
export const sincos = (x: Big): readonly [Big, Big] => {
  if (magnitude(x) < -60) {
    const square = mul(x, x)
    return [mul(x, sub(one, div(square, integer(6)))), sub(one, scale(square, -1))]
  }
  const fixed = toFixed(x, reductionPlaces)
  let quadrant = (2n * fixed + halfPiFixed) / (2n * halfPiFixed)
  if (2n * fixed + halfPiFixed < 0n) quadrant -= 1n
  const r = fromFixed(fixed - quadrant * halfPiFixed, reductionPlaces)
  const square = mul(r, r)
  let s = one
  let c = one
  for (let n = 28; n >= 1; n--) {
    s = sub(one, div(mul(square, s), integer(2 * n * (2 * n + 1))))
    c = sub(one, div(mul(square, c), integer(2 * n * (2 * n - 1))))
  }
  s = mul(r, s)
  const turn = Number(((quadrant % 4n) + 4n) % 4n)
  return turn === 0 ? [s, c] : turn === 1 ? [c, neg(s)] : turn === 2 ? [neg(s), neg(c)] : [neg(c), s]
}
export const sin = (x: Big): Big => sincos(x)[0]
export const cos = (x: Big): Big => sincos(x)[1]
export const tan = (x: Big): Big => {
  const [s, c] = sincos(x)
  return div(s, c)
}
/** sin πx, reduced exactly. */
export const sinPi = (x: Big): Big => {
  const turns = toFixed(add(x, half), 0)
  const s = sin(mul(pi, sub(x, { m: turns, e: 0 })))
  return turns % 2n === 0n ? s : neg(s)
}
export const tanPi = (x: Big): Big => tan(mul(pi, sub(x, { m: toFixed(add(x, half), 0), e: 0 })))

export const atan = (x: Big): Big => {
  if (magnitude(x) < -60) return mul(x, sub(one, div(mul(x, x), integer(3))))
  if (less(one, abs(x))) return sub(x.m < 0n ? neg(halfPi) : halfPi, atan(div(one, x)))
  const start = big(Math.atan(toNumber(x)))
  const t = tan(start)
  const d = div(sub(x, t), add(one, mul(x, t)))
  const square = mul(d, d)
  return add(start, mul(d, sub(one, mul(square, sub(ratio(1, 3), div(square, integer(5)))))))
}
export const asin = (x: Big): Big =>
  abs(x).m !== 0n && !less(abs(x), one)
    ? x.m < 0n
      ? neg(halfPi)
      : halfPi
    : atan(div(x, sqrt(mul(sub(one, x), add(one, x)))))
export const acos = (x: Big): Big => (!less(big(-1), x) ? pi : scale(atan(sqrt(div(sub(one, x), add(one, x)))), 1))
export const atan2 = (y: Big, x: Big): Big => {
  if (x.m === 0n) return y.m < 0n ? neg(halfPi) : halfPi
  const a = atan(div(y, x))
  return x.m > 0n ? a : y.m < 0n ? sub(a, pi) : add(a, pi)
}

export const sinh = (x: Big): Big => {
  const e = expm1(abs(x))
  const y = scale(add(e, div(e, add(e, one))), -1)
  return x.m < 0n ? neg(y) : y
}
export const cosh = (x: Big): Big => {
  const e = exp(abs(x))
  return scale(add(e, div(one, e)), -1)
}
export const tanh = (x: Big): Big => {
  const e = expm1(scale(neg(abs(x)), 1))
  const y = neg(div(e, add(e, two)))
  return x.m < 0n ? neg(y) : y
}
export const asinh = (x: Big): Big => {
  const y = abs(x)
  const square = mul(y, y)
  const a = log1p(add(y, div(square, add(one, sqrt(add(one, square))))))
  return x.m < 0n ? neg(a) : a
}
export const acosh = (x: Big): Big => {
  const t = sub(x, one)
  return t.m === 0n ? zero : log1p(add(t, sqrt(add(scale(t, 1), mul(t, t)))))
}
export const atanh = (x: Big): Big => scale(log1p(div(scale(x, 1), sub(one, x))), -1)
export const logistic = (x: Big): Big => div(one, add(one, exp(neg(x))))
export const cbrt = (x: Big): Big => {
  let y = big(Math.cbrt(toNumber(x)))
  for (let i = 0; i < 4; i++) {
    const square = mul(y, y)
    y = sub(y, div(sub(mul(square, y), x), mul(integer(3), square)))
  }
  return y
}
export const rsqrt = (x: Big): Big => div(one, sqrt(x))
export const exp2 = (x: Big): Big => exp(mul(x, ln2))
export const log2 = (x: Big): Big => div(log(x), ln2)
const ln10 = log(integer(10))
export const log10 = (x: Big): Big => div(log(x), ln10)
export const pow = (x: Big, y: Big): Big => {
  const p = exp(mul(y, log(abs(x))))
  return x.m < 0n && toFixed(y, 0) % 2n !== 0n ? neg(p) : p
}
