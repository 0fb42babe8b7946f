import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectClose, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import type { Tensor } from '../tensor.js'
import { jvpFlat } from '../trace/jvp.js'
import { linearizeFlat } from '../trace/linearize.js'
import * as exponential from './exponential.js'

const { cbrt, exp, exp2, expm1, integerPow, log, log10, log1p, log2, pow, rsqrt, sqrt } = exponential

const unaries: readonly (readonly [string, (x: Tensor) => Tensor, (x: number) => number, number, number])[] = [
  ['exp', exp, Math.exp, -3, 3],
  ['exp2', exp2, (x) => 2 ** x, -3, 3],
  ['expm1', expm1, Math.expm1, -3, 3],
  ['log', log, Math.log, 0.3, 5],
  ['log2', log2, Math.log2, 0.3, 5],
  ['log10', log10, Math.log10, 0.3, 5],
  ['log1p', log1p, Math.log1p, -0.7, 3],
  ['sqrt', sqrt, Math.sqrt, 0.3, 5],
  ['rsqrt', rsqrt, (x) => 1 / Math.sqrt(x), 0.3, 5],
  ['cbrt', cbrt, Math.cbrt, 0.3, 5],
]

describe.each(unaries)('%s', (_, f, reference, low, high) => {
  const x = spread([3, 4], low, high)
  it('agrees with JavaScript in float64', () => {
    expectClose(f(x), tensor(elements(x).map(reference), [3, 4]), 1e-15)
  })
  it('has first and second derivatives', () => expectDerivatives(([a]) => [f(a as Tensor)], [x]))
  it('batches', () => expectBatches(([a]) => [f(a as Tensor)], [x]))
})

const slopeAt = (f: (x: Tensor) => Tensor, x: number): number => {
  const [, [dy]] = jvpFlat(([a]) => [f(a as Tensor)], [tensor([x], [])], [tensor([1], [])])
  return dy === null || dy === undefined ? 0 : dy.item()
}

describe('slopes at the edges', () => {
  it('of sqrt and cbrt at 0 are infinite', () => {
    expect(slopeAt(sqrt, 0)).toBe(Infinity)
    expect(slopeAt(cbrt, 0)).toBe(Infinity)
  })
  it('of log at 0 is infinite', () => expect(slopeAt(log, 0)).toBe(Infinity))
})

describe('pow', () => {
  const [x, y] = [spread([2, 3], 0.3, 3), spread([2, 3], -2, 2, 4)]
  it('agrees with JavaScript in float64', () => {
    const expected = elements(x).map((v, i) => v ** (elements(y)[i] as number))
    expectClose(pow(x, y), tensor(expected, [2, 3]), 1e-14)
  })
  it('has derivatives in both arguments', () => expectDerivatives(([a, b]) => [pow(a as Tensor, b as Tensor)], [x, y]))
  it('batches', () => expectBatches(([a, b]) => [pow(a as Tensor, b as Tensor)], [x, y]))
  it('has a mixed second derivative at exponent 0', () => {
    const f = (b: Tensor): Tensor => {
      const [, [dx]] = jvpFlat(([a]) => [pow(a as Tensor, b)], [tensor([2], [])], [tensor([1], [])])
      return dx as Tensor
    }
    expect(slopeAt(f, 0)).toBeCloseTo(0.5, 14)
  })
  const gradients = (a: number, b: number): readonly number[] => {
    const { pullback } = linearizeFlat(([u, v]) => [pow(u as Tensor, v as Tensor)], [tensor([a], []), tensor([b], [])])
    return pullback([tensor([1], [])]).map((c) => c?.item() ?? 0)
  }
  it('has gradients (0, 0) at 0⁰', () => expect(gradients(0, 0)).toEqual([0, 0]))
  it('has gradients (1, 0) at 0¹ and (0, 0) at 0²', () => {
    expect(gradients(0, 1)).toEqual([1, 0])
    expect(gradients(0, 2)).toEqual([0, 0])
  })
  it('has a gradient in negative bases', () => expect(gradients(-2, 3)[0]).toBeCloseTo(12, 12))
  it('has a second derivative at 0²', () =>
    expect(
      slopeAt((a) => {
        const [, [da]] = jvpFlat(([u]) => [pow(u as Tensor, 2)], [a], [tensor([1], [])])
        return da as Tensor
      }, 0),
    ).toBe(2))
})

describe('integerPow', () => {
  it('multiplies', () => {
    const x = tensor([2, -3, 0])
    expect(elements(integerPow(x, 5))).toEqual([32, -243, 0])
    expect(elements(integerPow(x, 0))).toEqual([1, 1, 1])
    expect(elements(integerPow(x, 1))).toEqual([2, -3, 0])
    expect(elements(integerPow(tensor([2, -4]), -2))).toEqual([0.25, 0.0625])
    expect(elements(integerPow(tensor([3, -2], [2], 'int32'), 3))).toEqual([27, -8])
  })
  it('has derivatives, at 0 too', () => {
    expectDerivatives(([a]) => [integerPow(a as Tensor, 3)], [tensor([0, 1.5, -2])])
    expectDerivatives(([a]) => [integerPow(a as Tensor, -3)], [tensor([0.5, 1.5, -2])], 2, 1e-5)
  })
  it('refuses what is no whole power', () => {
    expect(() => integerPow(tensor([1]), 0.5)).toThrow(/Use pow/)
    expect(() => integerPow(tensor([1], [1], 'int32'), -1)).toThrow(/astype/)
  })
})
