import { readFileSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { decodeImage } from '../image.js'
import type { DecodeImageOptions } from '../picture.js'

interface Case {
  readonly name: string
  readonly file: string
  readonly shape: readonly number[]
  readonly pixels: string
}
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))
const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/jpeg.json', import.meta.url), 'utf8'),
)
const named = (name: string): Uint8Array => bytesOf(cases.find((one) => one.name === name)?.file ?? '')
const decode = (bytes: Uint8Array, options: Omit<DecodeImageOptions, 'file'> = {}) =>
  decodeImage(bytes, { file: 'a.jpg', ...options })
const failure = (bytes: Uint8Array, options: Omit<DecodeImageOptions, 'file'> = {}) => {
  const result = decode(bytes, options)
  if (E.isRight(result)) throw new Error('decoded what it should refuse')
  return result.left
}
/** Bytes with others in place of those from `at` on. */
const patched = (bytes: Uint8Array, at: number, ...others: readonly number[]): Uint8Array => {
  const out = Uint8Array.from(bytes)
  out.set(others, at)
  return out
}
const markerAt = (bytes: Uint8Array, marker: number): number =>
  bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === marker)

describe('decodeImage of JPEG', () => {
  it.each(cases)('reads $name to the bits of libjpeg', ({ file, shape, pixels }) => {
    expect(decode(bytesOf(file))).toEqual(E.right({ shape, data: bytesOf(pixels) }))
  })

  it('leaves a picture as the camera held it if asked to', () => {
    const lying = decode(named('orientation 6'), { orient: false })
    const upright = decode(named('orientation 6'))
    expect(E.isRight(lying) && lying.right.shape).toEqual([5, 7, 3])
    expect(E.isRight(upright) && upright.right.shape).toEqual([7, 5, 3])
    expect(lying).toEqual(decode(named('orientation 1')))
  })

  it('ignores EXIF data that are damaged', () => {
    const file = named('orientation 6')
    const tiff = markerAt(file, 0xe1) + 10
    for (const [at, ...others] of [
      [0, 1, 1],
      [2, 9, 9],
      [4, 255, 255, 255, 255],
      [8, 0, 0],
      [18, 0, 99],
    ] as const) {
      expect(decode(patched(file, tiff + at, ...others))).toEqual(decode(file, { orient: false }))
    }
  })

  it('refuses a file cut off anywhere', () => {
    for (const name of ['4:4:4', '4:2:0, progressive', 'CMYK']) {
      const file = named(name)
      for (let length = 3; length < file.length; length++)
        expect(failure(file.subarray(0, length)).kind).toBe('truncated')
    }
  })

  it('refuses more pixels than allowed, and more than the file can hold', () => {
    const file = named('4:4:4')
    const frame = markerAt(file, 0xc0)
    expect(failure(file, { maxPixels: 98 })).toMatchObject({ kind: 'limit', found: '11 × 9' })
    expect(E.isRight(decode(file, { maxPixels: 99 }))).toBe(true)
    expect(failure(patched(file, frame + 5, 255, 255, 255, 255))).toMatchObject({ kind: 'dimensions' })
    expect(failure(patched(file, frame + 5, 0, 0))).toMatchObject({ kind: 'dimensions' })
    const long = new Uint8Array(6e6)
    long.set(patched(file, frame + 5, 117, 48, 117, 48))
    expect(failure(long)).toMatchObject({ kind: 'limit', found: '30000 × 30000' })
  })

  it('refuses a file of very many scans, each of which goes through the whole image', () => {
    const file = named('4:2:0, progressive')
    const [scan, end] = [markerAt(file, 0xda), file.length - 2]
    const next = scan + 1 + markerAt(file.subarray(scan + 1), 0xc4)
    const first = file.subarray(scan, next)
    const many = (count: number) =>
      Uint8Array.from([
        ...file.subarray(0, scan),
        ...Array(count)
          .fill([...first])
          .flat(),
        ...file.subarray(scan, end),
        0xff,
        0xd9,
      ])
    expect(E.isRight(decode(many(20)))).toBe(true)
    expect(failure(many(1600)).kind).toBe('limit')
  })

  it.each([
    ['arithmetic coding', 1, [0xc9], 'unsupported'],
    ['a lossless image', 1, [0xc3], 'unsupported'],
    ['12 bits', 4, [12], 'unsupported'],
    ['two components', 9, [2], 'syntax'],
    ['a factor of 0', 11, [0x01], 'syntax'],
    ['a factor of 5', 11, [0x51], 'syntax'],
    ['a quantizer that is not there', 12, [3], 'truncated'],
    ['two components of one name', 13, [1], 'syntax'],
  ] as const)('refuses %s', (_, at, others, kind) => {
    const file = named('4:4:4')
    expect(failure(patched(file, markerAt(file, 0xc0) + at, ...others))).toMatchObject({ _tag: 'DataError', kind })
  })

  it('refuses a scan before the frame, without codes, of components that are not there, and restarts that are missing', () => {
    const file = named('4:4:4')
    const [frame, codes, scan] = [markerAt(file, 0xc0), markerAt(file, 0xc4), markerAt(file, 0xda)]
    expect(failure(patched(file, frame + 1, 0xfe)).kind).toBe('syntax')
    expect(failure(patched(file, codes + 1, 0xfe)).kind).toBe('syntax')
    expect(failure(patched(file, scan + 5, 9)).kind).toBe('syntax')
    expect(failure(patched(file, scan + 4, 9)).kind).toBe('syntax')
    const restarts = named('restarts after every unit')
    expect(failure(patched(restarts, markerAt(restarts, 0xd1) + 1, 0xd5)).kind).toBe('syntax')
    expect(failure(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9)).kind).toBe('truncated')
  })
})
