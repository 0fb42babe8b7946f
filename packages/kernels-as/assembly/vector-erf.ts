// The error function of four float32 lanes: x + xP(x²) below 1, 1 − 2^E(|x|) above, both minimax (Remez).
// From 3.92 on the result rounds to ±1.
import { constant, fma, pick } from './simd'
import { exp2OfModerate } from './vector-exp'

// @ts-ignore: decorator
@inline const table: usize = memory.data<f32>([
  7.806903886375949e-05, -0.0007997853099368513, 0.005187162198126316, -0.026853347197175026, 0.11283578723669052, // 0: P
  -0.3761262595653534, 0.12837916612625122, // 5
  0.000270649092271924, -0.004270491190254688, 0.031579941511154175, -0.1489122062921524, -0.9204571843147278, // 7: E
  -1.6261649131774902, -0.00046249289880506694, // 12: log₂ erfc on [1, 4]
  1.0, 4.0, -0.0, // 14
], 16)

// @ts-ignore: decorator
@inline function k(i: i32): v128 { return constant(table, i) }

/** erf x. NaN takes the polynomial: the other form does not keep it. */
// @ts-ignore: decorator
@inline
export function erfVector(x: v128): v128 {
  const one = k(14)
  const y = f32x4.abs(x)
  const z = f32x4.mul(y, y)
  let p = fma(k(0), z, k(1))
  p = fma(p, z, k(2))
  p = fma(p, z, k(3))
  p = fma(p, z, k(4))
  p = fma(p, z, k(5))
  p = fma(p, z, k(6))
  const small = fma(p, y, y)
  const t = f32x4.pmin(y, k(15))
  let e = fma(k(7), t, k(8))
  e = fma(e, t, k(9))
  e = fma(e, t, k(10))
  e = fma(e, t, k(11))
  e = fma(e, t, k(12))
  e = fma(e, t, k(13))
  const large = f32x4.sub(one, exp2OfModerate(e))
  return v128.or(pick(large, small, f32x4.ge(y, one)), v128.and(x, k(16)))
}
