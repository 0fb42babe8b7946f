/**
 * Convolution of one channel to one feature with unit stride along the last axis (signals, grey images): lanes run over
 * adjacent outputs, each tap is one splat times an unaligned load from the zero-bordered image.
 */
import { border, extent, listOffsets, listPixels, listRuns } from './conv-border'
import { at, enterPhase, geometryBytes, plan, put } from './conv-geometry'
import { multiplyAdd } from './gemm-pack'

export function isPlanar(rank: i32, meta: usize): bool {
  if (at(meta, 1) != 1 || at(meta, 2) != 1 || at(meta, 4) != 1) return false
  const base = meta + 20
  for (let d = 0; d < rank; d++) if (at(base, 5 * rank + d) != 1 || at(base, rank + d) == 0) return false
  return at(base, 4 * rank - 1) == 1
}

export function planarScratch<T>(rank: i32, meta: usize): i32 {
  const base = meta + 20
  let taps = 1, pixels = 1, bordered = 1
  for (let d = 0; d < rank; d++) {
    taps *= at(base, rank + d)
    pixels *= at(base, 2 * rank + d)
    bordered *= max(0, extent(base, rank, d))
  }
  return geometryBytes(rank, meta) + 4 * (2 * rank + 3 * taps + pixels) + bordered * <i32>sizeof<T>() + 64
}

/** n adjacent outputs: o[j] = Σₖ w[k]·x[offset[k] + j]. */
function row<T>(x: usize, offsets: usize, offsetsEnd: usize, w: usize, o: usize, n: i32): void {
  const bytes = <usize>n * sizeof<T>()
  const zero = i64x2.splat(0)
  let j: usize = 0
  for (; j + 64 <= bytes; j += 64) {
    let s0 = zero, s1 = zero, s2 = zero, s3 = zero
    let v = w
    for (let k = offsets; k != offsetsEnd; k += 4) {
      const p = x + j + load<usize>(k)
      const tap = v128.load_splat<T>(v)
      s0 = multiplyAdd<T>(tap, v128.load(p), s0)
      s1 = multiplyAdd<T>(tap, v128.load(p, 16), s1)
      s2 = multiplyAdd<T>(tap, v128.load(p, 32), s2)
      s3 = multiplyAdd<T>(tap, v128.load(p, 48), s3)
      v += sizeof<T>()
    }
    v128.store(o + j, s0)
    v128.store(o + j, s1, 16)
    v128.store(o + j, s2, 32)
    v128.store(o + j, s3, 48)
  }
  for (; j + 16 <= bytes; j += 16) {
    let s = zero, v = w
    for (let k = offsets; k != offsetsEnd; k += 4, v += sizeof<T>()) {
      s = multiplyAdd<T>(v128.load_splat<T>(v), v128.load(x + j + load<usize>(k)), s)
    }
    v128.store(o + j, s)
  }
  for (; j < bytes; j += sizeof<T>()) {
    let s = zero, v = w
    for (let k = offsets; k != offsetsEnd; k += 4, v += sizeof<T>()) {
      s = multiplyAdd<T>(v128.load_splat<T>(v), v128.load_splat<T>(x + j + load<usize>(k)), s)
    }
    if (sizeof<T>() == 4) v128.store32_lane(o + j, s, 0)
    else v128.store64_lane(o + j, s, 0)
  }
}

export function planarConv<T>(x: usize, w: usize, o: usize, rank: i32, meta: usize, ws: usize): void {
  const size = sizeof<T>()
  const g = plan(rank, meta, ws)
  if (g.images * g.pixels == 0) return
  enterPhase(g)
  const extents = g.end
  const strides = extents + (<usize>rank << 2)
  let stride = <i32>size
  for (let d = rank - 1; d >= 0; d--) {
    put(extents, d, extent(meta + 20, rank, d))
    put(strides, d, stride)
    stride *= at(extents, d)
  }
  const runs = strides + (<usize>rank << 2)
  const runsEnd = listRuns(g, strides, <i32>size, runs)
  const offsets = runs + (<usize>g.taps << 3)
  listOffsets<T>(runs, runsEnd, offsets)
  const offsetsEnd = offsets + (<usize>g.taps << 2)
  listPixels(g, strides, offsetsEnd)
  const image = (offsetsEnd + (<usize>g.pixels << 2) + 15) & ~15
  const width = at(g.out, rank - 1)
  for (let n = 0; n < g.images; n++) {
    border<T>(g, x + <usize>(n * g.perImage) * size, extents, image, <usize>stride)
    for (let i = 0; i < g.pixels; i += width) {
      row<T>(image + <usize>at(offsetsEnd, i), offsets, offsetsEnd, w, o, width)
      o += <usize>width * size
    }
  }
}
