import { grad, jit, np, random, type Tensor } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import { describe, expect, it } from 'vitest'
import { sample } from '../../test/check-layer.js'
import { expectNear, f64 } from '../../test/near.js'
import {
  gradientPenalty,
  hingeGan,
  leastSquaresGan,
  minimaxGan,
  nonSaturatingGan,
  wassersteinGan,
} from './adversarial.js'

const [real, fake] = [f64([0.3, -1.2, 2, 0.9]), f64([-0.4, 1.5, 0.2, -3])]
const sigma = (x: number): number => 1 / (1 + Math.exp(-x))

describe('adversarial losses', () => {
  const judge = (r: number, f: number): number => -Math.log(sigma(r)) - Math.log(1 - sigma(f))
  it.each([
    ['minimax', minimaxGan, judge, (f: number): number => Math.log(1 - sigma(f))],
    ['non-saturating', nonSaturatingGan, judge, (f: number): number => -Math.log(sigma(f))],
    [
      'least squares',
      leastSquaresGan,
      (r: number, f: number) => ((r - 1) ** 2 + f ** 2) / 2,
      (f: number) => (f - 1) ** 2 / 2,
    ],
    ['hinge', hingeGan, (r: number, f: number) => Math.max(0, 1 - r) + Math.max(0, 1 + f), (f: number) => -f],
    ['wasserstein', wassersteinGan, (r: number, f: number) => f - r, (f: number) => -f],
  ] as const)('%s: values and gradients', (_, loss, discriminator, generator) => {
    const [rs, fs] = [real.toArray() as number[], fake.toArray() as number[]]
    const expected = rs.map((r, i) => discriminator(r, fs[i] as number))
    expectNear(loss.discriminator(real, fake), expected, 1e-13)
    expectNear(loss.generator(fake), fs.map(generator), 1e-13)
    checkGrads(loss.discriminator, [real, fake])
    checkGrads(loss.generator, [fake])
  })
  it('do not overflow', () => {
    expectNear(minimaxGan.discriminator(f64([-1e4]), f64([1e4])), [2e4], 1e-14)
    expectNear(minimaxGan.generator(f64([1e4])), [-1e4], 1e-14)
  })
})

describe('gradientPenalty', () => {
  const weights = sample(1, [3])
  const [a, b] = [sample(2, [5, 3]), sample(3, [5, 3])]
  it('of a linear critic is the squared distance of its slope from 1', () => {
    const found = gradientPenalty((x) => np.matmul(x, weights), a, b, random.key(0))
    const slope = Math.hypot(...(weights.toArray() as number[]))
    expectNear(found, np.full([5], (slope - 1) ** 2, { dtype: 'float64' }), 1e-10)
    const other = gradientPenalty((x) => np.matmul(x, weights), a, b, random.key(0), { target: 0 })
    expectNear(other, np.full([5], slope ** 2, { dtype: 'float64' }), 1e-10)
  })
  it('lies between both, at points that the key chooses', () => {
    const critic = (x: Tensor): Tensor => np.sum(np.square(x), { axis: 1 })
    const roots = np.sqrt(gradientPenalty(critic, np.zeros([100, 1]), np.ones([100, 1]), random.key(0)))
    // |2x − 1| for x uniform in (0, 1) is uniform too.
    expect(np.max(roots).item()).toBeLessThanOrEqual(1)
    expect(Math.abs(np.mean(roots).item() - 0.5)).toBeLessThan(5 / Math.sqrt(12 * 100))
  })
  it('has a gradient in the parameters of the critic, eager and jitted', () => {
    const loss = (w: Tensor): Tensor =>
      np.mean(gradientPenalty((x) => np.sum(np.tanh(np.matmul(x, w)), { axis: 1 }), a, b, random.key(0)))
    const w = sample(4, [3, 2])
    checkGrads(loss, [w], { order: 1 })
    expectNear(jit(grad(loss))(w), grad(loss)(w), 1e-12)
  })
  it('takes as many of both', () => {
    expect(() => gradientPenalty((x) => np.sum(x, { axis: 1 }), a, sample(1, [4, 3]), random.key(0))).toThrow(
      'Generate as many examples',
    )
  })
})
