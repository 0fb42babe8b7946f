/**
 * Max- and min-pooling's derivative: the position of the first extreme of x in every window (a NaN is the extreme, as in
 * the reductions), read from a tangent (`windowGather`) or receiving a cotangent (`windowScatter`).
 */
import {
  DILATION, elementAt, extent, field, firstTap, firstWindowed, IN, isPlane, lastTap, lastWindowed, OUT, PAD, STRIDE, WINDOW,
} from './window-geometry'

/** Strictly more extreme, so that the first of equals stays. */
// @ts-ignore: decorator
@unmanaged
class Larger<T> {
  @inline than(a: T, b: T): bool { return a > b || (a != a && b == b) }
  @inline lanes(a: v128, b: v128): v128 {
    return v128.or(v128.gt<T>(a, b), v128.andnot(v128.ne<T>(a, a), v128.ne<T>(b, b)))
  }
}
// @ts-ignore: decorator
@unmanaged
class Smaller<T> {
  @inline than(a: T, b: T): bool { return a < b || (a != a && b == b) }
  @inline lanes(a: v128, b: v128): v128 {
    return v128.or(v128.lt<T>(a, b), v128.andnot(v128.ne<T>(a, a), v128.ne<T>(b, b)))
  }
}

/** One output row: `x` is the window's first tap; `value`, `sy`, `sx` in the same byte offsets as x. */
// @ts-ignore: decorator
@inline
function gatherTaps<T, P>(x: usize, value: usize, ny: i32, sy: usize, nx: i32, sx: usize, o: usize, bytes: usize): void {
  const picks = changetype<P>(0)
  let c: usize = 0
  for (; c + 16 <= bytes; c += 16) {
    let best = v128.load(x + c), kept = v128.load(value + c)
    for (let y = 0, row: usize = c; y < ny; y++, row += sy) {
      for (let i = 0, p = row; i < nx; i++, p += sx) {
        const v = v128.load(x + p)
        const better = picks.lanes(v, best)
        best = v128.bitselect(v, best, better)
        kept = v128.bitselect(v128.load(value + p), kept, better)
      }
    }
    v128.store(o + c, kept)
  }
  for (; c < bytes; c += sizeof<T>()) {
    let at = c
    for (let y = 0, row: usize = c; y < ny; y++, row += sy) {
      for (let i = 0, p = row; i < nx; i++, p += sx) if (picks.than(load<T>(x + p), load<T>(x + at))) at = p
    }
    store<T>(o + c, load<T>(value + at))
  }
}

/**
 * 2 × 2 taps, unrolled: the common pooling. Windows that share no element (`apart`) store instead of adding.
 * Whole vectors only; returns the bytes done.
 */
// @ts-ignore: decorator
@inline
function scatterSquare<T, P>(x: usize, ct: usize, sy: usize, sx: usize, o: usize, bytes: usize, apart: bool): usize {
  const picks = changetype<P>(0)
  const corner = sy + sx
  let c: usize = 0
  for (; c + 16 <= bytes; c += 16) {
    const p = x + c, q = o + c
    const v0 = v128.load(p), v1 = v128.load(p + sx), v2 = v128.load(p + sy), v3 = v128.load(p + corner)
    const m1 = picks.lanes(v1, v0)
    const b1 = v128.bitselect(v1, v0, m1)
    const m2 = picks.lanes(v2, b1)
    const m3 = picks.lanes(v3, v128.bitselect(v2, b1, m2))
    const given = v128.load(ct + c)
    const g3 = v128.and(given, m3), left3 = v128.andnot(given, m3)
    const g2 = v128.and(left3, m2), left2 = v128.andnot(left3, m2)
    const g1 = v128.and(left2, m1), g0 = v128.andnot(left2, m1)
    if (apart) {
      v128.store(q, g0)
      v128.store(q + sx, g1)
      v128.store(q + sy, g2)
      v128.store(q + corner, g3)
    } else {
      v128.store(q, v128.add<T>(v128.load(q), g0))
      v128.store(q + sx, v128.add<T>(v128.load(q + sx), g1))
      v128.store(q + sy, v128.add<T>(v128.load(q + sy), g2))
      v128.store(q + corner, v128.add<T>(v128.load(q + corner), g3))
    }
  }
  return c
}

/** Adds the row `ct` to o at the taps chosen by x. */
// @ts-ignore: decorator
@inline
function scatterTaps<T, P>(
  x: usize, ct: usize, ny: i32, sy: usize, nx: i32, sx: usize, o: usize, bytes: usize, apart: bool,
): void {
  const picks = changetype<P>(0)
  let c: usize = 0
  if (ny == 2 && nx == 2) {
    c = apart ? scatterSquare<T, P>(x, ct, sy, sx, o, bytes, true) : scatterSquare<T, P>(x, ct, sy, sx, o, bytes, false)
  }
  for (; c + 16 <= bytes; c += 16) {
    let best = v128.load(x + c), chosen = i32x4.splat(0)
    let tap = 0
    for (let y = 0, row: usize = c; y < ny; y++, row += sy) {
      for (let i = 0, p = row; i < nx; i++, p += sx) {
        const v = v128.load(x + p)
        const better = picks.lanes(v, best)
        best = v128.bitselect(v, best, better)
        // i32 lanes serve 64-bit elements too: both halves of a lane hold the same tap
        chosen = v128.bitselect(i32x4.splat(tap), chosen, better)
        tap++
      }
    }
    const given = v128.load(ct + c)
    tap = 0
    for (let y = 0, row: usize = c; y < ny; y++, row += sy) {
      for (let i = 0, p = row; i < nx; i++, p += sx) {
        const here = v128.and(given, i32x4.eq(chosen, i32x4.splat(tap)))
        v128.store(o + p, v128.add<T>(v128.load(o + p), here))
        tap++
      }
    }
  }
  for (; c < bytes; c += sizeof<T>()) {
    let at = c
    for (let y = 0, row: usize = c; y < ny; y++, row += sy) {
      for (let i = 0, p = row; i < nx; i++, p += sx) if (picks.than(load<T>(x + p), load<T>(x + at))) at = p
    }
    store<T>(o + at, load<T>(o + at) + load<T>(ct + c))
  }
}

/** `scatter`: t is the cotangent (output rows) and o has x's shape; otherwise t has x's shape and o the output's. */
function selectPlane<T, P>(x: usize, t: usize, o: usize, rank: i32, meta: usize, first: i32, last: i32, scatter: bool): void {
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
  const apart = strideY > (wh - 1) * dy && strideX > (ww - 1) * dx
  let plane: usize = 0
  for (let n = 0; n < outer; n++) {
    for (let oy = 0; oy < OH; oy++) {
      const y = oy * strideY - padY
      const y0 = firstTap(y, dy), ny = lastTap(y, dy, wh, H) - y0
      const line = plane + <usize>(y + y0 * dy) * row
      for (let ox = 0; ox < OW; ox++) {
        const at = ox * strideX - padX
        const x0 = firstTap(at, dx), nx = lastTap(at, dx, ww, W) - x0
        const p = line + <usize>(at + x0 * dx) * bytes
        const sy = <usize>dy * row, sx = <usize>dx * bytes
        if (ny <= 0 || nx <= 0) {
          if (!scatter) memory.fill(o, 0, bytes)
        } else if (scatter) {
          scatterTaps<T, P>(x + p, t, ny, sy, nx, sx, o + p, bytes, apart)
        } else {
          gatherTaps<T, P>(x + p, t + p, ny, sy, nx, sx, o, bytes)
        }
        if (scatter) t += bytes
        else o += bytes
      }
    }
    plane += <usize>H * row
  }
}

/** Element index of the extreme among `best` (−1 for none yet) and the taps of output `rest` from axis d on. */
function findAxes<T, P>(d: i32, last: i32, rank: i32, meta: usize, rest: i32, outs: i32, x: usize, from: i32, span: i32, best: i32): i32 {
  if (d > last) {
    if (best < 0) return from
    const better = changetype<P>(0).than(load<T>(x + <usize>from * sizeof<T>()), load<T>(x + <usize>best * sizeof<T>()))
    return better ? from : best
  }
  outs /= field(meta, rank, OUT, d)
  span /= field(meta, rank, IN, d)
  const start = (rest / outs) * field(meta, rank, STRIDE, d) - field(meta, rank, PAD, d)
  const dilation = field(meta, rank, DILATION, d)
  for (let k = 0, n = field(meta, rank, WINDOW, d); k < n; k++) {
    const index = elementAt(meta, rank, d, start + k * dilation)
    if (index >= 0) best = findAxes<T, P>(d + 1, last, rank, meta, rest % outs, outs, x, from + index * span, span, best)
  }
  return best
}

function selectAny<T, P>(x: usize, t: usize, o: usize, rank: i32, meta: usize, first: i32, last: i32, scatter: bool): void {
  const size = sizeof<T>()
  const outer = extent(meta, rank, IN, 0, first)
  const inner = extent(meta, rank, IN, last + 1, rank)
  const outs = extent(meta, rank, OUT, first, last + 1)
  const span = extent(meta, rank, IN, first, last + 1) * inner
  for (let n = 0; n < outer; n++) {
    for (let p = 0; p < outs; p++) {
      for (let c = 0; c < inner; c++) {
        const found = span ? findAxes<T, P>(first, last, rank, meta, p, outs, x, n * span + c, span, -1) : -1
        const at = <usize>found * size
        if (scatter) {
          if (found >= 0) store<T>(o + at, load<T>(o + at) + load<T>(t))
          t += size
        } else {
          store<T>(o, found >= 0 ? load<T>(t + at) : <T>0)
          o += size
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function halves(meta: usize, rank: i32, d: i32): bool {
  return (
    field(meta, rank, WINDOW, d) == 2 && field(meta, rank, STRIDE, d) == 2 && field(meta, rank, PAD, d) == 0 &&
    field(meta, rank, DILATION, d) == 1 && field(meta, rank, OUT, d) * 2 == field(meta, rank, IN, d)
  )
}

/** Zeroes o unless `scatterSquare` is going to store every element of it. */
function prepare<T>(o: usize, rank: i32, meta: usize): void {
  const first = firstWindowed(meta, rank)
  const last = lastWindowed(meta, rank, first)
  const bytes = <usize>extent(meta, rank, IN, last + 1, rank) * sizeof<T>()
  const stored = last > first && isPlane(meta, rank, first, last) && halves(meta, rank, first) && halves(meta, rank, last)
  if (!stored || bytes % 16 != 0) memory.fill(o, 0, <usize>extent(meta, rank, IN, 0, rank) * sizeof<T>())
}

// @ts-ignore: decorator
@inline
function selectWindow<T>(x: usize, t: usize, o: usize, rank: i32, meta: usize, isMin: i32, scatter: bool): void {
  const first = firstWindowed(meta, rank)
  const last = lastWindowed(meta, rank, first)
  if (isPlane(meta, rank, first, last)) {
    if (isMin) selectPlane<T, Smaller<T>>(x, t, o, rank, meta, first, last, scatter)
    else selectPlane<T, Larger<T>>(x, t, o, rank, meta, first, last, scatter)
  } else {
    if (isMin) selectAny<T, Smaller<T>>(x, t, o, rank, meta, first, last, scatter)
    else selectAny<T, Larger<T>>(x, t, o, rank, meta, first, last, scatter)
  }
}

/** o = t at the first extreme of x in each window; 0 for a window of padding only. */
export function windowGather_f32(x: usize, t: usize, o: usize, rank: i32, meta: usize, isMin: i32): void {
  selectWindow<f32>(x, t, o, rank, meta, isMin, false)
}
export function windowGather_f64(x: usize, t: usize, o: usize, rank: i32, meta: usize, isMin: i32): void {
  selectWindow<f64>(x, t, o, rank, meta, isMin, false)
}

/** o (x's shape) = Σ ct over the windows whose first extreme is there. */
export function windowScatter_f32(x: usize, ct: usize, o: usize, rank: i32, meta: usize, isMin: i32): void {
  prepare<f32>(o, rank, meta)
  selectWindow<f32>(x, ct, o, rank, meta, isMin, true)
}
export function windowScatter_f64(x: usize, ct: usize, o: usize, rank: i32, meta: usize, isMin: i32): void {
  prepare<f64>(o, rank, meta)
  selectWindow<f64>(x, ct, o, rank, meta, isMin, true)
}
