/** Chooses the convolution path from the geometry alone, so the same shapes always give the same bits. */
import { depthwiseConv, depthwiseScratch, isDepthwise } from './conv-depthwise'
import { directConv, directScratch, isDirect } from './conv-direct'
import { dotConv, dotScratch, isDot } from './conv-dot'
import { implicitConv, implicitScratch } from './conv-implicit'
import { isPlanar, planarConv, planarScratch } from './conv-planar'

export function convolve<T>(x: usize, w: usize, o: usize, rank: i32, meta: usize, ws: usize): void {
  if (isPlanar(rank, meta)) planarConv<T>(x, w, o, rank, meta, ws)
  else if (isDepthwise(meta)) depthwiseConv<T>(x, w, o, rank, meta, ws)
  else if (isDot(meta)) dotConv<T>(x, w, o, rank, meta, ws)
  else if (isDirect<T>(rank, meta)) directConv<T>(x, w, o, rank, meta, ws)
  else implicitConv<T>(x, w, o, rank, meta, ws)
}

export function convolveScratch<T>(rank: i32, meta: usize): i32 {
  if (isPlanar(rank, meta)) return planarScratch<T>(rank, meta)
  if (isDepthwise(meta)) return depthwiseScratch(rank, meta)
  if (isDot(meta)) return dotScratch<T>(rank, meta)
  return isDirect<T>(rank, meta) ? directScratch<T>(rank, meta) : implicitScratch<T>(rank, meta)
}
