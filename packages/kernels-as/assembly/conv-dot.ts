/**
 * Convolution to one feature per block (a single output feature, or weight gradients of depthwise layers): each output is
 * a dot product of contiguous channel runs with the feature's kernel, lanes over channels.
 */
import { at, enterPhase, Geometry, geometryBytes, lands, nextPhase, PIXELS, placePixels, plan } from './conv-geometry'
import { multiplyAdd } from './gemm-pack'

// @ts-ignore: decorator
@inline
const ENOUGH_CHANNELS: i32 = 8

export function isDot(meta: usize): bool {
  const groups = at(meta, 3)
  return at(meta, 2) == max(groups, at(meta, 4)) && at(meta, 1) / groups >= ENOUGH_CHANNELS
}

export function dotScratch<T>(rank: i32, meta: usize): i32 {
  let taps = 1
  for (let d = 0; d < rank; d++) taps *= at(meta + 20, rank + d)
  return geometryBytes(rank, meta) + 12 * taps + taps * (at(meta, 1) / at(meta, 3)) * at(meta, 2) * <i32>sizeof<T>() + 48
}

/** The taps of pixel i that land, as (x byte offset, kernel byte offset, bytes) runs; adjacent ones merged. Returns their end. */
function listLanding(g: Geometry, i: i32, size: i32, to: usize): usize {
  const C = g.blockChannels
  const bytes = C * size
  const whole = C == g.channels
  const inside = at(g.pixelInside, i) != 0
  let end = to
  let nextX = 0, nextKernel = -1
  for (let t = 0; t < g.hits; t++) {
    if (!inside && !lands(g, i, t)) continue
    const x = at(g.tapOffset, t) * size, kernel = t * bytes
    if (whole && x == nextX && kernel == nextKernel) {
      store<i32>(end - 4, load<i32>(end - 4) + bytes)
    } else {
      store<i32>(end, x)
      store<i32>(end, kernel, 4)
      store<i32>(end, bytes, 8)
      end += 12
    }
    nextX = x + bytes
    nextKernel = kernel + bytes
  }
  return end
}

function dotRuns<T>(x: usize, kernel: usize, runs: usize, runsEnd: usize): T {
  const zero = i64x2.splat(0)
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero
  for (; runs != runsEnd; runs += 12) {
    let a = x + load<usize>(runs), b = kernel + load<usize>(runs, 4)
    const end = b + load<usize>(runs, 8)
    for (; b + 64 <= end; a += 64, b += 64) {
      s0 = multiplyAdd<T>(v128.load(a), v128.load(b), s0)
      s1 = multiplyAdd<T>(v128.load(a, 16), v128.load(b, 16), s1)
      s2 = multiplyAdd<T>(v128.load(a, 32), v128.load(b, 32), s2)
      s3 = multiplyAdd<T>(v128.load(a, 48), v128.load(b, 48), s3)
    }
    for (; b + 16 <= end; a += 16, b += 16) s0 = multiplyAdd<T>(v128.load(a), v128.load(b), s0)
    for (; b < end; a += sizeof<T>(), b += sizeof<T>()) {
      if (sizeof<T>() == 4) s1 = multiplyAdd<T>(v128.load32_zero(a), v128.load32_zero(b), s1)
      else s1 = multiplyAdd<T>(v128.load64_zero(a), v128.load64_zero(b), s1)
    }
  }
  const s = v128.add<T>(v128.add<T>(s0, s1), v128.add<T>(s2, s3))
  if (sizeof<T>() == 8) return <T>(f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1))
  const half = f32x4.add(s, v128.shuffle<f32>(s, s, 2, 3, 0, 1))
  return <T>(f32x4.extract_lane(half, 0) + f32x4.extract_lane(half, 1))
}

/** One feature's kernel for this phase's taps, contiguous: to[t, c] = w[tapRow[t], c, feature]. */
function gatherKernel<T>(g: Geometry, w: usize, to: usize): void {
  const step = <usize>g.features * sizeof<T>()
  const C = g.blockChannels
  for (let t = 0; t < g.hits; t++) {
    let from = w + <usize>(at(g.tapRow, t) * C) * step
    for (let c = 0; c < C; c++) {
      store<T>(to, load<T>(from))
      from += step
      to += sizeof<T>()
    }
  }
}

export function dotConv<T>(x: usize, w: usize, o: usize, rank: i32, meta: usize, ws: usize): void {
  const size = sizeof<T>()
  const g = plan(rank, meta, ws)
  const grouped = at(meta, 3) > 1
  // from one feature's block of the image to the next one's
  const step = <usize>(grouped ? g.blockChannels : g.images * g.perImage) * size
  const runs = g.end
  const kernel = (runs + <usize>g.taps * 12 + 15) & ~15
  do {
    const M = enterPhase(g) * g.images
    const bytes = <usize>(g.hits * g.blockChannels) * size
    for (let f = 0; f < g.features; f++) gatherKernel<T>(g, w + <usize>f * size, kernel + <usize>f * bytes)
    for (let first = 0; first < M; first += PIXELS) {
      const n = min(PIXELS, M - first)
      placePixels(g, first, n)
      for (let i = 0; i < n; i++) {
        const end = listLanding(g, i, <i32>size, runs)
        const out = o + <usize>(at(g.pixelOut, i) * g.features) * size
        let from = x + <usize>at(g.pixelStart, i) * size
        for (let f = 0; f < g.features; f++) {
          store<T>(out + <usize>f * size, dotRuns<T>(from, kernel + <usize>f * bytes, runs, end))
          from += step
        }
      }
    }
  } while (nextPhase(g))
}
