/** Unary functions of integers, o[i] = f(x[i]), and `not_bool`. Arithmetic wraps: abs and neg keep the least i32. */

@unmanaged
class Abs {
  // @ts-ignore: decorator
  @inline lanes<T>(v: v128): v128 { return isSigned<T>() ? v128.abs<T>(v) : v }
  // @ts-ignore: decorator
  @inline one<T>(x: T): T { return isSigned<T>() ? abs<T>(x) : x }
}

@unmanaged
class Neg {
  // @ts-ignore: decorator
  @inline lanes<T>(v: v128): v128 { return v128.neg<T>(v) }
  // @ts-ignore: decorator
  @inline one<T>(x: T): T { return <T>(0 - x) }
}

@unmanaged
class Sign {
  // @ts-ignore: decorator
  @inline lanes<T>(v: v128): v128 {
    const zero = i64x2.splat(0)
    // comparisons are 0 or −1
    if (isSigned<T>()) return v128.sub<T>(v128.lt<T>(v, zero), v128.gt<T>(v, zero))
    return v128.neg<T>(v128.ne<T>(v, zero))
  }
  // @ts-ignore: decorator
  @inline one<T>(x: T): T { return <T>(<i32>(x > 0) - <i32>(x < 0)) }
}

@unmanaged
class Square {
  // @ts-ignore: decorator
  @inline lanes<T>(v: v128): v128 {
    if (sizeof<T>() > 1) return v128.mul<T>(v, v)
    const low = v128.and(v, i16x8.splat(0xff)), high = i16x8.shr_u(v, 8)
    return v128.or(v128.and(i16x8.mul(low, low), i16x8.splat(0xff)), i16x8.shl(i16x8.mul(high, high), 8))
  }
  // @ts-ignore: decorator
  @inline one<T>(x: T): T { return <T>(x * x) }
}

@unmanaged
class Not {
  // @ts-ignore: decorator
  @inline lanes<T>(v: v128): v128 { return v128.not(v) }
  // @ts-ignore: decorator
  @inline one<T>(x: T): T { return <T>~x }
}

@unmanaged
class NotBool {
  // @ts-ignore: decorator
  @inline lanes<T>(v: v128): v128 { return v128.and(i8x16.eq(v, i8x16.splat(0)), i8x16.splat(1)) }
  // @ts-ignore: decorator
  @inline one<T>(x: T): T { return <T>(x == 0) }
}

@unmanaged
class Popcount {
  // @ts-ignore: decorator
  @inline lanes<T>(v: v128): v128 {
    const bytes = i8x16.popcnt(v)
    if (sizeof<T>() == 1) return bytes
    return i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes))
  }
  // @ts-ignore: decorator
  @inline one<T>(x: T): T { return <T>popcnt<u32>(<u32>x) }
}

function unary<T, F>(x: usize, o: usize, n: i32): void {
  const f = changetype<F>(0)
  const bytes = <usize>n * sizeof<T>()
  const end = o + bytes, wide = o + (bytes & ~15)
  for (; o < wide; x += 16, o += 16) v128.store(o, f.lanes<T>(v128.load(x)))
  for (; o < end; x += sizeof<T>(), o += sizeof<T>()) store<T>(o, f.one<T>(load<T>(x)))
}

/** Leading zero bits; all of them for 0. */
function leadingZeros<T>(x: usize, o: usize, n: i32): void {
  const unused = 32 - 8 * <i32>sizeof<T>()
  const end = o + <usize>n * sizeof<T>()
  for (; o < end; x += sizeof<T>(), o += sizeof<T>()) store<T>(o, <T>(clz<u32>(<u32>load<T>(x)) - unused))
}

export function abs_i32(x: usize, o: usize, n: i32): void {
  unary<i32, Abs>(x, o, n)
}
export function abs_u32(x: usize, o: usize, n: i32): void {
  unary<u32, Abs>(x, o, n)
}
export function abs_u8(x: usize, o: usize, n: i32): void {
  unary<u8, Abs>(x, o, n)
}

export function neg_i32(x: usize, o: usize, n: i32): void {
  unary<i32, Neg>(x, o, n)
}
export function neg_u32(x: usize, o: usize, n: i32): void {
  unary<i32, Neg>(x, o, n)
}
export function neg_u8(x: usize, o: usize, n: i32): void {
  unary<u8, Neg>(x, o, n)
}

export function sign_i32(x: usize, o: usize, n: i32): void {
  unary<i32, Sign>(x, o, n)
}
export function sign_u32(x: usize, o: usize, n: i32): void {
  unary<u32, Sign>(x, o, n)
}
export function sign_u8(x: usize, o: usize, n: i32): void {
  unary<u8, Sign>(x, o, n)
}

export function square_i32(x: usize, o: usize, n: i32): void {
  unary<i32, Square>(x, o, n)
}
export function square_u32(x: usize, o: usize, n: i32): void {
  unary<i32, Square>(x, o, n)
}
export function square_u8(x: usize, o: usize, n: i32): void {
  unary<u8, Square>(x, o, n)
}

export function not_i32(x: usize, o: usize, n: i32): void {
  unary<i32, Not>(x, o, n)
}
export function not_u32(x: usize, o: usize, n: i32): void {
  unary<i32, Not>(x, o, n)
}
export function not_u8(x: usize, o: usize, n: i32): void {
  unary<u8, Not>(x, o, n)
}

export function popcount_i32(x: usize, o: usize, n: i32): void {
  unary<i32, Popcount>(x, o, n)
}
export function popcount_u32(x: usize, o: usize, n: i32): void {
  unary<i32, Popcount>(x, o, n)
}
export function popcount_u8(x: usize, o: usize, n: i32): void {
  unary<u8, Popcount>(x, o, n)
}

export function clz_i32(x: usize, o: usize, n: i32): void {
  leadingZeros<i32>(x, o, n)
}
export function clz_u32(x: usize, o: usize, n: i32): void {
  leadingZeros<u32>(x, o, n)
}
export function clz_u8(x: usize, o: usize, n: i32): void {
  leadingZeros<u8>(x, o, n)
}

export function not_bool(x: usize, o: usize, n: i32): void {
  unary<u8, NotBool>(x, o, n)
}
