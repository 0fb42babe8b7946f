import { jit, np, random, type Tensor, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { pairModel, tokensOf } from '../../test/word-pairs.js'
import type { Decoded, SampleOptions } from './index.js'
import * as decode from './index.js'

const { step, cache, logs } = pairModel(5, 2, 1)
const prompts = [
  [1, 2],
  [3, 0],
  [2, 2],
]
const start = tokensOf(prompts)
const key = random.key(7)

/** How far counts are from what is expected of them, in standard deviations of χ² (Wilson & Hilferty 1931). */
const deviations = (counts: readonly number[], expected: readonly number[]): number => {
  const used = expected.flatMap((e, i) => (e > 0 ? [[counts[i] as number, e] as const] : []))
  const freedom = used.length - 1
  const chi = used.reduce((sum, [n, e]) => sum + (n - e) ** 2 / e, 0)
  const share = 2 / (9 * freedom)
  return (Math.cbrt(chi / freedom) - (1 - share)) / Math.sqrt(share)
}

describe('sample', () => {
  it('draws sequences as often as they are likely, under temperature and cuts too', () => {
    const many = 6000
    const asked = { length: 2, temperature: 1.5, topK: 4 }
    const warped = (text: readonly number[]): readonly number[] => {
      const row = logs(text).map((x) => x / 1.5)
      const least = [...row].sort((a, b) => b - a)[3] as number
      const weights = row.map((x) => (x >= least ? Math.exp(x) : 0))
      const total = weights.reduce((sum, w) => sum + w, 0)
      return weights.map((w) => w / total)
    }
    const texts = Array.from({ length: 25 }, (_, i) => [Math.floor(i / 5), i % 5] as const)
    const expected = texts.map(([a, b]) => many * (warped([1, 2])[a] as number) * (warped([1, 2, a])[b] as number))
    const { tokens } = decode.sample(step, cache(many), np.tile(start.slice({ stop: 1 }), [many, 1]), { ...asked, key })
    const counts = texts.map(() => 0)
    for (const [a, b] of tokens.toArray() as [number, number][]) counts[5 * a + b] = (counts[5 * a + b] as number) + 1
    expect(counts.every((n, i) => n === 0 || (expected[i] as number) > 0)).toBe(true)
    expect(Math.abs(deviations(counts, expected))).toBeLessThan(4)
    // Which it would not be of another distribution.
    expect(
      deviations(
        counts,
        counts.map(() => many / 25),
      ),
    ).toBeGreaterThan(20)
  })

  it('says how likely each token was', () => {
    const { tokens, logProbabilities } = decode.sample(step, cache(3), start, { length: 6, key })
    prompts.forEach((prompt, r) => {
      const row = tokens.slice(r).toArray() as number[]
      row.forEach((token, i) => {
        const wanted = logs([...prompt, ...row.slice(0, i)])[token] as number
        expect(Math.abs((logProbabilities.slice(r, i).item() as number) - wanted)).toBeLessThan(1e-9)
      })
    })
  })

  it('is the same for the same key, eager and jitted, and another for another', () => {
    const run = (k: Tensor): Tensor =>
      decode.sample(step, cache(3), start, { length: 12, key: k, end: 0, topP: 0.9 }).tokens
    expect(jit(run)(key).toArray()).toEqual(run(key).toArray())
    expect(run(random.key(8)).toArray()).not.toEqual(run(key).toArray())
    expect(vmap(run)(np.stack([key, random.key(8)])).toArray()).toEqual([
      run(key).toArray(),
      run(random.key(8)).toArray(),
    ])
  })

  it('gives rows of one key different tokens', () => {
    const { tokens } = decode.sample(step, cache(3), np.tile(start.slice({ stop: 1 }), [3, 1]), { length: 12, key })
    const rows = tokens.toArray() as number[][]
    expect(new Set(rows.map(String)).size).toBe(3)
  })

  it('does not care how sequences are grouped into batches, nor how prompts are padded', () => {
    const keys = random.split(key, 3) as Tensor
    const asked = { length: 9, end: 0, minP: 0.05, presencePenalty: 0.2 }
    const lengths = [2, 1, 2]
    const whole = decode.sample(step, cache(3), start, {
      ...asked,
      key: keys,
      promptLengths: np.array(lengths, { dtype: 'int32' }),
    })
    prompts.forEach((prompt, r) => {
      const alone = decode.sample(step, cache(1), tokensOf([prompt.slice(0, lengths[r])]), {
        ...asked,
        key: keys.slice({ start: r, stop: r + 1 }),
      })
      expect(alone.tokens.slice(0).toArray()).toEqual(whole.tokens.slice(r).toArray())
      expect(alone.lengths.item()).toBe(whole.lengths.slice(r).item())
    })
  })

  it('becomes greedy as the temperature goes to 0', () => {
    const greedy = decode.greedy(step, cache(3), start, { length: 8 }).tokens.toArray()
    const at = (asked: Partial<SampleOptions>): unknown =>
      decode.sample(step, cache(3), start, { length: 8, key, ...asked }).tokens.toArray()
    expect(at({ temperature: 1e-4 })).toEqual(greedy)
    expect(at({ temperature: 0 })).toEqual(greedy)
    expect(at({ topK: 1 })).toEqual(greedy)
    expect(at({ topP: 1e-6 })).toEqual(greedy)
    expect(at({})).not.toEqual(greedy)
  })

  it('is not changed by cuts that leave all', () => {
    const at = (asked: Partial<SampleOptions>): Decoded<unknown> =>
      decode.sample(step, cache(3), start, { length: 8, key, ...asked })
    const found = at({ topK: 5, topP: 1, minP: 0, typical: 1, temperature: 1, process: decode.chain() })
    expect(found.tokens.toArray()).toEqual(at({}).tokens.toArray())
    expect(found.logProbabilities.toArray()).toEqual(at({}).logProbabilities.toArray())
  })

  it('never draws what is banned, and takes processors of others', () => {
    const odd: decode.Processor = (logits) => np.where(np.arange(5).mod(2).eq(1), logits, Number.NEGATIVE_INFINITY)
    const { tokens } = decode.sample(step, cache(3), start, { length: 30, key, ban: [1], process: odd })
    expect(np.all(tokens.eq(3)).item()).toBe(true)
  })

  it.each<[Partial<SampleOptions>, string]>([
    [{ key: 3 as never }, 'the key is 3'],
    [{ key: np.zeros([2]) }, 'random.key(seed)'],
    [{ key: random.split(key, 2) as Tensor }, 'there are 2 keys for 3 sequences'],
    [{ topK: 0 }, 'k is 0'],
    [{ temperature: -1 }, '≥ 0'],
  ])('says what does not fit: %#', (asked, message) => {
    expect(() => decode.sample(step, cache(3), start, { length: 3, key, ...asked })).toThrow(message)
  })
})
