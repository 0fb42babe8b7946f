import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arena, arrays, as, dtypes, out, type Typed, update, variants } from './arena.js'
import { noise, values } from './values.js'

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

/** Row-major strides. */
function dense(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1)
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = (strides[i + 1] as number) * (shape[i + 1] as number)
  return strides
}

/** Every index of a shape as its offset under some strides, in row-major order. */
const offsets = (shape: readonly number[], strides: readonly number[]): number[] =>
  shape.reduce<number[]>(
    (all, n, d) => all.flatMap((o) => Array.from({ length: n }, (_, i) => o + i * (strides[d] as number))),
    [0],
  )

/** A view of a buffer for copyNd: axes permuted, stepped over, reversed or repeated. */
const view = (shape: readonly number[], repeats: boolean) =>
  fc
    .record({
      order: fc.shuffledSubarray(
        shape.map((_, i) => i),
        { minLength: shape.length, maxLength: shape.length },
      ),
      step: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: shape.length, maxLength: shape.length }),
      kind: fc.array(fc.constantFrom('forward', 'forward', 'forward', 'reverse', repeats ? 'repeat' : 'forward'), {
        minLength: shape.length,
        maxLength: shape.length,
      }),
      plain: fc.boolean(),
    })
    .map(({ order, step, kind, plain }) => {
      const strides = shape.map(() => 0)
      let length = 1,
        first = 0
      for (const d of order.toReversed()) {
        const n = shape[d] as number
        if (kind[d] === 'repeat') continue
        const s = length * (plain ? 1 : (step[d] as number))
        strides[d] = s
        if (kind[d] === 'reverse') {
          strides[d] = -s
          first += s * Math.max(0, n - 1)
        }
        length = s * Math.max(1, n)
      }
      return { strides, first, length }
    })

describe.each(variants)('copyNd, %s', (variant) => {
  const { one, kernels } = arena(variant)

  /** Runs copyNd with element offsets added to the pointers. */
  function copyNd(
    w: 8 | 32 | 64,
    x: Typed,
    o: Typed,
    shape: readonly number[],
    xs: readonly number[],
    os: readonly number[],
    xFirst = 0,
    oFirst = 0,
  ) {
    const bytes = w / 8
    const at = (kernels.heapBase + 15) & ~15
    const meta = at + x.byteLength + o.byteLength + 64,
      to = at + ((x.byteLength + 15) & ~15)
    const memory = new Uint8Array(kernels.memory.buffer)
    memory.set(new Uint8Array(x.buffer), at)
    memory.set(new Uint8Array(o.buffer), to)
    const aligned = (meta + 15) & ~15
    new Int32Array(kernels.memory.buffer, aligned, shape.length * 3).set([...shape, ...xs, ...os])
    kernels.call[`copyNd_${w}`](at + xFirst * bytes, to + oFirst * bytes, shape.length, aligned)
    new Uint8Array(o.buffer).set(memory.subarray(to, to + o.byteLength))
    return o
  }

  for (const [w, t] of [
    [8, 'u8'],
    [32, 'u32'],
    [64, 'f64'],
  ] as const) {
    it(`copyNd_${w} copies between any two strided views`, () => {
      const shapes = fc
        .array(fc.constantFrom(0, 1, 1, 2, 3, 4, 5, 8, 9), { minLength: 0, maxLength: 5 })
        .filter((s) => size(s) <= 2000)
      fc.assert(
        fc.property(
          shapes.chain((shape) => fc.tuple(fc.constant(shape), view(shape, true), view(shape, false))),
          ([shape, x, o]) => {
            const from = noise(t, x.length),
              to = noise(t, o.length, 7),
              want = noise(t, o.length, 7)
            const source = offsets(shape, x.strides),
              target = offsets(shape, o.strides)
            target.forEach((at, i) => {
              want[o.first + at] = from[x.first + (source[i] as number)] as number
            })
            copyNd(w, from, to, shape, x.strides, o.strides, x.first, o.first)
            expect(Array.from(to)).toEqual(Array.from(want))
          },
        ),
        { numRuns: 400 },
      )
    })

    it.each([
      [1, 1],
      [3, 5],
      [16, 16],
      [17, 33],
      [64, 50],
      [100, 7],
      [4, 131],
    ])(`copyNd_${w} transposes [%i, %i]`, (m, n) => {
      const x = noise(t, m * n)
      const got = copyNd(w, x, new arrays[t](m * n), [n, m], [1, n], [m, 1])
      const want: number[] = []
      for (let j = 0; j < n; j++) for (let i = 0; i < m; i++) want.push(x[i * n + j] as number)
      expect(Array.from(got)).toEqual(want)
    })
  }

  it('copyNd_32 permutes four axes', () => {
    const shape = [2, 5, 7, 3],
      order = [0, 3, 1, 2]
    const x = noise('f32', size(shape))
    const permuted = order.map((d) => shape[d] as number),
      strides = order.map((d) => dense(shape)[d] as number)
    const got = copyNd(32, x, new Float32Array(x.length), permuted, strides, dense(permuted))
    expect(Array.from(got)).toEqual(offsets(permuted, strides).map((i) => x[i]))
  })

  it('copyNd_32 with an axis of length 0 writes nothing', () => {
    expect(
      Array.from(copyNd(32, new Float32Array(4), new Float32Array(4).fill(5), [2, 0, 2], [1, 1, 1], [2, 2, 1])),
    ).toEqual([5, 5, 5, 5])
  })

  for (const t of dtypes)
    it(`iota_${t} counts along the middle axis, from 0 or from a start`, () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 0, max: 3 }),
          fc.integer({ min: 0, max: 30 }),
          fc.integer({ min: 0, max: 6 }),
          (outer, n, inner) => {
            const count = outer * n * inner
            const want = (start: number) =>
              Array.from({ length: count }, (_, i) => as(t, start + (Math.floor(i / inner) % n)))
            expect(one(`iota_${t}`, [out(t, count), outer, n, inner, 0])).toEqual(want(0))
            expect(one(`iota_${t}`, [out(t, count), outer, n, inner, new arrays[t]([3])])).toEqual(want(3))
          },
        ),
      )
    })

  for (const [w, t] of [
    [8, 'u8'],
    [32, 'f32'],
    [64, 'f64'],
  ] as const)
    it(`fill_${w} repeats one element`, () => {
      fc.assert(
        fc.property(values(t, 1), fc.integer({ min: 0, max: 50 }), (x, n) => {
          expect(one(`fill_${w}`, [x, out(t, n), n])).toEqual(Array.from({ length: n }, () => x[0]))
        }),
      )
    })

  it('zero and copy work on bytes', () => {
    const x = noise('u8', 37)
    expect(one('copy', [x, out('u8', 37), 37])).toEqual(Array.from(x))
    expect(one('zero', [update('u8', x), 30])).toEqual([...new Array(30).fill(0), ...x.slice(30)])
  })
})
