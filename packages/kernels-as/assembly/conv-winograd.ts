/**
 * Convolution with 3×3 kernels by Winograd's minimal filtering, 36 products for 16 outputs where the definition takes 144: tiles and
 * kernels are transformed, multiplied as 36 matrices [tiles, C]·[C, F], and transformed back, as many tiles at a time as stay in the
 * cache. Every tile has its bits whatever tiles are beside it, so rows of tiles may be shared among threads.
 */
import { at } from './conv-geometry'
import { maxBlock } from './gemm'
import { multiplyAdd } from './gemm-pack'
import { blockDirect } from './gemm-tile'
import { enter, panels, planeBytes, Squares, squaresAt, squaresBytes, tilesAlong, tilesAtATime } from './winograd-tiles'
import { POINTS, transformInput, transformKernel, transformOutput } from './winograd-transform'

// @ts-ignore: decorator
@inline
const BUFFER: usize = 576 + 256 + 128 // a tile half transformed, one at an edge, and one of the product

// @ts-ignore: decorator
@inline
const ENOUGH_TILES: i32 = 16

/** Bytes of the transformed kernel. */
export function winogradKernelBytes_f32(channels: i32, features: i32): i32 {
  return POINTS * <i32>planeBytes(channels * panels(features))
}

/** Bytes of scratch for `winogradKernel_f32`: half a transformed kernel, and one at an edge. */
export function winogradKernelScratch_f32(): i32 {
  return 288 + 144
}

/** Transforms panels first … first + count − 1, of 8 features each, of the kernel w [3, 3, C, F] into the same of 36 matrices in u. */
export function winogradKernel_f32(w: usize, u: usize, channels: i32, features: i32, first: i32, count: i32, ws: usize): void {
  const plane = planeBytes(channels * panels(features))
  const line = <usize>features << 2
  const tap = <usize>channels * line
  const edge = ws + 288
  for (let panel = first; panel < first + count; panel++) {
    for (let c = 0; c < channels; c++) {
      const to = u + (<usize>((panel * channels + c) * 8) << 2)
      for (let half = 0; half < 2; half++) {
        const f = panel * 8 + half * 4
        const from = w + <usize>c * line + (<usize>f << 2)
        if (f + 4 <= features) {
          transformKernel(from, tap, ws, to + <usize>half * 16, plane)
          continue
        }
        memory.fill(edge, 0, 144)
        for (let t: usize = 0; t < 9; t++) {
          for (let i = 0; i < features - f; i++) {
            store<f32>(edge + t * 16 + (<usize>i << 2), load<f32>(from + t * tap + (<usize>i << 2)))
          }
        }
        transformKernel(edge, 16, ws, to + <usize>half * 16, plane)
      }
    }
  }
}

/** Bytes of scratch for `rows` rows of tiles. */
export function winogradScratch_f32(meta: usize, rows: i32): i32 {
  const channels = at(meta, 1), features = panels(at(meta, 2))
  const tiles = tilesAtATime(rows * tilesAlong(at(meta, 10)), channels, features, ENOUGH_TILES)
  const matrices = planeBytes(tiles * channels) + planeBytes(tiles * features)
  return <i32>(squaresBytes(channels, 6) + BUFFER + <usize>POINTS * matrices)
}

/** The outputs of one tile by the definition: where a number is not finite, so that it spreads no further than it should. */
function tileByDefinition(s: Squares, w: usize, features: i32, o: usize, line: usize, rows: i32, columns: i32): void {
  const channels = s.channels
  const pixel = <usize>channels << 2, step = <usize>features << 2
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const out = o + <usize>i * line + <usize>j * step
      for (let f = 0; f < features; f += 4) {
        const at = <usize>min(f, features - 4) << 2
        let sum = f32x4.splat(0), b = w + at
        for (let t = 0; t < 9; t++) {
          let a = s.source + <usize>(i + t / 3) * s.row + <usize>(j + (t % 3)) * pixel
          for (let c = 0; c < channels; c++) {
            sum = multiplyAdd<f32>(v128.load_splat<f32>(a), v128.load(b), sum)
            a += 4
            b += step
          }
        }
        v128.store(out + at, sum)
      }
    }
  }
}

/**
 * Rows of tiles first … first + count − 1, counted through all images, of the convolution of x [N, H, W, C] with w [3, 3, C, F], whose
 * transform is u. `meta` is that of `conv_f32`.
 */
export function winogradConv_f32(
  x: usize, w: usize, u: usize, o: usize, meta: usize, first: i32, count: i32, ws: usize,
): void {
  const channels = at(meta, 1), features = at(meta, 2), height = at(meta, 5), width = at(meta, 6)
  const outHeight = at(meta, 9), outWidth = at(meta, 10)
  const s = squaresAt(ws, height, width, channels, 6, at(meta, 13), at(meta, 14))
  const down = tilesAlong(outHeight), across = tilesAlong(outWidth)
  const columns = panels(features)
  const all = count * across
  const atATime = tilesAtATime(all, channels, columns, ENOUGH_TILES)
  const planeU = planeBytes(channels * columns)
  const planeV = planeBytes(atATime * channels), planeM = planeBytes(atATime * columns)
  const buffer = s.end
  const corner = buffer + 576, tile = corner + 256
  const v = buffer + BUFFER
  const m = v + <usize>POINTS * planeV
  const pixel = <usize>channels << 2, outPixel = <usize>features << 2
  const image = <usize>(height * width) * pixel, outImage = <usize>(outHeight * outWidth) * outPixel
  const outLine = <usize>outWidth * outPixel
  for (let begin = 0; begin < all; begin += atATime) {
    const tiles = min(atATime, all - begin)
    for (let t = 0; t < tiles; t++) {
      const r = first + (begin + t) / across
      enter(s, x + <usize>(r / down) * image, (r % down) << 2, ((begin + t) % across) << 2)
      const source = s.source, row = s.row
      const to = v + <usize>t * pixel
      for (let c = 0; c < channels; c += 4) {
        const at = <usize>min(c, channels - 4) << 2
        transformInput(source + at, row, pixel, buffer, to + at, planeV)
      }
    }
    for (let p: usize = 0; p < <usize>POINTS; p++) {
      for (let pc = 0; pc < channels; pc += maxBlock<f32>()) {
        const kc = min(maxBlock<f32>(), channels - pc)
        blockDirect<f32>(
          tiles, columns, kc, v + p * planeV + (<usize>pc << 2), pixel, 4,
          u + p * planeU + (<usize>pc << 5), <usize>channels << 5, 32, 0,
          m + p * planeM, <usize>columns << 2, pc > 0, tile,
        )
      }
    }
    for (let t = 0; t < tiles; t++) {
      const r = first + (begin + t) / across
      const y = (r % down) << 2, left = ((begin + t) % across) << 2
      const rows = min(4, outHeight - y), wide = min(4, outWidth - left)
      const to = o + <usize>(r / down) * outImage + <usize>y * outLine + <usize>left * outPixel
      const from = m + (<usize>(t * columns) << 2)
      let check = f32x4.splat(0)
      for (let f = 0; f < features; f += 4) {
        const at = <usize>min(f, features - 4) << 2
        if (rows == 4 && wide == 4) {
          check = transformOutput(from + at, planeM, buffer, to + at, outLine, outPixel, check)
          continue
        }
        check = transformOutput(from + at, planeM, buffer, corner, 64, 16, check)
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < wide; j++) {
            v128.store(
              to + at + <usize>i * outLine + <usize>j * outPixel, v128.load(corner + <usize>(i * 64 + j * 16)),
            )
          }
        }
      }
      if (v128.any_true(f32x4.ne(check, check))) {
        enter(s, x + <usize>(r / down) * image, y, left)
        tileByDefinition(s, w, features, to, outLine, rows, wide)
      }
    }
  }
}
