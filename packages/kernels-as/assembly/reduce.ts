/**
 * Reductions of [outer, n, inner] over the middle axis, by the tree of tree.ts: the error of a float sum grows like
 * log n. Max and min give NaN if any element is NaN. An empty axis gives the operation's identity.
 */
import { Add, Max, Min, Mul, Xor } from './ops'
import { columns, contiguous } from './tree'

function reduce<T, Op>(x: usize, o: usize, outer: i32, n: i32, inner: i32, identity: T): void {
  const row = <usize>inner * sizeof<T>()
  if (n <= 0) {
    const end = o + <usize>outer * row
    for (; o < end; o += sizeof<T>()) store<T>(o, identity)
    return
  }
  const block = <usize>n * row
  for (let r = 0; r < outer; r++) {
    if (inner == 1) store<T>(o, contiguous<T, Op>(x, n))
    else columns<T, Op>(x, o, n, inner)
    x += block
    o += row
  }
}

export function reduceSum_f32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<f32, Add>(x, o, outer, n, inner, 0)
}
export function reduceSum_f64(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<f64, Add>(x, o, outer, n, inner, 0)
}
export function reduceSum_i32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<i32, Add>(x, o, outer, n, inner, 0)
}
export function reduceSum_u32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<i32, Add>(x, o, outer, n, inner, 0)
}
export function reduceSum_u8(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<u8, Add>(x, o, outer, n, inner, 0)
}

export function reduceProd_f32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<f32, Mul>(x, o, outer, n, inner, 1)
}
export function reduceProd_f64(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<f64, Mul>(x, o, outer, n, inner, 1)
}
export function reduceProd_i32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<i32, Mul>(x, o, outer, n, inner, 1)
}
export function reduceProd_u32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<i32, Mul>(x, o, outer, n, inner, 1)
}
export function reduceProd_u8(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<u8, Mul>(x, o, outer, n, inner, 1)
}

export function reduceMax_f32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<f32, Max>(x, o, outer, n, inner, -Infinity)
}
export function reduceMax_f64(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<f64, Max>(x, o, outer, n, inner, -Infinity)
}
export function reduceMax_i32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<i32, Max>(x, o, outer, n, inner, i32.MIN_VALUE)
}
export function reduceMax_u32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<u32, Max>(x, o, outer, n, inner, 0)
}
export function reduceMax_u8(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<u8, Max>(x, o, outer, n, inner, 0)
}

export function reduceMin_f32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<f32, Min>(x, o, outer, n, inner, Infinity)
}
export function reduceMin_f64(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<f64, Min>(x, o, outer, n, inner, Infinity)
}
export function reduceMin_i32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<i32, Min>(x, o, outer, n, inner, i32.MAX_VALUE)
}
export function reduceMin_u32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<u32, Min>(x, o, outer, n, inner, u32.MAX_VALUE)
}
export function reduceMin_u8(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<u8, Min>(x, o, outer, n, inner, u8.MAX_VALUE)
}

/** Booleans are 0 or 1: `and` is their minimum, `or` their maximum. */
export function reduceAnd_u8(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<u8, Min>(x, o, outer, n, inner, 1)
}

export function reduceOr_u8(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<u8, Max>(x, o, outer, n, inner, 0)
}

export function reduceXor_i32(x: usize, o: usize, outer: i32, n: i32, inner: i32): void {
  reduce<i32, Xor>(x, o, outer, n, inner, 0)
}
