/** Double-precision vectors in scratch, the working storage of the decompositions; `n` counts elements. */
import { multiplyAdd } from './gemm-pack'

// @ts-ignore: decorator
@inline
export function get(p: usize, i: i32): f64 {
  return load<f64>(p + (<usize>i << 3))
}

// @ts-ignore: decorator
@inline
export function set(p: usize, i: i32, v: f64): void {
  store<f64>(p + (<usize>i << 3), v)
}

/** Σ x·y */
export function dot(x: usize, y: usize, n: i32): f64 {
  const zero = f64x2.splat(0)
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero
  const end = x + (<usize>n << 3), wide = x + (<usize>(n & ~7) << 3)
  for (; x < wide; x += 64, y += 64) {
    s0 = multiplyAdd<f64>(v128.load(x), v128.load(y), s0)
    s1 = multiplyAdd<f64>(v128.load(x, 16), v128.load(y, 16), s1)
    s2 = multiplyAdd<f64>(v128.load(x, 32), v128.load(y, 32), s2)
    s3 = multiplyAdd<f64>(v128.load(x, 48), v128.load(y, 48), s3)
  }
  s0 = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3))
  let s = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1)
  for (; x < end; x += 8, y += 8) s += load<f64>(x) * load<f64>(y)
  return s
}

/** y += a·x */
export function axpy(n: i32, a: f64, x: usize, y: usize): void {
  const v = f64x2.splat(a)
  const end = x + (<usize>n << 3), wide = x + (<usize>(n & ~3) << 3)
  for (; x < wide; x += 32, y += 32) {
    v128.store(y, multiplyAdd<f64>(v, v128.load(x), v128.load(y)))
    v128.store(y, multiplyAdd<f64>(v, v128.load(x, 16), v128.load(y, 16)), 16)
  }
  for (; x < end; x += 8, y += 8) store<f64>(y, load<f64>(y) + a * load<f64>(x))
}

/** (x, y) ← (c·x − s·y, s·x + c·y) */
export function rotate(n: i32, x: usize, y: usize, c: f64, s: f64): void {
  const vc = f64x2.splat(c), vs = f64x2.splat(s)
  const end = x + (<usize>n << 3), wide = x + (<usize>(n & ~1) << 3)
  for (; x < wide; x += 16, y += 16) {
    const a = v128.load(x), b = v128.load(y)
    v128.store(x, f64x2.sub(f64x2.mul(vc, a), f64x2.mul(vs, b)))
    v128.store(y, f64x2.add(f64x2.mul(vs, a), f64x2.mul(vc, b)))
  }
  for (; x < end; x += 8, y += 8) {
    const a = load<f64>(x), b = load<f64>(y)
    store<f64>(x, c * a - s * b)
    store<f64>(y, s * a + c * b)
  }
}

export function scale(n: i32, a: f64, x: usize): void {
  for (let i = 0; i < n; i++) set(x, i, get(x, i) * a)
}

/** max |x|, NaN if any element is NaN. */
export function largest(n: i32, x: usize): f64 {
  let m: f64 = 0
  for (let i = 0; i < n; i++) m = max<f64>(m, abs<f64>(get(x, i)))
  return m
}

/** Euclidean length, scaled so that it neither over- nor underflows. */
export function length(n: i32, x: usize): f64 {
  const plain = dot(x, x, n)
  if (plain > 1e-280 && plain < 1e280) return sqrt<f64>(plain)
  const m = largest(n, x)
  if (m == 0 || !(m < Infinity)) return m
  let s: f64 = 0
  for (let i = 0; i < n; i++) {
    const v = get(x, i) / m
    s += v * v
  }
  return m * sqrt<f64>(s)
}

/** o[j, i] = a[i, j] as doubles: rows × columns becomes column after column. */
export function loadColumns<T>(a: usize, rows: i32, columns: i32, o: usize): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      set(o, j * rows + i, <f64>load<T>(a))
      a += sizeof<T>()
    }
  }
}

/** o[i, j] = x[j, i]: `columns` vectors of length `stride` become the columns of a rows × columns matrix. */
export function storeColumns<T>(x: usize, stride: i32, rows: i32, columns: i32, o: usize): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      store<T>(o, <T>get(x, j * stride + i))
      o += sizeof<T>()
    }
  }
}

/** n vectors of length n: the identity. */
export function identity(n: i32, o: usize): void {
  memory.fill(o, 0, (<usize>n * <usize>n) << 3)
  for (let i = 0; i < n; i++) set(o, i * n + i, 1)
}

export function fillNaN<T>(o: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<T>(o + <usize>i * sizeof<T>(), <T>NaN)
}
