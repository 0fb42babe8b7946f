/**
 * copyNd: o[Σ iₐ·oStrideₐ] = x[Σ iₐ·xStrideₐ] over every index. With suitable strides this one copy is transpose, slice,
 * reverse, broadcast, concatenate and interior padding.
 * `meta` holds i32 dims[rank], xStrides[rank], oStrides[rank], in elements; strides may be zero or negative and the
 * pointers are at the first element. Axes that both sides walk as one are merged.
 */
import { line, transpose } from './transpose'

// what `group` found, besides the axis after it; strides in bytes
let size: i32 = 0
let stepX: usize = 0
let stepO: usize = 0

/** The group of axes from `d` on that both sides walk as one axis; returns the axis after it. */
function group<T>(meta: usize, rank: i32, d: i32): i32 {
  size = 1
  stepX = 0
  stepO = 0
  const toX = <usize>rank << 2, toO = <usize>rank << 3
  for (let p = meta + (<usize>d << 2); d < rank; d++, p += 4) {
    const n = load<i32>(p)
    if (n == 1) continue
    const xs = load<i32>(p + toX) * sizeof<T>(), os = load<i32>(p + toO) * sizeof<T>()
    if (size > 1 && (stepX != n * xs || stepO != n * os)) return d
    size *= n
    stepX = xs
    stepO = os
  }
  return rank
}

// the axis that is copied together with the last one, as a plane
let planeSize: i32 = 0
let planeX: usize = 0
let planeO: usize = 0

/** A plane: the plane axis and the last axis (n, xs, os). */
function plane<T>(x: usize, o: usize, n: i32, xs: usize, os: usize): void {
  const one: usize = sizeof<T>()
  if (planeX == one && os == one && xs != one) transpose<T>(x, xs, o, planeO, planeSize, n)
  else if (xs == one && planeO == one && os != one) transpose<T>(x, planeX, o, os, n, planeSize)
  else {
    for (let i = planeSize; i > 0; i--) {
      line<T>(x, xs, o, os, n)
      x += planeX
      o += planeO
    }
  }
}

/** Runs over the groups from axis `d` on, leaving out the one at `skip`. */
function walk<T>(x: usize, o: usize, meta: usize, rank: i32, d: i32, skip: i32): void {
  let next = group<T>(meta, rank, d)
  if (d == skip) {
    d = next
    next = group<T>(meta, rank, d)
  }
  const n = size, xs = stepX, os = stepO
  if (next == rank) {
    plane<T>(x, o, n, xs, os)
    return
  }
  for (let i = n; i > 0; i--) {
    walk<T>(x, o, meta, rank, next, skip)
    x += xs
    o += os
  }
}

function copyNd<T>(x: usize, o: usize, rank: i32, meta: usize): void {
  for (let d = 0; d < rank; d++) if (load<i32>(meta + (<usize>d << 2)) <= 0) return
  const one: usize = sizeof<T>()
  let before = -1, alongX = -1, alongO = -1
  // a first pass over the groups: which one precedes the last, and which ones are contiguous in x and in o
  for (let d = 0; ; ) {
    const next = group<T>(meta, rank, d)
    if (next == rank) break
    before = d
    if (stepX == one) alongX = d
    if (stepO == one) alongO = d
    d = next
  }
  let chosen = before
  if (stepX != one && stepO == one && alongX >= 0) chosen = alongX
  else if (stepX == one && stepO != one && alongO >= 0) chosen = alongO
  planeSize = 1
  planeX = 0
  planeO = 0
  if (chosen >= 0) {
    group<T>(meta, rank, chosen)
    planeSize = size
    planeX = stepX
    planeO = stepO
  }
  walk<T>(x, o, meta, rank, 0, chosen)
}

export function copyNd_8(x: usize, o: usize, rank: i32, meta: usize): void {
  copyNd<u8>(x, o, rank, meta)
}

export function copyNd_32(x: usize, o: usize, rank: i32, meta: usize): void {
  copyNd<u32>(x, o, rank, meta)
}

export function copyNd_64(x: usize, o: usize, rank: i32, meta: usize): void {
  copyNd<f64>(x, o, rank, meta)
}
