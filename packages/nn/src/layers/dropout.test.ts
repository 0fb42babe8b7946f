import { np, random, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { checkLayer, evaluate, sample, train } from '../../test/check-layer.js'
import { expectNear } from '../../test/near.js'
import { alphaDropout, gaussianDropout, gaussianNoise, type Layer, spatialDropout, stochasticDepth } from '../index.js'

const run = (layer: Layer<null, null>, x: Tensor): Tensor => layer.apply(null, null, x, train)[0]
const spread = (x: Tensor): readonly [mean: number, variance: number] => [np.mean(x).item(), np.var(x).item()]

describe('noise in training', () => {
  const kinds = [
    ['spatialDropout', spatialDropout(0.4)],
    ['stochasticDepth', stochasticDepth(0.4)],
    ['gaussianDropout', gaussianDropout(0.4)],
    ['gaussianNoise', gaussianNoise(0.4)],
    ['alphaDropout', alphaDropout(0.4)],
  ] as const
  it.each(kinds)('%s does nothing in evaluation, and is a function of its key', (_, layer) => {
    const x = sample(1, [4, 3, 3, 8])
    expect(layer.apply(null, null, x, evaluate)[0]).toBe(x)
    expectNear(run(layer, x), run(layer, x), 0)
    const other = layer.apply(null, null, x, { mode: 'train', key: random.key(8) })[0]
    expect(np.allclose(run(layer, x), other).item()).toBeFalsy()
    expect(run(layer, x).dtype).toBe('float64')
  })
  it.each(kinds)('%s: jit and gradients', (_, layer) => {
    checkLayer(layer, [3, 3, 4], { ctx: train })
  })
  it('spatialDropout drops whole channels of an example', () => {
    const y = run(spatialDropout(0.5), np.ones([50, 3, 3, 20]))
    expectNear(np.min(y, { axis: [1, 2] }), np.max(y, { axis: [1, 2] }), 0)
    expect(new Set(y.data())).toEqual(new Set([0, 2]))
    // Five deviations of the mean of 1000 independent channels of variance 1.
    expect(Math.abs(np.mean(y).item() - 1)).toBeLessThan(5 / Math.sqrt(1000))
  })
  it('stochasticDepth drops whole examples', () => {
    const y = run(stochasticDepth(0.2), np.ones([2000, 4]))
    expectNear(np.min(y, { axis: 1 }), np.max(y, { axis: 1 }), 0)
    expect(Math.abs(np.mean(y).item() - 1)).toBeLessThan(5 * Math.sqrt(0.25 / 2000))
  })
  it('gaussianDropout has the mean and variance of dropout', () => {
    const [mean, variance] = spread(run(gaussianDropout(0.3), np.ones([200, 200])))
    expect(Math.abs(mean - 1)).toBeLessThan(5 * Math.sqrt(0.3 / 0.7 / 4e4))
    expect(Math.abs(variance - 0.3 / 0.7)).toBeLessThan(5 * (0.3 / 0.7) * Math.sqrt(2 / 4e4))
  })
  it('gaussianNoise has its deviation', () => {
    const [mean, variance] = spread(run(gaussianNoise(0.5), np.ones([200, 200])))
    expect(Math.abs(mean - 1)).toBeLessThan((5 * 0.5) / 200)
    expect(Math.abs(variance - 0.25)).toBeLessThan(5 * 0.25 * Math.sqrt(2 / 4e4))
  })
  it('alphaDropout keeps mean 0 and variance 1', () => {
    const [mean, variance] = spread(run(alphaDropout(0.2), sample(3, [400, 400])))
    expect(Math.abs(mean)).toBeLessThan(5 / 400)
    expect(Math.abs(variance - 1)).toBeLessThan(0.02)
  })
  it('take probabilities', () => {
    expect(() => spatialDropout(20)).toThrow('spatialDropout: 20 is no probability')
    expect(() => gaussianDropout(1)).toThrow('infinite variance')
    expect(() => alphaDropout(1)).toThrow('no variance')
    expect(() => gaussianNoise(-1)).toThrow('no standard deviation')
  })
})
