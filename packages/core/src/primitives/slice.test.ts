import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import { range } from '../shape.js'
import { scalar, type Tensor } from '../tensor.js'
import { batchFlat } from '../trace/batch.js'
import { transpose } from './shape.js'
import { dynamicSlice, dynamicUpdateSlice, rev, slice } from './slice.js'

const counted = (shape: readonly number[]): Tensor => tensor(range(shape.reduce((a, b) => a * b, 1)), shape)
const int = (i: number): Tensor => scalar(i, 'int32')

describe('slice', () => {
  const x = counted([4, 5])
  it('takes every stride-th element from start to limit', () => {
    expect(slice(x, [1, 0], [4, 5], [2, 2]).toArray()).toEqual([
      [5, 7, 9],
      [15, 17, 19],
    ])
  })
  it('may be empty', () => expect(slice(x, [2, 0], [2, 5]).shape).toEqual([0, 5]))
  it('reads transposed operands, by kernels and without them', () => {
    const wide = transpose(counted([300, 40]), [1, 0])
    expect(slice(wide, [3, 7], [5, 9]).toArray()).toEqual([
      [283, 323],
      [284, 324],
    ])
    const most = elements(slice(wide, [1, 1], [40, 300]))
    expect(most.slice(0, 3)).toEqual([41, 81, 121])
    expect(most[most.length - 1]).toBe(299 * 40 + 39)
  })
  it('keeps the dtype', () => {
    for (const dtype of ['int32', 'uint8', 'bool', 'float32'] as const) {
      const y = slice(tensor([0, 1, 1], [3], dtype), [1], [3])
      expect([y.dtype, ...elements(y)]).toEqual([dtype, 1, 1])
    }
  })
  it('derivatives and batches', () => {
    const f = ([a]: readonly Tensor[]): Tensor[] => [slice(a as Tensor, [1, 0], [4, 5], [2, 3])]
    expectDerivatives(f, [spread([4, 5])])
    expectBatches(f, [spread([4, 5])])
  })
  it('names the range that does not fit', () => {
    expect(() => slice(x, [0, 3], [4, 6])).toThrow('3:6:1 is no range of axis 1 of float64[4,5]')
    expect(() => slice(x, [0], [4])).toThrow('one entry per axis')
  })
})

describe('rev', () => {
  it('reverses axes', () =>
    expect(rev(counted([2, 3]), [1]).toArray()).toEqual([
      [2, 1, 0],
      [5, 4, 3],
    ]))
  it('reverses nothing of an empty tensor', () => expect(rev(tensor([], [0, 3]), [0]).shape).toEqual([0, 3]))
  it('derivatives and batches', () => {
    const f = ([a]: readonly Tensor[]): Tensor[] => [rev(a as Tensor, [0, 2])]
    expectDerivatives(f, [spread([2, 3, 2])])
    expectBatches(f, [spread([2, 3, 2])])
  })
})

describe('dynamicSlice', () => {
  const x = counted([4, 5])
  it('takes a block from a position', () =>
    expect(dynamicSlice(x, [int(1), 2], [2, 2]).toArray()).toEqual([
      [7, 8],
      [12, 13],
    ]))
  it('clamps the position', () => {
    expect(dynamicSlice(x, [9, -3], [2, 2]).toArray()).toEqual([
      [10, 11],
      [15, 16],
    ])
    const large = counted([100, 100])
    expect(dynamicSlice(large, [200, -1], [1, 2]).toArray()).toEqual([[9900, 9901]])
  })
  it('reads transposed operands by kernels', () => {
    const y = dynamicSlice(transpose(counted([6, 50]), [1, 0]), [2, 0], [40, 5])
    expect(elements(y).slice(0, 6)).toEqual([2, 52, 102, 152, 202, 3])
  })
  it('takes scalars', () => expect(dynamicSlice(scalar(3), [], []).item()).toBe(3))
  it('derivatives and batches', () => {
    const f = ([a]: readonly Tensor[]): Tensor[] => [dynamicSlice(a as Tensor, [1, 2], [2, 3])]
    expectDerivatives(f, [spread([4, 5])])
    expectBatches(f, [spread([4, 5])])
  })
  it('batches positions', () => {
    const starts = tensor([0, 2, 9], [3], 'int32')
    for (const [operand, axis] of [
      [x, null],
      [counted([3, 4, 5]), 0],
      [counted([4, 3, 5]), 1],
    ] as const) {
      const f = ([a, i]: readonly Tensor[]): Tensor[] => [dynamicSlice(a as Tensor, [i as Tensor, 1], [2, 2])]
      const [[y], [at]] = batchFlat(f, [operand, starts], [axis, 0], { size: 3, name: null })
      expect(at).toBe(0)
      range(3).forEach((b) => {
        const own =
          axis === null
            ? operand
            : dynamicSlice(
                operand,
                range(3).map((a) => (a === axis ? b : 0)),
                operand.shape.map((n, a) => (a === axis ? 1 : n)),
              )
        const one = tensor(elements(own), [4, 5])
        const expected = dynamicSlice(one, [[0, 2, 9][b] as number, 1], [2, 2])
        expect(elements(y as Tensor).slice(4 * b, 4 * b + 4)).toEqual(elements(expected))
      })
    }
  })
  it('asks for int32 scalars', () => {
    expect(() => dynamicSlice(x, [scalar(1), 0], [1, 1])).toThrow("i.astype('int32')")
    expect(() => dynamicSlice(x, [0, 0], [5, 1])).toThrow('size 5 does not fit axis 0')
  })
})

describe('dynamicUpdateSlice', () => {
  const x = counted([3, 3])
  it('replaces a block, clamped', () => {
    expect(dynamicUpdateSlice(x, tensor([-1, -2], [1, 2]), [1, 7]).toArray()).toEqual([
      [0, 1, 2],
      [3, -1, -2],
      [6, 7, 8],
    ])
    expect(elements(x)).toEqual(range(9))
  })
  it('replaces everything', () =>
    expect(dynamicUpdateSlice(x, rev(x, [0, 1]), [1, 1]).toArray()).toEqual(rev(x, [0, 1]).toArray()))
  it('derivatives and batches', () => {
    const f = ([a, u]: readonly Tensor[]): Tensor[] => [dynamicUpdateSlice(a as Tensor, u as Tensor, [1, 2])]
    expectDerivatives(f, [spread([4, 5]), spread([2, 2])])
    expectBatches(f, [spread([4, 5]), spread([2, 2])])
  })
  it('batches positions', () => {
    const f = ([i]: readonly Tensor[]): Tensor[] => [dynamicUpdateSlice(x, tensor([9], [1, 1]), [i as Tensor, 0])]
    const [[y]] = batchFlat(f, [tensor([0, 1, 5], [3], 'int32')], [0], { size: 3, name: null })
    const expected = [0, 3, 6].flatMap((at) => range(9).map((i) => (i === at ? 9 : i)))
    expect(elements(y as Tensor)).toEqual(expected)
  })
})
