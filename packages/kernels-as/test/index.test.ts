import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arena, arrays, as, dtypes, out, type T, update, variants } from './arena.js'
import { values } from './values.js'

/** A gather or scatter over a dense operand: which axes are indexed, and how large a slice is on each axis. */
const indexing = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 })
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      axes: fc.subarray(
        shape.map((_, d) => d),
        { minLength: 1 },
      ),
      sizes: fc.tuple(...shape.map((n) => fc.oneof(fc.constant(n), fc.integer({ min: 0, max: n }), fc.constant(1)))),
      nIdx: fc.integer({ min: 0, max: 5 }),
      seeds: fc.array(fc.integer({ min: -3, max: 7 }), { minLength: 20, maxLength: 20 }),
      mode: fc.constantFrom(0, 1),
    }),
  )
  .map(({ shape, axes, sizes, nIdx, seeds, mode }) => {
    const strides = shape.map((_, d) => shape.slice(d + 1).reduce((a, b) => a * b, 1))
    const limits = axes.map((d) => (shape[d] as number) - (sizes[d] as number))
    const idx = Int32Array.from({ length: nIdx * axes.length }, (_, i) => seeds[i % seeds.length] as number)
    const meta = new Int32Array([...axes.map((d) => strides[d] as number), ...limits, ...sizes, ...strides])
    const count = sizes.reduce((a, b) => a * b, 1)
    const inside = sizes.reduce<number[]>(
      (all, n, d) => all.flatMap((o) => Array.from({ length: n }, (_, i) => o + i * (strides[d] as number))),
      [0],
    )
    /** Element offsets of each slice, or null where it is out of range in mode 1. */
    const slices = Array.from({ length: nIdx }, (_, i) => {
      let offset = 0
      for (const [j, axis] of axes.entries()) {
        const start = idx[i * axes.length + j] as number,
          limit = limits[j] as number
        if (mode === 1 && (start < 0 || start > limit)) return null
        offset += Math.min(Math.max(start, 0), limit) * (strides[axis] as number)
      }
      return inside.map((o) => o + offset)
    })
    const total = shape.reduce((a, b) => a * b, 1)
    return { k: axes.length, rank: shape.length, idx, meta, nIdx, count, slices, total, mode }
  })

describe.each(variants)('gather, %s', (variant) => {
  const { one } = arena(variant)
  for (const [w, t] of [
    [8, 'u8'],
    [32, 'f32'],
    [64, 'f64'],
  ] as const)
    it(`gather_${w} reads the slices its indices point to`, () => {
      fc.assert(
        fc.property(
          indexing.chain((g) => fc.tuple(fc.constant(g), values(t, g.total))),
          ([g, x]) => {
            const got = one(`gather_${w}`, [
              x,
              g.idx,
              out(t, g.nIdx * g.count),
              g.nIdx,
              g.k,
              g.rank,
              g.meta,
              g.mode,
              new arrays[t]([42]),
            ])
            const want = g.slices.flatMap((s) => (s ? s.map((o) => x[o]) : new Array(g.count).fill(42)))
            expect(got).toEqual(want)
          },
        ),
        { numRuns: 300 },
      )
    })

  it('gather_32 looks up rows', () => {
    const table = Float32Array.from({ length: 12 }, (_, i) => i)
    const args = [table, new Int32Array([2, 0, 9]), out('f32', 12), 3, 1, 2, new Int32Array([4, 2, 1, 4, 4, 1])]
    expect(one('gather_32', [...args, 0, new Float32Array([NaN])])).toEqual([8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11])
    expect(one('gather_32', [...args, 1, new Float32Array([NaN])])).toEqual([
      8,
      9,
      10,
      11,
      0,
      1,
      2,
      3,
      NaN,
      NaN,
      NaN,
      NaN,
    ])
  })
})

describe.each(variants)('scatter, %s', (variant) => {
  const { one } = arena(variant)
  const check = (name: string, t: T, f: (a: number, b: number) => number) =>
    it(`${name} applies its updates in order`, () => {
      fc.assert(
        fc.property(
          indexing.chain((g) => fc.tuple(fc.constant(g), values(t, g.total), values(t, g.nIdx * g.count))),
          ([g, x, u]) => {
            const want = Array.from(x)
            g.slices.forEach((s, i) => {
              s?.forEach((o, e) => {
                want[o] = as(t, f(want[o] as number, u[i * g.count + e] as number))
              })
            })
            expect(one(name, [update(t, x), g.idx, u, g.nIdx, g.k, g.rank, g.meta, g.mode])).toEqual(want)
          },
        ),
        { numRuns: 150 },
      )
    })
  for (const t of dtypes) {
    const float = t === 'f32' || t === 'f64'
    check(`scatterAdd_${t}`, t, (a, b) => a + b)
    check(`scatterMul_${t}`, t, float ? (a, b) => a * b : Math.imul)
    check(`scatterMin_${t}`, t, Math.min)
    check(`scatterMax_${t}`, t, Math.max)
  }
  for (const [w, t] of [
    [8, 'u8'],
    [32, 'f32'],
    [64, 'f64'],
  ] as const)
    check(`scatterSet_${w}`, t, (_, b) => b)
})
