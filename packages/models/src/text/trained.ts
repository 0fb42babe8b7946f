/** Tokenizers that were learnt from texts. */
import { operation, RangeError } from '@puregrad/core'
import type { Tokenizer } from './tokenizer.js'
import type { TokenizerFile } from './tokenizer-file.js'
import { utf8 } from './training/bytes.js'

/** A tokenizer that can be written as tokenizer.json; it finds its special symbols in texts. */
export interface TrainedTokenizer<S extends string = string> extends Tokenizer<S> {
  /** What a tokenizer.json says of it. */
  readonly file: () => TokenizerFile
}

/** @throws RangeError if there are more characters than tokens wanted */
export const checkSize = (
  name: string,
  count: number,
  { size, specials = [] }: { readonly size: number; readonly specials?: readonly string[] },
): void => {
  if (count + specials.length <= size) return
  throw new RangeError(
    `${name}: size is ${size}, and the characters of the texts and the special symbols are ${count + specials.length} already. Give a larger one, or learn from bytes.`,
  )
}

/**
 * A tokenizer as tokenizer.json in UTF-8, which `decodeTokenizer` and Hugging Face's libraries read, and find the same numbers.
 * @example
 * const bytes = encodeTokenizer(trainBpe(['low lower lowest'], { size: 260 }))
 * const read = decodeTokenizer(bytes, { file: 'tokenizer.json' })
 * E.isRight(read) && read.right.size // 260
 */
export const encodeTokenizer = operation(
  'encodeTokenizer',
  {},
  (tokenizer: TrainedTokenizer): Uint8Array => utf8(JSON.stringify(tokenizer.file())),
)
