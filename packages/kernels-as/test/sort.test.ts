import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arena, arrays, dtypes, out, type T, update, variants } from './arena.js'
import { noise, values } from './values.js'

/** Ascending, NaN last and equal to NaN, −0 equal to +0. */
const ascending = (a: number, b: number) =>
  Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a < b ? -1 : a > b ? 1 : 0

const rows = (t: T) =>
  fc
    .tuple(fc.integer({ min: 0, max: 3 }), fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 20, max: 90 })))
    .chain(([outer, n]) =>
      fc.record({ outer: fc.constant(outer), n: fc.constant(n), x: values(t, outer * n), seed: fc.nat() }),
    )

const rowOf = (x: ArrayLike<number>, r: number, n: number) =>
  Array.from({ length: n }, (_, i) => x[r * n + i] as number)
const range = (n: number) => Array.from({ length: n }, (_, i) => i)

describe.each(variants)('sorting, %s', (variant) => {
  const { one, run, kernels } = arena(variant, 256)
  const scratch = (n: number) => ({ scratch: kernels.call.sortScratch(n) ?? 0 })

  for (const t of dtypes) {
    it(`sortPerm_${t} refines a permutation stably`, () => {
      fc.assert(
        fc.property(rows(t), ({ outer, n, x, seed }) => {
          const start = Int32Array.from({ length: outer * n }, (_, i) => i % Math.max(n, 1))
          for (let r = 0; r < outer; r++) {
            const order = noise('u32', n, seed + r)
            start.set(
              range(n).sort((a, b) => (order[a] as number) - (order[b] as number)),
              r * n,
            )
          }
          const want = range(outer).flatMap((r) =>
            rowOf(start, r, n).sort((a, b) => ascending(x[r * n + a] as number, x[r * n + b] as number)),
          )
          expect(one(`sortPerm_${t}`, [x, update('i32', start), outer, n, scratch(n)])).toEqual(want)
        }),
      )
    })

    it(`sort_${t} sorts each row`, () => {
      fc.assert(
        fc.property(rows(t), ({ outer, n, x }) => {
          const want = range(outer).flatMap((r) => rowOf(x, r, n).sort(ascending))
          expect(one(`sort_${t}`, [x, out(t, outer * n), outer, n, scratch(n)])).toEqual(want)
        }),
      )
    })

    it(`topK_${t} gives the largest first, ties by position, NaN largest`, () => {
      fc.assert(
        fc.property(
          rows(t).chain((s) => fc.tuple(fc.constant(s), fc.integer({ min: 0, max: s.n }))),
          ([{ outer, n, x }, k]) => {
            const index = range(outer).map((r) =>
              range(n)
                .sort((a, b) => ascending(x[r * n + b] as number, x[r * n + a] as number))
                .slice(0, k),
            )
            const want = index.map((row, r) => row.map((i) => x[r * n + i] as number))
            const got = run(`topK_${t}`, [x, out(t, outer * k), out('i32', outer * k), outer, n, k, scratch(n)])
            expect(got).toEqual([want.flat(), index.flat()])
          },
        ),
      )
    })
  }

  for (const [w, t] of [
    [8, 'u8'],
    [32, 'f32'],
    [64, 'f64'],
  ] as const)
    it(`takeRows_${w} picks the first m of each permutation`, () => {
      const perm = new Int32Array([2, 0, 1, 1, 2, 0])
      const x = new arrays[t]([10, 11, 12, 20, 21, 22])
      expect(one(`takeRows_${w}`, [x, perm, out(t, 4), 2, 3, 2])).toEqual([12, 10, 21, 22])
    })

  it('sorts a long row', () => {
    const n = 100_000
    for (const t of dtypes) {
      const x = noise(t, n, 11)
      expect(one(`sort_${t}`, [x, out(t, n), 1, n, scratch(n)])).toEqual(Array.from(x).sort((a, b) => a - b))
    }
  })
})
