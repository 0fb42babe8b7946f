import { describe, expect, it } from 'vitest'
import { elements, expectClose, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import { transpose } from '../primitives/shape.js'
import { range } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { linearizeFlat } from '../trace/linearize.js'
import * as lax from './convolution.js'

const nhwc = ['NHWC', 'HWIO', 'NHWC'] as const

describe('convolutions', () => {
  it('conv and convWithGeneralPadding are channels first', () => {
    const [x, w] = [spread([1, 2, 4, 4]), spread([3, 2, 2, 2], -1, 1, 2)]
    const y = lax.conv(x, w, [1, 1], 'SAME')
    expect(y.shape).toEqual([1, 3, 4, 4])
    expectClose(
      lax.convWithGeneralPadding(
        x,
        w,
        [1, 1],
        [
          [0, 1],
          [0, 1],
        ],
        null,
        null,
      ),
      y,
      1e-14,
    )
    expect(
      lax.convWithGeneralPadding(
        x,
        w,
        [1, 1],
        [
          [0, 1],
          [0, 1],
        ],
        [2, 1],
        [1, 2],
      ).shape,
    ).toEqual([1, 3, 7, 3])
  })
  it('convTranspose with transposeKernel is the transpose of the convolution', () => {
    for (const [padding, strides, size] of [
      ['SAME', [2, 2], 4],
      ['VALID', [2, 1], 5],
      ['SAME', [1, 1], 3],
    ] as const) {
      const w = spread([3, 3, 2, 4], -1, 1, 2)
      const f = ([x]: readonly Tensor[]): Tensor[] => [
        lax.convGeneralDilated(x as Tensor, w, [...strides], padding, { dimensionNumbers: nhwc }),
      ]
      const x = spread([1, size, size, 2])
      const { outputs, pullback } = linearizeFlat(f, [x])
      const ct = spread((outputs[0] as Tensor).shape, -1, 1, 3)
      const y = lax.convTranspose(ct, w, [...strides], padding, { transposeKernel: true })
      expectClose(y, pullback([ct])[0] as Tensor, 1e-13)
    }
  })
  it('convTranspose multiplies sizes by the strides with SAME', () => {
    for (const kernel of [1, 2, 3, 4]) {
      expect(lax.convTranspose(spread([1, 5, 4, 1]), spread([kernel, kernel, 1, 2]), [2, 3], 'SAME').shape).toEqual([
        1, 10, 12, 2,
      ])
    }
    expect(lax.convTranspose(spread([1, 3, 1]), spread([2, 1, 1]), [3], 'VALID').shape).toEqual([1, 9, 1])
    expectDerivatives(
      ([x, w]) => [lax.convTranspose(x as Tensor, w as Tensor, [2], 'VALID', { rhsDilation: [2] })],
      [spread([1, 3, 2]), spread([2, 2, 1], -1, 1, 2)],
    )
  })
  it('convTranspose places a kernel at every stride', () => {
    const y = lax.convTranspose(tensor([1, 10], [1, 2, 1]), tensor([1, 2, 3], [3, 1, 1]), [3], 'VALID', {
      transposeKernel: true,
    })
    expect(elements(y)).toEqual([1, 2, 3, 10, 20, 30])
  })
  it('patches are ordered by channel, then by window position', () => {
    const x = tensor(range(12), [1, 2, 2, 3])
    const y = lax.convGeneralDilatedPatches(x, [2, 2], [1, 1], 'VALID')
    expect(transpose(y, [0, 2, 3, 1]).toArray()).toEqual([
      [
        [
          [0, 1, 3, 4, 6, 7, 9, 10],
          [1, 2, 4, 5, 7, 8, 10, 11],
        ],
      ],
    ])
    const last = lax.convGeneralDilatedPatches(transpose(x, [0, 2, 3, 1]), [2, 2], [1, 1], 'VALID', {
      dimensionNumbers: ['NHWC', 'OIHW', 'NHWC'],
    })
    expect(last.toArray()).toEqual(transpose(y, [0, 2, 3, 1]).toArray())
  })
})
