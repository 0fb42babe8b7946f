import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectClose, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import type { Tensor } from '../tensor.js'
import { jvpFlat } from '../trace/jvp.js'
import { acosh, asinh, atanh, cosh, logistic, sinh, tanh } from './hyperbolic.js'

const unaries: readonly (readonly [string, (x: Tensor) => Tensor, (x: number) => number, number, number])[] = [
  ['sinh', sinh, Math.sinh, -3, 3],
  ['cosh', cosh, Math.cosh, -3, 3],
  ['tanh', tanh, Math.tanh, -3, 3],
  ['logistic', logistic, (x) => 1 / (1 + Math.exp(-x)), -4, 4],
  ['asinh', asinh, Math.asinh, -5, 5],
  ['acosh', acosh, Math.acosh, 1.2, 5],
  ['atanh', atanh, Math.atanh, -0.9, 0.9],
]

describe.each(unaries)('%s', (_, f, reference, low, high) => {
  const x = spread([3, 4], low, high)
  it('agrees with JavaScript in float64', () => {
    expectClose(f(x), tensor(elements(x).map(reference), [3, 4]), 1e-15)
  })
  it('has first and second derivatives', () => expectDerivatives(([a]) => [f(a as Tensor)], [x], 2, 2e-6))
  it('batches', () => expectBatches(([a]) => [f(a as Tensor)], [x]))
})

describe('tanh', () => {
  it('has slope 0 far out and 1 at 0', () => {
    const [, [dy]] = jvpFlat(([a]) => [tanh(a as Tensor)], [tensor([-900, 0, 900])], [tensor([1, 1, 1])])
    expect(elements(dy as Tensor)).toEqual([0, 1, 0])
  })
})
