import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import type { DType } from '../dtype.js'
import type { Tensor } from '../tensor.js'
import { linearizeFlat } from '../trace/linearize.js'
import { argsort, sort, sortKeyVal, topK } from './sort.js'

const x = spread([2, 5, 3], -2, 2)
const all = (args: readonly Tensor[], options?: Parameters<typeof sort>[1]): readonly Tensor[] => sort(args, options)

describe('sort', () => {
  it.each<DType>(['float32', 'float64', 'int32', 'uint32', 'uint8'])('sorts %s', (dtype) => {
    expect(elements(sort(tensor([3, 1, 2, 9, 7, 8], [2, 3], dtype)))).toEqual([1, 2, 3, 7, 8, 9])
    expect(elements(sort(tensor([3, 1, 2, 0, 7, 1], [2, 3], dtype), { dimension: 0 }))).toEqual([0, 1, 1, 3, 7, 2])
  })
  it('puts NaN last and keeps the order of zeros', () => {
    expect(elements(sort(tensor([Number.NaN, 1, -Infinity, Number.NaN, Infinity])))).toEqual([
      -Infinity,
      1,
      Infinity,
      Number.NaN,
      Number.NaN,
    ])
    expect(elements(argsort(tensor([0, -0, -1, 0])))).toEqual([2, 0, 1, 3])
  })
  it('carries the other operands along, stably', () => {
    const [keys, values] = sortKeyVal(tensor([2, 1, 2, 1]), tensor([0, 1, 2, 3], [4], 'int32'))
    expect([elements(keys), elements(values)]).toEqual([
      [1, 1, 2, 2],
      [1, 3, 0, 2],
    ])
  })
  it('breaks ties by the second key', () => {
    const table = [tensor([1, 0, 1, 0]), tensor([5, 6, 4, 3]), tensor([0, 1, 2, 3], [4], 'uint8')]
    expect(all(table, { numKeys: 2 }).map(elements)).toEqual([
      [0, 0, 1, 1],
      [3, 6, 4, 5],
      [3, 1, 2, 0],
    ])
  })
  it.each([0, 1, 2])('has derivatives along axis %s', (dimension) => {
    expectDerivatives(([a]) => [sort(a as Tensor, { dimension })], [x])
    expectDerivatives((args) => all(args, { dimension }), [x, spread([2, 5, 3], -1, 1, 2)])
  })
  it('has derivatives with integer keys', () => {
    expectDerivatives((args) => all(args), [tensor([2, 0, 1], [3], 'int32'), tensor([1, 4, 2])])
  })
  it.each([0, 1, 2])('batches along axis %s', (dimension) => {
    expectBatches(([a]) => [sort(a as Tensor, { dimension }), argsort(a as Tensor, dimension)], [x])
    expectBatches((args) => all(args, { dimension, numKeys: 2 }), [x, spread([2, 5, 3], -1, 1, 2)])
  })
  it('takes nothing', () => expect(sort(tensor([], [2, 0])).shape).toEqual([2, 0]))
  it('names what is wrong', () => {
    expect(() => all([tensor([1]), tensor([1, 2])])).toThrow(/differ in shape/)
    expect(() => all([tensor([1])], { numKeys: 2 })).toThrow(/numKeys is 2/)
    expect(() => sort(tensor([1], []))).toThrow(/no axes/)
    expect(() => sort([])).toThrow(/at least one/)
  })
})

describe('topK', () => {
  it('gives the largest and where they are, ties in their order', () => {
    const [values, indices] = topK(tensor([3, 7, 7, 1, 9, 2, 5, 8], [2, 4]), 3)
    expect([elements(values), elements(indices)]).toEqual([
      [7, 7, 3, 9, 8, 5],
      [1, 2, 0, 0, 3, 2],
    ])
    expect([indices.dtype, indices.shape]).toEqual(['int32', [2, 3]])
  })
  it('takes integers, and none of them', () => {
    expect(elements(topK(tensor([3, 200, 7], [3], 'uint8'), 2)[0])).toEqual([200, 7])
    expect(topK(tensor([3, 2]), 0)[0].shape).toEqual([0])
  })
  it('has derivatives', () => expectDerivatives(([a]) => [topK(a as Tensor, 2)[0]], [x]))
  it('batches', () => expectBatches(([a]) => topK(a as Tensor, 2), [x]))
  it('sends the cotangent to the positions', () => {
    const { pullback } = linearizeFlat(([a]) => [topK(a as Tensor, 2)[0]], [tensor([1, 5, 3])])
    expect(elements(pullback([tensor([10, 20])])[0] as Tensor)).toEqual([0, 10, 20])
  })
  it('refuses more than there are', () => expect(() => topK(tensor([1, 2]), 3)).toThrow(/no 3 largest/))
})
