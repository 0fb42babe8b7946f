/**
 * Stable sorting of rows: ascending, NaN last, −0 equal to +0. Keys become unsigned integers in the same order, which a
 * least-significant-byte radix sort moves together with their positions; a byte on which all keys agree costs nothing.
 * Short rows are sorted by insertion.
 */

// @ts-ignore: decorator
@inline
const SHORT: i32 = 24

/** Bytes of `ws` for rows of n: two sets of keys and positions, and 256 counters. */
export function sortScratch(n: i32): i32 {
  return n * 24 + 1024
}

/** An unsigned integer of T's width (Key) in the order of T. */
// @ts-ignore: decorator
@inline
function keyOf<T, Key>(x: T): Key {
  if (isFloat<T>()) {
    if (x != x) return <Key>-1
    // −0 + 0 is +0
    const bits = reinterpret<Key>(<T>(x + 0))
    const top = <Key>1 << (8 * sizeof<T>() - 1)
    return <Key>(bits & top ? ~bits : bits | top)
  }
  if (isSigned<T>()) return <Key>x ^ (<Key>1 << (8 * sizeof<T>() - 1))
  return <Key>x
}

/** Sorts n keys with their positions in place. */
function insertion<Key>(keys: usize, perm: usize, n: i32): void {
  for (let i = 1; i < n; i++) {
    const key = load<Key>(keys + <usize>i * sizeof<Key>()), position = load<i32>(perm + (<usize>i << 2))
    let j = i - 1
    for (; j >= 0; j--) {
      const other = load<Key>(keys + <usize>j * sizeof<Key>())
      if (other <= key) break
      store<Key>(keys + <usize>j * sizeof<Key>(), other, sizeof<Key>())
      store<i32>(perm + (<usize>j << 2), load<i32>(perm + (<usize>j << 2)), 4)
    }
    store<Key>(keys + <usize>j * sizeof<Key>() + sizeof<Key>(), key)
    store<i32>(perm + (<usize>j << 2) + 4, position)
  }
}

/** Sorts n keys at ws with the positions at `perm`; ws as sortScratch says, its first 8n bytes for the keys. */
function sortKeys<Key>(perm: usize, n: i32, ws: usize): void {
  if (n <= SHORT) {
    insertion<Key>(ws, perm, n)
    return
  }
  let keys = ws, positions = perm
  let keysTo = ws + (<usize>n << 3), positionsTo = ws + (<usize>n << 4)
  const counters = ws + (<usize>n << 4) + (<usize>n << 3)
  for (let byte: usize = 0; byte < sizeof<Key>(); byte++) {
    memory.fill(counters, 0, 1024)
    const end = keys + <usize>n * sizeof<Key>()
    for (let p = keys; p < end; p += sizeof<Key>()) {
      const c = counters + (<usize>load<u8>(p + byte) << 2)
      store<i32>(c, load<i32>(c) + 1)
    }
    if (load<i32>(counters + (<usize>load<u8>(keys + byte) << 2)) == n) continue
    let sum = 0
    for (let c = counters; c < counters + 1024; c += 4) {
      const count = load<i32>(c)
      store<i32>(c, sum)
      sum += count
    }
    for (let p = keys, q = positions; p < end; p += sizeof<Key>(), q += 4) {
      const c = counters + (<usize>load<u8>(p + byte) << 2)
      const to = load<i32>(c)
      store<i32>(c, to + 1)
      store<Key>(keysTo + <usize>to * sizeof<Key>(), load<Key>(p))
      store<i32>(positionsTo + (<usize>to << 2), load<i32>(q))
    }
    let swap = keys
    keys = keysTo
    keysTo = swap
    swap = positions
    positions = positionsTo
    positionsTo = swap
  }
  if (positions != perm) memory.copy(perm, positions, <usize>n << 2)
}

function sortPerm<T, Key>(x: usize, perm: usize, outer: i32, n: i32, ws: usize): void {
  for (let r = 0; r < outer; r++) {
    for (let i = 0; i < n; i++) {
      const value = load<T>(x + <usize>load<i32>(perm + (<usize>i << 2)) * sizeof<T>())
      store<Key>(ws + <usize>i * sizeof<Key>(), keyOf<T, Key>(value))
    }
    sortKeys<Key>(perm, n, ws)
    x += <usize>n * sizeof<T>()
    perm += <usize>n << 2
  }
}

/** Positions 0 … n − 1 into perm and the keys into ws, `flip` set for descending order. */
// @ts-ignore: decorator
@inline
function keysInOrder<T, Key>(x: usize, perm: usize, n: i32, ws: usize, flip: Key): void {
  for (let i = 0; i < n; i++) {
    store<i32>(perm + (<usize>i << 2), i)
    store<Key>(ws + <usize>i * sizeof<Key>(), <Key>(keyOf<T, Key>(load<T>(x + <usize>i * sizeof<T>())) ^ flip))
  }
}

/** o = the sorted rows. */
function sort<T, Key>(x: usize, o: usize, outer: i32, n: i32, ws: usize): void {
  const perm = ws + (<usize>n << 4) + (<usize>n << 2)
  for (let r = 0; r < outer; r++) {
    keysInOrder<T, Key>(x, perm, n, ws, 0)
    sortKeys<Key>(perm, n, ws)
    for (let i: usize = 0; i < <usize>n; i++) {
      store<T>(o + i * sizeof<T>(), load<T>(x + <usize>load<i32>(perm + (i << 2)) * sizeof<T>()))
    }
    x += <usize>n * sizeof<T>()
    o += <usize>n * sizeof<T>()
  }
}

/** The k ≤ n largest of each row, descending, NaN first, the lowest position first among equals. */
function topK<T, Key>(x: usize, o: usize, index: usize, outer: i32, n: i32, k: i32, ws: usize): void {
  const perm = ws + (<usize>n << 4) + (<usize>n << 2)
  for (let r = 0; r < outer; r++) {
    keysInOrder<T, Key>(x, perm, n, ws, <Key>-1)
    sortKeys<Key>(perm, n, ws)
    for (let j: usize = 0; j < <usize>k; j++) {
      const i = load<i32>(perm + (j << 2))
      store<i32>(index + (j << 2), i)
      store<T>(o + j * sizeof<T>(), load<T>(x + <usize>i * sizeof<T>()))
    }
    x += <usize>n * sizeof<T>()
    o += <usize>k * sizeof<T>()
    index += <usize>k << 2
  }
}

/** o[r, j] = x[r, perm[r, j]] for j < m ≤ n. */
function takeRows<T>(x: usize, perm: usize, o: usize, outer: i32, n: i32, m: i32): void {
  for (let r = 0; r < outer; r++) {
    for (let j: usize = 0; j < <usize>m; j++) {
      store<T>(o + j * sizeof<T>(), load<T>(x + <usize>load<i32>(perm + (j << 2)) * sizeof<T>()))
    }
    x += <usize>n * sizeof<T>()
    perm += <usize>n << 2
    o += <usize>m * sizeof<T>()
  }
}

export function sortPerm_f32(x: usize, perm: usize, outer: i32, n: i32, ws: usize): void {
  sortPerm<f32, u32>(x, perm, outer, n, ws)
}

export function sortPerm_f64(x: usize, perm: usize, outer: i32, n: i32, ws: usize): void {
  sortPerm<f64, u64>(x, perm, outer, n, ws)
}

export function sortPerm_i32(x: usize, perm: usize, outer: i32, n: i32, ws: usize): void {
  sortPerm<i32, u32>(x, perm, outer, n, ws)
}

export function sortPerm_u32(x: usize, perm: usize, outer: i32, n: i32, ws: usize): void {
  sortPerm<u32, u32>(x, perm, outer, n, ws)
}

export function sortPerm_u8(x: usize, perm: usize, outer: i32, n: i32, ws: usize): void {
  sortPerm<u8, u8>(x, perm, outer, n, ws)
}

export function sort_f32(x: usize, o: usize, outer: i32, n: i32, ws: usize): void {
  sort<f32, u32>(x, o, outer, n, ws)
}

export function sort_f64(x: usize, o: usize, outer: i32, n: i32, ws: usize): void {
  sort<f64, u64>(x, o, outer, n, ws)
}

export function sort_i32(x: usize, o: usize, outer: i32, n: i32, ws: usize): void {
  sort<i32, u32>(x, o, outer, n, ws)
}

export function sort_u32(x: usize, o: usize, outer: i32, n: i32, ws: usize): void {
  sort<u32, u32>(x, o, outer, n, ws)
}

export function sort_u8(x: usize, o: usize, outer: i32, n: i32, ws: usize): void {
  sort<u8, u8>(x, o, outer, n, ws)
}

export function topK_f32(x: usize, o: usize, index: usize, outer: i32, n: i32, k: i32, ws: usize): void {
  topK<f32, u32>(x, o, index, outer, n, k, ws)
}

export function topK_f64(x: usize, o: usize, index: usize, outer: i32, n: i32, k: i32, ws: usize): void {
  topK<f64, u64>(x, o, index, outer, n, k, ws)
}

export function topK_i32(x: usize, o: usize, index: usize, outer: i32, n: i32, k: i32, ws: usize): void {
  topK<i32, u32>(x, o, index, outer, n, k, ws)
}

export function topK_u32(x: usize, o: usize, index: usize, outer: i32, n: i32, k: i32, ws: usize): void {
  topK<u32, u32>(x, o, index, outer, n, k, ws)
}

export function topK_u8(x: usize, o: usize, index: usize, outer: i32, n: i32, k: i32, ws: usize): void {
  topK<u8, u8>(x, o, index, outer, n, k, ws)
}

export function takeRows_8(x: usize, perm: usize, o: usize, outer: i32, n: i32, m: i32): void {
  takeRows<u8>(x, perm, o, outer, n, m)
}

export function takeRows_32(x: usize, perm: usize, o: usize, outer: i32, n: i32, m: i32): void {
  takeRows<u32>(x, perm, o, outer, n, m)
}

export function takeRows_64(x: usize, perm: usize, o: usize, outer: i32, n: i32, m: i32): void {
  takeRows<f64>(x, perm, o, outer, n, m)
}
