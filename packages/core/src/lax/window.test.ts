import { describe, expect, it } from 'vitest'
import { elements, expectClose, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import { add, mul } from '../primitives/arithmetic.js'
import { max, min } from '../primitives/maximum.js'
import { scalar, type Tensor } from '../tensor.js'
import { reduceWindow } from './window.js'

describe('reduceWindow', () => {
  const x = tensor([1, 5, 2, 4, 3])
  it('folds windows by kernels', () => {
    expect(elements(reduceWindow(x, 0, add, [2], [1], 'VALID'))).toEqual([6, 7, 6, 7])
    expect(elements(reduceWindow(x, 1, mul, [2], [2], 'SAME'))).toEqual([5, 8, 3])
    expect(elements(reduceWindow(x, -Infinity, max, [3], [1], 'SAME'))).toEqual([5, 5, 5, 4, 4])
    expect(elements(reduceWindow(x, Infinity, min, [2], [1], [[1, 0]]))).toEqual([1, 1, 2, 2, 3])
    expect(elements(reduceWindow(tensor([1, -5, 2], [3], 'int32'), -Infinity, max, [2], [1], 'VALID'))).toEqual([1, 2])
  })
  it('gives the same by folding one position after another', () => {
    const y = spread([3, 4])
    for (const [f, init] of [
      [add, 0],
      [mul, 1],
      [max, -Infinity],
      [min, Infinity],
    ] as const) {
      const folded = reduceWindow(y, init, (a, b) => f(a, b), [2, 2], [1, 2], 'SAME')
      expectClose(folded, reduceWindow(y, init, f, [2, 2], [1, 2], 'SAME'), 1e-14)
    }
  })
  it('starts and pads with the initial value', () => {
    expect(elements(reduceWindow(x, 10, add, [2], [1], [[1, 0]]))).toEqual([21, 16, 17, 16, 17])
    expect(elements(reduceWindow(x, 3, max, [1], [1], 'VALID'))).toEqual([3, 5, 3, 4, 3])
  })
  it('differentiates, also with respect to the initial value', () => {
    const f = ([a, v]: readonly Tensor[]): Tensor[] => [reduceWindow(a as Tensor, v as Tensor, mul, [2], [1], [[1, 1]])]
    expectDerivatives(f, [spread([4]), scalar(1.5, 'float64')])
  })
})
