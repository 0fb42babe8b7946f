/**
 * Running reductions along the middle axis of [outer, n, inner]: o[k] = o[k − 1] ∘ x[k], from the end with `reverse`.
 * Running f32 sums are kept in f64 and rounded at each output, so every partial sum is right to half an ulp or so.
 */
import { Add, Max, Min, Mul } from './ops'

/** One column; Acc is the type the running value is kept in. */
// @ts-ignore: decorator
@inline
function column<T, Acc, Op>(x: usize, o: usize, n: i32, step: usize): void {
  const f = changetype<Op>(0)
  let s = <Acc>load<T>(x)
  store<T>(o, <T>s)
  while (--n) {
    x += step
    o += step
    s = f.one<Acc>(s, <Acc>load<T>(x))
    store<T>(o, <T>s)
  }
}

/** A vector of columns. */
// @ts-ignore: decorator
@inline
function columnOfLanes<T, Op>(x: usize, o: usize, n: i32, step: usize): void {
  const f = changetype<Op>(0)
  let s = v128.load(x)
  v128.store(o, s)
  while (--n) {
    x += step
    o += step
    s = f.lanes<T>(s, v128.load(x))
    v128.store(o, s)
  }
}

/** Four columns of f32, kept in f64. */
// @ts-ignore: decorator
@inline
function columnOfSums(x: usize, o: usize, n: i32, step: usize): void {
  let low = f64x2.promote_low_f32x4(v128.load64_zero(x)), high = f64x2.promote_low_f32x4(v128.load64_zero(x, 8))
  v128.store(o, v128.load(x))
  while (--n) {
    x += step
    o += step
    low = f64x2.add(low, f64x2.promote_low_f32x4(v128.load64_zero(x)))
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.load64_zero(x, 8)))
    v128.store(o, v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2))
  }
}

function cumulative<T, Acc, Op>(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  if (n <= 0) return
  const row = <usize>inner * sizeof<T>()
  const block = <usize>n * row
  // backwards is forwards from the last row with the step negated
  const first = reverse ? block - row : 0, step = reverse ? 0 - row : row
  for (let r = 0; r < outer; r++) {
    let p = x + first, q = o + first
    const end = p + row, wide = changetype<Op>(0).simd<T>() ? p + (row & ~15) : p
    for (; p < wide; p += 16, q += 16) {
      if (sizeof<Acc>() > sizeof<T>()) columnOfSums(p, q, n, step)
      else if (changetype<Op>(0).simd<T>()) columnOfLanes<T, Op>(p, q, n, step)
    }
    for (; p < end; p += sizeof<T>(), q += sizeof<T>()) column<T, Acc, Op>(p, q, n, step)
    x += block
    o += block
  }
}

/** Running log Σ exp, shifted by the running maximum m: s = Σ exp(xᵢ − m). */
function cumlogsumexp<T>(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  if (n <= 0) return
  const row = <usize>inner * sizeof<T>()
  const block = <usize>n * row
  const first = reverse ? block - row : 0, step = reverse ? 0 - row : row
  for (let r = 0; r < outer; r++) {
    for (let c: usize = 0; c < row; c += sizeof<T>()) {
      let p = x + first + c, q = o + first + c
      let m: f64 = -Infinity, s: f64 = 0
      for (let k = n; k > 0; k--, p += step, q += step) {
        const v = <f64>load<T>(p)
        if (v <= m) {
          // equal infinities: their difference is NaN, their sum is not
          s += v == m ? 1 : NativeMath.exp(v - m)
        } else {
          s = m == -Infinity ? 1 : s * NativeMath.exp(m - v) + 1
          m = v
        }
        store<T>(q, <T>(m + NativeMath.log(s)))
      }
    }
    x += block
    o += block
  }
}

export function cumsum_f32(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<f32, f64, Add>(x, o, outer, n, inner, reverse)
}
export function cumsum_f64(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<f64, f64, Add>(x, o, outer, n, inner, reverse)
}
export function cumsum_i32(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<i32, i32, Add>(x, o, outer, n, inner, reverse)
}
export function cumsum_u32(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<i32, i32, Add>(x, o, outer, n, inner, reverse)
}
export function cumsum_u8(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<u8, u8, Add>(x, o, outer, n, inner, reverse)
}

export function cumprod_f32(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<f32, f32, Mul>(x, o, outer, n, inner, reverse)
}
export function cumprod_f64(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<f64, f64, Mul>(x, o, outer, n, inner, reverse)
}
export function cumprod_i32(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<i32, i32, Mul>(x, o, outer, n, inner, reverse)
}
export function cumprod_u32(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<i32, i32, Mul>(x, o, outer, n, inner, reverse)
}
export function cumprod_u8(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<u8, u8, Mul>(x, o, outer, n, inner, reverse)
}

export function cummax_f32(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<f32, f32, Max>(x, o, outer, n, inner, reverse)
}
export function cummax_f64(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<f64, f64, Max>(x, o, outer, n, inner, reverse)
}
export function cummax_i32(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<i32, i32, Max>(x, o, outer, n, inner, reverse)
}
export function cummax_u32(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<u32, u32, Max>(x, o, outer, n, inner, reverse)
}
export function cummax_u8(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<u8, u8, Max>(x, o, outer, n, inner, reverse)
}

export function cummin_f32(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<f32, f32, Min>(x, o, outer, n, inner, reverse)
}
export function cummin_f64(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<f64, f64, Min>(x, o, outer, n, inner, reverse)
}
export function cummin_i32(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<i32, i32, Min>(x, o, outer, n, inner, reverse)
}
export function cummin_u32(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<u32, u32, Min>(x, o, outer, n, inner, reverse)
}
export function cummin_u8(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumulative<u8, u8, Min>(x, o, outer, n, inner, reverse)
}

export function cumlogsumexp_f32(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumlogsumexp<f32>(x, o, outer, n, inner, reverse)
}
export function cumlogsumexp_f64(x: usize, o: usize, outer: i32, n: i32, inner: i32, reverse: i32): void {
  cumlogsumexp<f64>(x, o, outer, n, inner, reverse)
}
