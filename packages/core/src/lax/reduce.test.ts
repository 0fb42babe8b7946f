import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import type { Tensor } from '../tensor.js'
import { add, bitwiseAnd, gt, max, mul, select, sub } from './index.js'
import { reduce } from './reduce.js'

const x = spread([2, 3, 4])

describe('reduce', () => {
  it('folds with known functions', () => {
    const t = tensor([1, 2, 3, 4, 5, 6], [2, 3])
    expect(elements(reduce(t, 0, add, [1]))).toEqual([6, 15])
    expect(elements(reduce(t, 10, add, [0]))).toEqual([15, 17, 19])
    expect(reduce(t, 1, mul, [0, 1]).item()).toBe(720)
    expect(elements(reduce(t, -Infinity, max, [-1]))).toEqual([3, 6])
    expect(reduce(tensor([7, 14, 28], [3], 'int32'), -1, bitwiseAnd, [0]).item()).toBe(4)
  })
  it('folds with any function of scalars, in order', () => {
    // Affine maps y ↦ a y + b compose associatively and not commutatively.
    const [a, b] = [tensor([2, 3, 5, 7, 11]), tensor([1, 1, 2, 2, 3])]
    const compose = ([a1, b1]: readonly Tensor[], [a2, b2]: readonly Tensor[]): readonly Tensor[] => [
      mul(a1 as Tensor, a2 as Tensor),
      add(mul(b1 as Tensor, a2 as Tensor), b2 as Tensor),
    ]
    expect(reduce([a, b], [1, 0], compose, [0]).map((y) => y.item())).toEqual([
      2310,
      ((((0 + 1) * 3 + 1) * 5 + 2) * 7 + 2) * 11 + 3,
    ])
  })
  const absMax = (u: Tensor, v: Tensor): Tensor => select(gt(mul(u, u), mul(v, v)), u, v)
  it('has derivatives and batches', () => {
    expectDerivatives(([t]) => [reduce(t as Tensor, 0, (u, v) => sub(add(u, v), mul(u, v)), [0, 2])], [x])
    expectBatches(([t]) => [reduce(t as Tensor, 0, absMax, [1])], [x])
  })
  it('gives the initial value for nothing', () => {
    expect(elements(reduce(tensor([], [2, 0]), 5, absMax, [1]))).toEqual([5, 5])
  })
  it('says what does not fit', () => {
    expect(() => reduce([x, tensor([1])], [0, 0], (u) => u, [0])).toThrow(/operands of one shape/)
  })
})
