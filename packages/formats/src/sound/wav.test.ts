import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { decodeWav, encodeWav } from './wav.js'

/** A wav file with one format chunk, any other chunk before the data, and the data. */
const wav = (
  format: number,
  channels: number,
  bits: number,
  data: readonly number[],
  extra: readonly number[] = [],
) => {
  const body = [...data, ...(data.length % 2 === 1 ? [0] : [])]
  const frame = (channels * bits) / 8
  const extension = format === 0xfffe ? extra : []
  const bytes = new Uint8Array(12 + 8 + 16 + extension.length + 8 + 4 + 8 + body.length)
  const view = new DataView(bytes.buffer)
  const text = (at: number, name: string): void => bytes.set(new TextEncoder().encode(name), at)
  text(0, 'RIFF')
  view.setUint32(4, bytes.length - 8, true)
  text(8, 'WAVEfmt ')
  view.setUint32(16, 16 + extension.length, true)
  view.setUint16(20, format, true)
  view.setUint16(22, channels, true)
  view.setUint32(24, 8000, true)
  view.setUint32(28, 8000 * frame, true)
  view.setUint16(32, frame, true)
  view.setUint16(34, bits, true)
  bytes.set(extension, 36)
  const list = 36 + extension.length
  text(list, 'LIST')
  view.setUint32(list + 4, 3, true)
  text(list + 12, 'data')
  view.setUint32(list + 16, data.length, true)
  bytes.set(body, list + 20)
  return bytes
}
const samples = (bytes: Uint8Array): number[] => {
  const result = decodeWav(bytes, { file: 'a.wav' })
  if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
  return [...result.right.samples]
}
const failure = (bytes: Uint8Array) => {
  const result = decodeWav(bytes, { file: 'a.wav' })
  if (E.isRight(result)) throw new Error('decoded what it should refuse')
  return result.left
}

describe('decodeWav', () => {
  it.each([
    ['8-bit', 1, 8, [0, 128, 255], [-1, 0, 127 / 128]],
    ['16-bit', 1, 16, [0, 128, 255, 127], [-1, 32767 / 32768]],
    ['24-bit', 1, 24, [0, 0, 128, 255, 255, 127, 255, 255, 255], [-1, 8388607 / 8388608, -1 / 8388608]],
    ['32-bit', 1, 32, [0, 0, 0, 192], [-0.5]],
    ['float', 3, 32, [0, 0, 0, 63], [0.5]],
    ['double', 3, 64, [0, 0, 0, 0, 0, 0, 224, 63], [0.5]],
  ])('reads %s samples', (_, format, bits, data, expected) => {
    expect(samples(wav(format, 1, bits, data))).toEqual(expected)
  })

  it('reads the channels of a frame side by side', () => {
    const result = decodeWav(wav(1, 2, 8, [128, 192, 0, 64]), { file: 'a.wav' })
    expect(result).toEqual(E.right({ sampleRate: 8000, shape: [2, 2], samples: Float32Array.of(0, 0.5, -1, -0.5) }))
  })

  it('finds the format behind an extensible one', () => {
    const extension = [22, 0, 16, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113]
    expect(samples(wav(0xfffe, 1, 16, [0, 64], extension))).toEqual([0.5])
  })

  it.each([
    ['another file', new TextEncoder().encode('RIFF....AVI LIST'), 'magic'],
    ['an empty file', new Uint8Array(0), 'truncated'],
    ['a compressed format', wav(2, 1, 16, [0, 0]), 'unsupported'],
    ['40 bits', wav(1, 1, 40, [0, 0, 0, 0, 0]), 'unsupported'],
    ['12 bits in frames of 1 byte', wav(1, 1, 12, [0, 0]), 'mismatch'],
    ['no channels', wav(1, 0, 16, [0, 0]), 'mismatch'],
    ['half a frame', wav(1, 2, 16, [0, 0]), 'truncated'],
  ])('refuses %s', (_, bytes, kind) => {
    expect(failure(bytes)).toMatchObject({ _tag: 'DataError', file: 'a.wav', kind })
  })

  it('refuses a file cut off anywhere', () => {
    const bytes = wav(1, 1, 16, [1, 2, 3, 4])
    for (let length = 0; length < bytes.length - 1; length++)
      expect(failure(bytes.subarray(0, length)).kind).toBe('truncated')
  })
})

/** A wav file of 16 bits as its bytes are written: `sizes` of the whole and of the sound, and what follows. */
const riff = (
  name: string,
  sizes: readonly [riff: number, data: number],
  data: readonly number[],
  {
    little = true,
    before = [],
    after = [],
  }: { little?: boolean; before?: readonly number[]; after?: readonly number[] } = {},
): Uint8Array => {
  const numbers = (width: 2 | 4, ...values: readonly number[]): readonly number[] =>
    values.flatMap((value) => {
      const view = new DataView(new ArrayBuffer(4))
      if (width === 2) view.setUint16(0, value, little)
      else view.setUint32(0, value, little)
      return [...new Uint8Array(view.buffer, 0, width)]
    })
  const text = (characters: string): readonly number[] => [...new TextEncoder().encode(characters)]
  return Uint8Array.from([
    ...text(name),
    ...numbers(4, sizes[0]),
    ...text('WAVE'),
    ...before,
    ...text('fmt '),
    ...numbers(4, 16),
    ...numbers(2, 1, 1),
    ...numbers(4, 8000, 16000),
    ...numbers(2, 2, 16),
    ...text('data'),
    ...numbers(4, sizes[1]),
    ...data,
    ...after,
  ])
}

describe('decodeWav of what real programs write', () => {
  const data = [0, 64, 0, 192]
  const list = [76, 73, 83, 84, 2, 0, 0, 0, 1, 2]
  it.each([
    ['sizes of 0', 0, 0],
    ['the sizes of an empty file, as it was begun', 36, 0],
    ['the greatest sizes', 0xffffffff, 0xffffffff],
    ['sizes of arecord', 0x7fffffff, 0x7fffffdb],
    ['sizes of sox', 0x7ffff024, 0x7ffff000],
    ['the size of the sound alone missing', 0xffffffff, 0],
    ['a size of the whole that is two too small', 38, 4],
    ['a size of the whole that is two too large', 42, 4],
    ['a size of the whole that is 0', 0, 4],
    ['a size of the whole that is far too large', 4000, 4],
  ])('reads sound with %s', (_, whole, sound) => {
    expect(samples(riff('RIFF', [whole, sound], data))).toEqual([0.5, -0.5])
  })

  it('ends sound without a size with the last whole frame', () => {
    expect(samples(riff('RIFF', [0xffffffff, 0xffffffff], [...data, 1]))).toEqual([0.5, -0.5])
  })

  it('keeps an empty sound empty, and what follows sound out of it', () => {
    expect(samples(riff('RIFF', [46, 0], [], { after: list }))).toEqual([])
    expect(samples(riff('RIFF', [50, 4], data, { after: list }))).toEqual([0.5, -0.5])
    expect(samples(riff('RIFF', [40, 4], data, { after: [1, 2, 3, 4, 5, 6, 7, 8, 9] }))).toEqual([0.5, -0.5])
    expect(failure(riff('RIFF', [44, 8], data)).kind).toBe('truncated')
  })

  it('reads RIFX, whose numbers are big-endian', () => {
    expect(samples(riff('RIFX', [40, 4], [64, 0, 192, 0], { little: false }))).toEqual([0.5, -0.5])
  })

  it.each(['RF64', 'BW64'])('reads %s, whose sizes stand in a chunk of their own', (name) => {
    const ds64 = (size: number) => [
      ...[100, 115, 54, 52, 28, 0, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0],
      ...[size, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]
    const sizes = [0xffffffff, 0xffffffff] as const
    expect(samples(riff(name, sizes, data, { before: ds64(4), after: list }))).toEqual([0.5, -0.5])
    expect(samples(riff(name, sizes, data, { before: ds64(0) }))).toEqual([])
    expect(samples(riff(name, sizes, data))).toEqual([0.5, -0.5])
  })

  it('reads A-law and µ-law by the tables of ITU-T G.711', () => {
    // The least, the next and the greatest of each sign, as audioop of Python has them.
    const aLaw = [0xd5, 0xd4, 0xaa, 0x55, 0x54, 0x2a, 0x80]
    expect(samples(wav(6, 1, 8, aLaw)).map((x) => x * 32768)).toEqual([8, 24, 32256, -8, -24, -32256, 5504])
    const muLaw = [0xff, 0xfe, 0x80, 0x7f, 0x7e, 0x00, 0xaa]
    expect(samples(wav(7, 1, 8, muLaw)).map((x) => x * 32768)).toEqual([0, 8, 32124, 0, -8, -32124, 5372])
  })

  it('takes fewer bits than a sample has bytes for from the upper ones', () => {
    const bytes = wav(1, 1, 16, [0, 64])
    bytes[34] = 12
    expect(samples(bytes)).toEqual([0.5])
  })

  it.each([
    [16, [64, 0]],
    [24, [192, 0, 1]],
    [32, [64, 0, 0, 0]],
  ])('reads %i bits of RIFX', (bits, sample) => {
    const bytes = riff('RIFX', [36 + sample.length, sample.length], sample, { little: false })
    bytes.set([0, bits / 8, 0, bits], 32)
    expect(samples(bytes)).toEqual([bits === 24 ? Math.fround(-0.5 + 2 ** -23) : 0.5])
  })
})

describe('encodeWav', () => {
  it('is undone by decodeWav: floats exactly, 16 bits to half a step', () => {
    const sound = fc.integer({ min: 1, max: 3 }).chain((channels) =>
      fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { maxLength: 20 }).map((all) => {
        const frames = Math.floor(all.length / channels)
        return {
          sampleRate: 44100,
          shape: [frames, channels] as const,
          samples: Float32Array.from(all.slice(0, frames * channels)),
        }
      }),
    )
    fc.assert(
      fc.property(sound, (original) => {
        expect(decodeWav(encodeWav(original, { encoding: 'float32' }), { file: 'a' })).toEqual(E.right(original))
        const rounded = samples(encodeWav(original))
        rounded.forEach((sample, i) => {
          // The largest positive number of 16 bits is one step below 1.
          expect(Math.abs(sample - Math.min(32767 / 32768, original.samples[i] as number))).toBeLessThanOrEqual(
            0.5 / 32768,
          )
        })
      }),
    )
  })
})

const recordings = join(process.env.PUREGRAD_DATA ?? 'no-data', 'fsdd', 'recordings')

if (existsSync(recordings))
  describe('recordings from elsewhere', () => {
    it('reads 900 spoken digits at 8 kHz', () => {
      const sounds = readdirSync(recordings).map((name) =>
        decodeWav(readFileSync(join(recordings, name)), { file: name }),
      )
      expect(sounds).toHaveLength(900)
      for (const sound of sounds) {
        if (E.isLeft(sound)) throw new Error(JSON.stringify(sound.left))
        const { sampleRate, shape, samples } = sound.right
        expect([sampleRate, shape[1]]).toEqual([8000, 1])
        expect(samples.some((sample) => Math.abs(sample) > 0.01)).toBe(true)
      }
    })
  })
