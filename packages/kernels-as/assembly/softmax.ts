/**
 * softmax and logsumexp along the middle axis of [outer, n, inner], shifted by the maximum so that nothing overflows,
 * with the sums of tree.ts. A NaN in a column makes its results NaN. softmax of a column with +∞ or of only −∞ is NaN;
 * logsumexp gives ±∞ there. softmaxOrZero, its derivative, gives 0 in place of NaN to elements of −∞. Columns are taken a
 * vector at a time, the rest of a row through padded vectors.
 */
import { exp_f32, exp_f64 } from './exp'
import { expLanes } from './exp-lanes'
import { Add, Max } from './ops'
import { contiguous, elements, fold, vectors } from './tree'

/**
 * The larger of two, in one instruction. A NaN may get lost in it, and the sign of zero: the exponential of the NaN itself still makes
 * the sum NaN, and exp(±0) is 1.
 */
@unmanaged
class Larger {
  // @ts-ignore: decorator
  @inline simd<T>(): bool { return true }
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 { return v128.pmax<T>(a, b) }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): T { return a < b ? b : a }
}

/** Loads `n` < lanes elements; the rest are `fill`. */
// @ts-ignore: decorator
@inline
function loadPart<T>(x: usize, n: i32, fill: v128): v128 {
  if (sizeof<T>() == 8) return v128.load_lane<f64>(x, fill, 0)
  fill = v128.load_lane<f32>(x, fill, 0)
  if (n > 1) fill = v128.load_lane<f32>(x + 4, fill, 1)
  if (n > 2) fill = v128.load_lane<f32>(x + 8, fill, 2)
  return fill
}

// @ts-ignore: decorator
@inline
function storePart<T>(o: usize, n: i32, v: v128): void {
  if (sizeof<T>() == 8) {
    v128.store_lane<f64>(o, v, 0)
    return
  }
  v128.store_lane<f32>(o, v, 0)
  if (n > 1) v128.store_lane<f32>(o + 4, v, 1)
  if (n > 2) v128.store_lane<f32>(o + 8, v, 2)
}

// @ts-ignore: decorator
@inline
const CHUNK: i32 = 2048 // elements that stay in L1 between the subtraction and the exponential

// @ts-ignore: decorator
@inline
function subtract<T>(x: usize, o: usize, n: i32, m: T): void {
  const shift = v128.splat<T>(m)
  const end = o + <usize>n * sizeof<T>(), wide = o + ((<usize>n * sizeof<T>()) & ~15)
  for (; o < wide; x += 16, o += 16) v128.store(o, v128.sub<T>(v128.load(x), shift))
  for (; o < end; x += sizeof<T>(), o += sizeof<T>()) store<T>(o, <T>(load<T>(x) - m))
}

/** o = exp(x − m) on a contiguous row. */
function shiftedExp<T>(x: usize, o: usize, n: i32, m: T): void {
  for (; n > 0; n -= CHUNK, x += CHUNK * sizeof<T>(), o += CHUNK * sizeof<T>()) {
    const part = min(n, CHUNK)
    subtract<T>(x, o, part, m)
    if (sizeof<T>() == 4) exp_f32(o, o, part)
    else exp_f64(o, o, part)
  }
}

/** o = o · 1/s on a contiguous row: a product takes a third of a quotient. */
function scale<T>(o: usize, n: i32, s: T): void {
  const factor = <T>(<T>1 / s), factors = v128.splat<T>(factor)
  const end = o + <usize>n * sizeof<T>(), wide = o + ((<usize>n * sizeof<T>()) & ~15)
  for (; o < wide; o += 16) v128.store(o, v128.mul<T>(v128.load(o), factors))
  for (; o < end; o += sizeof<T>()) store<T>(o, <T>(load<T>(o) * factor))
}

/** 0 for elements of −∞ among columns whose results are NaN. */
function nothingIsZero<T>(x: usize, o: usize, n: i32, step: usize): void {
  for (let k = n; k > 0; k--, x += step, o += step) {
    const y = load<T>(o)
    if (y != y && load<T>(x) == <T>-Infinity) store<T>(o, 0)
  }
}

/** softmax of a column of vectors. */
function columnOfLanes<T>(x: usize, o: usize, n: i32, step: usize, orZero: bool): void {
  const m = vectors<T, Larger>(x, n, step)
  let p = x, q = o
  for (let k = n; k > 0; k--, p += step, q += step) v128.store(q, expLanes<T>(v128.sub<T>(v128.load(p), m)))
  const factors = v128.div<T>(v128.splat<T>(1), vectors<T, Add>(o, n, step))
  q = o
  for (let k = n; k > 0; k--, q += step) v128.store(q, v128.mul<T>(v128.load(q), factors))
  if (orZero && v128.any_true(v128.ne<T>(factors, factors))) {
    for (let lane: usize = 0; lane < 16; lane += sizeof<T>()) nothingIsZero<T>(x + lane, o + lane, n, step)
  }
}

/** softmax of one column, one lane wide. */
function column<T>(x: usize, o: usize, n: i32, step: usize, orZero: bool): void {
  const m = elements<T, Larger>(x, n, step)
  const shift = v128.splat<T>(m)
  let p = x, q = o
  for (let k = n; k > 0; k--, p += step, q += step) {
    storePart<T>(q, 1, expLanes<T>(v128.sub<T>(loadPart<T>(p, 1, shift), shift)))
  }
  const factor = <T>(<T>1 / elements<T, Add>(o, n, step))
  q = o
  for (let k = n; k > 0; k--, q += step) store<T>(q, <T>(load<T>(q) * factor))
  if (orZero && factor != factor) nothingIsZero<T>(x, o, n, step)
}

function softmax<T>(x: usize, o: usize, outer: i32, n: i32, inner: i32, orZero: bool): void {
  if (n <= 0) return
  const row = <usize>inner * sizeof<T>()
  const block = <usize>n * row
  for (let r = 0; r < outer; r++) {
    if (inner == 1) {
      shiftedExp<T>(x, o, n, contiguous<T, Larger>(x, n))
      const s = contiguous<T, Add>(o, n)
      scale<T>(o, n, s)
      if (orZero && s != s) nothingIsZero<T>(x, o, n, row)
    } else {
      let c: usize = 0
      for (; c + 16 <= row; c += 16) columnOfLanes<T>(x + c, o + c, n, row, orZero)
      for (; c < row; c += sizeof<T>()) column<T>(x + c, o + c, n, row, orZero)
    }
    x += block
    o += block
  }
}

/** The shift of logsumexp: the maximum if it is finite, else 0 (also for NaN, which stays in the elements). */
// @ts-ignore: decorator
@inline
function finite<T>(m: T): T {
  return <T>(m - m) == 0 ? m : 0
}

/** How a column is read: all lanes of a vector, or the first alone. */
@unmanaged
class Whole {
  // @ts-ignore: decorator
  @inline load<T>(x: usize, fill: v128): v128 { return v128.load(x) }
}

@unmanaged
class First {
  // @ts-ignore: decorator
  @inline load<T>(x: usize, fill: v128): v128 { return loadPart<T>(x, 1, fill) }
}

/** Σ exp(x − m) over k ≥ 1 vectors at `step`: runs of up to 16 one after another, the runs by the tree. */
function expSum<T, Lanes>(x: usize, k: i32, step: usize, m: v128): v128 {
  if (k <= 16) {
    let s = v128.splat<T>(0)
    for (; k > 0; k--, x += step) {
      s = v128.add<T>(s, expLanes<T>(v128.sub<T>(changetype<Lanes>(0).load<T>(x, m), m)))
    }
    return s
  }
  const half = 1 << (31 - clz(k - 1))
  const s = expSum<T, Lanes>(x, half, step, m)
  return v128.add<T>(s, expSum<T, Lanes>(x + <usize>half * step, k - half, step, m))
}

/** log Σ exp x from the maximum and Σ exp(x − finite(max)). */
// @ts-ignore: decorator
@inline
function finish<T>(max: T, s: T): T {
  if (max == Infinity) return max
  // f32: rounded once
  return <T>(<f64>finite<T>(max) + NativeMath.log(<f64>s))
}

function logsumexpRow<T>(x: usize, n: i32): T {
  const max = contiguous<T, Max>(x, n)
  const shift = v128.splat<T>(finite<T>(max)), nothing = v128.splat<T>(<T>-Infinity)
  const perVector = 16 / <i32>sizeof<T>()
  const whole = n / perVector, rest = n - whole * perVector
  let s = v128.splat<T>(0)
  if (whole) s = expSum<T, Whole>(x, whole, 16, shift)
  if (rest) s = v128.add<T>(s, expLanes<T>(v128.sub<T>(loadPart<T>(x + (<usize>whole << 4), rest, nothing), shift)))
  return finish<T>(max, fold<T, Add>(s))
}

function logsumexpColumns<T>(x: usize, o: usize, n: i32, row: usize): void {
  const end = o + row, wide = o + (row & ~15)
  for (; o < wide; o += 16, x += 16) {
    const max = vectors<T, Max>(x, n, row)
    const isFinite = v128.eq<T>(v128.sub<T>(max, max), v128.splat<T>(0))
    const s = expSum<T, Whole>(x, n, row, v128.and(max, isFinite))
    store<T>(o, finish<T>(v128.extract_lane<T>(max, 0), v128.extract_lane<T>(s, 0)))
    store<T>(o + sizeof<T>(), finish<T>(v128.extract_lane<T>(max, 1), v128.extract_lane<T>(s, 1)))
    if (sizeof<T>() == 4) {
      store<T>(o + 8, finish<T>(v128.extract_lane<T>(max, 2), v128.extract_lane<T>(s, 2)))
      store<T>(o + 12, finish<T>(v128.extract_lane<T>(max, 3), v128.extract_lane<T>(s, 3)))
    }
  }
  for (; o < end; o += sizeof<T>(), x += sizeof<T>()) {
    const max = elements<T, Max>(x, n, row)
    const s = expSum<T, First>(x, n, row, v128.splat<T>(finite<T>(max)))
    store<T>(o, finish<T>(max, v128.extract_lane<T>(s, 0)))
  }
}

function logsumexp<T>(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  const row = <usize>inner * sizeof<T>()
  if (n <= 0) {
    const end = o + <usize>outer * row
    for (; o < end; o += sizeof<T>()) store<T>(o, <T>-Infinity)
    return
  }
  for (let r = 0; r < outer; r++) {
    if (inner == 1) store<T>(o, logsumexpRow<T>(x, n))
    else logsumexpColumns<T>(x, o, n, row)
    x += <usize>n * row
    o += row
  }
}

export function softmax_f32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  softmax<f32>(x, o, outer, n, inner, false)
}
export function softmax_f64(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  softmax<f64>(x, o, outer, n, inner, false)
}
export function softmaxOrZero_f32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  softmax<f32>(x, o, outer, n, inner, true)
}
export function softmaxOrZero_f64(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  softmax<f64>(x, o, outer, n, inner, true)
}
export function logsumexp_f32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  logsumexp<f32>(x, o, outer, n, inner)
}
export function logsumexp_f64(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  logsumexp<f64>(x, o, outer, n, inner)
}
