import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import { type DType, dtypes } from '../dtype.js'
import type { Tensor } from '../tensor.js'
import { jvpFlat } from '../trace/jvp.js'
import { bitcastConvertType, convertElementType } from './convert.js'

describe('convertElementType', () => {
  const pairs = dtypes.flatMap((from) => dtypes.map((to) => [from, to] as const))
  it.each(pairs)('from %s to %s keeps 0 and 1', (from, to) => {
    const result = convertElementType(tensor([0, 1, 1, 0], [2, 2], from), to)
    expect([result.dtype, result.shape, elements(result)]).toEqual([to, [2, 2], [0, 1, 1, 0]])
  })
  it('truncates and saturates floats, wraps integers, asks bool for zero', () => {
    const x = tensor([-1.7, 2.9, 3e10, Number.NaN])
    expect(elements(convertElementType(x, 'int32'))).toEqual([-1, 2, 2147483647, 0])
    expect(elements(convertElementType(x, 'uint8'))).toEqual([0, 2, 255, 0])
    expect(elements(convertElementType(tensor([-1, 257], [2], 'int32'), 'uint8'))).toEqual([255, 1])
    expect(elements(convertElementType(tensor([-1], [1], 'int32'), 'uint32'))).toEqual([4294967295])
    expect(elements(convertElementType(tensor([0, -0, 0.1, Number.NaN]), 'bool'))).toEqual([0, 0, 1, 1])
    expect(elements(convertElementType(tensor([0.1]), 'float32'))).toEqual([Math.fround(0.1)])
  })
  it('changes weakness alone', () => {
    const x = tensor([1.5], [1], 'float32')
    const weak = convertElementType(x, 'float32', true)
    expect([weak.weakType, elements(weak)]).toEqual([true, [1.5]])
    expect(convertElementType(x, 'float32')).toBe(x)
  })
  it('has the tangent of a float and none to integers', () => {
    expectDerivatives(([x]) => [convertElementType(x as Tensor, 'float64', true)], [spread([2, 3])])
    const half = (dtype: DType) =>
      jvpFlat(([x]) => [convertElementType(x as Tensor, dtype)], [tensor([1.5])], [tensor([0.5])])[1][0]
    expect([half('float32')?.dtype, half('float32')?.item()]).toEqual(['float32', 0.5])
    expect(half('int32')).toBe(null)
  })
  it('batches', () => expectBatches(([x]) => [convertElementType(x as Tensor, 'int32')], [spread([2, 3], -9, 9)]))
})

describe('bitcastConvertType', () => {
  it('reads the same bits', () => {
    expect(elements(bitcastConvertType(tensor([1, -2], [2], 'float32'), 'uint32'))).toEqual([0x3f800000, 0xc0000000])
    expect(elements(bitcastConvertType(tensor([-1], [1], 'int32'), 'uint32'))).toEqual([4294967295])
  })
  it('splits and joins elements', () => {
    const bytes = bitcastConvertType(tensor([0x01020304, 5], [2], 'uint32'), 'uint8')
    expect([bytes.shape, elements(bytes)]).toEqual([
      [2, 4],
      [4, 3, 2, 1, 5, 0, 0, 0],
    ])
    expect(elements(bitcastConvertType(bytes, 'uint32'))).toEqual([0x01020304, 5])
    expect(bitcastConvertType(tensor([Math.PI], []), 'uint32').shape).toEqual([2])
  })
  it('batches along every axis', () => {
    expectBatches(([x]) => [bitcastConvertType(x as Tensor, 'uint32')], [spread([2, 3])])
    expectBatches(([x]) => [bitcastConvertType(x as Tensor, 'float64')], [tensor([1, 2, 3, 4], [2, 2], 'uint32')])
  })
  it('refuses bool and sizes that do not fit', () => {
    expect(() => bitcastConvertType(tensor([1], [1], 'bool'), 'uint8')).toThrow(/astype/)
    expect(() => bitcastConvertType(tensor([1, 2, 3], [3], 'uint8'), 'float32')).toThrow(/size 4/)
  })
})
