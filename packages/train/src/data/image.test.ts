import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { encode } from 'fast-png'
import * as E from 'fp-ts/lib/Either.js'
import jpeg from 'jpeg-js'
import { describe, expect, it } from 'vitest'
import { crc32 } from '../weights/zip.js'
import { decodeImage } from './image.js'
import { listImageFolder, loadImageFolder } from './imageFolder.js'

const decode = (bytes: Uint8Array, channels?: 1 | 2 | 3 | 4) =>
  decodeImage(bytes, channels === undefined ? { file: 'a' } : { file: 'a', channels })
const image = (bytes: Uint8Array, channels?: 1 | 2 | 3 | 4) => {
  const result = decode(bytes, channels)
  if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
  return result.right
}
const failure = (bytes: Uint8Array) => {
  const result = decode(bytes)
  if (E.isRight(result)) throw new Error('decoded what it should refuse')
  return result.left
}

const chunk = (type: string, data: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(12 + data.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  bytes.set(new TextEncoder().encode(type), 4)
  bytes.set(data, 8)
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)))
  return bytes
}
interface Png {
  readonly size: readonly [width: number, height: number]
  readonly depth?: number
  readonly colour?: number
  readonly interlace?: number
  readonly lines: readonly number[]
  readonly palette?: readonly number[]
  readonly alpha?: readonly number[]
}
/** A PNG file of any kind: `lines` are the filtered lines, each with its filter. */
const png = ({
  size: [width, height],
  depth = 8,
  colour = 0,
  interlace = 0,
  lines,
  palette,
  alpha,
}: Png): Uint8Array => {
  const header = new Uint8Array(13)
  new DataView(header.buffer).setUint32(0, width)
  new DataView(header.buffer).setUint32(4, height)
  header.set([depth, colour, 0, 0, interlace], 8)
  return Uint8Array.of(
    0x89,
    0x50,
    0x4e,
    0x47,
    0x0d,
    0x0a,
    0x1a,
    0x0a,
    ...chunk('IHDR', header),
    ...(palette === undefined ? [] : chunk('PLTE', Uint8Array.from(palette))),
    ...(alpha === undefined ? [] : chunk('tRNS', Uint8Array.from(alpha))),
    ...chunk('IDAT', new Uint8Array(deflateSync(Uint8Array.from(lines)))),
    ...chunk('IEND', new Uint8Array(0)),
  )
}

describe('decodeImage of PNG', () => {
  it.each([
    ['grey', { size: [2, 1], lines: [0, 5, 250] }, [1, 2, 1], [5, 250]],
    [
      'grey of 1 bit',
      { size: [9, 2], depth: 1, lines: [0, 0b10000000, 0b10000000, 0, 1, 0] },
      [2, 9, 1],
      [255, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 255, 0],
    ],
    ['grey of 2 bits', { size: [3, 1], depth: 2, lines: [0, 0b00011100] }, [1, 3, 1], [0, 85, 255]],
    ['grey of 16 bits', { size: [2, 1], depth: 16, lines: [0, 255, 255, 128, 0] }, [1, 2, 1], [255, 128]],
    ['grey with alpha', { size: [1, 1], colour: 4, lines: [0, 9, 7] }, [1, 1, 2], [9, 7]],
    ['colour, filtered', { size: [1, 2], colour: 2, lines: [0, 1, 2, 3, 2, 1, 1, 1] }, [2, 1, 3], [1, 2, 3, 2, 3, 4]],
    [
      'a palette',
      { size: [2, 1], colour: 3, palette: [1, 2, 3, 4, 5, 6], lines: [0, 1, 0] },
      [1, 2, 3],
      [4, 5, 6, 1, 2, 3],
    ],
    [
      'a palette of 4 bits',
      { size: [3, 1], depth: 4, colour: 3, palette: [1, 2, 3, 4, 5, 6], lines: [0, 0x10, 0x10] },
      [1, 3, 3],
      [4, 5, 6, 1, 2, 3, 4, 5, 6],
    ],
    [
      'a palette with alpha',
      { size: [2, 1], colour: 3, palette: [1, 2, 3, 4, 5, 6], alpha: [7], lines: [0, 1, 0] },
      [1, 2, 4],
      [4, 5, 6, 255, 1, 2, 3, 7],
    ],
    ['interlaced', { size: [2, 2], interlace: 1, lines: [0, 1, 0, 2, 0, 3, 4] }, [2, 2, 1], [1, 2, 3, 4]],
  ] as const)('reads %s', (_, file, shape, data) => {
    const { shape: found, data: pixels } = image(png(file))
    expect([found, [...pixels]]).toEqual([shape, data])
  })

  it('converts channels', () => {
    const colour = png({ size: [1, 1], colour: 2, lines: [0, 255, 0, 100] })
    expect([...image(colour, 1).data]).toEqual([88]) // 0.299 · 255 + 0.114 · 100
    expect([...image(colour, 2).data]).toEqual([88, 255])
    expect([...image(colour, 4).data]).toEqual([255, 0, 100, 255])
    expect([...image(png({ size: [1, 1], colour: 4, lines: [0, 9, 7] }), 3).data]).toEqual([9, 9, 9])
    expect([...image(png({ size: [1, 1], colour: 4, lines: [0, 9, 7] }), 4).data]).toEqual([9, 9, 9, 7])
  })

  it.each([
    ['a size beyond reason', png({ size: [2 ** 31 - 1, 2 ** 31 - 1], lines: [0, 0] }), 'dimensions'],
    ['no size', png({ size: [0, 1], lines: [0] }), 'dimensions'],
    ['too few pixels', png({ size: [2, 2], lines: [0, 1, 2] }), 'truncated'],
    ['too many pixels', png({ size: [1, 1], lines: [0, 1, 2] }), 'gzip'],
    ['a colour that the palette lacks', png({ size: [1, 1], colour: 3, palette: [1, 2, 3], lines: [0, 1] }), 'value'],
    ['no palette', png({ size: [1, 1], colour: 3, lines: [0, 0] }), 'value'],
    ['a filter that is unknown', png({ size: [1, 1], lines: [9, 0] }), 'checksum'],
    ['a colour type that is unknown', png({ size: [1, 1], colour: 5, lines: [0, 0] }), 'dimensions'],
    ['interlaced bits', png({ size: [1, 1], depth: 1, interlace: 1, lines: [0, 0] }), 'unsupported'],
    ['bytes after the end', Uint8Array.of(...png({ size: [1, 1], lines: [0, 0] }), 0), 'trailing'],
    ['another file', new TextEncoder().encode('GIF89a'), 'magic'],
    ['nothing', new Uint8Array(0), 'magic'],
  ])('refuses %s', (_, bytes, kind) => {
    expect(failure(bytes)).toMatchObject({ _tag: 'DataError', file: 'a', kind })
  })

  it('refuses a file cut off anywhere, and one with any bit changed', () => {
    const bytes = png({ size: [3, 2], colour: 2, lines: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 9, 8, 7, 6, 5, 4, 3, 2, 1] })
    for (let length = 0; length < bytes.length; length++) expect(E.isLeft(decode(bytes.subarray(0, length)))).toBe(true)
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const changed = Uint8Array.from(bytes)
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(E.isLeft(decode(changed))).toBe(true)
    }
  })
})

describe('decodeImage of JPEG', () => {
  const gradient = (width: number, height: number) => {
    const data = new Uint8Array(4 * width * height)
    for (let i = 0; i < width * height; i++) data.set([(i % width) * 8, Math.floor(i / width) * 8, 100, 255], 4 * i)
    return { width, height, data }
  }
  const encoded = (width: number, height: number): Uint8Array =>
    new Uint8Array(jpeg.encode(gradient(width, height), 95).data)

  it('reads colours, nearly as they were', () => {
    const { width, height, data } = gradient(20, 13)
    const read = image(encoded(20, 13))
    expect(read.shape).toEqual([height, width, 3])
    const differences = read.data.map((value, i) => Math.abs(value - (data[Math.floor(i / 3) * 4 + (i % 3)] as number)))
    expect(Math.max(...differences)).toBeLessThan(16)
  })

  it('refuses a size that the file cannot hold, a file cut off, and one without an image', () => {
    const bytes = encoded(16, 16)
    const frame = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xc0)
    const huge = Uint8Array.from(bytes)
    huge.set([0xff, 0xff, 0xff, 0xff], frame + 5)
    expect(failure(huge)).toMatchObject({ kind: 'dimensions', found: '65535 × 65535' })
    for (let length = 2; length < bytes.length; length++)
      expect(failure(bytes.subarray(0, length)).kind).toBe('truncated')
    expect(failure(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9)).kind).toBe('truncated')
  })
})

describe('image folders', () => {
  it('lists classes and files in order, loads images of one size, and names the odd one', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'puregrad-images-'))
    const empty = await listImageFolder(directory)()
    expect(E.isLeft(empty) && empty.left).toMatchObject({ kind: 'missing', found: 'no folders' })
    const grey = (value: number, width = 2) =>
      encode({ width, height: 1, channels: 1, depth: 8, data: new Uint8Array(width).fill(value) })
    for (const name of ['dogs', 'cats']) await mkdir(join(directory, name))
    await writeFile(join(directory, 'dogs', 'a.png'), grey(1))
    await writeFile(join(directory, 'cats', 'b.PNG'), grey(2))
    await writeFile(join(directory, 'cats', 'a.png'), grey(3))
    await writeFile(join(directory, 'cats', 'notes.txt'), 'none')
    const loaded = await loadImageFolder(directory)()
    expect(loaded).toEqual(
      E.right({
        shape: [3, 1, 2, 1],
        images: Uint8Array.of(3, 3, 2, 2, 1, 1),
        labels: Uint32Array.of(0, 0, 1),
        classes: ['cats', 'dogs'],
      }),
    )
    await writeFile(join(directory, 'dogs', 'z.png'), grey(1, 3))
    const odd = await loadImageFolder(directory)()
    expect(E.isLeft(odd) && odd.left).toMatchObject({ kind: 'mismatch', file: join(directory, 'dogs', 'z.png') })
    await rm(directory, { recursive: true })
    const missing = await listImageFolder(directory)()
    expect(E.isLeft(missing) && missing.left.kind).toBe('missing')
  })
})

const nuclei = join(process.env.PUREGRAD_DATA ?? 'no-data', 'dsb2018')

if (existsSync(nuclei))
  it('reads 120 images and 120 masks of nuclei', async () => {
    const folder = await listImageFolder(nuclei)()
    if (E.isLeft(folder)) throw new Error(JSON.stringify(folder.left))
    expect(folder.right.classes).toEqual(['images', 'instances'])
    expect(folder.right.files).toHaveLength(240)
    const loaded = await loadImageFolder(nuclei, { channels: 1 })()
    expect(E.isRight(loaded) && loaded.right.shape).toEqual([240, 256, 256, 1])
  })
