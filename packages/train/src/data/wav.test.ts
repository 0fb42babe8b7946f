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
    ['12 bits', wav(1, 1, 12, [0, 0]), 'unsupported'],
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
