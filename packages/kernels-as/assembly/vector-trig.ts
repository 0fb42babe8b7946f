// Sine, cosine and tangent of four float32 lanes. x = q·π/2 + r is reduced in float64 with π/2 in two parts, exactly
// enough for |x| < 2²⁰; larger, infinite and NaN lanes go through the scalar float64 functions one by one.
// sin r = r + r³S(r²) and cos r = 1 − r²/2 + r⁴C(r²) are minimax on |r| ≤ π/4 (Remez).
import { allBelow, constant, fma, pick } from './simd'

// @ts-ignore: decorator
@inline const table: usize = memory.data<f32>([
  2.8325100629444933e-06, -0.00019853064441122115, 0.008333379402756691, -0.1666666716337204, // 0: S
  2.4432327336398885e-05, -0.0013887309469282627, 0.04166664555668831, // 4: C
  -0.5, 1.0, -0.0, 1048576.0, -1048576.0, // 7
], 16)
// 2/π; 1.5·2⁵², adding which rounds to an integer kept in the low bits; π/2 in 33 bits and the rest
// @ts-ignore: decorator
@inline const wide: usize = memory.data<f64>([
  0.63661977236758134308, 6755399441055744.0, 1.57079632673412561417, 6.07710050650619224932e-11,
], 16)
// @ts-ignore: decorator
@inline const turns: usize = memory.data<i32>([1, 2], 16)

// @ts-ignore: decorator
@inline function k(i: i32): v128 { return constant(table, i) }
// @ts-ignore: decorator
@inline function w(i: i32): v128 { return v128.load64_splat(wide + (<usize>i << 3)) }

/** x·2/π + magic for two lanes. */
// @ts-ignore: decorator
@inline
function turnsOf(x: v128): v128 { return f64x2.add(f64x2.mul(x, w(0)), w(1)) }

/** x − q·π/2 for two lanes. */
// @ts-ignore: decorator
@inline
function restOf(x: v128, t: v128): v128 {
  const q = f64x2.sub(t, w(1))
  return f64x2.sub(f64x2.sub(x, f64x2.mul(q, w(2))), f64x2.mul(q, w(3)))
}

// @ts-ignore: decorator
@inline
function sinReduced(r: v128, z: v128): v128 {
  const p = fma(fma(fma(k(0), z, k(1)), z, k(2)), z, k(3))
  return fma(f32x4.mul(r, z), p, r)
}

// @ts-ignore: decorator
@inline
function cosReduced(z: v128): v128 {
  const p = fma(fma(k(4), z, k(5)), z, k(6))
  return f32x4.add(fma(f32x4.mul(z, z), p, f32x4.mul(z, k(7))), k(8))
}

/** The lanes that the vector forms handle. */
// @ts-ignore: decorator
@inline
export function trigIsPlain(x: v128): v128 { return f32x4.lt(f32x4.abs(x), k(10)) }

/** sin(x + turn·π/2) for plain lanes. */
// @ts-ignore: decorator
@inline
export function sinPlain(x: v128, turn: i32): v128 {
  const a = f64x2.promote_low_f32x4(x)
  const b = f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3))
  const s = turnsOf(a)
  const t = turnsOf(b)
  const lower = f32x4.demote_f64x2_zero(restOf(a, s))
  const upper = f32x4.demote_f64x2_zero(restOf(b, t))
  const r = v128.shuffle<i64>(lower, upper, 0, 2)
  let q = v128.shuffle<i32>(s, t, 0, 2, 4, 6)
  if (turn) q = i32x4.add(q, constant(turns, 0))
  const z = f32x4.mul(r, r)
  const odd = i32x4.eq(v128.and(q, constant(turns, 0)), constant(turns, 0))
  const y = pick(cosReduced(z), sinReduced(r, z), odd)
  const signed = v128.xor(y, i32x4.shl(v128.and(q, constant(turns, 1)), 30))
  // sin −0 = −0; for cosine a zero sine is never picked at x = 0
  return turn ? signed : v128.or(signed, v128.and(f32x4.eq(x, i32x4.splat(0)), x))
}

/** tan x for plain lanes. */
// @ts-ignore: decorator
@inline
export function tanPlain(x: v128): v128 {
  const a = f64x2.promote_low_f32x4(x)
  const b = f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3))
  const s = turnsOf(a)
  const t = turnsOf(b)
  const lower = f32x4.demote_f64x2_zero(restOf(a, s))
  const upper = f32x4.demote_f64x2_zero(restOf(b, t))
  const r = v128.shuffle<i64>(lower, upper, 0, 2)
  const q = v128.shuffle<i32>(s, t, 0, 2, 4, 6)
  const z = f32x4.mul(r, r)
  const odd = i32x4.eq(v128.and(q, constant(turns, 0)), constant(turns, 0))
  const sine = sinReduced(r, z)
  const cosine = cosReduced(z)
  const y = f32x4.div(pick(f32x4.neg(cosine), sine, odd), pick(sine, cosine, odd))
  return v128.or(y, v128.and(f32x4.eq(x, i32x4.splat(0)), x))
}

/** Whether all lanes are plain. */
// @ts-ignore: decorator
@inline
export function trigAllPlain(a: v128, b: v128, c: v128, d: v128): bool {
  return allBelow(a, b, c, d, k(9), k(11))
}

/** `vector` in plain lanes, F.run of the lane in float64 in the others. */
export function others<F>(x: v128, vector: v128): v128 {
  const f = changetype<F>(0)
  const y0 = <f32>f.run(<f64>f32x4.extract_lane(x, 0))
  const y1 = <f32>f.run(<f64>f32x4.extract_lane(x, 1))
  const y2 = <f32>f.run(<f64>f32x4.extract_lane(x, 2))
  const y3 = <f32>f.run(<f64>f32x4.extract_lane(x, 3))
  let y = f32x4.replace_lane(f32x4.splat(y0), 1, y1)
  y = f32x4.replace_lane(y, 2, y2)
  y = f32x4.replace_lane(y, 3, y3)
  return pick(vector, y, trigIsPlain(x))
}
