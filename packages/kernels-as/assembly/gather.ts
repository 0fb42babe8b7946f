/**
 * gather: each index vector of k i32 picks a slice of x; o is [nIdx, elements of a slice].
 * `meta` holds i32 idxStride[k] (x's stride per index component), idxLimit[k] (the largest valid start),
 * sliceSizes[rank], sliceStrides[rank] (x's strides). Mode 0 clips each start to 0 … limit; mode 1 fills the slice of a
 * vector with any start out of range with *fill.
 */
import { copyRun, line } from './transpose'
import { elementsOf, innerRun, place } from './slices'

/** Copies the axes from d on of a slice, the last `run` elements being contiguous; returns the end of the output. */
function slice<T>(x: usize, o: usize, sizes: usize, strides: usize, d: i32, last: i32, run: i32): usize {
  if (d == last) {
    copyRun<T>(x, o, <usize>run * sizeof<T>())
    return o + <usize>run * sizeof<T>()
  }
  const n = load<i32>(sizes + (<usize>d << 2)), step = load<i32>(strides + (<usize>d << 2)) * sizeof<T>()
  if (run == 1 && d == last - 1) {
    line<T>(x, step, o, sizeof<T>(), n)
    return o + <usize>n * sizeof<T>()
  }
  for (let i = 0; i < n; i++, x += step) o = slice<T>(x, o, sizes, strides, d + 1, last, run)
  return o
}

function gather<T>(
  x: usize, idx: usize, o: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32, fill: usize,
): void {
  const limits = meta + (<usize>k << 2)
  const sizes = limits + (<usize>k << 2)
  const strides = sizes + (<usize>rank << 2)
  const count = elementsOf(sizes, rank)
  if (count == 0) return
  if (count == 1) {
    for (let i = 0; i < nIdx; i++, idx += <usize>k << 2, o += sizeof<T>()) {
      const offset = place(idx, meta, limits, k, mode)
      store<T>(o, load<T>(offset < 0 ? fill : x + <usize>offset * sizeof<T>()))
    }
    return
  }
  const last = innerRun(sizes, strides, rank)
  const run = elementsOf(sizes + (<usize>last << 2), rank - last)
  const bytes = <usize>count * sizeof<T>()
  for (let i = 0; i < nIdx; i++, idx += <usize>k << 2, o += bytes) {
    const offset = place(idx, meta, limits, k, mode)
    if (offset < 0) line<T>(fill, 0, o, sizeof<T>(), count)
    else slice<T>(x + <usize>offset * sizeof<T>(), o, sizes, strides, 0, last, run)
  }
}

export function gather_8(
  x: usize, idx: usize, o: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32, fill: usize,
): void {
  gather<u8>(x, idx, o, nIdx, k, rank, meta, mode, fill)
}

export function gather_32(
  x: usize, idx: usize, o: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32, fill: usize,
): void {
  gather<u32>(x, idx, o, nIdx, k, rank, meta, mode, fill)
}

export function gather_64(
  x: usize, idx: usize, o: usize, nIdx: i32, k: i32, rank: i32, meta: usize, mode: i32, fill: usize,
): void {
  gather<f64>(x, idx, o, nIdx, k, rank, meta, mode, fill)
}
