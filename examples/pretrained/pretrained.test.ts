import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { np } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { figure, resultsOf, shortRun } from '../runner/short-run.js'
import { example } from './example.js'
import { inMiddle, lookSheet } from './looks.js'

describe('without files', () => {
  it('a network that went through a file gives its logits, and shows where it looks', async () => {
    const run = await shortRun(example)
    const { figures } = resultsOf(run)
    expect(figure(figures, 'drawn digits', 'largestDifference')).toBe(0)
    expect(figure(figures, 'drawn digits', 'accuracy')).toBeGreaterThan(0.6)
    // A quarter of the area; digits stand in the middle.
    expect(figure(figures, 'drawn digits', 'saliencyInMiddle')).toBeGreaterThan(0.3)
    expect(run.files['digits.svg']?.match(/<image /g)).toHaveLength(6 * 4)
  }, 180_000)

  it('a file that is missing is said to be missing', async () => {
    const run = await shortRun(example, ['--data', 'nowhere'])
    expect(run.code).toBe(1)
    expect(run.errors).toContain(join('nowhere', 'pretrained'))
  })
})

describe('looks', () => {
  it('lie in the middle as much as they do', () => {
    expect(inMiddle(np.ones([8, 8]))).toBeCloseTo(0.25)
    expect(inMiddle(np.zeros([8, 8]).at(4, 4).set(2))).toBeCloseTo(1)
  })

  it('are drawn with safe captions', () => {
    const map = np.ones([2, 2])
    const sheet = lookSheet('a < b', [{ image: np.ones([4, 4, 3]), caption: 'x & y', cam: map, pixels: map }])
    expect(sheet).toContain('a &lt; b')
    expect(sheet).toContain('x &amp; y')
  })
})

const data = process.env.PUREGRAD_DATA ?? ''
if (existsSync(join(data, 'pretrained')))
  it('with files, every network gives the logits of its reference to 1e-3', async () => {
    const run = await shortRun(example, ['--data', data])
    const { figures } = resultsOf(run)
    const names = ['ResNet-20', 'SqueezeNet 1.0', 'DoodleNet']
    const differences = names.map((name) => figure(figures, name, 'largestDifference'))
    expect(differences.filter((difference) => difference >= 1e-3)).toEqual([])
    expect(figure(figures, 'ResNet-20', 'accuracy')).toBeCloseTo(0.915, 6)
  }, 180_000)
