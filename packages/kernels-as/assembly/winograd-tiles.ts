/** Tiles of 4×4 outputs and what they read: squares of an image, with zeros beside it. */
import { POINTS } from './winograd-transform'

// @ts-ignore: decorator
@inline
const HEADER: usize = 64

// @ts-ignore: decorator
@inline
const BLOCK_BYTES: i32 = 393216 // of transformed tiles at a time

/** Columns of a matrix of so many features: whole panels of 8. */
// @ts-ignore: decorator
@inline
export function panels(features: i32): i32 {
  return (features + 7) & ~7
}

/** Bytes from one point's matrix to the next: an odd number of cache lines, so that 36 of them do not share one set. */
// @ts-ignore: decorator
@inline
export function planeBytes(elements: i32): usize {
  return ((<usize>elements << 2) + 63) & ~63 | 64
}

/** How many tiles are transformed at a time, a multiple of 4: as many as stay in the cache, but enough to repay reading the rest. */
// @ts-ignore: decorator
@inline
export function tilesAtATime(tiles: i32, channels: i32, features: i32, enough: i32): i32 {
  const fit = BLOCK_BYTES / (POINTS * 4 * (channels + features))
  return (min(tiles, max(enough, min(128, fit))) + 3) & ~3
}

/** Tiles along n outputs. */
// @ts-ignore: decorator
@inline
export function tilesAlong(n: i32): i32 {
  return (n + 3) >> 2
}

/** Squares of an image [height, width, channels], and the one that was entered: from `source` on, rows `row` bytes apart. */
// @ts-ignore: decorator
@unmanaged
export class Squares {
  height: i32
  width: i32
  channels: i32
  side: i32
  top: i32 // padding
  left: i32
  source: usize
  row: usize
  buffer: usize
  end: usize
}

/** Bytes that `squaresAt` takes. */
export function squaresBytes(channels: i32, side: i32): usize {
  return HEADER + ((<usize>(channels * side * side * 4) + 63) & ~63)
}

export function squaresAt(
  ws: usize, height: i32, width: i32, channels: i32, side: i32, top: i32, left: i32,
): Squares {
  const s = changetype<Squares>(ws)
  s.height = height
  s.width = width
  s.channels = channels
  s.side = side
  s.top = top
  s.left = left
  s.buffer = ws + HEADER
  s.end = ws + squaresBytes(channels, side)
  return s
}

/** Enters the square whose padded image begins at (y, x): in the image, or as a copy with zeros if some of it is outside. */
export function enter(s: Squares, image: usize, y: i32, x: i32): void {
  const bytes = <usize>s.channels << 2
  const side = s.side
  const line = <usize>s.width * bytes
  const firstRow = y - s.top, first = x - s.left
  const from = image + <usize>firstRow * line + <usize>first * bytes
  if (firstRow >= 0 && first >= 0 && firstRow + side <= s.height && first + side <= s.width) {
    s.source = from
    s.row = line
    return
  }
  const row = <usize>side * bytes
  s.source = s.buffer
  s.row = row
  const begin = min(side, max(0, -first)), until = max(begin, min(side, s.width - first))
  const start = <usize>begin * bytes, stop = <usize>until * bytes
  for (let i = 0; i < side; i++) {
    const to = s.buffer + <usize>i * row
    if (<u32>(firstRow + i) >= <u32>s.height) {
      memory.fill(to, 0, row)
      continue
    }
    if (begin > 0) memory.fill(to, 0, start)
    memory.copy(to + start, from + <usize>i * line + start, stop - start)
    if (until < side) memory.fill(to + stop, 0, row - stop)
  }
}
