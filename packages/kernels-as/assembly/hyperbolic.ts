// Hyperbolic functions.
import { map32, mapWide32, mapWide64 } from './map'
import { coshVector, sinhVector } from './vector-hyperbolic'
import { tanhVector } from './vector-tanh'
import { Sinh, Cosh, Tanh, Asinh, Acosh, Atanh } from './wide'

// @ts-ignore: decorator
@unmanaged class SinhLanes { @inline run(x: v128): v128 { return sinhVector(x) } }
// @ts-ignore: decorator
@unmanaged class CoshLanes { @inline run(x: v128): v128 { return coshVector(x) } }
// @ts-ignore: decorator
@unmanaged class TanhLanes { @inline run(x: v128): v128 { return tanhVector(x) } }

export function sinh_f32(x: usize, o: usize, n: i32): void { map32<SinhLanes>(x, o, n) }
export function sinh_f64(x: usize, o: usize, n: i32): void { mapWide64<Sinh>(x, o, n) }
export function cosh_f32(x: usize, o: usize, n: i32): void { map32<CoshLanes>(x, o, n) }
export function cosh_f64(x: usize, o: usize, n: i32): void { mapWide64<Cosh>(x, o, n) }
export function tanh_f32(x: usize, o: usize, n: i32): void { map32<TanhLanes>(x, o, n) }
export function tanh_f64(x: usize, o: usize, n: i32): void { mapWide64<Tanh>(x, o, n) }
export function asinh_f32(x: usize, o: usize, n: i32): void { mapWide32<Asinh>(x, o, n) }
export function asinh_f64(x: usize, o: usize, n: i32): void { mapWide64<Asinh>(x, o, n) }
export function acosh_f32(x: usize, o: usize, n: i32): void { mapWide32<Acosh>(x, o, n) }
export function acosh_f64(x: usize, o: usize, n: i32): void { mapWide64<Acosh>(x, o, n) }
export function atanh_f32(x: usize, o: usize, n: i32): void { mapWide32<Atanh>(x, o, n) }
export function atanh_f64(x: usize, o: usize, n: i32): void { mapWide64<Atanh>(x, o, n) }
