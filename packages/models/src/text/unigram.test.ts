import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { golden } from '../../test/golden.js'
import { type TrainedUnigram, unigramSteps } from './training/unigram.js'
import { trainUnigram } from './unigram.js'

const { texts } = golden<{ readonly texts: readonly string[] }>('tokenizers')

const learnt = (lines: readonly string[], size: number): TrainedUnigram => {
  const running = unigramSteps({ kind: 'unigram', texts: lines, size, specials: [] })
  for (let step = running.next(); ; step = running.next()) if (step.done) return step.value
}

/** All ways to cut a word into tokens, with the sums of their scores. */
const waysOf = (word: string, scores: ReadonlyMap<string, number>): { tokens: string[]; score: number }[] =>
  word === ''
    ? [{ tokens: [], score: 0 }]
    : Array.from({ length: word.length }, (_, i) => word.slice(0, i + 1)).flatMap((token) => {
        const own = scores.get(token)
        if (own === undefined) return []
        return waysOf(word.slice(token.length), scores).map(({ tokens, score }) => ({
          tokens: [token, ...tokens],
          score: own + score,
        }))
      })

describe('a unigram model', () => {
  it('cuts words into the likeliest tokens of all ways', () => {
    const { tokens, scores } = learnt(texts, 120)
    const byToken = new Map(tokens.map((token, i) => [token, scores[i] as number]))
    const trained = trainUnigram(texts, { size: 120 })
    const words = texts.join(' ').match(/ ?[a-z]{1,9}/g) ?? []
    expect(words.length).toBeGreaterThan(100)
    for (const word of words) {
      const best = Math.max(...waysOf(word, byToken).map(({ score }) => score))
      const found = [...trained.encode(word)].map((id) => scores[id] as number)
      expect(found.reduce((sum, score) => sum + score, 0)).toBeCloseTo(best, 10)
    }
  })

  it('has every character, the likeliest tokens first, and probabilities of at most 1 in all', () => {
    const { tokens, scores } = learnt(texts, 200)
    for (const character of new Set(texts.join(''))) expect(tokens).toContain(character)
    expect([...scores]).toEqual([...scores].sort((a, b) => b - a))
    const all = scores.reduce((sum, score) => sum + Math.exp(score), 0)
    expect(all).toBeLessThanOrEqual(1)
  })

  it('keeps words that are always the same, and cuts texts the shorter the more tokens there are', () => {
    const lines = Array.from({ length: 50 }, (_, i) => `bananas ${i % 2 === 0 ? 'oranges' : 'cherries'} bananas`)
    expect(learnt(lines, 20).tokens).toContain(' bananas')
    const lengthWith = (size: number): number => {
      const trained = trainUnigram(texts, { size })
      return texts.reduce((sum, text) => sum + trained.encode(text).length, 0)
    }
    const lengths = [100, 120, 150, 200].map(lengthWith)
    expect(lengths).toEqual([...lengths].sort((a, b) => b - a))
    expect(lengths[3]).toBeLessThan(0.9 * (lengths[0] as number))
  })

  it('gives texts back, and never has more tokens than it may', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', '\n') })),
        fc.nat(20),
        (lines, more) => {
          const characters = new Set(lines.join('')).size
          const trained = trainUnigram(lines, { size: characters + more })
          expect(trained.size).toBeLessThanOrEqual(characters + more)
          for (const line of lines) expect(trained.decode(trained.encode(line))).toBe(line)
        },
      ),
    )
  })

  it('takes unknown characters side by side for one symbol, or refuses them', () => {
    const trained = trainUnigram(['ab ab abc'], { size: 20, specials: ['<?>'], unknown: '<?>' })
    expect(trained.decode(trained.encode('aXYbZ c<?>'))).toBe('a<?>b<?> c<?>')
    expect(() => trainUnigram(['ab ab abc'], { size: 20 }).encode('abX')).toThrow(/unigram.encode: no token has "X"/)
    expect(() => trainUnigram(['abcdef'], { size: 3 })).toThrow(/are 6 already/)
  })
})
