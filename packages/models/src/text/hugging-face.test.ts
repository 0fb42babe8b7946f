import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { golden } from '../../test/golden.js'
import { trainBpe } from './bpe.js'
import { decodeTokenizer } from './hugging-face.js'
import { encodeTokenizer, type TrainedTokenizer } from './trained.js'
import { trainUnigram } from './unigram.js'

interface FileOfOthers {
  readonly file: unknown
  readonly ids: readonly number[]
  readonly plain: readonly number[]
  readonly text: string
}
interface Golden {
  readonly texts: readonly string[]
  readonly odd: string
  readonly files: Readonly<Record<'bpe' | 'wordPiece' | 'unigram', FileOfOthers>>
}
const { texts, odd, files } = golden<Golden>('tokenizers')

const read = (bytes: Uint8Array, addSpecials = false): TrainedTokenizer => {
  const tokenizer = decodeTokenizer(bytes, { file: 'tokenizer.json', addSpecials })
  if (E.isLeft(tokenizer)) throw new Error(tokenizer.left.found)
  return tokenizer.right
}
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

describe('files of others', () => {
  it.each(Object.entries(files))('of a %s give their numbers and texts', (_, { file, ids, plain, text }) => {
    expect([...read(json(file), true).encode(odd)]).toEqual(ids)
    const tokenizer = read(json(file))
    expect([...tokenizer.encode(odd)]).toEqual(plain)
    expect(tokenizer.decode(ids, { skipSpecials: true })).toBe(text)
    expect(tokenizer.tokens[tokenizer.specials['<end>'] as number]).toBe('<end>')
    expect(tokenizer.decode([])).toBe('')
  })

  it('keep the space before a point', () => {
    const tokenizer = read(json(files.bpe.file))
    expect(tokenizer.decode(tokenizer.encode('first . and , n’t'))).toBe('first . and , n’t')
  })

  it.each([
    ['no JSON', new TextEncoder().encode('{'), 'syntax'],
    ['no model', json({ version: '1.0' }), 'mismatch'],
    ['a model that there is not', json({ model: { type: 'Magic' } }), 'unsupported'],
  ])('with %s are refused', (_, bytes, kind) => {
    expect(decodeTokenizer(bytes, { file: 'a' })).toMatchObject({ left: { _tag: 'DataError', kind, file: 'a' } })
  })
})

describe('what was trained here', () => {
  const unknown = { specials: ['<end>', '<?>'], unknown: '<?>' } as const
  const trained = {
    'BPE of bytes': trainBpe(texts, { size: 320, specials: ['<end>'] }),
    'BPE of characters': trainBpe(texts, { size: 200, level: 'character', ...unknown }),
    unigram: trainUnigram(texts, { size: 200, ...unknown }),
  }
  it.each(Object.entries(trained))('as %s is read by Hugging Face’s library, with the same numbers', (_, own) => {
    const other = read(encodeTokenizer(own))
    expect(other.tokens).toEqual(own.tokens)
    expect(other.specials).toEqual(own.specials)
    const characters = fc.constantFrom(...new Set(`${texts.join('')}${odd} \n\t\u0085\uFEFF\u00A0XYZΩ😀`))
    const text = fc.array(fc.oneof(characters, fc.constantFrom(' the', ' was', '<end>', '<?>', 'ing ')))
    fc.assert(
      fc.property(text, (parts) => {
        const ids = own.encode(parts.join(''))
        expect([...other.encode(parts.join(''))]).toEqual([...ids])
        expect(other.decode(ids)).toBe(own.decode(ids))
      }),
    )
    expect(JSON.parse(JSON.stringify(other.file()))).toEqual(JSON.parse(JSON.stringify(own.file())))
  })
})
