import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { errorsOf, sizes } from './accuracy/convolutions.js'
import { measurements, ulps, variants } from './accuracy/measure.js'
import { claims, convolutionClaims } from './accuracy/page.js'

const text = readFileSync(new URL('../../../docs/accuracy.md', import.meta.url), 'utf8')
const page = claims(text)
const convolutions = convolutionClaims(text)

describe('docs/accuracy.md', () => {
  it('lists every measured kernel and no other', () => {
    expect([...page.keys()]).toEqual(measurements.map(({ op, dtype }) => `${op} ${dtype}`))
  })
})

describe('ulps', () => {
  it('is the distance in last places, subnormals and overflow included', () => {
    expect(ulps(1, 1)).toBe(0)
    expect(ulps(1 + 2 ** -23, 1)).toBe(1)
    expect(ulps(1, 2 - 2 ** -24)).toBeCloseTo(2 ** 23 - 0.5, 3)
    expect(ulps(2 ** -149, 0.75 * 2 ** -149)).toBe(0.25)
    expect(ulps(Number.POSITIVE_INFINITY, 2 ** 128 - 2 ** 104)).toBe(1)
    expect(ulps(Number.NaN, 1)).toBeNaN()
    expect(ulps(-0, 0)).toBeNaN()
  })
})

describe.each(variants)('%s kernels are as accurate as their page says', (variant) => {
  it.each(measurements)('$op $dtype', ({ op, dtype, of }) => {
    const { error, bar, worst } = of(variant)
    expect(error, `worst at ${worst}`).toBeLessThanOrEqual(bar)
    expect(error, `worst at ${worst}`).toBeLessThanOrEqual(page.get(`${op} ${dtype}`) ?? Number.NaN)
  })
  it.each(sizes.map((size) => ({ size })))('convolutions of $size', ({ size }) => {
    const [images, side, channels, features] = size
    const errors = Object.values(errorsOf(variant, size))
    const claimed = convolutions.get(`${images}×${side}×${side}, ${channels} → ${features}`) ?? []
    expect(claimed.length).toBe(errors.length)
    errors.forEach((error, i) => {
      expect(error).toBeLessThanOrEqual(claimed[i] as number)
    })
  })
})
