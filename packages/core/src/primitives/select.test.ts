import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import type { DType } from '../dtype.js'
import type { Tensor } from '../tensor.js'
import { linearizeFlat } from '../trace/linearize.js'
import { gt } from './compare.js'
import { clamp, select, selectN } from './select.js'

const mask = tensor([1, 0, 0, 1, 1, 0], [2, 3], 'bool')
const [a, b] = [spread([2, 3]), spread([2, 3], -1, 1, 2)]

describe('select', () => {
  it.each<DType>(['float32', 'float64', 'int32', 'uint8', 'bool'])(
    'takes the case that the mask says, in %s',
    (dtype) => {
      const [x, y] = [tensor([1, 1, 0, 0, 1, 1], [2, 3], dtype), tensor([0, 0, 1, 1, 0, 1], [2, 3], dtype)]
      expect(elements(select(mask, x, y))).toEqual([1, 0, 1, 0, 1, 1])
    },
  )
  it('takes numbers and a scalar mask', () => {
    expect(elements(select(mask, 7, tensor([1, 2, 3, 4, 5, 6], [2, 3])))).toEqual([7, 2, 3, 7, 7, 6])
    expect(elements(select(tensor([1], [], 'bool'), a, 0))).toEqual(elements(a))
    expect(elements(select(mask, 1, 0))).toEqual([1, 0, 0, 1, 1, 0])
  })
  it('has derivatives', () =>
    expectDerivatives(([m, x, y]) => [select(m as Tensor, x as Tensor, y as Tensor)], [mask, a, b]))
  it('batches', () => {
    expectBatches(([m, x, y]) => [select(m as Tensor, x as Tensor, y as Tensor)], [mask, a, b])
    expectBatches(([x, y]) => [select(gt(x as Tensor, 0), x as Tensor, y as Tensor)], [a, b])
  })
  it('names what does not fit', () => {
    expect(() => select(a, a, b)).toThrow(/has to be bool/)
    expect(() => select(mask, a, tensor([1]))).toThrow(/differ in shape/)
    expect(() => select(tensor([1], [1], 'bool'), a, b)).toThrow(/np.where broadcasts/)
  })
})

describe('selectN', () => {
  it('takes the case of that number, and the nearest outside', () => {
    const cases = [0, 10, 20].map((v) => tensor([v, v, v, v, v]))
    expect(elements(selectN(tensor([2, 0, 1, -1, 9], [5], 'int32'), ...cases))).toEqual([20, 0, 10, 0, 20])
  })
  it('takes the second case where a bool is true', () => {
    expect(elements(selectN(tensor([0, 1], [2], 'bool'), tensor([1, 2]), tensor([3, 4])))).toEqual([1, 4])
  })
  it('has derivatives', () => {
    const which = tensor([0, 1, 2, 1, 0, 2], [2, 3], 'int32')
    expectDerivatives(([w, ...cases]) => [selectN(w as Tensor, ...cases)], [which, a, b, spread([2, 3], 0, 1, 3)])
  })
  it('refuses floats and too many cases', () => {
    expect(() => selectN(a, a, b)).toThrow(/bool or int32/)
    expect(() => selectN(mask, a, a, b)).toThrow(/between 2 cases/)
  })
})

describe('clamp', () => {
  it('keeps between the bounds, and NaN', () => {
    expect(elements(clamp(-1, tensor([-2, -1, 0.5, 3, Number.NaN]), 1))).toEqual([-1, -1, 0.5, 1, Number.NaN])
    expect(elements(clamp(1, tensor([0, 5, 9], [3], 'int32'), 6))).toEqual([1, 5, 6])
  })
  it('has derivatives in the operand and the bounds', () => {
    const x = spread([2, 5], -2, 2)
    const [low, high] = [spread([2, 5], -1, -0.5), spread([2, 5], 0.5, 1, 4)]
    expectDerivatives(([l, v, h]) => [clamp(l as Tensor, v as Tensor, h as Tensor)], [low, x, high])
  })
  it('has derivative 0 on a bound', () => {
    const { pullback } = linearizeFlat(([x]) => [clamp(0, x as Tensor, 1)], [tensor([-1, 0, 0.5, 1, 2])])
    expect(elements(pullback([tensor([1, 1, 1, 1, 1])])[0] as Tensor)).toEqual([0, 0, 1, 0, 0])
  })
  it('batches', () =>
    expectBatches(
      ([l, x, h]) => [clamp(l as Tensor, x as Tensor, h as Tensor)],
      [tensor([-0.5], []), a, tensor([0.5], [])],
    ))
})
