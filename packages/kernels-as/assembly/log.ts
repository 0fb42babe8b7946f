// Logarithms.
import { map32, map32Split, mapWide64 } from './map'
import { log10Vector, log1pVector, log2Vector, logAllPlain, logPlain, logVector } from './vector-log'
import { Log, Log10, Log1p, Log2 } from './wide'

// @ts-ignore: decorator
@unmanaged class LogLanes {
  @inline allPlain(a: v128, b: v128, c: v128, d: v128): bool { return logAllPlain(a, b, c, d) }
  @inline plain(x: v128): v128 { return logPlain(x) }
  @inline run(x: v128): v128 { return logVector(x) }
}
// @ts-ignore: decorator
@unmanaged class Log2Lanes { @inline run(x: v128): v128 { return log2Vector(x) } }
// @ts-ignore: decorator
@unmanaged class Log10Lanes { @inline run(x: v128): v128 { return log10Vector(x) } }
// @ts-ignore: decorator
@unmanaged class Log1pLanes { @inline run(x: v128): v128 { return log1pVector(x) } }

export function log_f32(x: usize, o: usize, n: i32): void { map32Split<LogLanes>(x, o, n) }
export function log_f64(x: usize, o: usize, n: i32): void { mapWide64<Log>(x, o, n) }
export function log2_f32(x: usize, o: usize, n: i32): void { map32<Log2Lanes>(x, o, n) }
export function log2_f64(x: usize, o: usize, n: i32): void { mapWide64<Log2>(x, o, n) }
export function log10_f32(x: usize, o: usize, n: i32): void { map32<Log10Lanes>(x, o, n) }
export function log10_f64(x: usize, o: usize, n: i32): void { mapWide64<Log10>(x, o, n) }
export function log1p_f32(x: usize, o: usize, n: i32): void { map32<Log1pLanes>(x, o, n) }
export function log1p_f64(x: usize, o: usize, n: i32): void { mapWide64<Log1p>(x, o, n) }
