// What vector kernels share: fused multiply-add where the build has it, and register-only loads and stores of a tail.

/** a·b + c, fused in the relaxed-SIMD build. */
// @ts-ignore: decorator
@inline
export function fma(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c)
}

/** c − a·b, fused in the relaxed-SIMD build. */
// @ts-ignore: decorator
@inline
export function fnma(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_nmadd(a, b, c) : f32x4.sub(c, f32x4.mul(a, b))
}

/** a·b + c on f64x2, fused in the relaxed-SIMD build. */
// @ts-ignore: decorator
@inline
export function fma64(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f64x2.relaxed_madd(a, b, c) : f64x2.add(f64x2.mul(a, b), c)
}

/** Loads `n` ∈ {1, 2, 3} 32-bit lanes; the rest are zero. Reads nothing beyond them. */
// @ts-ignore: decorator
@inline
export function loadTail32(x: usize, n: i32): v128 {
  if (n == 1) return v128.load32_zero(x)
  if (n == 2) return v128.load64_zero(x)
  return v128.load_lane<f32>(x, v128.load64_zero(x), 2, 8)
}

/** Stores the first `n` ∈ {1, 2, 3} 32-bit lanes. */
// @ts-ignore: decorator
@inline
export function storeTail32(o: usize, v: v128, n: i32): void {
  if (n == 1) {
    v128.store_lane<f32>(o, v, 0)
    return
  }
  v128.store_lane<f64>(o, v, 0)
  if (n == 3) v128.store_lane<f32>(o, v, 2, 8)
}

/** a where the lane of mask is all ones, b where it is all zeros. */
// @ts-ignore: decorator
@inline
export function pick(a: v128, b: v128, mask: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i32x4.relaxed_laneselect(a, b, mask) : v128.bitselect(a, b, mask)
}

/** The k-th 32-bit constant of a table in all lanes. Loads cost less in a loop than v128.const, which V8 rebuilds. */
// @ts-ignore: decorator
@inline
export function constant(table: usize, k: i32): v128 {
  return v128.load32_splat(table + (<usize>k << 2))
}

/**
 * Whether all 16 lanes are below a limit in magnitude; NaN is not. `sign` is −0 in all lanes and `negated` minus the
 * limit: among floats with the sign set, the larger magnitude is the larger integer.
 */
// @ts-ignore: decorator
@inline
export function allBelow(a: v128, b: v128, c: v128, d: v128, sign: v128, negated: v128): bool {
  const ab = i32x4.max_s(v128.or(a, sign), v128.or(b, sign))
  const cd = i32x4.max_s(v128.or(c, sign), v128.or(d, sign))
  return i32x4.all_true(i32x4.lt_s(i32x4.max_s(ab, cd), negated))
}
