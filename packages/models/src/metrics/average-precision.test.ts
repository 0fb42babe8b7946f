/** Average precision: cases counted by hand, and a plain reading of COCO's and VOC's rules over random scenes. */
import { np, type Tensor } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AveragePrecisionOptions, meanAveragePrecision, type Protocol } from './average-precision.js'
import { precisionRecall } from './precision-recall.js'
import type { FoundThings, TrueThings } from './things.js'

type Box = readonly [number, number, number, number]
interface Found {
  readonly box: Box
  readonly score: number
  readonly label: number
}
interface Truth {
  readonly box: Box
  readonly label: number
  readonly crowd?: boolean
  readonly difficult?: boolean
}
interface Scene {
  readonly found: readonly Found[]
  readonly truth: readonly Truth[]
}

/** Scenes as batches of one size, filled up with what does not count. */
const batchOf = (scenes: readonly Scene[]): readonly [FoundThings, TrueThings] => {
  const table = <T, U>(lists: readonly (readonly T[])[], of: (x: T) => U, empty: U): Tensor => {
    const most = 1 + Math.max(...lists.map(({ length }) => length))
    return np.array(
      lists.map((list) =>
        Array.from({ length: most }, (_, i) => (list[i] === undefined ? empty : of(list[i]))),
      ) as never,
    )
  }
  const nowhere: readonly number[] = [0, 0, 100, 100]
  const [found, truth] = [scenes.map((scene) => scene.found), scenes.map((scene) => scene.truth)]
  return [
    {
      boxes: table(found, ({ box }): readonly number[] => [...box], nowhere),
      scores: table(found, ({ score }) => score, 2),
      labels: table(found, ({ label }) => label, 1),
      valid: table(found, () => true, false),
    },
    {
      boxes: table(truth, ({ box }): readonly number[] => [...box], nowhere),
      labels: table(truth, ({ label }) => label, 1),
      valid: table(truth, () => true, false),
      crowd: table(truth, ({ crowd = false }) => crowd, false),
      difficult: table(truth, ({ difficult = false }) => difficult, false),
    },
  ]
}
const judge = (scenes: readonly Scene[], options: AveragePrecisionOptions = {}) =>
  meanAveragePrecision(...batchOf(scenes), options)

const at = (x: number, y = 0, size = 10): Box => [x, y, x + size, y + size]
const seen = (box: Box, score: number, label = 1): Found => ({ box, score, label })
const real = (box: Box, label = 1): Truth => ({ box, label })

describe('cases counted by hand', () => {
  // Right, wrong, right, of three: precision 1, 1/2, 2/3 at recall 1/3, 1/3, 2/3.
  const scenes: readonly Scene[] = [
    { found: [seen(at(0), 0.9), seen(at(50), 0.8)], truth: [real(at(0)), real(at(20))] },
    { found: [seen(at(5), 0.7)], truth: [real(at(5))] },
  ]

  it('have the area under the curve, and its heights at 11 and at 101 recalls', () => {
    expect(judge(scenes, { protocol: 'voc' }).mean).toBeCloseTo(1 / 3 + 2 / 9, 12)
    // Recall 0 to 0.3 at precision 1, 0.4 to 0.6 at 2/3.
    expect(judge(scenes, { protocol: 'voc2007' }).mean).toBeCloseTo((4 + 3 * (2 / 3)) / 11, 12)
    // 0 to 0.33 and 0.34 to 0.66.
    expect(judge(scenes, { iouThresholds: [0.5] }).mean).toBeCloseTo((34 + 33 * (2 / 3)) / 101, 12)
  })

  it('have the mean over ten overlaps, of which a box reaches some', () => {
    // An overlap of 0.72: thresholds 0.5 to 0.7.
    const shifted: Scene = { found: [seen([0, 0, 10, 7.2], 0.5)], truth: [real(at(0))] }
    const { mean, byThreshold, averageRecall, iouThresholds } = judge([shifted])
    expect(byThreshold.map((x) => Math.round(x))).toEqual([1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
    expect([mean, averageRecall]).toEqual([0.5, 0.5])
    expect(iouThresholds.map((x) => x.toFixed(2))).toEqual([
      '0.50',
      '0.55',
      '0.60',
      '0.65',
      '0.70',
      '0.75',
      '0.80',
      '0.85',
      '0.90',
      '0.95',
    ])
  })

  it('count only the best of several finds', () => {
    const twice: Scene = { found: [seen(at(0), 0.9), seen(at(1), 0.8)], truth: [real(at(0))] }
    const [curve] = precisionRecall(...batchOf([twice]))
    expect(curve).toMatchObject({
      label: 1,
      correct: [true, false],
      positives: 1,
      precision: [1, 0.5],
      recall: [1, 1],
      averagePrecision: 1,
    })
    expect(curve?.scores.map((x) => x.toFixed(1))).toEqual(['0.9', '0.8'])
  })

  it('tell VOC from COCO: a find whose nearest thing is taken may take another in COCO alone', () => {
    const close: Scene = {
      found: [seen(at(0), 0.9), seen(at(1), 0.8)],
      truth: [real(at(0.4)), real(at(4))],
    }
    const recall = (protocol: Protocol) => judge([close], { protocol, iouThresholds: [0.5] }).byClass[0]?.averageRecall
    expect([recall('voc'), recall('coco')]).toEqual([0.5, 1])
  })

  it('leave out crowds, however often they are found, and what is difficult', () => {
    const others: Scene = {
      found: [seen(at(0), 0.9), seen(at(30, 0, 5), 0.8), seen(at(40, 0, 5), 0.7), seen(at(80), 0.6), seen(at(60), 0.5)],
      truth: [
        real(at(0)),
        { ...real([30, 0, 55, 10]), crowd: true },
        { ...real(at(80)), difficult: true },
        real(at(60)),
      ],
    }
    const [curve] = precisionRecall(...batchOf([others]))
    expect(curve?.precision).toEqual([1, 1])
    expect(judge([others], { iouThresholds: [0.5] }).byClass[0]?.wanted).toBe(2)
  })

  it('are means over the classes that there are', () => {
    const two: Scene = {
      found: [seen(at(0), 0.9, 1), seen(at(0), 0.9, 2), seen(at(0), 0.9, 3)],
      truth: [real(at(0), 1), real(at(40), 2)],
    }
    const { mean, byClass } = judge([two], { protocol: 'voc' })
    expect(mean).toBe(0.5)
    expect(byClass.map(({ label, averagePrecision }) => [label, averagePrecision])).toEqual([
      [1, 1],
      [2, 0],
    ])
    expect(judge([{ found: [seen(at(0), 1)], truth: [] }]).mean).toBeNaN()
  })

  it('tell sizes apart: of other sizes neither finds nor misses count', () => {
    const sizes: Scene = {
      found: [seen(at(0, 0, 20), 0.9), seen(at(100, 100, 50), 0.8), seen(at(300, 0, 50), 0.7)],
      truth: [real(at(0, 0, 20)), real(at(100, 100, 50)), real(at(200, 300, 50)), real(at(0, 400, 100))],
    }
    const { byArea } = judge([sizes], { iouThresholds: [0.5] })
    expect(byArea.small).toEqual({ mean: 1, averageRecall: 1 })
    expect(byArea.medium?.averageRecall).toBe(0.5)
    expect(byArea.medium?.mean).toBeCloseTo(51 / 101, 12)
    expect(byArea.large).toEqual({ mean: 0, averageRecall: 0 })
    expect(judge([sizes], { areas: { all: [0, 1e9] } }).byArea).toHaveProperty('all')
  })

  it('take as many of the best in an image as they are told', () => {
    const many: Scene = { found: [seen(at(50), 0.9), seen(at(0), 0.8)], truth: [real(at(0))] }
    expect(judge([many], { maxDetections: 1 }).mean).toBe(0)
    expect(judge([many], { maxDetections: 2 }).mean).toBeCloseTo(0.5, 12)
  })

  it('are of masks, too, whose sizes count', () => {
    const [found, truth] = batchOf([{ found: [seen(at(0), 0.9)], truth: [real(at(0))] }])
    const mask = (count: number): Tensor => np.arange(16).lt(count).astype('float32').reshape([1, 1, 4, 4])
    const both = (x: Tensor): Tensor => np.concatenate([x, np.zeros([1, 1, 4, 4])], { axis: 1 })
    const [a, b] = [
      { ...found, masks: both(mask(6)) },
      { ...truth, masks: both(mask(8)) },
    ]
    const { byThreshold } = meanAveragePrecision(a, b, { of: 'masks' })
    expect(byThreshold.map(Math.round)).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0, 0])
    const areas = { tiny: [0, 7], rest: [8, 99] } as const
    const { byArea } = meanAveragePrecision(a, b, { of: 'masks', areas })
    expect(byArea.tiny?.mean).toBeNaN()
    expect(byArea.rest?.mean).toBeCloseTo(0.6, 12)
  })

  it('are the same in one batch or in several', () => {
    const batches = scenes.map((scene) => batchOf([scene]))
    const apart = meanAveragePrecision(
      batches.map(([found]) => found),
      batches.map(([, truth]) => truth),
    )
    expect(apart).toEqual(judge(scenes))
  })

  it('say what they need', () => {
    const [found, truth] = batchOf(scenes)
    expect(() => meanAveragePrecision(found, { ...truth, labels: undefined as never })).toThrow(/has no labels/)
    expect(() => meanAveragePrecision(found, truth, { of: 'masks' })).toThrow(/has no masks/)
    expect(() => meanAveragePrecision({ ...found, scores: np.ones([3]) }, truth)).toThrow(/batch of one/)
    expect(() => meanAveragePrecision([found], [])).toThrow(/1 batches of what was found and 0/)
    expect(() => meanAveragePrecision(found, truth, { protocol: 'kitti' as never })).toThrow(/coco, voc, voc2007/)
    expect(() => meanAveragePrecision(found, truth, { iouThresholds: [0] })).toThrow(/an overlap of 0/)
    expect(() => meanAveragePrecision(found, truth, { maxDetections: 0 })).toThrow(/maxDetections is 0/)
    expect(() => precisionRecall(found, truth, { iouThreshold: 2 })).toThrow(/an overlap of 2/)
  })
})

/** The rules as they are written, with nothing shared: one pass for each class and overlap over everything that was found. */
const plainly = (scenes: readonly Scene[], protocol: Protocol, threshold: number): number => {
  const overlap = (a: Box, b: Box, crowd: boolean): number => {
    const w = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]))
    const h = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]))
    const [own, other] = [(a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1])]
    return (w * h) / (crowd ? own : own + other - w * h)
  }
  const labels = [...new Set(scenes.flatMap(({ truth }) => truth.map(({ label }) => label)))]
  const each = labels.map((label) => {
    const spared = (t: Truth): boolean => Boolean(t.crowd) || Boolean(t.difficult)
    const all = scenes.map(({ truth }) => truth.filter((t) => t.label === label))
    const wanted = all.flat().filter((t) => !spared(t)).length
    const taken = new Set<Truth>()
    const queue = scenes
      .flatMap(({ found }, image) => found.map((f) => ({ ...f, image })))
      .filter((f) => f.label === label)
      .sort((a, b) => b.score - a.score)
    let [right, wrong] = [0, 0]
    const points: (readonly [recall: number, precision: number])[] = []
    for (const { box, image } of queue) {
      const things = all[image] as readonly Truth[]
      const good = things.filter((t) => overlap(box, t.box, Boolean(t.crowd)) >= threshold)
      const nearest = (list: readonly Truth[]): Truth | undefined =>
        (protocol === 'coco' ? [...list].reverse() : [...list]).sort(
          (a, b) => overlap(box, b.box, Boolean(b.crowd)) - overlap(box, a.box, Boolean(a.crowd)),
        )[0]
      let outcome: 'right' | 'wrong' | 'neither' = 'wrong'
      if (protocol === 'coco') {
        const mine =
          nearest(good.filter((t) => !spared(t) && !taken.has(t))) ??
          nearest(good.filter((t) => spared(t) && (t.crowd || !taken.has(t))))
        if (mine !== undefined) {
          taken.add(mine)
          outcome = spared(mine) ? 'neither' : 'right'
        }
      } else {
        const mine = nearest(things)
        if (mine !== undefined && good.includes(mine)) {
          if (spared(mine)) outcome = 'neither'
          else if (!taken.has(mine)) outcome = 'right'
          taken.add(mine)
        }
      }
      if (outcome === 'right') right++
      if (outcome === 'wrong') wrong++
      if (outcome !== 'neither') points.push([right / wanted, right / (right + wrong)])
    }
    if (wanted === 0) return Number.NaN
    const bestFrom = (recall: number): number =>
      Math.max(0, ...points.filter(([r]) => r >= recall - 1e-12).map(([, p]) => p))
    if (protocol === 'voc') {
      let sum = 0
      for (let i = 1; i <= wanted; i++) sum += bestFrom(i / wanted) / wanted
      return sum
    }
    const steps = protocol === 'coco' ? 100 : 10
    let sum = 0
    for (let i = 0; i <= steps; i++) sum += bestFrom(i / steps)
    return sum / (steps + 1)
  })
  const known = each.filter((x) => !Number.isNaN(x))
  return known.reduce((a, b) => a + b, 0) / known.length
}

describe('random scenes', () => {
  // Scores are all different; of equal overlaps COCO takes the last, VOC the first.
  const box = fc
    .tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 12 }), fc.integer({ min: 9, max: 16 }))
    .map(([x, y, size]): Box => [x, y, x + size, y + size * 0.75])
  const truth = fc.record({
    box,
    label: fc.integer({ min: 1, max: 2 }),
    crowd: fc.constantFrom(false, false, false, true),
    difficult: fc.constantFrom(false, false, false, true),
  })
  const found = fc.record({ box, label: fc.integer({ min: 1, max: 2 }), score: fc.constant(0) })
  const scene = fc.record({ found: fc.array(found, { maxLength: 8 }), truth: fc.array(truth, { maxLength: 5 }) })
  const scenes = fc.array(scene, { minLength: 1, maxLength: 4 }).map((list) => {
    let count = 0
    return list.map((one): Scene => {
      const shapes = new Set<string>()
      return {
        truth: one.truth.filter((t) => !shapes.has(String(t.box)) && shapes.add(String(t.box))),
        found: one.found.map((f) => ({ ...f, score: ((++count * 37) % 101) / 101 })),
      }
    })
  })

  it.each(['coco', 'voc', 'voc2007'] as const)('have the precision that the rules of %s give', (protocol) => {
    fc.assert(
      fc.property(scenes, fc.constantFrom(0.5, 0.6, 0.75), (list, threshold) => {
        const [own, expected] = [
          judge(list, { protocol, iouThresholds: [threshold], maxDetections: 100 }).mean,
          plainly(list, protocol, threshold),
        ]
        if (Number.isNaN(expected)) expect(own).toBeNaN()
        else expect(own).toBeCloseTo(expected, 10)
      }),
      { numRuns: 60 },
    )
  })
})
