import { describe, expect, it } from 'vitest'
import { elements, tensor } from '../../test/oracle.js'
import type { Tensor } from '../tensor.js'
import { linearizeFlat } from '../trace/linearize.js'
import { reduceSum } from './sum.js'

describe('reduceSum', () => {
  it('adds float32 in pairs, so that the error does not grow with the size', () => {
    const n = 2 ** 20
    const total = reduceSum(tensor(new Array(n).fill(0.1), [n], 'float32'), [0]).item()
    expect(Math.abs(total / (n * Math.fround(0.1)) - 1)).toBeLessThan(20 * 2 ** -24)
  })
  it('wraps integers', () => {
    expect(reduceSum(tensor([200, 100], [2], 'uint8'), [0]).item()).toBe(44)
  })
  it('is transposed by repeating', () => {
    const { pullback } = linearizeFlat(([x]) => [reduceSum(x as Tensor, [1])], [tensor([1, 2, 3, 4, 5, 6], [2, 3])])
    expect(elements(pullback([tensor([7, 8])])[0] as Tensor)).toEqual([7, 7, 7, 8, 8, 8])
  })
  it('refuses bool', () => expect(() => reduceSum(tensor([1], [1], 'bool'), [0])).toThrow(/np.sum, which promotes/))
})
