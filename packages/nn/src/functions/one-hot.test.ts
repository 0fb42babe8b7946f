import { np, pipe } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { i32 } from '../../test/near.js'
import { oneHot } from './one-hot.js'

describe('oneHot', () => {
  it('puts a 1 at each class', () => {
    expect(oneHot(i32([[2], [0]]), 3).toArray()).toEqual([[[0, 0, 1]], [[1, 0, 0]]])
  })
  it('gives zeros for classes outside', () =>
    expect(oneHot(i32([-1, 3]), 3).toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]))
  it('puts the classes along any axis', () => {
    expect(oneHot(i32([1, 0, 1]), 2, { axis: 0 }).toArray()).toEqual([
      [0, 1, 0],
      [1, 0, 1],
    ])
    expect(oneHot(i32([[1, 0]]), 2, { axis: 1 }).shape).toEqual([1, 2, 2])
  })
  it('has the dtype asked for', () => expect(oneHot(i32([1]), 2, { dtype: 'float64' }).dtype).toBe('float64'))
  it('works in a pipe', () => expect(pipe(i32([1]), oneHot(2)).toArray()).toEqual([[0, 1]]))
  it('takes small unsigned labels', () => {
    expect(oneHot(np.array([0, 1], { dtype: 'uint8' }), 2).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ])
  })
  it('rejects half classes', () => expect(() => oneHot(i32([1]), 2.5)).toThrow('whole number'))
})
