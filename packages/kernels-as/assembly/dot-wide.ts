/** Dot products of stored rows and columns with double-precision sums, whatever the element type. */
import { multiplyAdd } from './gemm-pack'

/** Two consecutive elements as doubles. */
// @ts-ignore: decorator
@inline
export function loadPair<T>(p: usize): v128 {
  return sizeof<T>() == 4 ? f64x2.promote_low_f32x4(v128.load64_zero(p)) : v128.load(p)
}

/** Σ x[k]·y[k] over contiguous elements. */
export function dotRows<T>(x: usize, y: usize, n: i32): f64 {
  const size = sizeof<T>()
  const zero = f64x2.splat(0)
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero
  let k = 0
  for (; k + 8 <= n; k += 8) {
    s0 = multiplyAdd<f64>(loadPair<T>(x), loadPair<T>(y), s0)
    s1 = multiplyAdd<f64>(loadPair<T>(x + 2 * size), loadPair<T>(y + 2 * size), s1)
    s2 = multiplyAdd<f64>(loadPair<T>(x + 4 * size), loadPair<T>(y + 4 * size), s2)
    s3 = multiplyAdd<f64>(loadPair<T>(x + 6 * size), loadPair<T>(y + 6 * size), s3)
    x += 8 * size
    y += 8 * size
  }
  s0 = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3))
  let s = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1)
  for (; k < n; k++) {
    s += <f64>load<T>(x) * <f64>load<T>(y)
    x += size
    y += size
  }
  return s
}

/** Σ x[k]·y[k] with byte strides. */
export function dotStrided<T>(x: usize, xs: usize, y: usize, ys: usize, n: i32): f64 {
  let s0: f64 = 0, s1: f64 = 0, k = 0
  for (; k + 2 <= n; k += 2) {
    s0 += <f64>load<T>(x) * <f64>load<T>(y)
    s1 += <f64>load<T>(x + xs) * <f64>load<T>(y + ys)
    x += 2 * xs
    y += 2 * ys
  }
  if (k < n) s0 += <f64>load<T>(x) * <f64>load<T>(y)
  return s0 + s1
}

/** Products summed in double before one rounding: as many rows as fit an L1 set when rows are a power of two apart. */
// @ts-ignore: decorator
@inline
export const TERMS: i32 = 8

// @ts-ignore: decorator
@inline
export function storePair<T>(p: usize, v: v128): void {
  if (sizeof<T>() == 4) v128.store64_lane(p, f32x4.demote_f64x2_zero(v), 0)
  else v128.store(p, v)
}

/** o[c] −= Σₖ l[k]·u[k, c] for c < n, k < terms; l steps by `ls` bytes, rows of u are `row` bytes apart. */
export function subtractProducts<T>(l: usize, ls: usize, u: usize, row: usize, terms: i32, o: usize, n: i32): void {
  const size = sizeof<T>()
  const zero = f64x2.splat(0)
  let c = 0
  for (; c + 8 <= n; c += 8) {
    const at = <usize>c * size
    let s0 = zero, s1 = zero, s2 = zero, s3 = zero
    let p = l, q = u + at
    for (let k = 0; k < terms; k++) {
      const v = f64x2.splat(<f64>load<T>(p))
      s0 = multiplyAdd<f64>(v, loadPair<T>(q), s0)
      s1 = multiplyAdd<f64>(v, loadPair<T>(q + 2 * size), s1)
      s2 = multiplyAdd<f64>(v, loadPair<T>(q + 4 * size), s2)
      s3 = multiplyAdd<f64>(v, loadPair<T>(q + 6 * size), s3)
      p += ls
      q += row
    }
    const to = o + at
    storePair<T>(to, f64x2.sub(loadPair<T>(to), s0))
    storePair<T>(to + 2 * size, f64x2.sub(loadPair<T>(to + 2 * size), s1))
    storePair<T>(to + 4 * size, f64x2.sub(loadPair<T>(to + 4 * size), s2))
    storePair<T>(to + 6 * size, f64x2.sub(loadPair<T>(to + 6 * size), s3))
  }
  for (; c < n; c++) {
    const at = <usize>c * size
    store<T>(o + at, <T>(<f64>load<T>(o + at) - dotStrided<T>(l, ls, u + at, row, terms)))
  }
}
