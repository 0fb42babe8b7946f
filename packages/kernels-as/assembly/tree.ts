/**
 * The one summation tree: k rows combine as (the first 2^⌈log₂k⌉⁻¹ rows) ∘ (the rest), each half in the same way.
 * So the rounding error of a sum grows like log k, and a column's bits depend on its values alone, not on where it
 * stands or how many columns are combined beside it. Three widths: 64 bytes, one vector, one element.
 */

// the four vectors of a 64-byte row that `lines` combined
export let line0: v128 = i64x2.splat(0)
export let line1: v128 = i64x2.splat(0)
export let line2: v128 = i64x2.splat(0)
export let line3: v128 = i64x2.splat(0)

/** The largest power of two below k ≥ 2. */
// @ts-ignore: decorator
@inline
function split(k: i32): i32 {
  return 1 << (31 - clz(k - 1))
}

// @ts-ignore: decorator
@inline
function two<T, Op>(x: usize, step: usize): v128 {
  return changetype<Op>(0).lanes<T>(v128.load(x), v128.load(x + step))
}

// @ts-ignore: decorator
@inline
function four<T, Op>(x: usize, step: usize): v128 {
  return changetype<Op>(0).lanes<T>(two<T, Op>(x, step), two<T, Op>(x + 2 * step, step))
}

// @ts-ignore: decorator
@inline
function eight<T, Op>(x: usize, step: usize): v128 {
  return changetype<Op>(0).lanes<T>(four<T, Op>(x, step), four<T, Op>(x + 4 * step, step))
}

/** Combines k ≥ 1 rows of 64 bytes at `step` into line0 … line3. */
export function lines<T, Op>(x: usize, k: i32, step: usize): void {
  if (k == 8) {
    line0 = eight<T, Op>(x, step)
    line1 = eight<T, Op>(x + 16, step)
    line2 = eight<T, Op>(x + 32, step)
    line3 = eight<T, Op>(x + 48, step)
  } else if (k == 1) {
    line0 = v128.load(x)
    line1 = v128.load(x, 16)
    line2 = v128.load(x, 32)
    line3 = v128.load(x, 48)
  } else {
    const f = changetype<Op>(0)
    const half = split(k)
    lines<T, Op>(x, half, step)
    const a = line0, b = line1, c = line2, d = line3
    lines<T, Op>(x + <usize>half * step, k - half, step)
    line0 = f.lanes<T>(a, line0)
    line1 = f.lanes<T>(b, line1)
    line2 = f.lanes<T>(c, line2)
    line3 = f.lanes<T>(d, line3)
  }
}

/** Combines k ≥ 1 vectors at `step`. */
export function vectors<T, Op>(x: usize, k: i32, step: usize): v128 {
  if (k == 8) return eight<T, Op>(x, step)
  if (k == 1) return v128.load(x)
  const half = split(k)
  const a = vectors<T, Op>(x, half, step)
  return changetype<Op>(0).lanes<T>(a, vectors<T, Op>(x + <usize>half * step, k - half, step))
}

/** Combines k ≥ 1 elements at `step`. */
export function elements<T, Op>(x: usize, k: i32, step: usize): T {
  const f = changetype<Op>(0)
  if (k == 4) {
    const y = x + 2 * step
    return f.one<T>(f.one<T>(load<T>(x), load<T>(x + step)), f.one<T>(load<T>(y), load<T>(y + step)))
  }
  if (k == 1) return load<T>(x)
  const half = split(k)
  const a = elements<T, Op>(x, half, step)
  return f.one<T>(a, elements<T, Op>(x + <usize>half * step, k - half, step))
}

/** Combines the lanes of a vector, halves first. */
// @ts-ignore: decorator
@inline
export function fold<T, Op>(v: v128): T {
  const f = changetype<Op>(0)
  v = f.lanes<T>(v, v128.shuffle<i64>(v, v, 1, 0))
  if (sizeof<T>() <= 4) v = f.lanes<T>(v, v128.shuffle<i32>(v, v, 1, 0, 3, 2))
  if (sizeof<T>() == 1) {
    v = f.lanes<T>(v, v128.shuffle<i16>(v, v, 1, 0, 3, 2, 5, 4, 7, 6))
    v = f.lanes<T>(v, v128.shuffle<i8>(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14))
  }
  return v128.extract_lane<T>(v, 0)
}

/** Combines n ≥ 1 contiguous elements: whole 64-byte lines, then whole vectors, then what is left. */
export function contiguous<T, Op>(x: usize, n: i32): T {
  const f = changetype<Op>(0)
  if (!f.simd<T>()) return elements<T, Op>(x, n, sizeof<T>())
  const bytes = <usize>n * sizeof<T>()
  const end = x + bytes
  const wholeLines = <i32>(bytes >> 6), wholeVectors = <i32>((bytes & 63) >> 4)
  let s: T
  if (wholeLines | wholeVectors) {
    let v: v128
    if (wholeLines) {
      lines<T, Op>(x, wholeLines, 64)
      v = f.lanes<T>(f.lanes<T>(line0, line1), f.lanes<T>(line2, line3))
      x += <usize>wholeLines << 6
      if (wholeVectors) v = f.lanes<T>(v, vectors<T, Op>(x, wholeVectors, 16))
    } else {
      v = vectors<T, Op>(x, wholeVectors, 16)
    }
    x += <usize>wholeVectors << 4
    s = fold<T, Op>(v)
  } else {
    s = load<T>(x)
    x += sizeof<T>()
  }
  for (; x < end; x += sizeof<T>()) s = f.one<T>(s, load<T>(x))
  return s
}

/** Combines n ≥ 1 rows of `inner` elements into one row. */
export function columns<T, Op>(x: usize, o: usize, n: i32, inner: i32): void {
  const step = <usize>inner * sizeof<T>()
  const end = o + step
  if (changetype<Op>(0).simd<T>()) {
    const ofLines = o + (step & ~63)
    for (; o < ofLines; x += 64, o += 64) {
      lines<T, Op>(x, n, step)
      v128.store(o, line0)
      v128.store(o, line1, 16)
      v128.store(o, line2, 32)
      v128.store(o, line3, 48)
    }
    if (step >= 16) {
      while (o < end) {
        // the last vector may overlap the one before: the same columns give the same bits
        const past = o + 16 > end ? o + 16 - end : 0
        v128.store(o - past, vectors<T, Op>(x - past, n, step))
        x += 16
        o += 16
      }
      return
    }
  }
  for (; o < end; x += sizeof<T>(), o += sizeof<T>()) store<T>(o, elements<T, Op>(x, n, step))
}
