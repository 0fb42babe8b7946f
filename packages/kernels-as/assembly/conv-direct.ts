/**
 * Direct convolution: each image is copied once into a zero-bordered buffer of this block's channels, then tiles of
 * 4 pixels × 32 bytes of features read it in place. Wins where k is short, so that packing rows for a matrix product
 * would cost as much as the product.
 */
import { border, extent, listOffsets, listPixels, listRuns } from './conv-border'
import { at, enterPhase, geometryBytes, plan, put } from './conv-geometry'
import { maxBlock } from './gemm'
import { multiplyAdd, packColumns } from './gemm-pack'
import { putCorner } from './gemm-tile'

// @ts-ignore: decorator
@inline
const FEW_CHANNELS: i32 = 24 // with more, the packed product is as fast

// @ts-ignore: decorator
@inline
const FEW_TERMS: i32 = 96 // k no longer than this goes by offsets: 1.5 × faster than short runs

/** From here on a quarter of an image's last tile may be wasted without harm. */
// @ts-ignore: decorator
@inline
const ENOUGH_PIXELS: i32 = 16

/** Whether the direct path takes this convolution: no lhsDilation, short k, few channels, enough pixels. */
export function isDirect<T>(rank: i32, meta: usize): bool {
  const channels = at(meta, 1) / at(meta, 3)
  let taps = 1, pixels = 1
  for (let d = 0; d < rank; d++) {
    const base = meta + 20
    taps *= at(base, rank + d)
    pixels *= at(base, 2 * rank + d)
    if (at(base, 5 * rank + d) != 1) return false
  }
  const k = taps * channels
  return k > 0 && k <= maxBlock<T>() && channels <= FEW_CHANNELS && pixels >= ENOUGH_PIXELS
}

export function directScratch<T>(rank: i32, meta: usize): i32 {
  const base = meta + 20
  const channels = at(meta, 1) / at(meta, 3)
  let taps = 1, pixels = 1, bordered = channels
  for (let d = 0; d < rank; d++) {
    taps *= at(base, rank + d)
    pixels *= at(base, 2 * rank + d)
    bordered *= extent(base, rank, d)
  }
  const features = (at(meta, 2) / max(at(meta, 3), at(meta, 4)) + 7) & ~7
  const elements = bordered + taps * channels * features
  return geometryBytes(rank, meta) + 128 + 4 * (2 * rank + 2 * taps + pixels + FEW_TERMS) + elements * <i32>sizeof<T>() + 64
}

/** 4 pixels × 32 bytes of features over `runs` of (byte offset, length) contiguous elements. */
function tileRuns<T>(
  p: usize, p1: usize, p2: usize, p3: usize, runs: usize, runsEnd: usize, b: usize, c: usize, ldc: usize,
): void {
  const zero = i64x2.splat(0)
  let c00 = zero, c01 = zero, c10 = zero, c11 = zero
  let c20 = zero, c21 = zero, c30 = zero, c31 = zero
  do {
    const offset = load<usize>(runs)
    let a0 = p + offset, a1 = p1 + offset, a2 = p2 + offset, a3 = p3 + offset
    const end = b + (load<usize>(runs, 4) << 5)
    do {
      const b0 = v128.load(b), b1 = v128.load(b, 16)
      const v0 = v128.load_splat<T>(a0)
      c00 = multiplyAdd<T>(v0, b0, c00)
      c01 = multiplyAdd<T>(v0, b1, c01)
      const v1 = v128.load_splat<T>(a1)
      c10 = multiplyAdd<T>(v1, b0, c10)
      c11 = multiplyAdd<T>(v1, b1, c11)
      const v2 = v128.load_splat<T>(a2)
      c20 = multiplyAdd<T>(v2, b0, c20)
      c21 = multiplyAdd<T>(v2, b1, c21)
      const v3 = v128.load_splat<T>(a3)
      c30 = multiplyAdd<T>(v3, b0, c30)
      c31 = multiplyAdd<T>(v3, b1, c31)
      a0 += sizeof<T>()
      a1 += sizeof<T>()
      a2 += sizeof<T>()
      a3 += sizeof<T>()
      b += 32
    } while (b != end)
    runs += 8
  } while (runs != runsEnd)
  v128.store(c, c00)
  v128.store(c, c01, 16)
  c += ldc
  v128.store(c, c10)
  v128.store(c, c11, 16)
  c += ldc
  v128.store(c, c20)
  v128.store(c, c21, 16)
  c += ldc
  v128.store(c, c30)
  v128.store(c, c31, 16)
}

/** 4 pixels × `panels` full 32-byte panels of features, one byte offset per k: for k too short to loop over runs. */
function tileOffsets<T>(
  p: usize, p1: usize, p2: usize, p3: usize, offsets: usize, offsetsEnd: usize, b: usize, panels: i32, c: usize, ldc: usize,
): void {
  const zero = i64x2.splat(0)
  do {
    let c00 = zero, c01 = zero, c10 = zero, c11 = zero
    let c20 = zero, c21 = zero, c30 = zero, c31 = zero
    let k = offsets
    do {
      const offset = load<usize>(k)
      const b0 = v128.load(b), b1 = v128.load(b, 16)
      const v0 = v128.load_splat<T>(p + offset)
      c00 = multiplyAdd<T>(v0, b0, c00)
      c01 = multiplyAdd<T>(v0, b1, c01)
      const v1 = v128.load_splat<T>(p1 + offset)
      c10 = multiplyAdd<T>(v1, b0, c10)
      c11 = multiplyAdd<T>(v1, b1, c11)
      const v2 = v128.load_splat<T>(p2 + offset)
      c20 = multiplyAdd<T>(v2, b0, c20)
      c21 = multiplyAdd<T>(v2, b1, c21)
      const v3 = v128.load_splat<T>(p3 + offset)
      c30 = multiplyAdd<T>(v3, b0, c30)
      c31 = multiplyAdd<T>(v3, b1, c31)
      b += 32
      k += 4
    } while (k != offsetsEnd)
    let o = c
    v128.store(o, c00)
    v128.store(o, c01, 16)
    o += ldc
    v128.store(o, c10)
    v128.store(o, c11, 16)
    o += ldc
    v128.store(o, c20)
    v128.store(o, c21, 16)
    o += ldc
    v128.store(o, c30)
    v128.store(o, c31, 16)
    c += 32
  } while (--panels)
}

/** One image's outputs by `tileOffsets`. */
function imageOffsets<T>(
  image: usize, places: usize, pixels: i32, offsets: usize, offsetsEnd: usize, kernel: usize, Fg: i32, out: usize, ldc: usize,
  tile: usize,
): void {
  const nr: i32 = 32 / <i32>sizeof<T>()
  const panel = (offsetsEnd - offsets) << 3
  const full = Fg / nr
  for (let i = 0; i < pixels; i += 4) {
    const rows = min(4, pixels - i)
    const p = image + <usize>at(places, i)
    const p1 = image + <usize>at(places, i + min(1, rows - 1))
    const p2 = image + <usize>at(places, i + min(2, rows - 1))
    const p3 = image + <usize>at(places, i + min(3, rows - 1))
    let j = 0
    if (rows == 4 && full) {
      tileOffsets<T>(p, p1, p2, p3, offsets, offsetsEnd, kernel, full, out, ldc)
      j = full * nr
    }
    for (; j < Fg; j += nr) {
      tileOffsets<T>(p, p1, p2, p3, offsets, offsetsEnd, kernel + <usize>(j / nr) * panel, 1, tile, 32)
      putCorner<T>(tile, out + <usize>j * sizeof<T>(), ldc, false, rows, min(nr, Fg - j))
    }
    out += ldc << 2
  }
}

export function directConv<T>(x: usize, w: usize, o: usize, rank: i32, meta: usize, ws: usize): void {
  const size = sizeof<T>()
  const g = plan(rank, meta, ws)
  if (g.images * g.features == 0) return
  const grouped = at(meta, 3) > 1
  const nr: i32 = 32 / <i32>size
  const C = g.blockChannels, Fg = g.blockFeatures
  enterPhase(g)
  const extents = g.end
  const strides = extents + (<usize>rank << 2) // bytes per step in the bordered image
  let stride = C * <i32>size
  for (let d = rank - 1; d >= 0; d--) {
    put(extents, d, extent(meta + 20, rank, d))
    put(strides, d, stride)
    stride *= at(extents, d)
  }
  const runs = strides + (<usize>rank << 2)
  const runsEnd = listRuns(g, strides, <i32>size, runs)
  const places = runs + (<usize>g.taps << 3)
  listPixels(g, strides, places)
  const K = g.taps * C
  const offsets = places + (<usize>g.pixels << 2)
  if (K <= FEW_TERMS) listOffsets<T>(runs, runsEnd, offsets)
  const tile = (offsets + (FEW_TERMS << 2) + 15) & ~15
  const kernel = tile + 128
  const panel = <usize>K << 5
  const image = kernel + (<usize>((Fg + nr - 1) / nr)) * panel
  const ldc = <usize>g.features * size
  for (let block = 0; block < g.blocks; block++) {
    const column = <usize>(block * Fg) * size
    if (size == 4) packColumns<T, u64>(K, Fg, w + column, ldc, kernel, panel)
    else packColumns<T, u32>(K, Fg, w + column, ldc, kernel, panel)
    for (let n = 0; n < g.images; n++) {
      const index = grouped ? n : block * g.images + n
      const first = index * g.perImage + (grouped ? block * C : 0)
      border<T>(g, x + <usize>first * size, extents, image, <usize>stride)
      const out = o + <usize>(n * g.pixels) * ldc + column
      if (K <= FEW_TERMS) {
        imageOffsets<T>(image, places, g.pixels, offsets, offsets + (<usize>K << 2), kernel, Fg, out, ldc, tile)
        continue
      }
      for (let j = 0; j < Fg; j += nr) {
        const b = kernel + <usize>(j / nr) * panel
        const width = min(nr, Fg - j)
        let c = out + <usize>j * size
        for (let i = 0; i < g.pixels; i += 4) {
          const rows = min(4, g.pixels - i)
          const p = image + <usize>at(places, i)
          const p1 = image + <usize>at(places, i + min(1, rows - 1))
          const p2 = image + <usize>at(places, i + min(2, rows - 1))
          const p3 = image + <usize>at(places, i + min(3, rows - 1))
          if (rows == 4 && width == nr) {
            tileRuns<T>(p, p1, p2, p3, runs, runsEnd, b, c, ldc)
          } else {
            tileRuns<T>(p, p1, p2, p3, runs, runsEnd, b, tile, 32)
            putCorner<T>(tile, c, ldc, false, rows, width)
          }
          c += ldc << 2
        }
      }
    }
  }
}
