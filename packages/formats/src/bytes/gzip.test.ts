import { constants, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { DataError } from './data-error.js'
import { decoding, refusing } from './decoding.js'
import { gzipPrefix, unpacked } from './gzip.js'

const refuse = refusing('a.gz')
const unpack = (bytes: Uint8Array, maxBytes?: number) =>
  decoding(() => unpacked(bytes, refuse, maxBytes === undefined ? {} : { maxBytes }))
const failure = (result: E.Either<DataError, unknown>): DataError => {
  if (E.isRight(result)) throw new Error('unpacked what it should refuse')
  return result.left
}
/** Bytes that repeat now and then, as those of files do. */
const content = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 300 })), { maxLength: 20 })
  .map((parts) =>
    Uint8Array.from(
      parts.flatMap(([bytes, times]) =>
        Array(times)
          .fill([...bytes])
          .flat(),
      ),
    ),
  )

describe('unpacked', () => {
  it('gives back what zlib has packed, at every level and by every strategy', () => {
    const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED } = constants
    const strategy = fc.constantFrom(Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED)
    fc.assert(
      fc.property(content, fc.integer({ min: 0, max: 9 }), strategy, (bytes, level, strategy) => {
        const found = unpack(gzipSync(bytes, { level, strategy }))
        expect(E.isRight(found) && Buffer.compare(found.right, bytes)).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  it('goes through a stored block that ends at the limit, codes of 15 bits, and distances of 32,768', () => {
    const fibonacci = [1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584]
    const skewed = Uint8Array.from(fibonacci.flatMap((count, symbol) => Array<number>(count).fill(symbol)))
    const far = new Uint8Array(32768 + 300).map((_, i) => ((i % 32768) * 7919) >> 5)
    for (const bytes of [skewed, far]) {
      expect(unpack(gzipSync(bytes, { strategy: constants.Z_HUFFMAN_ONLY }), bytes.length)).toEqual(E.right(bytes))
      expect(unpack(gzipSync(bytes, { level: 9 }), bytes.length)).toEqual(E.right(bytes))
      expect(unpack(gzipSync(bytes, { level: 0 }), bytes.length)).toEqual(E.right(bytes))
    }
  })

  it('joins members, ignores bytes behind the last, and leaves alone what is no gzip', () => {
    const [a, b] = [Uint8Array.of(1, 2), Uint8Array.of(3)]
    expect(unpack(Buffer.concat([gzipSync(a), gzipSync(b)]))).toEqual(E.right(Uint8Array.of(1, 2, 3)))
    expect(unpack(Buffer.concat([gzipSync(a), Buffer.alloc(512)]))).toEqual(E.right(a))
    expect(unpack(a)).toEqual(E.right(a))
  })

  it('skips the parts that a header may have', () => {
    const plain = gzipSync(Uint8Array.of(7))
    const flags = 2 | 4 | 8 | 16
    const header = [...plain.subarray(0, 3), flags, ...plain.subarray(4, 10), 2, 0, 9, 9, 97, 0, 98, 99, 0, 5, 5]
    expect(unpack(Uint8Array.from([...header, ...plain.subarray(10)]))).toEqual(E.right(Uint8Array.of(7)))
  })

  it('takes a file to its limit and refuses one byte more, with the option that raises it', () => {
    const file = gzipSync(new Uint8Array(5000))
    expect(E.isRight(unpack(file, 5000))).toBe(true)
    expect(failure(unpack(file, 4999))).toMatchObject({ kind: 'limit', cure: expect.stringContaining('maxBytes') })
    const members = Buffer.concat([gzipSync(new Uint8Array(3000)), gzipSync(new Uint8Array(3000))])
    expect(failure(unpack(members, 5000)).kind).toBe('limit')
  })

  it('refuses a bomb before it has unpacked more than the limit', () => {
    const bomb = gzipSync(new Uint8Array(100 * 2 ** 20))
    const before = process.memoryUsage().arrayBuffers
    expect(failure(unpack(bomb, 2 ** 20)).kind).toBe('limit')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 2 ** 20)
  })

  it('notices any changed bit, and a file cut off anywhere', () => {
    const content = Uint8Array.from({ length: 60 }, (_, i) => (i * i) % 23)
    const file = gzipSync(content)
    for (let length = 2; length < file.length; length++)
      expect(failure(unpack(file.subarray(0, length))).kind).toBe('gzip')
    for (let bit = 8 * 10; bit < 8 * file.length; bit++) {
      const changed = Uint8Array.from(file)
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
      const found = unpack(changed, 1000)
      // The last bits before the checksum fill a byte and say nothing.
      if (E.isRight(found)) expect(found.right).toEqual(content)
      else expect(['gzip', 'limit']).toContain(found.left.kind)
    }
  })
})

it('gzipPrefix unpacks the beginning only, whatever follows', () => {
  const bytes = new Uint8Array(1000).map((_, i) => i % 251)
  for (const level of [0, 6]) {
    const file = gzipSync(bytes, { level })
    for (const length of [0, 1, 16, 300]) expect(gzipPrefix(file, length, refuse)).toEqual(bytes.subarray(0, length))
    expect(gzipPrefix(file, 2000, refuse)).toEqual(bytes)
  }
})
