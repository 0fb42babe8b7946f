// Binary functions: pow (float32 in vectors), and one pair at a time atan2, rem, nextafter.
// o[r, c] = f(a[r·ao + c·ai], b[r·bo + c·bi]); a stride of 0 broadcasts.
import { loadTail32, pick, storeTail32 } from './simd'
import { powIsPlain, powPlain } from './vector-pow'

// @ts-ignore: decorator
@inline
function pairs<T, F>(
  a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32,
): void {
  const f = changetype<F>(0)
  const stepA = <usize>ai * sizeof<T>()
  const stepB = <usize>bi * sizeof<T>()
  for (let r = 0; r < outer; r++) {
    let p = a + <usize>(r * ao) * sizeof<T>()
    let q = b + <usize>(r * bo) * sizeof<T>()
    const end = o + <usize>inner * sizeof<T>()
    for (; o < end; o += sizeof<T>(), p += stepA, q += stepB) store<T>(o, f.run(load<T>(p), load<T>(q)))
  }
}

/** C99's pow. The library underneath follows ECMAScript, where 1^NaN, 1^±∞ and (−1)^±∞ are NaN. */
function pow32(x: f32, y: f32): f32 {
  return x == 1 || y == 0 || (x == -1 && abs(y) == Infinity) ? 1 : NativeMathf.pow(x, y)
}

/** Four lanes at once; those that are not plain go through `pow32`, whatever their neighbours are. */
function powLanes(x: v128, y: v128): v128 {
  const plain = powIsPlain(x, y)
  const z = powPlain(x, y)
  if (i32x4.all_true(plain)) return z
  let other = f32x4.splat(pow32(f32x4.extract_lane(x, 0), f32x4.extract_lane(y, 0)))
  other = f32x4.replace_lane(other, 1, pow32(f32x4.extract_lane(x, 1), f32x4.extract_lane(y, 1)))
  other = f32x4.replace_lane(other, 2, pow32(f32x4.extract_lane(x, 2), f32x4.extract_lane(y, 2)))
  other = f32x4.replace_lane(other, 3, pow32(f32x4.extract_lane(x, 3), f32x4.extract_lane(y, 3)))
  return pick(z, other, plain)
}

function powRow(a: usize, b: usize, o: usize, n: i32, ai: i32, bi: i32): void {
  const end = o + (<usize>(n & ~3) << 2)
  for (; o < end; o += 16) {
    const x = ai ? v128.load(a) : v128.load32_splat(a)
    const y = bi ? v128.load(b) : v128.load32_splat(b)
    v128.store(o, powLanes(x, y))
    if (ai) a += 16
    if (bi) b += 16
  }
  const rest = n & 3
  if (rest == 0) return
  const x = ai ? loadTail32(a, rest) : v128.load32_splat(a)
  const y = bi ? loadTail32(b, rest) : v128.load32_splat(b)
  storeTail32(o, powLanes(x, y), rest)
}

/** C99's pow, as `pow32`. */
// @ts-ignore: decorator
@unmanaged class Pow64 {
  @inline run(x: f64, y: f64): f64 {
    return x == 1 || y == 0 || (x == -1 && abs(y) == Infinity) ? 1 : NativeMath.pow(x, y)
  }
}

// @ts-ignore: decorator
@unmanaged class Atan232 {
  @inline run(y: f32, x: f32): f32 { return <f32>NativeMath.atan2(<f64>y, <f64>x) }
}
// @ts-ignore: decorator
@unmanaged class Atan264 { @inline run(y: f64, x: f64): f64 { return NativeMath.atan2(y, x) } }

/** C's fmod, exact. A quotient of at most 29 bits times a float32 is exact in float64: one division does then. */
function rem32(a: f32, b: f32): f32 {
  const x = abs(<f64>a)
  const y = abs(<f64>b)
  if (x < y) return a
  const q = x / y
  if (!(q < 536870912)) return <f32>NativeMath.mod(<f64>a, <f64>b)
  const r = x - trunc(q) * y
  return copysign(<f32>(r < 0 ? r + y : r), a) // the rounded quotient may be one too large
}
// @ts-ignore: decorator
@unmanaged class Rem32 { @inline run(a: f32, b: f32): f32 { return rem32(a, b) } }
// @ts-ignore: decorator
@unmanaged class Rem64 { @inline run(a: f64, b: f64): f64 { return NativeMath.mod(a, b) } }

/** The neighbour of a in the direction of b. */
// @ts-ignore: decorator
@unmanaged class NextAfter32 {
  @inline run(a: f32, b: f32): f32 {
    if (a != a || b != b) return a + b
    if (a == b) return b
    const bits = reinterpret<i32>(a)
    if ((bits & 0x7fffffff) == 0) return copysign(reinterpret<f32>(1), b)
    return reinterpret<f32>(bits + (b > a == bits >= 0 ? 1 : -1))
  }
}
// @ts-ignore: decorator
@unmanaged class NextAfter64 {
  @inline run(a: f64, b: f64): f64 {
    if (a != a || b != b) return a + b
    if (a == b) return b
    const bits = reinterpret<i64>(a)
    if ((bits & 0x7fffffffffffffff) == 0) return copysign(reinterpret<f64>(<i64>1), b)
    return reinterpret<f64>(bits + (b > a == bits >= 0 ? 1 : -1))
  }
}

export function pow_f32(
  a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32,
): void {
  for (let r = 0; r < outer; r++)
    powRow(a + (<usize>(r * ao) << 2), b + (<usize>(r * bo) << 2), o + ((<usize>r * <usize>inner) << 2), inner, ai, bi)
}
export function pow_f64(
  a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32,
): void { pairs<f64, Pow64>(a, b, o, outer, inner, ao, bo, ai, bi) }
export function atan2_f32(
  a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32,
): void { pairs<f32, Atan232>(a, b, o, outer, inner, ao, bo, ai, bi) }
export function atan2_f64(
  a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32,
): void { pairs<f64, Atan264>(a, b, o, outer, inner, ao, bo, ai, bi) }
export function rem_f32(
  a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32,
): void { pairs<f32, Rem32>(a, b, o, outer, inner, ao, bo, ai, bi) }
export function rem_f64(
  a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32,
): void { pairs<f64, Rem64>(a, b, o, outer, inner, ao, bo, ai, bi) }
export function nextafter_f32(
  a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32,
): void { pairs<f32, NextAfter32>(a, b, o, outer, inner, ao, bo, ai, bi) }
export function nextafter_f64(
  a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32,
): void { pairs<f64, NextAfter64>(a, b, o, outer, inner, ao, bo, ai, bi) }
