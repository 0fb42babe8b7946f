/**
 * Comparisons into bytes of 0 and 1: o[r·inner + c] = a[r·ao + c·ai] ⋈ b[r·bo + c·bi], with ai and bi 0 or 1.
 * IEEE: any comparison with NaN is false, except `ne`.
 */

@unmanaged
class Eq {
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 { return v128.eq<T>(a, b) }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): bool { return a == b }
}

@unmanaged
class Lt {
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 { return v128.lt<T>(a, b) }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): bool { return a < b }
}

@unmanaged
class Le {
  // @ts-ignore: decorator
  @inline lanes<T>(a: v128, b: v128): v128 { return v128.le<T>(a, b) }
  // @ts-ignore: decorator
  @inline one<T>(a: T, b: T): bool { return a <= b }
}

// @ts-ignore: decorator
@inline
function lanes<T, Op>(a: usize, b: usize, x: v128, y: v128, ai: bool, bi: bool): v128 {
  return changetype<Op>(0).lanes<T>(ai ? v128.load(a) : x, bi ? v128.load(b) : y)
}

/** Sixteen results, each a byte of ones or zeros. */
// @ts-ignore: decorator
@inline
function sixteen<T, Op>(a: usize, b: usize, x: v128, y: v128, ai: bool, bi: bool): v128 {
  if (sizeof<T>() == 1) return lanes<T, Op>(a, b, x, y, ai, bi)
  if (sizeof<T>() == 4) {
    return i8x16.narrow_i16x8_s(
      i16x8.narrow_i32x4_s(lanes<T, Op>(a, b, x, y, ai, bi), lanes<T, Op>(a + 16, b + 16, x, y, ai, bi)),
      i16x8.narrow_i32x4_s(lanes<T, Op>(a + 32, b + 32, x, y, ai, bi), lanes<T, Op>(a + 48, b + 48, x, y, ai, bi)),
    )
  }
  return i8x16.narrow_i16x8_s(
    i16x8.narrow_i32x4_s(four<T, Op>(a, b, x, y, ai, bi), four<T, Op>(a + 32, b + 32, x, y, ai, bi)),
    i16x8.narrow_i32x4_s(four<T, Op>(a + 64, b + 64, x, y, ai, bi), four<T, Op>(a + 96, b + 96, x, y, ai, bi)),
  )
}

/** Four results of a 64-bit type as 32-bit masks. */
// @ts-ignore: decorator
@inline
function four<T, Op>(a: usize, b: usize, x: v128, y: v128, ai: bool, bi: bool): v128 {
  const low = lanes<T, Op>(a, b, x, y, ai, bi), high = lanes<T, Op>(a + 16, b + 16, x, y, ai, bi)
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6)
}

// @ts-ignore: decorator
@inline
function strip<T, Op>(a: usize, b: usize, o: usize, end: usize, ai: bool, bi: bool, flip: v128): void {
  const x = v128.load_splat<T>(a), y = v128.load_splat<T>(b), one = i8x16.splat(1)
  const stepA = <usize>ai * 16 * sizeof<T>(), stepB = <usize>bi * 16 * sizeof<T>()
  for (; o < end; o += 16, a += stepA, b += stepB) {
    v128.store(o, v128.and(one, v128.xor(flip, sixteen<T, Op>(a, b, x, y, ai, bi))))
  }
}

/** Op, or its negation if `not` is 1. */
function compare<T, Op>(
  a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32, not: i32,
): void {
  if (outer <= 0 || inner <= 0) return
  if (ao == ai * inner && bo == bi * inner) {
    inner *= outer
    outer = 1
  } else if (inner == 1 && <u32>ao <= 1 && <u32>bo <= 1) {
    inner = outer
    outer = 1
    ai = ao
    bi = bo
  }
  const f = changetype<Op>(0), flip = i8x16.splat(<i8>not)
  const stepA = <usize>ai * sizeof<T>(), stepB = <usize>bi * sizeof<T>()
  const wide = inner & ~15
  for (let r = 0; r < outer; r++) {
    if (wide) {
      if (ai & bi) strip<T, Op>(a, b, o, o + wide, true, true, flip)
      else strip<T, Op>(a, b, o, o + wide, ai != 0, bi != 0, flip)
    }
    let x = a + wide * stepA, y = b + wide * stepB
    for (let c = wide; c < inner; c++, x += stepA, y += stepB) {
      store<u8>(o + c, <u8>f.one<T>(load<T>(x), load<T>(y)) ^ <u8>not)
    }
    a += ao * sizeof<T>()
    b += bo * sizeof<T>()
    o += inner
  }
}

export function eq_f32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<f32, Eq>(a, b, o, outer, inner, ao, bo, ai, bi, 0)
}
export function eq_f64(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<f64, Eq>(a, b, o, outer, inner, ao, bo, ai, bi, 0)
}
export function eq_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<i32, Eq>(a, b, o, outer, inner, ao, bo, ai, bi, 0)
}
export function eq_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<i32, Eq>(a, b, o, outer, inner, ao, bo, ai, bi, 0)
}
export function eq_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<u8, Eq>(a, b, o, outer, inner, ao, bo, ai, bi, 0)
}

export function ne_f32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<f32, Eq>(a, b, o, outer, inner, ao, bo, ai, bi, 1)
}
export function ne_f64(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<f64, Eq>(a, b, o, outer, inner, ao, bo, ai, bi, 1)
}
export function ne_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<i32, Eq>(a, b, o, outer, inner, ao, bo, ai, bi, 1)
}
export function ne_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<i32, Eq>(a, b, o, outer, inner, ao, bo, ai, bi, 1)
}
export function ne_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<u8, Eq>(a, b, o, outer, inner, ao, bo, ai, bi, 1)
}

export function lt_f32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<f32, Lt>(a, b, o, outer, inner, ao, bo, ai, bi, 0)
}
export function lt_f64(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<f64, Lt>(a, b, o, outer, inner, ao, bo, ai, bi, 0)
}
export function lt_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<i32, Lt>(a, b, o, outer, inner, ao, bo, ai, bi, 0)
}
export function lt_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<u32, Lt>(a, b, o, outer, inner, ao, bo, ai, bi, 0)
}
export function lt_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<u8, Lt>(a, b, o, outer, inner, ao, bo, ai, bi, 0)
}

export function le_f32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<f32, Le>(a, b, o, outer, inner, ao, bo, ai, bi, 0)
}
export function le_f64(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<f64, Le>(a, b, o, outer, inner, ao, bo, ai, bi, 0)
}
export function le_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<i32, Lt>(b, a, o, outer, inner, bo, ao, bi, ai, 1)
}
export function le_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<u32, Lt>(b, a, o, outer, inner, bo, ao, bi, ai, 1)
}
export function le_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<u8, Lt>(b, a, o, outer, inner, bo, ao, bi, ai, 1)
}

export function gt_f32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<f32, Lt>(b, a, o, outer, inner, bo, ao, bi, ai, 0)
}
export function gt_f64(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<f64, Lt>(b, a, o, outer, inner, bo, ao, bi, ai, 0)
}
export function gt_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<i32, Lt>(b, a, o, outer, inner, bo, ao, bi, ai, 0)
}
export function gt_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<u32, Lt>(b, a, o, outer, inner, bo, ao, bi, ai, 0)
}
export function gt_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<u8, Lt>(b, a, o, outer, inner, bo, ao, bi, ai, 0)
}

export function ge_f32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<f32, Le>(b, a, o, outer, inner, bo, ao, bi, ai, 0)
}
export function ge_f64(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<f64, Le>(b, a, o, outer, inner, bo, ao, bi, ai, 0)
}
export function ge_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<i32, Lt>(a, b, o, outer, inner, ao, bo, ai, bi, 1)
}
export function ge_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<u32, Lt>(a, b, o, outer, inner, ao, bo, ai, bi, 1)
}
export function ge_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  compare<u8, Lt>(a, b, o, outer, inner, ao, bo, ai, bi, 1)
}
