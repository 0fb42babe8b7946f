/** Filling and plain copying of buffers. */

export function zero(o: usize, bytes: i32): void {
  memory.fill(o, 0, bytes)
}

export function copy(x: usize, o: usize, bytes: i32): void {
  memory.copy(o, x, bytes)
}

/** o[i] = *x. */
function fill<T>(x: usize, o: usize, n: i32): void {
  if (n <= 0) return
  const end = o + <usize>n * sizeof<T>()
  const wide = o + ((<usize>n * sizeof<T>()) & ~15)
  const v = v128.load_splat<T>(x), value = load<T>(x)
  for (; o < wide; o += 16) v128.store(o, v)
  for (; o < end; o += sizeof<T>()) store<T>(o, value)
}

/** o[a, k, c] = k, plus *start unless the pointer is 0. */
function iota<T>(o: usize, outer: i32, n: i32, inner: i32, start: usize): void {
  if (outer <= 0 || n <= 0 || inner <= 0) return
  const first: T = start ? load<T>(start) : 0
  const step = <usize>inner * sizeof<T>()
  let p = o
  for (let k = 0; k < n; k++) {
    const value = <T>(first + <T>k)
    const end = p + step
    for (; p < end; p += sizeof<T>()) store<T>(p, value)
  }
  const bytes = <usize>n * step
  for (let r = 1; r < outer; r++) memory.copy(o + <usize>r * bytes, o, bytes)
}

export function fill_8(x: usize, o: usize, n: i32): void {
  fill<u8>(x, o, n)
}

export function fill_32(x: usize, o: usize, n: i32): void {
  fill<u32>(x, o, n)
}

export function fill_64(x: usize, o: usize, n: i32): void {
  fill<f64>(x, o, n)
}

export function iota_f32(o: usize, outer: i32, n: i32, inner: i32, start: usize): void {
  iota<f32>(o, outer, n, inner, start)
}

export function iota_f64(o: usize, outer: i32, n: i32, inner: i32, start: usize): void {
  iota<f64>(o, outer, n, inner, start)
}

export function iota_i32(o: usize, outer: i32, n: i32, inner: i32, start: usize): void {
  iota<i32>(o, outer, n, inner, start)
}

export function iota_u32(o: usize, outer: i32, n: i32, inner: i32, start: usize): void {
  iota<u32>(o, outer, n, inner, start)
}

export function iota_u8(o: usize, outer: i32, n: i32, inner: i32, start: usize): void {
  iota<u8>(o, outer, n, inner, start)
}
