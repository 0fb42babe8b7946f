/**
 * The loop of every binary kernel: o[r·inner + c] = Op(a[r·ao + c·ai], b[r·bo + c·bi]), with ai and bi 0 or 1.
 * Exact aliasing of o with a or b is allowed: each element is read before it is written.
 */

export function binary<T, Op>(
  a: usize, b: usize, o: usize, outer: i32, inner: i32, ao: i32, bo: i32, ai: i32, bi: i32,
): void {
  if (outer <= 0 || inner <= 0) return
  if (ao == ai * inner && bo == bi * inner) {
    // the rows follow one another: one long row
    inner *= outer
    outer = 1
  } else if (inner == 1 && <u32>ao <= 1 && <u32>bo <= 1) {
    inner = outer
    outer = 1
    ai = ao
    bi = bo
  }
  const stepA = ao * sizeof<T>(), stepB = bo * sizeof<T>(), stepO = inner * sizeof<T>()
  for (let r = 0; r < outer; r++) {
    row<T, Op>(a, b, o, stepO, ai, bi)
    a += stepA
    b += stepB
    o += stepO
  }
}

// @ts-ignore: decorator
@inline
function row<T, Op>(a: usize, b: usize, o: usize, bytes: usize, ai: i32, bi: i32): void {
  const f = changetype<Op>(0)
  const end = o + bytes
  if (f.simd<T>()) {
    const wide = o + (bytes & ~15)
    if (ai & bi) {
      for (; o < wide; a += 16, b += 16, o += 16) v128.store(o, f.lanes<T>(v128.load(a), v128.load(b)))
    } else if (ai) {
      const y = v128.load_splat<T>(b)
      for (; o < wide; a += 16, o += 16) v128.store(o, f.lanes<T>(v128.load(a), y))
    } else if (bi) {
      const x = v128.load_splat<T>(a)
      for (; o < wide; b += 16, o += 16) v128.store(o, f.lanes<T>(x, v128.load(b)))
    }
  }
  const stepA = <usize>ai * sizeof<T>(), stepB = <usize>bi * sizeof<T>()
  for (; o < end; a += stepA, b += stepB, o += sizeof<T>()) store<T>(o, f.one<T>(load<T>(a), load<T>(b)))
}
