/** PNG: what fast-png leaves open is checked here, so that a file is either read as it was written or refused. */
import { inflateSync } from 'node:zlib'
import { type DecodedPng, decode } from 'fast-png'
import { damaged, type Refuse, reasonOf } from './decoding.js'
import { deflateRatio, maximumBytes } from './file.js'
import type { Image } from './image.js'

interface Header {
  readonly width: number
  readonly height: number
  readonly depth: number
  readonly colourType: number
  readonly interlaced: boolean
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const

/** Samples per pixel by colour type: grey, –, colour, palette, grey and alpha, –, colour and alpha (PNG 3, table 9). */
const samples: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
])

/** The header, and the compressed pixels, which may be divided into several chunks. */
const readChunks = (bytes: Uint8Array, refuse: Refuse): readonly [Header, readonly Uint8Array[]] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!signature.every((byte, i) => bytes[i] === byte)) {
    throw refuse('magic', 'a PNG signature', `bytes ${bytes.subarray(0, 8).join(' ')}`, damaged)
  }
  let header: Header | undefined
  const pixels: Uint8Array[] = []
  let at: number = signature.length
  for (;;) {
    if (at + 12 > bytes.length) throw refuse('truncated', 'chunks up to IEND', `${bytes.length} bytes`, damaged)
    const size = view.getUint32(at)
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    const start = at + 8
    if (start + size + 4 > bytes.length) {
      throw refuse('truncated', `${size} bytes of chunk ${JSON.stringify(type)}`, `${bytes.length - start}`, damaged)
    }
    if ((type === 'IHDR') !== (header === undefined))
      throw refuse('syntax', 'IHDR first, and once', JSON.stringify(type), damaged)
    if (type === 'IHDR') {
      if (size !== 13) throw refuse('syntax', 'an IHDR of 13 bytes', `${size}`, damaged)
      header = {
        width: view.getUint32(start),
        height: view.getUint32(start + 4),
        depth: bytes[start + 8] as number,
        colourType: bytes[start + 9] as number,
        interlaced: bytes[start + 12] !== 0,
      }
    }
    if (type === 'IDAT') pixels.push(bytes.subarray(start, start + size))
    at = start + size + 4
    if (type === 'IEND') break
  }
  if (at !== bytes.length) throw refuse('trailing', `an end after ${at} bytes`, `${bytes.length} bytes`, damaged)
  return [header as Header, pixels]
}

/** Bytes of the filtered lines, each with a byte for its filter; seven passes if interlaced (PNG 3, Adam7). */
const filteredBytes = ({ width, height, interlaced }: Header, bitsPerPixel: number): number => {
  const lines = (columns: number, rows: number): number =>
    columns === 0 ? 0 : rows * (1 + Math.ceil((columns * bitsPerPixel) / 8))
  if (!interlaced) return lines(width, height)
  const passes = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ] as const
  const part = (whole: number, start: number, step: number): number => Math.max(0, Math.ceil((whole - start) / step))
  return passes.reduce((sum, [x, y, dx, dy]) => sum + lines(part(width, x, dx), part(height, y, dy)), 0)
}

const checkPixels = (header: Header, pixels: readonly Uint8Array[], refuse: Refuse): void => {
  const { width, height, depth, colourType, interlaced } = header
  const perPixel = samples.get(colourType)
  if (perPixel === undefined || ![1, 2, 4, 8, 16].includes(depth) || width === 0 || height === 0) {
    throw refuse(
      'dimensions',
      'a size, a depth and a colour type of PNG',
      `${width} × ${height}, depth ${depth}, type ${colourType}`,
      damaged,
    )
  }
  if (interlaced && depth < 8) {
    throw refuse('unsupported', 'interlaced images of 8 or 16 bits', `${depth} bits`, 'Save it without interlacing.')
  }
  const needed = filteredBytes(header, perPixel * depth)
  const packed = pixels.reduce((sum, { length }) => sum + length, 0)
  if (needed > Math.min(maximumBytes, deflateRatio * packed)) {
    throw refuse(
      'dimensions',
      `at most ${deflateRatio * packed} bytes of pixels in ${packed}`,
      `${width} × ${height}: ${needed}`,
      damaged,
    )
  }
  let held: number
  try {
    held = inflateSync(Buffer.concat(pixels), { maxOutputLength: needed }).length
  } catch (cause) {
    throw refuse('gzip', `a zlib stream of ${needed} bytes`, reasonOf(cause), damaged)
  }
  if (held !== needed) throw refuse('truncated', `${needed} bytes of pixels`, `${held} bytes`, damaged)
}

/** One number for every sample, from lines whose samples share bytes and which begin with a whole one. */
const unpackedSamples = ({ width, height, depth, data }: DecodedPng): Uint8Array => {
  const line = Math.ceil((width * depth) / 8)
  const mask = 2 ** depth - 1
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width]
    const bit = column * depth
    return ((data[row * line + (bit >> 3)] as number) >> (8 - depth - (bit & 7))) & mask
  })
}

const coloured = (
  indices: Uint8Array,
  palette: readonly (readonly number[])[],
  refuse: Refuse,
): readonly [number, Uint8Array] => {
  const channels = palette.some((colour) => colour.length === 4) ? 4 : 3
  const out = new Uint8Array(indices.length * channels)
  indices.forEach((index, i) => {
    const colour = palette[index]
    if (colour === undefined)
      throw refuse('value', `palette indices below ${palette.length}`, `${index} at pixel ${i}`, damaged)
    out.set(colour, i * channels)
    if (channels === 4 && colour.length === 3) out[i * channels + 3] = 255
  })
  return [channels, out]
}

/** The image in these bytes, inside `decoding`. */
export const readPng = (bytes: Uint8Array, refuse: Refuse): Image => {
  const [header, pixels] = readChunks(bytes, refuse)
  checkPixels(header, pixels, refuse)
  let png: DecodedPng
  try {
    png = decode(bytes, { checkCrc: true })
  } catch (cause) {
    throw refuse('checksum', 'a PNG image whose chunks have their checksums', reasonOf(cause).slice(0, 200), damaged)
  }
  const { width, height, depth, channels, palette } = png
  if (header.colourType === 3) {
    const indices = depth < 8 ? unpackedSamples(png) : Uint8Array.from(png.data)
    const [count, data] = coloured(indices, palette ?? [], refuse)
    return { shape: [height, width, count], data }
  }
  const most = 2 ** depth - 1
  const data =
    depth < 8
      ? unpackedSamples(png).map((sample) => (sample * 255) / most)
      : depth === 16
        ? Uint8Array.from(png.data, (sample) => Math.round(sample / 257))
        : Uint8Array.from(png.data)
  return { shape: [height, width, channels], data }
}
