import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arena, arrays, as, dtypes, floats, integers, out, type T, variants } from './arena.js'
import { block, columnsOf, exactSum, noise } from './values.js'

interface Block {
  readonly outer: number
  readonly n: number
  readonly inner: number
}

/** Columns back into [outer, n, inner] order. */
const fromColumns = ({ outer, n, inner }: Block, columns: readonly (readonly number[])[]) =>
  Array.from({ length: outer * n * inner }, (_, i) => {
    const c = i % inner,
      k = Math.floor(i / inner) % n,
      r = Math.floor(i / inner / n)
    return columns[r * inner + c]?.[k] as number
  })

function running(column: readonly number[], reverse: number, f: (s: number, x: number) => number): number[] {
  const x = reverse ? column.toReversed() : column
  let s = x[0] as number
  const all = x.map((v, k) => {
    s = k === 0 ? v : f(s, v)
    return s
  })
  return reverse ? all.reverse() : all
}

describe.each(variants)('running reductions, %s', (variant) => {
  const { one } = arena(variant, 1600)
  const check = (name: string, t: T, f: (a: number, b: number) => number) =>
    it(`${name}_${t}, both ways`, () => {
      fc.assert(
        fc.property(block(t), fc.constantFrom(0, 1), (b, reverse) => {
          const got = one(`${name}_${t}`, [b.x, out(t, b.x.length), b.outer, b.n, b.inner, reverse])
          const step = name === 'cumsum' && t === 'f32' ? f : (a: number, v: number) => as(t, f(a, v))
          const want = fromColumns(
            b,
            columnsOf(b).map((c) => running(c, reverse, step)),
          )
          expect(got).toEqual(want.map((v) => as(t, v)))
        }),
        { numRuns: 80 },
      )
    })
  for (const t of dtypes) {
    check('cummax', t, Math.max)
    check('cummin', t, Math.min)
    check('cumsum', t, (a, b) => a + b)
    check('cumprod', t, integers.some((i) => i === t) ? Math.imul : (a, b) => a * b)
  }

  it('cumsum_f32 of 10⁶ times 0.1 is right to an ulp at every place', () => {
    const n = 1e6
    const got = one('cumsum_f32', [new Float32Array(n).fill(0.1), out('f32', n), 1, n, 1, 0])
    const worst = got.reduce((w, v, k) => Math.max(w, Math.abs(v / ((k + 1) * Math.fround(0.1)) - 1)), 0)
    expect(worst).toBeLessThan(2 ** -23)
  })

  for (const t of floats) {
    const tolerance = t === 'f32' ? 3e-7 : 1e-14
    it(`cumlogsumexp_${t}`, () => {
      fc.assert(
        fc.property(
          fc.tuple(
            fc.integer({ min: 1, max: 2 }),
            fc.integer({ min: 1, max: 30 }),
            fc.integer({ min: 1, max: 5 }),
            fc.nat(),
            fc.constantFrom(0, 1),
          ),
          ([outer, n, inner, seed, reverse]) => {
            const b = { outer, n, inner, x: noise(t, outer * n * inner, seed).map((v) => v * 50) }
            const got = one(`cumlogsumexp_${t}`, [b.x, out(t, b.x.length), outer, n, inner, reverse])
            const want = fromColumns(
              b,
              columnsOf(b).map((c) => {
                const x = reverse ? c.toReversed() : c
                const all = x.map((_, k) => logSumExp(x.slice(0, k + 1)))
                return reverse ? all.reverse() : all
              }),
            )
            got.forEach((v, i) => {
              const w = want[i] as number
              expect(Math.abs(v - w)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(w)))
            })
          },
        ),
      )
    })

    it(`cumlogsumexp_${t} at infinities and NaN`, () => {
      const x = new arrays[t]([-Infinity, -Infinity, 2, -Infinity, Infinity, 1, Infinity, NaN, 3])
      expect(one(`cumlogsumexp_${t}`, [x, out(t, 9), 1, 9, 1, 0])).toEqual([
        -Infinity,
        -Infinity,
        2,
        2,
        Infinity,
        Infinity,
        Infinity,
        NaN,
        NaN,
      ])
    })
  }
})

function logSumExp(x: readonly number[]): number {
  const m = Math.max(...x)
  return m + Math.log(exactSum(x.map((v) => Math.exp(v - m))))
}
