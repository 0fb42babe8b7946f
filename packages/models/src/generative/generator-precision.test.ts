import { jit, np, random, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { golden } from '../../test/golden.js'
import { noise } from '../../test/noise.js'
import { generatorPrecision } from './generator-precision.js'

const { measures } = golden<{ readonly measures: { readonly manifold: Readonly<Record<string, [number, number]>> } }>(
  'generative',
)
const real = noise(0, [60, 6])
const fake = noise(360, [40, 6]).mul(0.8).add(0.3)

describe('generatorPrecision', () => {
  it.each(Object.entries(measures.manifold))('of %s neighbours is that of the definition in NumPy', (k, shares) => {
    const { precision, recall } = generatorPrecision(real, fake, { k: Number(k) })
    expect([precision.item(), recall.item()]).toEqual(shares.map((x) => expect.closeTo(x, 9)))
  })
  it('turned round changes places', () => {
    const there = generatorPrecision(real, fake)
    const back = generatorPrecision(fake, real)
    expect([back.precision.item(), back.recall.item()]).toEqual([there.recall.item(), there.precision.item()])
  })
  it('of more than a block is the same as jitted, and 1 for a set and itself', () => {
    const many = random.normal(random.key(0), [1100, 3])
    const both = (x: Tensor, y: Tensor): Tensor => {
      const { precision, recall } = generatorPrecision(x, y)
      return np.stack([precision, recall])
    }
    expect(both(many, many).toArray()).toEqual([1, 1])
    expect(jit(both)(many, real.slice({}, { stop: 3 })).toArray()).toEqual(
      both(many, real.slice({}, { stop: 3 })).toArray(),
    )
  })
  it('says what is wrong', () => {
    expect(() => generatorPrecision(np.ones([3, 2]), np.ones([3, 4]))).toThrow('not [3,2] and [3,4]')
    expect(() => generatorPrecision(np.ones([3, 2]), np.ones([9, 2]))).toThrow('k is 3')
  })
})
