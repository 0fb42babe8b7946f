import { grad, jit, np, random, type Tensor, vmap } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { golden, type Numbers } from '../../test/golden.js'
import * as boxes from './boxes.js'
import { batchedNms, type Kept, nms, softNms } from './nms.js'

interface Golden {
  readonly suppression: Readonly<Record<'boxes' | 'scores' | 'classes', Numbers>> &
    Readonly<Record<'nms' | 'batched', Readonly<Record<string, readonly number[]>>>>
}
const { suppression } = golden<Golden>('operations')
const many = np.array(suppression.boxes as never)
const scores = np.array(suppression.scores as never)
const classes = np.array(suppression.classes as never).astype('int32')
const listed = ({ indices, valid }: Kept): readonly number[] => {
  const held = valid.toArray() as boolean[]
  return (indices.toArray() as number[]).filter((_, i) => held[i])
}

/** As the papers say it, one box after the other. */
const plainNms = (x: Tensor, score: readonly number[], threshold: number): readonly number[] => {
  const overlap = boxes.iou(x, x).toArray() as number[][]
  const order = score.map((_, i) => i).sort((i, j) => (score[j] as number) - (score[i] as number))
  const kept: number[] = []
  for (const i of order) if (!kept.some((j) => (overlap[j]?.[i] as number) > threshold)) kept.push(i)
  return kept
}

describe('nms', () => {
  it.each(Object.entries(suppression.nms))("keeps what torchvision's keeps at %s", (threshold, kept) =>
    expect(listed(nms(many, scores, { iouThreshold: Number(threshold) }))).toEqual(kept),
  )

  it.each(Object.entries(suppression.batched))('keeps the best of each class at %s', (threshold, kept) =>
    expect(listed(batchedNms(many, scores, classes, { iouThreshold: Number(threshold) }))).toEqual(kept),
  )

  it('is what the definition says, jitted, with fewer results, and over a batch', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.nat(1000),
        fc.constantFrom(0.1, 0.5, 0.8),
        (n, seed, iouThreshold) => {
          const [place, size, how] = random.split(random.key(seed), 3)
          const corner = random.uniform(place, [n, 2])
          const x = np.concatenate([corner, corner.add(random.uniform(size, [n, 2]))], { axis: 1 })
          const score = random.uniform(how, [n])
          const expected = plainNms(x, score.toArray() as number[], iouThreshold)
          const found = nms(x, score, { iouThreshold })
          expect(listed(found)).toEqual(expected)
          expect(listed(jit((v: Tensor, s: Tensor) => nms(v, s, { iouThreshold, max: 3 }))(x, score))).toEqual(
            expected.slice(0, 3),
          )
          const batch = vmap((v: Tensor) => nms(v, score, { iouThreshold }))(np.stack([x, x.mul(2)]))
          expect(batch.indices.at(1).get().toArray()).toEqual(found.indices.toArray())
        },
      ),
      { numRuns: 40 },
    )
  })

  it('leaves out boxes whose score is −∞ or NaN, and finds nothing in nothing', () => {
    const masked = np.array([0.5, Number.NEGATIVE_INFINITY, Number.NaN])
    const apart = np.array([
      [0, 0, 1, 1],
      [2, 0, 3, 1],
      [4, 0, 5, 1],
    ])
    expect(listed(nms(apart, masked, { iouThreshold: 0.5 }))).toEqual([0])
    expect(nms(np.zeros([0, 4]), np.zeros([0]), { iouThreshold: 0.5 }).indices.shape).toEqual([0])
  })

  it('lets derivatives through to the boxes that stay', () => {
    const loss = (x: Tensor): Tensor => {
      const { indices, valid } = nms(x, x.mean({ axis: 1 }), { iouThreshold: 0.5 })
      return np.sum(np.where(np.expandDims(valid, 1), np.take(x, indices, { axis: 0 }), 0))
    }
    const x = np.array([
      [0, 0, 9, 9],
      [0, 0, 10, 10],
      [20, 20, 30, 30],
    ])
    expect(grad(loss)(x).toArray()).toEqual([
      [0, 0, 0, 0],
      [1, 1, 1, 1],
      [1, 1, 1, 1],
    ])
  })

  it('says what it needs', () => {
    expect(() => nms(many, scores, { iouThreshold: 1.5 })).toThrow(/iouThreshold is 1\.5/)
    expect(() => nms(many, scores, { iouThreshold: 0.5, max: 0 })).toThrow(/max is 0/)
    expect(() => nms(many, np.ones([3]), { iouThreshold: 0.5 })).toThrow(/vmap/)
  })
})

describe('softNms', () => {
  it('lowers scores as the paper says, and drops the lowest', () => {
    const x = np.array([
      [0, 0, 10, 10],
      [0, 0, 10, 8],
      [20, 20, 30, 30],
    ])
    const score = np.array([0.9, 0.8, 0.7])
    const { indices, scores: found } = softNms(x, score, { sigma: 0.5 })
    expect(indices.toArray()).toEqual([0, 2, 1])
    expect(np.allclose(found, np.array([0.9, 0.7, 0.8 * Math.exp(-(0.8 ** 2) / 0.5)])).item()).toBe(true)
    expect(listed(softNms(x, score, { method: 'linear', scoreThreshold: 0.3 }))).toEqual([0, 2])
  })

  it('is nms where whatever overlaps loses all', () => {
    const strict = softNms(many, scores, { sigma: 1e-6, scoreThreshold: 0 })
    expect(listed(strict)).toEqual(listed(nms(many, scores, { iouThreshold: 1e-3 })))
  })
})
