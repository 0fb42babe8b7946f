import { gunzipSync } from 'node:zlib'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type DataError, dataError } from './dataError.js'

/** An array of unsigned bytes of any rank, row-major, as an idx file holds it. */
export interface IdxArray {
  readonly shape: readonly number[]
  readonly data: Uint8Array
}

export interface IdxExpectation {
  /** The name that errors carry. */
  readonly file: string
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

/** No data set of bytes is larger; more means a damaged header or a gzip bomb. */
const maximumBytes = 2 ** 30

const download = 'Download the file again.'
const counted = (shape: readonly number[]): string => `${shape.join(' × ')} bytes`

/** Bytes as they are, or what they unpack to if they begin like gzip: the name of the file decides nothing. */
const unpack = (bytes: Uint8Array, file: string): E.Either<DataError, Uint8Array> => {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return E.right(bytes)
  return E.tryCatch(
    () => gunzipSync(bytes, { maxOutputLength: maximumBytes }),
    (cause) =>
      dataError('gzip', {
        file,
        expected: `a complete gzip stream of at most ${maximumBytes} bytes`,
        found: cause instanceof Error ? cause.message : String(cause),
        cure: `The file is damaged or was cut off. ${download}`,
      }),
  )
}

const readHeader = (bytes: Uint8Array, { file, rank }: IdxExpectation): E.Either<DataError, readonly number[]> => {
  const headerBytes = 4 + 4 * rank
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const magic = unsignedByte | rank
  if (bytes.length >= 4 && view.getUint32(0) !== magic) {
    const found = view.getUint32(0)
    const cure = meaning.has(found)
      ? 'Are the files of images and labels swapped?'
      : 'It is not an idx file of unsigned bytes. Is this the right file?'
    return E.left(dataError('magic', { file, expected: named(magic), found: named(found), cure }))
  }
  if (bytes.length < headerBytes)
    return E.left(
      dataError('truncated', {
        file,
        expected: `a header of ${headerBytes} bytes`,
        found: `${bytes.length} bytes`,
        cure: `The file is damaged or was cut off. ${download}`,
      }),
    )
  return E.right(Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis)))
}

const readBody = (
  bytes: Uint8Array,
  shape: readonly number[],
  { file, rank }: IdxExpectation,
): E.Either<DataError, IdxArray> => {
  const size = shape.reduce((product, length) => product * length, 1)
  if (size > maximumBytes)
    return E.left(
      dataError('dimensions', {
        file,
        expected: `at most ${maximumBytes} bytes of data`,
        found: `a header that asks for ${counted(shape)}`,
        cure: `The header is damaged. ${download}`,
      }),
    )
  // A copy: `slice` of a Node Buffer would be a view into the caller's bytes.
  const data = new Uint8Array(bytes.subarray(4 + 4 * rank))
  if (data.length === size) return E.right({ shape, data })
  const short = data.length < size
  return E.left(
    dataError(short ? 'truncated' : 'trailing', {
      file,
      expected: `${size} bytes of data (${counted(shape)})`,
      found: `${data.length} bytes`,
      cure: short
        ? `The file is damaged or was cut off. ${download}`
        : `Bytes follow the data, so the header or the file is not what it seems. ${download}`,
    }),
  )
}

/**
 * Decodes the idx format of MNIST: a big-endian magic number, the length of each axis, then unsigned bytes.
 * Takes the bytes as they are or gzipped. Every way a file can be broken is a `DataError` on the left.
 * @param bytes the whole file  @param expectation its name, for errors, and the rank it must have
 * @example
 * const file = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 3)
 * decodeIdx(file, { file: 'labels', rank: 1 }) // right({ shape: [2], data: [7, 3] })
 */
export const decodeIdx = (bytes: Uint8Array, expectation: IdxExpectation): E.Either<DataError, IdxArray> =>
  pipe(
    unpack(bytes, expectation.file),
    E.chain((unpacked) =>
      pipe(
        readHeader(unpacked, expectation),
        E.chain((shape) => readBody(unpacked, shape, expectation)),
      ),
    ),
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
