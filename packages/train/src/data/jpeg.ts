/** JPEG by jpeg-js, with the size checked before anything is allocated for it. */
import jpeg from 'jpeg-js'
import { damaged, type Refuse, reasonOf } from './decoding.js'
import type { Image } from './image.js'

interface Frame {
  readonly width: number
  readonly height: number
  readonly components: number
}

/** A block of 8 × 8 pixels takes at least one bit (ITU-T T.81, F.1.2), so a byte holds at most this many pixels. */
const pixelsPerByte = 512

const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

/** The first frame header: segments follow one another, each with its length, until the scan begins. */
const readFrame = (bytes: Uint8Array, refuse: Refuse): Frame => {
  const word = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  let at = 2
  while (at + 4 <= bytes.length) {
    const marker = bytes[at + 1] as number
    if (bytes[at] !== 0xff) throw refuse('syntax', `a marker at byte ${at}`, `${bytes[at]}`, damaged)
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (marker === 0xda) break
    if (isFrame(marker) && at + 10 <= bytes.length) {
      return { height: word(at + 5), width: word(at + 7), components: bytes[at + 9] as number }
    }
    at += 2 + word(at + 2)
  }
  throw refuse('truncated', 'a frame header', `${bytes.length} bytes without one`, damaged)
}

const endsWell = (bytes: Uint8Array): boolean => {
  let end = bytes.length
  while (end > 2 && bytes[end - 1] === 0) end--
  return bytes[end - 2] === 0xff && bytes[end - 1] === 0xd9
}

/** The image in these bytes, grey or colour, inside `decoding`. */
export const readJpeg = (bytes: Uint8Array, refuse: Refuse): Image => {
  const { width, height, components } = readFrame(bytes, refuse)
  if (components !== 1 && components !== 3) {
    throw refuse('unsupported', 'one or three components', `${components}`, 'Save it as RGB or grey, not CMYK.')
  }
  if (width === 0 || height === 0 || width * height > pixelsPerByte * bytes.length) {
    throw refuse('dimensions', `at most ${pixelsPerByte * bytes.length} pixels`, `${width} × ${height}`, damaged)
  }
  if (!endsWell(bytes)) throw refuse('truncated', 'an end-of-image marker', 'other bytes', damaged)
  let data: Uint8Array
  try {
    // Blocks of 32-bit coefficients, lines, and the image: some 24 bytes a pixel, and tables.
    const megabytes = 16 + Math.ceil((width * height * 40) / 2 ** 20)
    const image = jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxMemoryUsageInMB: Math.min(1024, megabytes),
    })
    if (image.width !== width || image.height !== height)
      throw new Error(`an image of ${image.width} × ${image.height}`)
    data = image.data
  } catch (cause) {
    throw refuse('syntax', `a JPEG image of ${width} × ${height}`, reasonOf(cause).slice(0, 200), damaged)
  }
  if (components === 3) return { shape: [height, width, 3], data: Uint8Array.from(data) }
  return {
    shape: [height, width, 1],
    data: Uint8Array.from({ length: width * height }, (_, i) => data[3 * i] as number),
  }
}
