import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arena, arrays, as, floats, out, type Typed, variants } from './arena.js'

interface Axis {
  readonly size: number
  readonly outs: number
  readonly window: number
  readonly stride: number
  readonly pad: number
  readonly base: number
  readonly dilation: number
}

const product = (list: readonly number[]) => list.reduce((a, b) => a * b, 1)
const between = (min: number, max: number) => fc.integer({ min, max })
const meta = (axes: readonly Axis[]) => {
  const keys = ['size', 'outs', 'window', 'stride', 'pad', 'base', 'dilation'] as const
  return new Int32Array(keys.flatMap((k) => axes.map((a) => a[k])))
}

const plain = (max: number) =>
  between(0, max).map((n): Axis => ({ size: n, outs: n, window: 1, stride: 1, pad: 0, base: 1, dilation: 1 }))
const windowed = (max: number, baseMax: number): fc.Arbitrary<Axis> =>
  fc
    .tuple(
      between(0, max),
      between(1, 3),
      between(1, 3),
      between(-2, 2),
      between(-2, 2),
      between(1, baseMax),
      between(1, 2),
    )
    .map(([size, window, stride, pad, high, base, dilation]) => {
      const padded = (size === 0 ? 0 : (size - 1) * base + 1) + pad + high
      const outs = Math.max(0, Math.floor((padded - (window - 1) * dilation - 1) / stride) + 1)
      return { size, outs, window, stride, pad, base, dilation }
    })

/** An even axis cut into halves, as 2 × 2 pooling does. */
const halved = between(0, 4).map(
  (outs): Axis => ({ size: 2 * outs, outs, window: 2, stride: 2, pad: 0, base: 1, dilation: 1 }),
)

/** Pooling of [batch, rows, columns, channels], and anything else. */
const shapes = fc.oneof(
  fc.tuple(plain(2), windowed(7, 1), windowed(7, 1), plain(19)),
  fc.tuple(plain(2), halved, halved, plain(19)),
  fc.tuple(windowed(12, 1), plain(11)),
  fc.array(fc.oneof(plain(3), windowed(4, 2)), { minLength: 1, maxLength: 4 }),
)

/** Input positions of each output's window, row-major, padding and holes left out. */
function taps(axes: readonly Axis[]): number[][] {
  const outs = product(axes.map((a) => a.outs)),
    windows = product(axes.map((a) => a.window))
  return Array.from({ length: outs }, (_, p) => {
    const inside: number[] = []
    for (let t = 0; t < windows; t++) {
      let at = 0,
        step = 1,
        restP = p,
        restT = t,
        ok = true
      for (const a of axes.toReversed()) {
        const position = (restP % a.outs) * a.stride - a.pad + (restT % a.window) * a.dilation
        if (position < 0 || position % a.base !== 0 || position / a.base >= a.size) ok = false
        at += (position / a.base) * step
        step *= a.size
        restP = Math.floor(restP / a.outs)
        restT = Math.floor(restT / a.window)
      }
      if (ok) inside.push(at)
    }
    return inside
  })
}

const filled = (length: number, element: fc.Arbitrary<number>) =>
  fc.array(element, { minLength: length, maxLength: length })
const sizeOf = (axes: readonly Axis[]) => product(axes.map((a) => a.size))

/** Few distinct values, so that windows have ties; NaN and infinities now and then. */
const sharp = fc.oneof({ weight: 8, arbitrary: between(-3, 3) }, fc.constantFrom(NaN, Infinity, -Infinity))

describe.each(variants)('windows, %s', (variant) => {
  const { one } = arena(variant)

  const reduction = (
    t: 'f32' | 'f64' | 'i32',
    name: string,
    identity: number,
    f: (a: number, b: number) => number,
    element: fc.Arbitrary<number>,
  ) =>
    it(`reduceWindow${name}_${t}: any rank, stride, dilation and padding`, () => {
      const some = shapes.chain((axes) => filled(sizeOf(axes), element).map((x) => ({ axes, x: new arrays[t](x) })))
      fc.assert(
        fc.property(some, ({ axes, x }) => {
          const windows = taps(axes)
          const got = one(`reduceWindow${name}_${t}`, [x, out(t, windows.length), axes.length, meta(axes)])
          const want = windows.map((w) => w.reduce((s, at) => as(t, f(s, x[at] as number)), identity))
          expect(got).toEqual(want)
        }),
        { numRuns: 150 },
      )
    })
  for (const t of floats) {
    // integers: sums and products are exact in any order of rounding
    reduction(t, 'Sum', 0, (a, b) => a + b + 0, between(-50, 50))
    reduction(t, 'Prod', 1, (a, b) => a * b, between(1, 3))
    reduction(t, 'Max', -Infinity, Math.max, sharp)
    reduction(t, 'Min', Infinity, Math.min, sharp)
  }
  reduction('i32', 'Sum', 0, (a, b) => a + b, between(-(2 ** 31), 2 ** 31 - 1))
  reduction('i32', 'Prod', 1, Math.imul, between(-(2 ** 31), 2 ** 31 - 1))
  reduction('i32', 'Max', -(2 ** 31), Math.max, between(-9, 9))
  reduction('i32', 'Min', 2 ** 31 - 1, Math.min, between(-9, 9))

  /** Position of the first extreme, NaN counting as one; −1 in an empty window. */
  const extreme = (window: readonly number[], x: Typed, isMin: number) =>
    window.reduce((best, at) => {
      if (best < 0) return at
      const a = x[at] as number,
        b = x[best] as number
      return (isMin ? a < b : a > b) || (Number.isNaN(a) && !Number.isNaN(b)) ? at : best
    }, -1)

  for (const t of floats) {
    const some = shapes.chain((axes) =>
      fc.record({
        axes: fc.constant(axes),
        x: filled(sizeOf(axes), sharp).map((x) => new arrays[t](x)),
        isMin: fc.constantFrom(0, 1),
      }),
    )
    it(`windowGather_${t} reads at the first extreme of each window`, () => {
      fc.assert(
        fc.property(some, ({ axes, x, isMin }) => {
          const windows = taps(axes)
          const tangent = x.map((_, i) => i + 1)
          const got = one(`windowGather_${t}`, [x, tangent, out(t, windows.length), axes.length, meta(axes), isMin])
          expect(got).toEqual(windows.map((w) => extreme(w, x, isMin) + 1))
        }),
        { numRuns: 150 },
      )
    })
    it(`windowScatter_${t} adds at the first extreme of each window`, () => {
      fc.assert(
        fc.property(some, ({ axes, x, isMin }) => {
          const windows = taps(axes)
          const cotangent = new arrays[t](windows.length).map((_, i) => i + 1)
          const got = one(`windowScatter_${t}`, [x, cotangent, out(t, x.length), axes.length, meta(axes), isMin])
          const want = new Array<number>(x.length).fill(0)
          windows.forEach((w, i) => {
            const at = extreme(w, x, isMin)
            if (at >= 0) want[at] = (want[at] as number) + i + 1
          })
          expect(got).toEqual(want)
        }),
        { numRuns: 150 },
      )
    })
  }
})
