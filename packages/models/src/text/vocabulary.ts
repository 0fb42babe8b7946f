/** Vocabularies: a number for each character, word or byte. */
import { ArgumentError, operation } from '@puregrad/core'
import { type DataError, dataError, decodeText, type Named } from '@puregrad/formats'
import * as E from 'fp-ts/lib/Either.js'
import { checkSpecials, checkTexts, checkWhole, decodeBy, lookups, type Tokenizer, unknownText } from './tokenizer.js'
import { utf8 } from './training/bytes.js'
import { byCodePoint } from './training/pieces.js'
import { bytesOf, textOfBytes } from './utf8.js'

/** What a token is: a character (a code point), what stands between spaces, or a byte in UTF-8. */
export type VocabularyUnit = 'character' | 'word' | 'byte'

/** Tokens that are counted, not learnt: by character, word or byte. */
export interface Vocabulary<S extends string = string> extends Tokenizer<S> {
  readonly unit: VocabularyUnit
  /** The special symbol for what has no number, if there is one. */
  readonly unknown: S | undefined
}

export interface VocabularyOptions<S extends string = string> {
  /** 'character' unless said. */
  readonly unit?: VocabularyUnit
  /** What occurs less often has no number: 1 unless said. */
  readonly minCount?: number
  /** How many tokens there are at most, special symbols among them; the rarest are left out. */
  readonly maxSize?: number
  /** Symbols that come first, in this order, such as ['<pad>', '<begin>', '<end>', '<unknown>']: none unless said. */
  readonly specials?: readonly S[]
  /** Which of them stands for what has no number; without it `encode` refuses such texts. */
  readonly unknown?: NoInfer<S>
}

const unitsOf = (unit: Exclude<VocabularyUnit, 'byte'>, text: string): readonly string[] =>
  unit === 'character' ? [...text] : text.split(/\s+/u).filter((word) => word !== '')

const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`)

/** A vocabulary of these tokens after the special symbols. */
const vocabularyOf = <S extends string>(
  name: string,
  unit: VocabularyUnit,
  specials: readonly S[],
  unknown: S | undefined,
  tokens: readonly string[],
): Vocabulary<S> => {
  const found = lookups<S>(name, [...specials, ...tokens], specials)
  const first = specials.length
  const idOfUnit = (token: string): number => {
    const id = found.idOf(token) ?? (unknown === undefined ? undefined : found.specials[unknown])
    if (id === undefined) throw unknownText('vocabulary.encode', token)
    return id
  }
  const textOf = (ids: readonly number[]): string =>
    unit === 'byte'
      ? textOfBytes(Uint8Array.from(ids, (id) => id - first))
      : ids.map((id) => found.tokens[id]).join(unit === 'word' ? ' ' : '')
  return Object.freeze({
    ...found,
    unit,
    unknown,
    encode: (text: string): Int32Array =>
      unit === 'byte'
        ? Int32Array.from(bytesOf(text), (byte) => first + byte)
        : Int32Array.from(unitsOf(unit, text), idOfUnit),
    decode: decodeBy('vocabulary', found, textOf, unit === 'word' ? ' ' : ''),
  })
}

/** How often each unit occurs. */
const countsOf = (unit: Exclude<VocabularyUnit, 'byte'>, texts: readonly string[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const text of texts) for (const token of unitsOf(unit, text)) counts.set(token, (counts.get(token) ?? 0) + 1)
  return counts
}

/**
 * A vocabulary of what occurs in texts, the most frequent first, and of those that are equally frequent the one with the smaller code
 * points; special symbols come before all. By bytes it has all 256, whatever the texts, and every string comes back as it was. A word that
 * is written as a special symbol is that symbol.
 * @param texts strings, one or more
 * @throws ArgumentError for special symbols that are not different, or without the unknown one; RangeError for sizes that leave no room
 * @example
 * const letters = buildVocabulary(['banana'], { specials: ['<pad>', '<unknown>'], unknown: '<unknown>' })
 * letters.tokens // ['<pad>', '<unknown>', 'a', 'n', 'b']
 * letters.encode('nab!') // [3, 2, 4, 1]
 * letters.specials['<pad>'] // 0
 * buildVocabulary([], { unit: 'byte' }).encode('é') // [195, 169]
 */
export const buildVocabulary = operation(
  'buildVocabulary',
  { at: 1, names: ['unit', 'minCount', 'maxSize', 'specials', 'unknown'] },
  <const S extends string = never>(
    texts: readonly string[],
    {
      unit = 'character',
      minCount = 1,
      maxSize = Number.POSITIVE_INFINITY,
      specials = [],
      unknown,
    }: VocabularyOptions<S> = {},
  ): Vocabulary<S> => {
    const name = 'buildVocabulary'
    checkTexts(name, texts)
    checkSpecials(name, specials, unknown)
    checkWhole(name, 'minCount', minCount, 1)
    if (!['character', 'word', 'byte'].includes(unit))
      throw new ArgumentError(`${name}: unit is '${unit}', and has to be 'character', 'word' or 'byte'.`)
    const least = specials.length + (unit === 'byte' ? 256 : 0)
    if (maxSize !== Number.POSITIVE_INFINITY) checkWhole(name, 'maxSize', maxSize, least)
    if (unit === 'byte') return vocabularyOf(name, unit, specials, unknown, bytes)
    const isSpecial = new Set<string>(specials)
    const tokens = [...countsOf(unit, texts)]
      .filter(([token, count]) => count >= minCount && !isSpecial.has(token))
      .sort((a, b) => b[1] - a[1] || byCodePoint(a[0], b[0]))
      .slice(0, maxSize - specials.length)
      .map(([token]) => token)
    return vocabularyOf(name, unit, specials, unknown, tokens)
  },
)

/**
 * A vocabulary as JSON in UTF-8, which `decodeVocabulary` reads.
 * @example
 * const bytes = encodeVocabulary(buildVocabulary(['abba']))
 * new TextDecoder().decode(bytes) // '{"version":1,"unit":"character","specials":[],"unknown":null,"tokens":["a","b"]}'
 */
export const encodeVocabulary = (vocabulary: Vocabulary): Uint8Array => {
  const { unit, tokens, unknown = null } = vocabulary
  const first = Object.keys(vocabulary.specials).length
  const counted = unit === 'byte' ? [] : tokens.slice(first)
  return utf8(JSON.stringify({ version: 1, unit, specials: tokens.slice(0, first), unknown, tokens: counted }))
}

const areTexts = (x: unknown): x is readonly string[] => Array.isArray(x) && x.every((s) => typeof s === 'string')

/**
 * Reads what `encodeVocabulary` wrote, gzipped or not.
 * @example
 * const bytes = encodeVocabulary(buildVocabulary(['abba']))
 * const read = decodeVocabulary(bytes, { file: 'letters.json' })
 * E.isRight(read) && read.right.encode('ab') // [0, 1]
 * const wrong = decodeVocabulary(bytes.subarray(1), { file: 'letters.json' })
 * E.isLeft(wrong) && wrong.left.kind // 'syntax'
 */
export const decodeVocabulary = operation(
  'decodeVocabulary',
  { at: 1, names: ['file'] },
  (bytesOfFile: Uint8Array, options: Named): E.Either<DataError, Vocabulary> => {
    const refuse = (kind: DataError['kind'], found: string): E.Either<DataError, never> =>
      E.left(
        dataError(kind, {
          file: options.file,
          expected: 'a vocabulary as encodeVocabulary writes it',
          found,
          cure: 'Write it again, or read a tokenizer.json by decodeTokenizer.',
        }),
      )
    const text = decodeText(bytesOfFile, options)
    if (E.isLeft(text)) return text
    let value: unknown
    try {
      value = JSON.parse(text.right)
    } catch {
      return refuse('syntax', 'no JSON')
    }
    if (typeof value !== 'object' || value === null) return refuse('mismatch', `${JSON.stringify(value)}`.slice(0, 80))
    const { version, unit, specials, unknown, tokens } = value as Readonly<Record<string, unknown>>
    if (version !== 1) return refuse('unsupported', `version ${JSON.stringify(version)}`)
    if (unit !== 'character' && unit !== 'word' && unit !== 'byte')
      return refuse('value', `unit ${JSON.stringify(unit)}`.slice(0, 80))
    if (!areTexts(specials) || !areTexts(tokens))
      return refuse('value', 'specials or tokens that are no lists of texts')
    if (unknown !== null && (typeof unknown !== 'string' || !specials.includes(unknown)))
      return refuse('value', 'an unknown symbol that is no special one')
    const all = unit === 'byte' ? bytes : tokens
    const seen = new Set([...specials, ...all])
    if (seen.size < specials.length + all.length) return refuse('duplicate', 'a token that is there twice')
    return E.right(vocabularyOf('decodeVocabulary', unit, specials, unknown ?? undefined, all))
  },
)
