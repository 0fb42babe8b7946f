/**
 * Packing for the matrix products: copies a block of op(A) or op(B) into panels of `W` consecutive rows or columns,
 * k-major (`panel[k][0..W)`), zero-filled past the edge, so the tile kernel reads one contiguous stream.
 * `W` is passed as a type whose size is the panel width in elements (u32 = 4, u64 = 8).
 */

/** a·b + c: fused in the relaxed build, two roundings otherwise. The one multiply-add of every product kernel. */
// @ts-ignore: decorator
@inline
export function multiplyAdd<T>(a: v128, b: v128, c: v128): v128 {
  if (isFloat<T>()) {
    return ASC_FEATURE_RELAXED_SIMD ? v128.relaxed_madd<T>(a, b, c) : v128.add<T>(c, v128.mul<T>(a, b))
  }
  return v128.add<T>(c, v128.mul<T>(a, b))
}

// V8 recognises exactly these shuffle masks as unpck instructions.
// @ts-ignore: decorator
@inline
export function transpose4x32(s0: usize, s1: usize, s2: usize, s3: usize, o: usize, os: usize): void {
  const r0 = v128.load(s0),
    r1 = v128.load(s1),
    r2 = v128.load(s2),
    r3 = v128.load(s3)
  const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5),
    t1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7)
  const t2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5),
    t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7)
  v128.store(o, v128.shuffle<f64>(t0, t2, 0, 2))
  v128.store(o + os, v128.shuffle<f64>(t0, t2, 1, 3))
  v128.store(o + 2 * os, v128.shuffle<f64>(t1, t3, 0, 2))
  v128.store(o + 3 * os, v128.shuffle<f64>(t1, t3, 1, 3))
}

// @ts-ignore: decorator
@inline
export function transpose2x64(s0: usize, s1: usize, o: usize, os: usize): void {
  const r0 = v128.load(s0),
    r1 = v128.load(s1)
  v128.store(o, v128.shuffle<f64>(r0, r1, 0, 2))
  v128.store(o + os, v128.shuffle<f64>(r0, r1, 1, 3))
}

/**
 * Packs `n` columns of a [kc, n] block whose rows (leading dimension `ld` bytes) are contiguous along the panel.
 * Panels start `panel` bytes apart, so a longer k range can be packed piece by piece.
 */
export function packColumns<T, W>(kc: i32, n: i32, s: usize, ld: usize, o: usize, panel: usize): void {
  const size = sizeof<T>()
  const w: i32 = sizeof<W>()
  const row = <usize>w * size
  const group: i32 = 64 / <i32>size
  let j = 0
  for (; j + group <= n; j += group) {
    let p = s + <usize>j * size,
      q = o + <usize>(j / w) * panel
    for (let k = 0; k < kc; k++) {
      const v0 = v128.load(p),
        v1 = v128.load(p, 16),
        v2 = v128.load(p, 32),
        v3 = v128.load(p, 48)
      if (row == 32) {
        v128.store(q, v0)
        v128.store(q, v1, 16)
        v128.store(q + panel, v2)
        v128.store(q + panel, v3, 16)
      } else {
        v128.store(q, v0)
        v128.store(q + panel, v1)
        v128.store(q + 2 * panel, v2)
        v128.store(q + 3 * panel, v3)
      }
      p += ld
      q += row
    }
  }
  for (; j < n; j += w) {
    let p = s + <usize>j * size,
      q = o + <usize>(j / w) * panel
    const r = min(n - j, w)
    for (let k = 0; k < kc; k++) {
      if (r == w) {
        v128.store(q, v128.load(p))
        if (row == 32) v128.store(q, v128.load(p, 16), 16)
      } else {
        for (let x = 0; x < w; x++) {
          const at = <usize>x * size
          store<T>(q + at, x < r ? load<T>(p + at) : <T>0)
        }
      }
      p += ld
      q += row
    }
  }
}

/** Packs `n` rows of a [n, kc] block whose rows are contiguous along k: in-register transposes. */
export function packRows<T, W>(kc: i32, n: i32, s: usize, ld: usize, o: usize): void {
  const size = sizeof<T>()
  const w: i32 = sizeof<W>()
  const row = <usize>w * size
  const panel = <usize>kc * row
  for (let j = 0; j < n; j += w) {
    const p = s + <usize>j * ld,
      q = o + <usize>(j / w) * panel
    const r = min(n - j, w)
    let k = 0
    if (r == w) {
      if (size == 4) {
        for (; k + 4 <= kc; k += 4) {
          const s0 = p + <usize>k * size,
            d = q + <usize>k * row
          transpose4x32(s0, s0 + ld, s0 + 2 * ld, s0 + 3 * ld, d, row)
          if (w == 8) {
            const s4 = s0 + 4 * ld
            transpose4x32(s4, s4 + ld, s4 + 2 * ld, s4 + 3 * ld, d + 16, row)
          }
        }
      } else {
        for (; k + 2 <= kc; k += 2) {
          const s0 = p + <usize>k * size,
            d = q + <usize>k * row
          transpose2x64(s0, s0 + ld, d, row)
          transpose2x64(s0 + 2 * ld, s0 + 3 * ld, d + 16, row)
        }
      }
    }
    for (; k < kc; k++) {
      for (let x = 0; x < w; x++) {
        const value = x < r ? load<T>(p + <usize>x * ld + <usize>k * size) : <T>0
        store<T>(q + <usize>k * row + <usize>x * size, value)
      }
    }
  }
}
