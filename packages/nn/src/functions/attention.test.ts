import { np, random, type Tensor, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { expectNear, f64, i32 } from '../../test/near.js'
import { attentionWeights, dotProductAttention } from './attention.js'

const sample = (seed: number, shape: readonly number[]): Tensor =>
  random.normal(random.key(seed), shape, { dtype: 'float64' })
const [query, key, value] = [sample(1, [2, 3, 4, 5]), sample(2, [2, 6, 4, 5]), sample(3, [2, 6, 4, 7])]

describe('dotProductAttention', () => {
  it('is softmax(q kᵀ / √size) v, number by number', () => {
    const [q, k, v] = [query, key, value].map((x) => x.toArray() as number[][][][]) as [
      number[][][][],
      number[][][][],
      number[][][][],
    ]
    const at = (b: number, t: number, h: number, d: number): number => {
      const scores = (k[b] as number[][][]).map((heads) =>
        (heads[h] as number[]).reduce((sum, x, i) => sum + (x * (q[b]?.[t]?.[h]?.[i] as number)) / Math.sqrt(5), 0),
      )
      const total = scores.reduce((sum, s) => sum + Math.exp(s), 0)
      return scores.reduce((sum, s, i) => sum + (Math.exp(s) / total) * (v[b]?.[i]?.[h]?.[d] as number), 0)
    }
    const y = dotProductAttention(query, key, value)
    expect(y.shape).toEqual([2, 3, 4, 7])
    for (const [b, t, h, d] of [
      [0, 0, 0, 0],
      [1, 2, 3, 6],
      [0, 1, 2, 3],
    ] as const) {
      expectNear(y.slice(b, t, h, d), at(b, t, h, d), 1e-13)
    }
  })
  it('vmap over examples = the batch', () => {
    expectNear(
      vmap((q: Tensor, k: Tensor, v: Tensor) => dotProductAttention(q, k, v))(query, key, value),
      dotProductAttention(query, key, value),
      1e-13,
    )
  })
  it('causal: the first query sees the first key only', () => {
    const y = dotProductAttention(key, key, value, { isCausal: true })
    expectNear(y.slice(0, 0), value.slice(0, 0), 1e-14)
  })
  it('a window of 0 sees itself only', () => {
    expectNear(dotProductAttention(key, key, value, { localWindowSize: 0 }), value, 1e-14)
    expectNear(
      dotProductAttention(key, key, value, { localWindowSize: [5, 5] }),
      dotProductAttention(key, key, value),
      1e-14,
    )
  })
  it('lengths hide keys and queries beyond them', () => {
    const short = dotProductAttention(query, key, value, { keyValueSeqLengths: i32([6, 2]) })
    const cut = (x: Tensor): Tensor => x.slice({ start: 1 }, { stop: 2 })
    expectNear(short.slice({ start: 1 }), dotProductAttention(query.slice({ start: 1 }), cut(key), cut(value)), 1e-13)
    const silent = dotProductAttention(query, key, value, { querySeqLengths: i32([3, 1]) })
    expect(np.max(np.abs(silent.slice(1, { start: 1 }))).item()).toBe(0)
  })
  it('fewer heads of keys and values serve groups of queries', () => {
    const [k, v] = [key.slice('...', { stop: 2 }, { stop: null }), value.slice('...', { stop: 2 }, { stop: null })]
    const repeated = (x: Tensor): Tensor =>
      np.stack([x.slice('...', 0, {}), x.slice('...', 0, {}), x.slice('...', 1, {}), x.slice('...', 1, {})], {
        axis: 2,
      })
    expectNear(dotProductAttention(query, k, v), dotProductAttention(query, repeated(k), repeated(v)), 1e-13)
  })
  it('a mask hides, a bias of −∞ as well', () => {
    const mask = np.array([true, true, true, false, false, false])
    const bias = f64([0, 0, 0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])
    const masked = dotProductAttention(query, key, value, { mask: mask.reshape([1, 1, 1, 6]) })
    expectNear(masked, dotProductAttention(query, key, value, { bias: bias.reshape([1, 1, 1, 6]) }), 1e-13)
  })
  it('scale replaces 1 / √size', () => {
    expectNear(
      dotProductAttention(query, key, value, { scale: 1 / Math.sqrt(5) }),
      dotProductAttention(query, key, value),
      1e-13,
    )
  })
  it('says which shapes do not fit', () => {
    expect(() => dotProductAttention(query, value, value)).toThrow('query and key differ in the size of a head')
    expect(() => dotProductAttention(query, key, query.slice('...', { stop: 5 }))).toThrow(
      'key and value differ in time',
    )
    expect(() => dotProductAttention(query.reshape([-1]), key, value)).toThrow('all are [batch, time, heads, size]')
  })
})

describe('attentionWeights', () => {
  const mix = (weights: Tensor, v: Tensor): Tensor => np.einsum('bhqk,bkhd->bqhd', weights, v)
  const lengths = i32([6, 2])
  it.each([
    {},
    { isCausal: true },
    { scale: 0.3, bias: sample(4, [1, 4, 3, 6]) },
    { keyValueSeqLengths: lengths, querySeqLengths: i32([3, 1]) },
    { mask: np.array([[[[1, 0, 1, 1, 0, 0]]], [[[0, 0, 0, 0, 0, 0]]]]) },
  ])('are what values are mixed by: %o', (options) => {
    expectNear(
      mix(attentionWeights(query, key, options), value),
      dotProductAttention(query, key, value, options),
      1e-13,
    )
  })
  it('sum to 1, but for a query that sees no key', () => {
    const weights = attentionWeights(query, key, { querySeqLengths: i32([3, 1]) })
    const counts = np
      .array([[3], [1]])
      .gt(np.arange(3))
      .astype('float64')
      .reshape([2, 1, 3])
    expectNear(weights.sum({ axis: -1 }), np.broadcastTo(counts, [2, 4, 3]), 1e-14)
  })
  it('of fewer heads of keys, and without a batch', () => {
    const [q, k] = [query.slice(0), key.slice(0, {}, { stop: 2 })]
    const weights = attentionWeights(q, k)
    expect(weights.shape).toEqual([4, 3, 6])
    expectNear(weights, attentionWeights(q, np.repeat(k, 2, { axis: 1 })), 0)
  })
  it('says what does not fit', () => {
    expect(() => attentionWeights(query, key.slice({}, {}, {}, { stop: 4 }))).toThrow('attentionWeights: query')
  })
})
