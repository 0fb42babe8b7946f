/** Cholesky factors A = L·Lᵀ of symmetric positive definite matrices, row by row (Cholesky–Banachiewicz), sums in double. */
import { dotRows } from './dot-wide'
import { fillNaN } from './vectors'

function factor<T>(a: usize, o: usize, n: i32): bool {
  const size = sizeof<T>()
  const row = <usize>n * size
  memory.fill(o, 0, <usize>n * row)
  for (let i = 0; i < n; i++) {
    const ai = a + <usize>i * row, li = o + <usize>i * row
    for (let j = 0; j < i; j++) {
      const lj = o + <usize>j * row
      const rest = <f64>load<T>(ai + <usize>j * size) - dotRows<T>(li, lj, j)
      store<T>(li + <usize>j * size, <T>(rest / <f64>load<T>(lj + <usize>j * size)))
    }
    const square = <f64>load<T>(ai + <usize>i * size) - dotRows<T>(li, li, i)
    // also false for NaN
    if (!(square > 0)) return false
    const pivot = <T>sqrt<f64>(square)
    if (!(pivot > 0)) return false
    store<T>(li + <usize>i * size, pivot)
  }
  return true
}

// @ts-ignore: decorator
@inline
function cholesky<T>(a: usize, o: usize, batch: i32, n: i32): void {
  const bytes = <usize>n * <usize>n * sizeof<T>()
  for (let i = 0; i < batch; i++) {
    if (!factor<T>(a, o, n)) fillNaN<T>(o, n * n)
    a += bytes
    o += bytes
  }
}

/** Lower factor, upper triangle zero; reads a's lower triangle. A matrix that is not positive definite gives NaN. */
export function cholesky_f32(a: usize, o: usize, batch: i32, n: i32): void {
  cholesky<f32>(a, o, batch, n)
}
export function cholesky_f64(a: usize, o: usize, batch: i32, n: i32): void {
  cholesky<f64>(a, o, batch, n)
}
