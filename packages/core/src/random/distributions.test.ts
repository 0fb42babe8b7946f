/** Samples against their distribution functions: Kolmogorov and Smirnov's largest distance, and χ² for counts. */
import { describe, expect, it } from 'vitest'
import { np, random } from '../index.js'
import type { Tensor } from '../tensor.js'

const n = 20000
const key = random.key(7)
const shape = [n]

/** Φ by the complementary error function's continued fraction and series, good to 1e-7 (Abramowitz and Stegun 7.1.26). */
const normalCdf = (x: number): number => {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2)
  const tail =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) *
    Math.exp((-x * x) / 2)
  return x < 0 ? tail / 2 : 1 - tail / 2
}

/** P(3, x) and others of whole shape. */
const erlangCdf = (k: number, x: number): number => {
  let [sum, term] = [1, 1]
  for (let i = 1; i < k; i++) {
    term *= x / i
    sum += term
  }
  return 1 - Math.exp(-x) * sum
}

const options = [{ dtype: 'float32' }, { dtype: 'float64' }] as const

const cases: readonly (readonly [string, (o: (typeof options)[number]) => Tensor, (x: number) => number])[] = [
  ['uniform', (o) => random.uniform(key, shape, o), (x) => x],
  ['uniform between bounds', (o) => random.uniform(key, shape, { ...o, minval: -2, maxval: 3 }), (x) => (x + 2) / 5],
  ['normal', (o) => random.normal(key, shape, o), normalCdf],
  ['exponential', (o) => random.exponential(key, shape, o), (x) => 1 - Math.exp(-x)],
  ['laplace', (o) => random.laplace(key, shape, o), (x) => (x < 0 ? Math.exp(x) / 2 : 1 - Math.exp(-x) / 2)],
  ['logistic', (o) => random.logistic(key, shape, o), (x) => 1 / (1 + Math.exp(-x))],
  ['cauchy', (o) => random.cauchy(key, shape, o), (x) => 0.5 + Math.atan(x) / Math.PI],
  ['gumbel', (o) => random.gumbel(key, shape, o), (x) => Math.exp(-Math.exp(-x))],
  ['gumbel of two draws', (o) => random.gumbel(key, shape, { ...o, mode: 'high' }), (x) => Math.exp(-Math.exp(-x))],
  ['pareto', (o) => random.pareto(key, 2, shape, o), (x) => 1 - x ** -2],
  ['rayleigh', (o) => random.rayleigh(key, 2, shape, o), (x) => 1 - Math.exp((-x * x) / 8)],
  ['weibullMin', (o) => random.weibullMin(key, 2, 1.5, shape, o), (x) => 1 - Math.exp(-((x / 2) ** 1.5))],
  [
    'triangular',
    (o) => random.triangular(key, 0, 0.3, 1, shape, o),
    (x) => (x < 0.3 ? (x * x) / 0.3 : 1 - (1 - x) ** 2 / 0.7),
  ],
  ['lognormal', (o) => random.lognormal(key, 0.5, shape, o), (x) => normalCdf(Math.log(x) / 0.5)],
  [
    'maxwell',
    (o) => random.maxwell(key, shape, o),
    (x) => 2 * normalCdf(x) - 1 - Math.sqrt(2 / Math.PI) * x * Math.exp((-x * x) / 2),
  ],
  ['gamma of shape 3', (o) => random.gamma(key, 3, shape, o), (x) => erlangCdf(3, x)],
  ['gamma of shape ½', (o) => random.gamma(key, 0.5, shape, o), (x) => 2 * normalCdf(Math.sqrt(2 * x)) - 1],
  ['loggamma of shape 1', (o) => random.loggamma(key, 1, shape, o), (x) => 1 - Math.exp(-Math.exp(x))],
  ['beta', (o) => random.beta(key, 2, 3, shape, o), (x) => x * x * (6 - 8 * x + 3 * x * x)],
  ['chisquare', (o) => random.chisquare(key, 4, shape, o), (x) => erlangCdf(2, x / 2)],
  ['t with 2 degrees of freedom', (o) => random.t(key, 2, shape, o), (x) => 0.5 + x / (2 * Math.sqrt(2 + x * x))],
  ['f with 2 and 4 degrees of freedom', (o) => random.f(key, 2, 4, shape, o), (x) => 1 - (1 + x / 2) ** -2],
  ['generalizedNormal of power 2', (o) => random.generalizedNormal(key, 2, shape, o), (x) => normalCdf(x * Math.SQRT2)],
]

describe.each(options)('in $dtype', (o) => {
  it.each(cases)('%s follows its distribution function', (_, draw, cdf) => {
    const x = draw(o)
    expect(x.dtype).toBe(o.dtype)
    const sorted = Float64Array.from(x.data()).sort()
    const distance = sorted.reduce(
      (d, v, i) => Math.max(d, Math.abs(cdf(v) - i / n), Math.abs(cdf(v) - (i + 1) / n)),
      0,
    )
    // √n · distance exceeds 1.95 once in a thousand draws (Kolmogorov's distribution).
    expect(Math.sqrt(n) * distance).toBeLessThan(1.95)
  })
})

const factorial = (k: number): number => (k < 2 ? 1 : k * factorial(k - 1))
const choose = (m: number, k: number): number =>
  Array.from({ length: k }, (_, i) => (m - i) / (i + 1)).reduce((a, b) => a * b, 1)

describe('counts', () => {
  const counted: readonly (readonly [string, Tensor, (k: number) => number])[] = [
    ['poisson', random.poisson(key, 3, shape), (k) => (Math.exp(-3) * 3 ** k) / factorial(k)],
    ['poisson of a large rate', random.poisson(key, 20, shape), (k) => (Math.exp(-20) * 20 ** k) / factorial(k)],
    ['binomial', random.binomial(key, 10, 0.3, shape), (k) => choose(10, k) * 0.3 ** k * 0.7 ** (10 - k)],
    [
      'binomial of many trials',
      random.binomial(key, 60, 0.6, shape),
      (k) => choose(60, k) * 0.6 ** k * 0.4 ** (60 - k),
    ],
    ['geometric', random.geometric(key, 0.3, shape), (k) => (k < 1 ? 0 : 0.3 * 0.7 ** (k - 1))],
    ['randint', random.randint(key, shape, 2, 9), (k) => (k < 2 || k > 8 ? 0 : 1 / 7)],
    ['categorical', random.categorical(key, np.log(np.array([1, 2, 5])), { shape }), (k) => ([1, 2, 5][k] ?? 0) / 8],
    [
      'choice with probabilities',
      random.choice(key, 3, { shape, p: np.array([0.2, 0.5, 0.3]) }),
      (k) => [0.2, 0.5, 0.3][k] ?? 0,
    ],
  ]
  it.each(counted)('%s has its probabilities', (_, x, probability) => {
    const seen = new Map<number, number>()
    for (const k of x.data()) seen.set(k, (seen.get(k) ?? 0) + 1)
    let [statistic, cells] = [0, 0]
    for (let k = 0; k < 100; k++) {
      const expected = n * probability(k)
      if (expected === 0) expect(seen.get(k)).toBeUndefined()
      if (expected < 5) continue
      statistic += ((seen.get(k) ?? 0) - expected) ** 2 / expected
      cells++
    }
    // The mean of χ² is its degrees of freedom, its variance twice that; four deviations.
    expect(statistic).toBeLessThan(cells + 4 * Math.sqrt(2 * cells))
  })
  it('of impossible parameters are −1 or NaN, as in JAX', () => {
    expect(random.poisson(key, np.array([-1, 0, Number.NaN])).toArray()).toEqual([-1, 0, -1])
    expect(random.binomial(key, np.array([-1, 0, Number.NaN, Number.POSITIVE_INFINITY]), 0.5).toArray()).toEqual([
      Number.NaN,
      0,
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ])
  })
  it('of a multinomial add up', () => {
    const x = random.multinomial(key, np.array([7, 100]), np.array([0.2, 0, 0.8]), { shape: [2, 3] })
    expect(np.sum(x, { axis: 1 }).toArray()).toEqual([7, 100])
    expect(x.slice('...', 1).toArray()).toEqual([0, 0])
  })
})
