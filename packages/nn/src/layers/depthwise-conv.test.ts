import { np } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { checkLayer, evaluate, message, sample } from '../../test/check-layer.js'
import { expectNear } from '../../test/near.js'
import { conv1d, conv2d, depthwiseConv1d, depthwiseConv2d, separableConv1d, separableConv2d } from '../index.js'

describe('depthwise convolutions', () => {
  it('convolve each channel by itself', () => {
    const layer = depthwiseConv2d({ kernelSize: 3, multiplier: 2, useBias: false })
    const { params, x, y } = checkLayer(layer, [4, 5, 3])
    const each = [0, 1, 2].map((c) => {
      const kernel = params.kernel.slice({}, {}, {}, { start: 2 * c, stop: 2 * c + 2 })
      const channel = x.slice({}, {}, {}, { start: c, stop: c + 1 })
      return conv2d(2, { kernelSize: 3, useBias: false }).apply({ kernel }, null, channel, evaluate)[0]
    })
    expectNear(y, np.concatenate(each, { axis: -1 }), 1e-12)
  })
  it('take strides, causal padding and dilation', () => {
    const layer = depthwiseConv1d({ kernelSize: 3, padding: 'CAUSAL', dilation: 2 })
    const { params, x, y } = checkLayer(layer, [6, 2])
    const changed = layer.apply(params, null, x.at([0, 1], 5).set(9), evaluate)[0]
    expectNear(changed.slice({}, { stop: 5 }), y.slice({}, { stop: 5 }), 0)
    checkLayer(depthwiseConv2d({ kernelSize: 2, strides: 2, padding: 'VALID' }), [5, 4, 2])
  })
})

describe('separable convolutions', () => {
  it('are a depthwise convolution and a mixture of channels', () => {
    const layer = separableConv1d(4, { kernelSize: 3, multiplier: 2 })
    const { params, x, y } = checkLayer(layer, [6, 2])
    const apart = depthwiseConv1d({ kernelSize: 3, multiplier: 2, useBias: false })
    const hidden = apart.apply(params.depthwise, null, x, evaluate)[0]
    expectNear(y, conv1d(4, { kernelSize: 1 }).apply(params.pointwise, null, hidden, evaluate)[0], 1e-12)
    expect(params.depthwise.kernel.shape).toEqual([3, 1, 4])
  })
  it('2-D: plan, jit and gradients', () => {
    const { params } = checkLayer(separableConv2d(3, { kernelSize: 3, strides: 2, useBias: false }), [5, 5, 2])
    expect(Object.keys(params.pointwise)).toEqual(['kernel'])
  })
  it('name what does not fit', () => {
    expect(message(separableConv2d(3, { kernelSize: 3 }), [5, 5])).toContain('makes one channel')
    expect(() => separableConv2d(3, { kernelSize: 3, multiplier: 0 })).toThrow('multiplier [0]')
    const { params } = checkLayer(depthwiseConv1d({ kernelSize: 2 }), [4, 2])
    expect(() => depthwiseConv1d({ kernelSize: 2 }).apply(params, null, sample(1, [1, 4, 3]), evaluate)).toThrow(
      'depthwiseConv1d: x is float64[1,4,3]',
    )
  })
})
