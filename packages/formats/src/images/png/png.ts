/** PNG of every kind as 8 bits a channel: chunks, then lines, then colours. */
import { damaged, type Refuse } from '../../bytes/decoding.js'
import { defaultMaxBytes, deflateRatio } from '../../bytes/gzip.js'
import { inflate } from '../../bytes/inflate.js'
import { checkPixelCount, type ImageLimits } from '../limits.js'
import { orientationIn } from '../orientation.js'
import type { Picture } from '../picture.js'
import { type Chunks, readChunks } from './chunks.js'
import { eachLine, filteredBytes, passesOf } from './lines.js'

/** Samples per pixel by colour type: grey, –, colour, palette, grey and alpha, –, colour and alpha (PNG 3, table 9). */
const samplesPerPixel = [1, 0, 3, 1, 2, 0, 4] as const

/** The filtered lines. Checksums of chunks were checked, so that of the zlib stream says nothing new. */
const unpackedLines = (
  { header: { width, height }, pixels }: Chunks,
  needed: number,
  limits: ImageLimits,
  refuse: Refuse,
): Uint8Array => {
  if (needed > deflateRatio * pixels.length) {
    const expected = `at most ${deflateRatio * pixels.length} bytes of pixels in ${pixels.length}`
    throw refuse('dimensions', expected, `${width} × ${height}: ${needed}`, damaged)
  }
  const { maxBytes = defaultMaxBytes } = limits
  checkPixelCount(width, height, limits, refuse)
  if (needed > maxBytes) {
    const cure = 'If you trust the file, raise the option maxBytes.'
    throw refuse('limit', `at most ${maxBytes} bytes of pixels`, `${width} × ${height}: ${needed}`, cure)
  }
  const [method = 0, flags = 0] = pixels
  const broken = (found: string) => refuse('gzip', `a zlib stream of ${needed} bytes`, found, damaged)
  // RFC 1950, 2.2: deflate, and no dictionary that would have to be known.
  if ((method & 15) !== 8 || (256 * method + flags) % 31 !== 0 || (flags & 32) !== 0) throw broken('another header')
  const { data } = inflate(pixels, {
    start: 2,
    most: needed,
    prefix: true,
    damaged: broken,
    tooMuch: () => broken('more'),
  })
  if (data.length !== needed) throw refuse('truncated', `${needed} bytes of pixels`, `${data.length} bytes`, damaged)
  return data
}

/** The samples of a line, one number each. */
const samplesOf = (line: Uint8Array, count: number, depth: number): Uint8Array | Uint16Array => {
  if (depth === 8) return line
  if (depth === 16)
    return Uint16Array.from({ length: count }, (_, i) => 256 * (line[2 * i] as number) + (line[2 * i + 1] as number))
  const mask = 2 ** depth - 1
  return Uint8Array.from({ length: count }, (_, i) => {
    const bit = i * depth
    return ((line[bit >> 3] as number) >> (8 - depth - (bit & 7))) & mask
  })
}

/** The samples of the transparent colour of a grey or colour image; null if there is none (PNG 3, 11.3.1). */
const transparentColour = ({ header: { colourType, depth }, transparency }: Chunks): readonly number[] | null => {
  const samples = colourType === 0 ? 1 : colourType === 2 ? 3 : 0
  if (transparency === undefined || samples === 0 || transparency.length !== 2 * samples) return null
  const words = samplesOf(transparency, samples, 16)
  return Array.from(words, (word) => word & (2 ** depth - 1))
}

/** Red, green, blue, and alpha if any colour has one, of each index. */
const paletteColours = ({ palette, transparency }: Chunks, refuse: Refuse): readonly (readonly number[])[] => {
  const bytes = palette ?? new Uint8Array(0)
  if (bytes.length % 3 !== 0) throw refuse('syntax', 'a palette of three bytes a colour', `${bytes.length}`, damaged)
  const count = bytes.length / 3
  // A tRNS that is longer than the palette is damaged, and a picture can do without it.
  const alphas = transparency !== undefined && transparency.length <= count ? transparency : undefined
  return Array.from({ length: count }, (_, i) => [
    ...bytes.subarray(3 * i, 3 * i + 3),
    ...(alphas === undefined ? [] : [alphas[i] ?? 255]),
  ])
}

/** Where the colours of a line go: the pixel i of it begins at `start + i * step` of the image. */
type Place = (samples: Uint8Array | Uint16Array, columns: number, start: number, step: number) => void

const indexed = (out: Uint8Array, colours: readonly (readonly number[])[], refuse: Refuse): Place => {
  return (samples, columns, start, step) => {
    for (let i = 0; i < columns; i++) {
      const colour = colours[samples[i] as number]
      if (colour === undefined)
        throw refuse('value', `palette indices below ${colours.length}`, `${samples[i]}`, damaged)
      out.set(colour, start + i * step)
    }
  }
}

const direct = (depth: number, perPixel: number, out: Uint8Array, transparent: readonly number[] | null): Place => {
  const most = 2 ** depth - 1
  return (samples, columns, start, step) => {
    for (let i = 0; i < columns; i++) {
      let same = transparent !== null
      for (let channel = 0; channel < perPixel; channel++) {
        const sample = samples[i * perPixel + channel] as number
        same &&= transparent?.[channel] === sample
        out[start + i * step + channel] = depth === 8 ? sample : Math.round((sample * 255) / most)
      }
      if (transparent !== null) out[start + i * step + perPixel] = same ? 0 : 255
    }
  }
}

/** The image in these bytes as it lies there, inside `decoding`. */
export const readPng = (bytes: Uint8Array, limits: ImageLimits, refuse: Refuse): Picture => {
  const chunks = readChunks(bytes, refuse)
  const { header } = chunks
  const { width, height, depth, colourType } = header
  const perPixel = samplesPerPixel[colourType as 0]
  const bits = perPixel * depth
  const passes = passesOf(header)
  const filtered = unpackedLines(chunks, filteredBytes(passes, bits), limits, refuse)
  const colours = colourType === 3 ? paletteColours(chunks, refuse) : null
  const transparent = transparentColour(chunks)
  const channels = colours === null ? perPixel + (transparent === null ? 0 : 1) : (colours[0]?.length ?? 3)
  const data = new Uint8Array(width * height * channels)
  const place = colours === null ? direct(depth, perPixel, data, transparent) : indexed(data, colours, refuse)
  const isCopy = depth === 8 && colours === null && transparent === null && passes.length === 1
  eachLine(filtered, passes, bits, refuse, (line, { x, y, dx, dy, columns }, row) => {
    const start = ((y + row * dy) * width + x) * channels
    if (isCopy && dx === 1) data.set(line, start)
    else place(samplesOf(line, columns * perPixel, depth), columns, start, dx * channels)
  })
  const orientation = chunks.exif === undefined ? 1 : orientationIn(chunks.exif)
  return { shape: [height, width, channels], data, orientation }
}
