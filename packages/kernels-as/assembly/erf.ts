// Error functions.
import { map32, mapWide32, mapWide64 } from './map'
import { erfVector } from './vector-erf'
import { Erf, Erfc } from './wide'

// @ts-ignore: decorator
@unmanaged class ErfLanes { @inline run(x: v128): v128 { return erfVector(x) } }

export function erf_f32(x: usize, o: usize, n: i32): void { map32<ErfLanes>(x, o, n) }
export function erf_f64(x: usize, o: usize, n: i32): void { mapWide64<Erf>(x, o, n) }
export function erfc_f32(x: usize, o: usize, n: i32): void { mapWide32<Erfc>(x, o, n) }
export function erfc_f64(x: usize, o: usize, n: i32): void { mapWide64<Erfc>(x, o, n) }
