import { describe, expect, it } from 'vitest'
import { grad, jit, np, random, type Tensor, vmap } from '../index.js'
import type { Key } from './key.js'

type Draw = (key: Key, shape: readonly number[]) => Tensor

const samplers: Readonly<Record<string, Draw>> = {
  uniform: (key, shape) => random.uniform(key, shape),
  'uniform between': (key, shape) => random.uniform(key, shape, { minval: -1, maxval: np.array(3) }),
  'uniform of float64': (key, shape) => random.uniform(key, shape, { dtype: 'float64' }),
  normal: (key, shape) => random.normal(key, shape),
  lognormal: (key, shape) => random.lognormal(key, 0.5, shape),
  truncatedNormal: (key, shape) => random.truncatedNormal(key, -2, 1.5, shape),
  exponential: (key, shape) => random.exponential(key, shape),
  laplace: (key, shape) => random.laplace(key, shape),
  pareto: (key, shape) => random.pareto(key, 2, shape),
  weibullMin: (key, shape) => random.weibullMin(key, 1, 2, shape),
  triangular: (key, shape) => random.triangular(key, 0, 0.5, 1, shape),
  gumbel: (key, shape) => random.gumbel(key, shape),
  bernoulli: (key, shape) => random.bernoulli(key, 0.3, shape),
  'bernoulli of rows': (key, shape) => random.bernoulli(key, np.full(shape, 0.3)),
}
const few = 2 ** 20 - 1
const many = [1031, 1033]
const key = random.key(3)
const bytes = (x: Tensor): Buffer => {
  const { buffer, byteOffset, byteLength } = x.data()
  return Buffer.from(buffer, byteOffset, byteLength)
}
const equalBits = (x: Tensor, y: Tensor): boolean => bytes(x).equals(bytes(y))

describe('many samples', () => {
  it.each(Object.entries(samplers))('%s: are the numbers that fewer are', (_, draw) => {
    const drawn = draw(key, many)
    expect(drawn.shape).toEqual(many)
    expect(equalBits(drawn.reshape(-1).slice({ stop: few }), draw(key, [few]))).toBe(true)
    expect(equalBits(jit((k: Key) => draw(k, many))(key), drawn)).toBe(true)
  })
  it.each(['uniform', 'normal', 'truncatedNormal', 'gumbel'])('%s: need room for themselves alone', (name) => {
    const draw = jit((k: Key) => (samplers[name] as Draw)(k, [1024, 1024]))
    draw(key)
    expect(draw.stats().arenaBytes).toBeLessThan(1.25 * 4 * 2 ** 20)
  })
  it('are drawn for every key of a batch', () => {
    const draw = (k: Key): Tensor => random.truncatedNormal(k, -2, 2, many)
    const keys = random.split(key, 2)
    const drawn = vmap(draw)(keys)
    for (const i of [0, 1]) expect(equalBits(drawn.slice(i), draw(keys.slice(i)))).toBe(true)
  })
  it('have the derivatives of fewer', () => {
    const mean = (shape: readonly number[]) => (high: Tensor) => np.mean(random.truncatedNormal(key, -2, high, shape))
    const [own, other] = [many, [few]].map((shape) => grad(mean(shape))(np.array(0.5)).item()) as [number, number]
    expect(Math.abs(own - other)).toBeLessThan(0.01)
    expect(own).toBeGreaterThan(0.1)
  })
})
