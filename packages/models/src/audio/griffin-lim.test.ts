import { jit, np, random, type Tensor, vmap } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectNear, golden, type Numbers } from '../../test/golden.js'
import { griffinLim } from './griffin-lim.js'
import { spectrogram } from './spectrogram.js'

const { sound, griffinLim: expected } = golden<{ readonly sound: readonly number[]; readonly griffinLim: Numbers }>(
  'audio',
)
const x = np.array(sound, { dtype: 'float64' })
const frames = { hop: 8 } as const
const strengths = spectrogram(x, 32, { ...frames, power: 1 })
const distance = (y: Tensor): number =>
  np.linalg.norm(spectrogram(y, 32, { ...frames, power: 1 }).sub(strengths)).item() as number

describe('griffinLim', () => {
  it("is the published iteration, by PyTorch's transforms", () => {
    expectNear(griffinLim(strengths, 32, { ...frames, iterations: 6 }), expected, 1e-8)
  })

  it('without momentum is never further away after another step', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), (seed) => {
        const options = { ...frames, momentum: 0, key: random.key(seed), padding: 'constant' as const }
        const given = spectrogram(x, 32, { ...frames, padding: 'constant', power: 1 })
        const far = [0, 1, 2, 5, 10].map((iterations) => {
          const y = griffinLim(given, 32, { ...options, iterations })
          const found = spectrogram(y, 32, { ...frames, padding: 'constant', power: 1 })
          return np.linalg.norm(found.sub(given)).item() as number
        })
        for (let i = 1; i < far.length; i++) expect(far[i]).toBeLessThanOrEqual((far[i - 1] as number) * 1.01)
      }),
      { numRuns: 5 },
    )
  })

  it('comes near, nearer with momentum, and does the same to each of many, jitted', () => {
    const key = random.key(1)
    const start = distance(griffinLim(strengths, 32, { ...frames, key, iterations: 0 }))
    const slow = distance(griffinLim(strengths, 32, { ...frames, key, iterations: 60, momentum: 0 }))
    const fast = distance(griffinLim(strengths, 32, { ...frames, key, iterations: 60 }))
    expect(slow).toBeLessThan(start / 2)
    expect(fast).toBeLessThan(slow)
    const of = (s: Tensor): Tensor => griffinLim(s, 32, { ...frames, iterations: 3, length: 118 })
    const two = np.stack([strengths, strengths.mul(2)])
    expect(of(two).shape).toEqual([2, 118])
    expect(np.allclose(jit(of)(two), vmap(of)(two), { atol: 1e-9 }).item()).toBe(true)
  })

  it('refuses a momentum of 1, and what is no spectrogram', () => {
    expect(() => griffinLim(strengths, 32, { momentum: 1 })).toThrow(/momentum is 1/)
    expect(() => griffinLim(strengths, 32, { iterations: 0.5 })).toThrow(/iterations is 0.5/)
    expect(() => griffinLim(x, 32)).toThrow(/\[… frames, bins\]/)
  })
})
