/** Anchors, matches and pyramids against torchvision; laws of drawing. */
import { jit, np, random, type Tensor, vmap } from '@puregrad/core'
import fc from 'fast-check'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { expectNear, golden, type Numbers } from '../../test/golden.js'
import { noise, sizeOf, stateDict } from '../../test/noise.js'
import { fromTorchvision } from '../classification/torchvision.js'
import { anchors, anchorsPerPlace, type Size } from './anchors.js'
import { type ExtraLevels, featurePyramid } from './feature-pyramid.js'
import { matching } from './matching.js'
import { balancedSampling } from './sampling.js'

interface Golden {
  readonly anchors: readonly {
    readonly image: Size
    readonly grids: readonly Size[]
    readonly sizes: readonly (readonly number[])[]
    readonly ratios: readonly (readonly number[])[]
    readonly anchors: Numbers
  }[]
  readonly matches: readonly {
    readonly high: number
    readonly low: number
    readonly lenient: boolean
    readonly quality: Numbers
    readonly matches: readonly number[]
  }[]
  readonly pyramids: readonly {
    readonly extra: ExtraLevels
    readonly shapes: Readonly<Record<string, readonly number[]>>
    readonly sizes: readonly Size[]
    readonly channels: readonly number[]
    readonly levels: readonly Numbers[]
  }[]
}
const found = golden<Golden>('detection')

describe('anchors', () => {
  it.each(found.anchors)(
    "have torchvision's numbers: $sizes over $image",
    ({ image, grids, sizes, ratios, ...rest }) => {
      const options = { sizes, aspectRatios: ratios }
      expect(anchors(image, grids, options).toArray()).toEqual(rest.anchors)
      const count = grids.reduce((sum, [h, w], i) => sum + h * w * (anchorsPerPlace(options)[i] as number), 0)
      expect(count).toBe((rest.anchors as readonly Numbers[]).length)
    },
  )

  it('say what they need', () => {
    expect(() => anchors([8, 8], [[2, 2]], { sizes: [[8], [16]] })).toThrow(/1 feature maps and sizes for 2/)
    expect(() => anchors([8, 8], [[2, 2]], { sizes: [[-8]] })).toThrow(/positive/)
    expect(() => anchors([8, 8], [[2, 2]], { sizes: [[]] })).toThrow(/a size and an aspect ratio/)
  })
})

describe('matching', () => {
  const thresholds = ({ high, low, lenient }: Golden['matches'][number]) => ({
    highThreshold: high,
    lowThreshold: low,
    allowLowQualityMatches: lenient,
  })

  it.each(found.matches)("has torchvision's matches: $low to $high, low quality $lenient", (match) => {
    const quality = np.array(match.quality as never)
    expect(matching(quality, thresholds(match)).toArray()).toEqual(match.matches)
    const run = jit((x: Tensor) => vmap((q: Tensor) => matching(q, thresholds(match)))(x))
    expect(
      run(np.stack([quality, quality]))
        .at(1)
        .get()
        .toArray(),
    ).toEqual(match.matches)
  })

  it('does not see boxes that only fill up', () => {
    for (const match of found.matches) {
      const quality = np.array(match.quality as never)
      const padded = np.concatenate([quality, np.ones([2, 20])])
      const valid = np.arange(7).lt(5)
      expect(matching(padded, { ...thresholds(match), valid }).toArray()).toEqual(match.matches)
    }
  })

  it('finds background where no box counts', () => {
    const options = { highThreshold: 0.7, lowThreshold: 0.3, allowLowQualityMatches: true, valid: np.array([false]) }
    expect(matching(np.array([[0.9, 0]]), options).toArray()).toEqual([-1, -1])
  })

  it('says what it needs', () => {
    expect(() => matching(np.ones([0, 3]), { highThreshold: 1, lowThreshold: 0 })).toThrow(/none counts/)
    expect(() => matching(np.ones([1, 3]), { highThreshold: 0.3, lowThreshold: 0.7 })).toThrow(/lowThreshold is 0\.7/)
    const valid = np.array([true, true])
    expect(() => matching(np.ones([1, 3]), { highThreshold: 1, lowThreshold: 0, valid })).toThrow(/has to be \[1\]/)
  })
})

describe('balancedSampling', () => {
  it('draws as many of each kind as there are and may be, positive ones first', () => {
    const draw = (key: Tensor, labels: Tensor, size: number, positiveFraction: number) =>
      balancedSampling(key, labels, { size, positiveFraction })
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1, max: 2 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 15 }),
        fc.constantFrom(0, 0.25, 0.5, 1),
        fc.nat(1000),
        (labels, size, fraction, seed) => {
          const count = (kind: (label: number) => boolean): number => labels.filter(kind).length
          const positives = Math.min(
            count((x) => x >= 1),
            Math.floor(size * fraction),
          )
          const negatives = Math.min(
            count((x) => x === 0),
            size - positives,
          )
          const sampled = draw(random.key(seed), np.array(labels).astype('int32'), size, fraction)
          const valid = sampled.valid.toArray() as boolean[]
          const rows = (sampled.indices.toArray() as number[]).filter((_, i) => valid[i])
          expect(new Set(rows).size).toBe(positives + negatives)
          rows.forEach((row, i) => {
            if (i < positives) expect(labels[row]).toBeGreaterThanOrEqual(1)
            else expect(labels[row]).toBe(0)
          })
          const masked = (mask: Tensor): readonly number[] =>
            (mask.toArray() as boolean[]).flatMap((set, i) => (set ? [i] : []))
          expect(masked(sampled.positive)).toEqual(rows.slice(0, positives).sort((a, b) => a - b))
          expect(masked(sampled.negative)).toEqual(rows.slice(positives).sort((a, b) => a - b))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('draws all alike often, jitted and over a batch', () => {
    const labels = np.array([1, 1, 1, 1, 0, 0, 0, 0, -1])
    const run = jit(
      vmap((key: Tensor) => {
        const { positive, negative } = balancedSampling(key, labels, { size: 4, positiveFraction: 0.5 })
        return [positive.astype('float32'), negative.astype('float32')] as const
      }),
    )
    const [positive, negative] = run(random.split(random.key(0), 2000))
    const often = np.mean(positive.add(negative), { axis: 0 }).toArray() as number[]
    for (const p of often.slice(0, 8)) expect(Math.abs(p - 0.5)).toBeLessThan(0.05)
    expect(often[8]).toBe(0)
  })

  it('says what it needs', () => {
    const [key, labels] = [random.key(0), np.ones([3])]
    expect(() => balancedSampling(key, np.ones([2, 3]), { size: 1, positiveFraction: 0 })).toThrow(/vmap/)
    expect(() => balancedSampling(key, labels, { size: 0, positiveFraction: 0 })).toThrow(/size is 0/)
    expect(() => balancedSampling(key, labels, { size: 1, positiveFraction: 2 })).toThrow(/positiveFraction is 2/)
  })
})

describe('featurePyramid', () => {
  it.each(found.pyramids)(
    "has torchvision's levels: $extra over $sizes",
    ({ extra, shapes, sizes, channels, levels }) => {
      const pyramid = featurePyramid(4, { extra })
      const [weights, start] = stateDict(shapes)
      const inputs = sizes.map(([h, w], i) => [h, w, channels[i] as number])
      const read = fromTorchvision(pyramid, inputs, weights)
      if (isLeft(read)) throw new Error(JSON.stringify(read.left))
      let count = start
      const features = inputs.map(([h, w, c]) => {
        const x = noise(count, [2, c as number, h as number, w as number])
        count += sizeOf(x.shape)
        return x.transpose([0, 2, 3, 1])
      })
      const [out] = pyramid.apply(read.right.params, read.right.state, features, { mode: 'eval' })
      expect(out.length).toBe(levels.length)
      out.forEach((level, i) => {
        expectNear(np.sum(level.at(1).get(), { axis: 0 }), levels[i] as Numbers, 1e-4)
      })
    },
  )

  it('says which extra levels there are', () =>
    expect(() => featurePyramid(4, { extra: 'p8' as never })).toThrow(/one of pool, p6p7/))
})
