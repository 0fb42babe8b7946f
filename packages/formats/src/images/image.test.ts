import { deflateSync } from 'node:zlib'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { crc32 } from '../bytes/checksum.js'
import { decodeImage } from './image.js'
import type { DecodeImageOptions } from './picture.js'

const decode = (bytes: Uint8Array, channels?: 1 | 2 | 3 | 4) =>
  decodeImage(bytes, channels === undefined ? { file: 'a' } : { file: 'a', channels })
const image = (bytes: Uint8Array, channels?: 1 | 2 | 3 | 4) => {
  const result = decode(bytes, channels)
  if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
  return result.right
}
const failure = (bytes: Uint8Array, options: Omit<DecodeImageOptions, 'file'> = {}) => {
  const result = decodeImage(bytes, { file: 'a', ...options })
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
  /** Whole chunks before the pixels. */
  readonly before?: readonly number[]
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
  before = [],
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
    ...before,
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
    [
      'a transparent grey',
      { size: [2, 1], depth: 2, alpha: [0, 1], lines: [0, 0b01110000] },
      [1, 2, 2],
      [85, 0, 255, 255],
    ],
    [
      'a transparent colour',
      { size: [2, 1], colour: 2, alpha: [0, 1, 0, 2, 0, 3], lines: [0, 1, 2, 3, 1, 2, 4] },
      [1, 2, 4],
      [1, 2, 3, 0, 1, 2, 4, 255],
    ],
    [
      'a transparent colour of 16 bits, all of which count',
      { size: [2, 1], depth: 16, alpha: [1, 2], lines: [0, 1, 2, 1, 3] },
      [1, 2, 2],
      [1, 0, 1, 255],
    ],
    ['a transparency that is no colour', { size: [1, 1], alpha: [0, 1, 0], lines: [0, 1] }, [1, 1, 1], [1]],
    [
      'a palette with more alphas than colours',
      { size: [1, 1], colour: 3, palette: [1, 2, 3], alpha: [9, 9], lines: [0, 0] },
      [1, 1, 3],
      [1, 2, 3],
    ],
    [
      'a palette with two transparencies, of which the first counts',
      {
        size: [1, 1],
        colour: 3,
        palette: [1, 2, 3],
        alpha: [7],
        before: [...chunk('tRNS', Uint8Array.of(8))],
        lines: [0, 0],
      },
      [1, 1, 4],
      [1, 2, 3, 7],
    ],
    [
      'interlaced bits',
      // Adam7 of 3 × 3: pixel (0,0); none; none; (2,0), …: passes 1, 4, 5, 6 and 7.
      { size: [3, 3], depth: 1, interlace: 1, lines: [0, 128, 0, 128, 0, 128 | 64, 0, 128, 0, 0, 0, 128 | 32] },
      [3, 3, 1],
      [255, 255, 255, 255, 0, 255, 255, 0, 255],
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
    ['a colour that the palette lacks', png({ size: [1, 1], colour: 3, palette: [1, 2, 3], lines: [0, 1] }), 'value'],
    ['no palette', png({ size: [1, 1], colour: 3, lines: [0, 0] }), 'value'],
    ['a filter that is unknown', png({ size: [1, 1], lines: [9, 0] }), 'syntax'],
    ['a colour type that is unknown', png({ size: [1, 1], colour: 5, lines: [0, 0] }), 'dimensions'],
    [
      'a chunk that it must know',
      png({ size: [1, 1], before: [...chunk('CgBI', new Uint8Array(4))], lines: [0, 0] }),
      'unsupported',
    ],
    [
      'a depth that its colours do not have',
      png({ size: [1, 1], colour: 2, depth: 4, lines: [0, 0, 0] }),
      'dimensions',
    ],
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

describe('decodeImage of PNG that real programs have written', () => {
  const pixel = { size: [1, 1], lines: [0, 5] } as const
  const whole = image(png(pixel))
  const damagedChunk = (type: string, data: readonly number[]): readonly number[] => {
    const bytes = chunk(type, Uint8Array.from(data))
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1
    return [...bytes]
  }

  it('does without chunks that are damaged, if a picture can do without them', () => {
    const profile = Buffer.concat([Buffer.from('icc\0\0'), Buffer.from([1, 2, 3])])
    for (const before of [
      damagedChunk('tEXt', [65, 0, 66]),
      damagedChunk('tRNS', [0, 5]),
      damagedChunk('eXIf', [1, 2, 3]),
      [...chunk('tEXt', Uint8Array.of(65, 66))],
      [...chunk('iCCP', profile)],
      [...chunk('zTXt', Uint8Array.of(65, 0, 9, 9))],
      [...chunk('pHYs', Uint8Array.of(1))],
    ]) {
      expect(image(png({ ...pixel, before }))).toEqual(whole)
    }
    expect(failure(png({ ...pixel, before: damagedChunk('PLTE', [1, 2, 3]) })).kind).toBe('checksum')
  })

  it('unpacks nothing but pixels: a colour profile may be a bomb', () => {
    const bomb = Buffer.concat([Buffer.from('icc\0\0'), deflateSync(new Uint8Array(200 * 2 ** 20))])
    const bytes = png({ ...pixel, before: [...chunk('iCCP', bomb)] })
    const before = process.memoryUsage().arrayBuffers
    expect(image(bytes)).toEqual(whole)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 2 ** 20)
  })

  it('ends with its end, and takes no more pixels than it has', () => {
    expect(image(Uint8Array.of(...png(pixel), 0, 1, 2))).toEqual(whole)
    expect(image(png({ ...pixel, lines: [0, 5, 6, 7] }))).toEqual(whole)
  })

  it('is turned as its EXIF data say, unless it is to lie as it does', () => {
    const exif = [77, 77, 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, 3, 0, 0]
    const bytes = png({ size: [2, 1], lines: [0, 1, 2], before: [...chunk('eXIf', Uint8Array.from(exif))] })
    expect([...image(bytes).data]).toEqual([2, 1])
    const lying = decodeImage(bytes, { file: 'a', orient: false })
    expect(E.isRight(lying) && [...lying.right.data]).toEqual([1, 2])
  })

  it('may have as many pixels and bytes as allowed, and no more', () => {
    const bytes = png({ size: [2, 2], lines: [0, 1, 2, 0, 3, 4] })
    expect(E.isRight(decodeImage(bytes, { file: 'a', maxPixels: 4, maxBytes: 6 }))).toBe(true)
    expect(failure(bytes, { maxPixels: 3 })).toMatchObject({ kind: 'limit', found: '2 × 2' })
    expect(failure(bytes, { maxBytes: 5 })).toMatchObject({ kind: 'limit' })
    const header = new Uint8Array(13)
    new DataView(header.buffer).setUint32(0, 30000)
    new DataView(header.buffer).setUint32(4, 30000)
    header.set([1, 0, 0, 0, 0], 8)
    const zeros = deflateSync(new Uint8Array(30000 * 3751))
    const bomb = [...bytes.subarray(0, 8), ...chunk('IHDR', header), ...chunk('IDAT', zeros), ...bytes.subarray(-12)]
    expect(failure(Uint8Array.from(bomb))).toMatchObject({ kind: 'limit', found: '30000 × 30000' })
  })
})
