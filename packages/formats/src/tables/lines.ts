import { operation } from '@puregrad/core'
import type { Either } from 'fp-ts/lib/Either.js'
import type { DataError } from '../bytes/data-error.js'
import { decoding, type Named, refusing, strictUtf8 } from '../bytes/decoding.js'
import { type Unpacking, unpacked } from '../bytes/gzip.js'

export interface TextOptions extends Named, Unpacking {}

/** The text of a UTF-8 file, gzipped or not, without its byte order mark. Inside `decoding`. */
export const textOf = (bytes: Uint8Array, { file, ...limits }: TextOptions): string => {
  const refuse = refusing(file)
  return strictUtf8(unpacked(bytes, refuse, limits), 'text', refuse).replace(/^\uFEFF/, '')
}

/**
 * Decodes a text, gzipped or not, in UTF-8.
 * @example decodeText(Uint8Array.of(104, 105), { file: 'a.txt' }) // right('hi')
 */
export const decodeText = operation(
  'data.decodeText',
  { at: 1, names: ['file', 'maxBytes'] },
  (bytes: Uint8Array, options: TextOptions): Either<DataError, string> => decoding(() => textOf(bytes, options)),
)

/**
 * Decodes the lines of a text, gzipped or not, in UTF-8. Lines end with LF or CR LF; the last may lack its end.
 * @example decodeLines(Uint8Array.of(104, 105, 10, 33), { file: 'a.txt' }) // right(['hi', '!'])
 */
export const decodeLines = operation(
  'data.decodeLines',
  { at: 1, names: ['file', 'maxBytes'] },
  (bytes: Uint8Array, options: TextOptions): Either<DataError, readonly string[]> =>
    decoding(() => {
      const lines = textOf(bytes, options).split(/\r?\n/)
      if (lines.at(-1) === '') lines.pop()
      return lines
    }),
)
