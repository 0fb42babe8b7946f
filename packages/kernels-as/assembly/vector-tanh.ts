// Hyperbolic tangent of four float32 lanes: x + x³Q(x²) below 0.625 (minimax, Remez), 1 − 2/(e^2|x| + 1) above, the
// split of Cephes tanhf.c (Moshier). From 9.02 on the result rounds to ±1, so 2|x| stops at 18.2.
import { constant, fma, pick } from './simd'
import { expOfModerate } from './vector-exp'

// @ts-ignore: decorator
@inline const table: usize = memory.data<f32>([
  -0.005692296661436558, 0.02062816731631756, -0.05373651534318924, 0.13331405818462372, -0.3333328068256378, // 0: Q
  0.625, 18.2, 1.0, 2.0, -0.0, // 5
], 16)

// @ts-ignore: decorator
@inline function k(i: i32): v128 { return constant(table, i) }

/** tanh x. NaN takes the polynomial: the other form does not keep it. */
// @ts-ignore: decorator
@inline
export function tanhVector(x: v128): v128 {
  const y = f32x4.abs(x)
  const z = f32x4.mul(y, y)
  let q = fma(k(0), z, k(1))
  q = fma(q, z, k(2))
  q = fma(q, z, k(3))
  q = fma(q, z, k(4))
  const small = fma(f32x4.mul(q, z), y, y)
  const e = expOfModerate(f32x4.pmin(f32x4.add(y, y), k(6)))
  const large = f32x4.sub(k(7), f32x4.div(k(8), f32x4.add(e, k(7))))
  return v128.or(pick(large, small, f32x4.ge(y, k(5))), v128.and(x, k(9)))
}
