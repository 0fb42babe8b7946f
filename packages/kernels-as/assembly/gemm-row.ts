/**
 * One row times a matrix: c[N] (+)= x[K]·op(B), streaming B's rows once. Sums run over k exactly as in the tiles
 * (one chain from zero per k block, blocks in order), so the bits equal those of a taller product.
 */
import { multiplyAdd, packRows } from './gemm-pack'

// @ts-ignore: decorator
@inline
const STRIP: i32 = 1024 // columns whose sums stay in L1 while B streams by

// @ts-ignore: decorator
@inline
function loadOne<T>(p: usize): v128 {
  return sizeof<T>() == 4 ? v128.load32_zero(p) : v128.load64_zero(p)
}

// @ts-ignore: decorator
@inline
function storeOne<T>(p: usize, v: v128): void {
  if (sizeof<T>() == 4) v128.store32_lane(p, v, 0)
  else v128.store64_lane(p, v, 0)
}

/** sums[0..n) += Σₖ x[k]·B[k, 0..n), eight rows of B per pass over the sums. */
function accumulate<T>(n: i32, kc: i32, x: usize, xs: usize, b: usize, bs: usize, sums: usize): void {
  const bytes = <usize>n * sizeof<T>()
  const wide = bytes & ~15
  let k = 0
  for (; k + 8 <= kc; k += 8) {
    const x0 = v128.load_splat<T>(x), x1 = v128.load_splat<T>(x + xs)
    const x2 = v128.load_splat<T>(x + 2 * xs), x3 = v128.load_splat<T>(x + 3 * xs)
    const x4 = v128.load_splat<T>(x + 4 * xs), x5 = v128.load_splat<T>(x + 5 * xs)
    const x6 = v128.load_splat<T>(x + 6 * xs), x7 = v128.load_splat<T>(x + 7 * xs)
    const b1 = b + bs, b2 = b1 + bs, b3 = b2 + bs, b4 = b3 + bs, b5 = b4 + bs, b6 = b5 + bs, b7 = b6 + bs
    let j: usize = 0
    for (; j < wide; j += 16) {
      let s = v128.load(sums + j)
      s = multiplyAdd<T>(x0, v128.load(b + j), s)
      s = multiplyAdd<T>(x1, v128.load(b1 + j), s)
      s = multiplyAdd<T>(x2, v128.load(b2 + j), s)
      s = multiplyAdd<T>(x3, v128.load(b3 + j), s)
      s = multiplyAdd<T>(x4, v128.load(b4 + j), s)
      s = multiplyAdd<T>(x5, v128.load(b5 + j), s)
      s = multiplyAdd<T>(x6, v128.load(b6 + j), s)
      s = multiplyAdd<T>(x7, v128.load(b7 + j), s)
      v128.store(sums + j, s)
    }
    for (; j < bytes; j += sizeof<T>()) {
      let s = loadOne<T>(sums + j)
      s = multiplyAdd<T>(x0, loadOne<T>(b + j), s)
      s = multiplyAdd<T>(x1, loadOne<T>(b1 + j), s)
      s = multiplyAdd<T>(x2, loadOne<T>(b2 + j), s)
      s = multiplyAdd<T>(x3, loadOne<T>(b3 + j), s)
      s = multiplyAdd<T>(x4, loadOne<T>(b4 + j), s)
      s = multiplyAdd<T>(x5, loadOne<T>(b5 + j), s)
      s = multiplyAdd<T>(x6, loadOne<T>(b6 + j), s)
      s = multiplyAdd<T>(x7, loadOne<T>(b7 + j), s)
      storeOne<T>(sums + j, s)
    }
    x += 8 * xs
    b += 8 * bs
  }
  for (; k < kc; k++) {
    const x0 = v128.load_splat<T>(x)
    let j: usize = 0
    for (; j < wide; j += 16) v128.store(sums + j, multiplyAdd<T>(x0, v128.load(b + j), v128.load(sums + j)))
    for (; j < bytes; j += sizeof<T>()) {
      storeOne<T>(sums + j, multiplyAdd<T>(x0, loadOne<T>(b + j), loadOne<T>(sums + j)))
    }
    x += xs
    b += bs
  }
}

/** Two packed 32-byte panels at once: sums[0..64 bytes) = Σₖ x[k]·panel[k]. */
function panelPair<T>(kc: i32, x: usize, xs: usize, p: usize, q: usize, sums: usize): void {
  const zero = i64x2.splat(0)
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero
  const end = p + (<usize>kc << 5)
  do {
    const v = v128.load_splat<T>(x)
    s0 = multiplyAdd<T>(v, v128.load(p), s0)
    s1 = multiplyAdd<T>(v, v128.load(p, 16), s1)
    s2 = multiplyAdd<T>(v, v128.load(q), s2)
    s3 = multiplyAdd<T>(v, v128.load(q, 16), s3)
    x += xs
    p += 32
    q += 32
  } while (p != end)
  v128.store(sums, s0)
  v128.store(sums, s1, 16)
  v128.store(sums, s2, 32)
  v128.store(sums, s3, 48)
}

// @ts-ignore: decorator
@inline
function deliver<T>(n: i32, sums: usize, c: usize, acc: bool): void {
  const bytes = <usize>n * sizeof<T>()
  if (!acc) {
    memory.copy(c, sums, bytes)
    return
  }
  for (let j: usize = 0; j < bytes; j += sizeof<T>()) store<T>(c + j, load<T>(c + j) + load<T>(sums + j))
}

/**
 * c[N] (+)= x·op(B); x steps by `xs` bytes, `lb` is B's leading dimension in bytes, `kb` the k block.
 * Scratch: STRIP elements, or 64 bytes and two panels for a transposed B.
 */
export function rowTimes<T>(
  N: i32, K: i32, kb: i32, x: usize, xs: usize, B: usize, lb: usize, tb: i32, c: usize, acc: bool, ws: usize,
): void {
  const size = sizeof<T>()
  const pair: i32 = 64 / <i32>size
  for (let pc = 0; pc < K; pc += kb) {
    const kc = min(kb, K - pc)
    const add = acc || pc > 0
    const xp = x + <usize>pc * xs
    if (tb) {
      const panels = ws + 64
      for (let j = 0; j < N; j += pair) {
        const n = min(pair, N - j)
        const b = B + <usize>j * lb + <usize>pc * size
        if (size == 4) packRows<T, u64>(kc, n, b, lb, panels)
        else packRows<T, u32>(kc, n, b, lb, panels)
        // a missing second panel repeats the first; its sums are not delivered
        const second = n > (pair >> 1) ? panels + (<usize>kc << 5) : panels
        panelPair<T>(kc, xp, xs, panels, second, ws)
        deliver<T>(n, ws, c + <usize>j * size, add)
      }
    } else {
      for (let j = 0; j < N; j += STRIP) {
        const n = min(STRIP, N - j)
        // sums build up in C itself when nothing is there to keep
        const sums = add ? ws : c + <usize>j * size
        memory.fill(sums, 0, <usize>n * size)
        accumulate<T>(n, kc, xp, xs, B + <usize>pc * lb + <usize>j * size, lb, sums)
        if (add) deliver<T>(n, ws, c + <usize>j * size, true)
      }
    }
  }
}
