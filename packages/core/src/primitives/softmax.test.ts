import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectClose, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import type { Tensor } from '../tensor.js'
import { linearizeFlat } from '../trace/linearize.js'
import { logsumexp, softmax } from './softmax.js'

const x = spread([2, 3, 4], -2, 2)

describe('softmax', () => {
  it('is the exponential divided by its sum', () => {
    const row = [0.5, -1, 2]
    const sum = row.reduce((s, v) => s + Math.exp(v), 0)
    expectClose(softmax(tensor(row)), tensor(row.map((v) => Math.exp(v) / sum)), 1e-15)
  })
  it.each([0, 1, 2])('has derivatives along axis %s', (axis) =>
    expectDerivatives(([a]) => [softmax(a as Tensor, axis)], [x]),
  )
  it.each([0, 1, 2])('batches along axis %s', (axis) => expectBatches(([a]) => [softmax(a as Tensor, axis)], [x]))
  it('has a third derivative', () => expectDerivatives(([a]) => [softmax(a as Tensor)], [tensor([0.1, 0.4, -1])], 3))
  it('does not overflow, gives −∞ nothing and nothing but −∞ NaN', () => {
    expect(elements(softmax(tensor([1000, 1000])))).toEqual([0.5, 0.5])
    expect(elements(softmax(tensor([-Infinity, 0, 0])))).toEqual([0, 0.5, 0.5])
    expect(elements(softmax(tensor([-Infinity, -Infinity])))).toEqual([Number.NaN, Number.NaN])
  })
  it('has a finite gradient beside −∞', () => {
    const { pullback } = linearizeFlat(([a]) => [softmax(a as Tensor)], [tensor([-Infinity, 0, 0])])
    expect(elements(pullback([tensor([1, 1, 0])])[0] as Tensor)).toEqual([0, 0.25, -0.25])
  })
  it('refuses integers', () =>
    expect(() => softmax(tensor([1], [1], 'int32'))).toThrow(/softmax: takes float32 or float64/))
})

describe('logsumexp', () => {
  it('is the logarithm of the sum of exponentials', () => {
    expect(logsumexp(tensor([0, Math.log(2)])).item()).toBeCloseTo(Math.log(3), 15)
    expect(logsumexp(tensor([1000, 1000])).item()).toBeCloseTo(1000 + Math.log(2), 12)
    expect(logsumexp(x, 1).shape).toEqual([2, 4])
  })
  it.each([0, 1, 2])('has derivatives along axis %s', (axis) =>
    expectDerivatives(([a]) => [logsumexp(a as Tensor, axis)], [x]),
  )
  it.each([0, 1, 2])('batches along axis %s', (axis) => expectBatches(([a]) => [logsumexp(a as Tensor, axis)], [x]))
  it('is −∞ of nothing but −∞', () => expect(logsumexp(tensor([-Infinity, -Infinity])).item()).toBe(-Infinity))
})
