import { join } from 'node:path'
import { np, random } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { figure, resultsOf, shortRun } from '../runner/short-run.js'
import { crops, stretched } from './crops.js'
import { drawNuclei } from './drawn-nuclei.js'
import { example } from './example.js'
import { halved, select, split, wholly } from './nuclei.js'
import { otsuMask, otsuThreshold } from './otsu.js'

describe('without files', () => {
  it('a few steps learn more of drawn nuclei than a mask of everything knows', async () => {
    const run = await shortRun(example, ['--epochs', '5', '--limit', '20', '--width', '4', '--batch', '4'])
    expect(run.errors).toBe('')
    const { figures, data } = resultsOf(run)
    expect(data.kind).toBe('stand-in')
    const truth = drawNuclei({ seed: 0, count: 20, size: 128 })
    const share = split(truth)[1].instances.filter((nucleus) => nucleus > 0).length / (4 * 128 * 128)
    expect(figure(figures, 'unet', 'pooledIou')).toBeGreaterThan(share)
    expect(figure(figures, 'otsu', 'pooledIou')).toBeGreaterThan(share)
    expect(figure(figures, 'judgedImages')).toBe(4)
    expect(run.files['masks.svg']).toContain('what was found')
  }, 120_000)
  it('settings are chosen by images that are learnt from otherwise', async () => {
    const run = await shortRun(example, ['--epochs', '1', '--limit', '20', '--width', '1', '--validate', '1'])
    expect(figure(resultsOf(run).figures, 'judgedImages')).toBe(3)
  }, 60_000)
  it('a folder that is missing is said to be missing', async () => {
    const run = await shortRun(example, ['--data', 'nowhere'])
    expect(run.code).toBe(1)
    expect(run.errors).toContain(join('nowhere', 'dsb2018', 'images'))
  })
})

describe('data', () => {
  const nuclei = drawNuclei({ seed: 1, count: 10, size: 32 })
  it('are drawn the same by the same seed, every fifth held out, none twice', () => {
    expect(drawNuclei({ seed: 1, count: 10, size: 32 })).toEqual(nuclei)
    const [train, test] = split(nuclei)
    expect([train.count, test.count]).toEqual([8, 2])
    expect(test).toEqual(select(nuclei, [4, 9]))
  })
  it('are halved by means', () => {
    const image = Uint8Array.of(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23)
    const half = (...instances: number[]) =>
      halved({
        count: 1,
        size: 2,
        images: image,
        instances: Uint8Array.from(instances),
        covered: wholly(Uint8Array.from(instances)),
      })
    expect([half(2, 0, 0, 0), half(0, 0, 0, 0), half(1, 2, 0, 2)].map(({ covered }) => covered[0])).toEqual([
      64, 0, 191,
    ])
    expect([...half(0, 0, 0, 0).images]).toEqual([10, 12, 14])
    expect([half(2, 0, 0, 0), half(2, 0, 0, 2), half(1, 2, 0, 2)].map(({ instances }) => instances[0])).toEqual([
      0, 2, 2,
    ])
  })
  it('are stretched to all brightnesses', () => {
    const { images } = stretched({ ...nuclei, images: nuclei.images.map((value) => 40 + value / 8) })
    expect([Math.min(...images), Math.max(...images)]).toEqual([0, 255])
  })
  it('crops keep pixels and masks together, and are others in each epoch', () => {
    // What is covered tells what the first channel is.
    const told = {
      ...nuclei,
      covered: Uint8Array.from({ length: 10 * 32 * 32 }, (_, i) => nuclei.images[3 * i] as number),
    }
    const source = crops(told, 16, random.key(0))
    const [first, again, later] = [source.at(3, 0), source.at(3, 0), source.at(3, 1)]
    expect(np.arrayEqual(first.x, again.x).item()).toBe(true)
    expect(np.arrayEqual(first.x, later.x).item()).toBe(false)
    for (const { x, y } of [first, later]) {
      expect(x.shape).toEqual([16, 16, 3])
      expect(np.arrayEqual(np.take(x, 0, { axis: 2 }), y).item()).toBe(true)
    }
  })
})

describe('otsuThreshold', () => {
  it('splits two kinds of grey, and is the best of all by trying each', () => {
    const grey = Uint8Array.from({ length: 500 }, (_, i) => (i % 3 === 0 ? 150 + (i % 40) : 20 + (i % 60)))
    const variance = (values: readonly number[]): number => {
      const mean = values.reduce((a, b) => a + b, 0) / values.length
      return values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
    }
    const within = (threshold: number): number =>
      variance([...grey].filter((value) => value <= threshold)) +
      variance([...grey].filter((value) => value > threshold))
    const best = Math.min(...Array.from({ length: 149 }, (_, i) => within(20 + i)))
    expect(within(otsuThreshold(grey))).toBeCloseTo(best, 6)
    expect(otsuThreshold(Uint8Array.of(10, 12, 11, 200, 201))).toBe(12)
    expect([...otsuMask(Uint8Array.of(9, 9, 9, 240, 240, 240))]).toEqual([0, 1])
  })
})
