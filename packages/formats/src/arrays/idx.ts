import { operation } from '@puregrad/core'
import type { Either } from 'fp-ts/lib/Either.js'
import type { DataError } from '../bytes/data-error.js'
import { damaged, decoding, type Named, type Refuse, refusing } from '../bytes/decoding.js'
import { defaultMaxBytes, gzipPrefix, isGzip, type Unpacking, unpacked } from '../bytes/gzip.js'

/** An array of unsigned bytes of any rank, row-major, as an idx file holds it. */
export interface IdxArray {
  readonly shape: readonly number[]
  readonly data: Uint8Array
}

export interface IdxExpectation extends Named, Unpacking {
  /** The number of dimensions: 3 for images (magic 2051), 1 for labels (magic 2049). */
  readonly rank: number
}

// The third byte of the magic number is the element type, 0x08 = unsigned byte; the fourth is the rank (LeCun, MNIST page).
const unsignedByte = 0x0800
const meaning: ReadonlyMap<number, string> = new Map([
  [unsignedByte | 1, 'labels'],
  [unsignedByte | 3, 'images'],
])
const named = (magic: number): string => {
  const what = meaning.get(magic)
  return what === undefined ? `magic ${magic}` : `magic ${magic} (${what})`
}

const counted = (shape: readonly number[]): string => `${shape.join(' × ')} bytes`

/** The length of each axis. */
const readHeader = (bytes: Uint8Array, rank: number, refuse: Refuse): readonly number[] => {
  const headerBytes = 4 + 4 * rank
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const magic = unsignedByte | rank
  if (bytes.length >= 4 && view.getUint32(0) !== magic) {
    const found = view.getUint32(0)
    const cure = meaning.has(found)
      ? 'Are the files of images and labels swapped?'
      : 'It is not an idx file of unsigned bytes. Is this the right file?'
    throw refuse('magic', named(magic), named(found), cure)
  }
  if (bytes.length < headerBytes)
    throw refuse('truncated', `a header of ${headerBytes} bytes`, `${bytes.length} bytes`, damaged)
  return Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis))
}

/**
 * Decodes the idx format of MNIST: a big-endian magic number, the length of each axis, then unsigned bytes.
 * Takes the bytes as they are or gzipped; no more is unpacked than the header asks for. Every way a file can be broken is a `DataError` on the left.
 * @param bytes the whole file  @param expectation its name, for errors, and the rank it must have
 * @example
 * const file = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 3)
 * decodeIdx(file, { file: 'labels', rank: 1 }) // right({ shape: [2], data: [7, 3] })
 */
export const decodeIdx = operation(
  'decodeIdx',
  { at: 1, names: ['rank', 'file', 'maxBytes'] },
  (bytes: Uint8Array, { file, rank, maxBytes = defaultMaxBytes }: IdxExpectation): Either<DataError, IdxArray> =>
    decoding(() => {
      const refuse = refusing(file)
      const headerBytes = 4 + 4 * rank
      const shape = readHeader(isGzip(bytes) ? gzipPrefix(bytes, headerBytes, refuse) : bytes, rank, refuse)
      const size = shape.reduce((product, length) => product * length, 1)
      if (size > maxBytes) {
        const cure = 'The header is damaged, or the set is large: then raise the option maxBytes.'
        throw refuse(
          'dimensions',
          `at most ${maxBytes} bytes of data`,
          `a header that asks for ${counted(shape)}`,
          cure,
        )
      }
      const expected = `${size} bytes of data (${counted(shape)})`
      const trailing = (found: string) =>
        refuse('trailing', expected, found, 'The header or the file is not what it seems. Download the file again.')
      const held = unpacked(bytes, refuse, { maxBytes: headerBytes + size, tooMuch: () => trailing('more') })
      // A copy: `slice` of a Node Buffer would be a view into the caller's bytes.
      const data = new Uint8Array(held.subarray(headerBytes))
      if (data.length > size) throw trailing(`${data.length} bytes`)
      if (data.length < size) throw refuse('truncated', expected, `${data.length} bytes`, damaged)
      return { shape, data }
    }),
)

/**
 * The bytes of an idx file: the inverse of `decodeIdx`.
 * @example
 * encodeIdx({ shape: [2], data: Uint8Array.of(7, 3) }) // [0, 0, 8, 1, 0, 0, 0, 2, 7, 3]
 */
export const encodeIdx = ({ shape, data }: IdxArray): Uint8Array => {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, unsignedByte | shape.length)
  shape.forEach((length, axis) => {
    view.setUint32(4 + 4 * axis, length)
  })
  bytes.set(data, 4 + 4 * shape.length)
  return bytes
}
