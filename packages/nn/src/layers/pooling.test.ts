import { np } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { checkLayer, evaluate, message, sample } from '../../test/check-layer.js'
import { expectNear, f64 } from '../../test/near.js'
import {
  adaptiveAvgPool,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  globalAvgPool,
  maxPool1d,
  maxPool3d,
} from '../index.js'

describe('pooling of any rank', () => {
  it('maxPool1d and avgPool1d', () => {
    const x = f64([[[1], [4], [2], [8], [5]]])
    expectNear(maxPool1d(2).apply(null, null, x, evaluate)[0].reshape([-1]), [4, 8], 0)
    expectNear(avgPool1d(2, { strides: 1 }).apply(null, null, x, evaluate)[0].reshape([-1]), [2.5, 3, 5, 6.5], 0)
  })
  it('the mean counts padding or not', () => {
    const x = f64([[[3], [6], [9]]])
    const same = { strides: 1, padding: 'SAME' } as const
    expectNear(avgPool1d(3, same).apply(null, null, x, evaluate)[0].reshape([-1]), [3, 6, 5], 1e-15)
    const bare = avgPool1d(3, { ...same, countIncludePad: false })
    expectNear(bare.apply(null, null, x, evaluate)[0].reshape([-1]), [4.5, 6, 7.5], 1e-15)
  })
  it('plan, jit and gradients', () => {
    checkLayer(maxPool1d(2, { padding: 'SAME' }), [5, 2])
    checkLayer(maxPool3d([1, 2, 2]), [2, 4, 3, 2])
    checkLayer(avgPool3d(2), [2, 2, 3, 2])
    checkLayer(avgPool2d(3, { strides: 2, padding: 'SAME', countIncludePad: false }), [4, 5, 2])
  })
})

describe('adaptive pooling', () => {
  /** PyTorch's rule, window by window. */
  const reference = (rows: readonly number[], count: number, f: (window: readonly number[]) => number): number[] =>
    Array.from({ length: count }, (_, i) =>
      f(rows.slice(Math.floor((i * rows.length) / count), Math.ceil(((i + 1) * rows.length) / count))),
    )
  const mean = (window: readonly number[]): number => window.reduce((a, b) => a + b) / window.length
  it.each([1, 2, 3, 4, 5, 7, 9])('of 7 elements to %i', (count) => {
    const rows = [3, 1, 4, 1, 5, 9, 2]
    const x = f64(rows).reshape([1, 7, 1])
    expectNear(adaptiveAvgPool(x, [count]).reshape([-1]), reference(rows, count, mean), 1e-14)
    expectNear(
      adaptiveMaxPool(x, [count]).reshape([-1]),
      reference(rows, count, (w) => Math.max(...w)),
      0,
    )
  })
  it('to 1 is global pooling, to a divisor is plain pooling', () => {
    const x = sample(1, [2, 6, 4, 3])
    expectNear(adaptiveAvgPool(x, [1, 1]).reshape([2, 3]), globalAvgPool().apply(null, null, x, evaluate)[0], 1e-14)
    expectNear(adaptiveAvgPool(x, [3, 2]), avgPool2d(2).apply(null, null, x, evaluate)[0], 1e-14)
  })
  it('plan, jit and gradients', () => {
    checkLayer(adaptiveAvgPool1d(3), [7, 2])
    checkLayer(adaptiveAvgPool2d([2, 3]), [5, 4, 2])
    checkLayer(adaptiveAvgPool3d(2), [3, 2, 3, 1])
    checkLayer(adaptiveMaxPool1d(3), [7, 2])
    checkLayer(adaptiveMaxPool2d(2), [5, 4, 2])
    checkLayer(adaptiveMaxPool3d([1, 2, 2]), [2, 3, 2, 1])
  })
  it('name what does not fit', () => {
    expect(message(adaptiveAvgPool2d(2), [4, 4])).toContain('takes [height, width, channels]')
    expect(() => adaptiveMaxPool(np.ones([1, 4, 4, 1]), [2])).toThrow('one per axis between batch and channels')
    expect(() => adaptiveAvgPool1d(0)).toThrow('has to be a whole number ≥ 1')
  })
})
