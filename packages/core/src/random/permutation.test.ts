import { describe, expect, it } from 'vitest'
import { jit, np, random } from '../index.js'
import type { Tensor } from '../tensor.js'

const key = random.key(0)
const matrix = np.arange(12).reshape(3, 4)

describe('permutation', () => {
  it('has every number once, in another order', () => {
    const p = Array.from(random.permutation(key, 100).data())
    expect(p).not.toEqual([...p].sort((a, b) => a - b))
    expect([...p].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })
  it('moves whole slices along an axis', () => {
    const rows = random.permutation(key, matrix).toArray() as number[][]
    expect([...rows].sort((a, b) => (a[0] as number) - (b[0] as number))).toEqual(matrix.toArray())
    const order = random.permutation(key, 4).toArray() as number[]
    expect(random.permutation(key, matrix, { axis: 1 }).toArray()).toEqual(
      (matrix.toArray() as number[][]).map((r) => order.map((i) => r[i])),
    )
  })
  it('shuffles lines independently if asked to', () => {
    const rows = random.permutation(key, matrix, { axis: 1, independent: true }).toArray() as number[][]
    expect(rows.map((r) => [...r].sort((a, b) => a - b))).toEqual(matrix.toArray())
  })
  it('gives all 6 orders of 3 equally often', () => {
    const seen = new Map<string, number>()
    for (const k of random.split(random.key(5), 600)) {
      const order = random.permutation(k, 3).data().join('')
      seen.set(order, (seen.get(order) ?? 0) + 1)
    }
    expect(seen.size).toBe(6)
    for (const times of seen.values()) expect(Math.abs(times - 100)).toBeLessThan(45)
  })
  it('is the same inside jit', () => {
    const f = (k: Tensor): Tensor => random.permutation(k, 10)
    expect(jit(f)(key).toArray()).toEqual(f(key).toArray())
  })
  it('refuses what has no elements', () => expect(() => random.permutation(key, 1.5)).toThrow(/number of elements/))
})

describe('choice', () => {
  it('without replacement repeats nothing', () => {
    const drawn = random.choice(key, 10, { shape: [10], replace: false }).toArray() as number[]
    expect([...drawn].sort((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, i) => i))
    const weighted = random
      .choice(key, 4, { shape: [3], replace: false, p: np.array([0, 0.1, 0.1, 0.8]) })
      .toArray() as number[]
    expect([...weighted].sort((a, b) => a - b)).toEqual([1, 2, 3])
  })
  it('replaces the axis by the shape of the draws', () => {
    expect(random.choice(key, matrix, { shape: [5, 2], axis: 1 }).shape).toEqual([3, 5, 2])
  })
  it('refuses more draws than elements', () => {
    expect(() => random.choice(key, 3, { shape: [4], replace: false })).toThrow(/without replacement/)
    expect(() => random.choice(key, 3, { p: np.array([1, 0]) })).toThrow(/shape \[3\]/)
  })
})

describe('orthogonal and multivariateNormal', () => {
  it('gives orthonormal columns or rows', () => {
    const q = random.orthogonal(key, 4, [2], { m: 3, dtype: 'float64' })
    expect(q.shape).toEqual([2, 4, 3])
    expect(np.allclose(np.matmul(np.matrixTranspose(q), q), np.eye(3), { atol: 1e-12 }).item()).toBe(true)
    const rows = random.orthogonal(key, 2, [], { m: 5, dtype: 'float64' })
    expect(np.allclose(np.matmul(rows, rows.T), np.eye(2), { atol: 1e-12 }).item()).toBe(true)
  })
  it.each(['cholesky', 'eigh', 'svd'] as const)('has the mean and covariance asked for, by %s', (method) => {
    const covariance = np.array(
      [
        [2, 1],
        [1, 3],
      ],
      { dtype: 'float64' },
    )
    const x = random.multivariateNormal(key, np.array([1, -1], { dtype: 'float64' }), covariance, [20000], { method })
    expect(x.dtype).toBe('float64')
    expect(np.allclose(np.mean(x, { axis: 0 }), np.array([1, -1]), { atol: 0.05 }).item()).toBe(true)
    expect(np.allclose(np.cov(x, { rowvar: false }), covariance, { atol: 0.1 }).item()).toBe(true)
  })
})
