/** Binary arithmetic of f32 and f64, IEEE throughout; see binary.ts for the arguments. */
import { binary } from './binary'
import { Add, Div, Max, Min, Mul, Sub } from './ops'

export function add_f32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<f32, Add>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function add_f64(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<f64, Add>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function sub_f32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<f32, Sub>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function sub_f64(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<f64, Sub>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function mul_f32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<f32, Mul>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function mul_f64(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<f64, Mul>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function div_f32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<f32, Div>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function div_f64(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<f64, Div>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function max_f32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<f32, Max>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function max_f64(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<f64, Max>(a, b, o, outer, inner, ao, bo, ai, bi)
}

export function min_f32(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<f32, Min>(a, b, o, outer, inner, ao, bo, ai, bi)
}
export function min_f64(a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32): void {
  binary<f64, Min>(a, b, o, outer, inner, ao, bo, ai, bi)
}
