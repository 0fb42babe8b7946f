/**
 * LU with partial pivoting, P·A = L·U packed in one matrix: panels of TERMS columns, then one update of everything to
 * their right, its sums in double precision.
 */
import { subtractProducts, TERMS } from './dot-wide'

function swapRows<T>(a: usize, b: usize, n: i32): void {
  for (let c = 0; c < n; c++) {
    const x = load<T>(a)
    store<T>(a, load<T>(b))
    store<T>(b, x)
    a += sizeof<T>()
    b += sizeof<T>()
  }
}

/** Finds and swaps in the pivot of column j, divides the column by it; returns the pivot's row. */
function pivotColumn<T>(o: usize, j: i32, m: i32, n: i32): i32 {
  const size = sizeof<T>()
  const row = <usize>n * size
  const column = o + <usize>j * size
  let best: f64 = -1, pivot = j
  for (let i = j; i < m; i++) {
    const magnitude = abs<f64>(<f64>load<T>(column + <usize>i * row))
    if (magnitude > best) {
      best = magnitude
      pivot = i
    }
  }
  if (pivot != j) swapRows<T>(o + <usize>j * row, o + <usize>pivot * row, n)
  const diagonal = <f64>load<T>(column + <usize>j * row)
  // a zero column is already eliminated
  if (diagonal != 0) {
    for (let i = j + 1; i < m; i++) {
      const p = column + <usize>i * row
      store<T>(p, <T>(<f64>load<T>(p) / diagonal))
    }
  }
  return pivot
}

function factor<T>(o: usize, piv: usize, perm: usize, m: i32, n: i32): void {
  const size = sizeof<T>()
  const row = <usize>n * size
  for (let i = 0; i < m; i++) store<i32>(perm + (<usize>i << 2), i)
  const steps = min(m, n)
  for (let first = 0; first < steps; first += TERMS) {
    const until = min(first + TERMS, steps)
    const panel = o + <usize>first * size
    const top = panel + <usize>first * row
    for (let j = first; j < until; j++) {
      // bring column j of the panel up to date, then choose its pivot
      for (let i = first + 1; i < m; i++) {
        const done = min(i, j) - first
        subtractProducts<T>(panel + <usize>i * row, size, top + <usize>(j - first) * size, row, done, o + <usize>i * row + <usize>j * size, 1)
      }
      const pivot = pivotColumn<T>(o, j, m, n)
      store<i32>(piv + (<usize>j << 2), pivot)
      const a = perm + (<usize>j << 2), b = perm + (<usize>pivot << 2)
      const kept = load<i32>(a)
      store<i32>(a, load<i32>(b))
      store<i32>(b, kept)
    }
    const rest = n - until
    const right = <usize>(until - first) * size
    for (let i = first + 1; i < m; i++) {
      const l = panel + <usize>i * row
      subtractProducts<T>(l, size, top + right, row, min(i, until) - first, l + right, rest)
    }
  }
}

// @ts-ignore: decorator
@inline
function lu<T>(a: usize, o: usize, piv: usize, perm: usize, batch: i32, m: i32, n: i32): void {
  const bytes = <usize>m * <usize>n * sizeof<T>()
  memory.copy(o, a, bytes * <usize>batch)
  for (let i = 0; i < batch; i++) {
    factor<T>(o, piv, perm, m, n)
    o += bytes
    piv += <usize>min(m, n) << 2
    perm += <usize>m << 2
  }
}

/** o [m, n] holds U and below it L's columns (unit diagonal not stored); row i of P·A is row perm[i] of A. */
export function lu_f32(a: usize, o: usize, piv: usize, perm: usize, batch: i32, m: i32, n: i32): void {
  lu<f32>(a, o, piv, perm, batch, m, n)
}
export function lu_f64(a: usize, o: usize, piv: usize, perm: usize, batch: i32, m: i32, n: i32): void {
  lu<f64>(a, o, piv, perm, batch, m, n)
}
