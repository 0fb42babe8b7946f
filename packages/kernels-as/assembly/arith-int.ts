/**
 * Binary arithmetic of i32, u32 and u8, wrapping; see binary.ts for the arguments and ops.ts for the edge cases.
 * u32 runs as i32 where the bits agree.
 */
import { binary } from './binary'
import { Add, And, Div, Max, Min, Mul, Or, Pow, Rem, Shl, ShrArithmetic, ShrLogical, Sub, Xor } from './ops'

export function add_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, Add>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function add_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, Add>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function add_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u8, Add>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function sub_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, Sub>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function sub_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, Sub>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function sub_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u8, Sub>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function mul_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, Mul>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function mul_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, Mul>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function mul_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u8, Mul>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function div_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, Div>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function div_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u32, Div>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function div_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u8, Div>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function rem_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, Rem>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function rem_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u32, Rem>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function rem_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u8, Rem>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function pow_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, Pow>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function pow_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u32, Pow>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function pow_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u8, Pow>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function max_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, Max>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function max_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u32, Max>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function max_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u8, Max>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function min_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, Min>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function min_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u32, Min>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function min_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u8, Min>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function and_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, And>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function and_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, And>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function and_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u8, And>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function or_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, Or>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function or_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, Or>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function or_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u8, Or>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function xor_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, Xor>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function xor_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, Xor>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function xor_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u8, Xor>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function shl_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, Shl>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function shl_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, Shl>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function shl_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u8, Shl>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function shrLogical_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, ShrLogical>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function shrLogical_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, ShrLogical>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function shrLogical_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u8, ShrLogical>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function shrArithmetic_i32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, ShrArithmetic>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function shrArithmetic_u32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<i32, ShrArithmetic>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function shrArithmetic_u8(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<u8, ShrArithmetic>(a, b, o, outer, inner, ao, bo, ai, bi)
}
