import { jit, np, random, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { expectNear, golden, type Numbers } from '../../../test/golden.js'
import * as augment from './index.js'

type Name = 'adjustBrightness' | 'adjustContrast' | 'adjustSaturation' | 'adjustHue'
interface Golden {
  readonly image: Numbers
  readonly colours: readonly { readonly name: Name; readonly factor: number; readonly out: Numbers }[]
}
const { image: given, colours } = golden<Golden>('augment')
const image = np.array(given as never)
const key = random.key(3)

describe('colours', () => {
  const adjust = {
    adjustBrightness: augment.adjustBrightness,
    adjustContrast: augment.adjustContrast,
    adjustSaturation: augment.adjustSaturation,
    adjustHue: augment.adjustHue,
  } as const

  it.each(colours)("are torchvision's: $name by $factor", ({ name, factor, out }) => {
    const f = adjust[name]
    expectNear(f(image, factor), out, 1e-5)
    expectNear(jit(f)(image, np.array(factor)), out, 1e-5)
    // Bytes are rounded to the nearest.
    const bytes = f(np.round(image.mul(255)).astype('uint8'), factor)
    expect(bytes.dtype).toBe('uint8')
    const floats = f(np.round(image.mul(255)).div(255), factor).mul(255)
    expect(np.max(np.abs(bytes.astype('float32').sub(floats))).item()).toBeLessThanOrEqual(0.5001)
  })

  it('of many images are those of each alone', () => {
    const two = np.stack([image, np.flip(image, { axis: -1 })])
    expectNear(
      augment.adjustContrast(two, 0.5).slice(1),
      augment.adjustContrast(np.flip(image, { axis: -1 }), 0.5).toArray() as Numbers,
    )
  })

  it('jitter within their ranges, in order', () => {
    const grey = { image: np.full([2, 2, 3], 0.5) }
    const factors = random.split(key, 30)
    for (const k of factors as unknown as Iterable<Tensor>) {
      const value = augment
        .colorJitter({ brightness: [0.8, 1.4] })(k, grey)
        .image.toArray() as number[][][]
      expect(value[0]?.[0]?.[0]).toBeGreaterThanOrEqual(0.4)
      expect(value[0]?.[0]?.[0]).toBeLessThanOrEqual(0.7)
    }
    const fixed = augment.colorJitter({
      brightness: [0.9, 0.9],
      contrast: [1.2, 1.2],
      saturation: [0.5, 0.5],
      hue: [0.2, 0.2],
    })
    const byHand = augment.adjustHue(
      augment.adjustSaturation(augment.adjustContrast(augment.adjustBrightness(image, 0.9), 1.2), 0.5),
      0.2,
    )
    expectNear(fixed(key, { image }).image, byHand.toArray() as Numbers)
    expect(augment.colorJitter()(key, { image }).image).toBe(image)
  })

  it('are three channels, and factors that there are', () => {
    expect(() => augment.adjustHue(np.ones([4, 4, 1]), 0.1)).toThrow(/red, green and blue/)
    expect(() => augment.adjustHue(image, 0.7)).toThrow(/between −0\.5 and 0\.5/)
    expect(() => augment.adjustBrightness(image, -1)).toThrow(/from 0 up/)
    expect(() => augment.colorJitter({ contrast: [-1, 1] })).toThrow(/contrast is \[-1,1\]/)
  })
})
