/** What gather and scatter share: where an index vector points, and how the axes of a slice lie in memory. */

// @ts-ignore: decorator
@inline
function at(p: usize, i: i32): i32 {
  return load<i32>(p + (<usize>i << 2))
}

/** The product of `rank` sizes. */
export function elementsOf(sizes: usize, rank: i32): i32 {
  let count = 1
  for (let d = 0; d < rank; d++) count *= at(sizes, d)
  return count
}

/** The first axis from which on a slice is contiguous, as strides of a row-major block. */
export function innerRun(sizes: usize, strides: usize, rank: i32): i32 {
  let run = 1, d = rank
  while (d > 0) {
    const n = at(sizes, d - 1)
    if (n != 1 && at(strides, d - 1) != run) break
    run *= n
    d--
  }
  return d
}

/**
 * The element offset an index vector of k components points to: each start is clipped to 0 … limit in mode 0,
 * and in mode 1 any start outside gives −1.
 */
export function place(idx: usize, strides: usize, limits: usize, k: i32, mode: i32): i32 {
  let offset = 0
  for (let j = 0; j < k; j++) {
    const start = at(idx, j), limit = at(limits, j)
    if (<u32>start > <u32>limit) {
      if (mode) return -1
      offset += start < 0 ? 0 : limit * at(strides, j)
    } else {
      offset += start * at(strides, j)
    }
  }
  return offset
}
