import { np, RangeError, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { sample } from '../../test/check-layer.js'
import { expectNear } from '../../test/near.js'
import { alibiBias, alibiSlopes, dotProductAttention, init, selfAttention } from '../index.js'

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
