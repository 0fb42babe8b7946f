import type { Either } from 'fp-ts/lib/Either.js'
import type { DataError } from './dataError.js'
import { damaged, decoding, type Named, type Refuse, refusing } from './decoding.js'

/** Sound: numbers from −1 to 1, frame by frame, the channels of a frame side by side. */
export interface Sound {
  readonly sampleRate: number
  /** [frames, channels] of `samples`. */
  readonly shape: readonly [frames: number, channels: number]
  readonly samples: Float32Array
}

interface Format {
  readonly channels: number
  readonly sampleRate: number
  readonly encoding: keyof typeof readers
}

type Read = (view: DataView, at: number) => number

/** Integers are fractions of their range; 8-bit ones are unsigned (Microsoft, Multimedia Programming Interface 1.0). */
const readers = {
  pcm8: (view, at) => (view.getUint8(at) - 128) / 128,
  pcm16: (view, at) => view.getInt16(at, true) / 2 ** 15,
  pcm24: (view, at) => (view.getUint16(at, true) + 65536 * view.getInt8(at + 2)) / 2 ** 23,
  pcm32: (view, at) => view.getInt32(at, true) / 2 ** 31,
  float32: (view, at) => view.getFloat32(at, true),
  float64: (view, at) => view.getFloat64(at, true),
} as const satisfies Readonly<Record<string, Read>>

const widths = { pcm8: 1, pcm16: 2, pcm24: 3, pcm32: 4, float32: 4, float64: 8 } as const

const pcm = 1
const ieeeFloat = 3
const extensible = 0xfffe

const encodings: ReadonlyMap<string, keyof typeof readers> = new Map([
  [`${pcm}/8`, 'pcm8'],
  [`${pcm}/16`, 'pcm16'],
  [`${pcm}/24`, 'pcm24'],
  [`${pcm}/32`, 'pcm32'],
  [`${ieeeFloat}/32`, 'float32'],
  [`${ieeeFloat}/64`, 'float64'],
])

const fourCharacters = (view: DataView, at: number): string =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3))

interface Chunk {
  readonly start: number
  readonly size: number
}

/** The chunks of a RIFF file by name; the first of each name counts. */
const readChunks = (view: DataView, refuse: Refuse): ReadonlyMap<string, Chunk> => {
  const length = view.byteLength
  if (length < 12) throw refuse('truncated', 'a header of 12 bytes', `${length} bytes`, damaged)
  const [riff, wave] = [fourCharacters(view, 0), fourCharacters(view, 8)]
  if (riff !== 'RIFF' || wave !== 'WAVE') {
    throw refuse(
      'magic',
      'RIFF … WAVE',
      JSON.stringify(`${riff} … ${wave}`),
      'It is not a wav file. Is this the right file?',
    )
  }
  const end = 8 + view.getUint32(4, true)
  // An odd file may lack the last byte of padding.
  if (end > length + 1) throw refuse('truncated', `${end} bytes`, `${length} bytes`, damaged)
  const chunks = new Map<string, Chunk>()
  let at = 12
  while (at + 8 <= Math.min(end, length)) {
    const name = fourCharacters(view, at)
    const size = view.getUint32(at + 4, true)
    if (at + 8 + size > length) {
      throw refuse('truncated', `${size} bytes of ${JSON.stringify(name)}`, `${length - at - 8} bytes`, damaged)
    }
    if (!chunks.has(name)) chunks.set(name, { start: at + 8, size })
    at += 8 + size + (size & 1)
  }
  return chunks
}

const readFormat = (view: DataView, { start, size }: Chunk, refuse: Refuse): Format => {
  if (size < 16) throw refuse('truncated', "16 bytes of 'fmt '", `${size} bytes`, damaged)
  const declared = view.getUint16(start, true)
  // An extensible format names the real one at the start of its GUID.
  const code = declared === extensible && size >= 26 ? view.getUint16(start + 24, true) : declared
  const channels = view.getUint16(start + 2, true)
  const sampleRate = view.getUint32(start + 4, true)
  const bits = view.getUint16(start + 14, true)
  const encoding = encodings.get(`${code}/${bits}`)
  if (encoding === undefined) {
    throw refuse(
      'unsupported',
      'PCM of 8, 16, 24 or 32 bits or floats of 32 or 64',
      `format ${code} with ${bits} bits`,
      'Convert it: ffmpeg -i in.wav -c:a pcm_s16le out.wav.',
    )
  }
  const frame = channels * widths[encoding]
  if (channels === 0 || sampleRate === 0 || view.getUint16(start + 12, true) !== frame) {
    throw refuse(
      'mismatch',
      `frames of ${frame} bytes for ${channels} channels of ${encoding}`,
      `${view.getUint16(start + 12, true)} bytes at ${sampleRate} Hz`,
      damaged,
    )
  }
  return { channels, sampleRate, encoding }
}

/**
 * Decodes a wav file: PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64, any number of channels.
 * @example
 * const sound = decodeWav(encodeWav({ sampleRate: 8000, shape: [2, 1], samples: Float32Array.of(0, 0.5) }), { file: 'a.wav' })
 * E.isRight(sound) && sound.right.samples // [0, 0.5]
 */
export const decodeWav = (bytes: Uint8Array, { file }: Named): Either<DataError, Sound> =>
  decoding(() => {
    const refuse = refusing(file)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const chunks = readChunks(view, refuse)
    const found = [...chunks.keys()].map((name) => JSON.stringify(name)).join(', ')
    const chunk = (name: string): Chunk => {
      const held = chunks.get(name)
      if (held !== undefined) return held
      throw refuse('truncated', `a chunk '${name}'`, found === '' ? 'none' : found.slice(0, 80), damaged)
    }
    const { channels, sampleRate, encoding } = readFormat(view, chunk('fmt '), refuse)
    const { start, size } = chunk('data')
    const frame = channels * widths[encoding]
    if (size % frame !== 0) throw refuse('truncated', `whole frames of ${frame} bytes`, `${size} bytes`, damaged)
    const read: Read = readers[encoding]
    const width = widths[encoding]
    const samples = Float32Array.from({ length: size / width }, (_, i) => read(view, start + i * width))
    return { sampleRate, shape: [size / frame, channels], samples }
  })

export interface EncodeWavOptions {
  /** 'pcm16' unless said, which rounds to 1/32768 and clips beyond −1 and 1; 'float32' keeps every bit. */
  readonly encoding?: 'pcm16' | 'float32'
}

/**
 * The bytes of a wav file.
 * @example encodeWav({ sampleRate: 8000, shape: [2, 1], samples: Float32Array.of(0, 0.5) }).length // 48
 */
export const encodeWav = (
  { sampleRate, shape: [, channels], samples }: Sound,
  { encoding = 'pcm16' }: EncodeWavOptions = {},
): Uint8Array => {
  const width = widths[encoding]
  const size = samples.length * width
  const bytes = new Uint8Array(44 + size)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode('RIFF'), 0)
  view.setUint32(4, 36 + size, true)
  bytes.set(new TextEncoder().encode('WAVEfmt '), 8)
  view.setUint32(16, 16, true)
  view.setUint16(20, encoding === 'pcm16' ? pcm : ieeeFloat, true)
  view.setUint16(22, channels, true)
  view.setUint32(24, sampleRate, true)
  view.setUint32(28, sampleRate * channels * width, true)
  view.setUint16(32, channels * width, true)
  view.setUint16(34, 8 * width, true)
  bytes.set(new TextEncoder().encode('data'), 36)
  view.setUint32(40, size, true)
  samples.forEach((sample, i) => {
    if (encoding === 'float32') view.setFloat32(44 + 4 * i, sample, true)
    else view.setInt16(44 + 2 * i, Math.max(-32768, Math.min(32767, Math.round(sample * 32768))), true)
  })
  return bytes
}
