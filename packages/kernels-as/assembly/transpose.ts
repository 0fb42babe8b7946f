/**
 * Copies between two planes of elements whose strides are in bytes: plain rows, broadcast rows, and transposes by small
 * squares held in registers.
 */

/** Squares per cache tile: 16 rows of 64 bytes for 32-bit elements. */
// @ts-ignore: decorator
@inline
const TILE: i32 = 16

// @ts-ignore: decorator
@inline
function side<T>(): i32 {
  return sizeof<T>() == 8 ? 2 : 4
}

/** One square: rows of x at step `xs` become columns of o, whose rows are at step `os`. */
// @ts-ignore: decorator
@inline
function square<T>(x: usize, xs: usize, o: usize, os: usize): void {
  if (sizeof<T>() == 8) {
    const r0 = v128.load(x), r1 = v128.load(x + xs)
    v128.store(o, v128.shuffle<f64>(r0, r1, 0, 2))
    v128.store(o + os, v128.shuffle<f64>(r0, r1, 1, 3))
  } else if (sizeof<T>() == 4) {
    const r0 = v128.load(x), r1 = v128.load(x + xs), r2 = v128.load(x + 2 * xs), r3 = v128.load(x + 3 * xs)
    // V8 recognises exactly these masks as unpack instructions
    const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), t1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7)
    const t2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7)
    v128.store(o, v128.shuffle<f64>(t0, t2, 0, 2))
    v128.store(o + os, v128.shuffle<f64>(t0, t2, 1, 3))
    v128.store(o + 2 * os, v128.shuffle<f64>(t1, t3, 0, 2))
    v128.store(o + 3 * os, v128.shuffle<f64>(t1, t3, 1, 3))
  } else {
    const r0 = v128.load32_zero(x), r1 = v128.load32_zero(x + xs)
    const r2 = v128.load32_zero(x + 2 * xs), r3 = v128.load32_zero(x + 3 * xs)
    const t0 = v128.shuffle<i8>(r0, r1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
    const t1 = v128.shuffle<i8>(r2, r3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
    const v = v128.shuffle<i16>(t0, t1, 0, 8, 1, 9, 2, 10, 3, 11)
    v128.store_lane<i32>(o, v, 0)
    v128.store_lane<i32>(o + os, v, 1)
    v128.store_lane<i32>(o + 2 * os, v, 2)
    v128.store_lane<i32>(o + 3 * os, v, 3)
  }
}

/** Elements [i, i1) × [j, j1) of a transpose, one at a time. */
function edge<T>(x: usize, xs: usize, o: usize, os: usize, i: i32, i1: i32, j0: i32, j1: i32): void {
  for (; i < i1; i++) {
    let p = x + <usize>i * sizeof<T>() + <usize>j0 * xs, q = o + <usize>i * os + <usize>j0 * sizeof<T>()
    for (let j = j0; j < j1; j++, p += xs, q += sizeof<T>()) store<T>(q, load<T>(p))
  }
}

/** o[i, j] = x[j, i] for i < m, j < n: x contiguous along i with rows at step `xs`, o along j with rows at step `os`. */
export function transpose<T>(x: usize, xs: usize, o: usize, os: usize, m: i32, n: i32): void {
  const s = side<T>()
  const wholeM = m & ~(s - 1), wholeN = n & ~(s - 1)
  for (let i0 = 0; i0 < wholeM; i0 += TILE) {
    const i1 = min(i0 + TILE, wholeM)
    for (let j0 = 0; j0 < wholeN; j0 += TILE) {
      const j1 = min(j0 + TILE, wholeN)
      for (let i = i0; i < i1; i += s) {
        let p = x + <usize>i * sizeof<T>() + <usize>j0 * xs, q = o + <usize>i * os + <usize>j0 * sizeof<T>()
        for (let j = j0; j < j1; j += s) {
          square<T>(p, xs, q, os)
          p += <usize>s * xs
          q += <usize>s * sizeof<T>()
        }
      }
    }
  }
  edge<T>(x, xs, o, os, 0, wholeM, wholeN, n)
  edge<T>(x, xs, o, os, wholeM, m, 0, n)
}

/** Copies a run of bytes; short runs in line, because a memory.copy is a call into the engine. */
// @ts-ignore: decorator
@inline
export function copyRun<T>(x: usize, o: usize, bytes: usize): void {
  if (bytes > 256) {
    memory.copy(o, x, bytes)
    return
  }
  const end = o + bytes, wide = o + (bytes & ~15)
  for (; o < wide; x += 16, o += 16) v128.store(o, v128.load(x))
  for (; o < end; x += sizeof<T>(), o += sizeof<T>()) store<T>(o, load<T>(x))
}

/** o[i] = x[i] for i < n at any steps. */
export function line<T>(x: usize, xs: usize, o: usize, os: usize, n: i32): void {
  const bytes = <usize>n * sizeof<T>()
  if (os == sizeof<T>()) {
    if (xs == sizeof<T>()) {
      copyRun<T>(x, o, bytes)
      return
    }
    if (xs == 0) {
      const value = load<T>(x), v = v128.load_splat<T>(x), end = o + bytes, wide = o + (bytes & ~15)
      for (; o < wide; o += 16) v128.store(o, v)
      for (; o < end; o += sizeof<T>()) store<T>(o, value)
      return
    }
  }
  for (; n > 0; n--, x += xs, o += os) store<T>(o, load<T>(x))
}
