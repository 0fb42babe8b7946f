import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import '../trace/evaluate.js'
import { type DType, dtypes } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import type { Tensor } from '../tensor.js'
import * as np from './index.js'

/** JAX's table (docs: type promotion semantics) for the dtypes here, with int64 folded onto int32. */
const table: Readonly<Record<DType, readonly DType[]>> = {
  bool: ['bool', 'uint8', 'uint32', 'int32', 'float32', 'float64'],
  uint8: ['uint8', 'uint8', 'uint32', 'int32', 'float32', 'float64'],
  uint32: ['uint32', 'uint32', 'uint32', 'int32', 'float32', 'float64'],
  int32: ['int32', 'int32', 'int32', 'int32', 'float32', 'float64'],
  float32: ['float32', 'float32', 'float32', 'float32', 'float32', 'float64'],
  float64: ['float64', 'float64', 'float64', 'float64', 'float64', 'float64'],
}

describe('promotion', () => {
  it('of two tensors follows the lattice', () => {
    for (const a of dtypes) {
      dtypes.forEach((b, i) => {
        expect(np.multiply(np.ones([2], { dtype: a }), np.ones([2], { dtype: b })).dtype, `${a} and ${b}`).toBe(
          table[a][i],
        )
        expect(np.promoteTypes(a, b)).toBe(table[a][i])
      })
    }
  })
  it('a whole number beside integers stays whole, a fraction makes float32', () => {
    const typeWith = (dtype: DType, value: number): DType => np.add(np.ones([1], { dtype }), value).dtype
    expect(dtypes.map((d) => typeWith(d, 2))).toEqual(['int32', 'uint8', 'uint32', 'int32', 'float32', 'float64'])
    expect(dtypes.map((d) => typeWith(d, 0.5))).toEqual([
      'float32',
      'float32',
      'float32',
      'float32',
      'float32',
      'float64',
    ])
  })
  it('a result of a weak number stays weak', () => {
    const weak = np.add(np.ones([1], { dtype: 'int32' }), 0.5)
    expect(np.add(weak, np.ones([1], { dtype: 'float64' })).dtype).toBe('float64')
    expect(np.add(1, 2).dtype).toBe('float32')
  })
  it('a constant keeps the precision of float64', () => {
    expect(np.multiply(np.ones([], { dtype: 'float64' }), 0.1).item()).toBe(0.1)
  })
  it('a number that the dtype does not hold is an error', () => {
    expect(() => np.add(np.ones([1], { dtype: 'uint8' }), 300)).toThrow(DTypeError)
    expect(() => np.add(np.ones([1], { dtype: 'uint32' }), -1)).toThrow('does not fit uint32')
  })
})

describe('broadcasting', () => {
  it('aligns at the right', () => {
    expect(np.add(np.ones([3, 1, 4]), np.ones([2, 1])).shape).toEqual([3, 2, 4])
    expect(np.add(np.ones([0, 1]), np.ones([3])).shape).toEqual([0, 3])
  })
  it('names the shapes that do not fit', () => {
    expect(() => np.add(np.ones([2]), np.ones([3]))).toThrow(ShapeError)
    expect(() => np.add(np.ones([2]), np.ones([3]))).toThrow('add: shapes [2] and [3] do not broadcast')
  })
  it('an array is no tensor', () => {
    expect(() => np.add(np.ones([2]), [1, 2] as unknown as Tensor)).toThrow('np.array')
  })
})

describe('data first and data last', () => {
  const a = np.array([
    [1, 2],
    [3, 4],
  ])
  it('two operands', () => {
    expect(pipe(a, np.subtract(1)).toArray()).toEqual([
      [0, 1],
      [2, 3],
    ])
    expect(np.subtract(1, a).toArray()).toEqual([
      [0, -1],
      [-2, -3],
    ])
    expect(pipe(a, np.matmul(np.array([1, 10]))).toArray()).toEqual([21, 43])
    expect(pipe(a, np.divide(2), np.power(2)).toArray()).toEqual([
      [0.25, 1],
      [2.25, 4],
    ])
  })
  it('options', () => {
    expect(pipe(a, np.sum({ axis: 0 })).toArray()).toEqual([4, 6])
    expect(pipe(a, np.square, np.mean).item()).toBe(7.5)
    expect(pipe(a, np.max({ axis: 1, keepdims: true })).toArray()).toEqual([[2], [4]])
  })
  it('further arguments', () => {
    expect(pipe(a, np.reshape([4])).toArray()).toEqual([1, 2, 3, 4])
    expect(pipe(a, np.transpose).toArray()).toEqual([
      [1, 3],
      [2, 4],
    ])
    expect(pipe(a, np.transpose([1, 0])).toArray()).toEqual([
      [1, 3],
      [2, 4],
    ])
    expect(pipe(a, np.expandDims(0), np.squeeze(0)).shape).toEqual([2, 2])
    expect(pipe(a, np.take([1], { axis: 0 })).toArray()).toEqual([[3, 4]])
    expect(pipe(a, np.clip(2, 3)).toArray()).toEqual([
      [2, 2],
      [3, 3],
    ])
    expect(pipe(a, np.swapaxes(0, 1)).toArray()).toEqual([
      [1, 3],
      [2, 4],
    ])
    expect(pipe(a, np.split(2)).map((t) => t.shape)).toEqual([
      [1, 2],
      [1, 2],
    ])
  })
})
