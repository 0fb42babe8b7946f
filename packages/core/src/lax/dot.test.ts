import { describe, expect, it } from 'vitest'
import { expectClose, spread, tensor } from '../../test/oracle.js'
import { batchMatmul, dot, dotGeneral } from './dot.js'

describe('products', () => {
  const [x, y] = [tensor([1, 2, 3, 4], [2, 2]), tensor([5, 6])]
  it('dot takes vectors and matrices', () => {
    expect(dot(y, y).item()).toBe(61)
    expect(dot(x, y).toArray()).toEqual([17, 39])
    expect(dot(y, x).toArray()).toEqual([23, 34])
    expect(dot(x, x).toArray()).toEqual([
      [7, 10],
      [15, 22],
    ])
  })
  it('batchMatmul is dotGeneral over leading axes', () => {
    const [a, b] = [spread([2, 3, 4]), spread([2, 4, 2], -1, 1, 2)]
    expectClose(
      batchMatmul(a, b),
      dotGeneral(a, b, [
        [[2], [1]],
        [[0], [0]],
      ]),
      0,
    )
    expect(batchMatmul(a, b).shape).toEqual([2, 3, 2])
  })
  it('preferredElementType is the dtype of the result', () => {
    expect(dot(tensor([200], [1], 'uint8'), tensor([2], [1], 'uint8'), { preferredElementType: 'int32' }).item()).toBe(
      400,
    )
  })
  it('names what does not fit, and the likely cure', () => {
    expect(() => dot(spread([128, 784]), spread([512, 784]))).toThrow(
      'inner sizes 784 and 512 differ. Did you mean y.T?',
    )
    expect(() => dot(spread([1, 1, 1]), spread([1]))).toThrow('np.matmul')
    expect(() => batchMatmul(spread([2, 2]), spread([1, 2, 2]))).toThrow('one rank ≥ 2')
  })
})
