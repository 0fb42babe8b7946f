/**
 * Eigenvalues and vectors of symmetric matrices in double precision: Householder reduction to tridiagonal form, then
 * implicit QL with Wilkinson shifts (Golub & Van Loan, Matrix Computations, §8.3), rotations applied to contiguous vectors.
 */
import { reflect, reflector } from './householder'
import { axpy, dot, fillNaN, get, identity, largest, rotate, scale, set } from './vectors'

// @ts-ignore: decorator
@inline
const EPSILON: f64 = 2.220446049250313e-16

/** QL steps allowed per eigenvalue: LAPACK's dsteqr allows 30. */
// @ts-ignore: decorator
@inline
const STEPS: i32 = 60

/**
 * Reduces the symmetric a (rows = columns) to tridiagonal: d, e (e[i] couples i and i+1). Reflector i acts on entries
 * i+1 … and stays in column i below the diagonal, its τ in tau[i].
 */
function tridiagonalise(a: usize, n: i32, d: usize, e: usize, tau: usize, p: usize): void {
  for (let i = 0; i < n - 1; i++) {
    const m = n - 1 - i
    const v = a + (<usize>(i * n + i + 1) << 3)
    const t = reflector(m, v)
    set(tau, i, t)
    set(e, i, get(v, 0))
    if (t == 0) continue
    set(v, 0, 1)
    // B ← H·B·H on the trailing block B: p = τ·B·v, w = p − ½τ(pᵀv)·v, B −= v·wᵀ + w·vᵀ
    for (let r = 0; r < m; r++) set(p, r, t * dot(a + (<usize>((i + 1 + r) * n + i + 1) << 3), v, m))
    axpy(m, -0.5 * t * dot(p, v, m), v, p)
    for (let r = 0; r < m; r++) {
      const row = a + (<usize>((i + 1 + r) * n + i + 1) << 3)
      axpy(m, -get(v, r), p, row)
      axpy(m, -get(p, r), v, row)
    }
  }
  for (let i = 0; i < n; i++) set(d, i, get(a, i * n + i))
}

/** z's rows ← rows of Qᵀ, Q = H₀·H₁⋯, so that vector i of the basis is contiguous. */
function formBasis(a: usize, n: i32, tau: usize, z: usize): void {
  identity(n, z)
  for (let i = n - 2; i >= 0; i--) {
    const v = a + (<usize>(i * n + i + 1) << 3)
    for (let c = i + 1; c < n; c++) reflect(n - 1 - i, get(tau, i), v, z + (<usize>(c * n + i + 1) << 3))
  }
}

// @ts-ignore: decorator
@inline
function hypot2(a: f64, b: f64): f64 {
  const x = abs<f64>(a), y = abs<f64>(b)
  const big = max<f64>(x, y)
  if (big == 0) return 0
  const p = x / big, q = y / big
  return big * sqrt<f64>(p * p + q * q)
}

/** Diagonalises (d, e) turning the rows of z along; false if an eigenvalue does not settle. */
function implicitQl(n: i32, d: usize, e: usize, z: usize): bool {
  for (let l = 0; l < n; l++) {
    for (let step = 0; ; step++) {
      let m = l
      for (; m < n - 1; m++) {
        if (abs<f64>(get(e, m)) <= EPSILON * (abs<f64>(get(d, m)) + abs<f64>(get(d, m + 1)))) break
      }
      if (m == l) break
      if (step == STEPS) return false
      let g = (get(d, l + 1) - get(d, l)) / (2 * get(e, l))
      let r = hypot2(g, 1)
      g = get(d, m) - get(d, l) + get(e, l) / (g + copysign<f64>(r, g))
      let s: f64 = 1, c: f64 = 1, p: f64 = 0
      let i = m - 1
      for (; i >= l; i--) {
        let f = s * get(e, i)
        const b = c * get(e, i)
        r = hypot2(f, g)
        set(e, i + 1, r)
        if (r == 0) {
          // underflow split the matrix: start this eigenvalue again
          set(d, i + 1, get(d, i + 1) - p)
          set(e, m, 0)
          break
        }
        s = f / r
        c = g / r
        g = get(d, i + 1) - p
        r = (get(d, i) - g) * s + 2 * c * b
        p = s * r
        set(d, i + 1, g + p)
        g = c * r - b
        rotate(n, z + (<usize>(i * n) << 3), z + (<usize>((i + 1) * n) << 3), c, s)
      }
      if (i >= l) continue
      set(d, l, get(d, l) - p)
      set(e, l, g)
      set(e, m, 0)
    }
  }
  return true
}

/** order[i] = position of the i-th smallest d (insertion sort: stable). */
function ascending(n: i32, d: usize, order: usize): void {
  for (let i = 0; i < n; i++) {
    const v = get(d, i)
    let j = i - 1
    for (; j >= 0 && get(d, load<i32>(order + (<usize>j << 2))) > v; j--) {
      store<i32>(order + (<usize>(j + 1) << 2), load<i32>(order + (<usize>j << 2)))
    }
    store<i32>(order + (<usize>(j + 1) << 2), i)
  }
}

function decompose<T>(a: usize, w: usize, v: usize, n: i32, ws: usize): bool {
  const size = sizeof<T>()
  const matrix = ws
  const vector = <usize>n << 3
  const z = matrix + vector * <usize>n
  const d = z + vector * <usize>n
  const e = d + vector
  const tau = e + vector
  const p = tau + vector
  const order = p + vector
  for (let i = 0; i < n * n; i++) set(matrix, i, <f64>load<T>(a + <usize>i * size))
  const m = largest(n * n, matrix)
  if (!(m < Infinity)) return false
  // a power of two, so scaling is exact
  const unit: f64 = m == 0 ? 1 : reinterpret<f64>(reinterpret<u64>(max<f64>(m, 2.2250738585072014e-308)) & 0x7ff0000000000000)
  const down = unit < 1e-300 ? 1 : 1 / unit
  if (down != 1) scale(n * n, down, matrix)
  set(e, n - 1, 0)
  tridiagonalise(matrix, n, d, e, tau, p)
  formBasis(matrix, n, tau, z)
  if (!implicitQl(n, d, e, z)) return false
  ascending(n, d, order)
  for (let i = 0; i < n; i++) {
    const from = load<i32>(order + (<usize>i << 2))
    store<T>(w + <usize>i * size, <T>(get(d, from) / down))
    for (let r = 0; r < n; r++) store<T>(v + <usize>(r * n + i) * size, <T>get(z, from * n + r))
  }
  return true
}

// @ts-ignore: decorator
@inline
function eigh<T>(a: usize, w: usize, v: usize, batch: i32, n: i32, ws: usize): void {
  if (n == 0) return
  const bytes = <usize>n * sizeof<T>()
  for (let i = 0; i < batch; i++) {
    if (!decompose<T>(a, w, v, n, ws)) {
      fillNaN<T>(w, n)
      fillNaN<T>(v, n * n)
    }
    a += bytes * <usize>n
    v += bytes * <usize>n
    w += bytes
  }
}

/** Symmetric a [n, n] → w [n] ascending, v [n, n] with orthonormal columns, a·v = v·diag(w). Not finite → NaN. */
export function eigh_f32(a: usize, w: usize, v: usize, batch: i32, n: i32, ws: usize): void {
  eigh<f32>(a, w, v, batch, n, ws)
}
export function eigh_f64(a: usize, w: usize, v: usize, batch: i32, n: i32, ws: usize): void {
  eigh<f64>(a, w, v, batch, n, ws)
}

export function eighScratch(n: i32): i32 {
  return 8 * (2 * n * n + 5 * n + 2)
}
