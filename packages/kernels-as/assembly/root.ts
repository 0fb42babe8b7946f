// Square and cube roots.
import { map32, map64, mapWide32, mapWide64 } from './map'
import { Cbrt } from './wide'

// @ts-ignore: decorator
@unmanaged class Sqrt32 { @inline run(x: v128): v128 { return f32x4.sqrt(x) } }
// @ts-ignore: decorator
@unmanaged class Sqrt64 { @inline run(x: v128): v128 { return f64x2.sqrt(x) } }
// @ts-ignore: decorator
@unmanaged class Rsqrt32 { @inline run(x: v128): v128 { return f32x4.div(f32x4.splat(1), f32x4.sqrt(x)) } }
// @ts-ignore: decorator
@unmanaged class Rsqrt64 { @inline run(x: v128): v128 { return f64x2.div(f64x2.splat(1), f64x2.sqrt(x)) } }

export function sqrt_f32(x: usize, o: usize, n: i32): void { map32<Sqrt32>(x, o, n) }
export function sqrt_f64(x: usize, o: usize, n: i32): void { map64<Sqrt64>(x, o, n) }
/** 1/√x: +0 gives +∞ and −0 gives −∞. */
export function rsqrt_f32(x: usize, o: usize, n: i32): void { map32<Rsqrt32>(x, o, n) }
export function rsqrt_f64(x: usize, o: usize, n: i32): void { map64<Rsqrt64>(x, o, n) }
export function cbrt_f32(x: usize, o: usize, n: i32): void { mapWide32<Cbrt>(x, o, n) }
export function cbrt_f64(x: usize, o: usize, n: i32): void { mapWide64<Cbrt>(x, o, n) }
