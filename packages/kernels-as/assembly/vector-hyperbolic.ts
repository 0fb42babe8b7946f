// Hyperbolic sine and cosine of four float32 lanes from h = e^|x|/2: cosh = h + 1/4h; sinh = h − 1/4h, and below 1
// x + x³P(x²), minimax (Remez). Halving inside the exponential keeps results near the overflow threshold finite.
import { constant, fma, pick } from './simd'
import { halfExp } from './vector-exp'

// @ts-ignore: decorator
@inline const table: usize = memory.data<f32>([
  2.7822131869470468e-06, 0.00019842895562760532, 0.00833331048488617, 0.1666666716337204, // 0: P
  0.25, 1.0, -0.0, // 4
], 16)

// @ts-ignore: decorator
@inline function k(i: i32): v128 { return constant(table, i) }

/** cosh x. */
// @ts-ignore: decorator
@inline
export function coshVector(x: v128): v128 {
  const h = halfExp(f32x4.abs(x))
  return f32x4.add(h, f32x4.div(k(4), h))
}

/** sinh x. */
// @ts-ignore: decorator
@inline
export function sinhVector(x: v128): v128 {
  const y = f32x4.abs(x)
  const z = f32x4.mul(y, y)
  let p = fma(k(0), z, k(1))
  p = fma(p, z, k(2))
  p = fma(p, z, k(3))
  const small = fma(f32x4.mul(p, z), y, y)
  const h = halfExp(y)
  const large = f32x4.sub(h, f32x4.div(k(4), h))
  return v128.or(pick(large, small, f32x4.ge(y, k(5))), v128.and(x, k(6)))
}
