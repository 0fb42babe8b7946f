// Rounding, sign and finiteness: exact functions, an instruction or two a lane.
import { map32, map64 } from './map'

// @ts-ignore: decorator
@unmanaged class Floor32 { @inline run(x: v128): v128 { return f32x4.floor(x) } }
// @ts-ignore: decorator
@unmanaged class Floor64 { @inline run(x: v128): v128 { return f64x2.floor(x) } }
// @ts-ignore: decorator
@unmanaged class Ceil32 { @inline run(x: v128): v128 { return f32x4.ceil(x) } }
// @ts-ignore: decorator
@unmanaged class Ceil64 { @inline run(x: v128): v128 { return f64x2.ceil(x) } }
// @ts-ignore: decorator
@unmanaged class Trunc32 { @inline run(x: v128): v128 { return f32x4.trunc(x) } }
// @ts-ignore: decorator
@unmanaged class Trunc64 { @inline run(x: v128): v128 { return f64x2.trunc(x) } }
// @ts-ignore: decorator
@unmanaged class Round32 { @inline run(x: v128): v128 { return f32x4.nearest(x) } }
// @ts-ignore: decorator
@unmanaged class Round64 { @inline run(x: v128): v128 { return f64x2.nearest(x) } }
// @ts-ignore: decorator
@unmanaged class Abs32 { @inline run(x: v128): v128 { return f32x4.abs(x) } }
// @ts-ignore: decorator
@unmanaged class Abs64 { @inline run(x: v128): v128 { return f64x2.abs(x) } }
// @ts-ignore: decorator
@unmanaged class Neg32 { @inline run(x: v128): v128 { return f32x4.neg(x) } }
// @ts-ignore: decorator
@unmanaged class Neg64 { @inline run(x: v128): v128 { return f64x2.neg(x) } }
// @ts-ignore: decorator
@unmanaged class Square32 { @inline run(x: v128): v128 { return f32x4.mul(x, x) } }
// @ts-ignore: decorator
@unmanaged class Square64 { @inline run(x: v128): v128 { return f64x2.mul(x, x) } }
// @ts-ignore: decorator
@unmanaged class Reciprocal32 { @inline run(x: v128): v128 { return f32x4.div(f32x4.splat(1), x) } }
// @ts-ignore: decorator
@unmanaged class Reciprocal64 { @inline run(x: v128): v128 { return f64x2.div(f64x2.splat(1), x) } }

/** ±1 with x's sign bit where x ≠ 0; ±0 and NaN stay. */
// @ts-ignore: decorator
@unmanaged class Sign32 {
  @inline run(x: v128): v128 {
    const zero = f32x4.splat(0)
    const unit = v128.or(v128.and(x, f32x4.splat(-0.0)), f32x4.splat(1))
    return v128.bitselect(unit, x, v128.or(f32x4.lt(x, zero), f32x4.gt(x, zero)))
  }
}
// @ts-ignore: decorator
@unmanaged class Sign64 {
  @inline run(x: v128): v128 {
    const zero = f64x2.splat(0)
    const unit = v128.or(v128.and(x, f64x2.splat(-0.0)), f64x2.splat(1))
    return v128.bitselect(unit, x, v128.or(f64x2.lt(x, zero), f64x2.gt(x, zero)))
  }
}

export function floor_f32(x: usize, o: usize, n: i32): void { map32<Floor32>(x, o, n) }
export function floor_f64(x: usize, o: usize, n: i32): void { map64<Floor64>(x, o, n) }
export function ceil_f32(x: usize, o: usize, n: i32): void { map32<Ceil32>(x, o, n) }
export function ceil_f64(x: usize, o: usize, n: i32): void { map64<Ceil64>(x, o, n) }
export function trunc_f32(x: usize, o: usize, n: i32): void { map32<Trunc32>(x, o, n) }
export function trunc_f64(x: usize, o: usize, n: i32): void { map64<Trunc64>(x, o, n) }
/** Half to even. */
export function round_f32(x: usize, o: usize, n: i32): void { map32<Round32>(x, o, n) }
export function round_f64(x: usize, o: usize, n: i32): void { map64<Round64>(x, o, n) }
export function abs_f32(x: usize, o: usize, n: i32): void { map32<Abs32>(x, o, n) }
export function abs_f64(x: usize, o: usize, n: i32): void { map64<Abs64>(x, o, n) }
export function neg_f32(x: usize, o: usize, n: i32): void { map32<Neg32>(x, o, n) }
export function neg_f64(x: usize, o: usize, n: i32): void { map64<Neg64>(x, o, n) }
export function square_f32(x: usize, o: usize, n: i32): void { map32<Square32>(x, o, n) }
export function square_f64(x: usize, o: usize, n: i32): void { map64<Square64>(x, o, n) }
export function reciprocal_f32(x: usize, o: usize, n: i32): void { map32<Reciprocal32>(x, o, n) }
export function reciprocal_f64(x: usize, o: usize, n: i32): void { map64<Reciprocal64>(x, o, n) }
export function sign_f32(x: usize, o: usize, n: i32): void { map32<Sign32>(x, o, n) }
export function sign_f64(x: usize, o: usize, n: i32): void { map64<Sign64>(x, o, n) }

/** o[i] (u8) = 1 where x[i] is neither infinite nor NaN. */
export function isFinite_f32(x: usize, o: usize, n: i32): void {
  const end = o + <usize>n
  for (; o < end; x += 4, o++) store<u8>(o, u8((load<u32>(x) & 0x7f800000) != 0x7f800000))
}
export function isFinite_f64(x: usize, o: usize, n: i32): void {
  const end = o + <usize>n
  for (; o < end; x += 8, o++) store<u8>(o, u8((load<u64>(x) & 0x7ff0000000000000) != 0x7ff0000000000000))
}
