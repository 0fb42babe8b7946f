/**
 * Positions of extremes: [outer, n, inner] → i32 [outer, inner], n ≥ 1. The first position wins a tie, −0 ties with +0,
 * and NaN counts as the extreme. Two passes: the extreme itself by the tree of tree.ts, then a search for it.
 */
import { Max, Min } from './ops'
import { contiguous, elements, vectors } from './tree'

/** Whether x is the extreme m; a NaN extreme is matched by any NaN. */
// @ts-ignore: decorator
@inline
function same<T>(x: T, m: T): bool {
  if (isFloat<T>()) return x == m || (m != m && x != x)
  return x == m
}

// @ts-ignore: decorator
@inline
function sameLanes<T>(v: v128, m: v128): v128 {
  if (isFloat<T>()) return v128.or(v128.eq<T>(v, m), v128.and(v128.ne<T>(m, m), v128.ne<T>(v, v)))
  return v128.eq<T>(v, m)
}

/** The first position in 0 … n − 1 that holds m. */
function find<T>(x: usize, n: i32, m: T): i32 {
  const target = v128.splat<T>(m)
  const perVector = 16 / <i32>sizeof<T>()
  let k = 0
  for (; k + perVector <= n; k += perVector) {
    if (v128.any_true(sameLanes<T>(v128.load(x + <usize>k * sizeof<T>()), target))) break
  }
  for (; k < n - 1; k++) if (same<T>(load<T>(x + <usize>k * sizeof<T>()), m)) return k
  return k
}

/** The first row that holds m, for each lane of a column of vectors; Index is the integer of T's width. */
// @ts-ignore: decorator
@inline
function findLanes<T, Index>(x: usize, n: i32, step: usize, m: v128): v128 {
  let index = v128.splat<Index>(-1)
  const none = index
  for (let k = 0; k < n; k++, x += step) {
    const hit = v128.and(sameLanes<T>(v128.load(x), m), v128.eq<Index>(index, none))
    index = v128.bitselect(v128.splat<Index>(<Index>k), index, hit)
    if (v128.all_true<Index>(v128.ne<Index>(index, none))) break
  }
  return index
}

function columns<T, Op>(x: usize, o: usize, n: i32, inner: i32): void {
  const step = <usize>inner * sizeof<T>()
  const lanes = 16 / <i32>sizeof<T>()
  let c = 0
  if (sizeof<T>() > 1 && inner >= lanes) {
    while (c < inner) {
      // the last vector may overlap the one before
      const first = min(c, inner - lanes)
      const p = x + <usize>first * sizeof<T>(), q = o + (<usize>first << 2)
      if (sizeof<T>() == 4) {
        v128.store(q, findLanes<T, i32>(p, n, step, vectors<T, Op>(p, n, step)))
      } else {
        const index = findLanes<T, i64>(p, n, step, vectors<T, Op>(p, n, step))
        v128.store_lane<i64>(q, v128.shuffle<i32>(index, index, 0, 2, 0, 2), 0)
      }
      c += lanes
    }
    return
  }
  for (; c < inner; c++, x += sizeof<T>(), o += 4) {
    const m = elements<T, Op>(x, n, step)
    let k = 0
    for (let p = x; k < n - 1; k++, p += step) if (same<T>(load<T>(p), m)) break
    store<i32>(o, k)
  }
}

function argreduce<T, Op>(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  if (n <= 0) return
  const block = <usize>n * <usize>inner * sizeof<T>()
  for (let r = 0; r < outer; r++) {
    if (inner == 1) store<i32>(o, find<T>(x, n, contiguous<T, Op>(x, n)))
    else columns<T, Op>(x, o, n, inner)
    x += block
    o += <usize>inner << 2
  }
}

export function argmax_f32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  argreduce<f32, Max>(x, o, outer, n, inner)
}
export function argmax_f64(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  argreduce<f64, Max>(x, o, outer, n, inner)
}
export function argmax_i32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  argreduce<i32, Max>(x, o, outer, n, inner)
}
export function argmax_u32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  argreduce<u32, Max>(x, o, outer, n, inner)
}
export function argmax_u8(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  argreduce<u8, Max>(x, o, outer, n, inner)
}

export function argmin_f32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  argreduce<f32, Min>(x, o, outer, n, inner)
}
export function argmin_f64(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  argreduce<f64, Min>(x, o, outer, n, inner)
}
export function argmin_i32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  argreduce<i32, Min>(x, o, outer, n, inner)
}
export function argmin_u32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  argreduce<u32, Min>(x, o, outer, n, inner)
}
export function argmin_u8(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  argreduce<u8, Min>(x, o, outer, n, inner)
}
