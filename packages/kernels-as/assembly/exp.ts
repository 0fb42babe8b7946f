// Exponentials.
import { map32, map32Split, mapWide64 } from './map'
import {
  exp2Vector, expAllPlain, expm1Vector, expOfModerate, expVector, logisticPlain, logisticVector,
} from './vector-exp'
import { Exp, Exp2, Expm1, Logistic } from './wide'

// @ts-ignore: decorator
@unmanaged class ExpLanes {
  @inline allPlain(a: v128, b: v128, c: v128, d: v128): bool { return expAllPlain(a, b, c, d) }
  @inline plain(x: v128): v128 { return expOfModerate(x) }
  @inline run(x: v128): v128 { return expVector(x) }
}
// @ts-ignore: decorator
@unmanaged class Exp2Lanes { @inline run(x: v128): v128 { return exp2Vector(x) } }
// @ts-ignore: decorator
@unmanaged class Expm1Lanes { @inline run(x: v128): v128 { return expm1Vector(x) } }
// @ts-ignore: decorator
@unmanaged class LogisticLanes {
  @inline allPlain(a: v128, b: v128, c: v128, d: v128): bool { return expAllPlain(a, b, c, d) }
  @inline plain(x: v128): v128 { return logisticPlain(x) }
  @inline run(x: v128): v128 { return logisticVector(x) }
}

export function exp_f32(x: usize, o: usize, n: i32): void { map32Split<ExpLanes>(x, o, n) }
export function exp_f64(x: usize, o: usize, n: i32): void { mapWide64<Exp>(x, o, n) }
export function exp2_f32(x: usize, o: usize, n: i32): void { map32<Exp2Lanes>(x, o, n) }
export function exp2_f64(x: usize, o: usize, n: i32): void { mapWide64<Exp2>(x, o, n) }
export function expm1_f32(x: usize, o: usize, n: i32): void { map32<Expm1Lanes>(x, o, n) }
export function expm1_f64(x: usize, o: usize, n: i32): void { mapWide64<Expm1>(x, o, n) }
export function logistic_f32(x: usize, o: usize, n: i32): void { map32Split<LogisticLanes>(x, o, n) }
export function logistic_f64(x: usize, o: usize, n: i32): void { mapWide64<Logistic>(x, o, n) }
