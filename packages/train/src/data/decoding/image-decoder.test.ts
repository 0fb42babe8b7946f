import { readFileSync } from 'node:fs'
import { decodeImage } from '@puregrad/formats'
import { encode } from 'fast-png'
import { describe, expect, it } from 'vitest'
import { threads } from '../../node/threads.js'
import { decoderProgram } from './decoder.generated.js'
import { imageDecoder } from './image-decoder.js'
import { poolOf } from './pool.js'

const jpegs = JSON.parse(
  readFileSync(new URL('../../../../formats/test/fixtures/jpeg.json', import.meta.url), 'utf8'),
) as readonly { readonly name: string; readonly file: string }[]
const png = encode({
  width: 3,
  height: 2,
  channels: 3,
  depth: 8,
  data: Uint8Array.from({ length: 18 }, (_, i) => 14 * i),
})
const files = [png, ...jpegs.map(({ file }) => new Uint8Array(Buffer.from(file, 'base64')))]

describe('imageDecoder', () => {
  it.each([0, 1, 3])(
    'with %s workers gives the images of decodeImage, bit for bit, and leaves the bytes',
    async (workers) => {
      const decode = imageDecoder({ channels: 3, workers })
      const before = files.map((bytes) => bytes.slice())
      const decoded = await Promise.all(files.map((bytes, i) => decode(bytes, { file: `${i}` })()))
      expect(files).toEqual(before)
      expect(decoded).toEqual(before.map((bytes, i) => decodeImage(bytes, { file: `${i}`, channels: 3 })))
      expect(decoded.filter(({ _tag }) => _tag === 'Right').length).toBeGreaterThan(8)
    },
  )

  it('gives the errors of decodeImage, and goes on after them', async () => {
    const decode = imageDecoder({ maxPixels: 5, workers: 2 })
    for (const [bytes, kind] of [
      [png, 'limit'],
      [png.subarray(0, 40), 'truncated'],
      [Uint8Array.of(1, 2, 3), 'magic'],
    ] as const) {
      const found = await decode(bytes, { file: 'a' })()
      expect(found).toMatchObject({ left: { _tag: 'DataError', kind, file: 'a' } })
      expect(found).toEqual(decodeImage(bytes, { file: 'a', maxPixels: 5 }))
    }
  })

  it('refuses a number of workers that is none', () => {
    expect(() => imageDecoder({ workers: 1.5 })).toThrow(/imageDecoder: workers is 1.5/)
  })
})

describe('threads', () => {
  it('decode bytes and files, and give back what they cannot', async () => {
    const decode = poolOf(threads, decoderProgram, 1)
    const expected = decodeImage(png, { file: 'a' })
    expect(await decode({ input: png, options: { file: 'a' } })).toEqual('right' in expected && expected.right)
    expect(await decode({ input: png.subarray(0, 40), options: { file: 'a' } })).toBeUndefined()
    expect(await decode({ input: 'no/such/file.png', options: { file: 'a' } })).toBeUndefined()
  })
})
