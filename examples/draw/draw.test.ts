import { beforeAll, describe, expect, it } from 'vitest'
import { resultsOf, shortRun } from '../runner/short-run.js'
import { example } from './example.js'

type Verdicts = Readonly<Record<string, { readonly fid?: number }>>

describe('draw', () => {
  let run: Awaited<ReturnType<typeof shortRun>>
  // Fifty pictures are what is painted at a time.
  beforeAll(async () => {
    run = await shortRun(example, ['--steps', '1', '--part', '4', '--samples', '50'])
  }, 240_000)
  const verdicts = (): Verdicts => resultsOf(run).figures['Drawn digits'] as Verdicts

  it('learns from what it draws itself', () => {
    expect(run.errors).toBe('')
    expect(resultsOf(run).data.kind).toBe('stand-in')
  })
  it.each(['DCGAN', 'BigGAN', 'VAE', 'diffusion'])('%s learns, paints and is judged', (name) => {
    const fid = verdicts()[name]?.fid as number
    expect(fid).toBeGreaterThan(0)
    // Real pictures are closer to real ones than what a few steps of learning give.
    expect(verdicts()['real ones']?.fid).toBeLessThan(fid)
    const pictures = Object.keys(run.files).filter((file) => file.includes(name.toLowerCase()))
    expect(pictures.length).toBeGreaterThanOrEqual(3)
  })
})
