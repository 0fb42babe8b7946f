/** Quantiles, counts, sets, polynomials, windows and interpolation against NumPy's results and their definitions. */
import { describe, expect, it } from 'vitest'
import { expectClose, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import { jit, np } from '../index.js'
import type { Tensor } from '../tensor.js'

const ints = (...xs: number[]): Tensor => np.array(xs, { dtype: 'int32' })
const nan = Number.NaN

describe('quantile', () => {
  it('mixes the two neighbours', () => {
    expect(np.quantile(np.array([1, 2, 3, 4]), np.array([0, 0.5, 1])).toArray()).toEqual([1, 2.5, 4])
    expect(
      np
        .percentile(
          np.array([
            [1, 3],
            [2, 8],
          ]),
          50,
          { axis: 0, keepdims: true },
        )
        .toArray(),
    ).toEqual([[1.5, 5.5]])
    expect(
      ['lower', 'higher', 'nearest', 'midpoint'].map((method) =>
        np.quantile(np.array([1, 2, 4]), 0.6, { method: method as 'lower' }).item(),
      ),
    ).toEqual([2, 4, 2, 3])
  })
  it('is NaN where there is one, unless told to skip it', () => {
    expect(
      np
        .median(
          np.array([
            [1, nan],
            [1, 2],
          ]),
          { axis: 1 },
        )
        .toArray(),
    ).toEqual([nan, 1.5])
    expect(
      np
        .nanmedian(
          np.array([
            [1, nan],
            [nan, nan],
          ]),
          { axis: 1 },
        )
        .toArray(),
    ).toEqual([1, nan])
  })
  it('has derivatives', () =>
    expectDerivatives(([x]) => [np.quantile(x as Tensor, 0.3, { axis: 1 })], [spread([3, 5])], 1))
})

describe('nan reductions', () => {
  const x = np.array([
    [1, nan, 3],
    [nan, nan, nan],
  ])
  it('leave NaN out', () => {
    expect(np.nansum(x, { axis: 1 }).toArray()).toEqual([4, 0])
    expect(np.nanmean(x, { axis: 1 }).toArray()).toEqual([2, nan])
    expect(np.nanmax(x, { axis: 1 }).toArray()).toEqual([3, nan])
    expect(np.nanargmin(x, { axis: 1 }).toArray()).toEqual([0, -1])
    expect(np.nanstd(x.slice(0)).item()).toBe(1)
  })
})

describe('counts', () => {
  it('of whole numbers and of bins', () => {
    expect(np.bincount(ints(0, 3, 1, 3), { minlength: 6 }).toArray()).toEqual([1, 1, 0, 2, 0, 0])
    const [counts, edges] = np.histogram(np.array([1, 2, 2, 9]), { bins: 2, range: [0, 4] })
    expect([counts.toArray(), edges.toArray()]).toEqual([
      [1, 2],
      [0, 2, 4],
    ])
    expect(np.histogram(np.array([0, 1, 1, 2]), { bins: np.array([0, 1, 2]), density: true })[0].toArray()).toEqual([
      0.25, 0.75,
    ])
    expect(np.histogram2d(np.array([0, 1, 1]), np.array([0, 0, 1]), { bins: 2 })[0].toArray()).toEqual([
      [1, 0],
      [1, 1],
    ])
  })
  it('need a length inside jit', () => {
    expect(jit((x: Tensor) => np.bincount(x, { length: 3 }))(ints(2, 2, 7)).toArray()).toEqual([0, 0, 2])
    expect(() => jit((x: Tensor) => np.bincount(x))(ints(1))).toThrow(/length/)
  })
  it('covariance of variables', () => {
    expect(
      np
        .cov(
          np.array([
            [1, 2, 3],
            [3, 2, 1],
          ]),
        )
        .toArray(),
    ).toEqual([
      [1, -1],
      [-1, 1],
    ])
    expect(np.cov(np.array([1, 2, 4]), { fweights: ints(1, 2, 1) }).item()).toBeCloseTo(1.5833334, 6)
    expectDerivatives(([x]) => [np.corrcoef(x as Tensor).slice(0, { start: 1 })], [spread([3, 6])], 1)
  })
})

describe('places', () => {
  const sorted = np.array([1, 2, 2, 3, nan])
  it('in sorted vectors, NaN last', () => {
    expect(np.searchsorted(sorted, np.array([0, 2, 5, nan])).toArray()).toEqual([0, 1, 4, 4])
    expect(np.searchsorted(sorted, np.array([0, 2, 5, nan]), { side: 'right' }).toArray()).toEqual([0, 3, 4, 5])
    expect(np.digitize(np.array([0.5, 1, 5]), np.array([2, 1])).toArray()).toEqual([2, 1, 0])
  })
  it('where elements are not 0', () => {
    expect(
      np
        .nonzero(
          np.array([
            [0, 3],
            [4, 0],
          ]),
        )
        .map((i) => i.toArray()),
    ).toEqual([
      [0, 1],
      [1, 0],
    ])
    expect(jit((x: Tensor) => np.flatnonzero(x, { size: 3, fillValue: -1 }))(ints(0, 7, 0, 7)).toArray()).toEqual([
      1, 3, -1,
    ])
    expect(
      np
        .argwhere(
          np.array([
            [0, 3],
            [4, 0],
          ]),
        )
        .toArray(),
    ).toEqual([
      [0, 1],
      [1, 0],
    ])
  })
})

describe('sets', () => {
  it('hold distinct values in order', () => {
    const [values, indices, inverse, counts] = np.uniqueAll(ints(3, 1, 3, 2))
    expect([values, indices, inverse, counts].map((t) => t.toArray())).toEqual([
      [1, 2, 3],
      [1, 3, 0],
      [2, 0, 2, 1],
      [1, 1, 2],
    ])
    expect(np.unique(np.array([nan, 1, nan])).toArray()).toEqual([1, nan])
    expect(jit((x: Tensor) => np.unique(x, { size: 4, fillValue: 0 }))(ints(5, 4, 5)).toArray()).toEqual([4, 5, 0, 0])
  })
  it('meet, join and differ', () => {
    const [a, b] = [ints(3, 1, 3), ints(3, 5)]
    expect(
      [np.union1d(a, b), np.intersect1d(a, b), np.setdiff1d(a, b), np.setxor1d(a, b)].map((t) => t.toArray()),
    ).toEqual([[1, 3, 5], [3], [1], [1, 5]])
    expect(np.isin(a, b).toArray()).toEqual([true, false, true])
  })
})

describe('polynomials', () => {
  const [p, q] = [np.array([1, 5, 6]), np.array([1, 2])]
  it('divide and multiply back', () => {
    const [quotient, remainder] = np.polydiv(p, q)
    expect([quotient.toArray(), remainder.toArray()]).toEqual([[1, 3], [0]])
    expect(np.polyadd(np.polymul(quotient, q), remainder).toArray()).toEqual([1, 5, 6])
    expect(np.polyder(np.polyint(p, 2), 2).toArray()).toEqual([1, 5, 6])
    expect(np.polyval(np.poly(np.array([2, -3])), np.array([2, -3, 0])).toArray()).toEqual([0, 0, -6])
  })
  it('fit points', () => {
    const x = spread([9], -2, 2)
    expectClose(np.polyfit(x, np.polyval(tensor([2, -1, 3]), x), 2), tensor([2, -1, 3]), 1e-10)
  })
})

describe('functions of one variable', () => {
  it('slide over each other', () => {
    expect(np.convolve(np.array([1, 2, 3]), np.array([0, 1, 0.5])).toArray()).toEqual([0, 1, 2.5, 4, 1.5])
    expect(np.correlate(np.array([1, 2]), np.array([1, 2, 3]), { mode: 'full' }).toArray()).toEqual([3, 8, 5, 2])
    expectDerivatives(
      ([x, y]) => [np.convolve(x as Tensor, y as Tensor, { mode: 'same' })],
      [spread([6]), spread([3], -1, 1, 2)],
      1,
    )
  })
  it('interpolate, integrate and have slopes', () => {
    const [xs, ys] = [np.array([0, 1, 3]), np.array([0, 10, 30])]
    expect(np.interp(np.array([-1, 0.5, 2, 9]), xs, ys).toArray()).toEqual([0, 5, 20, 30])
    expect(np.interp(np.array([-1, 4]), xs, ys, { left: -5, right: 5 }).toArray()).toEqual([-5, 5])
    expect(np.trapezoid(ys, { x: xs }).item()).toBe(45)
    expect((np.gradient(ys, xs) as Tensor).toArray()).toEqual([10, 10, 10])
    expect((np.gradient(np.array([1, 2, 4, 7])) as Tensor).toArray()).toEqual([1, 1.5, 2.5, 3])
  })
  it('taper', () => {
    expect(np.bartlett(5).toArray()).toEqual([0, 0.5, 1, 0.5, 0])
    expectClose(
      np.kaiser(5, 3),
      tensor([0.20488475263118744, 0.7269255518913269, 1.0, 0.7269255518913269, 0.20488475263118744], [5], 'float32'),
      1e-7,
    )
    expect(np.hanning(1).toArray()).toEqual([1])
    expectClose(np.hamming(3), tensor([0.08, 1, 0.08], [3], 'float32'), 1e-7)
    expectClose(np.blackman(5), tensor([0, 0.34, 1, 0.34, 0], [5], 'float32'), 1e-7)
  })
})
