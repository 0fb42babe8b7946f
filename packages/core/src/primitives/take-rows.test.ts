import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import type { Tensor } from '../tensor.js'
import { addRows, takeRows } from './take-rows.js'

const at = tensor([2, 0, 2, 1, 1, 0], [2, 3], 'int32')

describe('takeRows', () => {
  it('takes by position in each row', () => {
    expect(elements(takeRows(tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 4]), at))).toEqual([3, 1, 3, 6, 6, 5])
  })
  it('moves positions inside the row', () => {
    const [x, far] = [tensor([1, 2, 3, 4, 5, 6], [2, 3]), tensor([-5, 9, 1, 3, 2, -1], [2, 3], 'int32')]
    expect(elements(takeRows(x, far))).toEqual([1, 3, 2, 6, 6, 4])
    expect(elements(takeRows(x, tensor([9, -1], [2, 1], 'int32')))).toEqual([3, 4])
    expect(elements(addRows(x, far, 2))).toEqual([1, 5, 6, 9])
  })
  it('has derivatives', () => expectDerivatives(([x, p]) => [takeRows(x as Tensor, p as Tensor)], [spread([2, 4]), at]))
  it('batches', () => expectBatches(([x, p]) => [takeRows(x as Tensor, p as Tensor)], [spread([2, 4]), at]))
  it('refuses other rows and floats for positions', () => {
    expect(() => takeRows(spread([3, 4]), at)).toThrow(/agree in all axes but the last/)
    expect(() => takeRows(spread([2, 0]), at)).toThrow(/has nothing/)
    expect(() => takeRows(spread([2, 4]), spread([2, 3]))).toThrow(/int32/)
  })
})

describe('addRows', () => {
  it('adds what meets at one position', () => {
    expect(elements(addRows(tensor([1, 2, 3, 4, 5, 6], [2, 3]), at, 4))).toEqual([2, 0, 4, 0, 6, 9, 0, 0])
    expect(addRows(tensor([], [2, 0]), tensor([], [2, 0], 'int32'), 2).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ])
  })
  it('has derivatives', () =>
    expectDerivatives(([x, p]) => [addRows(x as Tensor, p as Tensor, 4)], [spread([2, 3]), at]))
  it('batches', () => expectBatches(([x, p]) => [addRows(x as Tensor, p as Tensor, 4)], [spread([2, 3]), at]))
})
