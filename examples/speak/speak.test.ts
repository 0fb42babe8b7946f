import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { np, random } from '@puregrad/core'
import { data } from '@puregrad/train/node'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { figure, resultsOf, shortRun } from '../runner/short-run.js'
import { crops, wholes } from './crops.js'
import { example } from './example.js'
import { ngramBits } from './ngrams.js'
import { pictureOf, pictureShape } from './pictures.js'
import { loadSpeakers } from './recordings.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puregrad-speak-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('without files', () => {
  it('a few steps know more of a made voice than counting alone, and speak ten digits', async () => {
    const run = await shortRun(example, [
      '--steps',
      '25',
      '--classes',
      '64',
      '--length',
      '600',
      '--judge',
      '3',
      '--out',
      folder,
    ])
    expect(run.errors).toBe('')
    const { figures, data: used } = resultsOf(run)
    expect(used.kind).toBe('stand-in')
    expect(figure(figures, '64 classes', 'bits')).toBeLessThan(figure(figures, '64 classes', 'ngrams', 'order0'))
    expect(run.files['spoken-64.svg']).toContain('3, made up')
    expect(run.files['curves.svg']).toContain('64 classes')
    const sound = data.decodeWav(await readFile(join(folder, 'speak', 'spoken-64.wav')), { file: 'spoken' })
    expect(E.isRight(sound) && sound.right.shape).toEqual([10 * (600 + 2000), 1])
  }, 120_000)

  it('a folder that is missing is said to be missing', async () => {
    const run = await shortRun(example, ['--data', 'nowhere'])
    expect(run.code).toBe(1)
    expect(run.errors).toContain(join('nowhere', 'fsdd', 'recordings'))
  })

  it('nobody who is judged by is learnt from, and validation does not look at who is held out', async () => {
    for (const validate of [false, true]) {
      const loaded = await loadSpeakers(undefined, validate)
      if (E.isLeft(loaded)) throw new Error(loaded.left)
      const { train, judged, speaker } = loaded.right
      const speakers = new Set(train.map((recording) => recording.speaker))
      expect(speaker).toBe(validate ? 'nicolas' : 'yweweler')
      expect(judged.every((recording) => recording.speaker === speaker)).toBe(true)
      expect([speakers.has(speaker), speakers.has('yweweler')]).toEqual([false, false])
    }
  })
})

describe('counts', () => {
  it('fall back as often as they saw something new', () => {
    // 0 1 0 1: p(0) = p(1) = 3/6; after 0 twice 1, one class: (2 + 1/2) / 3; after 1 once 0: (0 + 1/2) / 2 for 1.
    const { order0, order1, order2 } = ngramBits([Int32Array.of(0, 1, 0, 1)], [Int32Array.of(0, 1, 1)], 2)
    expect(order0).toBeCloseTo(1, 12)
    expect(order1).toBeCloseTo((1 - Math.log2(2.5 / 3) - Math.log2(0.5 / 2)) / 3, 12)
    // After 0 1 once 0, one class: (0 + 1/4) / 2 for 1.
    expect(order2).toBeCloseTo((1 - Math.log2(2.5 / 3) - Math.log2(0.25 / 2)) / 3, 12)
  })
})

describe('crops', () => {
  const recording = { digit: 7, codes: Int32Array.from({ length: 50 }, (_, t) => t) }
  it('are parts of recordings, each sample behind the one before it', () => {
    const source = crops([recording], { classes: 64, length: 8, count: 20, key: random.key(0) })
    const starts = new Set<number>()
    for (let i = 0; i < source.length; i++) {
      const { x, y } = source.at(i)
      const [before, next] = [x.x.toArray(), y.toArray()] as [number[], number[]]
      const start = next[0] as number
      expect(next).toEqual(Array.from({ length: 8 }, (_, t) => start + t))
      expect(before).toEqual(next.map((n) => (n === 0 ? 32 : n - 1)))
      expect(x.label?.item()).toBe(7)
      starts.add(start)
    }
    expect(starts.size).toBeGreaterThan(5)
    expect(source.at(3).y.toArray()).toEqual(source.at(3).y.toArray())
  })
  it('of whole recordings end where these do', () => {
    const [whole] = wholes([recording], 64)
    expect(whole?.input.x.shape).toEqual([1, 2048])
    expect(np.sum(whole?.next.ge(0).astype('int32') ?? 0).item()).toBe(50)
  })
})

describe('pictures', () => {
  it('of a tone have a line at its pitch, and its waveform above', () => {
    const tone = Float32Array.from({ length: 4000 }, (_, t) => Math.sin((2 * Math.PI * 1000 * t) / 8000))
    const pixels = pictureOf(tone, 8000)
    const [height, width] = pictureShape
    expect(pixels.length).toBe(height * width)
    const column = Array.from({ length: 64 }, (_, i) => pixels[(height - 64 + i) * width + 64] as number)
    const brightest = column.indexOf(Math.max(...column))
    expect(Math.min(...column)).toBe(0)
    // 1000 Hz are 15 of the 31.2 mels up to 4000 Hz.
    expect(63 - brightest).toBeGreaterThan(24)
    expect(63 - brightest).toBeLessThan(36)
  })
})
