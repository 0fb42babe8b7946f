import { gzipSync } from 'node:zlib'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { decodeCifar10 } from './cifar.js'

/** A record whose red, green and blue planes begin with the given numbers. */
const record = (
  label: number,
  red: readonly number[],
  green: readonly number[],
  blue: readonly number[],
): Uint8Array => {
  const bytes = new Uint8Array(3073)
  bytes[0] = label
  bytes.set(red, 1)
  bytes.set(green, 1025)
  bytes.set(blue, 2049)
  return bytes
}
const both = Uint8Array.of(...record(3, [1, 2], [3, 4], [5, 6]), ...record(9, [7], [8], [9]))

describe('decodeCifar10', () => {
  it('turns planes into channels, gzipped or not', () => {
    for (const bytes of [both, gzipSync(both)]) {
      const result = decodeCifar10(bytes, { file: 'a.bin' })
      if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
      const { shape, images, labels } = result.right
      expect([shape, labels]).toEqual([[2, 32, 32, 3], Uint8Array.of(3, 9)])
      expect([...images.subarray(0, 6)]).toEqual([1, 3, 5, 2, 4, 6])
      expect([...images.subarray(3072, 3075)]).toEqual([7, 8, 9])
    }
  })

  it.each([
    ['half a record', both.subarray(0, 5000), 'truncated'],
    ['nothing', new Uint8Array(0), 'truncated'],
    ['a label beyond 9', record(10, [], [], []), 'label'],
  ])('refuses %s', (_, bytes, kind) => {
    const result = decodeCifar10(bytes, { file: 'a.bin' })
    expect(E.isLeft(result) && result.left).toMatchObject({ kind, file: 'a.bin' })
  })
})
