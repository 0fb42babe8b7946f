import { jit, np, random, type Tensor } from '@puregrad/core'
import { oneHot } from '@puregrad/nn'
import { describe, expect, it } from 'vitest'
import * as augment from './index.js'

const key = random.key(5)

describe('mixUp', () => {
  const batch = { image: np.arange(6).reshape([6, 1, 1, 1]).astype('float32'), label: oneHot(np.arange(6), 6) }

  it('weighs images and labels alike', () => {
    const { image, label } = augment.mixUp(key, batch, { alpha: 1 })
    // The image's value is its class: so is the mean of the classes.
    expect(np.allclose(image.reshape([6]), np.sum(label.mul(np.arange(6)), { axis: 1 }), { atol: 1e-5 }).item()).toBe(
      true,
    )
    expect(np.allclose(np.sum(label, { axis: 1 }), 1).item()).toBe(true)
    expect(np.allclose(jit((k: Tensor) => augment.mixUp(k, batch, { alpha: 1 }))(key).image, image).item()).toBe(true)
  })

  it('draws weights of the beta distribution: variance 1 / (4 (2 α + 1)) about a half', () => {
    const zeros = np.concatenate([np.zeros([2000]), np.ones([2000])])
    const label = augment.mixUp(key, { x: np.stack([zeros, np.subtract(1, zeros)], { axis: 1 }) }, { alpha: 2 }).x
    const mixed = label.slice({}, 0)
    // Where the partner is of the other half, the value is the weight or its complement.
    const weights = (mixed.toArray() as number[]).filter((w) => w > 1e-6 && w < 1 - 1e-6)
    const mean = weights.reduce((a, b) => a + b, 0) / weights.length
    const variance = weights.reduce((a, b) => a + (b - mean) ** 2, 0) / weights.length
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.03)
    expect(Math.abs(variance - 1 / 20)).toBeLessThan(0.006)
  })

  it('says what cannot be mixed', () => {
    expect(() => augment.mixUp(key, { x: np.ones([2], { dtype: 'int32' }) })).toThrow(/nn\.oneHot/)
    expect(() => augment.mixUp(key, { x: np.ones([2]), y: np.ones([3]) })).toThrow(/one batch axis/)
    expect(() => augment.mixUp(key, batch, { alpha: 0 })).toThrow(/above 0/)
  })
})
