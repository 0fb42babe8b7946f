/** Matrix products of f32: C (+)= op(A)·op(B). See gemm.ts for the arguments. */
import { gemm, gemmScratch } from './gemm'

export function gemm_f32(
  batch: i32, ta: i32, tb: i32, M: i32, N: i32, K: i32, A: usize, lda: i32, sA: i32,
  B: usize, ldb: i32, sB: i32, C: usize, ldc: i32, sC: i32, acc: i32, ws: usize,
): void {
  gemm<f32>(batch, ta, tb, M, N, K, A, lda, sA, B, ldb, sB, C, ldc, sC, acc, ws)
}

export function gemmScratch_f32(M: i32, N: i32, K: i32): i32 {
  return gemmScratch<f32>(M, N, K)
}
