import { np, pipe } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import { describe, expect, it } from 'vitest'
import { expectNear, f64 } from '../../test/near.js'
import { reduction, sumAndWeight } from './reduction.js'
import { squaredError } from './regression.js'

const losses = f64([1, 2, 6])

describe('reduction', () => {
  it('keeps, sums or averages', () => {
    expect(reduction(losses, 'none')).toBe(losses)
    expectNear(reduction(losses, 'sum'), 9, 0)
    expectNear(reduction(losses, 'mean'), 3, 0)
    expectNear(
      pipe(f64([3, 1]), (p) => squaredError(p, f64([1, 1])), reduction('mean')),
      2,
      0,
    )
  })
  it('weighs, and divides the mean by the sum of weights', () => {
    const weights = f64([1, 3, 0])
    expectNear(reduction(losses, 'none', { weights }), [1, 6, 0], 0)
    expectNear(reduction(losses, 'sum', { weights }), 7, 0)
    expectNear(reduction(losses, 'mean', { weights }), 7 / 4, 1e-15)
    expectNear(pipe(losses, reduction('sum', { weights })), 7, 0)
  })
  it('leaves out what does not count, NaN included', () => {
    const where = np.array([true, false, true])
    expectNear(reduction(f64([1, Number.NaN, 6]), 'mean', { where }), 3.5, 0)
    expectNear(reduction(losses, 'mean', { where: np.array([false]) }), 0, 0)
    expectNear(
      reduction(
        f64([
          [1, 2],
          [3, 4],
        ]),
        'sum',
        { where: np.array([[true], [false]]), weights: f64([1, 10]) },
      ),
      21,
      0,
    )
  })
  it('has the right gradients, in weights too', () => {
    checkGrads((x, w) => reduction(x, 'mean', { weights: w }), [losses, f64([1, 3, 2])])
  })
  it('of several batches adds up by sums and weights to that of all', () => {
    const all = f64([1, 2, 6, 4, 9])
    const weights = f64([1, 0, 3, 2, 0])
    const parts = [
      [0, 2],
      [2, 5],
    ].map(([start = 0, stop = 0]) =>
      sumAndWeight(reduction(all.slice({ start, stop }), 'mean', { weights: weights.slice({ start, stop }) })),
    )
    const sum = (key: 'total' | 'weight') => parts.reduce((total, part) => total + part[key].item(), 0)
    expectNear(reduction(all, 'mean', { weights }), sum('total') / sum('weight'), 1e-15)
    expectNear(sumAndWeight(losses).total, 9, 0)
    expectNear(sumAndWeight(reduction(losses, 'mean')).weight, 3, 0)
    expect(() => sumAndWeight(np.mean(losses))).toThrow('not known what it is the mean of')
  })
  it('names what does not fit', () => {
    expect(() => reduction(losses, 'average' as never)).toThrow("none of 'none', 'sum' and 'mean'")
    expect(() => reduction(losses, 'mean', { weights: f64([1, 2]) })).toThrow('Give one weight per loss')
  })
})
