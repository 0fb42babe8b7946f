// Circular functions and their inverses.
import { map32Split, mapWide32, mapWide64 } from './map'
import { others, sinPlain, tanPlain, trigAllPlain, trigIsPlain } from './vector-trig'
import { Acos, Asin, Atan, Cos, Sin, Tan } from './wide'

// @ts-ignore: decorator
@unmanaged class SinLanes {
  @inline allPlain(a: v128, b: v128, c: v128, d: v128): bool { return trigAllPlain(a, b, c, d) }
  @inline plain(x: v128): v128 { return sinPlain(x, 0) }
  @inline run(x: v128): v128 { return i32x4.all_true(trigIsPlain(x)) ? sinPlain(x, 0) : others<Sin>(x, sinPlain(x, 0)) }
}
// @ts-ignore: decorator
@unmanaged class CosLanes {
  @inline allPlain(a: v128, b: v128, c: v128, d: v128): bool { return trigAllPlain(a, b, c, d) }
  @inline plain(x: v128): v128 { return sinPlain(x, 1) }
  @inline run(x: v128): v128 { return i32x4.all_true(trigIsPlain(x)) ? sinPlain(x, 1) : others<Cos>(x, sinPlain(x, 1)) }
}
// @ts-ignore: decorator
@unmanaged class TanLanes {
  @inline allPlain(a: v128, b: v128, c: v128, d: v128): bool { return trigAllPlain(a, b, c, d) }
  @inline plain(x: v128): v128 { return tanPlain(x) }
  @inline run(x: v128): v128 { return i32x4.all_true(trigIsPlain(x)) ? tanPlain(x) : others<Tan>(x, tanPlain(x)) }
}

export function sin_f32(x: usize, o: usize, n: i32): void { map32Split<SinLanes>(x, o, n) }
export function sin_f64(x: usize, o: usize, n: i32): void { mapWide64<Sin>(x, o, n) }
export function cos_f32(x: usize, o: usize, n: i32): void { map32Split<CosLanes>(x, o, n) }
export function cos_f64(x: usize, o: usize, n: i32): void { mapWide64<Cos>(x, o, n) }
export function tan_f32(x: usize, o: usize, n: i32): void { map32Split<TanLanes>(x, o, n) }
export function tan_f64(x: usize, o: usize, n: i32): void { mapWide64<Tan>(x, o, n) }
export function asin_f32(x: usize, o: usize, n: i32): void { mapWide32<Asin>(x, o, n) }
export function asin_f64(x: usize, o: usize, n: i32): void { mapWide64<Asin>(x, o, n) }
export function acos_f32(x: usize, o: usize, n: i32): void { mapWide32<Acos>(x, o, n) }
export function acos_f64(x: usize, o: usize, n: i32): void { mapWide64<Acos>(x, o, n) }
export function atan_f32(x: usize, o: usize, n: i32): void { mapWide32<Atan>(x, o, n) }
export function atan_f64(x: usize, o: usize, n: i32): void { mapWide64<Atan>(x, o, n) }
