/**
 * Images copied into buffers with a zero border, so that no tap of the convolution falls outside, and the byte offsets of
 * outputs and taps in them. For convolutions without lhsDilation: one phase, every tap present.
 */
import { at, Geometry, put } from './conv-geometry'

/** Extent of the bordered image along axis d: from the first to the last index any tap of any output reads. */
// @ts-ignore: decorator
@inline
export function extent(base: usize, rank: i32, d: i32): i32 {
  const kernel = at(base, rank + d), out = at(base, 2 * rank + d), stride = at(base, 3 * rank + d)
  return (out - 1) * stride + (kernel - 1) * at(base, 6 * rank + d) + 1
}

/** Copies one image's block of C channels into the bordered buffer `to` of the given extents. */
export function border<T>(g: Geometry, x: usize, extents: usize, to: usize, bytes: usize): void {
  const rank = g.rank
  const size = sizeof<T>()
  const C = g.blockChannels
  memory.fill(to, 0, bytes)
  const last = rank - 1
  // along the last axis the elements from..until of a bordered row exist
  const low = at(g.low, last)
  const width = at(extents, last)
  const from = max(0, -low), until = min(width, at(g.size, last) - low)
  if (from >= until) return
  let rows = 1
  for (let d = 0; d < last; d++) {
    rows *= at(extents, d)
    put(g.cursor, d, 0)
  }
  const rowBytes = <usize>(width * C) * size
  for (let r = 0; r < rows; r++) {
    let offset = (from + low) * g.channels, inside = true
    for (let d = 0; d < last; d++) {
      const index = at(g.cursor, d) + at(g.low, d)
      if (<u32>index >= <u32>at(g.size, d)) inside = false
      offset += index * at(g.inStride, d)
    }
    if (inside) {
      const source = x + <usize>offset * size, target = to + <usize>(from * C) * size
      if (C == g.channels) {
        memory.copy(target, source, <usize>((until - from) * C) * size)
      } else {
        for (let i = 0; i < until - from; i++) {
          memory.copy(target + <usize>(i * C) * size, source + <usize>(i * g.channels) * size, <usize>C * size)
        }
      }
    }
    to += rowBytes
    for (let d = last - 1; d >= 0; d--) {
      const next = at(g.cursor, d) + 1
      if (next < at(extents, d)) {
        put(g.cursor, d, next)
        break
      }
      put(g.cursor, d, 0)
    }
  }
}

/** Byte offsets of the outputs of one image in the bordered image, row-major over the output. */
export function listPixels(g: Geometry, strides: usize, to: usize): void {
  const rank = g.rank
  for (let d = 0; d < rank; d++) put(g.cursor, d, 0)
  for (let i = 0; i < g.pixels; i++) {
    let offset = 0
    for (let d = 0; d < rank; d++) offset += at(g.cursor, d) * at(g.step, d) * at(strides, d)
    put(to, i, offset)
    for (let d = rank - 1; d >= 0; d--) {
      const next = at(g.cursor, d) + 1
      if (next < at(g.count, d)) {
        put(g.cursor, d, next)
        break
      }
      put(g.cursor, d, 0)
    }
  }
}

/** Merges taps that follow each other in the bordered image into (byte offset, elements) runs; returns their end. */
export function listRuns(g: Geometry, strides: usize, size: i32, to: usize): usize {
  const C = g.blockChannels
  let expected = -1
  for (let t = 0; t < g.hits; t++) {
    let offset = 0
    for (let d = 0; d < g.rank; d++) offset += (at(g.tapIndex, t * g.rank + d) - at(g.low, d)) * at(strides, d)
    if (offset == expected) {
      store<i32>(to - 4, load<i32>(to - 4) + C)
    } else {
      store<i32>(to, offset)
      store<i32>(to, C, 4)
      to += 8
    }
    expected = offset + C * size
  }
  return to
}

/** Spells the runs out, one byte offset per element. */
export function listOffsets<T>(runs: usize, runsEnd: usize, to: usize): void {
  for (; runs != runsEnd; runs += 8) {
    const first = load<i32>(runs), n = load<i32>(runs, 4)
    for (let i = 0; i < n; i++, to += 4) store<i32>(to, first + i * <i32>sizeof<T>())
  }
}
