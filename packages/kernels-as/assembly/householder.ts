/** Householder reflections H = I − τ·v·vᵀ with v[0] = 1, in LAPACK's conventions (dlarfg, dgeqr2, dorg2r), on column vectors. */
import { axpy, dot, get, length, scale, set } from './vectors'

/** Power of two that brings lengths near the ends of the exponent range back, so that τ and v keep all their digits. */
// @ts-ignore: decorator
@inline
function rescue(norm: f64): f64 {
  if (norm < 1e-280) return 8.452712498170644e270 // 2⁹⁰⁰
  return norm > 1e300 ? 7.888609052210118e-31 : 1 // 2⁻¹⁰⁰
}

/** Turns x into (β, 0, …): stores β at x[0] and v's tail behind it, returns τ (0 when the tail is already zero). */
export function reflector(n: i32, x: usize): f64 {
  let tail = length(n - 1, x + 8)
  if (tail == 0) return 0
  // rounding leftovers of a rank-deficient matrix shrink column by column, down to subnormal numbers
  const factor = rescue(max<f64>(abs<f64>(get(x, 0)), tail))
  if (factor != 1) {
    scale(n, factor, x)
    tail = length(n - 1, x + 8)
  }
  const alpha = get(x, 0)
  const norm = max<f64>(abs<f64>(alpha), tail)
  const a = alpha / norm, b = tail / norm
  const beta = -copysign<f64>(norm * sqrt<f64>(a * a + b * b), alpha)
  scale(n - 1, 1 / (alpha - beta), x + 8)
  set(x, 0, beta / factor)
  return (beta - alpha) / beta
}

/** y ← H·y; v's head is an implicit 1, its tail at v[1…]. */
export function reflect(n: i32, tau: f64, v: usize, y: usize): void {
  if (tau == 0) return
  const w = tau * (get(y, 0) + dot(v + 8, y + 8, n - 1))
  set(y, 0, get(y, 0) - w)
  axpy(n - 1, -w, v + 8, y + 8)
}

/** Factors the n columns (length m) at a in place: R above and on the diagonal, reflectors below, their τ in tau. */
export function factorColumns(a: usize, m: i32, n: i32, tau: usize): void {
  const column = <usize>m << 3
  for (let j = 0, k = min(m, n); j < k; j++) {
    const v = a + <usize>j * (column + 8)
    const t = reflector(m - j, v)
    set(tau, j, t)
    for (let c = j + 1; c < n; c++) reflect(m - j, t, v, a + <usize>c * column + (<usize>j << 3))
  }
}

/** Writes the first `columns` columns (length m) of Q = H₀·H₁⋯ to q. */
export function formQ(a: usize, m: i32, reflectors: i32, tau: usize, columns: i32, q: usize): void {
  const column = <usize>m << 3
  memory.fill(q, 0, column * <usize>columns)
  for (let c = 0; c < columns; c++) set(q, c * m + c, 1)
  for (let j = reflectors - 1; j >= 0; j--) {
    const v = a + <usize>j * (column + 8), t = get(tau, j)
    // columns before j are still unit vectors that H leaves alone
    for (let c = j; c < columns; c++) reflect(m - j, t, v, q + <usize>c * column + (<usize>j << 3))
  }
}
