/**
 * Geometry of sliding windows of any rank, read straight from `meta`: seven i32 arrays of length rank
 * (in, out, window, stride, padLow, baseDilation, windowDilation). Output j, tap k reads dilated position
 * t = j·stride − padLow + k·windowDilation, an element where baseDilation divides t and t / baseDilation < in.
 */

// @ts-ignore: decorator
@inline
export const IN: i32 = 0
// @ts-ignore: decorator
@inline
export const OUT: i32 = 1
// @ts-ignore: decorator
@inline
export const WINDOW: i32 = 2
// @ts-ignore: decorator
@inline
export const STRIDE: i32 = 3
// @ts-ignore: decorator
@inline
export const PAD: i32 = 4
// @ts-ignore: decorator
@inline
export const BASE: i32 = 5
// @ts-ignore: decorator
@inline
export const DILATION: i32 = 6

// @ts-ignore: decorator
@inline
export function field(meta: usize, rank: i32, array: i32, d: i32): i32 {
  return load<i32>(meta + (<usize>(array * rank + d) << 2))
}

/** Product of one of the arrays over axes from … until − 1. */
export function extent(meta: usize, rank: i32, array: i32, from: i32, until: i32): i32 {
  let p = 1
  for (let d = from; d < until; d++) p *= field(meta, rank, array, d)
  return p
}

/** Whether axis d passes through unchanged. */
function isPlain(meta: usize, rank: i32, d: i32): bool {
  return (
    field(meta, rank, WINDOW, d) == 1 && field(meta, rank, STRIDE, d) == 1 && field(meta, rank, PAD, d) == 0 &&
    field(meta, rank, BASE, d) == 1 && field(meta, rank, IN, d) == field(meta, rank, OUT, d)
  )
}

/** First axis with a window, or rank − 1. */
export function firstWindowed(meta: usize, rank: i32): i32 {
  let d = 0
  while (d < rank - 1 && isPlain(meta, rank, d)) d++
  return d
}

/** Last axis with a window, at least `first`. */
export function lastWindowed(meta: usize, rank: i32, first: i32): i32 {
  let d = rank - 1
  while (d > first && isPlain(meta, rank, d)) d--
  return d
}

/** Whether windows span one axis or two adjacent ones without base dilation: the pooling case. */
export function isPlane(meta: usize, rank: i32, first: i32, last: i32): bool {
  return last - first <= 1 && field(meta, rank, BASE, first) == 1 && field(meta, rank, BASE, last) == 1
}

/** First tap k ≥ 0 with start + k·dilation ≥ 0. */
// @ts-ignore: decorator
@inline
export function firstTap(start: i32, dilation: i32): i32 {
  return start < 0 ? (dilation - 1 - start) / dilation : 0
}

/** One past the last tap inside a size-long axis. */
// @ts-ignore: decorator
@inline
export function lastTap(start: i32, dilation: i32, window: i32, size: i32): i32 {
  return start >= size ? 0 : min(window, (size - start + dilation - 1) / dilation)
}

/** Element read by dilated position t on axis d, or −1. */
// @ts-ignore: decorator
@inline
export function elementAt(meta: usize, rank: i32, d: i32, t: i32): i32 {
  const base = field(meta, rank, BASE, d)
  if (t < 0 || t % base != 0) return -1
  const index = t / base
  return index < field(meta, rank, IN, d) ? index : -1
}
