import { describe, expect, it } from 'vitest'
import { resultsOf, shortRun } from '../runner/short-run.js'
import { example } from './example.js'

describe('draw', () => {
  it.each([
    [1, 'DCGAN'],
    [2, 'BigGAN'],
    [3, 'VAE'],
    [4, 'diffusion'],
  ])('painter %i learns, paints and is judged', { timeout: 240_000 }, async (only, name) => {
    const run = await shortRun(example, ['--only', String(only), '--steps', '1', '--part', '4', '--samples', '50'])
    expect(run.errors).toBe('')
    const { figures, data, plots } = resultsOf(run)
    expect(data.kind).toBe('stand-in')
    const all = (figures as Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>)[
      'Drawn digits'
    ]
    expect(all?.[name]?.fid).toBeGreaterThan(0)
    // Real pictures are closer to real ones than what a few steps of learning give.
    expect(all?.['real ones']?.fid).toBeLessThan(all?.[name]?.fid as number)
    expect(plots.length).toBeGreaterThanOrEqual(3)
  })
})
