import { np } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import { describe, expect, it } from 'vitest'
import { expectNear, golden, type Numbers } from '../../test/golden.js'
import { resample } from './resample.js'

interface Golden {
  readonly sound: readonly number[]
  readonly resampled: readonly { readonly rates: readonly [number, number]; readonly sound: Numbers }[]
}
const { sound, resampled } = golden<Golden>('audio')
const x = np.array(sound, { dtype: 'float64' }).slice({ stop: 40 })

describe('resample', () => {
  it.each(resampled)("from and to $rates is torchaudio's", ({ rates: [from, to], sound: expected }) => {
    expectNear(resample(x, from, to), expected, 1e-10)
    const two = resample(np.stack([x, x.mul(2)]), from, to)
    expectNear(two.slice(1), resample(x, from, to).mul(2).toArray() as Numbers, 1e-12)
  })

  it('keeps a low tone, and filters a tone away that is too high', () => {
    const tone = (hz: number, rate: number, seconds: number) =>
      np.sin(np.arange(rate * seconds, { dtype: 'float64' }).mul((2 * Math.PI * hz) / rate))
    const middle = { start: 200, stop: 600 }
    const kept = resample(tone(300, 16000, 0.1), 16000, 8000).slice(middle)
    expect(np.max(np.abs(kept.sub(tone(300, 8000, 0.1).slice(middle)))).item()).toBeLessThan(0.01)
    const gone = resample(tone(7000, 16000, 0.1), 16000, 8000).slice(middle)
    expect(np.max(np.abs(gone)).item()).toBeLessThan(0.01)
  })

  it('is differentiable, gives the same back for the same rate, and refuses rates that are none', () => {
    checkGrads((y: typeof x) => np.sum(np.square(resample(y, 3, 2))), [x.slice({ stop: 9 })])
    expect(resample(x, 8000, 8000)).toBe(x)
    expect(() => resample(x, 0, 1)).toThrow(/from is 0/)
    expect(() => resample(x, 1, 2, { rolloff: 2 })).toThrow(/rolloff is 2/)
  })
})
