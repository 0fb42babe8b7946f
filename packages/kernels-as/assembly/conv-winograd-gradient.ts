/**
 * The gradient of a 3×3 kernel by Winograd's minimal filtering, the transpose of `conv-winograd.ts`: for each of 36 points the
 * product [C, tiles]·[tiles, F] of transformed inputs and cotangents, summed over all tiles in order, and transformed to 3×3.
 * Every channel has its bits whatever channels are beside it, so threads may share them.
 */
import { at } from './conv-geometry'
import { multiplyAdd } from './gemm-pack'
import { blockDirect } from './gemm-tile'
import { enter, panels, planeBytes, squaresAt, squaresBytes, tilesAlong, tilesAtATime } from './winograd-tiles'
import { POINTS, transformCotangent, transformGradient, transformInput } from './winograd-transform'

// @ts-ignore: decorator
@inline
const BUFFER: usize = 576 + 128

// @ts-ignore: decorator
@inline
const ENOUGH_TILES: i32 = 32 // a block adds to all sums, which are in memory

/** Bytes of scratch for `count` channels. */
export function winogradGradientScratch_f32(meta: usize, count: i32): i32 {
  const features = panels(at(meta, 2))
  const all = at(meta, 0) * tilesAlong(at(meta, 9)) * tilesAlong(at(meta, 10))
  const tiles = tilesAtATime(all, at(meta, 1), features, ENOUGH_TILES)
  const matrices = planeBytes(tiles * count) + planeBytes(tiles * features) + planeBytes(count * features)
  return <i32>(
    squaresBytes(at(meta, 1), 6) + squaresBytes(at(meta, 2), 4) + BUFFER + <usize>POINTS * matrices
  )
}

/** The gradient of channel c by the definition: where a number is not finite, so that it spreads no further than it should. */
function channelByDefinition(x: usize, g: usize, o: usize, meta: usize, c: i32): void {
  const images = at(meta, 0), channels = at(meta, 1), features = at(meta, 2), height = at(meta, 5), width = at(meta, 6)
  const outHeight = at(meta, 9), outWidth = at(meta, 10)
  const line = <usize>features << 2
  memory.fill(o, 0, 9 * line)
  for (let n = 0; n < images; n++) {
    for (let y = 0; y < outHeight; y++) {
      for (let left = 0; left < outWidth; left++) {
        for (let t = 0; t < 9; t++) {
          const i = y - at(meta, 13) + t / 3, j = left - at(meta, 14) + (t % 3)
          let a = f32x4.splat(0)
          if (<u32>i < <u32>height && <u32>j < <u32>width) {
            a = v128.load_splat<f32>(x + (<usize>(((n * height + i) * width + j) * channels + c) << 2))
          }
          const to = o + <usize>t * line
          for (let f = 0; f + 4 <= features; f += 4) {
            const at = <usize>f << 2
            v128.store(to + at, multiplyAdd<f32>(a, v128.load(g + at), v128.load(to + at)))
          }
          for (let f = features & ~3; f < features; f++) {
            const at = <usize>f << 2
            store<f32>(to + at, load<f32>(to + at) + f32x4.extract_lane(a, 0) * load<f32>(g + at))
          }
        }
        g += line
      }
    }
  }
}

/**
 * Channels first … first + count − 1 of the gradient [C, 3, 3, F] of a convolution from x [N, H, W, C], whose result has the cotangent
 * g [N, O, P, F]. `meta` is that of `conv_f32` for the convolution.
 */
export function winogradGradient_f32(
  x: usize, g: usize, o: usize, meta: usize, first: i32, count: i32, ws: usize,
): void {
  const channels = at(meta, 1), features = at(meta, 2), height = at(meta, 5), width = at(meta, 6)
  const outHeight = at(meta, 9), outWidth = at(meta, 10)
  const inputs = squaresAt(ws, height, width, channels, 6, at(meta, 13), at(meta, 14))
  const cotangents = squaresAt(inputs.end, outHeight, outWidth, features, 4, 0, 0)
  const down = tilesAlong(outHeight), across = tilesAlong(outWidth)
  const columns = panels(features)
  const all = at(meta, 0) * down * across
  const atATime = tilesAtATime(all, channels, columns, ENOUGH_TILES)
  const planeV = planeBytes(atATime * count), planeG = planeBytes(atATime * columns), planeS = planeBytes(count * columns)
  const buffer = cotangents.end
  const tile = buffer + 576
  const v = buffer + BUFFER
  const e = v + <usize>POINTS * planeV
  const sums = e + <usize>POINTS * planeG
  const pixel = <usize>channels << 2, outPixel = <usize>features << 2
  const image = <usize>(height * width) * pixel, outImage = <usize>(outHeight * outWidth) * outPixel
  const row = <usize>count << 2, rowE = <usize>columns << 2
  if (columns > features) memory.fill(e, 0, <usize>POINTS * planeG)
  for (let begin = 0; begin < all; begin += atATime) {
    const tiles = min(atATime, all - begin)
    for (let t = 0; t < tiles; t++) {
      const r = (begin + t) / across
      const n = <usize>(r / down)
      const y = (r % down) << 2, left = ((begin + t) % across) << 2
      enter(inputs, x + n * image, y, left)
      const source = inputs.source + (<usize>first << 2), line = inputs.row
      const to = v + <usize>t * row
      for (let c = 0; c < count; c += 4) {
        const at = <usize>min(c, count - 4) << 2
        transformInput(source + at, line, pixel, buffer, to + at, planeV)
      }
      enter(cotangents, g + n * outImage, y, left)
      const from = cotangents.source, outLine = cotangents.row
      const toE = e + <usize>t * rowE
      for (let f = 0; f < features; f += 4) {
        const at = <usize>min(f, features - 4) << 2
        transformCotangent(from + at, outLine, outPixel, buffer, toE + at, planeG)
      }
    }
    for (let p: usize = 0; p < <usize>POINTS; p++) {
      blockDirect<f32>(
        count, columns, tiles, v + p * planeV, 4, row, e + p * planeG, 32, rowE, 0, sums + p * planeS, rowE, begin > 0, tile,
      )
    }
  }
  for (let c = 0; c < count; c++) {
    const to = o + <usize>((first + c) * 9) * outPixel
    let check = f32x4.splat(0)
    for (let f = 0; f < features; f += 4) {
      const at = <usize>min(f, features - 4) << 2
      check = transformGradient(sums + <usize>c * rowE + at, planeS, buffer, to + at, outPixel, check)
    }
    if (v128.any_true(f32x4.ne(check, check))) channelByDefinition(x, g, to, meta, first + c)
  }
}
