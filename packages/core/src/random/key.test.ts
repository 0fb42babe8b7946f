import { describe, expect, it } from 'vitest'
import { np, random, vmap } from '../index.js'
import type { Tensor } from '../tensor.js'

describe('key', () => {
  it('holds the upper and lower 32 bits of the seed', () => {
    expect(random.key(42).toArray()).toEqual([0, 42])
    expect(random.key(2 ** 32 + 5).toArray()).toEqual([1, 5])
    expect(random.key(-1).toArray()).toEqual([2 ** 32 - 1, 2 ** 32 - 1])
    expect(random.key(0x123456789abcdef0n).toArray()).toEqual([0x12345678, 0x9abcdef0])
  })
  it('takes integer scalars, under vmap too', () => {
    const seeds = np.array([3, -1], { dtype: 'int32' })
    expect(vmap((s: Tensor) => random.key(s))(seeds).toArray()).toEqual([
      random.key(3).toArray(),
      random.key(-1).toArray(),
    ])
  })
  it('refuses seeds that are no whole numbers', () => {
    expect(() => random.key(0.5)).toThrow(/whole number/)
    expect(() => random.key(np.array(0.5))).toThrow(/integer/)
    expect(() => random.key(np.array([1, 2], { dtype: 'int32' }))).toThrow(/scalar/)
  })
})

describe('split', () => {
  it('gives the keys of JAX', () => {
    expect(random.split(random.key(0)).toArray()).toEqual([
      [1797259609, 2579123966],
      [928981903, 3453687069],
    ])
  })
  it('gives arrays of keys that iterate and index', () => {
    const keys = random.split(random.key(1), [2, 3])
    expect(keys.shape).toEqual([2, 3, 2])
    const [a, b] = [...random.split(random.key(1))]
    expect([a?.toArray(), b?.toArray()]).toEqual(random.split(random.key(1)).toArray())
  })
  it('starts alike whatever the number of keys', () => {
    expect(random.split(random.key(9), 5).slice({ stop: 2 }).toArray()).toEqual(
      random.split(random.key(9), 2).toArray(),
    )
  })
})

describe('foldIn', () => {
  it('is the block of that number', () => {
    const keys = random.split(random.key(7), 4)
    expect(random.foldIn(random.key(7), 3).toArray()).toEqual(keys.slice(3).toArray())
    expect(random.foldIn(random.key(7), np.array(3, { dtype: 'int32' })).toArray()).toEqual(keys.slice(3).toArray())
  })
  it('refuses fractions', () => expect(() => random.foldIn(random.key(0), 0.5)).toThrow(/whole number/))
})

describe('a wrong key', () => {
  it('is named, with the cure', () => {
    expect(() => random.normal(np.array([0, 1]))).toThrow(/float32\[2\].*random\.key\(seed\)/)
    expect(() => random.normal(random.split(random.key(0), 3))).toThrow(/many keys.*vmap/)
    expect(() => random.normal(0 as unknown as Tensor)).toThrow(/random\.key\(seed\)/)
  })
})
