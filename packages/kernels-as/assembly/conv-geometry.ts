/**
 * Geometry of a convolution of any rank, worked out once per call into scratch.
 *
 * Output position o of tap k reads the dilated input at t = o·stride − pad + k·rhsDilation, which is a real element only
 * if lhsDilation divides t. That depends on o modulo period = lhsDilation / gcd(lhsDilation, stride) alone, so the outputs
 * split into phases; within a phase the taps that ever hit an element are fixed and the convolution has no holes:
 * element index = tapIndex[k] + j·step for the j-th output of the phase, step = period·stride / lhsDilation.
 */

/** One row block of pixels: as many as a packed A block of the matrix product has rows. */
// @ts-ignore: decorator
@inline
export const PIXELS: i32 = 128

// @ts-ignore: decorator
@inline
export function at(array: usize, i: i32): i32 {
  return load<i32>(array + (<usize>i << 2))
}

// @ts-ignore: decorator
@inline
export function put(array: usize, i: i32, value: i32): void {
  store<i32>(array + (<usize>i << 2), value)
}

/** Read in place from `meta`: N, C, F, groups, batchGroups, then seven arrays of length rank. */
// @ts-ignore: decorator
@unmanaged
export class Geometry {
  rank: i32
  channels: i32
  features: i32
  blocks: i32 // feature blocks: groups or batchGroups
  blockChannels: i32
  blockFeatures: i32
  images: i32 // per feature block
  pixels: i32 // per image
  taps: i32
  perImage: i32 // input elements
  phases: i32
  // arrays of length rank
  size: usize
  kernel: usize
  out: usize
  stride: usize
  pad: usize
  lhs: usize
  rhs: usize
  inStride: usize // input elements per step of a spatial axis
  outStride: usize // output pixels per step
  period: usize
  step: usize
  phase: usize
  count: usize // outputs of this phase
  low: usize // smallest and largest tapIndex of this phase
  high: usize
  cursor: usize
  // this phase's taps
  hits: i32
  tapIndex: usize // [hits, rank]
  tapOffset: usize // [hits] input elements
  tapRow: usize // [hits] position in the kernel
  // this block's pixels
  pixelPlace: usize // [PIXELS, rank]
  pixelStart: usize // [PIXELS] input elements
  pixelOut: usize // [PIXELS] output pixel
  pixelInside: usize // [PIXELS] 1 if every tap lands inside
  end: usize
}

function product(array: usize, rank: i32): i32 {
  let p = 1
  for (let d = 0; d < rank; d++) p *= at(array, d)
  return p
}

function gcd(a: i32, b: i32): i32 {
  while (b) {
    const r = a % b
    a = b
    b = r
  }
  return a
}

// @ts-ignore: decorator
@inline
const HEADER: i32 = 256

/** Bytes that `plan` takes. */
export function geometryBytes(rank: i32, meta: usize): i32 {
  const taps = product(meta + 20 + (<usize>rank << 2), rank)
  return HEADER + 4 * (9 * rank + taps * (rank + 2) + PIXELS * (rank + 3)) + 16
}

/** Fills everything that does not depend on the phase. */
export function plan(rank: i32, meta: usize, ws: usize): Geometry {
  const g = changetype<Geometry>(ws)
  const bytes = <usize>rank << 2
  const N = at(meta, 0)
  const groups = at(meta, 3), batchGroups = at(meta, 4)
  g.rank = rank
  g.channels = at(meta, 1)
  g.features = at(meta, 2)
  g.blocks = max(groups, batchGroups)
  g.blockChannels = g.channels / groups
  g.blockFeatures = g.features / g.blocks
  g.images = N / batchGroups
  g.size = meta + 20
  g.kernel = g.size + bytes
  g.out = g.kernel + bytes
  g.stride = g.out + bytes
  g.pad = g.stride + bytes
  g.lhs = g.pad + bytes
  g.rhs = g.lhs + bytes
  g.pixels = product(g.out, rank)
  g.taps = product(g.kernel, rank)
  g.perImage = product(g.size, rank) * g.channels
  let p = ws + HEADER
  g.inStride = p
  p += bytes
  g.outStride = p
  p += bytes
  g.period = p
  p += bytes
  g.step = p
  p += bytes
  g.phase = p
  p += bytes
  g.count = p
  p += bytes
  g.low = p
  p += bytes
  g.high = p
  p += bytes
  g.cursor = p
  p += bytes
  g.tapIndex = p
  p += <usize>(g.taps * rank) << 2
  g.tapOffset = p
  p += <usize>g.taps << 2
  g.tapRow = p
  p += <usize>g.taps << 2
  g.pixelPlace = p
  p += <usize>(PIXELS * rank) << 2
  g.pixelStart = p
  p += PIXELS << 2
  g.pixelOut = p
  p += PIXELS << 2
  g.pixelInside = p
  p += PIXELS << 2
  g.end = (p + 15) & ~15
  let inStride = g.channels, outStride = 1, phases = 1
  for (let d = rank - 1; d >= 0; d--) {
    put(g.inStride, d, inStride)
    put(g.outStride, d, outStride)
    inStride *= at(g.size, d)
    outStride *= at(g.out, d)
    const lhs = at(g.lhs, d), stride = at(g.stride, d)
    const period = lhs / gcd(lhs, stride)
    put(g.period, d, period)
    put(g.step, d, (period * stride) / lhs)
    put(g.phase, d, 0)
    phases *= period
  }
  g.phases = phases
  return g
}

/** Lists the taps that hit elements in the current phase; returns how many outputs of one image it has. */
export function enterPhase(g: Geometry): i32 {
  const rank = g.rank
  let outputs = 1
  for (let d = 0; d < rank; d++) {
    const period = at(g.period, d)
    const count = max(0, (at(g.out, d) - at(g.phase, d) + period - 1) / period)
    put(g.count, d, count)
    put(g.cursor, d, 0)
    put(g.low, d, i32.MAX_VALUE)
    put(g.high, d, i32.MIN_VALUE)
    outputs *= count
  }
  let hits = 0
  for (let t = 0; t < g.taps; t++) {
    const index = g.tapIndex + (<usize>(hits * rank) << 2)
    let offset = 0, hit = true
    for (let d = 0; d < rank; d++) {
      const lhs = at(g.lhs, d)
      const position = at(g.phase, d) * at(g.stride, d) - at(g.pad, d) + at(g.cursor, d) * at(g.rhs, d)
      if (position % lhs != 0) {
        hit = false
        break
      }
      put(index, d, position / lhs)
      offset += (position / lhs) * at(g.inStride, d)
    }
    if (hit) {
      for (let d = 0; d < rank; d++) {
        put(g.low, d, min(at(g.low, d), at(index, d)))
        put(g.high, d, max(at(g.high, d), at(index, d)))
      }
      put(g.tapOffset, hits, offset)
      put(g.tapRow, hits, t)
      hits++
    }
    for (let d = rank - 1; d >= 0; d--) {
      const next = at(g.cursor, d) + 1
      if (next < at(g.kernel, d)) {
        put(g.cursor, d, next)
        break
      }
      put(g.cursor, d, 0)
    }
  }
  g.hits = hits
  return outputs
}

/** Steps to the next phase; false after the last. */
export function nextPhase(g: Geometry): bool {
  for (let d = g.rank - 1; d >= 0; d--) {
    const next = at(g.phase, d) + 1
    if (next < at(g.period, d)) {
      put(g.phase, d, next)
      return true
    }
    put(g.phase, d, 0)
  }
  return false
}

/** Tabulates outputs first … first + n − 1 of the phase (images outermost) into the pixel arrays. */
export function placePixels(g: Geometry, first: i32, n: i32): void {
  const rank = g.rank
  let rest = first
  for (let d = rank - 1; d >= 0; d--) {
    const count = at(g.count, d)
    put(g.cursor, d, rest % count)
    rest /= count
  }
  for (let i = 0; i < n; i++) {
    const place = g.pixelPlace + (<usize>(i * rank) << 2)
    let start = rest * g.perImage, out = rest * g.pixels, inside = 1
    for (let d = 0; d < rank; d++) {
      const j = at(g.cursor, d)
      const position = j * at(g.step, d)
      put(place, d, position)
      start += position * at(g.inStride, d)
      out += (at(g.phase, d) + j * at(g.period, d)) * at(g.outStride, d)
      if (position + at(g.low, d) < 0 || position + at(g.high, d) >= at(g.size, d)) inside = 0
    }
    put(g.pixelStart, i, start)
    put(g.pixelOut, i, out)
    put(g.pixelInside, i, inside)
    let d = rank - 1
    for (; d >= 0; d--) {
      const next = at(g.cursor, d) + 1
      if (next < at(g.count, d)) {
        put(g.cursor, d, next)
        break
      }
      put(g.cursor, d, 0)
    }
    if (d < 0) rest++
  }
}

/** Whether tap `t` of tabulated pixel `i` lands on an element. */
// @ts-ignore: decorator
@inline
export function lands(g: Geometry, i: i32, t: i32): bool {
  const rank = g.rank
  const place = g.pixelPlace + (<usize>(i * rank) << 2), index = g.tapIndex + (<usize>(t * rank) << 2)
  for (let d = 0; d < rank; d++) {
    if (<u32>(at(place, d) + at(index, d)) >= <u32>at(g.size, d)) return false
  }
  return true
}
