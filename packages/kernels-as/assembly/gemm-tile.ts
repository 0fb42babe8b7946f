/**
 * The register tiles of the matrix products: 4 rows by 32 bytes of columns (8 × 32-bit or 4 × 64-bit).
 *
 * Every element of C is the same sum wherever it is computed: within a k block one chain of multiply-adds from zero,
 * blocks added in order. So a row's bits depend neither on the tile, the path, nor on how rows are split over threads.
 */
import { multiplyAdd } from './gemm-pack'

// @ts-ignore: decorator
@inline
function put<T>(c: usize, v0: v128, v1: v128, acc: bool): void {
  if (acc) {
    v0 = v128.add<T>(v128.load(c), v0)
    v1 = v128.add<T>(v128.load(c, 16), v1)
  }
  v128.store(c, v0)
  v128.store(c, v1, 16)
}

/**
 * Both operands packed. 8 accumulators + 2 B + 4 A are 14 of V8's 15 vector registers: older V8 issues all loads of a
 * block before its arithmetic, so this is the largest tile that does not spill there, and unrolling over k would.
 */
export function tilePacked<T>(kc: i32, a: usize, b: usize, c: usize, ldc: usize, acc: bool): void {
  const zero = i64x2.splat(0)
  let c00 = zero, c01 = zero, c10 = zero, c11 = zero
  let c20 = zero, c21 = zero, c30 = zero, c31 = zero
  const end = b + (<usize>kc << 5)
  do {
    const b0 = v128.load(b), b1 = v128.load(b, 16)
    const a0 = v128.load_splat<T>(a)
    c00 = multiplyAdd<T>(a0, b0, c00)
    c01 = multiplyAdd<T>(a0, b1, c01)
    const a1 = v128.load_splat<T>(a, sizeof<T>())
    c10 = multiplyAdd<T>(a1, b0, c10)
    c11 = multiplyAdd<T>(a1, b1, c11)
    const a2 = v128.load_splat<T>(a, 2 * sizeof<T>())
    c20 = multiplyAdd<T>(a2, b0, c20)
    c21 = multiplyAdd<T>(a2, b1, c21)
    const a3 = v128.load_splat<T>(a, 3 * sizeof<T>())
    c30 = multiplyAdd<T>(a3, b0, c30)
    c31 = multiplyAdd<T>(a3, b1, c31)
    a += 4 * sizeof<T>()
    b += 32
  } while (b != end)
  put<T>(c, c00, c01, acc)
  c += ldc
  put<T>(c, c10, c11, acc)
  c += ldc
  put<T>(c, c20, c21, acc)
  c += ldc
  put<T>(c, c30, c31, acc)
}

/** A read in place: four row pointers advancing by `ks` bytes per k; B rows `bs` bytes apart. */
export function tileDirect<T>(
  kc: i32, a: usize, a1: usize, a2: usize, a3: usize, ks: usize,
  b: usize, bs: usize, c: usize, ldc: usize, acc: bool,
): void {
  const zero = i64x2.splat(0)
  let c00 = zero, c01 = zero, c10 = zero, c11 = zero
  let c20 = zero, c21 = zero, c30 = zero, c31 = zero
  const end = b + <usize>kc * bs
  do {
    const b0 = v128.load(b), b1 = v128.load(b, 16)
    const v0 = v128.load_splat<T>(a)
    c00 = multiplyAdd<T>(v0, b0, c00)
    c01 = multiplyAdd<T>(v0, b1, c01)
    const v1 = v128.load_splat<T>(a1)
    c10 = multiplyAdd<T>(v1, b0, c10)
    c11 = multiplyAdd<T>(v1, b1, c11)
    const v2 = v128.load_splat<T>(a2)
    c20 = multiplyAdd<T>(v2, b0, c20)
    c21 = multiplyAdd<T>(v2, b1, c21)
    const v3 = v128.load_splat<T>(a3)
    c30 = multiplyAdd<T>(v3, b0, c30)
    c31 = multiplyAdd<T>(v3, b1, c31)
    a += ks
    a1 += ks
    a2 += ks
    a3 += ks
    b += bs
  } while (b != end)
  put<T>(c, c00, c01, acc)
  c += ldc
  put<T>(c, c10, c11, acc)
  c += ldc
  put<T>(c, c20, c21, acc)
  c += ldc
  put<T>(c, c30, c31, acc)
}

/** Copies the valid mr × nr corner of a full tile into C. */
export function putCorner<T>(tile: usize, c: usize, ldc: usize, acc: bool, mr: i32, nr: i32): void {
  for (let i = 0; i < mr; i++) {
    for (let j = 0; j < nr; j++) {
      const at = <usize>j * sizeof<T>()
      const v = load<T>(tile + at)
      store<T>(c + at, acc ? <T>(load<T>(c + at) + v) : v)
    }
    tile += 32
    c += ldc
  }
}

/** One packed block of A rows times all packed panels of B. `tile` is 128 bytes of scratch. */
export function blockPacked<T>(
  mc: i32, nc: i32, kc: i32, pa: usize, pb: usize, c: usize, ldc: usize, acc: bool, tile: usize,
): void {
  const nr: i32 = 32 / <i32>sizeof<T>()
  const panelA = <usize>kc * 4 * sizeof<T>()
  const panelB = <usize>kc << 5
  for (let j = 0; j < nc; j += nr) {
    const w = min(nr, nc - j)
    let cp = c + <usize>j * sizeof<T>(), ap = pa, i = 0
    if (w == nr) {
      for (; i + 4 <= mc; i += 4) {
        tilePacked<T>(kc, ap, pb, cp, ldc, acc)
        ap += panelA
        cp += ldc << 2
      }
    }
    for (; i < mc; i += 4) {
      tilePacked<T>(kc, ap, pb, tile, 32, false)
      putCorner<T>(tile, cp, ldc, acc, min(4, mc - i), w)
      ap += panelA
      cp += ldc << 2
    }
    pb += panelB
  }
}

/**
 * A block of A in place (row stride `rs`, k stride `ks` bytes) times B: panel j starts `panelB` bytes after panel j−1 and
 * its rows are `bs` apart. The last, partial panel is read packed from `edge` when that is not 0.
 */
export function blockDirect<T>(
  mc: i32, nc: i32, kc: i32, a: usize, rs: usize, ks: usize, b: usize, panelB: usize, bs: usize, edge: usize,
  c: usize, ldc: usize, acc: bool, tile: usize,
): void {
  const nr: i32 = 32 / <i32>sizeof<T>()
  for (let j = 0; j < nc; j += nr) {
    const w = min(nr, nc - j)
    if (w < nr && edge) {
      b = edge
      bs = 32
    }
    let cp = c + <usize>j * sizeof<T>(), ap = a
    for (let i = 0; i < mc; i += 4) {
      const rows = min(4, mc - i)
      // rows past the edge repeat the first one: never read outside A
      const a1 = rows > 1 ? ap + rs : ap
      const a2 = rows > 2 ? ap + 2 * rs : ap
      const a3 = rows > 3 ? ap + 3 * rs : ap
      if (rows == 4 && w == nr) {
        tileDirect<T>(kc, ap, a1, a2, a3, ks, b, bs, cp, ldc, acc)
      } else {
        tileDirect<T>(kc, ap, a1, a2, a3, ks, b, bs, tile, 32, false)
        putCorner<T>(tile, cp, ldc, acc, rows, w)
      }
      ap += rs << 2
      cp += ldc << 2
    }
    b += panelB
  }
}
