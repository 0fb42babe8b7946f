import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectClose, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import { range, sizeOf, stridesOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { dilated, type PadPair } from './conv-dimensions.js'
import {
  reduceWindowMax,
  reduceWindowMin,
  reduceWindowProd,
  reduceWindowSum,
  type WindowGeometry,
  windowGather,
  windowScatter,
  windowShape,
} from './window.js'

const indices = (shape: readonly number[]): number[][] =>
  range(sizeOf(shape)).map((flat) => stridesOf(shape).map((s, i) => Math.floor(flat / s) % (shape[i] as number)))

const naive = (x: Tensor, g: WindowGeometry, identity: number, combine: (a: number, b: number) => number): Tensor => {
  const xs = elements(x)
  const steps = stridesOf(x.shape)
  const shape = windowShape(x.shape, g)
  const values = indices(shape).map((o) =>
    indices(g.window).reduce((sum, k) => {
      const raw = o.map(
        (p, i) =>
          p * (g.strides[i] as number) +
          (k[i] as number) * (g.windowDilation[i] as number) -
          (g.padding[i] as PadPair)[0],
      )
      const inside = raw.every((r, i) => {
        const base = g.baseDilation[i] as number
        return r >= 0 && r < dilated(x.shape[i] as number, base) && r % base === 0
      })
      if (!inside) return sum
      return combine(
        sum,
        xs[raw.reduce((at, r, i) => at + (r / (g.baseDilation[i] as number)) * (steps[i] as number), 0)] as number,
      )
    }, identity),
  )
  return tensor(values, shape, x.dtype)
}

const geometry = (
  window: number[],
  strides: number[],
  padding: PadPair[],
  more: Partial<WindowGeometry> = {},
): WindowGeometry => ({
  window,
  strides,
  padding,
  baseDilation: window.map(() => 1),
  windowDilation: window.map(() => 1),
  ...more,
})
const still = [0, 0] as const
const cases: readonly [string, number[], WindowGeometry][] = [
  ['2×2 pooling', [2, 4, 6, 3], geometry([1, 2, 2, 1], [1, 2, 2, 1], [still, still, still, still])],
  ['overlapping, padded', [1, 5, 4, 2], geometry([1, 3, 3, 1], [1, 2, 1, 1], [still, [1, 1], [1, 1], still])],
  ['uneven sizes', [1, 5, 3, 2], geometry([1, 2, 2, 1], [1, 2, 2, 1], [still, [0, 1], [0, 1], still])],
  ['dilated', [7], geometry([3], [2], [[2, 1]], { baseDilation: [2], windowDilation: [2] })],
  ['cropped', [3, 6], geometry([2, 2], [1, 1], [still, [-1, -1]])],
  [
    'every axis',
    [3, 4],
    geometry(
      [2, 3],
      [1, 1],
      [
        [1, 0],
        [0, 1],
      ],
    ),
  ],
]

describe('reduceWindow', () => {
  for (const [name, shape, g] of cases) {
    const x = spread(shape)
    it(`${name}: values`, () => {
      expectClose(
        reduceWindowSum(x, g),
        naive(x, g, 0, (a, b) => a + b),
        1e-14,
      )
      expectClose(
        reduceWindowProd(x, g),
        naive(x, g, 1, (a, b) => a * b),
        1e-14,
      )
      expectClose(reduceWindowMax(x, g), naive(x, g, -Infinity, Math.max), 0)
      expectClose(reduceWindowMin(x, g), naive(x, g, Infinity, Math.min), 0)
    })
    for (const f of [reduceWindowSum, reduceWindowProd, reduceWindowMax, reduceWindowMin]) {
      it(`${name}: derivatives and batches`, () => {
        // Windows of padding only are infinite and constant.
        const finite =
          f === reduceWindowMax || f === reduceWindowMin ? !elements(f(x, g)).some((v) => !Number.isFinite(v)) : true
        if (finite) expectDerivatives(([a]) => [f(a as Tensor, g)], [x])
        expectBatches(([a]) => [f(a as Tensor, g)], [x])
      })
    }
    it(`${name}: gather and scatter transpose each other`, () => {
      const [t, ct] = [spread(shape, -1, 1, 3), spread(windowShape(shape, g), -1, 1, 4)]
      for (const extreme of ['max', 'min'] as const) {
        const dot = (a: Tensor, b: Tensor): number =>
          elements(a).reduce((sum, v, i) => sum + v * (elements(b)[i] as number), 0)
        expect(dot(windowGather(x, t, g, extreme), ct)).toBeCloseTo(dot(t, windowScatter(x, ct, g, extreme)), 12)
        expectDerivatives(([b]) => [windowGather(x, b as Tensor, g, extreme)], [t])
        expectDerivatives(([b]) => [windowScatter(x, b as Tensor, g, extreme)], [ct])
        expectBatches(([a, b]) => [windowGather(a as Tensor, b as Tensor, g, extreme)], [x, t])
        expectBatches(([a, b]) => [windowScatter(a as Tensor, b as Tensor, g, extreme)], [x, ct])
      }
    })
  }
  it('works in every dtype', () => {
    const g = geometry([2], [1], [still])
    for (const dtype of ['float32', 'int32', 'uint32', 'uint8'] as const) {
      const x = tensor([3, 1, 2], [3], dtype)
      expect(elements(reduceWindowSum(x, g))).toEqual([4, 3])
      expect(elements(reduceWindowProd(x, g))).toEqual([3, 2])
      expect(elements(reduceWindowMax(x, g))).toEqual([3, 2])
      expect(elements(reduceWindowMin(x, g))).toEqual([1, 1])
    }
    expect(elements(reduceWindowMax(tensor([2 ** 32 - 1, 1], [2], 'uint32'), g))).toEqual([2 ** 32 - 1])
    expect(reduceWindowMax(tensor([0, 1, 0], [3], 'bool'), g).toArray()).toEqual([true, true])
  })
  it('keeps NaN', () =>
    expect(elements(reduceWindowMax(tensor([1, Number.NaN, 2, 3]), geometry([2], [2], [still])))).toEqual([
      Number.NaN,
      3,
    ]))
  it('gives a scalar itself', () => expect(reduceWindowSum(tensor([2], []), geometry([], [], [])).item()).toBe(2))
  it('names what does not fit', () => {
    expect(() => reduceWindowSum(spread([3]), geometry([0], [1], [still]))).toThrow('window is [0]')
    expect(() => reduceWindowSum(spread([3]), geometry([2, 2], [1, 1], [still, still]))).toThrow('one per sliding axis')
  })
})
