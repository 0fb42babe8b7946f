import { describe, expect, it } from 'vitest'
import { grad, np, random } from '../index.js'
import type { Tensor } from '../tensor.js'

const key = random.key(0)

describe('bits', () => {
  it('are the words of the cipher', () => {
    expect(random.bits(key, [3]).toArray()).toEqual([4070199207, 4202968722, 1427181096])
    expect(random.bits(key, [3], { dtype: 'uint8' }).toArray()).toEqual([
      4070199207 % 256,
      4202968722 % 256,
      1427181096 % 256,
    ])
  })
  it('are unsigned', () => expect(() => random.bits(key, [2], { dtype: 'int32' })).toThrow(/uint32 or uint8/))
})

describe('uniform', () => {
  it('has the upper 23 bits of each word', () => {
    const expected = [4070199207, 4202968722, 1427181096].map((w) => (w >>> 9) / 2 ** 23)
    expect(random.uniform(key, [3]).toArray()).toEqual(expected)
  })
  it('has 52 bits of a pair of words in float64', () => {
    const [high, low] = random.split(key, 1).toArray()[0 as never] as unknown as [number, number]
    const expected = Number(((BigInt(high) << 32n) | BigInt(low)) >> 12n) / 2 ** 52
    expect(random.uniform(key, [1], { dtype: 'float64' }).item()).toBe(expected)
  })
  it('moves with its bounds', () => {
    const f = (low: Tensor): Tensor => np.sum(random.uniform(key, [3], { minval: low, maxval: 2 }))
    const u = random.uniform(key, [3])
    expect(grad(f)(np.array(0.5)).item()).toBeCloseTo(3 - np.sum(u).item(), 5)
  })
  it('takes bounds of its shape and refuses others', () => {
    expect(random.uniform(key, [2, 3], { minval: np.array([0, 1, 2]), maxval: np.array([1, 2, 3]) }).shape).toEqual([
      2, 3,
    ])
    expect(() => random.uniform(key, [2], { minval: np.zeros([3]) })).toThrow(/broadcast|fit/)
  })
})

describe('randint', () => {
  it('stays inside its bounds, to the ends of the dtypes', () => {
    const bytes = random.randint(key, [2000], 0, 256, { dtype: 'uint8' })
    expect([np.min(bytes).item(), np.max(bytes).item()]).toEqual([0, 255])
    const words = random.randint(key, [2000], 0, 2 ** 32, { dtype: 'uint32' })
    expect(np.max(words).item()).toBeGreaterThan(2 ** 31)
    expect(random.randint(key, [3], 5, 5).toArray()).toEqual([5, 5, 5])
    expect(random.randint(key, [3], 5, np.array([2, 6, 6], { dtype: 'int32' })).toArray()).toEqual([5, 5, 5])
  })
  it('is for integers', () =>
    expect(() => random.randint(key, [2], 0, 2, { dtype: 'float32' })).toThrow(/random\.uniform/))
})

describe('bernoulli', () => {
  it('is certain at 0 and 1, and compares uniform samples', () => {
    expect(random.bernoulli(key, np.array([0, 1])).toArray()).toEqual([false, true])
    expect(random.bernoulli(key, 0.4, [50]).toArray()).toEqual(random.uniform(key, [50]).lt(0.4).toArray())
    expect(random.bernoulli(key, 0.3, [1000], { mode: 'high' }).sum().item()).toBeGreaterThan(240)
  })
  it('refuses integer probabilities', () =>
    expect(() => random.bernoulli(key, np.array(1, { dtype: 'int32' }))).toThrow(/float32 or float64/))
})

describe('categorical', () => {
  const logits = np.array([
    [0, 1, 2],
    [2, 1, 0],
  ])
  it('draws along any axis, in any leading shape', () => {
    expect(random.categorical(key, logits).shape).toEqual([2])
    expect(random.categorical(key, logits, { axis: 0 }).shape).toEqual([3])
    expect(random.categorical(key, logits, { shape: [5, 2] }).shape).toEqual([5, 2])
  })
  it('without replacement draws every category once', () => {
    const x = random.categorical(key, logits, { shape: [3, 2], replace: false })
    expect(np.sort(x, { axis: 0 }).toArray()).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ])
    expect(() => random.categorical(key, logits, { shape: [4, 2], replace: false })).toThrow(/without replacement/)
  })
})
