import { operation } from '@puregrad/core'
import type { Either } from 'fp-ts/lib/Either.js'
import type { DataError } from '../bytes/data-error.js'
import { damaged, decoding, type Named, type Refuse, refusing } from '../bytes/decoding.js'

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

type Read = (view: DataView, at: number, little: boolean) => number

/** A-law (ITU-T G.711, table 1a): the sign, an exponent of 3 bits and 4 bits of fraction, every other bit inverted. */
const aLaw = (byte: number): number => {
  const code = byte ^ 0x55
  const exponent = (code >> 4) & 7
  const size = ((code & 15) << 4) + 8
  const value = exponent === 0 ? size : (size + 256) << (exponent - 1)
  return (code & 128 ? value : -value) / 2 ** 15
}

/** µ-law (ITU-T G.711, table 2a): all bits inverted, and 33 of 8159 added before. */
const muLaw = (byte: number): number => {
  const code = ~byte & 255
  const value = ((((code & 15) << 3) + 132) << ((code >> 4) & 7)) - 132
  return (code & 128 ? 0 - value : value) / 2 ** 15
}

/** Integers are fractions of their range; 8-bit ones are unsigned (Microsoft, Multimedia Programming Interface 1.0). */
const readers = {
  pcm8: (view, at) => (view.getUint8(at) - 128) / 128,
  pcm16: (view, at, little) => view.getInt16(at, little) / 2 ** 15,
  pcm24: (view, at, little) =>
    (view.getUint8(at + (little ? 0 : 2)) + 256 * view.getUint8(at + 1) + 65536 * view.getInt8(at + (little ? 2 : 0))) /
    2 ** 23,
  pcm32: (view, at, little) => view.getInt32(at, little) / 2 ** 31,
  float32: (view, at, little) => view.getFloat32(at, little),
  float64: (view, at, little) => view.getFloat64(at, little),
  aLaw: (view, at) => aLaw(view.getUint8(at)),
  muLaw: (view, at) => muLaw(view.getUint8(at)),
} as const satisfies Readonly<Record<string, Read>>

const widths = { pcm8: 1, pcm16: 2, pcm24: 3, pcm32: 4, float32: 4, float64: 8, aLaw: 1, muLaw: 1 } as const

const pcm = 1
const ieeeFloat = 3
const extensible = 0xfffe

// By format and bytes a sample: fewer bits lie in the upper ones of them.
const encodings: ReadonlyMap<string, keyof typeof readers> = new Map([
  [`${pcm}/1`, 'pcm8'],
  [`${pcm}/2`, 'pcm16'],
  [`${pcm}/3`, 'pcm24'],
  [`${pcm}/4`, 'pcm32'],
  [`${ieeeFloat}/4`, 'float32'],
  [`${ieeeFloat}/8`, 'float64'],
  ['6/1', 'aLaw'],
  ['7/1', 'muLaw'],
])

const fourCharacters = (view: DataView, at: number): string =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3))

interface Chunk {
  readonly start: number
  readonly size: number
}

interface Riff {
  /** RIFF and RF64 are little-endian, RIFX is not. */
  readonly little: boolean
  /** The first chunk of each name. */
  readonly chunks: ReadonlyMap<string, Chunk>
}

/**
 * A size that was not known when the header was written into a pipe: 2³² − 1 of ffmpeg and RF64, 2³¹ − 1 of arecord and
 * 2³¹ − 4096 of sox are taken for one if the file is shorter.
 */
const leastPlaceholder = 0x7ffff000

const sizeOf64 = (view: DataView, at: number): number =>
  view.getUint32(at, true) + 2 ** 32 * view.getUint32(at + 4, true)

/**
 * How many bytes of sound there are. The size of the chunk counts, or that of ds64 in RF64; if it was not known when the
 * header was written, all that follows is sound: so for a 0 that ends the file by its own account, although more follows.
 */
const soundSize = (
  view: DataView,
  start: number,
  declared: number,
  riffEnd: number,
  long: number | undefined,
): number => {
  const rest = view.byteLength - start
  if (declared === 0xffffffff && long !== undefined && long <= rest) return long
  if (declared > rest && declared >= leastPlaceholder) return rest
  if (declared === 0 && (riffEnd <= start || riffEnd >= leastPlaceholder)) return rest
  return declared
}

/**
 * The chunks of a RIFF file. The size of the whole is only used where that of the sound is missing: programs write it
 * wrong, and a file that lacks bytes is noticed by its chunks. What follows the sound and is no chunk is ignored.
 */
const readChunks = (view: DataView, refuse: Refuse): Riff => {
  const length = view.byteLength
  if (length < 12) throw refuse('truncated', 'a header of 12 bytes', `${length} bytes`, damaged)
  const [riff, wave] = [fourCharacters(view, 0), fourCharacters(view, 8)]
  if (!['RIFF', 'RIFX', 'RF64', 'BW64'].includes(riff) || wave !== 'WAVE') {
    throw refuse(
      'magic',
      'RIFF … WAVE',
      JSON.stringify(`${riff} … ${wave}`),
      'It is not a wav file. Is this the right file?',
    )
  }
  const little = riff !== 'RIFX'
  const riffEnd = 8 + view.getUint32(4, little)
  const chunks = new Map<string, Chunk>()
  let long: number | undefined
  let at = 12
  while (at + 8 <= length) {
    const name = fourCharacters(view, at)
    const declared = view.getUint32(at + 4, little)
    const start = at + 8
    const size = name === 'data' ? soundSize(view, start, declared, riffEnd, long) : declared
    if (start + size > length) {
      if (chunks.has('fmt ') && chunks.has('data')) break
      throw refuse('truncated', `${size} bytes of ${JSON.stringify(name)}`, `${length - start} bytes`, damaged)
    }
    if (name === 'ds64' && size >= 16) long ??= sizeOf64(view, start + 8)
    if (!chunks.has(name)) chunks.set(name, { start, size })
    at = start + size + (size & 1)
  }
  return { little, chunks }
}

const readFormat = (view: DataView, { start, size }: Chunk, little: boolean, refuse: Refuse): Format => {
  if (size < 16) throw refuse('truncated', "16 bytes of 'fmt '", `${size} bytes`, damaged)
  const declared = view.getUint16(start, little)
  // An extensible format names the real one at the start of its GUID.
  const code = declared === extensible && size >= 26 ? view.getUint16(start + 24, little) : declared
  const channels = view.getUint16(start + 2, little)
  const sampleRate = view.getUint32(start + 4, little)
  const bits = view.getUint16(start + 14, little)
  const encoding = encodings.get(`${code}/${Math.ceil(bits / 8)}`)
  if (encoding === undefined) {
    throw refuse(
      'unsupported',
      'PCM of 8, 16, 24 or 32 bits, floats of 32 or 64, A-law or µ-law',
      `format ${code} with ${bits} bits`,
      'Convert it: ffmpeg -i in.wav -c:a pcm_s16le out.wav.',
    )
  }
  const frame = channels * widths[encoding]
  if (channels === 0 || sampleRate === 0 || view.getUint16(start + 12, little) !== frame) {
    throw refuse(
      'mismatch',
      `frames of ${frame} bytes for ${channels} channels of ${encoding}`,
      `${view.getUint16(start + 12, little)} bytes at ${sampleRate} Hz`,
      damaged,
    )
  }
  return { channels, sampleRate, encoding }
}

/**
 * Decodes a wav file: PCM of 8, 16, 24 or 32 bits, floats of 32 or 64, A-law or µ-law, any number of channels; RIFF, RIFX,
 * RF64 and BW64. A file that was written into a pipe, and so without sizes, is sound up to its end.
 * @example
 * const sound = decodeWav(encodeWav({ sampleRate: 8000, shape: [2, 1], samples: Float32Array.of(0, 0.5) }), { file: 'a.wav' })
 * E.isRight(sound) && sound.right.samples // [0, 0.5]
 */
export const decodeWav = operation(
  'data.decodeWav',
  { at: 1, names: ['file'] },
  (bytes: Uint8Array, { file }: Named): Either<DataError, Sound> =>
    decoding(() => {
      const refuse = refusing(file)
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const { little, chunks } = readChunks(view, refuse)
      const found = [...chunks.keys()].map((name) => JSON.stringify(name)).join(', ')
      const chunk = (name: string): Chunk => {
        const held = chunks.get(name)
        if (held !== undefined) return held
        throw refuse('truncated', `a chunk '${name}'`, found === '' ? 'none' : found.slice(0, 80), damaged)
      }
      const { channels, sampleRate, encoding } = readFormat(view, chunk('fmt '), little, refuse)
      const { start, size } = chunk('data')
      const frame = channels * widths[encoding]
      // Behind sound without a size a last frame may have been cut off.
      const open = start + size === bytes.length && size !== view.getUint32(start - 4, little)
      const whole = open ? size - (size % frame) : size
      if (whole % frame !== 0) throw refuse('truncated', `whole frames of ${frame} bytes`, `${size} bytes`, damaged)
      const read: Read = readers[encoding]
      const width = widths[encoding]
      const samples = Float32Array.from({ length: whole / width }, (_, i) => read(view, start + i * width, little))
      return { sampleRate, shape: [whole / frame, channels], samples }
    }),
)

export interface EncodeWavOptions {
  /** 'pcm16' unless said, which rounds to 1/32768 and clips beyond −1 and 1; 'float32' keeps every bit. */
  readonly encoding?: 'pcm16' | 'float32'
}

/**
 * The bytes of a wav file.
 * @example encodeWav({ sampleRate: 8000, shape: [2, 1], samples: Float32Array.of(0, 0.5) }).length // 48
 */
export const encodeWav = operation(
  'data.encodeWav',
  { at: 1, names: ['encoding'] },
  ({ sampleRate, shape: [, channels], samples }: Sound, { encoding = 'pcm16' }: EncodeWavOptions = {}): Uint8Array => {
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
  },
)
