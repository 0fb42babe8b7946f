import { np } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectNear, golden, type Numbers } from '../../test/golden.js'
import { hzToMel, type MelScale, melFilters, melSpectrogram, melToHz } from './mel.js'

interface Golden {
  readonly sound: readonly number[]
  readonly mels: readonly {
    readonly scale: MelScale
    readonly norm: 'slaney' | null
    readonly lowest: number
    readonly highest: number
    readonly filters: Numbers
    readonly mel: Numbers
  }[]
}
const { sound, mels } = golden<Golden>('audio')
const x = np.array(sound, { dtype: 'float64' })

describe('mels', () => {
  it('of both scales go back to frequencies', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 20_000, noNaN: true }),
        fc.constantFrom<MelScale>('slaney', 'htk'),
        (hz, scale) => {
          expect(melToHz(hzToMel(hz, { scale }), { scale })).toBeCloseTo(hz, 6)
        },
      ),
    )
    expect(hzToMel(500)).toBeCloseTo(7.5, 12)
    expect(hzToMel(6400)).toBeCloseTo(42, 12)
    expect(hzToMel(1000, { scale: 'htk' })).toBeCloseTo(1000, 1)
  })

  it.each(mels)(
    "filters and spectrogram of '$scale' are librosa's",
    ({ filters, mel, scale, norm, lowest, highest }) => {
      const bands = { scale, norm, lowest, highest, sampleRate: 8000, mels: 12 }
      expectNear(melFilters(64, { ...bands, dtype: 'float64' }), filters, 1e-10)
      expectNear(melSpectrogram(x, 64, { ...bands, hop: 20 }), mel, 1e-10)
    },
  )

  it('refuses frequencies the wrong way round, and names that are none', () => {
    expect(() => melFilters(64, { sampleRate: 8000, lowest: 5000 })).toThrow(/from 5000 to 4000 Hz/)
    expect(() => melFilters(64, { sampleRate: 8000, scale: 'bark' as never })).toThrow(/scale is 'bark'/)
    expect(() => melFilters(64, { sampleRate: 8000, norm: 'l1' as never })).toThrow(/norm is 'l1'/)
    expect(() => melFilters(64, { sampleRate: 8000, mels: 0 })).toThrow(/mels is 0/)
    expect(() => hzToMel(1, { scale: 'bark' as never })).toThrow(/scale is 'bark'/)
  })
})
