/** Tokenizers from files of others: a tokenizer.json, by Hugging Face's own library. */
import { Tokenizer as Library } from '@huggingface/tokenizers'
import { operation } from '@puregrad/core'
import { type DataError, dataError, decodeText, type Named, reasonOf } from '@puregrad/formats'
import * as E from 'fp-ts/lib/Either.js'
import { decodeBy } from './tokenizer.js'
import type { TokenizerFile } from './tokenizer-file.js'
import type { TrainedTokenizer } from './trained.js'

export interface DecodeTokenizerOptions extends Named {
  /** Whether `encode` adds what the file's template says, such as [CLS] and [SEP]: false unless said. */
  readonly addSpecials?: boolean
}

interface AddedToken {
  readonly id: number
  readonly content: string
  readonly special?: boolean
}

const tokenizerOf = (file: TokenizerFile, library: Library, addSpecials: boolean): TrainedTokenizer => {
  const added = file.added_tokens as unknown as readonly AddedToken[]
  const ids = library.get_vocab()
  const size = 1 + [...ids.values(), ...added.map(({ id }) => id)].reduce((most, id) => Math.max(most, id), -1)
  // A number that the file leaves out has no token.
  const tokens = Object.freeze(Array.from({ length: size }, (_, id) => library.id_to_token(id) ?? ''))
  const special = added.filter((token) => token.special === true)
  const specials = Object.freeze(Object.fromEntries(special.map(({ content, id }) => [content, id])))
  const found = { size, tokens, specials, idOf: (token: string) => library.token_to_id(token) }
  // Its clean-up turns 'first .' into 'first.', which no decoder asked for.
  const whole = { skip_special_tokens: false, clean_up_tokenization_spaces: false }
  return Object.freeze({
    ...found,
    encode: (text: string): Int32Array =>
      Int32Array.from(library.encode(text, { add_special_tokens: addSpecials }).ids),
    decode: decodeBy('tokenizer', found, (run) => library.decode([...run], whole)),
    file: () => file,
  })
}

/**
 * Reads a tokenizer.json, whoever wrote it, gzipped or not: byte-pair encoding, unigram or word pieces, with its normalizer, and its
 * special symbols. Texts come back as its decoder says, spaces before points and all.
 * @example
 * const bytes = encodeTokenizer(trainBpe(['low lower lowest'], { size: 259, specials: ['<end>'] }))
 * const read = decodeTokenizer(bytes, { file: 'tokenizer.json' })
 * E.isRight(read) && read.right.decode(read.right.encode('lower .<end>')) // 'lower .<end>'
 * const wrong = decodeTokenizer(bytes.subarray(9), { file: 'tokenizer.json' })
 * E.isLeft(wrong) && wrong.left.kind // 'syntax'
 */
export const decodeTokenizer = operation(
  'decodeTokenizer',
  { at: 1, names: ['file', 'addSpecials'] },
  (
    bytes: Uint8Array,
    { addSpecials = false, ...named }: DecodeTokenizerOptions,
  ): E.Either<DataError, TrainedTokenizer> => {
    const refuse = (kind: DataError['kind'], found: string): E.Either<DataError, never> =>
      E.left(
        dataError(kind, {
          ...named,
          expected: 'a tokenizer.json as Hugging Face writes it',
          found,
          cure: 'Download it again, or write it by tokenizer.save; a file of vocabulary alone is none.',
        }),
      )
    const text = decodeText(bytes, named)
    if (E.isLeft(text)) return text
    let value: unknown
    try {
      value = JSON.parse(text.right)
    } catch (cause) {
      return refuse('syntax', reasonOf(cause))
    }
    if (typeof value !== 'object' || value === null || !('model' in value)) return refuse('mismatch', 'no model in it')
    const file = {
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      added_tokens: [],
      ...value,
    }
    try {
      return E.right(tokenizerOf(file as unknown as TokenizerFile, new Library(file, {}), addSpecials))
    } catch (cause) {
      return refuse('unsupported', reasonOf(cause))
    }
  },
)
