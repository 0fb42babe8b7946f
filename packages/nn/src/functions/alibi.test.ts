import { np, RangeError, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { checkLayer, evaluate, sample } from '../../test/check-layer.js'
import { expectNear } from '../../test/near.js'
import {
  alibiBias,
  alibiSlopes,
  dotProductAttention,
  gelu,
  init,
  layerNorm,
  selfAttention,
  transformerEncoder,
} from '../index.js'

describe('ALiBi', () => {
  // The first row of section 3 of Press et al., and what their code gives for 6 heads.
  it.each([
    [8, [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256]],
    [6, [1 / 4, 1 / 16, 1 / 64, 1 / 256, 1 / 2, 1 / 8]],
    [1, [1 / 256]],
  ])('has the slopes of %i heads', (heads, slopes) => expect(alibiSlopes(heads).toArray()).toEqual(slopes))

  it('is a bias of causal attention, by distance alone', () => {
    const x = sample(1, [2, 5, 3, 4])
    const bias = alibiBias(3, 5, 5)
    const rows = Array.from({ length: 5 }, (_, q) => Array.from({ length: 5 }, (__, k) => -Math.abs(q - k)))
    const expected = alibiSlopes(3).reshape([1, 3, 1, 1]).mul(np.array(rows))
    expectNear(bias, expected, 1e-7)
    const shifted = alibiBias(3, 2, 5, { from: 3 })
    expectNear(shifted, bias.slice({}, {}, { start: 3 }), 0)
    const softened = dotProductAttention(x, x, x, { isCausal: true, bias: bias.astype('float64') })
    expect(np.allclose(softened, dotProductAttention(x, x, x, { isCausal: true })).item()).toBe(false)
  })

  it('is what the paper writes, in a transformer block of 3 heads', () => {
    const options = { heads: 3, causal: true, hidden: 2, affine: false } as const
    const layer = transformerEncoder({ ...options, alibi: true })
    const { params, x, y } = checkLayer(layer, [4, 6])
    const normed = layerNorm({ affine: false }).apply({}, null, x, evaluate)[0]
    const to = (p: typeof params.attention.query): Tensor =>
      np.matmul(normed, p.kernel).add(p.bias).reshape([2, 4, 3, 2]).transpose([0, 2, 1, 3])
    const [q, k, v] = [params.attention.query, params.attention.key, params.attention.value].map(to) as [
      Tensor,
      Tensor,
      Tensor,
    ]
    // Those of 2 heads, then the first of 4.
    const slopes = [1 / 16, 1 / 256, 1 / 4]
    const bias = slopes.map((m) =>
      [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (j > i ? Number.NEGATIVE_INFINITY : m * (j - i)))),
    )
    const scores = np
      .matmul(q, k.transpose([0, 1, 3, 2]))
      .div(Math.SQRT2)
      .add(np.array(bias, { dtype: 'float64' }))
    const weights = np.exp(scores).div(np.exp(scores).sum({ axis: -1, keepdims: true }))
    const mixed = np.matmul(weights, v).transpose([0, 2, 1, 3]).reshape([2, 4, 6])
    const seen = x.add(np.matmul(mixed, params.attention.out.kernel).add(params.attention.out.bias))
    const hidden = gelu(
      np
        .matmul(layerNorm({ affine: false }).apply({}, null, seen, evaluate)[0], params.mlp.hidden.kernel)
        .add(params.mlp.hidden.bias),
    )
    expectNear(y, seen.add(np.matmul(hidden, params.mlp.out.kernel).add(params.mlp.out.bias)), 1e-12)
  })

  it('step by step is the whole, with shared keys too', () => {
    const layer = selfAttention({ heads: 4, keyValueHeads: 2, causal: true, alibi: true })
    const { params } = init(layer, [5, 8], np.array([0, 1], { dtype: 'uint32' }), { dtype: 'float64' })
    const x = sample(2, [2, 5, 8])
    const [whole] = layer.apply(params, null, x, { mode: 'eval' })
    const steps: Tensor[] = []
    let cache = layer.startCache(params, 2, 5)
    for (let t = 0; t < 5; t++) {
      const [y, next] = layer.step(params, null, cache, x.slice({}, { start: t, stop: t + 1 }))
      steps.push(y)
      cache = next
    }
    expectNear(np.concatenate(steps, { axis: 1 }), whole, 1e-12)
  })

  it('needs heads', () => expect(() => alibiSlopes(0)).toThrow(RangeError))
})
