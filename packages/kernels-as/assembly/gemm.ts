/**
 * Matrix product driver: C[M,N] (+)= op(A)·op(B), row-major, batched, for 32- and 64-bit element types.
 * Blocks k by KC (2 KB of a row), rows by MC and columns by NC, so the packed A block stays in L2 and a B panel in L1.
 */
import { packColumns, packRows } from './gemm-pack'
import { blockDirect, blockPacked } from './gemm-tile'
import { rowTimes } from './gemm-row'

// @ts-ignore: decorator
@inline
export const MC: i32 = 128 // a packed A block is 256 KB: half of the smallest common L2
// @ts-ignore: decorator
@inline
export const NC: i32 = 2048
// @ts-ignore: decorator
@inline
const PACK_A_COLUMNS: i32 = 32 // with fewer columns of B a packed A is read too few times to repay
// @ts-ignore: decorator
@inline
const TILE_BYTES: usize = 128

/** Longest k block for elements of T: a B panel is then 16 KB, an A panel 8 KB, both in L1. */
// @ts-ignore: decorator
@inline
export function maxBlock<T>(): i32 {
  return 2048 / <i32>sizeof<T>()
}

/** k block length: K cut into equal parts of at most `maxBlock`, a multiple of 4. Depends on K alone. */
export function blockLength<T>(K: i32): i32 {
  const parts = max(1, (K + maxBlock<T>() - 1) / maxBlock<T>())
  return ((K + parts - 1) / parts + 3) & ~3
}

/** Scratch bytes that `gemm<T>` uses for one product of this size. */
export function gemmScratch<T>(M: i32, N: i32, K: i32): i32 {
  const nr: i32 = 32 / <i32>sizeof<T>()
  const kc = blockLength<T>(max(K, 1))
  // a batch with a shared B becomes one taller product, so M does not bound the packed rows
  const rows = N > PACK_A_COLUMNS ? MC : 0
  const columns = min(NC, (N + nr - 1) & ~(nr - 1))
  // the single-row path needs a strip of 1024 sums, or two panels
  return <i32>TILE_BYTES + (rows * kc + max(columns, 2 * nr) * kc + 1024) * <i32>sizeof<T>()
}

function product<T>(
  ta: i32, tb: i32, M: i32, N: i32, K: i32,
  A: usize, la: usize, B: usize, lb: usize, C: usize, lc: usize, acc: bool, ws: usize,
): void {
  const size = sizeof<T>()
  const nr: i32 = 32 / <i32>size
  const kb = blockLength<T>(K)
  if (M <= 2) {
    const step = ta ? la : size
    for (let i = 0; i < M; i++) {
      rowTimes<T>(N, K, kb, A + <usize>i * (ta ? size : la), step, B, lb, tb, C + <usize>i * lc, acc, ws)
    }
    return
  }
  if (N == 1 && lc == size) {
    // Cᵀ = Bᵀ·Aᵀ is a row times a matrix
    rowTimes<T>(M, K, kb, B, tb ? size : lb, A, la, ta ? 0 : 1, C, acc, ws)
    return
  }
  // small B stays in L1 as it is; few rows do not repay packing it
  const bytesB = <usize>N * <usize>K * size
  const packB = tb != 0 || (M > 8 && bytesB > 24576)
  const packA = packB && N > PACK_A_COLUMNS && M > 8
  const tile = ws,
    pa = ws + TILE_BYTES
  const pb = pa + (packA ? <usize>MC * <usize>kb * size : 0)
  const rowA = ta ? size : la,
    stepA = ta ? la : size
  for (let jc = 0; jc < N; jc += NC) {
    const nc = min(NC, N - jc)
    for (let pc = 0; pc < K; pc += kb) {
      const kc = min(kb, K - pc)
      const add = acc || pc > 0
      const full = nc & ~(nr - 1)
      let b = B + (tb ? <usize>jc * lb + <usize>pc * size : <usize>pc * lb + <usize>jc * size)
      let edge: usize = 0
      if (packB) {
        if (nr == 8) {
          if (tb) packRows<T, u64>(kc, nc, b, lb, pb)
          else packColumns<T, u64>(kc, nc, b, lb, pb, <usize>kc << 5)
        } else {
          if (tb) packRows<T, u32>(kc, nc, b, lb, pb)
          else packColumns<T, u32>(kc, nc, b, lb, pb, <usize>kc << 5)
        }
      } else if (full < nc) {
        edge = pb
        if (nr == 8) packColumns<T, u64>(kc, nc - full, b + <usize>full * size, lb, pb, <usize>kc << 5)
        else packColumns<T, u32>(kc, nc - full, b + <usize>full * size, lb, pb, <usize>kc << 5)
      }
      const c = C + <usize>jc * size
      const a = A + <usize>pc * stepA
      if (!packA) {
        const panel: usize = packB ? <usize>kc << 5 : 32
        blockDirect<T>(M, nc, kc, a, rowA, stepA, packB ? pb : b, panel, packB ? 32 : lb, edge, c, lc, add, tile)
        continue
      }
      for (let ic = 0; ic < M; ic += MC) {
        const mc = min(MC, M - ic)
        if (ta) packColumns<T, u32>(kc, mc, a + <usize>ic * size, la, pa, <usize>kc * 4 * size)
        else packRows<T, u32>(kc, mc, a + <usize>ic * la, la, pa)
        blockPacked<T>(mc, nc, kc, pa, pb, c + <usize>ic * lc, lc, add, tile)
      }
    }
  }
}

/** Batched C (+)= op(A)·op(B); leading dimensions and batch strides in elements, batch stride 0 shares an operand. */
export function gemm<T>(
  batch: i32, ta: i32, tb: i32, M: i32, N: i32, K: i32,
  A: usize, lda: i32, sA: i32, B: usize, ldb: i32, sB: i32, C: usize, ldc: i32, sC: i32, acc: i32, ws: usize,
): void {
  const size = sizeof<T>()
  if (batch <= 0 || M <= 0 || N <= 0) return
  // a shared B with adjacent A and C matrices is one taller product
  if (batch > 1 && sB == 0 && !ta && sA == M * lda && sC == M * ldc) {
    M *= batch
    batch = 1
  }
  for (let n = 0; n < batch; n++) {
    if (K > 0) product<T>(ta, tb, M, N, K, A, <usize>lda * size, B, <usize>ldb * size, C, <usize>ldc * size, acc != 0, ws)
    else if (!acc) for (let i = 0; i < M; i++) memory.fill(C + <usize>i * <usize>ldc * size, 0, <usize>N * size)
    A += <usize>sA * size
    B += <usize>sB * size
    C += <usize>sC * size
  }
}
