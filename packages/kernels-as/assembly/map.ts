// Loops of unary kernels. A function is an unmanaged class with an inlined `run`; `map32<F>` is specialised for each F.
import { loadTail32, storeTail32 } from './simd'

/** o[i] = F.run(x[i]) on f32x4, four vectors a turn; the tail goes through the same code, so position changes no bit. */
export function map32<F>(x: usize, o: usize, n: i32): void {
  const f = changetype<F>(0)
  const end = o + (<usize>n << 2)
  for (; o + 64 <= end; x += 64, o += 64) {
    const a = f.run(v128.load(x))
    const b = f.run(v128.load(x, 16))
    const c = f.run(v128.load(x, 32))
    const d = f.run(v128.load(x, 48))
    v128.store(o, a)
    v128.store(o, b, 16)
    v128.store(o, c, 32)
    v128.store(o, d, 48)
  }
  for (; o + 16 <= end; x += 16, o += 16) v128.store(o, f.run(v128.load(x)))
  const rest = n & 3
  if (rest > 0) storeTail32(o, f.run(loadTail32(x, rest)), rest)
}

/**
 * The same with a shorter form for plain arguments: sixteen plain numbers in a row take `F.plain`, others `F.run`.
 * (`F.allPlain` tells). Both must give the same bits for a plain number.
 */
export function map32Split<F>(x: usize, o: usize, n: i32): void {
  const f = changetype<F>(0)
  const end = o + (<usize>n << 2)
  for (; o + 64 <= end; x += 64, o += 64) {
    let a = v128.load(x)
    let b = v128.load(x, 16)
    let c = v128.load(x, 32)
    let d = v128.load(x, 48)
    if (f.allPlain(a, b, c, d)) {
      a = f.plain(a)
      b = f.plain(b)
      c = f.plain(c)
      d = f.plain(d)
    } else {
      a = f.run(a)
      b = f.run(b)
      c = f.run(c)
      d = f.run(d)
    }
    v128.store(o, a)
    v128.store(o, b, 16)
    v128.store(o, c, 32)
    v128.store(o, d, 48)
  }
  for (; o + 16 <= end; x += 16, o += 16) v128.store(o, f.run(v128.load(x)))
  const rest = n & 3
  if (rest > 0) storeTail32(o, f.run(loadTail32(x, rest)), rest)
}

/** o[i] = F.run(x[i]) on f64x2. */
export function map64<F>(x: usize, o: usize, n: i32): void {
  const f = changetype<F>(0)
  const end = o + (<usize>n << 3)
  for (; o + 16 <= end; x += 16, o += 16) v128.store(o, f.run(v128.load(x)))
  if (n & 1) v128.store_lane<f64>(o, f.run(v128.load64_zero(x)), 0)
}

/** o[i] = F.run(x[i]) on float32, computed in float64 and rounded once. */
export function mapWide32<F>(x: usize, o: usize, n: i32): void {
  const f = changetype<F>(0)
  const end = o + (<usize>n << 2)
  for (; o < end; x += 4, o += 4) store<f32>(o, <f32>f.run(<f64>load<f32>(x)))
}

/** o[i] = F.run(x[i]) on float64, one at a time. */
export function mapWide64<F>(x: usize, o: usize, n: i32): void {
  const f = changetype<F>(0)
  const end = o + (<usize>n << 3)
  for (; o < end; x += 8, o += 8) store<f64>(o, f.run(load<f64>(x)))
}
