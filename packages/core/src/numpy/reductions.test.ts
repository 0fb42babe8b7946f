import { describe, expect, it } from 'vitest'
import '../trace/evaluate.js'
import { type DType, dtypes } from '../dtype.js'
import { RangeError, ShapeError } from '../errors.js'
import type { Tensor } from '../tensor.js'
import { grad } from '../transforms/grad.js'
import * as np from './index.js'

const x = np.array([
  [1, 5, 2],
  [4, 0, 6],
])
const mask = np.array([
  [true, false, true],
  [true, true, false],
])
const { NaN: nan } = Number

describe('axes', () => {
  it('all, one, several, from the end, kept', () => {
    expect(np.sum(x).item()).toBe(18)
    expect(np.sum(x, { axis: 0 }).toArray()).toEqual([5, 5, 8])
    expect(np.sum(x, { axis: -1, keepdims: true }).toArray()).toEqual([[8], [10]])
    expect(np.sum(np.ones([2, 3, 4]), { axis: [0, -1] }).toArray()).toEqual([8, 8, 8])
    expect(np.sum(x, { axis: [] }).toArray()).toEqual(x.toArray())
    expect(np.max(x, { keepdims: true }).shape).toEqual([1, 1])
  })
  it('outside the tensor are an error', () => {
    expect(() => np.sum(x, { axis: 2 })).toThrow(RangeError)
    expect(() => np.sum(x, { axis: [0, -2] })).toThrow(ShapeError)
  })
})

describe('dtypes of results', () => {
  const typesOf = (f: (t: Tensor) => Tensor): readonly DType[] =>
    dtypes.map((dtype) => f(np.ones([2], { dtype })).dtype)
  it('sums widen, extrema keep, means are floats', () => {
    expect(typesOf((t) => np.sum(t))).toEqual(['int32', 'uint32', 'uint32', 'int32', 'float32', 'float64'])
    expect(typesOf((t) => np.prod(t))).toEqual(['int32', 'uint32', 'uint32', 'int32', 'float32', 'float64'])
    expect(typesOf((t) => np.max(t))).toEqual(dtypes)
    expect(typesOf((t) => np.mean(t))).toEqual(['float32', 'float32', 'float32', 'float32', 'float32', 'float64'])
    expect(typesOf((t) => np.var(t))).toEqual(['float32', 'float32', 'float32', 'float32', 'float32', 'float64'])
    expect(typesOf((t) => np.all(t))).toEqual(dtypes.map(() => 'bool'))
    expect(typesOf((t) => np.argmax(t))).toEqual(dtypes.map(() => 'int32'))
    expect(typesOf((t) => np.cumsum(t))).toEqual(['int32', 'uint32', 'uint32', 'int32', 'float32', 'float64'])
  })
  it('dtype says otherwise', () => {
    expect(np.sum(np.array([1.7, 1.7]), { dtype: 'int32' }).item()).toBe(2)
    expect(np.mean(np.arange(4), { dtype: 'float64' }).dtype).toBe('float64')
  })
})

describe('where and initial', () => {
  it('leave elements out', () => {
    expect(np.sum(x, { where: mask }).item()).toBe(7)
    expect(np.prod(x, { axis: 1, where: mask }).toArray()).toEqual([2, 0])
    expect(np.mean(x, { axis: 0, where: mask }).toArray()).toEqual([2.5, 0, 2])
    expect(np.var(x, { axis: 1, where: mask }).toArray()).toEqual([0.25, 4])
    expect(np.max(x, { axis: 0, where: mask, initial: -1 }).toArray()).toEqual([4, 0, 2])
    expect(np.any(mask, { where: np.array([false, true, false]), axis: 1 }).toArray()).toEqual([false, true])
    expect(np.all(mask, { where: np.array([true, false, false]) }).item()).toBe(true)
  })
  it('start from a value', () => {
    expect(np.sum(x, { initial: 100 }).item()).toBe(118)
    expect(np.min(x, { axis: 0, initial: 1 }).toArray()).toEqual([1, 0, 1])
  })
  it('are needed where nothing may be left', () => {
    expect(() => np.max(x, { where: mask })).toThrow(ShapeError)
    expect(() => np.max(np.zeros([0, 2]), { axis: 0 })).toThrow(ShapeError)
    expect(np.max(np.zeros([0, 2]), { axis: 1 }).shape).toEqual([0])
    expect(np.max(np.zeros([0]), { initial: 3 }).item()).toBe(3)
  })
})

describe('statistics', () => {
  it('variance and deviation with degrees of freedom', () => {
    const v = np.array([1, 2, 3, 4])
    expect(np.var(v).item()).toBe(1.25)
    expect(np.var(v, { ddof: 1 }).item()).toBeCloseTo(5 / 3, 6)
    expect(np.std(v, { correction: 1 }).item()).toBeCloseTo(Math.sqrt(5 / 3), 6)
    expect(() => np.var(v, { ddof: 1, correction: 1 })).toThrow('two names')
  })
  it('variance of far away numbers does not cancel', () => {
    expect(np.var(np.array([10000, 10001, 10002])).item()).toBeCloseTo(2 / 3, 6)
  })
  it('weighted averages', () => {
    expect(np.average(x, { axis: 1, weights: np.array([1, 0, 1]) }).toArray()).toEqual([1.5, 5])
    const [mean, total] = np.average(x, { axis: 0, weights: np.array([3, 1]), returned: true })
    expect(mean.toArray()).toEqual([1.75, 3.75, 3])
    expect(total.toArray()).toEqual([4, 4, 4])
    expect(() => np.average(x, { weights: np.ones([3]) })).toThrow(ShapeError)
  })
  it('NaN spreads through extrema and sums', () => {
    const y = np.array([1, nan, 3])
    expect([np.max(y), np.min(y), np.sum(y)].map((t) => t.item())).toEqual([nan, nan, nan])
    expect(np.argmax(y).item()).toBe(1)
  })
  it('counts, ranges, logic of nothing', () => {
    expect(np.countNonzero(x, { axis: 1 }).toArray()).toEqual([3, 2])
    expect(np.ptp(x, { axis: 0 }).toArray()).toEqual([3, 5, 4])
    expect(np.all(np.zeros([0])).item()).toBe(true)
    expect(np.any(np.zeros([0])).item()).toBe(false)
  })
})

describe('positions and running totals', () => {
  it('argmax counts in row-major order without an axis', () => {
    expect(np.argmax(x).item()).toBe(5)
    expect(np.argmin(x, { axis: 1, keepdims: true }).toArray()).toEqual([[0], [1]])
    expect(np.argmax(x, { keepdims: true }).shape).toEqual([1, 1])
    expect(() => np.argmax(np.zeros([0]))).toThrow(ShapeError)
  })
  it('cumulative sums and differences are inverse', () => {
    expect(np.cumsum(x, { axis: 1 }).toArray()).toEqual([
      [1, 6, 8],
      [4, 4, 10],
    ])
    expect(np.diff(np.cumsum(x, { axis: 1 }), { axis: 1, prepend: 0 }).toArray()).toEqual(x.toArray())
    expect(np.cumsum(x).toArray()).toEqual([1, 6, 8, 12, 12, 18])
    expect(np.diff(np.array([1, 4, 9, 16]), { n: 2 }).toArray()).toEqual([2, 2])
    expect(() => np.cumulativeSum(x)).toThrow(ShapeError)
    expect(np.cumulativeProd(x, { axis: 0, includeInitial: true }).toArray()).toEqual([
      [1, 1, 1],
      [1, 5, 2],
      [4, 0, 12],
    ])
  })
})

it('the slope of std is (x − mean) / (n std)', () => {
  const g = grad((t: Tensor) => np.std(t))(np.array([1, 2, 6], { dtype: 'float64' }))
  const std = Math.sqrt(14 / 3)
  expect(g.toArray()).toEqual([-2, -1, 3].map((d) => expect.closeTo(d / (3 * std), 12)))
})
