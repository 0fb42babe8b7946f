import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { np } from '@puregrad/core'
import fc from 'fast-check'
import { encode as encodePng } from 'fast-png'
import * as E from 'fp-ts/lib/Either.js'
import jpeg from 'jpeg-js'
import { describe, expect, it } from 'vitest'
import { decodeIdx, encodeIdx } from './arrays/idx.js'
import { decodeNpy, encodeNpy } from './arrays/npy.js'
import { decodeNpz, encodeNpz } from './arrays/npz.js'
import { decodeSafetensors, encodeSafetensors } from './arrays/safetensors.js'
import { decodeTfjs } from './arrays/tfjs.js'
import { decodeTorch } from './arrays/torch/torch.js'
import type { DataError } from './bytes/data-error.js'
import { decodeCifar10 } from './images/cifar.js'
import { decodeImage } from './images/image.js'
import { decodeWav, encodeWav } from './sound/wav.js'
import { decodeCsv, decodeCsvNumbers } from './tables/csv.js'
import { decodeLines } from './tables/lines.js'

interface Decoder {
  readonly decode: (bytes: Uint8Array) => E.Either<DataError, unknown>
  /** Files in good order, from which the broken ones are made. */
  readonly samples: readonly Uint8Array[]
  /** Bytes that may be allocated for a byte of the file. */
  readonly expansion?: number
}

const text = (content: string): Uint8Array => new TextEncoder().encode(content)
const file = 'damaged'
const tensors = { w: np.arange(6).astype('float32').reshape([2, 3]), n: np.array([1, 2, 3]), 'a.b': np.array([true]) }
const pixels = Uint8Array.from({ length: 4 * 64 }, (_, i) => (37 * i) % 256)
const interlacedPng =
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQBAAAAAGIb30qAAAALUlEQVQImWPgYOBg8AFClh4QUluHQExuXefQCeHw2feJIRiVXdM7V599TyEDAFZXOLlM5azpAAAAAElFTkSuQmCC'
const transparentPng =
  'iVBORw0KGgoAAAANSUhEUgAAAAQAAAABCAIAAAB2XpiaAAAABnRSTlMA/wAAAACkwsAdAAAAFUlEQVR4nGP8z8DAxMTMwMDAwMAAAAxFAQirCyg3AAAAAElFTkSuQmCC'
const goldenFiles: readonly { readonly name: string; readonly file: string }[] = JSON.parse(
  readFileSync(new URL('../test/fixtures/jpeg.json', import.meta.url), 'utf8'),
)
const goldenJpeg = (name: string): Uint8Array =>
  new Uint8Array(Buffer.from(goldenFiles.find((one) => one.name === name)?.file ?? '', 'base64'))
const torchFiles: { readonly cases: readonly { readonly name: string; readonly file: string }[] } = JSON.parse(
  readFileSync(new URL('../test/fixtures/pth.json', import.meta.url), 'utf8'),
)
const goldenTorch = (name: string): Uint8Array =>
  new Uint8Array(Buffer.from(torchFiles.cases.find((one) => one.name === name)?.file ?? '', 'base64'))
const cifar = new Uint8Array(2 * 3073).fill(3)
const floats = new Uint8Array(Float32Array.of(1, 2, 3).buffer)
const weight = { name: 'w', shape: [3], dtype: 'float32' }

/** zlib makes up to 1032 bytes of one. */
const deflated = 8 * 1032

const decoders: Readonly<Record<string, Decoder>> = {
  idx: {
    decode: (bytes) => decodeIdx(bytes, { file, rank: 3 }),
    samples: [encodeIdx({ shape: [2, 2, 3], data: new Uint8Array(12) })],
  },
  safetensors: {
    decode: (bytes) => decodeSafetensors(bytes, { file }),
    samples: [encodeSafetensors(tensors, { licence: 'MIT' }), encodeSafetensors({})],
  },
  npy: { decode: (bytes) => decodeNpy(bytes, { file }), samples: Object.values(tensors).map(encodeNpy) },
  npz: {
    decode: (bytes) => decodeNpz(bytes, { file }),
    samples: [encodeNpz(tensors), encodeNpz(tensors, { compress: true })],
    expansion: deflated,
  },
  // 64 kB of tensors at most, which may be the same elements over and over.
  'torch archives': {
    decode: (bytes) => decodeTorch(bytes, { file, maxBytes: 1 << 16 }),
    samples: ['a state dict, zip', 'views of one storage, protocol 4', 'all dtypes, zip'].map(goldenTorch),
    expansion: 1 << 16,
  },
  'torch pickles': {
    decode: (bytes) => decodeTorch(bytes, { file, maxBytes: 1 << 16 }),
    samples: ['a checkpoint, pickles', 'views of one storage, pickles', 'shared parameters, pickles'].map(goldenTorch),
    expansion: 1 << 16,
  },
  'tfjs model.json': {
    decode: (bytes) => decodeTfjs(bytes, new Map([['a.bin', floats]]), { file }),
    samples: [text(JSON.stringify({ weightsManifest: [{ paths: ['a.bin'], weights: [weight] }] }))],
  },
  'tfjs shard': {
    decode: (bytes) =>
      decodeTfjs(
        text(JSON.stringify({ weightsManifest: [{ paths: ['a.bin'], weights: [weight] }] })),
        new Map([['a.bin', bytes]]),
        { file },
      ),
    samples: [floats],
  },
  csv: {
    decode: (bytes) => decodeCsv(bytes, { file, columns: { a: 'number', b: 'category' } }),
    samples: [text('a,b\n1,x\n2,"y"\n'), gzipSync('a,b\n1,x\n')],
    expansion: deflated,
  },
  'csv numbers': {
    decode: (bytes) => decodeCsvNumbers(bytes, { file }),
    samples: [text('1,2\n3,4\n'), gzipSync('1,2\n3,4\n')],
    expansion: deflated,
  },
  lines: {
    decode: (bytes) => decodeLines(bytes, { file }),
    samples: [text('añ\nb\r\n'), gzipSync('a\nb')],
    expansion: deflated,
  },
  cifar: { decode: (bytes) => decodeCifar10(bytes, { file }), samples: [cifar, gzipSync(cifar)], expansion: deflated },
  wav: {
    decode: (bytes) => decodeWav(bytes, { file }),
    samples: (['pcm16', 'float32'] as const).map((encoding) =>
      encodeWav({ sampleRate: 8000, shape: [5, 2], samples: new Float32Array(10) }, { encoding }),
    ),
  },
  png: {
    decode: (bytes) => decodeImage(bytes, { file }),
    samples: [
      ...[1, 2, 3, 4].map((channels) =>
        encodePng({ width: 8, height: 8, channels, depth: 8, data: pixels.subarray(0, 64 * channels) }),
      ),
      // Interlaced lines of 4 bits, and a transparent colour.
      ...[interlacedPng, transparentPng].map((base64) => new Uint8Array(Buffer.from(base64, 'base64'))),
    ],
    expansion: deflated,
  },
  jpeg: {
    decode: (bytes) => decodeImage(bytes, { file }),
    samples: [
      new Uint8Array(jpeg.encode({ width: 8, height: 8, data: pixels }, 50).data),
      // One of every kind: progressive, restarts, CMYK, turned.
      ...['4:2:0, progressive', 'restarts after every unit', 'CMYK', 'grey', 'orientation 6'].map(goldenJpeg),
    ],
    // 512 pixels at most, of some 40 bytes each while it works.
    expansion: 512 * 40,
  },
}

type Damage = (bytes: Uint8Array) => Uint8Array

const at = (bytes: Uint8Array, position: number): number => Math.floor(position * bytes.length)
const spliced = (bytes: Uint8Array, start: number, end: number, inserted: Uint8Array): Uint8Array =>
  Uint8Array.from([...bytes.subarray(0, start), ...inserted, ...bytes.subarray(end)])
const position = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
const extreme = fc.constantFrom(
  [255, 255, 255, 255],
  [255, 255, 255, 127],
  [0, 0, 0, 128],
  [0, 0, 0, 0],
  [127, 255, 255, 255],
)

const damage: fc.Arbitrary<Damage> = fc.oneof(
  position.map(
    (p): Damage =>
      (bytes) =>
        bytes.slice(0, at(bytes, p)),
  ),
  fc.tuple(position, fc.nat(7)).map(
    ([p, bit]): Damage =>
      (bytes) => {
        const changed = Uint8Array.from(bytes)
        if (changed.length > 0) changed[at(bytes, p)] = (changed[at(bytes, p)] as number) ^ (1 << bit)
        return changed
      },
  ),
  fc.tuple(position, extreme).map(
    ([p, value]): Damage =>
      (bytes) => {
        const start = at(bytes, p)
        return spliced(bytes, start, Math.min(bytes.length, start + 4), Uint8Array.from(value))
      },
  ),
  fc.tuple(position, fc.uint8Array({ maxLength: 8 })).map(
    ([p, more]): Damage =>
      (bytes) =>
        spliced(bytes, at(bytes, p), at(bytes, p), more),
  ),
  fc.tuple(position, fc.nat(8)).map(
    ([p, n]): Damage =>
      (bytes) =>
        spliced(bytes, at(bytes, p), at(bytes, p) + n, new Uint8Array(0)),
  ),
  // A digit of a text becomes a great number.
  fc.tuple(position, fc.constantFrom('99999999', '1e308', '-1', '4294967296')).map(
    ([p, number]): Damage =>
      (bytes) => {
        const digits = [...bytes.keys()].filter((i) => (bytes[i] as number) >= 48 && (bytes[i] as number) <= 57)
        const start = digits[Math.floor(p * digits.length)]
        return start === undefined ? bytes : spliced(bytes, start, start + 1, text(number))
      },
  ),
)

/** Allocations that no input needs to explain: headers, tables, code. */
const slack = 4 * 2 ** 20

const check = ({ decode, expansion = 256 }: Decoder, bytes: Uint8Array): void => {
  const before = process.memoryUsage().arrayBuffers
  // Time of this process, not of the clock: a busy machine is no fault of the decoder.
  const began = process.cpuUsage()
  const result = decode(bytes)
  const { user, system } = process.cpuUsage(began)
  expect((user + system) / 1000).toBeLessThan(5000)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(slack + expansion * bytes.length)
  if (E.isRight(result)) return
  const { _tag, file: named, kind, expected, found, cure } = result.left
  expect(_tag).toBe('DataError')
  expect(named.startsWith(file)).toBe(true)
  for (const part of [kind, expected, found, cure]) {
    expect(part.length).toBeGreaterThan(0)
    expect(part.length).toBeLessThan(600)
  }
}

describe.each(Object.entries(decoders))('the decoder of %s', (_, decoder) => {
  it('reads its samples', () => {
    for (const sample of decoder.samples) expect(E.isRight(decoder.decode(sample))).toBe(true)
  })

  it('answers any bytes with a value or a tagged error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => check(decoder, bytes)),
      { numRuns: 200 },
    )
  })

  it('answers damaged files with a value or a tagged error, in bounded time and memory', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...decoder.samples),
        fc.array(damage, { minLength: 1, maxLength: 4 }),
        (sample, damages) =>
          check(
            decoder,
            damages.reduce((bytes, harm) => harm(bytes), sample),
          ),
      ),
      { numRuns: 500 },
    )
  })

  it('answers every truncation with a value or a tagged error', () => {
    for (const sample of decoder.samples) {
      const step = Math.ceil(sample.length / 500)
      for (let length = 0; length < sample.length; length += step) check(decoder, sample.slice(0, length))
    }
  })
})

it('a small gzip file that unpacks to much takes no more than deflate can explain', () => {
  const bomb = gzipSync(new Uint8Array(50 * 2 ** 20))
  expect(bomb.length).toBeLessThan(60_000)
  check({ decode: (bytes) => decodeCifar10(bytes, { file }), samples: [], expansion: deflated }, bomb)
})
