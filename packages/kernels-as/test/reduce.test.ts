import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arena, arrays, as, dtypes, floats, integers, out, type T, variants } from './arena.js'
import { block, columnsOf, exactSum, noise } from './values.js'

type Binary = (a: number, b: number) => number

const identities: Record<'reduceMax' | 'reduceMin', Record<T, number>> = {
  reduceMax: { f32: -Infinity, f64: -Infinity, i32: -(2 ** 31), u32: 0, u8: 0 },
  reduceMin: { f32: Infinity, f64: Infinity, i32: 2 ** 31 - 1, u32: 2 ** 32 - 1, u8: 255 },
}

describe.each(variants)('reductions, %s', (variant) => {
  const { one } = arena(variant, 1600)

  const exactly = (name: string, t: T, f: Binary, identity: number) =>
    it(`${name}_${t}, exactly`, () => {
      fc.assert(
        fc.property(block(t), (b) => {
          const got = one(`${name}_${t}`, [b.x, out(t, b.outer * b.inner), b.outer, b.n, b.inner])
          expect(got).toEqual(
            columnsOf(b).map((column) =>
              as(
                t,
                column.reduce((s, v) => as(t, f(s, v)), identity),
              ),
            ),
          )
        }),
        { numRuns: 80 },
      )
    })
  for (const t of dtypes) {
    exactly('reduceMax', t, Math.max, identities.reduceMax[t])
    exactly('reduceMin', t, Math.min, identities.reduceMin[t])
  }
  for (const t of integers) {
    exactly('reduceSum', t, (a, b) => a + b, 0)
    exactly('reduceProd', t, Math.imul, 1)
  }
  exactly('reduceXor', 'i32', (a, b) => a ^ b, 0)

  it('reduceAnd_u8 and reduceOr_u8 on booleans', () => {
    const shape = fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 70 }),
      fc.integer({ min: 1, max: 20 }),
    )
    fc.assert(
      fc.property(
        shape.chain(([outer, n, inner]) =>
          fc
            .array(fc.constantFrom(0, 1), { minLength: outer * n * inner, maxLength: outer * n * inner })
            .map((x) => ({ outer, n, inner, x: new Uint8Array(x) })),
        ),
        (b) => {
          const args = [b.x, out('u8', b.outer * b.inner), b.outer, b.n, b.inner]
          expect(one('reduceAnd_u8', args)).toEqual(columnsOf(b).map((c) => (c.every((v) => v === 1) ? 1 : 0)))
          expect(one('reduceOr_u8', args)).toEqual(columnsOf(b).map((c) => (c.some((v) => v === 1) ? 1 : 0)))
        },
      ),
    )
  })

  for (const t of floats) {
    const epsilon = t === 'f32' ? 2 ** -24 : 2 ** -53
    it(`reduceSum_${t} stays within the pairwise error bound`, () => {
      fc.assert(
        fc.property(
          fc.tuple(
            fc.integer({ min: 1, max: 2 }),
            fc.integer({ min: 1, max: 600 }),
            fc.integer({ min: 1, max: 21 }),
            fc.nat(),
          ),
          ([outer, n, inner, seed]) => {
            const b = { outer, n, inner, x: noise(t, outer * n * inner, seed) }
            const got = one(`reduceSum_${t}`, [b.x, out(t, outer * inner), outer, n, inner])
            columnsOf(b).forEach((column, i) => {
              // four more additions join lanes, lines and tail
              const depth = Math.ceil(Math.log2(n)) + 8
              const bound = depth * epsilon * column.reduce((s, v) => s + Math.abs(v), 0)
              expect(Math.abs((got[i] as number) - exactSum(column))).toBeLessThanOrEqual(bound)
            })
          },
        ),
      )
    })

    it(`reduceProd_${t} of values near 1`, () => {
      const n = 300
      const x = new arrays[t](n).map((_, i) => 1 + ((i * 7919) % 13) / 100 - 0.06)
      const want = Array.from(x).reduce((s, v) => s * v, 1)
      const got = one(`reduceProd_${t}`, [x, out(t, 1), 1, n, 1])[0] as number
      expect(Math.abs(got / want - 1)).toBeLessThan(n * 2 * epsilon)
    })

    it(`reduceSum_${t} follows IEEE: NaN and opposite infinities give NaN, an empty axis 0`, () => {
      for (const n of [1, 5, 16, 33, 200])
        for (const at of [0, n - 1]) {
          const x = new arrays[t](n).fill(1)
          x[at] = NaN
          expect(one(`reduceSum_${t}`, [x, out(t, 1), 1, n, 1])).toEqual([NaN])
          x[at] = -Infinity
          expect(one(`reduceSum_${t}`, [x, out(t, 1), 1, n, 1])).toEqual([-Infinity])
        }
      const opposite = new arrays[t](40).fill(2)
      opposite.set([Infinity, 1, -Infinity], 20)
      expect(one(`reduceSum_${t}`, [opposite, out(t, 1), 1, 40, 1])).toEqual([NaN])
      expect(one(`reduceSum_${t}`, [new arrays[t](0), out(t, 3), 1, 0, 3])).toEqual([0, 0, 0])
      expect(one(`reduceProd_${t}`, [new arrays[t](0), out(t, 3), 3, 0, 1])).toEqual([1, 1, 1])
    })

    it(`reduceSum_${t}: a column's bits do not depend on its place`, () => {
      const n = 77,
        inner = 23
      const column = noise(t, n, 5)
      const x = new arrays[t](n * inner).map((_, i) => column[Math.floor(i / inner)] as number)
      const got = one(`reduceSum_${t}`, [x, out(t, inner), 1, n, inner])
      expect(new Set(got).size).toBe(1)
    })
  }

  it('reduceSum_f32 of 10⁷ times 0.1 is within 2 ulp', () => {
    const n = 1e7
    const want = n * Math.fround(0.1)
    const got = one('reduceSum_f32', [new Float32Array(n).fill(0.1), out('f32', 1), 1, n, 1])[0] as number
    const ulp = 2 ** (Math.floor(Math.log2(want)) - 23)
    expect(Math.abs(got - want)).toBeLessThanOrEqual(2 * ulp)
    const columns = one('reduceSum_f32', [new Float32Array(n).fill(0.1), out('f32', 5), 1, n / 5, 5])
    for (const s of columns) expect(Math.abs(s - want / 5)).toBeLessThanOrEqual(2 * ulp)
  })
})

describe.each(variants)('argmax and argmin, %s', (variant) => {
  const { one } = arena(variant)
  const first = (column: readonly number[], better: (a: number, b: number) => boolean) =>
    column.reduce((best, v, k) => {
      const m = column[best] as number
      return Number.isNaN(m) ? best : Number.isNaN(v) || better(v, m) ? k : best
    }, 0)
  for (const t of dtypes)
    it(`argmax_${t} and argmin_${t} give the first extreme, NaN first of all`, () => {
      fc.assert(
        fc.property(block(t, 1), (b) => {
          const args = [b.x, out('i32', b.outer * b.inner), b.outer, b.n, b.inner]
          expect(one(`argmax_${t}`, args)).toEqual(columnsOf(b).map((c) => first(c, (x, y) => x > y)))
          expect(one(`argmin_${t}`, args)).toEqual(columnsOf(b).map((c) => first(c, (x, y) => x < y)))
        }),
      )
    })
})
