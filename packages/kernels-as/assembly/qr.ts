/** QR by Householder reflections in double precision; R's diagonal has LAPACK's signs. */
import { factorColumns, formQ } from './householder'
import { get, loadColumns, storeColumns } from './vectors'

// @ts-ignore: decorator
@inline
function qr<T>(a: usize, q: usize, r: usize, batch: i32, m: i32, n: i32, full: i32, ws: usize): void {
  const k = min(m, n)
  const columns = full ? m : k
  const work = ws
  const tau = work + ((<usize>m * <usize>n) << 3)
  const basis = tau + (<usize>k << 3)
  for (let i = 0; i < batch; i++) {
    loadColumns<T>(a, m, n, work)
    factorColumns(work, m, n, tau)
    for (let row = 0; row < columns; row++) {
      for (let c = 0; c < n; c++) {
        store<T>(r, c >= row ? <T>get(work, c * m + row) : <T>0)
        r += sizeof<T>()
      }
    }
    formQ(work, m, k, tau, columns, basis)
    storeColumns<T>(basis, m, m, columns, q)
    a += <usize>m * <usize>n * sizeof<T>()
    q += <usize>m * <usize>columns * sizeof<T>()
  }
}

/** a [m, n] = q·r; full: q [m, m], r [m, n], else q [m, k], r [k, n] with k = min(m, n). */
export function qr_f32(a: usize, q: usize, r: usize, batch: i32, m: i32, n: i32, full: i32, ws: usize): void {
  qr<f32>(a, q, r, batch, m, n, full, ws)
}
export function qr_f64(a: usize, q: usize, r: usize, batch: i32, m: i32, n: i32, full: i32, ws: usize): void {
  qr<f64>(a, q, r, batch, m, n, full, ws)
}

/** Bytes of scratch, enough for full and reduced. */
export function qrScratch(m: i32, n: i32): i32 {
  return 8 * (m * n + min(m, n) + m * m)
}
