/**
 * Convolution of f64: x [N, S…, C] * w [K…, C/groups, F] → o [N/batchGroups, O…, F].
 * meta (i32): N, C, F, groups, batchGroups, then S, K, O, stride, padLow, lhsDilation, rhsDilation, each [rank].
 */
import { convolve, convolveScratch } from './conv'

export function conv_f64(x: usize, w: usize, o: usize, rank: i32, meta: usize, ws: usize): void {
  convolve<f64>(x, w, o, rank, meta, ws)
}

export function convScratch_f64(rank: i32, meta: usize): i32 {
  return convolveScratch<f64>(rank, meta)
}
