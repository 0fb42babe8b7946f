import { np } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectNear, golden } from '../../test/golden.js'
import { muLawDecode, muLawEncode } from './mu-law.js'

interface Golden {
  readonly sound: readonly number[]
  readonly muLaw: readonly {
    readonly classes: number
    readonly codes: readonly number[]
    readonly decoded: readonly number[]
  }[]
}
const { sound, muLaw } = golden<Golden>('audio')
const x = np.array(sound, { dtype: 'float64' })

describe('μ-law', () => {
  it.each(muLaw)("of $classes classes is torchaudio's", ({ classes, codes, decoded }) => {
    expect(muLawEncode(x, { classes }).toArray()).toEqual(codes)
    expectNear(muLawDecode(np.array(codes, { dtype: 'int32' }), { classes }), decoded, 1e-6)
  })

  it('gives the class back that was decoded, for any number of classes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1024 }), (classes) => {
        const all = np.arange(classes).astype('int32')
        expect(muLawEncode(muLawDecode(all, { classes }), { classes }).toArray()).toEqual(all.toArray())
      }),
      { numRuns: 30 },
    )
  })

  it('decodes to within half a step of what was encoded, finer where it is quiet', () => {
    const wide = np.linspace(-1, 1, 1001, { dtype: 'float64' })
    const error = np.abs(muLawDecode(muLawEncode(wide)).sub(wide))
    // A step is (1 + μ|x|) · 2 ln(1 + μ) / μ² wide where x is the middle of its class.
    const steps = np
      .abs(wide)
      .mul(255)
      .add(1)
      .mul((2 * Math.log(256)) / 255 ** 2)
    expect(np.all(error.le(steps.mul(0.52))).item()).toBe(true)
    expect(np.any(error.ge(steps.mul(0.4))).item()).toBe(true)
  })

  it('takes what is too loud for the loudest', () => {
    expect(muLawEncode(np.array([-7, 7, 1])).toArray()).toEqual([0, 255, 255])
  })

  it('refuses what is no number of classes, and codes that are no integers', () => {
    expect(() => muLawEncode(x, { classes: 1 })).toThrow(/classes is 1/)
    expect(() => muLawDecode(x)).toThrow(/have to be integers/)
  })
})
