/** Derivatives of samples in their parameters, where samples or what they are made of leave the range of floats. */
import { describe, expect, it } from 'vitest'
import { grad, jvp, np, random } from '../index.js'
import type { Tensor } from '../tensor.js'

const key = random.key(3)
const n = 200

/** Samples for n copies of a parameter. Every distribution with a differentiable parameter is here, for each of them. */
const samplers: Readonly<Record<string, (a: Tensor) => Tensor>> = {
  gamma: (a) => random.gamma(key, a),
  loggamma: (a) => random.loggamma(key, a),
  'beta in a': (a) => random.beta(key, a, 0.5),
  'beta in b': (b) => random.beta(key, 0.01, b),
  dirichlet: (a) => random.dirichlet(key, a.reshape([20, 10])).reshape([n]),
  chisquare: (df) => random.chisquare(key, df),
  t: (df) => random.t(key, df),
  'f in dfnum': (df) => random.f(key, df, 0.3),
  'f in dfden': (df) => random.f(key, 0.01, df),
  generalizedNormal: (a) => random.generalizedNormal(key, np.divide(1, a), [n]),
  pareto: (b) => random.pareto(key, b),
  'weibullMin in scale': (scale) => random.weibullMin(key, scale, 0.02),
  'weibullMin in concentration': (c) => random.weibullMin(key, 1, c),
  lognormal: (sigma) => random.lognormal(key, sigma),
  rayleigh: (scale) => random.rayleigh(key, scale),
  'triangular, right': (right) => random.triangular(key, 0, 0, right),
  'triangular, left and mode': (left) => random.triangular(key, left, left, left.add(1)),
  'triangular, mode and right': (right) => random.triangular(key, right.sub(1), right, right),
  'triangular, all at once': (at) => random.triangular(key, at, at, at),
  'truncatedNormal, both': (low) => random.truncatedNormal(key, low, low.add(1)),
  'truncatedNormal, lower': (low) => random.truncatedNormal(key, low, Number.POSITIVE_INFINITY),
  'truncatedNormal, upper': (up) => random.truncatedNormal(key, Number.NEGATIVE_INFINITY, up.neg()),
  uniform: (low) => random.uniform(key, [n], { minval: low, maxval: low.mul(2) }),
  doubleSidedMaxwell: (scale) => random.doubleSidedMaxwell(key, scale.slice(0), scale.slice(0), [n]),
}

const undefinedWhere = (values: Tensor, derivatives: Tensor): number =>
  np.sum(np.logicalAnd(np.isfinite(values), np.isnan(derivatives)).astype('int32')).item()

describe('wherever a sample is finite, its derivative is no NaN', () => {
  it.each(Object.entries(samplers))('%s', (_, sample) => {
    for (const a of [1e-3, 0.1, 0.5, 9, 100]) {
      const p = np.full([n], a)
      const [values, forwards] = jvp(sample, [p], [np.ones([n])])
      expect(np.any(np.isnan(values)).item()).toBe(false)
      expect(undefinedWhere(values, forwards)).toBe(0)
      // The sum of what is finite, so that nothing infinite comes back.
      const backwards = grad((x: Tensor) => {
        const y = sample(x)
        return np.sum(np.where(np.abs(y).lt(1e30), y, 0))
      })(p)
      const isOrdinary = np.where(np.abs(values).lt(1e30), values, Number.POSITIVE_INFINITY)
      expect(undefinedWhere(isOrdinary, backwards)).toBe(0)
    }
  })
})

describe('samples of what rounds to 0', () => {
  const small = np.full([n], 0.02)
  it('gamma: a sample of 0 stays where it is', () => {
    const [values, slopes] = jvp((a: Tensor) => random.gamma(key, a), [small], [np.ones([n])])
    const isZero = values.eq(0)
    expect(np.sum(isZero.astype('int32')).item()).toBeGreaterThan(10)
    expect(np.all(np.where(isZero, slopes, 0).eq(0)).item()).toBe(true)
    expect(np.all(np.where(isZero, 1, slopes).gt(0)).item()).toBe(true)
  })
  it('generalizedNormal: powers of them are none', () => {
    const samples = random.generalizedNormal(key, 50, [n])
    expect(np.all(np.abs(samples).gt(1e-5)).item()).toBe(true)
    // Almost uniform on (−1, 1): the mean of |x| is Γ(2/50) / Γ(1/50) = 0.4940.
    expect(Math.abs(np.mean(np.abs(random.generalizedNormal(key, 50, [4000]))).item() - 0.494)).toBeLessThan(0.02)
  })
  it('t: quotients by them are finite as long as floats reach', () => {
    const [values, slopes] = jvp((df: Tensor) => random.t(key, df), [np.full([n], 0.1)], [np.ones([n])])
    const large = np.abs(values).gt(1e20)
    expect(np.sum(np.logicalAnd(large, np.isfinite(values)).astype('int32')).item()).toBeGreaterThan(2)
    // With fewer degrees of freedom tails are longer.
    expect(np.all(np.where(large, slopes.mul(np.sign(values)), -1).lt(0)).item()).toBe(true)
  })
})

describe('bounds far in the tail', () => {
  it('samples move with the bound that they stand at', () => {
    for (const [sample, at] of [
      [(low: Tensor) => random.truncatedNormal(key, low, 20), 9],
      [(low: Tensor) => random.truncatedNormal(key, low, Number.POSITIVE_INFINITY), 9],
      [(up: Tensor) => random.truncatedNormal(key, -20, up), -9],
      [(up: Tensor) => random.truncatedNormal(key, Number.NEGATIVE_INFINITY, up), -9],
    ] as const) {
      expect(sample(np.array(at)).item()).toBeCloseTo(at, 5)
      expect(grad(sample)(np.array(at)).item()).toBe(1)
    }
  })
})
