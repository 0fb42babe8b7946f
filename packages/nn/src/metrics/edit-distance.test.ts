import { jit, np, type Tensor, vmap } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance, editDistances } from './edit-distance.js'
import { characterErrorRate, wordErrorRate } from './error-rates.js'
import { reduceBatches } from './metric.js'
import * as texts from './texts.js'

const sequence = fc.array(fc.nat(3), { maxLength: 7 })

/** By its definition. */
const defined = (a: readonly number[], b: readonly number[]): number => {
  const [x, ...rest] = a
  const [y, ...others] = b
  if (x === undefined || y === undefined) return a.length + b.length
  if (x === y) return defined(rest, others)
  return 1 + Math.min(defined(rest, others), defined(rest, b), defined(a, others))
}

describe('editDistance', () => {
  it('is the least number of edits', () => {
    fc.assert(
      fc.property(sequence, sequence, (a, b) => {
        expect(editDistance(a, b)).toBe(defined(a, b))
      }),
    )
  })
  it('is a metric', () => {
    fc.assert(
      fc.property(sequence, sequence, sequence, (a, b, c) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a))
        expect(editDistance(a, b) === 0).toBe(String(a) === String(b))
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c))
      }),
    )
  })
  it('counts code points of texts', () => {
    expect(editDistance('Saturday', 'Sunday')).toBe(3)
    expect(editDistance('a😀', 'a😁')).toBe(1)
    expect(editDistance('', 'abc')).toBe(3)
  })
})

describe('editDistances', () => {
  const padded = (rows: readonly (readonly number[])[], width: number) =>
    np.array(rows.map((row) => [...row, ...Array.from({ length: width - row.length }, () => 9)])).astype('int32')
  const lengthsOf = (rows: readonly (readonly number[])[]) => np.array(rows.map(({ length }) => length)).astype('int32')

  it('are those of each pair, jitted, whatever the padding', () => {
    const all = jit((a: Tensor, b: Tensor, lengths: Tensor, otherLengths: Tensor) =>
      editDistances(a, b, { lengths, otherLengths }),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(sequence, sequence), { minLength: 3, maxLength: 3 }), (pairs) => {
        const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)]
        const found = all(padded(a, 7), padded(b, 8), lengthsOf(a), lengthsOf(b))
        expect(found.toArray()).toEqual(pairs.map(([x, y]) => editDistance(x, y)))
      }),
      { numRuns: 40 },
    )
  })
  it('vmap f = stack (map f)', () => {
    const [a, b] = [np.arange(24).mod(3).reshape([2, 3, 4]), np.arange(30).mod(4).reshape([2, 3, 5])]
    const each = [0, 1].map((i) => editDistances(a.at(i).get(), b.at(i).get()).toArray())
    expect(vmap(editDistances)(a, b).toArray()).toEqual(each)
  })
  it('of empty sequences are lengths', () => {
    expect(editDistances(np.zeros([2, 0]), np.zeros([2, 3])).toArray()).toEqual([3, 3])
  })
  it('refuse shapes that do not fit', () => {
    expect(() => editDistances(np.zeros([3]), np.zeros([3]))).toThrow(/One pair is \[1, n\] and \[1, m\]/)
    expect(() => editDistances(np.zeros([2, 3]), np.zeros([2, 3]), { lengths: np.zeros([3]) })).toThrow(
      /have to be \[2\]/,
    )
  })
})

describe('error rates', () => {
  it('divide all edits by all words, or characters, of the references', () => {
    const batches = [
      [['a b c'], ['a x c d']],
      [
        ['', 'e'],
        ['f g', 'e'],
      ],
    ] as const
    expect(reduceBatches(wordErrorRate(), batches).item()).toBeCloseTo(4 / 7, 6)
    expect(reduceBatches(characterErrorRate(), batches).item()).toBeCloseTo((3 + 3) / (7 + 3 + 1), 6)
    expect(texts.wordErrorRate([['a', 'b']], [['a']]).item()).toBe(1)
    expect(texts.characterErrorRate(['abc'], ['abd']).item()).toBeCloseTo(1 / 3, 6)
  })
  it('of nothing are 0, and of something where there should be nothing infinite', () => {
    expect(reduceBatches(wordErrorRate(), []).item()).toBe(0)
    expect(texts.wordErrorRate(['a'], ['']).item()).toBe(Number.POSITIVE_INFINITY)
    expect(() => texts.wordErrorRate(['a'], [])).toThrow(/1 candidates and references for 0/)
  })
})
