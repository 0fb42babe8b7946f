import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arena, arrays, floats, out, variants } from './arena.js'
import { columnsOf, exactSum, noise } from './values.js'

const shape = fc.record({
  outer: fc.integer({ min: 0, max: 3 }),
  n: fc.integer({ min: 1, max: 70 }),
  inner: fc.oneof(fc.constant(1), fc.integer({ min: 0, max: 11 })),
  seed: fc.nat(),
  scale: fc.constantFrom(1, 20, 300),
})

/** Spread values, many far below the maximum, so that tiny exponentials occur. */
const spread = (t: 'f32' | 'f64', length: number, seed: number, scale: number) =>
  noise(t, length, seed).map((v) => v * scale)

describe.each(variants)('softmax and logsumexp, %s', (variant) => {
  const { one } = arena(variant)
  for (const t of floats) {
    const epsilon = t === 'f32' ? 2 ** -23 : 2 ** -52
    const tiny = t === 'f32' ? 2 ** -149 : 2 ** -1074

    it(`softmax_${t} is exp(x − max) over its sum, to a few ulp`, () => {
      fc.assert(
        fc.property(shape, ({ outer, n, inner, seed, scale }) => {
          const b = { outer, n, inner, x: spread(t, outer * n * inner, seed, scale) }
          const got = { outer, n, inner, x: one(`softmax_${t}`, [b.x, out(t, b.x.length), outer, n, inner]) }
          const columns = columnsOf(b)
          columnsOf(got).forEach((column, i) => {
            const x = columns[i] as number[]
            const m = Math.max(...x),
              e = x.map((v) => Math.exp(t === 'f32' ? Math.fround(v - m) : v - m)),
              s = exactSum(e)
            column.forEach((v, k) => {
              const w = (e[k] as number) / s
              expect(Math.abs(v - w)).toBeLessThanOrEqual(5 * epsilon * w + 2 * tiny)
            })
          })
        }),
      )
    })

    it(`logsumexp_${t}`, () => {
      fc.assert(
        fc.property(shape, ({ outer, n, inner, seed, scale }) => {
          const b = { outer, n, inner, x: spread(t, outer * n * inner, seed, scale) }
          const got = one(`logsumexp_${t}`, [b.x, out(t, outer * inner), outer, n, inner])
          columnsOf(b).forEach((x, i) => {
            const m = Math.max(...x),
              w = m + Math.log(exactSum(x.map((v) => Math.exp(v - m))))
            expect(Math.abs((got[i] as number) - w)).toBeLessThanOrEqual(3 * epsilon * Math.max(1, Math.abs(w)))
          })
        }),
      )
    })

    it(`softmax_${t} and logsumexp_${t} do not depend on where a column lies`, () => {
      const n = 37,
        inner = 7
      const column = spread(t, n, 3, 20)
      const x = new arrays[t](n * inner).map((_, i) => column[Math.floor(i / inner)] as number)
      expect(new Set(one(`logsumexp_${t}`, [x, out(t, inner), 1, n, inner])).size).toBe(1)
      const rows = one(`softmax_${t}`, [x, out(t, n * inner), 1, n, inner])
      for (let k = 0; k < n; k++) expect(new Set(rows.slice(k * inner, (k + 1) * inner)).size).toBe(1)
    })

    it(`special values, ${t}`, () => {
      const cases: [number[], number, number[]][] = [
        [[-Infinity, -Infinity, -Infinity], -Infinity, [NaN, NaN, NaN]],
        [[1, Infinity, 2], Infinity, [NaN, NaN, NaN]],
        [[1, NaN, Infinity], NaN, [NaN, NaN, NaN]],
        [[NaN, 1, 1], NaN, [NaN, NaN, NaN]],
        [[-Infinity, NaN, -Infinity], NaN, [NaN, NaN, NaN]],
        [[-Infinity, Infinity, 0], Infinity, [NaN, NaN, NaN]],
        [[-Infinity, 0, -Infinity], 0, [0, 1, 0]],
        [[1000, -1000, -1000], 1000, [1, 0, 0]],
        [
          [-3e38, -3e38, -3e38].map((v) => Math.fround(v)),
          Math.fround(-3e38),
          [1, 1, 1].map((v) => new arrays[t]([v / 3])[0] as number),
        ],
      ]
      for (const [x, sum, probabilities] of cases)
        for (const repeat of [1, 5]) {
          const row = new arrays[t](x)
          expect(one(`logsumexp_${t}`, [row, out(t, 1), 1, 3, 1])).toEqual([sum])
          expect(one(`softmax_${t}`, [row, out(t, 3), 1, 3, 1])).toEqual(probabilities)
          const orZero = probabilities.map((p, i) => (x[i] === -Infinity ? 0 : p))
          expect(one(`softmaxOrZero_${t}`, [row, out(t, 3), 1, 3, 1])).toEqual(orZero)
          // the same column, `repeat` times side by side
          const wide = new arrays[t](x.flatMap((v) => new Array<number>(repeat).fill(v)))
          expect(one(`logsumexp_${t}`, [wide, out(t, repeat), 1, 3, repeat])).toEqual(new Array(repeat).fill(sum))
          const across = (column: readonly number[]): readonly number[] =>
            column.flatMap((p) => new Array<number>(repeat).fill(p))
          expect(one(`softmax_${t}`, [wide, out(t, 3 * repeat), 1, 3, repeat])).toEqual(across(probabilities))
          expect(one(`softmaxOrZero_${t}`, [wide, out(t, 3 * repeat), 1, 3, repeat])).toEqual(across(orZero))
        }
      expect(one(`logsumexp_${t}`, [new arrays[t](0), out(t, 2), 1, 0, 2])).toEqual([-Infinity, -Infinity])
    })
  }
})
