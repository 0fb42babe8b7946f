import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectClose, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import type { Tensor } from '../tensor.js'
import { acos, asin, atan, atan2, cos, sin, tan } from './trigonometric.js'

const unaries: readonly (readonly [string, (x: Tensor) => Tensor, (x: number) => number, number, number])[] = [
  ['sin', sin, Math.sin, -7, 7],
  ['cos', cos, Math.cos, -7, 7],
  ['tan', tan, Math.tan, -1.3, 1.3],
  ['asin', asin, Math.asin, -0.9, 0.9],
  ['acos', acos, Math.acos, -0.9, 0.9],
  ['atan', atan, Math.atan, -5, 5],
]

describe.each(unaries)('%s', (_, f, reference, low, high) => {
  const x = spread([3, 4], low, high)
  it('agrees with JavaScript in float64', () => {
    expectClose(f(x), tensor(elements(x).map(reference), [3, 4]), 1e-15)
  })
  it('has first and second derivatives', () => expectDerivatives(([a]) => [f(a as Tensor)], [x]))
  it('batches', () => expectBatches(([a]) => [f(a as Tensor)], [x]))
})

describe('atan2', () => {
  const [y, x] = [spread([5], -2, 2), spread([5], -2, 2, 3)]
  it('agrees with JavaScript in every quadrant and on the axes', () => {
    const [a, b] = [tensor([1, 1, -1, -1, 0, 0, 2]), tensor([2, -2, 2, -2, 1, -1, 0])]
    const expected = elements(a).map((v, i) => Math.atan2(v, elements(b)[i] as number))
    expectClose(atan2(a, b), tensor(expected), 1e-15)
  })
  it('has derivatives in both arguments', () =>
    expectDerivatives(([a, b]) => [atan2(a as Tensor, b as Tensor)], [y, x]))
  it('batches', () => expectBatches(([a, b]) => [atan2(a as Tensor, b as Tensor)], [y, x]))
  it('takes numbers for constants', () => expect(atan2(tensor([1]), 1).item()).toBeCloseTo(Math.PI / 4, 15))
})
