import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { buildVocabulary, decodeVocabulary, encodeVocabulary, type Vocabulary } from './vocabulary.js'

/** Any string of JavaScript, halves of surrogate pairs among them. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes)),
  fc.array(fc.integer({ min: 0xd7f0, max: 0xe010 })).map((codes) => String.fromCharCode(...codes)),
)

describe('a vocabulary of bytes', () => {
  it('gives every string back', () => {
    const bytes = buildVocabulary([], { unit: 'byte', specials: ['<pad>', '<end>'] })
    expect(bytes.size).toBe(258)
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = bytes.encode(text)
        expect(bytes.decode(ids)).toBe(text)
        expect(ids.every((id) => id >= 2)).toBe(true)
      }),
    )
    expect(bytes.decode(bytes.encode('\uFEFFa\u0000'))).toBe('\uFEFFa\u0000')
  })

  it('reads any bytes, and keeps symbols apart from them', () => {
    const bytes = buildVocabulary([], { unit: 'byte', specials: ['<end>'] })
    fc.assert(fc.property(fc.array(fc.nat(256)), (ids) => typeof bytes.decode(ids) === 'string'))
    const [a, b] = bytes.encode('é')
    expect(bytes.decode([a as number, 0, b as number])).toBe('\uFFFD<end>\uFFFD')
    expect(bytes.idOf('<0xC3>')).toBe(1 + 0xc3)
  })
})

describe('a vocabulary of characters', () => {
  it('has the most frequent first, and of equals the smaller code point', () => {
    expect(buildVocabulary(['bba', 'ca']).tokens).toEqual(['a', 'b', 'c'])
    // By UTF-16 the pair would come before U+FF5E.
    expect(buildVocabulary(['😀～']).tokens).toEqual(['～', '😀'])
  })

  it('gives back every text that it was built of, and has each number once', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
        const vocabulary = buildVocabulary(texts, { specials: ['<pad>'] })
        for (const text of texts) expect(vocabulary.decode(vocabulary.encode(text))).toBe(text)
        vocabulary.tokens.forEach((token, id) => expect(vocabulary.idOf(token)).toBe(id))
      }),
    )
  })

  it('leaves out what is rare, down to so many', () => {
    const options = { specials: ['<unknown>'], unknown: '<unknown>' } as const
    expect(buildVocabulary(['aaabbc'], { ...options, minCount: 2 }).tokens).toEqual(['<unknown>', 'a', 'b'])
    const two = buildVocabulary(['aaabbc'], { ...options, maxSize: 2 })
    expect(two.tokens).toEqual(['<unknown>', 'a'])
    expect([...two.encode('cab')]).toEqual([0, 1, 0])
    expect(two.decode([0, 1, 0], { skipSpecials: true })).toBe('a')
  })

  it('knows its symbols by their types', () => {
    const vocabulary = buildVocabulary(['ab'], { specials: ['<pad>', '<end>'] })
    expectTypeOf(vocabulary.specials).toEqualTypeOf<Readonly<Record<'<pad>' | '<end>', number>>>()
    expect(vocabulary.specials).toEqual({ '<pad>': 0, '<end>': 1 })
  })

  it('says what it does not know, and the cure', () => {
    expect(() => buildVocabulary(['ab']).encode('ac')).toThrow(/no token has "c".*unknown: '<unknown>'/)
    expect(() => buildVocabulary(['ab']).decode([2])).toThrow(/2 is the number of no token; they run from 0 to 1/)
    expect(() => buildVocabulary(['ab']).decode([0.5])).toThrow(/0.5 is the number of no token/)
    expect(() => buildVocabulary('ab' as never)).toThrow(/list of strings.*Give \[text\]/)
    expect(() => buildVocabulary([], { specials: ['a', 'a'] })).toThrow(/have one twice/)
    expect(() => buildVocabulary([], { specials: ['a'], unknown: 'b' as never })).toThrow(/not among the specials/)
    expect(() => buildVocabulary([], { unit: 'byte', maxSize: 100 })).toThrow(/maxSize is 100/)
  })

  it('cannot be written to', () => {
    const vocabulary = buildVocabulary(['ab'])
    for (const part of [vocabulary, vocabulary.tokens, vocabulary.specials]) expect(Object.isFrozen(part)).toBe(true)
  })
})

describe('a vocabulary of words', () => {
  it('takes what stands between spaces, and symbols that are written in the text', () => {
    const words = buildVocabulary(['the cat  the dog\n'], {
      unit: 'word',
      specials: ['<unknown>'],
      unknown: '<unknown>',
    })
    expect(words.tokens).toEqual(['<unknown>', 'the', 'cat', 'dog'])
    expect([...words.encode(' a <unknown> dog ')]).toEqual([0, 0, 3])
    expect(words.decode([1, 0, 3])).toBe('the <unknown> dog')
    expect(words.decode([1, 0, 3], { skipSpecials: true })).toBe('the dog')
  })
})

describe('a file', () => {
  const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
  const read = (value: unknown) => decodeVocabulary(json(value), { file: 'a.json' })

  it('gives the same vocabulary back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' })),
        fc.constantFrom('character', 'word', 'byte' as const),
        fc.uniqueArray(fc.constantFrom('<pad>', '7', '__proto__', '<end>')),
        (texts, unit, specials) => {
          const before: Vocabulary = buildVocabulary<string>(texts, { unit, specials, unknown: specials[0] as string })
          const after = decodeVocabulary(encodeVocabulary(before), { file: 'a.json' })
          if (E.isLeft(after)) throw new Error(after.left.found)
          expect(after.right.tokens).toEqual(before.tokens)
          expect(Object.entries(after.right.specials)).toEqual(Object.entries(before.specials))
          for (const text of texts) expect(after.right.encode(text)).toEqual(before.encode(text))
        },
      ),
    )
  })

  it.each([
    ['no JSON', new TextEncoder().encode('{'), 'syntax'],
    ['no object', json(null), 'mismatch'],
    ['another version', json({ version: 2 }), 'unsupported'],
    ['a unit that there is not', json({ version: 1, unit: 'line', specials: [], unknown: null, tokens: [] }), 'value'],
    ['no tokens', json({ version: 1, unit: 'word', specials: [], unknown: null, tokens: [1] }), 'value'],
    ['an unknown symbol', json({ version: 1, unit: 'word', specials: [], unknown: 'a', tokens: ['a'] }), 'value'],
    ['a token twice', json({ version: 1, unit: 'word', specials: ['a'], unknown: null, tokens: ['a'] }), 'duplicate'],
  ])('with %s is refused', (_, bytes, kind) => {
    expect(decodeVocabulary(bytes, { file: 'a.json' })).toMatchObject({
      left: { _tag: 'DataError', kind, file: 'a.json' },
    })
  })

  it('is read without symbols too', () => {
    expect(read({ version: 1, unit: 'word', specials: [], unknown: null, tokens: ['a'] })._tag).toBe('Right')
  })
})
