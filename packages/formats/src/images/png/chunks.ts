/** The chunks of a PNG file that decide what is seen; all others are passed over, damaged or not. */
import { crc32 } from '../../bytes/checksum.js'
import { damaged, type Refuse } from '../../bytes/decoding.js'

export interface Header {
  readonly width: number
  readonly height: number
  readonly depth: number
  readonly colourType: number
  readonly interlaced: boolean
}

export interface Chunks {
  readonly header: Header
  /** Red, green and blue of one colour after the other. */
  readonly palette: Uint8Array | undefined
  /** The chunk tRNS: alphas of a palette, or the samples of the colour that is transparent. */
  readonly transparency: Uint8Array | undefined
  /** The chunk eXIf. */
  readonly exif: Uint8Array | undefined
  /** The zlib stream of the pixels, which may be divided into several chunks. */
  readonly pixels: Uint8Array
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const

/** The depths of each colour type: grey, colour, palette, grey and alpha, colour and alpha (PNG 3, table 8). */
const depths: ReadonlyMap<number, readonly number[]> = new Map([
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
])

const readHeader = (data: Uint8Array, refuse: Refuse): Header => {
  if (data.length !== 13) throw refuse('syntax', 'an IHDR of 13 bytes', `${data.length}`, damaged)
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const [width, height] = [view.getUint32(0), view.getUint32(4)]
  const [depth, colourType, compression, filter, interlace] = data.subarray(8) as unknown as readonly [
    number,
    number,
    number,
    number,
    number,
  ]
  if (!depths.get(colourType)?.includes(depth) || width === 0 || height === 0) {
    throw refuse(
      'dimensions',
      'a size, a depth and a colour type of PNG',
      `${width} × ${height}, depth ${depth}, type ${colourType}`,
      damaged,
    )
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    const found = `compression ${compression}, filter ${filter}, interlacing ${interlace}`
    throw refuse('unsupported', 'compression 0, filter 0, interlacing 0 or 1', found, damaged)
  }
  return { width, height, depth, colourType, interlaced: interlace === 1 }
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** A chunk whose name begins with a small letter is one that a picture can do without (PNG 3, 5.4). */
const isAncillary = (type: string): boolean => /^[a-z]/.test(type)

/**
 * The chunks up to IEND; bytes behind it are no part of the picture. Only what a picture cannot do without is checked: a
 * damaged text or colour profile is left alone, of two tRNS the first counts, and one that stands after the pixels does not.
 */
export const readChunks = (bytes: Uint8Array, refuse: Refuse): Chunks => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!signature.every((byte, i) => bytes[i] === byte))
    throw refuse('magic', 'a PNG signature', `bytes ${bytes.subarray(0, 8).join(' ')}`, damaged)
  let header: Header | undefined
  let palette: Uint8Array | undefined
  let transparency: Uint8Array | undefined
  let exif: Uint8Array | undefined
  const pixels: Uint8Array[] = []
  for (let at: number = signature.length; ; ) {
    if (at + 12 > bytes.length) throw refuse('truncated', 'chunks up to IEND', `${bytes.length} bytes`, damaged)
    const size = view.getUint32(at)
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    const end = at + 8 + size
    if (end + 4 > bytes.length) {
      throw refuse('truncated', `${size} bytes of chunk ${JSON.stringify(type)}`, `${bytes.length - at - 8}`, damaged)
    }
    const data = bytes.subarray(at + 8, end)
    const used = !isAncillary(type) || type === 'tRNS' || type === 'eXIf'
    const whole = !used || crc32(bytes.subarray(at + 4, end)) === view.getUint32(end)
    if (!whole && !isAncillary(type))
      throw refuse('checksum', `chunk ${JSON.stringify(type)} with its checksum`, 'another', damaged)
    if ((type === 'IHDR') !== (header === undefined))
      throw refuse('syntax', 'IHDR first, and once', JSON.stringify(type), damaged)
    if (type === 'IHDR') header = readHeader(data, refuse)
    else if (type === 'IDAT') pixels.push(data)
    else if (type === 'PLTE') palette ??= data
    else if (type === 'tRNS') {
      if (whole && pixels.length === 0) transparency ??= data
    } else if (type === 'eXIf') {
      if (whole) exif ??= data
    } else if (type === 'IEND') return { header: header as Header, palette, transparency, exif, pixels: joined(pixels) }
    else if (!isAncillary(type)) {
      const cure = 'Save it as a usual PNG image; those of an iOS application have to be unpacked by pngcrush.'
      throw refuse('unsupported', 'chunks of PNG', JSON.stringify(type), cure)
    }
    at = end + 4
  }
}
