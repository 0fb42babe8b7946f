import { describe, expect, it } from 'vitest'
import { elements, expectBatches, tensor } from '../../test/oracle.js'
import type { Tensor } from '../tensor.js'
import { and, clz, not, or, popcount, shl, shrArithmetic, shrLogical, xor } from './logical.js'

const [t, f] = [tensor([1, 1, 0, 0], [4], 'bool'), tensor([1, 0, 1, 0], [4], 'bool')]
const int = (...values: number[]): Tensor => tensor(values, [values.length], 'int32')

describe('on bool', () => {
  it('and, or, xor, not', () => {
    expect(elements(and(t, f))).toEqual([1, 0, 0, 0])
    expect(elements(or(t, f))).toEqual([1, 1, 1, 0])
    expect(elements(xor(t, f))).toEqual([0, 1, 1, 0])
    expect(elements(not(t))).toEqual([0, 0, 1, 1])
    expect(not(t).dtype).toBe('bool')
  })
})

describe('on bits', () => {
  const [x, y] = [int(12, -1, 7), int(10, 5, -8)]
  it('and, or, xor, not', () => {
    expect(elements(and(x, y))).toEqual([12 & 10, -1 & 5, 7 & -8])
    expect(elements(or(x, y))).toEqual([12 | 10, -1 | 5, 7 | -8])
    expect(elements(xor(x, y))).toEqual([12 ^ 10, -1 ^ 5, 7 ^ -8])
    expect(elements(not(x))).toEqual([~12, ~-1, ~7])
    expect(elements(not(tensor([1, 255], [2], 'uint8')))).toEqual([254, 0])
  })
  it('shifts, by more than the width too', () => {
    expect(elements(shl(int(1, -3, 1), int(4, 1, 32)))).toEqual([16, -6, 0])
    expect(elements(shrLogical(int(16, -1, 5), int(2, 28, 32)))).toEqual([4, 15, 0])
    expect(elements(shrArithmetic(int(16, -16, -5), int(2, 2, 40)))).toEqual([4, -4, -1])
  })
  it('counts bits', () => {
    expect(elements(popcount(int(0, 7, -1)))).toEqual([0, 3, 32])
    expect(elements(clz(int(0, 1, -1)))).toEqual([32, 31, 0])
    expect(elements(clz(tensor([1, 128], [2], 'uint8')))).toEqual([7, 0])
  })
  it('batches', () => {
    expectBatches(([a, b]) => [and(a as Tensor, b as Tensor), shl(a as Tensor, b as Tensor)], [int(1, 2), int(3, 4)])
    expectBatches(([a]) => [not(a as Tensor), popcount(a as Tensor)], [int(1, 2)])
  })
  it('refuses floats and, for shifts, bool', () => {
    expect(() => and(tensor([1]), tensor([1]))).toThrow(/and: takes integers or bool/)
    expect(() => shl(t, f)).toThrow(/shl: takes an integer dtype/)
  })
})
