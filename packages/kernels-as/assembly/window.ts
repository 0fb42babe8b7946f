/**
 * Reductions over sliding windows (sum, max, min, product); padding contributes the identity. Axes before and after the
 * windowed ones are collapsed, lanes run over the trailing (channel) axes, and sums add taps in row-major order.
 */
import {
  DILATION, elementAt, extent, field, firstTap, firstWindowed, IN, isPlane, lastTap, lastWindowed, OUT, PAD, STRIDE, WINDOW,
} from './window-geometry'

// @ts-ignore: decorator
@unmanaged
class Sum<T> {
  @inline identity(): T { return <T>0 }
  @inline join(a: T, b: T): T { return <T>(a + b) }
  @inline lanes(a: v128, b: v128): v128 { return v128.add<T>(a, b) }
}
// @ts-ignore: decorator
@unmanaged
class Product<T> {
  @inline identity(): T { return <T>1 }
  @inline join(a: T, b: T): T { return <T>(a * b) }
  @inline lanes(a: v128, b: v128): v128 { return v128.mul<T>(a, b) }
}
// @ts-ignore: decorator
@unmanaged
class Max<T> {
  @inline identity(): T { return isFloat<T>() ? <T>-Infinity : <T>i32.MIN_VALUE }
  @inline join(a: T, b: T): T { return max<T>(a, b) }
  @inline lanes(a: v128, b: v128): v128 { return v128.max<T>(a, b) }
}
// @ts-ignore: decorator
@unmanaged
class Min<T> {
  @inline identity(): T { return isFloat<T>() ? <T>Infinity : <T>i32.MAX_VALUE }
  @inline join(a: T, b: T): T { return min<T>(a, b) }
  @inline lanes(a: v128, b: v128): v128 { return v128.min<T>(a, b) }
}

/** 2 × 2 taps, unrolled: the common pooling. Whole vectors only; returns the bytes done. */
// @ts-ignore: decorator
@inline
function joinSquare<T, R>(x: usize, sy: usize, sx: usize, o: usize, bytes: usize): usize {
  const op = changetype<R>(0)
  const start = v128.splat<T>(op.identity())
  const right = x + sx, below = x + sy, corner = below + sx
  let c: usize = 0
  for (; c + 16 <= bytes; c += 16) {
    let s = op.lanes(start, v128.load(x + c))
    s = op.lanes(s, v128.load(right + c))
    s = op.lanes(s, v128.load(below + c))
    v128.store(o + c, op.lanes(s, v128.load(corner + c)))
  }
  return c
}

/** One output row of `bytes`: taps ny × nx, `sy` and `sx` bytes apart. */
// @ts-ignore: decorator
@inline
function joinTaps<T, R>(x: usize, ny: i32, sy: usize, nx: i32, sx: usize, o: usize, bytes: usize): void {
  const op = changetype<R>(0)
  const start = v128.splat<T>(op.identity())
  let c: usize = ny == 2 && nx == 2 ? joinSquare<T, R>(x, sy, sx, o, bytes) : 0
  for (; c + 32 <= bytes; c += 32) {
    let s0 = start, s1 = start
    for (let y = 0, row = x + c; y < ny; y++, row += sy) {
      for (let i = 0, p = row; i < nx; i++, p += sx) {
        s0 = op.lanes(s0, v128.load(p))
        s1 = op.lanes(s1, v128.load(p, 16))
      }
    }
    v128.store(o + c, s0)
    v128.store(o + c, s1, 16)
  }
  for (; c + 16 <= bytes; c += 16) {
    let s = start
    for (let y = 0, row = x + c; y < ny; y++, row += sy) {
      for (let i = 0, p = row; i < nx; i++, p += sx) s = op.lanes(s, v128.load(p))
    }
    v128.store(o + c, s)
  }
  for (; c < bytes; c += sizeof<T>()) {
    let s = op.identity()
    for (let y = 0, row = x + c; y < ny; y++, row += sy) {
      for (let i = 0, p = row; i < nx; i++, p += sx) s = op.join(s, load<T>(p))
    }
    store<T>(o + c, s)
  }
}

/** Windows over the axes `first` and `last` (adjacent or the same). */
function reducePlane<T, R>(x: usize, o: usize, rank: i32, meta: usize, first: i32, last: i32): void {
  const two = last > first
  const outer = extent(meta, rank, IN, 0, first)
  const bytes = <usize>extent(meta, rank, IN, last + 1, rank) * sizeof<T>()
  const H = two ? field(meta, rank, IN, first) : 1, W = field(meta, rank, IN, last)
  const OH = two ? field(meta, rank, OUT, first) : 1, OW = field(meta, rank, OUT, last)
  const wh = two ? field(meta, rank, WINDOW, first) : 1, ww = field(meta, rank, WINDOW, last)
  const strideY = two ? field(meta, rank, STRIDE, first) : 1, strideX = field(meta, rank, STRIDE, last)
  const padY = two ? field(meta, rank, PAD, first) : 0, padX = field(meta, rank, PAD, last)
  const dy = two ? field(meta, rank, DILATION, first) : 1, dx = field(meta, rank, DILATION, last)
  const row = <usize>W * bytes
  for (let n = 0; n < outer; n++) {
    for (let oy = 0; oy < OH; oy++) {
      const y = oy * strideY - padY
      const y0 = firstTap(y, dy), ny = lastTap(y, dy, wh, H) - y0
      const line = x + <usize>(y + y0 * dy) * row
      for (let ox = 0; ox < OW; ox++) {
        const at = ox * strideX - padX
        const x0 = firstTap(at, dx), nx = lastTap(at, dx, ww, W) - x0
        joinTaps<T, R>(line + <usize>(at + x0 * dx) * bytes, ny, <usize>dy * row, nx, <usize>dx * bytes, o, bytes)
        o += bytes
      }
    }
    x += <usize>H * row
  }
}

/** Joins into the row at o every tap of output `rest` (its index over the axes from d on); `span` = input bytes of one step before d. */
function joinAxes<T, R>(d: i32, last: i32, rank: i32, meta: usize, rest: i32, outs: i32, x: usize, span: usize, o: usize, bytes: usize): void {
  const op = changetype<R>(0)
  if (d > last) {
    let c: usize = 0
    for (; c + 16 <= bytes; c += 16) v128.store(o + c, op.lanes(v128.load(o + c), v128.load(x + c)))
    for (; c < bytes; c += sizeof<T>()) store<T>(o + c, op.join(load<T>(o + c), load<T>(x + c)))
    return
  }
  outs /= field(meta, rank, OUT, d)
  span /= <usize>field(meta, rank, IN, d)
  const start = (rest / outs) * field(meta, rank, STRIDE, d) - field(meta, rank, PAD, d)
  const dilation = field(meta, rank, DILATION, d)
  for (let k = 0, n = field(meta, rank, WINDOW, d); k < n; k++) {
    const index = elementAt(meta, rank, d, start + k * dilation)
    if (index >= 0) joinAxes<T, R>(d + 1, last, rank, meta, rest % outs, outs, x + <usize>index * span, span, o, bytes)
  }
}

function reduceAny<T, R>(x: usize, o: usize, rank: i32, meta: usize, first: i32, last: i32): void {
  const identity = changetype<R>(0).identity()
  const outer = extent(meta, rank, IN, 0, first)
  const inner = extent(meta, rank, IN, last + 1, rank)
  const bytes = <usize>inner * sizeof<T>()
  const outs = extent(meta, rank, OUT, first, last + 1)
  const span = <usize>extent(meta, rank, IN, first, last + 1) * bytes
  for (let n = 0; n < outer; n++) {
    for (let p = 0; p < outs; p++) {
      for (let c: usize = 0; c < bytes; c += sizeof<T>()) store<T>(o + c, identity)
      if (span) joinAxes<T, R>(first, last, rank, meta, p, outs, x, span, o, bytes)
      o += bytes
    }
    x += span
  }
}

// @ts-ignore: decorator
@inline
function reduceWindow<T, R>(x: usize, o: usize, rank: i32, meta: usize): void {
  const first = firstWindowed(meta, rank)
  const last = lastWindowed(meta, rank, first)
  if (isPlane(meta, rank, first, last)) reducePlane<T, R>(x, o, rank, meta, first, last)
  else reduceAny<T, R>(x, o, rank, meta, first, last)
}

export function reduceWindowSum_f32(x: usize, o: usize, rank: i32, meta: usize): void { reduceWindow<f32, Sum<f32>>(x, o, rank, meta) }
export function reduceWindowSum_f64(x: usize, o: usize, rank: i32, meta: usize): void { reduceWindow<f64, Sum<f64>>(x, o, rank, meta) }
export function reduceWindowSum_i32(x: usize, o: usize, rank: i32, meta: usize): void { reduceWindow<i32, Sum<i32>>(x, o, rank, meta) }
export function reduceWindowProd_f32(x: usize, o: usize, rank: i32, meta: usize): void { reduceWindow<f32, Product<f32>>(x, o, rank, meta) }
export function reduceWindowProd_f64(x: usize, o: usize, rank: i32, meta: usize): void { reduceWindow<f64, Product<f64>>(x, o, rank, meta) }
export function reduceWindowProd_i32(x: usize, o: usize, rank: i32, meta: usize): void { reduceWindow<i32, Product<i32>>(x, o, rank, meta) }
export function reduceWindowMax_f32(x: usize, o: usize, rank: i32, meta: usize): void { reduceWindow<f32, Max<f32>>(x, o, rank, meta) }
export function reduceWindowMax_f64(x: usize, o: usize, rank: i32, meta: usize): void { reduceWindow<f64, Max<f64>>(x, o, rank, meta) }
export function reduceWindowMax_i32(x: usize, o: usize, rank: i32, meta: usize): void { reduceWindow<i32, Max<i32>>(x, o, rank, meta) }
export function reduceWindowMin_f32(x: usize, o: usize, rank: i32, meta: usize): void { reduceWindow<f32, Min<f32>>(x, o, rank, meta) }
export function reduceWindowMin_f64(x: usize, o: usize, rank: i32, meta: usize): void { reduceWindow<f64, Min<f64>>(x, o, rank, meta) }
export function reduceWindowMin_i32(x: usize, o: usize, rank: i32, meta: usize): void { reduceWindow<i32, Min<i32>>(x, o, rank, meta) }
