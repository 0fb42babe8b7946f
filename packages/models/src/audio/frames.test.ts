import { linearTranspose, np, random, type Tensor, vmap } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frame, overlapAdd } from './frames.js'

const sizes = fc.record({
  time: fc.integer({ min: 1, max: 40 }),
  length: fc.integer({ min: 1, max: 12 }),
  hop: fc.integer({ min: 1, max: 15 }),
})
const noise = (seed: number, shape: readonly number[]): Tensor =>
  random.normal(random.key(seed), shape, { dtype: 'float64' })

describe('frame', () => {
  it('takes length samples every hop samples, whatever these are', () => {
    fc.assert(
      fc.property(sizes, ({ time, length, hop }) => {
        fc.pre(time >= length)
        const x = noise(1, [time])
        const samples = x.toArray() as number[]
        const count = Math.floor((time - length) / hop) + 1
        const expected = Array.from({ length: count }, (_, i) => samples.slice(i * hop, i * hop + length))
        expect(frame(x, length, hop).toArray()).toEqual(expected)
      }),
    )
  })

  it('of many sounds is that of each', () => {
    const x = noise(2, [2, 3, 20])
    const each = vmap(vmap((y: Tensor) => frame(y, 7, 3)))(x)
    expect(frame(x, 7, 3).toArray()).toEqual(each.toArray())
  })

  it('refuses a sound that is shorter, and counts that are none', () => {
    expect(() => frame(np.ones([4]), 5, 1)).toThrow(/\[… time\] of 5 samples or more/)
    expect(() => frame(np.ones([4]), 2, 0)).toThrow(/hop is 0/)
  })
})

describe('overlapAdd', () => {
  it('is the transpose of frame', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 6 }), ({ length, hop }, count) => {
        const time = (count - 1) * hop + length
        const frames = noise(3, [count, length])
        const [transposed] = linearTranspose(
          (x: Tensor) => frame(x, length, hop),
          np.zeros([time], { dtype: 'float64' }),
        )(frames) as unknown as readonly [Tensor]
        expect(np.allclose(overlapAdd(frames, hop), transposed, { atol: 1e-12 }).item()).toBe(true)
      }),
    )
  })

  it('of many sounds is that of each', () => {
    const frames = noise(4, [2, 3, 5, 4])
    expect(overlapAdd(frames, 3).toArray()).toEqual(vmap(vmap((x: Tensor) => overlapAdd(x, 3)))(frames).toArray())
  })

  it('refuses what are no frames', () => {
    expect(() => overlapAdd(np.ones([4]), 1)).toThrow(/have to be \[… frames, length\]/)
  })
})
