/** Triangular solves op(a)·x = b by substitution, sums in double precision. */
import { dotRows, dotStrided, loadPair, storePair, subtractProducts, TERMS } from './dot-wide'

/** Row o of x from the `rows` rows at x already known: o = (b − Σₖ op(a)[k]·x[k, :]) / pivot; a steps by `as` bytes. */
function solveRow<T>(a: usize, as: usize, b: usize, x: usize, rows: i32, o: usize, m: i32, pivot: f64): void {
  const size = sizeof<T>()
  const row = <usize>m * size
  if (m == 1) {
    const sum = as == size ? dotRows<T>(a, x, rows) : dotStrided<T>(a, as, x, row, rows)
    store<T>(o, <T>((<f64>load<T>(b) - sum) / pivot))
    return
  }
  memory.copy(o, b, row)
  for (let k = 0; k < rows; k += TERMS) {
    subtractProducts<T>(a + <usize>k * as, as, x + <usize>k * row, row, min(TERMS, rows - k), o, m)
  }
  if (pivot == 1) return
  const divisor = f64x2.splat(pivot)
  let j: usize = 0
  for (; j + 2 * size <= row; j += 2 * size) storePair<T>(o + j, f64x2.div(loadPair<T>(o + j), divisor))
  if (j < row) store<T>(o + j, <T>(<f64>load<T>(o + j) / pivot))
}

// @ts-ignore: decorator
@inline
function triangularSolve<T>(a: usize, b: usize, o: usize, batch: i32, n: i32, m: i32, lower: i32, transA: i32, unit: i32): void {
  const size = sizeof<T>()
  const row = <usize>m * size
  const line = <usize>n * size
  // op(a) steps by `as` bytes along k and `ar` along rows
  const as = transA ? line : size, ar = transA ? size : line
  const forward = (lower != 0) != (transA != 0)
  for (let n0 = 0; n0 < batch; n0++) {
    for (let step = 0; step < n; step++) {
      const i = forward ? step : n - 1 - step
      const first = forward ? 0 : i + 1
      const pivot: f64 = unit ? 1 : <f64>load<T>(a + <usize>i * (line + size))
      const at = <usize>i * row
      solveRow<T>(a + <usize>i * ar + <usize>first * as, as, b + at, o + <usize>first * row, step, o + at, m, pivot)
    }
    a += <usize>n * line
    b += <usize>n * row
    o += <usize>n * row
  }
}

/** a [n, n] (only its `lower` or upper triangle is read, without the diagonal if `unit`), b and o [n, m]. */
export function triangularSolve_f32(
  a: usize, b: usize, o: usize, batch: i32, n: i32, m: i32, lower: i32, transA: i32, unit: i32,
): void {
  triangularSolve<f32>(a, b, o, batch, n, m, lower, transA, unit)
}
export function triangularSolve_f64(
  a: usize, b: usize, o: usize, batch: i32, n: i32, m: i32, lower: i32, transA: i32, unit: i32,
): void {
  triangularSolve<f64>(a, b, o, batch, n, m, lower, transA, unit)
}
