import { join } from 'node:path'
import { np, random } from '@puregrad/core'
import { losses } from '@puregrad/nn'
import { describe, expect, it } from 'vitest'
import { figure, resultsOf, shortRun } from '../runner/short-run.js'
import { madeVoices } from '../speak/voices.js'
import { example } from './example.js'
import { bands, hear, stripes, varied } from './hearing.js'
import { lettersOf, logsOfDigits, spelled } from './letters.js'

describe('without files', () => {
  it('a few epochs understand more of a made voice than chance, and write letters down', async () => {
    const run = await shortRun(example, ['--epochs', '20', '--batch', '8', '--width', '24'])
    expect(run.errors).toBe('')
    const { figures, data } = resultsOf(run)
    expect(data.kind).toBe('stand-in')
    expect(figure(figures, 'judged')).toBe(20)
    expect(figure(figures, 'digitAccuracy')).toBeGreaterThan(0.3)
    expect(run.files['confusion.svg']).toContain('seven')
    expect(run.text).toMatch(/letters, beam/)
  }, 180_000)

  it('a folder that is missing is said to be missing', async () => {
    const run = await shortRun(example, ['--data', 'nowhere'])
    expect(run.code).toBe(1)
    expect(run.errors).toContain(join('nowhere', 'fsdd', 'recordings'))
  })
})

describe('letters', () => {
  it('of digits are those of their names', () => {
    const { labels, paddings } = lettersOf(np.array([3, 6], { dtype: 'int32' }))
    const [three, six] = labels.toArray() as [number[], number[]]
    expect([spelled(three, 5), spelled(six, 3)]).toEqual(['three', 'six'])
    expect(paddings.toArray()).toEqual([
      [0, 0, 0, 0, 0],
      [0, 0, 0, 1, 1],
    ])
  })
  it('say how likely each digit is', () => {
    const logits = random.normal(random.key(0), [2, 12, 27])
    const logs = logsOfDigits(logits, np.zeros([2, 12]))
    const { labels, paddings } = lettersOf(np.array([8, 8], { dtype: 'int32' }))
    expect(logs.shape).toEqual([2, 10])
    expect(
      np.allclose(logs.slice({}, 8), losses.ctcLoss(logits, np.zeros([2, 12]), labels, paddings).neg()).item(),
    ).toBe(true)
  })
})

describe('hearing', () => {
  const [first, second] = madeVoices() as unknown as [{ samples: Float32Array; digit: number; speaker: string }, never]
  it('brings every band to mean 0 and variance 1, and takes as many frames as there are', () => {
    const { spectra, frames } = hear([first, second], [1])
    const heard = np.array(spectra[0]?.[0] as Float32Array).reshape([-1, bands])
    expect(heard.shape[0]).toBe(Math.floor(first.samples.length / 80) + 1)
    expect(frames).toBe(Math.max(...spectra.map(([one]) => (one as Float32Array).length / bands)))
    expect(np.max(np.abs(np.mean(heard, { axis: 0 }))).item()).toBeLessThan(1e-4)
    expect(np.max(np.std(heard, { axis: 0 })).item()).toBeLessThan(1.01)
  })
  it('varies speed and silence, the same for a position and an epoch', () => {
    const source = varied(hear([first, second], [0.8, 1]), random.key(1))
    const frames = (epoch: number): number => np.sum(source.at(0, epoch).x.mask).item() as number
    const all = Array.from({ length: 12 }, (_, epoch) => frames(epoch))
    expect(new Set(all).size).toBeGreaterThan(3)
    expect(frames(5)).toBe(all[5])
    expect(source.at(1).y.item()).toBe(0)
    // The same sound in the same place, at times in another throat.
    const sums = Array.from({ length: 40 }, (_, epoch) => {
      const { x, mask } = source.at(0, epoch).x
      return [np.sum(mask).item() as number, (np.sum(np.abs(x)).item() as number).toFixed(1)] as const
    })
    expect(new Set(sums.filter(([count]) => count === sums[0]?.[0]).map(([, sum]) => sum)).size).toBeGreaterThan(1)
  })
  it('hides stripes in training alone', () => {
    const x = np.ones([3, 50, bands])
    const input = { x, mask: np.ones([3, 50]) }
    expect(stripes.apply(null, null, input, { mode: 'eval' })[0].x).toBe(x)
    const [{ x: hidden }] = stripes.apply(null, null, input, { mode: 'train', key: random.key(2) })
    const part = np.mean(hidden).item() as number
    expect(part).toBeGreaterThan(0.5)
    expect(part).toBeLessThan(1)
  })
})
