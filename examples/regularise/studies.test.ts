import { beforeAll, describe, expect, it } from 'vitest'
import type { Figures } from '../runner/example.js'
import { figure, resultsOf, type ShortRun, shortRun } from '../runner/short-run.js'
import { example } from './example.js'
import { target } from './studies.js'

let run: ShortRun
beforeAll(async () => {
  run = await shortRun(example, ['--seeds', '2', '--images', '3000', '--few', '300'])
})

const starts = ['start 0', 'start 1']

describe('on drawn digits', () => {
  it('batch normalisation reaches the target in fewer steps, from every start', () => {
    const races = resultsOf(run).figures['steps until trained'] as Figures
    for (const start of starts) {
      const plain = (races.plain as Figures)[start] as Figures
      expect(figure(races, 'batch norm', start, 'steps')).toBeLessThan(
        typeof plain.steps === 'number' ? plain.steps : Number.POSITIVE_INFINITY,
      )
      expect(figure(races, 'batch norm', start, 'leastLoss')).toBeLessThan(target)
    }
  })
  it('dropout narrows the gap between images that were seen and others, from every start', () => {
    const known = resultsOf(run).figures['what is known'] as Figures
    const gap = (name: string, start: string): number =>
      figure(known, name, start, 'testLoss') - figure(known, name, start, 'trainLoss')
    for (const start of starts) {
      expect(gap('dropout', start)).toBeLessThan(gap('plain', start))
      expect(gap('dropout', start)).toBeGreaterThan(0)
    }
  })
  it('draws both studies', () => {
    expect(resultsOf(run).plots).toEqual(['batch-norm.svg', 'dropout.svg'])
    expect(run.files['batch-norm.svg']).toContain('batch norm')
    expect(run.files['dropout.svg']).toContain('dropout')
  })
})
