/** Metrics of masks against pixels counted one by one. */
import { jit, np, random, type Tensor } from '@puregrad/core'
import { metrics } from '@puregrad/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundaries } from './boundaries.js'
import { boundaryF1, dice, pixelIou } from './metrics.js'
import * as streaming from './streaming.js'

type Mask = readonly (readonly boolean[])[]

const masksOf = (seed: number, [n, h, w]: readonly [number, number, number], p = 0.5): Tensor =>
  random.bernoulli(random.key(seed), p, [n, h, w])
const listsOf = (x: Tensor): readonly Mask[] => x.toArray() as unknown as readonly Mask[]

/** Rows and columns of a mask that are on its contour, one by one. */
const contour = (mask: Mask): readonly (readonly [number, number])[] =>
  mask.flatMap((row, y) =>
    row.flatMap((set, x) => {
      const around = [mask[y - 1]?.[x], mask[y + 1]?.[x], row[x - 1], row[x + 1]]
      return set && around.some((other) => other !== true) ? [[y, x] as const] : []
    }),
  )

const counted = {
  pixelIou: (a: readonly Mask[], b: readonly Mask[]): number => {
    const pairs = a.flatMap((mask, i) => mask.flatMap((row, y) => row.map((set, x) => [set, b[i]?.[y]?.[x]] as const)))
    const union = pairs.filter(([p, t]) => p || t).length
    return union === 0 ? 1 : pairs.filter(([p, t]) => p && t).length / union
  },
  dice: (a: readonly Mask[], b: readonly Mask[]): number => {
    const size = (masks: readonly Mask[]): number => masks.flat(2).filter(Boolean).length
    const common = a.flatMap((mask, i) =>
      mask.flatMap((row, y) => row.filter((set, x) => set && b[i]?.[y]?.[x])),
    ).length
    return size(a) + size(b) === 0 ? 1 : (2 * common) / (size(a) + size(b))
  },
  boundaryF1: (a: readonly Mask[], b: readonly Mask[]): number => {
    const hits = (from: readonly Mask[], to: readonly Mask[]): number =>
      from.flatMap((mask, i) => {
        const others = contour(to[i] as Mask)
        return contour(mask).filter(([y, x]) => others.some(([v, u]) => Math.hypot(y - v, x - u) <= 1.5))
      }).length
    const size = (masks: readonly Mask[]): number => masks.flatMap(contour).length
    if (size(a) + size(b) === 0) return 1
    const [precision, recall] = [hits(a, b) / Math.max(size(a), 1), hits(b, a) / Math.max(size(b), 1)]
    return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
  },
}

const plain = {
  pixelIou,
  dice,
  boundaryF1: (a: Tensor, b: Tensor, { over = 'pixels' }: streaming.MaskMetricOptions = {}) =>
    boundaryF1(a, b, { over, tolerance: 1.5 }),
}
const streams = {
  pixelIou: streaming.pixelIou,
  dice: streaming.dice,
  boundaryF1: ({ over = 'pixels' }: streaming.MaskMetricOptions = {}) => streaming.boundaryF1({ over, tolerance: 1.5 }),
}

describe.each(['pixelIou', 'dice', 'boundaryF1'] as const)('%s', (name) => {
  const [f, stream, one] = [plain[name], streams[name], counted[name]]
  const shape = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))

  it('is what counting one by one gives, over all pixels and over images', () =>
    fc.assert(
      fc.property(fc.integer(), shape, fc.constantFrom(0, 0.1, 0.5, 1), (seed, size, p) => {
        const [a, b] = [masksOf(seed, size, p), masksOf(seed + 1, size)]
        const [as, bs] = [listsOf(a), listsOf(b)]
        expect(f(a, b).item()).toBeCloseTo(one(as, bs), 6)
        const each = as.map((mask, i) => one([mask], [bs[i] as Mask]))
        expect(f(a, b, { over: 'images' }).item()).toBeCloseTo(each.reduce((x, y) => x + y, 0) / each.length, 6)
      }),
      { numRuns: 25 },
    ))

  it.each(['pixels', 'images'] as const)('over %s adds up over batches, in any order and jitted', (over) => {
    const [a, b] = [masksOf(1, [7, 6, 5]), masksOf(2, [7, 6, 5], 0.3)]
    const part = (x: Tensor, start: number, stop: number): Tensor => x.slice({ start, stop })
    const batches = [
      [0, 2],
      [2, 3],
      [3, 7],
    ].map(([i, j]) => [part(a, i as number, j as number), part(b, i as number, j as number)] as const)
    const whole = f(a, b, { over }).item()
    expect(metrics.reduceBatches(stream({ over }), batches).item()).toBeCloseTo(whole as number, 6)
    expect(metrics.reduceBatches(stream({ over }), batches.reverse()).item()).toBeCloseTo(whole as number, 6)
    expect(jit((x: Tensor, y: Tensor) => f(x, y, { over }))(a, b).item()).toBe(whole)
  })

  it('is 1 for equal masks, and for none; 0 for those that have nothing in common', () => {
    const [some, none] = [masksOf(3, [2, 8, 8]), np.zeros([2, 8, 8])]
    expect(f(some, some).item()).toBe(1)
    expect(f(none, none).item()).toBe(1)
    expect(f(none, some).item()).toBe(0)
    expect(f(some, none).item()).toBe(0)
  })

  it('takes NaN for a decision against the truth', () => {
    const truth = np.array([[[1, 1, 0]]])
    expect(f(np.array([[[Number.NaN, 1, Number.NaN]]]), truth).item()).toBe(f(np.array([[[0, 1, 1]]]), truth).item())
  })

  it('says what does not fit', () => {
    expect(() => f(np.ones([2, 3, 3]), np.ones([2, 3, 3, 1]))).toThrow('of one shape')
    expect(() => stream({ over: 'classes' as never })).toThrow("'pixels' or 'images'")
  })
})

describe('boundaries', () => {
  it('are those of one image, one by one', () => {
    const masks = masksOf(5, [3, 7, 9], 0.8)
    const found = listsOf(boundaries(masks)).map((mask) =>
      mask.flatMap((row, y) => row.flatMap((set, x) => (set ? [[y, x]] : []))),
    )
    expect(found).toEqual(listsOf(masks).map(contour))
  })
  it('are of images', () => expect(() => boundaries(np.ones([3, 3]))).toThrow('[batch, height, width]'))
  it('are compared within 0.75 % of the diagonal unless said', () => {
    const line = (x: number): Tensor => np.broadcastTo(np.arange(120).eq(x), [1, 160, 120])
    expect([10, 11, 12].map((x) => boundaryF1(line(10), line(x)).item())).toEqual([1, 1, 0])
    expect(() => boundaryF1(line(1), line(2), { tolerance: -1 })).toThrow('from 0 up')
  })
})
