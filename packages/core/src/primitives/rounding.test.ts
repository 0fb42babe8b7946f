import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import type { Tensor } from '../tensor.js'
import { ceil, floor, isFinite, nextafter, round, roundHalfAway } from './rounding.js'

const x = tensor([-2.5, -1.5, -0.4, 0.5, 1.5, 2.5, 7])

describe('rounding', () => {
  it('goes down, up, and to the nearest or even', () => {
    expect(elements(floor(x))).toEqual([-3, -2, -1, 0, 1, 2, 7])
    expect(elements(ceil(x))).toEqual([-2, -1, -0, 1, 2, 3, 7])
    expect(elements(round(x))).toEqual([-2, -2, -0, 0, 2, 2, 7])
    expect(elements(roundHalfAway(x))).toEqual([-3, -2, -0, 1, 2, 3, 7])
    expect(elements(roundHalfAway(tensor([0.49999999999999994, Infinity, Number.NaN])))).toEqual([
      0,
      Infinity,
      Number.NaN,
    ])
  })
  it.each([
    ['floor', floor],
    ['ceil', ceil],
    ['round', round],
  ] as const)('%s has slope 0 and batches', (_, f) => {
    expectDerivatives(([a]) => [f(a as Tensor)], [spread([4], 0.1, 0.4)])
    expectBatches(([a]) => [f(a as Tensor)], [spread([2, 3], -5, 5)])
  })
  it('refuses integers', () =>
    expect(() => floor(tensor([1], [1], 'int32'))).toThrow(/floor: takes float32 or float64/))
})

describe('isFinite', () => {
  it('tells numbers from infinities and NaN', () => {
    const result = isFinite(tensor([1, Infinity, -Infinity, Number.NaN, 0], [5], 'float32'))
    expect(elements(result)).toEqual([1, 0, 0, 0, 1])
    expect(result.dtype).toBe('bool')
  })
})

describe('nextafter', () => {
  it('takes one step', () => {
    expect(elements(nextafter(tensor([1, 1, 0, 2]), tensor([2, 0, 1, 2])))).toEqual([
      1 + 2 ** -52,
      1 - 2 ** -53,
      5e-324,
      2,
    ])
    expect(elements(nextafter(tensor([1, 0], [2], 'float32'), tensor([2, -1], [2], 'float32')))).toEqual([
      1 + 2 ** -23,
      -(2 ** -149),
    ])
  })
  it('batches', () =>
    expectBatches(([a, b]) => [nextafter(a as Tensor, b as Tensor)], [spread([3]), spread([3], -1, 1, 2)]))
})
