// Logarithms of four float32 lanes, full range: subnormals, 0, negatives, ∞ and NaN.
// x = 2ⁿ(1 + f), √½ ≤ 1 + f < √2; log(1 + f) = f − f²/2 + f³P(f), P minimax (Remez, coefficients rounded one by one).
import { constant, fma, pick } from './simd'

// @ts-ignore: decorator
@inline const table: usize = memory.data<f32>([
  -0.07641176879405975, 0.12765727937221527, -0.13159549236297607, 0.14201071858406067, -0.16623345017433167, // 0: P
  0.20001259446144104, -0.250008225440979, 0.3333333134651184, // 5
  -0.5, 1.0, // 8
  0.693359375, -2.12194440e-4, // 10: ln 2, split so that n times the first part is exact
  1.17549435e-38, 8388608.0, -23.0, // 12: the least normal; 2²³ and the exponent it adds
  1.4428710938, -1.7605285393e-4, // 15: log₂e and
  0.43432617188, -3.1689971365e-5, // 17: log₁₀e in two parts, the first of 12 bits
  0.30102920532, 7.9034151668e-7, // 19: log₁₀2 in two parts
  -0.0, // 21
], 16)
// √½, the fraction's bits, +∞, −∞, the upper half of a fraction
// @ts-ignore: decorator
@inline const words: usize = memory.data<u32>([0x3f3504f3, 0x007fffff, 0x7f800000, 0xff800000, 0xfffff000], 16)

// @ts-ignore: decorator
@inline function k(i: i32): v128 { return constant(table, i) }
// @ts-ignore: decorator
@inline function w(i: i32): v128 { return constant(words, i) }

/** n as a float, for a normal positive x. */
// @ts-ignore: decorator
@inline
function exponentOf(x: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.shr_s(i32x4.sub(x, w(0)), 23))
}

/** f, for a normal positive x. */
// @ts-ignore: decorator
@inline
function fractionOf(x: v128): v128 {
  return f32x4.sub(i32x4.add(v128.and(i32x4.sub(x, w(0)), w(1)), w(0)), k(9))
}

/** f³P(f). */
// @ts-ignore: decorator
@inline
function cubic(f: v128, square: v128): v128 {
  let p = fma(k(0), f, k(1))
  p = fma(p, f, k(2))
  p = fma(p, f, k(3))
  p = fma(p, f, k(4))
  p = fma(p, f, k(5))
  p = fma(p, f, k(6))
  p = fma(p, f, k(7))
  return f32x4.mul(f32x4.mul(p, f), square)
}

/** n·ln 2 + log(1 + f). */
// @ts-ignore: decorator
@inline
function assemble(n: v128, f: v128): v128 {
  const square = f32x4.mul(f, f)
  return fma(n, k(10), f32x4.add(f, fma(square, k(8), fma(n, k(11), cubic(f, square)))))
}

/** n·ln 2 + log(1 + f) + tiny. */
// @ts-ignore: decorator
@inline
function assembleWith(n: v128, f: v128, tiny: v128): v128 {
  const square = f32x4.mul(f, f)
  const y = f32x4.add(fma(square, k(8), fma(n, k(11), cubic(f, square))), tiny)
  return fma(n, k(10), f32x4.add(f, y))
}

/** n + log₂(1 + f), or its like in base 10: products with f in two parts, the first exact. */
// @ts-ignore: decorator
@inline
function assembleInBase(n: v128, f: v128, high: v128, low: v128, unit: v128, unitLow: v128): v128 {
  const square = f32x4.mul(f, f)
  const half = f32x4.mul(square, k(8))
  const top = v128.and(f32x4.add(f, half), w(4))
  const rest = f32x4.add(f32x4.add(f32x4.sub(f, top), half), cubic(f, square))
  let y = fma(n, unitLow, f32x4.mul(f32x4.add(rest, top), low))
  y = fma(rest, high, y)
  const product = f32x4.mul(top, high)
  const whole = fma(n, unit, product)
  return f32x4.add(f32x4.add(f32x4.add(f32x4.sub(f32x4.mul(n, unit), whole), product), y), whole)
}

/** Puts the limits in: +∞ and NaN map to themselves, zero (of `x`) to −∞, negatives to NaN. */
// @ts-ignore: decorator
@inline
function atLimits(y0: v128, x: v128, argument: v128): v128 {
  const zero = i32x4.splat(0)
  let y = pick(y0, x, f32x4.lt(x, w(2)))
  y = v128.or(y, f32x4.lt(argument, zero))
  return pick(y, w(3), f32x4.ne(argument, zero))
}

/** x or, where it is subnormal, 2²³x. */
// @ts-ignore: decorator
@inline
function normalised(x: v128, subnormal: v128): v128 {
  return pick(f32x4.mul(x, k(13)), x, subnormal)
}

/** Whether all lanes are normal, positive and finite: `logPlain` holds. As integers such floats keep their order. */
// @ts-ignore: decorator
@inline
export function logAllPlain(a: v128, b: v128, c: v128, d: v128): bool {
  const least = i32x4.min_s(i32x4.min_s(a, b), i32x4.min_s(c, d))
  const most = i32x4.max_s(i32x4.max_s(a, b), i32x4.max_s(c, d))
  return i32x4.all_true(v128.and(i32x4.ge_s(least, k(12)), i32x4.lt_s(most, w(2))))
}

/** log x for the plain arguments. */
// @ts-ignore: decorator
@inline
export function logPlain(x: v128): v128 {
  return assemble(exponentOf(x), fractionOf(x))
}

/** log x. */
// @ts-ignore: decorator
@inline
export function logVector(x0: v128): v128 {
  const subnormal = f32x4.lt(x0, k(12))
  const x = normalised(x0, subnormal)
  const n = f32x4.add(exponentOf(x), v128.and(subnormal, k(14)))
  return atLimits(assemble(n, fractionOf(x)), x0, x0)
}

/** log₂ x. */
// @ts-ignore: decorator
@inline
export function log2Vector(x0: v128): v128 {
  const subnormal = f32x4.lt(x0, k(12))
  const x = normalised(x0, subnormal)
  const n = f32x4.add(exponentOf(x), v128.and(subnormal, k(14)))
  return atLimits(assembleInBase(n, fractionOf(x), k(15), k(16), k(9), i32x4.splat(0)), x0, x0)
}

/** log₁₀ x. */
// @ts-ignore: decorator
@inline
export function log10Vector(x0: v128): v128 {
  const subnormal = f32x4.lt(x0, k(12))
  const x = normalised(x0, subnormal)
  const n = f32x4.add(exponentOf(x), v128.and(subnormal, k(14)))
  return atLimits(assembleInBase(n, fractionOf(x), k(17), k(18), k(19), k(20)), x0, x0)
}

/** log(1 + x) = log u + (x − (u − 1))/u, u = 1 + x rounded. The sign of −0 is kept. */
// @ts-ignore: decorator
@inline
export function log1pVector(x: v128): v128 {
  const one = k(9)
  const u = f32x4.add(x, one)
  const lost = f32x4.div(f32x4.sub(x, f32x4.sub(u, one)), u)
  return v128.or(atLimits(assembleWith(exponentOf(u), fractionOf(u), lost), x, u), v128.and(x, k(21)))
}
