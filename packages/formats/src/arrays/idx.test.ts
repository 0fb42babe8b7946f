import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { type DataError, showDataError } from '../bytes/data-error.js'
import { decodeIdx, encodeIdx, type IdxArray } from './idx.js'

const images: IdxArray = { shape: [2, 2, 3], data: Uint8Array.from({ length: 12 }, (_, i) => 20 * i) }
const file = 'train-images-idx3-ubyte'

const failure = (bytes: Uint8Array, rank = 3): DataError => {
  const decoded = decodeIdx(bytes, { file, rank })
  if (E.isRight(decoded)) throw new Error('decoded what it should refuse')
  return decoded.left
}

const withHeader = (...words: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(4 * words.length)
  words.forEach((word, i) => {
    new DataView(bytes.buffer).setUint32(4 * i, word)
  })
  return bytes
}

describe('decodeIdx', () => {
  it('reads the magic number, the shape and the bytes', () => {
    const bytes = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 3)
    expect(decodeIdx(bytes, { file, rank: 1 })).toEqual(E.right({ shape: [2], data: Uint8Array.of(7, 3) }))
  })

  it('is the inverse of encodeIdx for every rank, gzipped or not', () => {
    const arrays = fc
      .array(fc.nat(4), { minLength: 1, maxLength: 4 })
      .chain((shape) =>
        fc
          .uint8Array({ minLength: shape.reduce((a, b) => a * b, 1), maxLength: shape.reduce((a, b) => a * b, 1) })
          .map((data): IdxArray => ({ shape, data })),
      )
    fc.assert(
      fc.property(arrays, fc.boolean(), (array, zipped) => {
        const bytes = encodeIdx(array)
        const decoded = decodeIdx(zipped ? gzipSync(bytes) : bytes, { file, rank: array.shape.length })
        expect(decoded).toEqual(E.right(array))
      }),
    )
  })

  it('reads from a view into a larger buffer', () => {
    const bytes = encodeIdx(images)
    const padded = new Uint8Array(bytes.length + 7)
    padded.set(bytes, 3)
    expect(decodeIdx(padded.subarray(3, 3 + bytes.length), { file, rank: 3 })).toEqual(E.right(images))
  })

  it('returns data that does not change with the bytes it was read from', () => {
    const bytes = encodeIdx(images)
    const decoded = decodeIdx(bytes, { file, rank: 3 })
    bytes.fill(255)
    expect(decoded).toEqual(E.right(images))
  })

  it('says so when labels are given for images', () => {
    const error = failure(encodeIdx({ shape: [1], data: Uint8Array.of(7) }))
    expect(error.kind).toBe('magic')
    expect(showDataError(error)).toBe(
      'DataError: train-images-idx3-ubyte: expected magic 2051 (images), found magic 2049 (labels). ' +
        'Are the files of images and labels swapped?',
    )
  })

  it('refuses another magic number', () => {
    const error = failure(withHeader(0x89504e47, 1, 1, 1))
    expect(error).toMatchObject({ kind: 'magic', file, expected: 'magic 2051 (images)', found: 'magic 2303741511' })
  })

  it.each([0, 3, 4, 15])('refuses a header of %i bytes', (length) => {
    const error = failure(encodeIdx(images).subarray(0, length))
    expect(error).toMatchObject({ kind: 'truncated', expected: 'a header of 16 bytes', found: `${length} bytes` })
  })

  it('refuses data that were cut off, wherever the cut is', () => {
    const bytes = encodeIdx(images)
    for (let length = 16; length < bytes.length; length++) {
      const error = failure(bytes.subarray(0, length))
      expect(error).toMatchObject({ kind: 'truncated', expected: '12 bytes of data (2 × 2 × 3 bytes)' })
      expect(error.found).toBe(`${length - 16} bytes`)
    }
  })

  it('refuses bytes after the data', () => {
    const error = failure(Uint8Array.of(...encodeIdx(images), 0))
    expect(error).toMatchObject({ kind: 'trailing', expected: '12 bytes of data (2 × 2 × 3 bytes)', found: '13 bytes' })
  })

  it('refuses dimensions beyond reason before it allocates for them', () => {
    const error = failure(withHeader(2051, 0xffffffff, 0xffffffff, 0xffffffff))
    expect(error.kind).toBe('dimensions')
    expect(error.found).toContain('4294967295 × 4294967295 × 4294967295')
  })

  it('refuses a gzip stream that was cut off or changed', () => {
    const zipped = gzipSync(encodeIdx(images))
    expect(failure(zipped.subarray(0, zipped.length - 9)).kind).toBe('gzip')
    const changed = Uint8Array.from(zipped)
    changed[zipped.length - 6] = (changed[zipped.length - 6] ?? 0) ^ 1
    expect(failure(changed)).toMatchObject({ kind: 'gzip', found: 'incorrect data check' })
  })

  it('gives an Either for any bytes whatever', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 4 }), (bytes, rank) => {
        const decoded = decodeIdx(bytes, { file, rank })
        expect(E.isLeft(decoded) ? decoded.left._tag : decoded.right.shape.length).toBe(
          E.isLeft(decoded) ? 'DataError' : rank,
        )
      }),
    )
  })
})
