/**
 * Convolution as an implicit matrix product: rows are output pixels, k runs over (tap, channel), columns are features.
 * Packing A copies channel runs straight from the image, zeros where a tap falls outside; nothing like im2col is stored.
 */
import { maxBlock, blockLength, MC, NC } from './gemm'
import { packColumns, transpose2x64, transpose4x32 } from './gemm-pack'
import { blockDirect, blockPacked } from './gemm-tile'
import { at, enterPhase, Geometry, geometryBytes, lands, nextPhase, PIXELS, placePixels, plan } from './conv-geometry'

// @ts-ignore: decorator
@inline
const FEW_ROWS: i32 = 16

// @ts-ignore: decorator
@inline
function roundUp(n: i32, to: i32): i32 {
  return (n + to - 1) & ~(to - 1)
}

/** Bytes of scratch for `implicitConv<T>`, geometry included. */
export function implicitScratch<T>(rank: i32, meta: usize): i32 {
  const size: i32 = <i32>sizeof<T>()
  const C = at(meta, 1), F = at(meta, 2), groups = at(meta, 3)
  const blocks = max(groups, at(meta, 4))
  let taps = 1, dilated = false
  for (let d = 0; d < rank; d++) {
    taps *= at(meta + 20, rank + d)
    if (at(meta + 20, 5 * rank + d) > 1) dilated = true
  }
  const kc = min(maxBlock<T>(), roundUp((taps * C) / groups, 4))
  const columns = min(NC, roundUp(F / blocks, 8))
  const elements = C / groups + MC * kc + kc * columns + (dilated ? MC * columns : 0)
  return geometryBytes(rank, meta) + 128 + elements * size + 64
}

/** Interleaves `n` elements of four streams: o[k][0..4). */
// @ts-ignore: decorator
@inline
function interleave<T>(s0: usize, s1: usize, s2: usize, s3: usize, n: i32, o: usize): void {
  const size = sizeof<T>()
  const end = s0 + <usize>n * size
  if (size == 4) {
    const wide = s0 + (<usize>(n & ~3) << 2)
    for (; s0 < wide; o += 64) {
      transpose4x32(s0, s1, s2, s3, o, 16)
      s0 += 16
      s1 += 16
      s2 += 16
      s3 += 16
    }
  } else {
    const wide = s0 + (<usize>(n & ~1) << 3)
    for (; s0 < wide; o += 64) {
      transpose2x64(s0, s1, o, 32)
      transpose2x64(s2, s3, o + 16, 32)
      s0 += 16
      s1 += 16
      s2 += 16
      s3 += 16
    }
  }
  for (; s0 < end; o += 4 * size) {
    store<T>(o, load<T>(s0))
    store<T>(o, load<T>(s1), sizeof<T>())
    store<T>(o, load<T>(s2), 2 * sizeof<T>())
    store<T>(o, load<T>(s3), 3 * sizeof<T>())
    s0 += size
    s1 += size
    s2 += size
    s3 += size
  }
}

// @ts-ignore: decorator
@inline
function source<T>(g: Geometry, x: usize, i: i32, rows: i32, t: i32, c: i32, zeros: usize): usize {
  if (i >= rows || !(at(g.pixelInside, i) || lands(g, i, t))) return zeros
  return x + <usize>(at(g.pixelStart, i) + at(g.tapOffset, t) + c) * sizeof<T>()
}

/** Packs k range [k0, k0 + kc) of the tabulated pixels; x points at this block's first channel and image. */
function packPixels<T>(g: Geometry, x: usize, rows: i32, k0: i32, kc: i32, zeros: usize, o: usize): void {
  const size = sizeof<T>()
  const C = g.blockChannels
  const firstTap = k0 / C, firstChannel = k0 % C
  for (let i = 0; i < rows; i += 4) {
    let t = firstTap, c = firstChannel, rest = kc
    while (rest > 0) {
      const n = min(C - c, rest)
      interleave<T>(
        source<T>(g, x, i, rows, t, c, zeros),
        source<T>(g, x, i + 1, rows, t, c, zeros),
        source<T>(g, x, i + 2, rows, t, c, zeros),
        source<T>(g, x, i + 3, rows, t, c, zeros),
        n,
        o,
      )
      o += <usize>n * 4 * size
      rest -= n
      c = 0
      t++
    }
  }
}

/** Packs rows [k0, k0 + kc) of this phase's kernel matrix, columns w … w + nc. */
function packKernel<T>(g: Geometry, w: usize, nc: i32, k0: i32, kc: i32, o: usize): void {
  const ld = <usize>g.features * sizeof<T>()
  const panel = <usize>kc << 5
  const C = g.blockChannels
  let t = k0 / C, c = k0 % C, rest = kc
  while (rest > 0) {
    // with every tap present the kernel is one contiguous matrix
    const n = g.hits == g.taps ? rest : min(C - c, rest)
    const s = w + <usize>(at(g.tapRow, t) * C + c) * ld
    if (sizeof<T>() == 4) packColumns<T, u64>(n, nc, s, ld, o, panel)
    else packColumns<T, u32>(n, nc, s, ld, o, panel)
    o += <usize>n << 5
    rest -= n
    c = 0
    t++
  }
}

function addRow<T>(from: usize, to: usize, n: i32, acc: bool): void {
  const bytes = <usize>n * sizeof<T>()
  if (!acc) {
    memory.copy(to, from, bytes)
    return
  }
  let i: usize = 0
  for (; i + 16 <= bytes; i += 16) v128.store(to + i, v128.add<T>(v128.load(to + i), v128.load(from + i)))
  for (; i < bytes; i += sizeof<T>()) store<T>(to + i, load<T>(to + i) + load<T>(from + i))
}

/** o = conv(x, w); see the kernel ABI of `conv_f32` for shapes and `meta`. */
export function implicitConv<T>(x: usize, w: usize, o: usize, rank: i32, meta: usize, ws: usize): void {
  const size = sizeof<T>()
  const g = plan(rank, meta, ws)
  const grouped = at(meta, 3) > 1
  const F = g.features, C = g.blockChannels
  const outBytes = <usize>(g.images * g.pixels * F) * size
  if (outBytes == 0) return
  if (g.phases > 1) memory.fill(o, 0, outBytes)
  const zeros = g.end
  memory.fill(zeros, 0, <usize>C * size)
  const tile = (zeros + <usize>C * size + 15) & ~15
  const pa = tile + 128
  const ldc = <usize>F * size
  do {
    const M = enterPhase(g) * g.images
    const K = g.hits * C
    if (K == 0 && g.phases == 1) memory.fill(o, 0, outBytes)
    if (K == 0 || M == 0) continue
    const kb = blockLength<T>(K)
    const pb = pa + <usize>(MC * kb) * size
    // a kernel as long as an image for a handful of outputs (weight gradients): packing it would cost as much as using it
    const inPlace = M <= FEW_ROWS && g.hits == g.taps && g.phases == 1 && g.blockFeatures % (32 / <i32>size) == 0
    for (let block = 0; block < g.blocks; block++) {
      const xb = x + <usize>(block * (grouped ? C : g.images * g.perImage)) * size
      const first = block * g.blockFeatures
      for (let jc = 0; jc < g.blockFeatures; jc += NC) {
        const nc = min(NC, g.blockFeatures - jc)
        const column = <usize>(first + jc) * size
        const temporary = pb + <usize>(kb * roundUp(nc, 8)) * size
        for (let pc = 0; pc < K; pc += kb) {
          const kc = min(kb, K - pc)
          if (!inPlace) packKernel<T>(g, w + column, nc, pc, kc, pb)
          for (let ic = 0; ic < M; ic += PIXELS) {
            const mc = min(PIXELS, M - ic)
            placePixels(g, ic, mc)
            packPixels<T>(g, xb, mc, pc, kc, zeros, pa)
            if (inPlace) {
              const kernel = w + column + <usize>pc * ldc
              for (let i = 0; i < mc; i += 4) {
                const a = pa + <usize>(i * kc) * size, c = o + <usize>(ic + i) * ldc + column
                blockDirect<T>(min(4, mc - i), nc, kc, a, size, 4 * size, kernel, 32, ldc, 0, c, ldc, pc > 0, tile)
              }
            } else if (g.phases == 1) {
              blockPacked<T>(mc, nc, kc, pa, pb, o + <usize>ic * ldc + column, ldc, pc > 0, tile)
            } else {
              const row = <usize>nc * size
              blockPacked<T>(mc, nc, kc, pa, pb, temporary, row, false, tile)
              for (let i = 0; i < mc; i++) {
                addRow<T>(temporary + <usize>i * row, o + <usize>at(g.pixelOut, i) * ldc + column, nc, pc > 0)
              }
            }
          }
        }
      }
    }
  } while (nextPhase(g))
}
