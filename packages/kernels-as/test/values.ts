/** fast-check arbitraries for kernel tests: elements of a dtype rich in edge cases, and arrays of them. */
import fc from 'fast-check'
import { arrays, as, type T, type Typed } from './arena.js'

const special: Record<T, readonly number[]> = {
  f32: [
    0,
    -0,
    NaN,
    Infinity,
    -Infinity,
    1,
    -1,
    1e-45,
    -1e-45,
    3.4028234663852886e38,
    1.5,
    -2.5,
    255.5,
    4294967295,
    -3e9,
  ],
  f64: [0, -0, NaN, Infinity, -Infinity, 1, -1, 5e-324, -5e-324, Number.MAX_VALUE, 1.5, -2.5, 255.5, 4294967295, -3e9],
  i32: [0, 1, -1, 2147483647, -2147483648, 31, 32, 255, 256, -2],
  u32: [0, 1, 4294967295, 2147483648, 31, 32, 255, 256],
  u8: [0, 1, 255, 128, 7, 8, 127],
}

export const value = (t: T): fc.Arbitrary<number> =>
  fc.oneof(
    fc.constantFrom(...special[t]).map((x) => as(t, x)),
    t === 'f32' || t === 'f64'
      ? fc.double({ min: -100, max: 100, noNaN: true }).map((x) => as(t, x))
      : fc.integer({
          min: t === 'i32' ? -(2 ** 31) : 0,
          max: t === 'u8' ? 255 : t === 'u32' ? 2 ** 32 - 1 : 2 ** 31 - 1,
        }),
    fc.integer({ min: t === 'u8' || t === 'u32' ? 0 : -9, max: 9 }),
  )

/** Exactly `length` elements of a dtype. */
export const values = (t: T, length: number): fc.Arbitrary<Typed> =>
  fc.array(value(t), { minLength: length, maxLength: length }).map((list) => new arrays[t](list))

/** Finite values of moderate size, seeded, for big arrays where fast-check would be slow. */
export function noise(t: T, length: number, seed = 1): Typed {
  let s = seed >>> 0
  return new arrays[t](length).map(() => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0
    return t === 'f32' || t === 'f64' ? s / 2 ** 31 - 1 : s >>> 3
  }) as Typed
}

/** [outer, n, inner] with its elements. */
export const block = (t: T, least = 0) =>
  fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: least, max: 40 }), fc.integer({ min: 0, max: 40 }))
    .chain(([outer, n, inner]) => values(t, outer * n * inner).map((x) => ({ outer, n, inner, x })))

/** The elements of each reduced column, in output order. */
export function columnsOf({
  outer,
  n,
  inner,
  x,
}: {
  outer: number
  n: number
  inner: number
  x: ArrayLike<number>
}): number[][] {
  const all: number[][] = []
  for (let r = 0; r < outer; r++)
    for (let c = 0; c < inner; c++) all.push(Array.from({ length: n }, (_, k) => x[(r * n + k) * inner + c] as number))
  return all
}

/** Neumaier's compensated sum: exact enough to judge float64 sums. */
export function exactSum(x: readonly number[]): number {
  let sum = 0,
    lost = 0
  for (const v of x) {
    const t = sum + v
    lost += Math.abs(sum) >= Math.abs(v) ? sum - t + v : v - t + sum
    sum = t
  }
  return sum + lost
}
