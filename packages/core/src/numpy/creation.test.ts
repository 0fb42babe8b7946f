import { describe, expect, it } from 'vitest'
import '../trace/evaluate.js'
import { DTypeError, RangeError, ShapeError } from '../errors.js'
import * as np from './index.js'

describe('array', () => {
  it('guesses the dtype from what it holds', () => {
    expect(np.array(3).dtype).toBe('float32')
    expect(np.array([true, false]).dtype).toBe('bool')
    expect(np.array([true, 2]).toArray()).toEqual([1, 2])
    expect(np.array([]).shape).toEqual([0])
    expect(np.array([[], []]).shape).toEqual([2, 0])
  })
  it('copies typed arrays', () => {
    const source = Float64Array.of(1, 2)
    const x = np.array(source)
    source[0] = 9
    expect(x.dtype).toBe('float64')
    expect(x.toArray()).toEqual([1, 2])
    expect(np.array(Uint8Array.of(1, 255), { dtype: 'int32' }).toArray()).toEqual([1, 255])
    expect(np.array([Int32Array.of(1, 2), Int32Array.of(3, 4)]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(() => np.array(new Int16Array(1))).toThrow(DTypeError)
  })
  it('stacks tensors', () => {
    expect(np.array([np.array([1, 2]), np.array([3, 4])]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(
      np
        .array([
          [np.array(1), 2],
          [3, 4],
        ])
        .toArray(),
    ).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(() => np.array([np.array([1]), np.array([1, 2])])).toThrow(ShapeError)
  })
  it('names the place of a ragged row', () => {
    expect(() => np.array([[1, 2], [3]])).toThrow(ShapeError)
    expect(() => np.array([[1, 2], [3]])).toThrow('at [1] stands an array of length 1, but an array of length 2')
    expect(() => np.array([[1, 2], 3])).toThrow('at [1] stands number 3')
    expect(() => np.array([1, [2]])).toThrow('at [1] stands an array of length 1, but a number')
    expect(() => np.array(['a' as unknown as number])).toThrow(DTypeError)
  })
  it('checks what a dtype holds', () => {
    expect(np.array([1.9, -1.9], { dtype: 'int32' }).toArray()).toEqual([1, -1])
    expect(() => np.array([256], { dtype: 'uint8' })).toThrow(RangeError)
    expect(() => np.array([Number.NaN], { dtype: 'int32' })).toThrow(RangeError)
    expect(() => np.array([1], { dtype: 'int64' as 'int32' })).toThrow(DTypeError)
  })
})

describe('constants and ranges', () => {
  it('full takes its dtype from the value', () => {
    expect(np.full([2], true).toArray()).toEqual([true, true])
    expect(np.full([2, 2], np.array([1, 2])).toArray()).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect(np.fullLike(np.arange(2), 3.7).toArray()).toEqual([3, 3])
    expect(np.zeros(3).shape).toEqual([3])
    expect(() => np.zeros([-1])).toThrow(ShapeError)
  })
  it('arange is int32 for whole arguments', () => {
    expect(np.arange(5, 0, -2).toArray()).toEqual([5, 3, 1])
    expect(np.arange(0, 1, 0.1).dtype).toBe('float32')
    expect(np.arange(0, 1, 0.1).size).toBe(10)
    expect(np.arange(3, { dtype: 'float64' }).dtype).toBe('float64')
    expect(np.arange(3, 1).size).toBe(0)
    expect(() => np.arange(0, 1, 0)).toThrow(RangeError)
  })
  it('linspace ends where it is told', () => {
    const x = np.linspace(0, 0.3, { num: 4, dtype: 'float64' })
    expect(x.slice(-1).item()).toBe(0.3)
    expect(np.linspace(2, 3, 1).toArray()).toEqual([2])
    expect(np.linspace(0, 1).size).toBe(50)
    expect(np.linspace(0, 9, 4, { dtype: 'int32' }).toArray()).toEqual([0, 3, 6, 9])
    expect(np.logspace(0, 3, 4, { base: 2 }).toArray()).toEqual([1, 2, 4, 8])
    expect(np.geomspace(-1, -100, 3).toArray()).toEqual([-1, -10, -100])
    expect(() => np.geomspace(-1, 1)).toThrow(RangeError)
  })
  it('grids', () => {
    const [i, j] = np.meshgrid(np.array([1, 2, 3]), np.array([10, 20]), { indexing: 'ij' })
    expect(i?.toArray()).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ])
    expect(j?.toArray()).toEqual([
      [10, 20],
      [10, 20],
      [10, 20],
    ])
    expect(np.meshgrid(np.arange(3), np.arange(2), { sparse: true }).map((t) => t.shape)).toEqual([
      [1, 3],
      [2, 1],
    ])
    expect(np.indices([2, 3], { sparse: true }).map((t) => t.shape)).toEqual([
      [2, 1],
      [1, 3],
    ])
  })
})

describe('matrices', () => {
  it('diagonals', () => {
    expect(np.diag(np.array([1, 2]), { k: -1 }).toArray()).toEqual([
      [0, 0, 0],
      [1, 0, 0],
      [0, 2, 0],
    ])
    expect(
      np
        .diag(
          np.array([
            [1, 2, 3],
            [4, 5, 6],
          ]),
          { k: 1 },
        )
        .toArray(),
    ).toEqual([2, 6])
    expect(np.diagonal(np.arange(8).reshape(2, 2, 2), { axis1: 1, axis2: 2 }).toArray()).toEqual([
      [0, 3],
      [4, 7],
    ])
    expect(np.eye(2, 3, { k: -1 }).toArray()).toEqual([
      [0, 0, 0],
      [1, 0, 0],
    ])
    expect(() => np.diag(np.ones([1, 1, 1]))).toThrow(ShapeError)
    expect(np.fillDiagonal(np.zeros([3, 2]), np.array([1, 2])).toArray()).toEqual([
      [1, 0],
      [0, 2],
      [0, 0],
    ])
  })
  it('triangles of stacks', () => {
    const x = np.ones([2, 2, 3])
    expect(np.tril(x).slice(1).toArray()).toEqual([
      [1, 0, 0],
      [1, 1, 0],
    ])
    expect(np.triu(x, { k: 1 }).slice(0).toArray()).toEqual([
      [0, 1, 1],
      [0, 0, 1],
    ])
    expect(np.tri(2, 3, { k: 1 }).toArray()).toEqual([
      [1, 1, 0],
      [1, 1, 1],
    ])
    expect(np.vander(np.array([2, 3]), { increasing: true }).toArray()).toEqual([
      [1, 2],
      [1, 3],
    ])
  })
})

describe('dtypes', () => {
  it('limits', () => {
    expect(np.finfo('float64').eps).toBe(Number.EPSILON)
    expect(np.finfo('float64').max).toBe(Number.MAX_VALUE)
    expect(np.finfo('float32').smallestSubnormal).toBe(2 ** -149)
    expect(np.iinfo('int32').min).toBe(-2147483648)
    expect(() => np.finfo('int32')).toThrow('np.iinfo')
  })
  it('kinds and casts', () => {
    expect(np.isdtype('uint8', ['bool', 'unsigned integer'])).toBe(true)
    expect(np.issubdtype('int32', 'signedinteger')).toBe(true)
    expect(np.canCast('int32', 'float32')).toBe(false)
    expect(np.canCast('uint8', 'float32')).toBe(true)
    expect(np.resultType('int32', 0.5)).toBe('float32')
    expect(np.resultType(np.ones([1], { dtype: 'uint8' }), 3)).toBe('uint8')
  })
})

describe('matmul', () => {
  it('stacks of matrices broadcast', () => {
    const [a, b] = [
      np.arange(12, { dtype: 'float32' }).reshape(2, 2, 3),
      np.arange(6, { dtype: 'float32' }).reshape(3, 2),
    ]
    expect(np.matmul(a, b).toArray()).toEqual([
      [
        [10, 13],
        [28, 40],
      ],
      [
        [46, 67],
        [64, 94],
      ],
    ])
    expect(np.matmul(a.slice(0), np.stack([b, b])).toArray()).toEqual([
      [
        [10, 13],
        [28, 40],
      ],
      [
        [10, 13],
        [28, 40],
      ],
    ])
    expect(np.matmul(np.ones([3]), np.stack([b, b])).toArray()).toEqual([
      [6, 9],
      [6, 9],
    ])
    expect(np.matmul(np.ones([4, 1, 2, 3]), np.ones([5, 3, 1])).shape).toEqual([4, 5, 2, 1])
    expect(np.matmul(np.ones([3]), np.ones([3])).shape).toEqual([])
  })
  it('teaches about inner sizes', () => {
    expect(() => np.matmul(np.ones([128, 784]), np.ones([512, 784]))).toThrow(
      'matmul: [128,784] × [512,784]: inner sizes 784 and 512 differ. Did you mean np.matmul(x, w.T)?',
    )
    expect(() => np.matmul(np.ones([2]), 3)).toThrow('np.multiply')
  })
})

describe('places', () => {
  it('ravel and unravel are inverse', () => {
    const flat = np.arange(24)
    expect(np.ravelMultiIndex(np.unravelIndex(flat, [2, 3, 4]), [2, 3, 4]).toArray()).toEqual(flat.toArray())
    expect(() => np.unravelIndex(6, [2, 3])).toThrow(RangeError)
    expect(() => np.ravelMultiIndex([1], [2, 3])).toThrow(ShapeError)
  })
  it('slices go and come', () => {
    const m = np.array([
      [1, 2],
      [3, 4],
    ])
    expect(np.delete(m, [0, -1], { axis: 1 }).shape).toEqual([2, 0])
    expect(np.delete(m, -1, { axis: 0 }).toArray()).toEqual([[1, 2]])
    expect(np.insert(m, 1, np.array([8, 9]), { axis: 1 }).toArray()).toEqual([
      [1, 8, 2],
      [3, 9, 4],
    ])
    expect(np.insert(m, 2, np.array([[8, 9]]), { axis: 0 }).shape).toEqual([3, 2])
    expect(np.compress([0, 1], m, { axis: 1 }).toArray()).toEqual([[2], [4]])
    expect(() => np.delete(m, 2, { axis: 0 })).toThrow(RangeError)
    expect(() => np.compress([true, true, true], m, { axis: 0 })).toThrow(ShapeError)
  })
})
