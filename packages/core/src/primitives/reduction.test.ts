import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import type { DType } from '../dtype.js'
import type { Tensor } from '../tensor.js'
import { jvpFlat } from '../trace/jvp.js'
import { linearizeFlat } from '../trace/linearize.js'
import {
  argmax,
  argmin,
  reduceAnd,
  reduceMax,
  reduceMin,
  reduceOr,
  reduceProd,
  reduceSum,
  reduceXor,
} from './reduction.js'

const x = spread([2, 3, 4], -2, 2)
const subsets = [[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2]]

/** The reference: folds every element into the place that its remaining indices name. */
const fold = (
  t: Tensor,
  axes: readonly number[],
  start: number,
  combine: (a: number, b: number) => number,
): number[] => {
  const [A, B, C] = t.shape as [number, number, number]
  const kept = [0, 1, 2].filter((i) => !axes.includes(i))
  const out = new Array<number>(kept.reduce((size, i) => size * (t.shape[i] as number), 1)).fill(start)
  elements(t).forEach((v, flat) => {
    const index = [Math.floor(flat / (B * C)) % A, Math.floor(flat / C) % B, flat % C]
    const at = kept.reduce((position, i) => position * (t.shape[i] as number) + (index[i] as number), 0)
    out[at] = combine(out[at] as number, v)
  })
  return out
}

const folds = [
  ['reduceSum', reduceSum, 0, (a: number, b: number) => a + b],
  ['reduceProd', reduceProd, 1, (a: number, b: number) => a * b],
  ['reduceMax', reduceMax, -Infinity, Math.max],
  ['reduceMin', reduceMin, Infinity, Math.min],
] as const

describe.each(folds)('%s', (_, f, start, combine) => {
  it.each(subsets)('folds axes %s %s %s', (...given) => {
    const axes = given.filter((a) => a !== undefined)
    const result = f(x, axes)
    expect(result.shape).toEqual(x.shape.filter((_, i) => !axes.includes(i)))
    for (const [i, e] of fold(x, axes, start, combine).entries()) expect(elements(result)[i]).toBeCloseTo(e, 12)
  })
  it.each<DType>(['float32', 'int32', 'uint32', 'uint8'])('takes %s', (dtype) => {
    const whole = tensor([1, 2, 3, 1, 1, 2], [1, 2, 3], dtype)
    expect(elements(f(whole, [2]))).toEqual(fold(whole, [2], start, combine))
    expect(f(whole, [2]).dtype).toBe(dtype)
  })
  it('gives the identity for nothing', () => {
    expect(elements(f(tensor([], [2, 0]), [1]))).toEqual([start, start])
    expect(f(tensor([], [2, 0]), [0]).shape).toEqual([0])
  })
  it.each(subsets)('has derivatives along %s %s %s', (...given) => {
    expectDerivatives(
      ([t]) => [
        f(
          t as Tensor,
          given.filter((a) => a !== undefined),
        ),
      ],
      [x],
      2,
      2e-6,
    )
  })
  it.each(subsets)('batches along %s %s %s', (...given) => {
    expectBatches(
      ([t]) => [
        f(
          t as Tensor,
          given.filter((a) => a !== undefined),
        ),
      ],
      [x],
    )
  })
  it('takes axes in any order, from either end', () => {
    expect(elements(f(x, [-1, 0]))).toEqual(elements(f(x, [0, 2])))
  })
  it('refuses axes that are not there', () => {
    expect(() => f(x, [3])).toThrow(/axis 3 is outside/)
    expect(() => f(x, [1, -2])).toThrow(/name one axis twice/)
  })
})

const gradient = (f: (t: Tensor) => Tensor, values: readonly number[]): number[] => {
  const { pullback } = linearizeFlat(([t]) => [f(t as Tensor)], [tensor(values)])
  return elements(pullback([tensor([1], [])])[0] as Tensor)
}

describe('reduceProd', () => {
  it('has derivatives at zeros', () => {
    const product = (t: Tensor): Tensor => reduceProd(t, [0])
    expect(gradient(product, [2, 3, 4])).toEqual([12, 8, 6])
    expect(gradient(product, [2, 0, 4])).toEqual([0, 8, 0])
    expect(gradient(product, [0, 0, 4])).toEqual([0, 0, 0])
    expectDerivatives(([t]) => [reduceProd(t as Tensor, [0])], [tensor([2, 0, 4, 0])])
    expectDerivatives(([t]) => [reduceProd(t as Tensor, [0, 1])], [tensor([2, 0, 4, 3, 1, 5], [2, 3])])
  })
})

describe('reduceMax and reduceMin', () => {
  it('share the derivative among ties', () => {
    expect(gradient((t) => reduceMax(t, [0]), [1, 3, 3, 2])).toEqual([0, 0.5, 0.5, 0])
    expect(gradient((t) => reduceMin(t, [0]), [1, 3, 1, 1])).toEqual([1 / 3, 0, 1 / 3, 1 / 3])
  })
  it('of nothing have no tangent', () => {
    const [, tangents] = jvpFlat(([t]) => [reduceMax(t as Tensor, [1])], [tensor([], [2, 0])], [tensor([], [2, 0])])
    expect(tangents).toEqual([null])
  })
  it('of bool are or and and, of nothing too', () => {
    const bools = tensor([1, 0, 0, 0], [2, 2], 'bool')
    expect([elements(reduceMax(bools, [1])), elements(reduceMin(bools, [1]))]).toEqual([
      [1, 0],
      [0, 0],
    ])
    const none = tensor([], [0], 'bool')
    expect([reduceMax(none, [0]).item(), reduceMin(none, [0]).item()]).toEqual([false, true])
  })
  it('are NaN if anything is', () => {
    expect(reduceMax(tensor([1, Number.NaN, 2]), [0]).item()).toBeNaN()
    expect(reduceMin(tensor([1, Number.NaN, 2]), [0]).item()).toBeNaN()
  })
})

describe('logic', () => {
  const bools = tensor([1, 1, 0, 1, 0, 0], [2, 3], 'bool')
  it('asks for all, any and an odd number', () => {
    expect(elements(reduceAnd(bools, [1]))).toEqual([0, 0])
    expect(elements(reduceAnd(bools, [0]))).toEqual([1, 0, 0])
    expect(elements(reduceOr(bools, [0]))).toEqual([1, 1, 0])
    expect(elements(reduceOr(tensor([0, 0], [2], 'bool'), [0]))).toEqual([0])
    expect(elements(reduceXor(bools, [1]))).toEqual([0, 1])
    expect(reduceXor(bools, [1]).dtype).toBe('bool')
  })
  it('is true or false of nothing', () => {
    expect(reduceAnd(tensor([], [0], 'bool'), [0]).item()).toBe(true)
    expect(reduceOr(tensor([], [0], 'bool'), [0]).item()).toBe(false)
  })
  it('combines bits', () => {
    expect(reduceXor(tensor([5, 3, 8], [3], 'int32'), [0]).item()).toBe(14)
    expect(reduceXor(tensor([255, 3], [2], 'uint8'), [0]).item()).toBe(252)
  })
  it('batches', () => expectBatches(([m]) => [reduceAnd(m as Tensor, [0]), reduceOr(m as Tensor, [1])], [bools]))
  it('refuses numbers', () => expect(() => reduceAnd(x, [0])).toThrow(/ne\(x, 0\)/))
})

describe('argmax and argmin', () => {
  it('give the first, and NaN before all', () => {
    const t = tensor([1, 3, 3, 0, 0, 2], [2, 3])
    expect(elements(argmax(t, 1))).toEqual([1, 2])
    expect(elements(argmin(t, 1))).toEqual([0, 0])
    expect(elements(argmax(t, 0))).toEqual([0, 0, 0])
    expect(argmax(tensor([1, Number.NaN, 5]), 0).item()).toBe(1)
    expect(argmin(tensor([1, Number.NaN, 0]), 0).item()).toBe(1)
    expect(argmax(t, 1).dtype).toBe('int32')
    expect(argmax(t, 1, 'uint32').dtype).toBe('uint32')
  })
  it.each([0, 1, 2])('batch along axis %s', (axis) =>
    expectBatches(([t]) => [argmax(t as Tensor, axis), argmin(t as Tensor, axis)], [x]),
  )
  it('refuse an empty axis', () => expect(() => argmax(tensor([], [2, 0]), 1)).toThrow(/empty/))
})
