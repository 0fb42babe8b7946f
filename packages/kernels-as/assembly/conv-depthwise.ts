/**
 * Depthwise convolution (groups = C = F): every channel has its own kernel, so channels fill the SIMD lanes and
 * o[n, p, c] = Σₖ x[n, p + k, c]·w[k, c]. Taps outside the image are skipped.
 */
import { at, enterPhase, geometryBytes, lands, nextPhase, PIXELS, placePixels, plan } from './conv-geometry'
import { multiplyAdd } from './gemm-pack'

export function isDepthwise(meta: usize): bool {
  const groups = at(meta, 3)
  return groups > 1 && groups == at(meta, 1) && groups == at(meta, 2)
}

export function depthwiseScratch(rank: i32, meta: usize): i32 {
  let taps = 1
  for (let d = 0; d < rank; d++) taps *= at(meta + 20, rank + d)
  return geometryBytes(rank, meta) + 8 * taps + 16
}

/** One output pixel: `list` holds (x, w) byte offset pairs of its taps. */
function pixel<T>(x: usize, w: usize, list: usize, listEnd: usize, o: usize, bytes: usize): void {
  const zero = i64x2.splat(0)
  let c: usize = 0
  for (; c + 64 <= bytes; c += 64) {
    let s0 = zero, s1 = zero, s2 = zero, s3 = zero
    for (let t = list; t != listEnd; t += 8) {
      const a = x + c + load<usize>(t), b = w + c + load<usize>(t, 4)
      s0 = multiplyAdd<T>(v128.load(a), v128.load(b), s0)
      s1 = multiplyAdd<T>(v128.load(a, 16), v128.load(b, 16), s1)
      s2 = multiplyAdd<T>(v128.load(a, 32), v128.load(b, 32), s2)
      s3 = multiplyAdd<T>(v128.load(a, 48), v128.load(b, 48), s3)
    }
    v128.store(o + c, s0)
    v128.store(o + c, s1, 16)
    v128.store(o + c, s2, 32)
    v128.store(o + c, s3, 48)
  }
  for (; c + 16 <= bytes; c += 16) {
    let s = zero
    for (let t = list; t != listEnd; t += 8) {
      s = multiplyAdd<T>(v128.load(x + c + load<usize>(t)), v128.load(w + c + load<usize>(t, 4)), s)
    }
    v128.store(o + c, s)
  }
  for (; c < bytes; c += sizeof<T>()) {
    let s = zero
    for (let t = list; t != listEnd; t += 8) {
      s = multiplyAdd<T>(v128.load_splat<T>(x + c + load<usize>(t)), v128.load_splat<T>(w + c + load<usize>(t, 4)), s)
    }
    if (sizeof<T>() == 4) v128.store32_lane(o + c, s, 0)
    else v128.store64_lane(o + c, s, 0)
  }
}

export function depthwiseConv<T>(x: usize, w: usize, o: usize, rank: i32, meta: usize, ws: usize): void {
  const size = sizeof<T>()
  const g = plan(rank, meta, ws)
  const bytes = <usize>g.channels * size
  const list = g.end
  do {
    const M = enterPhase(g) * g.images
    for (let first = 0; first < M; first += PIXELS) {
      const n = min(PIXELS, M - first)
      placePixels(g, first, n)
      for (let i = 0; i < n; i++) {
        let end = list
        for (let t = 0; t < g.hits; t++) {
          if (!at(g.pixelInside, i) && !lands(g, i, t)) continue
          store<i32>(end, at(g.tapOffset, t) * <i32>size)
          store<i32>(end, at(g.tapRow, t) * <i32>bytes, 4)
          end += 8
        }
        pixel<T>(x + <usize>at(g.pixelStart, i) * size, w, list, end, o + <usize>at(g.pixelOut, i) * bytes, bytes)
      }
    }
  } while (nextPhase(g))
}
