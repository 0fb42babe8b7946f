import { describe, expect, it } from 'vitest'
import { elements, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import { range } from '../shape.js'
import { scalar, type Tensor } from '../tensor.js'
import { batchFlat } from '../trace/batch.js'
import * as lax from './slicing.js'

const x = tensor(range(12), [3, 4])
const int = (i: number): Tensor => scalar(i, 'int32')

describe('static slices', () => {
  it('slice takes strides by position or by name', () => {
    expect(lax.slice(x, [0, 1], [3, 4], [2, 2]).toArray()).toEqual([
      [1, 3],
      [9, 11],
    ])
    expect(lax.slice(x, [0, 1], [3, 4], { strides: [2, 2] }).toArray()).toEqual([
      [1, 3],
      [9, 11],
    ])
    expect(lax.slice(x, [2, 0], [3, 2]).toArray()).toEqual([[8, 9]])
  })
  it('sliceInDim counts from both ends', () => {
    expect(lax.sliceInDim(x, -3, null, { axis: 1, stride: 2 }).toArray()).toEqual([
      [1, 3],
      [5, 7],
      [9, 11],
    ])
    expect(lax.sliceInDim(x, null, -2).toArray()).toEqual([[0, 1, 2, 3]])
  })
  it('indexInDim keeps the axis unless told otherwise', () => {
    expect(lax.indexInDim(x, -1).shape).toEqual([1, 4])
    expect(lax.indexInDim(x, 1, { axis: 1, keepdims: false }).toArray()).toEqual([1, 5, 9])
    expect(() => lax.indexInDim(x, 3)).toThrow('3 is outside axis 0 of float64[3,4]')
  })
  it('split', () =>
    expect(lax.split(x, [1, 3], 1).map((p) => p.shape)).toEqual([
      [3, 1],
      [3, 3],
    ]))
})

describe('dynamic slices', () => {
  it('take numbers, scalars or one vector, counted from the end where negative', () => {
    for (const starts of [
      [-2, 1],
      [int(-2), int(1)],
      tensor([-2, 1], [2], 'int32'),
      [int(1), scalar(1, 'uint8')],
    ] as const) {
      expect(lax.dynamicSlice(x, starts, [1, 2]).toArray()).toEqual([[5, 6]])
    }
  })
  it('count from the end inside transforms too', () => {
    const f = ([i]: readonly Tensor[]): Tensor[] => [lax.dynamicIndexInDim(x, i as Tensor, 0, false)]
    const [[y]] = batchFlat(f, [tensor([-1, 0, 9], [3], 'int32')], [0], { size: 3, name: null })
    expect(elements(y as Tensor)).toEqual([8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11])
  })
  it('along one axis', () => {
    expect(lax.dynamicSliceInDim(x, int(1), 2, 1).toArray()).toEqual([
      [1, 2],
      [5, 6],
      [9, 10],
    ])
    expect(lax.dynamicSliceInDim(x, 1, 1, { axis: 0 }).toArray()).toEqual([[4, 5, 6, 7]])
    expect(lax.dynamicIndexInDim(x, 2).shape).toEqual([1, 4])
    expect(lax.dynamicIndexInDim(x, 2, { axis: 1, keepdims: false }).toArray()).toEqual([2, 6, 10])
  })
  it('update along one axis', () => {
    const zero = tensor([0, 0, 0], [3])
    expect(lax.dynamicUpdateIndexInDim(x, zero, int(1), 1).toArray()).toEqual([
      [0, 0, 2, 3],
      [4, 0, 6, 7],
      [8, 0, 10, 11],
    ])
    expect(lax.dynamicUpdateSliceInDim(x, tensor(range(8), [2, 4]), 5, 0).toArray()).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ])
    expect(lax.dynamicUpdateSlice(x, tensor([7], [1, 1]), [-1, -1]).toArray()).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9, 10, 7],
    ])
  })
  it('differentiate', () => {
    expectDerivatives(
      ([a, u]) => [
        lax.dynamicUpdateIndexInDim(a as Tensor, lax.dynamicIndexInDim(a as Tensor, 0), 2, 0),
        lax.dynamicUpdateSlice(a as Tensor, u as Tensor, [1, 1]),
      ],
      [spread([3, 3]), spread([1, 2])],
    )
  })
})
