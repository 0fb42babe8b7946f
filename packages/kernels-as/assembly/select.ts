/** Choice by a byte mask, and clamping, with every operand broadcast along rows (outer stride) or inside them (0 or 1). */
import { Max, Min } from './ops'

/** Lanes of all ones where the mask bytes at p are not zero, for elements of T's width. */
// @ts-ignore: decorator
@inline
function widen<T>(p: usize): v128 {
  if (sizeof<T>() == 1) return i8x16.ne(v128.load(p), i8x16.splat(0))
  if (sizeof<T>() == 4) {
    const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(p)))
    return i32x4.ne(words, i32x4.splat(0))
  }
  return i64x2.replace_lane(i64x2.splat(0 - <i64>(load<u8>(p) != 0)), 1, 0 - <i64>(load<u8>(p, 1) != 0))
}

/** One choice for a whole row. */
// @ts-ignore: decorator
@inline
function take<T>(x: usize, o: usize, n: i32, step: i32): void {
  if (step) memory.copy(o, x, <usize>n * sizeof<T>())
  else for (let c = 0; c < n; c++) store<T>(o + <usize>c * sizeof<T>(), load<T>(x))
}

function select<T>(
  p: usize, a: usize, b: usize, o: usize, outer: i32, inner: i32,
  po: i32, ao: i32, bo: i32, pi: i32, ai: i32, bi: i32,
): void {
  if (outer <= 0 || inner <= 0) return
  if (po == pi * inner && ao == ai * inner && bo == bi * inner) {
    inner *= outer
    outer = 1
  } else if (inner == 1 && <u32>po <= 1 && <u32>ao <= 1 && <u32>bo <= 1) {
    inner = outer
    outer = 1
    pi = po
    ai = ao
    bi = bo
  }
  const perVector = 16 / <i32>sizeof<T>()
  const wide = inner & ~(perVector - 1)
  const stepA = <usize>ai * sizeof<T>(), stepB = <usize>bi * sizeof<T>()
  for (let r = 0; r < outer; r++) {
    if (!pi) {
      if (load<u8>(p)) take<T>(a, o, inner, ai)
      else take<T>(b, o, inner, bi)
    } else {
      const x = v128.load_splat<T>(a), y = v128.load_splat<T>(b)
      let q = p, s = a, t = b, d = o
      const end = d + <usize>wide * sizeof<T>()
      if (ai & bi) {
        for (; d < end; d += 16, q += perVector, s += 16, t += 16) {
          v128.store(d, v128.bitselect(v128.load(s), v128.load(t), widen<T>(q)))
        }
      } else {
        for (; d < end; d += 16, q += perVector) {
          v128.store(d, v128.bitselect(ai ? v128.load(s) : x, bi ? v128.load(t) : y, widen<T>(q)))
          s += ai << 4
          t += bi << 4
        }
      }
      for (let c = wide; c < inner; c++, q++, d += sizeof<T>(), s += stepA, t += stepB) {
        store<T>(d, load<u8>(q) ? load<T>(s) : load<T>(t))
      }
    }
    p += po
    a += ao * sizeof<T>()
    b += bo * sizeof<T>()
    o += inner * sizeof<T>()
  }
}

// @ts-ignore: decorator
@inline
function between<T>(x: v128, lo: v128, hi: v128): v128 {
  return changetype<Min>(0).lanes<T>(changetype<Max>(0).lanes<T>(x, lo), hi)
}

/** min(max(x, lo), hi), so hi wins where lo > hi; NaN in any operand stays NaN. */
function clamp<T>(
  lo: usize, x: usize, hi: usize, o: usize, outer: i32, inner: i32,
  loOuter: i32, xOuter: i32, hiOuter: i32, loInner: i32, xInner: i32, hiInner: i32,
): void {
  if (outer <= 0 || inner <= 0) return
  if (loOuter == loInner * inner && xOuter == xInner * inner && hiOuter == hiInner * inner) {
    inner *= outer
    outer = 1
  }
  const perVector = 16 / <i32>sizeof<T>()
  const wide = inner & ~(perVector - 1)
  const stepLo = <usize>loInner * sizeof<T>(), stepX = <usize>xInner * sizeof<T>(), stepHi = <usize>hiInner * sizeof<T>()
  for (let r = 0; r < outer; r++) {
    const low = v128.load_splat<T>(lo), middle = v128.load_splat<T>(x), high = v128.load_splat<T>(hi)
    let l = lo, m = x, h = hi, d = o
    const end = d + <usize>wide * sizeof<T>()
    if (xInner && !loInner && !hiInner) {
      for (; d < end; d += 16, m += 16) v128.store(d, between<T>(v128.load(m), low, high))
    }
    for (; d < end; d += 16) {
      const value = xInner ? v128.load(m) : middle
      v128.store(d, between<T>(value, loInner ? v128.load(l) : low, hiInner ? v128.load(h) : high))
      l += loInner << 4
      m += xInner << 4
      h += hiInner << 4
    }
    for (let c = wide; c < inner; c++, d += sizeof<T>(), l += stepLo, m += stepX, h += stepHi) {
      store<T>(d, changetype<Min>(0).one<T>(changetype<Max>(0).one<T>(load<T>(m), load<T>(l)), load<T>(h)))
    }
    lo += loOuter * sizeof<T>()
    x += xOuter * sizeof<T>()
    hi += hiOuter * sizeof<T>()
    o += inner * sizeof<T>()
  }
}

export function select_8(
  p: usize, a: usize, b: usize, o: usize, outer: i32, inner: i32,
  po: i32, ao: i32, bo: i32, pi: i32, ai: i32, bi: i32,
): void {
  select<u8>(p, a, b, o, outer, inner, po, ao, bo, pi, ai, bi)
}

export function select_32(
  p: usize, a: usize, b: usize, o: usize, outer: i32, inner: i32,
  po: i32, ao: i32, bo: i32, pi: i32, ai: i32, bi: i32,
): void {
  select<u32>(p, a, b, o, outer, inner, po, ao, bo, pi, ai, bi)
}

export function select_64(
  p: usize, a: usize, b: usize, o: usize, outer: i32, inner: i32,
  po: i32, ao: i32, bo: i32, pi: i32, ai: i32, bi: i32,
): void {
  select<f64>(p, a, b, o, outer, inner, po, ao, bo, pi, ai, bi)
}

export function clamp_f32(
  lo: usize, x: usize, hi: usize, o: usize, outer: i32, inner: i32,
  loOuter: i32, xOuter: i32, hiOuter: i32, loInner: i32, xInner: i32, hiInner: i32,
): void {
  clamp<f32>(lo, x, hi, o, outer, inner, loOuter, xOuter, hiOuter, loInner, xInner, hiInner)
}

export function clamp_f64(
  lo: usize, x: usize, hi: usize, o: usize, outer: i32, inner: i32,
  loOuter: i32, xOuter: i32, hiOuter: i32, loInner: i32, xInner: i32, hiInner: i32,
): void {
  clamp<f64>(lo, x, hi, o, outer, inner, loOuter, xOuter, hiOuter, loInner, xInner, hiInner)
}

export function clamp_i32(
  lo: usize, x: usize, hi: usize, o: usize, outer: i32, inner: i32,
  loOuter: i32, xOuter: i32, hiOuter: i32, loInner: i32, xInner: i32, hiInner: i32,
): void {
  clamp<i32>(lo, x, hi, o, outer, inner, loOuter, xOuter, hiOuter, loInner, xInner, hiInner)
}

export function clamp_u32(
  lo: usize, x: usize, hi: usize, o: usize, outer: i32, inner: i32,
  loOuter: i32, xOuter: i32, hiOuter: i32, loInner: i32, xInner: i32, hiInner: i32,
): void {
  clamp<u32>(lo, x, hi, o, outer, inner, loOuter, xOuter, hiOuter, loInner, xInner, hiInner)
}

export function clamp_u8(
  lo: usize, x: usize, hi: usize, o: usize, outer: i32, inner: i32,
  loOuter: i32, xOuter: i32, hiOuter: i32, loInner: i32, xInner: i32, hiInner: i32,
): void {
  clamp<u8>(lo, x, hi, o, outer, inner, loOuter, xOuter, hiOuter, loInner, xInner, hiInner)
}
