/** Infinite, missing and empty operands: NumPy's answers. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type DType, jit, np, random, type Tensor, vmap } from '../src/index.js'

interface Pairs {
  readonly values: readonly (number | string)[]
  readonly results: Readonly<Record<string, readonly (number | string)[]>>
}

const pairs = JSON.parse(readFileSync(new URL('./fixtures/special-pairs.json', import.meta.url), 'utf8')) as Pairs
const values = pairs.values.map(Number)
const functions = np as unknown as Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor>>

describe.each(['float32', 'float64'] as const)('of all pairs of special values in %s', (dtype) => {
  const left = np.repeat(np.array(values, { dtype }), values.length)
  const right = np.tile(np.array(values, { dtype }), values.length)
  it.each(Object.entries(pairs.results))('%s is as in NumPy', (name, wanted) => {
    const f = functions[name] as (x: Tensor, y: Tensor) => Tensor
    for (const result of [f(left, right), jit(f)(left, right)]) {
      ;[...result.data()].forEach((value, i) => {
        const [x, y, want] = [left.data()[i], right.data()[i], Number(wanted[i])]
        const close = Math.abs(value - want) <= Math.abs(want) * (dtype === 'float32' ? 1e-6 : 1e-14)
        expect([x, y, close || value === want || (Number.isNaN(value) && Number.isNaN(want)) ? want : value]).toEqual([
          x,
          y,
          want,
        ])
      })
    }
  })
})

const ints = (list: readonly number[], dtype: DType = 'int32') => np.array(list, { dtype })
const none = np.zeros([0])

describe('counts', () => {
  it('fall into bins whose edges are whole', () => {
    const [counts, edges] = np.histogram(np.array([-2, 1, -3, -3, 2, -3, 2, 0, 1]), { bins: 5 })
    expect(edges.toArray()).toEqual([-3, -2, -1, 0, 1, 2])
    expect(counts.toArray()).toEqual([3, 1, 0, 1, 4])
  })
  it('run in the dtype of sums', () => {
    expect(np.cumsum(ints([200, 100], 'uint8')).toArray()).toEqual([200, 300])
    expect(np.cumprod(ints([200, 100], 'uint8')).toArray()).toEqual([200, 20000])
    expect(np.cumulativeSum(ints([200, 100], 'uint8')).dtype).toBe('uint32')
    expect(np.cumsum(np.array([true, true])).dtype).toBe('int32')
    expect(np.cumsum(ints([200, 100], 'uint8'), { dtype: 'uint8' }).toArray()).toEqual([200, 44])
  })
  it('are of nothing, and not of negative numbers', () => {
    expect(np.bincount(none).shape).toEqual([0])
    expect(np.bincount(none, { minlength: 2 }).toArray()).toEqual([0, 0])
    expect(() => np.bincount(ints([-1, 1]))).toThrow(/negative/)
    expect(jit((x: Tensor) => np.bincount(x, { length: 3 }))(ints([-1, 1])).toArray()).toEqual([0, 1, 0])
  })
  it('of events at an infinite rate are the largest', () => {
    expect(random.poisson(random.key(0), Number.POSITIVE_INFINITY).item()).toBe(2 ** 31 - 1)
    expect(random.poisson(random.key(0), Number.POSITIVE_INFINITY, [2], { dtype: 'uint8' }).toArray()).toEqual([
      255, 255,
    ])
  })
})

describe('positions', () => {
  const x = np.array([5, 6, 7])
  it('before the start are clipped to it', () => {
    expect(np.take(x, [-2, 9], { mode: 'clip' }).toArray()).toEqual([5, 7])
    expect(np.take(x, ints([-2, 9]), { mode: 'clip' }).toArray()).toEqual([5, 7])
    expect(np.take(x, [-2, 9], { mode: 'wrap' }).toArray()).toEqual([6, 5])
    expect(np.put(x, ints([-2]), 0, { mode: 'clip' }).toArray()).toEqual([0, 6, 7])
    expect(np.take(x, [-2]).toArray()).toEqual([6])
  })
  it('mirror over several periods as NumPy 2 does', () => {
    expect(np.pad(np.array([1, 5, 2]), [7, 1], { mode: 'reflect' }).toArray()).toEqual([
      5, 2, 5, 1, 5, 2, 5, 1, 5, 2, 5,
    ])
    expect(np.pad(np.array([1, 5]), [1, 5], { mode: 'symmetric' }).toArray()).toEqual([1, 1, 5, 5, 1, 1, 5, 5])
  })
  it('of phases with a negative period', () => {
    expect(np.unwrap(np.array([0, 1.5, 3, -2]), { period: -1 }).toArray()).toEqual([0, -0.5, -1, -1])
  })
  it('of quantiles that are elements are these, also beside ∞', () => {
    const y = np.concatenate([np.arange(100).astype('float32'), np.array([Number.POSITIVE_INFINITY])])
    expect(np.percentile(y, np.arange(100)).toArray()).toEqual(np.arange(100).toArray())
    expect(np.quantile(np.array([1, 2, Number.POSITIVE_INFINITY]), 0.5).item()).toBe(2)
  })
})

describe('of nothing', () => {
  const empty: Readonly<Record<string, () => Tensor | readonly Tensor[]>> = {
    nonzero: () => np.nonzero(np.zeros([3])),
    'nonzero of no rows': () => np.nonzero(np.zeros([2, 0])),
    flatnonzero: () => np.flatnonzero(np.zeros([3])),
    argwhere: () => np.argwhere(np.zeros([2, 2])),
    extract: () => np.extract(np.zeros([3]), np.ones([3])),
    intersect1d: () => np.intersect1d(np.array([1]), np.array([2])),
    setdiff1d: () => np.setdiff1d(np.array([1]), np.array([1])),
    setxor1d: () => np.setxor1d(np.array([1]), np.array([1])),
    union1d: () => np.union1d(none, none),
    unique: () => np.unique(none),
    'at.set': () => none.at([0]).set(1),
    'at.set of a tensor': () => none.at(ints([0])).set(1),
    'at.add': () =>
      np
        .zeros([0, 2])
        .at(ints([0]), 1)
        .add(1),
    take: () => np.take(none, ints([])),
    'take of numbers': () => np.take(none, []),
    'take and wrap': () => np.take(none, [], { mode: 'wrap' }),
    'take and clip': () => np.take(none, [], { mode: 'clip' }),
    takeAlongAxis: () => np.takeAlongAxis(none, ints([])),
    put: () => np.put(none, [], 1),
    'vmap of take': () => vmap((row: Tensor) => np.take(row, ints([])))(np.zeros([2, 0])),
    'jit of take': () => jit((row: Tensor) => np.take(row, ints([])))(none),
    sort: () => np.sort(none),
    argsort: () => np.argsort(none),
    searchsorted: () => np.searchsorted(np.ones([2]), none),
    interp: () => np.interp(none, np.ones([1]), np.ones([1])),
    inv: () => np.linalg.inv(np.zeros([0, 0])),
    solve: () => np.linalg.solve(np.zeros([0, 0]), none),
    cumsum: () => np.cumsum(none),
  }
  it.each(Object.entries(empty))('%s is empty', (_, f) => {
    const results = [f()].flat() as Tensor[]
    expect(results.map((t) => t.size)).toEqual(results.map(() => 0))
  })
  it('there is no position, no order and no quantile, and the middle is NaN', () => {
    expect(() => none.slice(ints([0]))).toThrow(/empty axis/)
    expect(() => np.partition(none, 0)).toThrow(/partition: position 0/)
    expect(() => np.quantile(none, 0.5)).toThrow(/no elements/)
    expect(np.take(none, ints([1])).toArray()).toEqual([Number.NaN])
    expect(np.median(none).item()).toBeNaN()
    expect(np.cov(none).item()).toBeNaN()
  })
})

describe('samples', () => {
  it('with probabilities take memory for each draw and each element, not for their product', () => {
    const p = np.ones([200_000])
    const x = random.choice(random.key(0), 200_000, { shape: [200_000], p })
    expect(Math.abs((np.mean(x.astype('float64')).item() as number) - 100_000)).toBeLessThan(1000)
  })
  it('of rayleigh are finite where the uniform draw is 0', () => {
    const key = random.key(7)
    expect(
      random
        .uniform(key, [2 ** 17])
        .slice(103009)
        .item(),
    ).toBe(0)
    const x = random.rayleigh(key, 1, [2 ** 17])
    expect(np.max(x).item()).toBeLessThan(6)
    expect(np.max(x).item()).toBeGreaterThan(5.76)
  })
})
