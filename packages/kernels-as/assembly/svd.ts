/**
 * Singular value decomposition in double precision: QR of the tall side with columns sorted by length, then one-sided
 * Jacobi on Rᵀ (Drmač & Veselić 2008): columns are rotated pairwise until orthogonal, which keeps small singular values
 * accurate and always ends.
 */
import { factorColumns, reflect } from './householder'
import { axpy, dot, fillNaN, get, identity, largest, length, rotate, scale, set } from './vectors'

// @ts-ignore: decorator
@inline
const EPSILON: f64 = 2.220446049250313e-16
// @ts-ignore: decorator
@inline
const SWEEPS: i32 = 40 // convergence is quadratic: 4 to 8 are usual

// @ts-ignore: decorator
@inline
function index(order: usize, i: i32): i32 {
  return load<i32>(order + (<usize>i << 2))
}

/** order lists 0 … n−1 by decreasing key (insertion sort: stable). */
function descending(n: i32, keys: usize, order: usize): void {
  for (let i = 0; i < n; i++) {
    const v = get(keys, i)
    let j = i - 1
    for (; j >= 0 && get(keys, index(order, j)) < v; j--) store<i32>(order + (<usize>(j + 1) << 2), index(order, j))
    store<i32>(order + (<usize>(j + 1) << 2), i)
  }
}

/** Rotates the n vectors (length n) at b pairwise until orthogonal within `tolerance`, and v's along. */
function orthogonalise(n: i32, b: usize, v: usize, squares: usize, tolerance: f64): void {
  const vector = <usize>n << 3
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let rotated = false
    for (let i = 0; i < n; i++) set(squares, i, dot(b + <usize>i * vector, b + <usize>i * vector, n))
    for (let i = 0; i < n - 1; i++) {
      const bi = b + <usize>i * vector
      for (let j = i + 1; j < n; j++) {
        const bj = b + <usize>j * vector
        const alpha = get(squares, i), beta = get(squares, j)
        const gamma = dot(bi, bj, n)
        if (!(abs<f64>(gamma) > tolerance * sqrt<f64>(alpha) * sqrt<f64>(beta))) continue
        rotated = true
        const zeta = (beta - alpha) / (2 * gamma)
        const t = copysign<f64>(1, zeta) / (abs<f64>(zeta) + sqrt<f64>(1 + zeta * zeta))
        const c = 1 / sqrt<f64>(1 + t * t), s = c * t
        rotate(n, bi, bj, c, s)
        rotate(n, v + <usize>i * vector, v + <usize>j * vector, c, s)
        set(squares, i, max<f64>(alpha - t * gamma, 0))
        set(squares, j, beta + t * gamma)
      }
    }
    if (!rotated) return
  }
}

/** Removes from x its components along the first `count` ordered vectors, twice; returns what is left of its length. */
function project(n: i32, b: usize, order: usize, count: i32, x: usize): f64 {
  for (let pass = 0; pass < 2; pass++) {
    for (let i = 0; i < count; i++) {
      const q = b + (<usize>(index(order, i) * n) << 3)
      axpy(n, -dot(q, x, n), q, x)
    }
  }
  return length(n, x)
}

/** Makes vector number `rank` of the order a unit vector orthogonal to those before it. */
function complete(n: i32, b: usize, order: usize, rank: i32, sigma: f64): void {
  const x = b + (<usize>(index(order, rank) * n) << 3)
  // shorter ones have lost their digits
  if (sigma > 1e-280) {
    scale(n, 1 / sigma, x)
    const rest = project(n, b, order, rank, x)
    if (rest > 0.5) {
      scale(n, 1 / rest, x)
      return
    }
  }
  // Some unit vector keeps at least 1/√n of its length.
  let enough: f64 = 0.5 / sqrt<f64>(<f64>n)
  for (let k = 0; k < n; k++) {
    memory.fill(x, 0, <usize>n << 3)
    set(x, k, 1)
    const rest = project(n, b, order, rank, x)
    if (rest > enough) {
      scale(n, 1 / rest, x)
      return
    }
  }
}

/** Column j of the tall (m × n) orientation, as doubles. */
function loadColumn<T>(a: usize, m: i32, n: i32, j: i32, transposed: bool, to: usize): void {
  for (let i = 0; i < m; i++) set(to, i, <f64>load<T>(a + <usize>(transposed ? j * m + i : i * n + j) * sizeof<T>()))
}

/** Stores entry (i, c) of a rows × columns matrix of singular vectors at o, or of its transpose. */
// @ts-ignore: decorator
@inline
function storeEntry<T>(o: usize, i: i32, c: i32, rows: i32, columns: i32, transposed: bool, v: f64): void {
  store<T>(o + <usize>(transposed ? c * rows + i : i * columns + c) * sizeof<T>(), <T>v)
}

/**
 * One matrix. `tall` [m, left] and `wide` [n, n] are the singular vectors of its tall (m ≥ n) orientation; `transposed` says
 * that the given matrix was n × m, so that they are written as vᵀ and u.
 */
function decompose<T>(
  a: usize, tall: usize, s: usize, wide: usize, m: i32, n: i32, left: i32, transposed: bool, ws: usize,
): bool {
  const size = sizeof<T>()
  const column = <usize>m << 3, vector = <usize>n << 3
  const work = ws
  const b = work + <usize>n * column
  const v = b + <usize>n * vector
  const tau = v + <usize>n * vector
  const keys = tau + vector
  const x = keys + vector
  const sorted = x + column
  const order = sorted + (<usize>n << 2)
  for (let j = 0; j < n; j++) {
    loadColumn<T>(a, m, n, j, transposed, x)
    // also false for NaN
    if (!(largest(m, x) < Infinity)) return false
    set(keys, j, length(m, x))
  }
  // long columns first: fewer sweeps
  descending(n, keys, sorted)
  for (let j = 0; j < n; j++) loadColumn<T>(a, m, n, index(sorted, j), transposed, work + <usize>j * column)
  const big = largest(m * n, work)
  // a power of two, so scaling is exact
  const unit = reinterpret<f64>(reinterpret<u64>(big) & 0x7ff0000000000000)
  const down = unit > 1e-300 ? 1 / unit : 1
  if (down != 1) scale(m * n, down, work)
  factorColumns(work, m, n, tau)
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < n; i++) set(b, j * n + i, i >= j ? get(work, i * m + j) : 0)
  }
  identity(n, v)
  // f32 results need no more than f32 orthogonality
  orthogonalise(n, b, v, keys, size == 4 ? 1e-11 : EPSILON)
  for (let j = 0; j < n; j++) set(keys, j, length(n, b + <usize>j * vector))
  descending(n, keys, order)
  const negligible = <f64>n * EPSILON * get(keys, index(order, 0))
  for (let r = 0; r < n; r++) {
    const j = index(order, r)
    const sigma = get(keys, j)
    if (sigma > negligible) scale(n, 1 / sigma, b + <usize>j * vector)
    else complete(n, b, order, r, sigma)
    store<T>(s + <usize>r * size, <T>(sigma / down))
    for (let i = 0; i < n; i++) storeEntry<T>(wide, index(sorted, i), r, n, n, !transposed, get(b, j * n + i))
  }
  for (let c = 0; c < left; c++) {
    memory.fill(x, 0, column)
    if (c < n) memory.copy(x, v + <usize>index(order, c) * vector, vector)
    else set(x, c, 1)
    for (let h = n - 1; h >= 0; h--) {
      const at = <usize>h << 3
      reflect(m - h, get(tau, h), work + <usize>h * column + at, x + at)
    }
    for (let i = 0; i < m; i++) storeEntry<T>(tall, i, c, m, left, transposed, get(x, i))
  }
  return true
}

function unitMatrix<T>(n: i32, o: usize): void {
  memory.fill(o, 0, <usize>n * <usize>n * sizeof<T>())
  for (let i = 0; i < n; i++) store<T>(o + <usize>(i * n + i) * sizeof<T>(), <T>1)
}

// @ts-ignore: decorator
@inline
function svd<T>(a: usize, u: usize, s: usize, vt: usize, batch: i32, m: i32, n: i32, full: i32, ws: usize): void {
  const size = sizeof<T>()
  const k = min(m, n)
  const left = full ? m : k, right = full ? n : k
  for (let i = 0; i < batch; i++) {
    if (k == 0) {
      unitMatrix<T>(left, u)
      unitMatrix<T>(right, vt)
    } else {
      const ok = m >= n
        ? decompose<T>(a, u, s, vt, m, n, left, false, ws)
        : decompose<T>(a, vt, s, u, n, m, right, true, ws)
      if (!ok) {
        fillNaN<T>(u, m * left)
        fillNaN<T>(s, k)
        fillNaN<T>(vt, right * n)
      }
    }
    a += <usize>(m * n) * size
    u += <usize>(m * left) * size
    s += <usize>k * size
    vt += <usize>(right * n) * size
  }
}

/** a [m, n] = u·diag(s)·vt, s [k] descending; u [m, k], vt [k, n], or [m, m] and [n, n] when full. Not finite → NaN. */
export function svd_f32(
  a: usize, u: usize, s: usize, vt: usize, batch: i32, m: i32, n: i32, full: i32, ws: usize,
): void {
  svd<f32>(a, u, s, vt, batch, m, n, full, ws)
}
export function svd_f64(
  a: usize, u: usize, s: usize, vt: usize, batch: i32, m: i32, n: i32, full: i32, ws: usize,
): void {
  svd<f64>(a, u, s, vt, batch, m, n, full, ws)
}

export function svdScratch(m: i32, n: i32): i32 {
  const k = min(m, n), big = max(m, n)
  return 8 * (big * k + 2 * k * k + 3 * k + big + 2)
}
