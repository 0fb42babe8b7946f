// x^y of four float32 lanes for normal x > 0 and finite y: 2^(y·log₂x), the exponent in float64.
// x = 2ⁿm, √½ ≤ m < √2, log₂m = s·L(s²), s = (m − 1)/(m + 1); L fitted at Chebyshev points, error 3e-14.
// 2^r on |r| ≤ ½ is fitted likewise, error 6e-11, so that a result is rounded to float32 once: exact powers stay exact.
import { constant, fma64 } from './simd'
import { scaleBy } from './vector-exp'

// @ts-ignore: decorator
@inline const wide: usize = memory.data<f64>([
  0.282898757237222946, 0.319905809553940555, 0.412209249242496079, 0.577077942400131317, 0.961796694113205, // 0: L
  2.88539008177785008, // 5
  1.0, 129.0, -151.0, 6755399441055744.0, // 6: one; bounds of the exponent; 1.5·2⁵², adding which rounds to an integer
  0.0000153100811431381504, 0.000154697319774755481, 0.00133334505603844663, 0.00961802560295583729, // 10: 2^r
  0.0555041094121545282, 0.240226512135952321, 0.69314718054593048, 0.999999999959548261, // 14
], 16)
// √½ and the fraction's bits; the least normal and +∞
// @ts-ignore: decorator
@inline const words: usize = memory.data<u32>([0x3f3504f3, 0x007fffff, 0x00800000, 0x7f800000], 16)

// @ts-ignore: decorator
@inline function w(i: i32): v128 { return v128.load64_splat(wide + (<usize>i << 3)) }

/** The lanes for which `powPlain` holds. */
// @ts-ignore: decorator
@inline
export function powIsPlain(x: v128, y: v128): v128 {
  const infinity = constant(words, 3)
  return v128.and(
    v128.and(i32x4.ge_s(x, constant(words, 2)), i32x4.lt_s(x, infinity)),
    f32x4.lt(f32x4.abs(y), infinity),
  )
}

/** y·log₂(2ⁿm) for two lanes, within the bounds outside of which 2^ gives 0 or ∞ anyway. */
// @ts-ignore: decorator
@inline
function exponentOf(m: v128, n: v128, y: v128): v128 {
  const one = w(6)
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one))
  const z = f64x2.mul(s, s)
  let p = fma64(w(0), z, w(1))
  p = fma64(p, z, w(2))
  p = fma64(p, z, w(3))
  p = fma64(p, z, w(4))
  p = fma64(p, z, w(5))
  return f64x2.pmax(f64x2.pmin(f64x2.mul(y, fma64(p, s, n)), w(7)), w(8))
}

/** 2^r for two lanes, |r| ≤ ½. */
// @ts-ignore: decorator
@inline
function exp2Reduced(r: v128): v128 {
  let p = fma64(w(10), r, w(11))
  p = fma64(p, r, w(12))
  p = fma64(p, r, w(13))
  p = fma64(p, r, w(14))
  p = fma64(p, r, w(15))
  p = fma64(p, r, w(16))
  return fma64(p, r, w(17))
}

// @ts-ignore: decorator
@inline
function upperHalf(x: v128): v128 { return v128.shuffle<i32>(x, x, 2, 3, 2, 3) }

/** x^y in the plain lanes; the others are meaningless. */
// @ts-ignore: decorator
@inline
export function powPlain(x: v128, y: v128): v128 {
  const magic = w(9)
  const bits = i32x4.sub(x, constant(words, 0))
  const n = i32x4.shr_s(bits, 23)
  const m = i32x4.add(v128.and(bits, constant(words, 1)), constant(words, 0))
  const a = exponentOf(f64x2.promote_low_f32x4(m), f64x2.convert_low_i32x4_s(n), f64x2.promote_low_f32x4(y))
  const b = exponentOf(
    f64x2.promote_low_f32x4(upperHalf(m)),
    f64x2.convert_low_i32x4_s(upperHalf(n)),
    f64x2.promote_low_f32x4(upperHalf(y)),
  )
  const s = f64x2.add(a, magic)
  const t = f64x2.add(b, magic)
  const lower = f32x4.demote_f64x2_zero(exp2Reduced(f64x2.sub(a, f64x2.sub(s, magic))))
  const upper = f32x4.demote_f64x2_zero(exp2Reduced(f64x2.sub(b, f64x2.sub(t, magic))))
  return scaleBy(v128.shuffle<i64>(lower, upper, 0, 2), v128.shuffle<i32>(s, t, 0, 2, 4, 6))
}
