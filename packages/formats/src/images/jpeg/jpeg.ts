/** JPEG, sequential and progressive, of grey, RGB, YCbCr, CMYK and YCCK, to the same bits as libjpeg. */
import { damaged, type Refuse } from '../../bytes/decoding.js'
import type { ImageLimits } from '../limits.js'
import { orientationIn } from '../orientation.js'
import type { Picture } from '../picture.js'
import { colourSpaceOf, pixelsOf } from './colour.js'
import { type Component, type Frame, frameFrom, readFrameHeader } from './frame.js'
import { type Codes, codesOf } from './huffman.js'
import { planeOf } from './inverse-dct.js'
import { decodeScan, type ScanPart, zigzag } from './scan.js'
import { upsampled } from './upsample.js'

/** Each scan goes through the whole image; programs write some ten. */
const maximumScans = 100

/** What the segments before a scan have said so far. */
interface State {
  readonly quantizers: Map<number, Uint16Array>
  readonly dc: Map<number, Codes>
  readonly ac: Map<number, Codes>
  /** The quantizer of each component, as it was when its first scan began. */
  readonly latched: Map<Component, Uint16Array>
  frame: Frame | undefined
  restartInterval: number
  jfif: boolean
  adobe: number | undefined
  orientation: number | undefined
  scans: number
}

const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

const short = (name: string, refuse: Refuse) => refuse('truncated', `a whole segment of ${name}`, 'less', damaged)

const readQuantizers = (data: Uint8Array, { quantizers }: State, refuse: Refuse): void => {
  for (let at = 0; at < data.length; ) {
    const [wide, id] = [(data[at] as number) >> 4, (data[at] as number) & 15]
    const size = wide === 0 ? 1 : 2
    if (wide > 1 || id > 3) throw refuse('syntax', 'quantizers 0 to 3 of 8 or 16 bits', `${id}, ${wide}`, damaged)
    if (at + 1 + 64 * size > data.length) throw short('quantizers', refuse)
    const table = new Uint16Array(64)
    for (let i = 0; i < 64; i++) {
      const from = at + 1 + i * size
      table[zigzag[i] as number] =
        size === 1 ? (data[from] as number) : ((data[from] as number) << 8) | (data[from + 1] as number)
    }
    quantizers.set(id, table)
    at += 1 + 64 * size
  }
}

const readCodes = (data: Uint8Array, { dc, ac }: State, refuse: Refuse): void => {
  for (let at = 0; at < data.length; ) {
    const [kind, id] = [(data[at] as number) >> 4, (data[at] as number) & 15]
    if (kind > 1 || id > 3) throw refuse('syntax', 'Huffman tables 0 to 3 of kind 0 or 1', `${id}, ${kind}`, damaged)
    if (at + 17 > data.length) throw short('Huffman tables', refuse)
    const counts = new Uint8Array(17)
    counts.set(data.subarray(at + 1, at + 17), 1)
    const total = counts.reduce((sum, count) => sum + count, 0)
    if (at + 17 + total > data.length) throw short('Huffman tables', refuse)
    ;(kind === 0 ? dc : ac).set(id, codesOf(counts, data.slice(at + 17, at + 17 + total), refuse))
    at += 17 + total
  }
}

/** Reads the header of a scan and decodes it; the byte behind it. */
const readScan = (bytes: Uint8Array, header: Uint8Array, start: number, state: State, refuse: Refuse): number => {
  const { frame, quantizers, latched } = state
  if (frame === undefined) throw refuse('syntax', 'a frame header before a scan', 'none', damaged)
  state.scans++
  if (state.scans > maximumScans) {
    throw refuse('limit', `at most ${maximumScans} scans`, 'more', 'Save the image again as a usual JPEG image.')
  }
  const count = header[0] ?? 0
  if (count < 1 || count > 4 || header.length !== 4 + 2 * count)
    throw refuse('syntax', `a scan header of ${4 + 2 * count} bytes for 1 to 4 components`, `${header.length}`, damaged)
  const parts = Array.from({ length: count }, (_, i): ScanPart => {
    const [id, tables] = header.subarray(1 + 2 * i, 3 + 2 * i) as unknown as readonly [number, number]
    const component = frame.components.find((one) => one.id === id)
    if (component === undefined) throw refuse('syntax', 'a component of the frame', `${id}`, damaged)
    const quantizer = quantizers.get(component.quantizer)
    if (quantizer !== undefined && !latched.has(component)) latched.set(component, quantizer)
    return { component, dc: state.dc.get(tables >> 4), ac: state.ac.get(tables & 15) }
  })
  if (new Set(parts.map(({ component }) => component)).size !== count)
    throw refuse('syntax', 'every component of a scan once', 'one twice', damaged)
  const [from, to, bits] = header.subarray(1 + 2 * count) as unknown as readonly [number, number, number]
  const [high, low] = [bits >> 4, bits & 15]
  const fits = from === 0 ? to === 0 : count === 1 && from <= to && to <= 63
  if (frame.progressive && !(fits && low <= 13))
    throw refuse('syntax', 'coefficients and bits of a progressive scan', `${from} to ${to}, bit ${low}`, damaged)
  const { restartInterval } = state
  return decodeScan(bytes, start, frame, { parts, from, to, high, low, restartInterval }, refuse)
}

/** The byte behind the next marker, and the marker: 255 and a byte that is neither 0 nor 255. What stands before it is no part of the image. */
const nextMarker = (bytes: Uint8Array, start: number, refuse: Refuse): readonly [marker: number, at: number] => {
  for (let at = start; at + 1 < bytes.length; at++) {
    const marker = bytes[at + 1] as number
    if (bytes[at] === 255 && marker !== 0 && marker !== 255) return [marker, at + 2]
  }
  throw refuse('truncated', 'an end-of-image marker', `${bytes.length} bytes without one`, damaged)
}

const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
const [startOfImage, endOfImage, startOfScan] = [0xd8, 0xd9, 0xda] as const

/** Goes through the segments up to the end of the image; bytes behind it are no part of it. */
const readSegments = (bytes: Uint8Array, limits: ImageLimits, refuse: Refuse): State => {
  const state: State = {
    quantizers: new Map(),
    dc: new Map(),
    ac: new Map(),
    latched: new Map(),
    frame: undefined,
    restartInterval: 0,
    jfif: false,
    adobe: undefined,
    orientation: undefined,
    scans: 0,
  }
  for (let at = 2; ; ) {
    const [marker, start] = nextMarker(bytes, at, refuse)
    at = start
    if (marker === endOfImage) return state
    // Markers without a segment: restarts that were not awaited, and TEM.
    if ((marker >= 0xd0 && marker <= startOfImage) || marker === 1) continue
    const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
    const end = at + length
    if (end > bytes.length || at + 2 > bytes.length)
      throw refuse('truncated', `${length} bytes of a segment`, `${bytes.length - at}`, damaged)
    if (length < 2) throw refuse('syntax', 'segments of at least 2 bytes', `${length}`, damaged)
    const data = bytes.subarray(at + 2, end)
    at = end
    if (isFrame(marker)) {
      if (state.frame !== undefined) throw refuse('syntax', 'one frame', 'two', damaged)
      state.frame = frameFrom(readFrameHeader(marker, data, refuse), bytes.length, limits, refuse)
    } else if (marker === 0xdb) readQuantizers(data, state, refuse)
    else if (marker === 0xc4) readCodes(data, state, refuse)
    else if (marker === 0xdd) state.restartInterval = ((data[0] ?? 0) << 8) | (data[1] ?? 0)
    else if (marker === startOfScan) at = readScan(bytes, data, end, state, refuse)
    else if (marker === 0xe0 && text(data.subarray(0, 5)) === 'JFIF\0') state.jfif = true
    else if (marker === 0xee && data.length >= 12 && text(data.subarray(0, 5)) === 'Adobe') state.adobe = data[11]
    else if (marker === 0xe1 && text(data.subarray(0, 6)) === 'Exif\0\0')
      state.orientation ??= orientationIn(data.subarray(6))
  }
}

/** The image in these bytes as it lies there, grey or colour, inside `decoding`. */
export const readJpeg = (bytes: Uint8Array, limits: ImageLimits, refuse: Refuse): Picture => {
  const { frame, latched, jfif, adobe, orientation = 1 } = readSegments(bytes, limits, refuse)
  if (frame === undefined) throw refuse('truncated', 'a frame header', `${bytes.length} bytes without one`, damaged)
  const { width, height, h, v, components } = frame
  const planes = components.map((component) => {
    const quantizer = latched.get(component)
    if (quantizer === undefined)
      throw refuse('truncated', `a scan and a quantizer of component ${component.id}`, 'none', damaged)
    return upsampled(planeOf(component, quantizer), width, height, component.h / h, component.v / v)
  })
  const space = colourSpaceOf({ jfif, adobe, ids: components.map(({ id }) => id) })
  const channels = space === 'grey' ? 1 : 3
  return { shape: [height, width, channels], data: pixelsOf(planes, space, width, height), orientation }
}
