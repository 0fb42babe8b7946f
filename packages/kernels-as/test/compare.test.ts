import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arena, dtypes, out, variants } from './arena.js'
import { values } from './values.js'

const reference: Record<string, (a: number, b: number) => boolean> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
}

describe.each(variants)('comparisons, %s', (variant) => {
  const { one } = arena(variant)
  for (const t of dtypes)
    for (const [name, f] of Object.entries(reference))
      it(`${name}_${t} at any shape and stride`, () => {
        fc.assert(
          fc.property(
            fc
              .tuple(
                fc.integer({ min: 0, max: 3 }),
                fc.integer({ min: 0, max: 40 }),
                fc.constantFrom(0, 1),
                fc.constantFrom(0, 1),
                fc.integer({ min: 0, max: 2 }),
                fc.boolean(),
              )
              .chain(([outer, inner, ai, bi, gap, bRows]) => {
                const ao = inner * ai + gap,
                  bo = bRows ? inner * bi : 0
                return fc.tuple(
                  fc.constant({ outer, inner, ai, bi, ao, bo }),
                  values(t, outer * ao + inner * ai + 1),
                  values(t, outer * bo + inner * bi + 1),
                )
              }),
            ([{ outer, inner, ai, bi, ao, bo }, a, b]) => {
              const got = one(`${name}_${t}`, [a, b, out('u8', outer * inner), outer, inner, ao, bo, ai, bi])
              const want: number[] = []
              for (let r = 0; r < outer; r++)
                for (let c = 0; c < inner; c++)
                  want.push(f(a[r * ao + c * ai] as number, b[r * bo + c * bi] as number) ? 1 : 0)
              expect(got).toEqual(want)
            },
          ),
          { numRuns: 60 },
        )
      })
})
