import { np, random, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { expectNear } from '../../test/near.js'
import {
  constant,
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  lecunNormal,
  lecunUniform,
  normal,
  ones,
  orthogonal,
  truncatedNormal,
  uniform,
  varianceScaling,
  zeros,
} from './index.js'

const key = random.key(7)
const variance = (x: Tensor): number => np.mean(np.square(x)).item()
const [inputs, outputs] = [300, 200]

describe('variances are what their names say', () => {
  it.each<readonly [string, Initializer, number]>([
    ['normal', normal({ stddev: 0.5 }), 0.25],
    ['glorotUniform', glorotUniform(), 2 / (inputs + outputs)],
    ['glorotNormal', glorotNormal(), 2 / (inputs + outputs)],
    ['heUniform', heUniform(), 2 / inputs],
    ['heNormal', heNormal(), 2 / inputs],
    ['lecunUniform', lecunUniform(), 1 / inputs],
    ['lecunNormal', lecunNormal(), 1 / inputs],
    ['varianceScaling by outputs', varianceScaling(3, 'fan_out', 'normal'), 3 / outputs],
  ])('%s', (_, init, expected) => {
    const x = init(key, [inputs, outputs], { dtype: 'float64' })
    expect(x.dtype).toBe('float64')
    expect(variance(x) / expected).toBeCloseTo(1, 1)
    expect(Math.abs(np.mean(x).item())).toBeLessThan(4 * Math.sqrt(expected / (inputs * outputs)))
  })
  it('a convolution counts its field', () => {
    const x = lecunNormal()(key, [3, 3, 16, 200], { dtype: 'float64' })
    expect(variance(x) * 9 * 16).toBeCloseTo(1, 1)
  })
  it('a stack of kernels does not', () => {
    const x = lecunNormal({ batchAxis: [0] })(key, [5, 100, 100], { dtype: 'float64' })
    expect(variance(x) * 100).toBeCloseTo(1, 1)
  })
})

describe('bounds and constants', () => {
  it('uniform is in [0, scale)', () => {
    const x = uniform({ scale: 3 })(key, [1000])
    expect(np.min(x).item()).toBeGreaterThanOrEqual(0)
    expect(np.max(x).item()).toBeLessThan(3)
    expect(np.max(x).item()).toBeGreaterThan(2.9)
  })
  it('truncatedNormal is within its cuts', () => {
    expect(np.max(np.abs(truncatedNormal({ stddev: 2 })(key, [1000]))).item()).toBeLessThanOrEqual(4)
    expect(np.min(truncatedNormal({ stddev: 1, lower: 0 })(key, [1000])).item()).toBeGreaterThanOrEqual(0)
  })
  it('zeros, ones, constant', () => {
    expect(zeros(key, [2]).toArray()).toEqual([0, 0])
    expect(ones(key, [2], { dtype: 'float64' }).dtype).toBe('float64')
    expect(constant(3)(key, [2]).toArray()).toEqual([3, 3])
  })
  it('are functions of the key', () => {
    expectNear(normal()(key, [4]), normal()(key, [4]), 0)
    expect(normal()(key, [4]).toArray()).not.toEqual(normal()(random.key(8), [4]).toArray())
  })
  it('a vector has no fans', () => expect(() => lecunNormal()(key, [3])).toThrow('has no axis -2'))
})

describe('orthogonal', () => {
  const identity = (n: number): Tensor => np.eye(n, n, { dtype: 'float64' })
  it.each([
    [5, 5],
    [7, 3],
  ])('columns of [%i,%i] are orthonormal', (rows, columns) => {
    const q = orthogonal()(key, [rows, columns], { dtype: 'float64' })
    expectNear(q.T.matmul(q), identity(columns), 1e-13)
  })
  it('rows of a wide matrix are orthonormal', () => {
    const q = orthogonal({ scale: 2 })(key, [3, 7], { dtype: 'float64' })
    expectNear(q.matmul(q.T), identity(3).mul(4), 1e-13)
  })
  it('takes kernels of any rank and any column axis', () => {
    const q = orthogonal({ columnAxis: 0 })(key, [4, 3, 3], { dtype: 'float64' }).reshape([4, 9])
    expectNear(q.matmul(q.T), identity(4), 1e-13)
  })
  it('no vectors', () => expect(() => orthogonal()(key, [3])).toThrow('is no matrix'))
})
