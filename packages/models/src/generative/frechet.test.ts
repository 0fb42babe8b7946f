import { jit, np, type Tensor } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import { metrics } from '@puregrad/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { golden } from '../../test/golden.js'
import { noise } from '../../test/noise.js'
import { featureMoments, fid, frechetDistance } from './frechet.js'

const { measures } = golden<{ readonly measures: { readonly frechet: number } }>('generative')
const real = noise(0, [60, 6])
const fake = noise(360, [40, 6]).mul(0.8).add(0.3)

describe('fid', () => {
  it("is NumPy's and SciPy's, also inside jit", () => {
    expect(fid(real, fake).item()).toBeCloseTo(measures.frechet, 6)
    expect(jit(fid)(real, fake).item()).toBeCloseTo(measures.frechet, 6)
  })
  it('is 0 of a set and itself, the same both ways, and blind to order', () => {
    expect(Math.abs(fid(real, real).item())).toBeLessThan(1e-10)
    expect(fid(fake, real).item()).toBeCloseTo(fid(real, fake).item(), 10)
    expect(fid(np.flip(real, { axis: 0 }), fake).item()).toBeCloseTo(fid(real, fake).item(), 10)
  })
  it('of a set that was moved is how far, squared', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 6, maxLength: 6 }), (move) => {
        const far = move.reduce((sum, x) => sum + x * x, 0)
        expect(fid(real, real.add(np.array(move))).item()).toBeCloseTo(far, 4)
      }),
      { numRuns: 20 },
    )
  })
  it('is of rank-deficient features, too', () => {
    const few = real.slice({ stop: 4 })
    expect(fid(few, few.add(1)).item()).toBeCloseTo(6, 5)
  })
  it('has a gradient', () => {
    const wide = { dtype: 'float64' } as const
    const x = np.array(fake.toArray() as number[][], wide)
    checkGrads((y: Tensor) => fid(real, y), [x], { order: 1 })
  })
  it('says what is wrong with features', () => {
    expect(() => fid(np.ones([3]), real)).toThrow('fid: features are [count, size], not float32[3]')
    expect(() => fid(np.ones([3, 2]), real)).toThrow('frechetDistance: there are 2 and 6 features')
  })
})

describe('featureMoments', () => {
  const metric = featureMoments(6)
  it('of batches are those of all, however they are cut and in whichever order', () => {
    const whole = metric.result(metric.measure(real))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 58 }), fc.integer({ min: 0, max: 58 }), fc.boolean(), (a, b, turned) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        const parts = [real.slice({ stop: low }), real.slice({ start: low, stop: high }), real.slice({ start: high })]
        const batches = (turned ? parts.reverse() : parts).map((x) => [x] as [Tensor])
        const { mean, covariance } = metrics.reduceBatches(metric, batches)
        expect(np.allclose(mean, whole.mean, { atol: 1e-12 }).item()).toBe(true)
        expect(np.allclose(covariance, whole.covariance, { atol: 1e-12 }).item()).toBe(true)
      }),
      { numRuns: 30 },
    )
  })
  it('are those of np.cov, and what frechetDistance compares', () => {
    const [a, b] = [real, fake].map((x) => metric.result(metric.measure(x))) as [
      ReturnType<typeof metric.result>,
      ReturnType<typeof metric.result>,
    ]
    expect(np.allclose(a.covariance, np.cov(real.astype('float64'), { rowvar: false })).item()).toBe(true)
    expect(frechetDistance(a, b).item()).toBeCloseTo(measures.frechet, 6)
  })
  it('keep totals of nothing neutral, and of numbers far from 0 exact', () => {
    const { concat, empty } = metric.monoid
    const one = metric.measure(real.add(1e3))
    expect(concat(empty, one).scatter.toArray()).toEqual(one.scatter.toArray())
    const halves = concat(metric.measure(real.slice({ stop: 30 })), metric.measure(real.slice({ start: 30 })))
    expect(np.allclose(halves.scatter, metric.measure(real).scatter).item()).toBe(true)
  })
  it('say what is wrong', () => {
    expect(() => featureMoments(0)).toThrow('featureMoments: the size is 0')
    expect(() => metric.measure(np.ones([2, 5]))).toThrow('there are 5 features and not 6')
  })
})
