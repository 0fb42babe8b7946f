import { np, type Tensor, vjp } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { checkLayer, message, sample } from '../../test/check-layer.js'
import { expectNear, f64 } from '../../test/near.js'
import { conv2d, convTranspose1d, convTranspose2d, convTranspose3d } from '../index.js'

const evaluate = { mode: 'eval' } as const

describe('convTranspose', () => {
  it('puts a copy of the kernel, times the element, at every stride', () => {
    const layer = convTranspose1d(1, { kernelSize: 3, strides: 2, padding: 'VALID', transposeKernel: true })
    const params = { kernel: f64([[[1]], [[10]], [[100]]]), bias: f64([0]) }
    const [y] = layer.apply(params, null, f64([[[1], [2], [3]]]), evaluate)
    expectNear(y.reshape([-1]), [1, 10, 102, 20, 203, 30, 300], 0)
  })
  it('with a transposed kernel is the gradient of the convolution', () => {
    const kernel = sample(1, [3, 3, 2, 4])
    for (const padding of ['SAME', 'VALID'] as const) {
      const forward = conv2d(4, { kernelSize: 3, strides: 2, padding, useBias: false })
      const size = padding === 'SAME' ? 6 : 7
      const x = sample(2, [1, size, size, 2])
      const [y, pullback] = vjp((v: Tensor) => forward.apply({ kernel }, null, v, evaluate)[0], x)
      const back = convTranspose2d(2, { kernelSize: 3, strides: 2, padding, useBias: false, transposeKernel: true })
      expectNear(back.apply({ kernel }, null, y, evaluate)[0], pullback(y)[0], 1e-12)
    }
  })
  it.each([
    ['SAME', convTranspose1d(3, { kernelSize: 4, strides: 2 })],
    ['VALID', convTranspose1d(3, { kernelSize: 2, strides: 3, padding: 'VALID' })],
    ['pairs', convTranspose1d(3, { kernelSize: 3, strides: 2, padding: [[1, 2]], dilation: 2 })],
  ] as const)('1-D, %s: plan, jit and gradients', (_, layer) => {
    checkLayer(layer, [4, 2])
  })
  it('without a bias', () => {
    expect(checkLayer(convTranspose1d(3, { kernelSize: 3, useBias: false }), [4, 2]).params).not.toHaveProperty('bias')
  })
  it('2-D and 3-D: plan, jit and gradients', () => {
    const { params } = checkLayer(
      convTranspose2d(3, { kernelSize: [3, 2], strides: [2, 1], transposeKernel: true }),
      [3, 4, 2],
    )
    expect(params.kernel.shape).toEqual([3, 2, 3, 2])
    checkLayer(convTranspose3d(1, { kernelSize: 2, strides: 2 }), [2, 1, 2, 2])
  })
  it('names what does not fit', () => {
    expect(message(convTranspose2d(3, { kernelSize: 3 }), [4, 4])).toContain('nn.reshape([4,4, 1]) makes one channel')
    const cropped = convTranspose1d(1, { kernelSize: 3, padding: [[-3, -3]] })
    expect(message(cropped, [4, 1])).toContain('Pad more, or crop less')
    const { params } = checkLayer(convTranspose1d(3, { kernelSize: 3 }), [4, 2])
    expect(() => convTranspose1d(3, { kernelSize: 3 }).apply(params, null, np.ones([1, 4, 5]), evaluate)).toThrow(
      '2 channels',
    )
  })
})
