/**
 * Conversions between element types: o[i] = D(x[i]). Float to integer truncates and saturates, NaN gives 0; integer to
 * narrower integer wraps; to bool is x ≠ 0, so NaN gives 1. A stored bool is 0 or 1 and reads as u8.
 */

// @ts-ignore: decorator
@inline
function cast<S, D>(x: S): D {
  if (isFloat<S>() && sizeof<D>() == 1) {
    // NaN becomes 0 in the 32-bit conversion
    return <D>min<i32>(max<i32>(<i32>x, 0), 255)
  }
  return <D>x
}

// @ts-ignore: decorator
@inline
function tail<S, D>(x: usize, o: usize, n: i32): void {
  const end = o + <usize>n * sizeof<D>()
  for (; o < end; x += sizeof<S>(), o += sizeof<D>()) store<D>(o, cast<S, D>(load<S>(x)))
}

/** Any pair, one element at a time. */
function convert<S, D>(x: usize, o: usize, n: i32): void {
  tail<S, D>(x, o, n)
}

/** To bool: comparison with zero. */
function truth<S>(x: usize, o: usize, n: i32): void {
  for (let i = 0; i < n; i++, x += sizeof<S>()) store<u8>(o + i, load<S>(x) != 0)
}

/** Four 32-bit lanes from four 32-bit lanes. */
// @ts-ignore: decorator
@inline
function lanes<S, D>(v: v128): v128 {
  if (isFloat<S>()) return isSigned<D>() ? i32x4.trunc_sat_f32x4_s(v) : i32x4.trunc_sat_f32x4_u(v)
  return isSigned<S>() ? f32x4.convert_i32x4_s(v) : f32x4.convert_i32x4_u(v)
}

function convert32<S, D>(x: usize, o: usize, n: i32): void {
  const end = o + (<usize>(n & ~3) << 2)
  for (; o < end; x += 16, o += 16) v128.store(o, lanes<S, D>(v128.load(x)))
  tail<S, D>(x, o, n & 3)
}

/** Bytes to 32-bit lanes. */
function convertBytes<D>(x: usize, o: usize, n: i32): void {
  const end = o + (<usize>(n & ~3) << 2)
  for (; o < end; x += 4, o += 16) {
    const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(x)))
    v128.store(o, isFloat<D>() ? f32x4.convert_i32x4_s(words) : words)
  }
  tail<u8, D>(x, o, n & 3)
}

export function convert_f32_f64(x: usize, o: usize, n: i32): void {
  const end = o + (<usize>(n & ~1) << 3)
  for (; o < end; x += 8, o += 16) v128.store(o, f64x2.promote_low_f32x4(v128.load64_zero(x)))
  tail<f32, f64>(x, o, n & 1)
}

export function convert_f64_f32(x: usize, o: usize, n: i32): void {
  const end = o + (<usize>(n & ~1) << 2)
  for (; o < end; x += 16, o += 8) v128.store_lane<f64>(o, f32x4.demote_f64x2_zero(v128.load(x)), 0)
  tail<f64, f32>(x, o, n & 1)
}

export function convert_f32_bool(x: usize, o: usize, n: i32): void {
  const zero = f32x4.splat(0), one = i8x16.splat(1), end = o + (n & ~15)
  for (; o < end; x += 64, o += 16) {
    const low = i16x8.narrow_i32x4_s(f32x4.ne(v128.load(x), zero), f32x4.ne(v128.load(x, 16), zero))
    const high = i16x8.narrow_i32x4_s(f32x4.ne(v128.load(x, 32), zero), f32x4.ne(v128.load(x, 48), zero))
    v128.store(o, v128.and(one, i8x16.narrow_i16x8_s(low, high)))
  }
  truth<f32>(x, o, n & 15)
}

export function convert_f32_i32(x: usize, o: usize, n: i32): void {
  convert32<f32, i32>(x, o, n)
}

export function convert_f32_u32(x: usize, o: usize, n: i32): void {
  convert32<f32, u32>(x, o, n)
}

export function convert_f32_u8(x: usize, o: usize, n: i32): void {
  convert<f32, u8>(x, o, n)
}

export function convert_f64_i32(x: usize, o: usize, n: i32): void {
  convert<f64, i32>(x, o, n)
}

export function convert_f64_u32(x: usize, o: usize, n: i32): void {
  convert<f64, u32>(x, o, n)
}

export function convert_f64_u8(x: usize, o: usize, n: i32): void {
  convert<f64, u8>(x, o, n)
}

export function convert_f64_bool(x: usize, o: usize, n: i32): void {
  truth<f64>(x, o, n)
}

export function convert_i32_f32(x: usize, o: usize, n: i32): void {
  convert32<i32, f32>(x, o, n)
}

export function convert_i32_f64(x: usize, o: usize, n: i32): void {
  convert<i32, f64>(x, o, n)
}

export function convert_i32_u32(x: usize, o: usize, n: i32): void {
  memory.copy(o, x, <usize>n << 2)
}

export function convert_i32_u8(x: usize, o: usize, n: i32): void {
  convert<i32, u8>(x, o, n)
}

export function convert_i32_bool(x: usize, o: usize, n: i32): void {
  truth<i32>(x, o, n)
}

export function convert_u32_f32(x: usize, o: usize, n: i32): void {
  convert32<u32, f32>(x, o, n)
}

export function convert_u32_f64(x: usize, o: usize, n: i32): void {
  convert<u32, f64>(x, o, n)
}

export function convert_u32_i32(x: usize, o: usize, n: i32): void {
  memory.copy(o, x, <usize>n << 2)
}

export function convert_u32_u8(x: usize, o: usize, n: i32): void {
  convert<u32, u8>(x, o, n)
}

export function convert_u32_bool(x: usize, o: usize, n: i32): void {
  truth<u32>(x, o, n)
}

export function convert_u8_f32(x: usize, o: usize, n: i32): void {
  convertBytes<f32>(x, o, n)
}

export function convert_u8_f64(x: usize, o: usize, n: i32): void {
  convert<u8, f64>(x, o, n)
}

export function convert_u8_i32(x: usize, o: usize, n: i32): void {
  convertBytes<i32>(x, o, n)
}

export function convert_u8_u32(x: usize, o: usize, n: i32): void {
  convertBytes<u32>(x, o, n)
}

export function convert_u8_bool(x: usize, o: usize, n: i32): void {
  truth<u8>(x, o, n)
}

export function convert_bool_f32(x: usize, o: usize, n: i32): void {
  convertBytes<f32>(x, o, n)
}

export function convert_bool_f64(x: usize, o: usize, n: i32): void {
  convert<u8, f64>(x, o, n)
}

export function convert_bool_i32(x: usize, o: usize, n: i32): void {
  convertBytes<i32>(x, o, n)
}

export function convert_bool_u32(x: usize, o: usize, n: i32): void {
  convertBytes<u32>(x, o, n)
}

export function convert_bool_u8(x: usize, o: usize, n: i32): void {
  memory.copy(o, x, n)
}
