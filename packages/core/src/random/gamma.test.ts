import { describe, expect, it } from 'vitest'
import { grad, jit, jvp, np, random, vmap } from '../index.js'
import type { Tensor } from '../tensor.js'

const key = random.key(7)
const a = np.array([0.3, 1, 4, 60], { dtype: 'float64' })
const ones = np.ones([4], { dtype: 'float64' })

describe('gamma', () => {
  it('is the same inside jit and vmap', () => {
    const draw = (k: Tensor): Tensor => random.gamma(k, a, null, { dtype: 'float64' })
    const keys = random.split(key, 3)
    expect(vmap(draw)(keys).toArray()).toEqual([...keys].map((k) => draw(k).toArray()))
    expect(jit(draw)(key).toArray()).toEqual(draw(key).toArray())
  })
  it('moves with its shape so that its place in the distribution stays', () => {
    const [x, slope] = jvp((s: Tensor) => random.gamma(key, s, null, { dtype: 'float64' }), [a], [ones])
    a.data().forEach((shape, i) => {
      const sample = x.data()[i] as number
      const h = 1e-4 * shape
      const byShape = (lowerGamma(shape + h, sample) - lowerGamma(shape - h, sample)) / (2 * h)
      const density = Math.exp((shape - 1) * Math.log(sample) - sample - logGamma(shape))
      expect((slope.data()[i] as number) / (-byShape / density)).toBeCloseTo(1, 5)
    })
  })
  it('and its logarithm have matching derivatives', () => {
    const [, slope] = jvp((s: Tensor) => np.log(random.gamma(key, s, null, { dtype: 'float64' })), [a], [ones])
    const total = (s: Tensor): Tensor => np.sum(random.loggamma(key, s, null, { dtype: 'float64' }))
    // Samples of shape ≥ 1 are the same numbers in both.
    const [one, four] = [slope.data()[1] as number, slope.data()[2] as number]
    const gradients = grad(total)(a).data()
    expect(gradients[1]).toBeCloseTo(one, 10)
    expect(gradients[2]).toBeCloseTo(four, 10)
  })
  it('of a tiny shape has a finite logarithm', () =>
    expect(Number.isFinite(random.loggamma(key, 1e-4).item())).toBe(true))
})

/** log Γ by Stirling's series after shifting. */
const logGamma = (x: number): number => {
  if (x < 12) return logGamma(x + 1) - Math.log(x)
  const y = 1 / (x * x)
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + (1 / 12 - (1 / 360 - (1 / 1260) * y) * y) / x
}

/** P(s, x), the regularised lower incomplete gamma function, by its series. */
const lowerGamma = (s: number, x: number): number => {
  let [sum, term] = [1, 1]
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= x / (s + k)
    sum += term
  }
  return sum * Math.exp(s * Math.log(x) - x - logGamma(s + 1))
}

describe('dirichlet', () => {
  it('adds up to 1', () => {
    const p = random.dirichlet(key, np.array([0.1, 1, 5]), [50])
    expect(p.shape).toEqual([50, 3])
    for (const total of np.sum(p, { axis: -1 }).data()) expect(total).toBeCloseTo(1, 5)
  })
  it('refuses scalars', () => expect(() => random.dirichlet(key, np.array(1))).toThrow(/axis for the categories/))
})

describe('ball', () => {
  it('fills the ball evenly: r³ is uniform', () => {
    const points = random.ball(key, 3, [5000])
    const cubes = Array.from(np.sum(points.mul(points), { axis: -1 }).data(), (r2) => r2 ** 1.5).sort((x, y) => x - y)
    const distance = cubes.reduce((d, v, i) => Math.max(d, Math.abs(v - (i + 0.5) / 5000)), 0)
    expect(Math.sqrt(5000) * distance).toBeLessThan(1.95)
  })
})
