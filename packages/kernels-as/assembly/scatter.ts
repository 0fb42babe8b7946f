/**
 * scatter: combines updates [nIdx, elements of a slice] into o, a copy of the operand, at the slices that index vectors
 * point to, in order, so repeated indices accumulate in a fixed order and the last one wins for scatterSet.
 * `meta` as in gather.ts. Mode 0 clips each start to 0 … limit; mode 1 drops slices with any start out of range.
 */
import { Add, Max, Min, Mul } from './ops'
import { elementsOf, innerRun, place } from './slices'

/** The update itself. */
@unmanaged
class Set {
  // @ts-ignore: decorator
  @inline simd<T>(): bool { return true }
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 { return b }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): T { return b }
}

/** o[i] = Op(o[i], u[i]) for i < n. */
function combine<T, Op>(o: usize, u: usize, n: i32): void {
  const f = changetype<Op>(0)
  const bytes = <usize>n * sizeof<T>()
  const end = o + bytes
  if (f.simd<T>()) {
    const wide = o + (bytes & ~15)
    for (; o < wide; o += 16, u += 16) v128.store(o, f.lanes<T>(v128.load(o), v128.load(u)))
  }
  for (; o < end; o += sizeof<T>(), u += sizeof<T>()) store<T>(o, f.one<T>(load<T>(o), load<T>(u)))
}

/** One loop for all kernels; the operation on a run of n elements is called by reference. */
type Combine = (o: usize, u: usize, n: i32) => void

/** Combines the axes from d on of a slice, the last `run` elements being contiguous; returns the end of the updates. */
function slice(
  o: usize, u: usize, sizes: usize, strides: usize, d: i32, last: i32, run: i32, width: i32, f: Combine,
): usize {
  if (d == last) {
    f(o, u, run)
    return u + run * width
  }
  const n = load<i32>(sizes + (<usize>d << 2)), step = load<i32>(strides + (<usize>d << 2)) * width
  for (let i = 0; i < n; i++, o += step) u = slice(o, u, sizes, strides, d + 1, last, run, width, f)
  return u
}

/** Slices of more than one element. */
function scatterSlices(
  o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32, width: i32, f: Combine,
): void {
  const limits = meta + (<usize>k << 2)
  const sizes = limits + (<usize>k << 2)
  const strides = sizes + (<usize>rank << 2)
  const count = elementsOf(sizes, rank)
  if (count == 0) return
  const last = innerRun(sizes, strides, rank)
  const run = elementsOf(sizes + (<usize>last << 2), rank - last)
  for (let i = 0; i < nIdx; i++, idx += <usize>k << 2, u += count * width) {
    const offset = place(idx, meta, limits, k, mode)
    if (offset < 0) continue
    if (last == 0) f(o + offset * width, u, run)
    else slice(o + offset * width, u, sizes, strides, 0, last, run, width, f)
  }
}

// @ts-ignore: decorator
@inline
function scatter<T, Op>(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  const limits = meta + (<usize>k << 2)
  if (elementsOf(limits + (<usize>k << 2), rank) != 1) {
    scatterSlices(o, idx, u, nIdx, k, rank, meta, mode, sizeof<T>(), (p, q, n) => combine<T, Op>(p, q, n))
    return
  }
  // single elements (counting, histograms) are too short for a call by reference
  for (let i = 0; i < nIdx; i++, idx += <usize>k << 2, u += sizeof<T>()) {
    const offset = place(idx, meta, limits, k, mode)
    if (offset < 0) continue
    const p = o + <usize>offset * sizeof<T>()
    store<T>(p, changetype<Op>(0).one<T>(load<T>(p), load<T>(u)))
  }
}

export function scatterAdd_f32(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<f32, Add>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterAdd_f64(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<f64, Add>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterAdd_i32(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<i32, Add>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterAdd_u32(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<i32, Add>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterAdd_u8(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<u8, Add>(o, idx, u, nIdx, k, rank, meta, mode)
}

export function scatterMul_f32(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<f32, Mul>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterMul_f64(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<f64, Mul>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterMul_i32(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<i32, Mul>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterMul_u32(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<i32, Mul>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterMul_u8(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<u8, Mul>(o, idx, u, nIdx, k, rank, meta, mode)
}

export function scatterMin_f32(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<f32, Min>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterMin_f64(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<f64, Min>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterMin_i32(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<i32, Min>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterMin_u32(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<u32, Min>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterMin_u8(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<u8, Min>(o, idx, u, nIdx, k, rank, meta, mode)
}

export function scatterMax_f32(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<f32, Max>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterMax_f64(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<f64, Max>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterMax_i32(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<i32, Max>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterMax_u32(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<u32, Max>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterMax_u8(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<u8, Max>(o, idx, u, nIdx, k, rank, meta, mode)
}

export function scatterSet_8(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<u8, Set>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterSet_32(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<u32, Set>(o, idx, u, nIdx, k, rank, meta, mode)
}
export function scatterSet_64(o: usize, idx: usize, u: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32): void {
  scatter<f64, Set>(o, idx, u, nIdx, k, rank, meta, mode)
}
