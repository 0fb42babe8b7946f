import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectClose, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import type { Tensor } from '../tensor.js'
import { linearizeFlat } from '../trace/linearize.js'
import { cumlogsumexp, cummax, cummin, cumprod, cumsum, shift } from './cumulative.js'

const x = spread([2, 5, 3], -2, 2)
const logAddExp = (a: number, b: number): number => Math.log(Math.exp(a) + Math.exp(b))
const running = [
  ['cumsum', cumsum, (a: number, b: number) => a + b],
  ['cumprod', cumprod, (a: number, b: number) => a * b],
  ['cummax', cummax, Math.max],
  ['cummin', cummin, Math.min],
  ['cumlogsumexp', cumlogsumexp, logAddExp],
] as const

const scan = (values: readonly number[], combine: (a: number, b: number) => number, reverse: boolean): number[] => {
  const order = reverse ? [...values].reverse() : [...values]
  for (let i = 1; i < order.length; i++) order[i] = combine(order[i - 1] as number, order[i] as number)
  return reverse ? order.reverse() : order
}

describe.each(running)('%s', (_, f, combine) => {
  it.each([false, true])('combines one after another, reverse %s', (reverse) => {
    const row = spread([9], -2, 2)
    expectClose(f(row, { reverse }), tensor(scan(elements(row), combine, reverse)), 1e-14)
    const table = tensor([1, 4, 2, 3, 0, 5], [2, 3])
    expectClose(
      f(table, { axis: -1, reverse }),
      tensor([...scan([1, 4, 2], combine, reverse), ...scan([3, 0, 5], combine, reverse)], [2, 3]),
      1e-14,
    )
  })
  const variants = [0, 1, 2].flatMap((axis) => [false, true].map((reverse) => ({ axis, reverse })))
  it.each(variants)('has derivatives along $axis, reverse $reverse', (options) => {
    expectDerivatives(([a]) => [f(a as Tensor, options)], [x], 2, 2e-6)
  })
  it.each(variants)('batches along $axis, reverse $reverse', (options) =>
    expectBatches(([a]) => [f(a as Tensor, options)], [x]),
  )
  it('takes nothing and one element', () => {
    expect(f(tensor([], [0, 2])).shape).toEqual([0, 2])
    expect(elements(f(tensor([3])))).toEqual([3])
    expectDerivatives(([a]) => [f(a as Tensor)], [tensor([3])])
  })
  it('names an axis that is not there', () => expect(() => f(x, { axis: 3 })).toThrow(/axis 3 is outside/))
})

const gradient = (f: (t: Tensor) => Tensor, values: readonly number[], cotangent: readonly number[]): number[] => {
  const { pullback } = linearizeFlat(([t]) => [f(t as Tensor)], [tensor(values)])
  return elements(pullback([tensor(cotangent)])[0] as Tensor)
}

describe('edges', () => {
  it('cumprod has derivatives at zeros', () => {
    expect(gradient(cumprod, [2, 0, 3, 0], [1, 1, 1, 1])).toEqual([1, 8, 0, 0])
    expectDerivatives(([a]) => [cumprod(a as Tensor)], [tensor([2, 0, 3, 0, 1])])
    expectDerivatives(([a]) => [cumprod(a as Tensor, { reverse: true })], [tensor([2, 0, 3, 0, 1])])
  })
  it('cummax gives the derivative to the latest of equals', () => {
    expect(gradient(cummax, [1, 1, 0, 2], [1, 1, 1, 1])).toEqual([1, 2, 0, 1])
    expect(gradient((t) => cummin(t, { reverse: true }), [1, 1, 2], [1, 1, 1])).toEqual([1, 1, 1])
  })
  it('cumlogsumexp counts −∞ as nothing', () => {
    const values = [-Infinity, 0, -Infinity, 0]
    expectClose(cumlogsumexp(tensor(values)), tensor([-Infinity, 0, 0, Math.log(2)]), 1e-15)
    expect(gradient(cumlogsumexp, values, [1, 1, 1, 1])).toEqual([0, 2.5, 0, 0.5])
  })
  it('cumlogsumexp does not overflow', () => {
    // y = 1000.69… is known to 2⁻⁴⁴, and so is exp(x − y).
    expectClose(tensor(gradient(cumlogsumexp, [1000, 1000], [0, 1])), tensor([0.5, 0.5]), 2 ** -44)
  })
  it('integers stay integers', () => {
    expect(elements(cumsum(tensor([1, 2, 3], [3], 'int32')))).toEqual([1, 3, 6])
    expect(elements(cummax(tensor([1, 3, 2], [3], 'uint8')))).toEqual([1, 3, 3])
  })
})

describe('shift', () => {
  it('moves and fills', () => {
    expect(elements(shift(tensor([1, 2, 3]), 0, 1, 9))).toEqual([9, 1, 2])
    expect(elements(shift(tensor([1, 2, 3]), 0, -2, 9))).toEqual([3, 9, 9])
    expect(elements(shift(tensor([1]), 0, 1, 9))).toEqual([9])
  })
})
