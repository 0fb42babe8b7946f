/**
 * Threefry-2x32 with 20 rounds, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers:
 * as easy as 1, 2, 3" (SC 2011): rotations and parity constant from there. The counter of element i of a row is the
 * 64-bit start + i, its high word first.
 */
import { storeTail32 } from './simd'

// @ts-ignore: decorator
@inline
const PARITY: u32 = 0x1bd11bda

/** rotl(x1, by) ^ x0: the second half of a round. */
// @ts-ignore: decorator
@inline
function mix(x1: v128, x0: v128, by: i32): v128 {
  return v128.xor(v128.or(i32x4.shl(x1, by), i32x4.shr_u(x1, 32 - by)), x0)
}

/** The same for a rotation by half a word: a shuffle. */
// @ts-ignore: decorator
@inline
function mix16(x1: v128, x0: v128): v128 {
  return v128.xor(v128.shuffle<i16>(x1, x1, 1, 0, 3, 2, 5, 4, 7, 6), x0)
}

/** The high word of start + i, plus the key: a low word below the start has carried. */
// @ts-ignore: decorator
@inline
function high(key: v128, count: v128, start: v128): v128 {
  return i32x4.sub(key, i32x4.lt_u(count, start))
}

/** Stores the results of up to four counters: u64 pairs, or u32 first ^ second. */
// @ts-ignore: decorator
@inline
function put<Result>(o: usize, x0: v128, x1: v128, n: i32): void {
  if (sizeof<Result>() == 4) {
    const bits = v128.xor(x0, x1)
    if (n >= 4) v128.store(o, bits)
    else storeTail32(o, bits, n)
  } else {
    const low = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5), high = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7)
    if (n >= 2) v128.store(o, low)
    else v128.store_lane<i64>(o, low, 0)
    if (n >= 4) v128.store(o, high, 16)
    else if (n == 3) v128.store_lane<i64>(o, high, 0, 16)
  }
}

/**
 * n results of one key. One block of four counters waits for its own rounds, so four go side by side; the rounds are a
 * loop because the engine would sort straight-line code back into one block after the other.
 */
function row<Result>(k0: u32, k1: u32, start: u32, o: usize, n: i32): void {
  const key0 = i32x4.splat(k0), key1 = i32x4.splat(k1), key2 = i32x4.splat(k0 ^ k1 ^ PARITY)
  const first = i32x4.splat(start), four = i32x4.splat(4), one = i32x4.splat(1)
  let count = i32x4.add(first, i32x4(0, 1, 2, 3))
  for (; n > 0; n -= 16) {
    let a0 = high(key0, count, first), a1 = i32x4.add(key1, count)
    count = i32x4.add(count, four)
    let b0 = high(key0, count, first), b1 = i32x4.add(key1, count)
    count = i32x4.add(count, four)
    let c0 = high(key0, count, first), c1 = i32x4.add(key1, count)
    count = i32x4.add(count, four)
    let d0 = high(key0, count, first), d1 = i32x4.add(key1, count)
    count = i32x4.add(count, four)
    // a key is injected after every fourth round, with the number of the injection
    let u = key1, v = key2, w = key0, number = one
    for (let eight = 0; eight < 2; eight++) {
      a0 = i32x4.add(a0, a1), b0 = i32x4.add(b0, b1), c0 = i32x4.add(c0, c1), d0 = i32x4.add(d0, d1)
      a1 = mix(a1, a0, 13), b1 = mix(b1, b0, 13), c1 = mix(c1, c0, 13), d1 = mix(d1, d0, 13)
      a0 = i32x4.add(a0, a1), b0 = i32x4.add(b0, b1), c0 = i32x4.add(c0, c1), d0 = i32x4.add(d0, d1)
      a1 = mix(a1, a0, 15), b1 = mix(b1, b0, 15), c1 = mix(c1, c0, 15), d1 = mix(d1, d0, 15)
      a0 = i32x4.add(a0, a1), b0 = i32x4.add(b0, b1), c0 = i32x4.add(c0, c1), d0 = i32x4.add(d0, d1)
      a1 = mix(a1, a0, 26), b1 = mix(b1, b0, 26), c1 = mix(c1, c0, 26), d1 = mix(d1, d0, 26)
      a0 = i32x4.add(a0, a1), b0 = i32x4.add(b0, b1), c0 = i32x4.add(c0, c1), d0 = i32x4.add(d0, d1)
      a1 = mix(a1, a0, 6), b1 = mix(b1, b0, 6), c1 = mix(c1, c0, 6), d1 = mix(d1, d0, 6)
      let second = i32x4.add(v, number)
      a0 = i32x4.add(a0, u), b0 = i32x4.add(b0, u), c0 = i32x4.add(c0, u), d0 = i32x4.add(d0, u)
      a1 = i32x4.add(a1, second), b1 = i32x4.add(b1, second), c1 = i32x4.add(c1, second), d1 = i32x4.add(d1, second)
      number = i32x4.add(number, one)
      a0 = i32x4.add(a0, a1), b0 = i32x4.add(b0, b1), c0 = i32x4.add(c0, c1), d0 = i32x4.add(d0, d1)
      a1 = mix(a1, a0, 17), b1 = mix(b1, b0, 17), c1 = mix(c1, c0, 17), d1 = mix(d1, d0, 17)
      a0 = i32x4.add(a0, a1), b0 = i32x4.add(b0, b1), c0 = i32x4.add(c0, c1), d0 = i32x4.add(d0, d1)
      a1 = mix(a1, a0, 29), b1 = mix(b1, b0, 29), c1 = mix(c1, c0, 29), d1 = mix(d1, d0, 29)
      a0 = i32x4.add(a0, a1), b0 = i32x4.add(b0, b1), c0 = i32x4.add(c0, c1), d0 = i32x4.add(d0, d1)
      a1 = mix16(a1, a0), b1 = mix16(b1, b0), c1 = mix16(c1, c0), d1 = mix16(d1, d0)
      a0 = i32x4.add(a0, a1), b0 = i32x4.add(b0, b1), c0 = i32x4.add(c0, c1), d0 = i32x4.add(d0, d1)
      a1 = mix(a1, a0, 24), b1 = mix(b1, b0, 24), c1 = mix(c1, c0, 24), d1 = mix(d1, d0, 24)
      second = i32x4.add(w, number)
      a0 = i32x4.add(a0, v), b0 = i32x4.add(b0, v), c0 = i32x4.add(c0, v), d0 = i32x4.add(d0, v)
      a1 = i32x4.add(a1, second), b1 = i32x4.add(b1, second), c1 = i32x4.add(c1, second), d1 = i32x4.add(d1, second)
      number = i32x4.add(number, one)
      const last = w
      w = v
      v = u
      u = last
    }
    a0 = i32x4.add(a0, a1), b0 = i32x4.add(b0, b1), c0 = i32x4.add(c0, c1), d0 = i32x4.add(d0, d1)
    a1 = mix(a1, a0, 13), b1 = mix(b1, b0, 13), c1 = mix(c1, c0, 13), d1 = mix(d1, d0, 13)
    a0 = i32x4.add(a0, a1), b0 = i32x4.add(b0, b1), c0 = i32x4.add(c0, c1), d0 = i32x4.add(d0, d1)
    a1 = mix(a1, a0, 15), b1 = mix(b1, b0, 15), c1 = mix(c1, c0, 15), d1 = mix(d1, d0, 15)
    a0 = i32x4.add(a0, a1), b0 = i32x4.add(b0, b1), c0 = i32x4.add(c0, c1), d0 = i32x4.add(d0, d1)
    a1 = mix(a1, a0, 26), b1 = mix(b1, b0, 26), c1 = mix(c1, c0, 26), d1 = mix(d1, d0, 26)
    a0 = i32x4.add(a0, a1), b0 = i32x4.add(b0, b1), c0 = i32x4.add(c0, c1), d0 = i32x4.add(d0, d1)
    a1 = mix(a1, a0, 6), b1 = mix(b1, b0, 6), c1 = mix(c1, c0, 6), d1 = mix(d1, d0, 6)
    const second = i32x4.add(v, number)
    a0 = i32x4.add(a0, u), b0 = i32x4.add(b0, u), c0 = i32x4.add(c0, u), d0 = i32x4.add(d0, u)
    a1 = i32x4.add(a1, second), b1 = i32x4.add(b1, second), c1 = i32x4.add(c1, second), d1 = i32x4.add(d1, second)
    put<Result>(o, a0, a1, n)
    if (n > 4) put<Result>(o + 4 * sizeof<Result>(), b0, b1, n - 4)
    if (n > 8) put<Result>(o + 8 * sizeof<Result>(), c0, c1, n - 8)
    if (n > 12) put<Result>(o + 12 * sizeof<Result>(), d0, d1, n - 12)
    o += 16 * sizeof<Result>()
  }
}

/** kind 0: o is u32 [outer, n, 2], both result words; kind 1: u32 [outer, n], their exclusive or. */
export function threefry(key: usize, start: usize, o: usize, outer: i32, n: i32, kind: i32): void {
  for (let r = 0; r < outer; r++, key += 8, start += 4) {
    if (kind) row<u32>(load<u32>(key), load<u32>(key, 4), load<u32>(start), o, n)
    else row<u64>(load<u32>(key), load<u32>(key, 4), load<u32>(start), o, n)
    o += <usize>n << (kind ? 2 : 3)
  }
}
