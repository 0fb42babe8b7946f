// Exponentials of four float32 lanes, full range: subnormal results, overflow to ∞, NaN kept.
// x = n·ln 2 + r, |r| ≤ ½ ln 2; e^r is a minimax polynomial (Remez, coefficients rounded to float32 one by one).
import { allBelow, constant, fma, fnma } from './simd'

// @ts-ignore: decorator
@inline const table: usize = memory.data<f32>([
  89.0, -104.0, // 0: beyond these e^x is ∞, or below half the least subnormal
  1.44269504088896341, 12582912.0, // 2: log₂e; 1.5·2²³, adding which rounds to an integer kept in the low bits
  -0.693145751953125, -1.428606765330187e-06, // 4: −ln 2, split so that n times the first part is exact
  0.001383890281431377, 0.008369192481040955, 0.04166810214519501, 0.16666516661643982, 0.4999999403953552, // 6: e^r
  1.0, // 11
  0.00019662351405713707, 0.001393503393046558, 0.008333643898367882, 0.04166646674275398, 0.1666666567325592, // 12
  0.5, // 17: (e^r − 1 − r)/r²
  129.0, -151.0, // 18: the same bounds for 2^x
  0.0001582502300152555, 0.0013417704030871391, 0.009617065079510212, 0.05550272762775421, 0.24022655189037323, // 20
  0.6931472420692444, // 25: (2^r − 1)/r
  -20.0, -0.0, // 26: below the first e^x − 1 rounds to −1; the sign bit
  -87.0, // 28: above this −|x| neither e^x nor e^−x leaves the normal numbers
  90.0, // 29: from here on ½e^x is ∞
], 16)
// @ts-ignore: decorator
@inline const integers: usize = memory.data<i32>([127, 1], 16)

// @ts-ignore: decorator
@inline function k(i: i32): v128 { return constant(table, i) }

/** p·2^n for p in [0.7, 1.5] and |n| ≤ 160, in two steps, so that a subnormal result is rounded once. */
// @ts-ignore: decorator
@inline
export function scaleBy(p: v128, n: v128): v128 {
  const one = k(11)
  const first = i32x4.shr_s(n, 1)
  const second = i32x4.sub(n, first)
  return f32x4.mul(f32x4.mul(p, i32x4.add(i32x4.shl(first, 23), one)), i32x4.add(i32x4.shl(second, 23), one))
}

/** (e^r − 1)/r for |r| ≤ ½ ln 2. */
// @ts-ignore: decorator
@inline
function slope(r: v128): v128 {
  let p = fma(k(6), r, k(7))
  p = fma(p, r, k(8))
  p = fma(p, r, k(9))
  p = fma(p, r, k(10))
  return fma(p, r, k(11))
}

/** e^r for |r| ≤ ½ ln 2. */
// @ts-ignore: decorator
@inline
function expReduced(r: v128): v128 {
  return fma(slope(r), r, k(11))
}

/** e^x for x inside the bounds of the table's head. */
// @ts-ignore: decorator
@inline
function expClamped(x: v128): v128 {
  const magic = k(3)
  const t = fma(x, k(2), magic)
  const n = f32x4.sub(t, magic)
  return scaleBy(expReduced(fma(n, k(5), fma(n, k(4), x))), i32x4.sub(t, magic))
}

/** e^x. Data comes first in pmin and pmax: they return it when it is NaN. */
// @ts-ignore: decorator
@inline
export function expVector(x: v128): v128 {
  return expClamped(f32x4.pmax(f32x4.pmin(x, k(0)), k(1)))
}

/** ½e^x for x ≥ 0, finite up to 89.4. */
// @ts-ignore: decorator
@inline
export function halfExp(x0: v128): v128 {
  const magic = k(3)
  const x = f32x4.pmin(x0, k(29))
  const t = fma(x, k(2), magic)
  const n = f32x4.sub(t, magic)
  const p = expReduced(fma(n, k(5), fma(n, k(4), x)))
  return scaleBy(p, i32x4.sub(i32x4.sub(t, magic), constant(integers, 1)))
}

/** e^x for x ≤ 0: no overflow to guard. */
// @ts-ignore: decorator
@inline
export function expOfNegative(x: v128): v128 {
  return expClamped(f32x4.pmax(x, k(1)))
}

/** e^x for |x| < 87 only: normal results, one scaling. NaN is not kept. */
// @ts-ignore: decorator
@inline
export function expOfModerate(x: v128): v128 {
  const magic = k(3)
  const t = fma(x, k(2), magic)
  const n = f32x4.sub(t, magic)
  return i32x4.add(expReduced(fma(n, k(5), fma(n, k(4), x))), i32x4.shl(t, 23))
}

/** 2^r for |r| ≤ ½. */
// @ts-ignore: decorator
@inline
function exp2Reduced(r: v128): v128 {
  let p = fma(k(20), r, k(21))
  p = fma(p, r, k(22))
  p = fma(p, r, k(23))
  p = fma(p, r, k(24))
  p = fma(p, r, k(25))
  return fma(p, r, k(11))
}

/** 2^x. */
// @ts-ignore: decorator
@inline
export function exp2Vector(x0: v128): v128 {
  const magic = k(3)
  const x = f32x4.pmax(f32x4.pmin(x0, k(18)), k(19))
  const t = f32x4.add(x, magic)
  return scaleBy(exp2Reduced(f32x4.sub(x, f32x4.sub(t, magic))), i32x4.sub(t, magic))
}

/** 2^x for |x| ≤ 120 only: normal results, one scaling. NaN is not kept. */
// @ts-ignore: decorator
@inline
export function exp2OfModerate(x: v128): v128 {
  const magic = k(3)
  const t = f32x4.add(x, magic)
  return i32x4.add(exp2Reduced(f32x4.sub(x, f32x4.sub(t, magic))), i32x4.shl(t, 23))
}

/** e^x − 1 = 2ⁿ(e^r − 1) + (2ⁿ − 1); n = 128 takes a last doubling. The sign bit is x's, −0 included. */
// @ts-ignore: decorator
@inline
export function expm1Vector(x0: v128): v128 {
  const magic = k(3)
  const one = k(11)
  const x = f32x4.pmax(f32x4.pmin(x0, k(0)), k(26))
  const t = fma(x, k(2), magic)
  const f = f32x4.sub(t, magic)
  const r = fma(f, k(5), fma(f, k(4), x))
  let p = fma(k(12), r, k(13))
  p = fma(p, r, k(14))
  p = fma(p, r, k(15))
  p = fma(p, r, k(16))
  p = fma(p, r, k(17))
  p = fma(f32x4.mul(r, r), p, r)
  const n = i32x4.sub(t, magic)
  const most = i32x4.min_s(n, constant(integers, 0))
  const scale = i32x4.add(i32x4.shl(most, 23), one)
  const y = f32x4.mul(fma(scale, p, f32x4.sub(scale, one)), i32x4.add(i32x4.shl(i32x4.sub(n, most), 23), one))
  return v128.or(y, v128.and(x0, k(27)))
}

/** Whether |x| < 87 in all lanes: `expOfModerate` and `logisticPlain` hold. */
// @ts-ignore: decorator
@inline
export function expAllPlain(a: v128, b: v128, c: v128, d: v128): bool {
  return allBelow(a, b, c, d, k(27), k(28))
}

/** `logisticVector` for |x| < 87. */
// @ts-ignore: decorator
@inline
export function logisticPlain(x: v128): v128 {
  const magic = k(3)
  const one = k(11)
  const y = v128.or(x, k(27))
  const t = fma(y, k(2), magic)
  const f = f32x4.sub(t, magic)
  const r = fma(f, k(5), fma(f, k(4), y))
  const q = f32x4.mul(slope(r), r)
  const m = f32x4.add(q, one)
  const n = i32x4.shl(t, 23)
  const e = i32x4.add(m, n)
  const sum = f32x4.add(one, e)
  const lost = f32x4.sub(e, f32x4.sub(sum, one))
  const negative = i32x4.shr_s(x, 31)
  const top = f32x4.add(one, fnma(m, lost, v128.and(q, negative)))
  return f32x4.div(i32x4.add(top, v128.and(n, negative)), sum)
}

/**
 * 1/(1 + e⁻ˣ) = N/(1 + e) with e = e^−|x| and N = 1 or, for negative x, e: nothing overflows. What 1 + e loses in
 * rounding goes into N before N is rounded; N is scaled by 2ⁿ after the division, which keeps subnormal results.
 */
// @ts-ignore: decorator
@inline
export function logisticVector(x: v128): v128 {
  const magic = k(3)
  const one = k(11)
  const y = f32x4.pmax(v128.or(x, k(27)), k(1))
  const t = fma(y, k(2), magic)
  const f = f32x4.sub(t, magic)
  const r = fma(f, k(5), fma(f, k(4), y))
  const n = i32x4.sub(t, magic)
  const q = f32x4.mul(slope(r), r)
  const m = f32x4.add(q, one)
  const e = scaleBy(m, n)
  const sum = f32x4.add(one, e)
  const lost = f32x4.sub(e, f32x4.sub(sum, one))
  const negative = i32x4.shr_s(x, 31)
  const top = f32x4.add(one, fnma(m, lost, v128.and(q, negative)))
  return scaleBy(f32x4.div(top, sum), v128.and(n, negative))
}
