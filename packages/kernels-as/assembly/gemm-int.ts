/** Matrix products of integers, wrapping: i32 (also u32) through the tiles, u8 through 16-bit lanes. */
import { gemm, gemmScratch } from './gemm'

export function gemm_i32(
  batch: i32, ta: i32, tb: i32, M: i32, N: i32, K: i32, A: usize, lda: i32, sA: i32,
  B: usize, ldb: i32, sB: i32, C: usize, ldc: i32, sC: i32, acc: i32, ws: usize,
): void {
  gemm<i32>(batch, ta, tb, M, N, K, A, lda, sA, B, ldb, sB, C, ldc, sC, acc, ws)
}

export function gemmScratch_i32(M: i32, N: i32, K: i32): i32 {
  return gemmScratch<i32>(M, N, K)
}

// Products and sums wrap mod 2¹⁶, so their low bytes are right mod 2⁸.
function rowTimesBytes(N: i32, K: i32, a: usize, as: usize, B: usize, bk: usize, bn: usize, c: usize, acc: bool): void {
  const mask = i16x8.splat(0xff)
  let j = 0
  if (bn == 1) {
    for (; j + 8 <= N; j += 8) {
      let sum = acc ? v128.load_ext<u8>(c + j) : i16x8.splat(0)
      let x = a, b = B + j
      for (let k = 0; k < K; k++) {
        sum = i16x8.add(sum, i16x8.mul(i16x8.splat(load<u8>(x)), v128.load_ext<u8>(b)))
        x += as
        b += bk
      }
      sum = v128.and(sum, mask)
      v128.store64_lane(c + j, i8x16.narrow_i16x8_u(sum, sum), 0)
    }
  }
  for (; j < N; j++) {
    let sum: u32 = acc ? load<u8>(c + j) : 0
    let x = a, b = B + <usize>j * bn
    for (let k = 0; k < K; k++) {
      sum += <u32>load<u8>(x) * <u32>load<u8>(b)
      x += as
      b += bk
    }
    store<u8>(c + j, <u8>sum)
  }
}

export function gemm_u8(
  batch: i32, ta: i32, tb: i32, M: i32, N: i32, K: i32, A: usize, lda: i32, sA: i32,
  B: usize, ldb: i32, sB: i32, C: usize, ldc: i32, sC: i32, acc: i32, ws: usize,
): void {
  const one: usize = 1
  const rowA = ta ? one : <usize>lda, stepA = ta ? <usize>lda : one
  const bk = tb ? one : <usize>ldb, bn = tb ? <usize>ldb : one
  for (let n = 0; n < batch; n++) {
    for (let i = 0; i < M; i++) rowTimesBytes(N, K, A + <usize>i * rowA, stepA, B, bk, bn, C + <usize>i * ldc, acc != 0)
    A += sA
    B += sB
    C += sC
  }
}

export function gemmScratch_u8(M: i32, N: i32, K: i32): i32 {
  return 0
}
