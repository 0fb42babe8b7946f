/** YOLO: anchors from data, its grid, its losses against a plain reading of the papers, its boxes, and that it learns. */
import { grad, jit, np, random, type Tensor, valueAndGrad, vmap } from '@puregrad/core'
import { init, parameterCount } from '@puregrad/nn'
import { adam, applyUpdates } from '@puregrad/optim'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { darknet } from './darknet.js'
import type { Targets } from './targets.js'
import { yolo } from './yolo.js'
import { kMeansAnchors } from './yolo-anchors.js'
import { detectOnGrid, gridOf, predictedBoxes } from './yolo-grid.js'
import { type YoloLossOptions, yoloLosses } from './yolo-loss.js'

type Box = readonly [number, number, number, number]
const numbers = (x: Tensor): number => x.item() as number
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const entropy = (logit: number, p: number): number =>
  Math.max(logit, 0) - logit * p + Math.log1p(Math.exp(-Math.abs(logit)))
const iou = (a: Box, b: Box): number => {
  const side = (i: 0 | 1): number =>
    Math.max(0, Math.min(a[i + 2] as number, b[i + 2] as number) - Math.max(a[i], b[i]))
  const area = (x: Box): number => (x[2] - x[0]) * (x[3] - x[1])
  const common = side(0) * side(1)
  return common / (area(a) + area(b) - common)
}

describe('kMeansAnchors', () => {
  const boxOf = (w: number, h: number, x: number, y: number): Box => [x, y, x + w, y + h]

  it('finds groups of sizes, wherever their boxes lie', () => {
    const sizes = [
      [10, 12],
      [40, 30],
      [90, 200],
    ] as const
    const boxes = sizes.flatMap(([w, h]) => [-1, 0, 1].map((d) => boxOf(w + d, h - d, 7 * d, 3)))
    const find = jit((key: Tensor) => kMeansAnchors(key, np.array(boxes as never), 3))
    for (const seed of [0, 1, 2, 3]) expect(find(random.key(seed)).toArray()).toEqual(sizes)
  })

  it('is a fixed point of the means of its members, and blind to what does not count', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 2, max: 90 }), fc.integer({ min: 2, max: 90 })), {
          minLength: 4,
          maxLength: 12,
        }),
        fc.integer({ min: 1, max: 4 }),
        (sizes, count) => {
          const boxes = sizes.map(([w, h]) => boxOf(w, h, 0, 0))
          const padded = np.array([...boxes, boxOf(500, 500, 0, 0), boxOf(0, 0, 0, 0)] as never)
          const valid = np.arange(sizes.length + 2).lt(sizes.length)
          const means = kMeansAnchors(random.key(0), padded, count, { valid }).toArray() as [number, number][]
          const overlap = (a: readonly number[], b: readonly number[]): number =>
            iou([0, 0, a[0] as number, a[1] as number], [0, 0, b[0] as number, b[1] as number])
          const nearest = sizes.map((size) => {
            const all = means.map((mean) => overlap(size, mean))
            return all.indexOf(Math.max(...all))
          })
          means.forEach((mean, k) => {
            const own = sizes.filter((_, i) => nearest[i] === k)
            if (own.length === 0) return
            for (const side of [0, 1] as const)
              expect(mean[side]).toBeCloseTo(own.reduce((sum, size) => sum + size[side], 0) / own.length, 3)
          })
          const areas = means.map(([w, h]) => w * h)
          expect([...areas].sort((a, b) => a - b)).toEqual(areas)
        },
      ),
      { numRuns: 8 },
    )
  })

  it('says what it needs', () => {
    expect(() => kMeansAnchors(random.key(0), np.ones([2, 4]), 3)).toThrow(/count is 3/)
    expect(() => kMeansAnchors(random.key(0), np.ones([2, 2, 4]), 1)).toThrow(/\[n, 4\]/)
    expect(() => kMeansAnchors(random.key(0), np.ones([2, 4]), 1, { valid: np.ones([3]) })).toThrow(/\[2\]/)
    expect(() => kMeansAnchors(random.key(0), np.ones([2, 4]), 1, { iterations: -1 })).toThrow(/iterations is -1/)
  })
})

const anchors = [
  [
    [8, 8],
    [20, 12],
  ],
  [[30, 40]],
] as const
const grid = gridOf(
  [40, 64],
  [
    [5, 8],
    [3, 4],
  ],
  anchors,
)
const places = 5 * 8 * 2 + 3 * 4
const classes = 3

/** A place's map, cell and anchor, as the papers count them. */
const placeAt = (index: number) => {
  const first = index < 80
  const [k, columns, stride] = first ? ([2, 8, 8] as const) : ([1, 4, 16] as const)
  const rest = first ? index : index - 80
  const cell = Math.floor(rest / k)
  const size = (first ? anchors[0][rest % k] : anchors[1][0]) as readonly [number, number]
  return { x: cell % columns, y: Math.floor(cell / columns), stride, size }
}
const boxAt = (index: number, said: readonly number[]): Box => {
  const { x, y, stride, size } = placeAt(index)
  const [tx, ty, tw, th] = said as [number, number, number, number]
  const [cx, cy] = [(sigmoid(tx) + x) * stride, (sigmoid(ty) + y) * stride]
  const [w, h] = [size[0] * Math.exp(tw), size[1] * Math.exp(th)]
  return [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]
}

const said = random.normal(random.key(3), [2, places, 5 + classes])
const truth: readonly (readonly { readonly box: Box; readonly label: number }[])[] = [
  [
    { box: [3, 4, 12, 13], label: 1 },
    { box: [30, 2, 60, 39], label: 3 },
    { box: [33, 20, 52, 31], label: 2 },
  ],
  [{ box: [40, 8, 49, 15], label: 2 }],
]
const filled = <T>(of: (thing: { readonly box: Box; readonly label: number }) => T, empty: T) =>
  truth.map((list) => Array.from({ length: 4 }, (_, i) => (list[i] === undefined ? empty : of(list[i]))))
const targets: Targets = {
  boxes: np.array(filled(({ box }) => [...box], [0, 0, 64, 40]) as never),
  labels: np.array(filled(({ label }) => label, 0) as never).astype('int32'),
  valid: np.array(filled(() => true, false) as never),
}

describe('the grid', () => {
  it('predicts the boxes of the papers: σ(t) + c, p eᵗ', () => {
    const first = said.slice(0)
    const rows = first.toArray() as number[][]
    const found = predictedBoxes(first, grid).toArray() as number[][]
    found.forEach((box, i) => {
      const expected = boxAt(i, rows[i] as number[])
      box.forEach((side, k) => expect(side).toBeCloseTo(expected[k] as number, 2))
    })
  })

  it('keeps of overlapping boxes of a class the best, and of two classes both', () => {
    const loud = np.full([1, places, 5 + classes], -9)
    const tell = (x: Tensor, place: number, label: number, object: number): Tensor => {
      const row = Array.from({ length: 5 + classes }, (_, i) =>
        i < 4 ? 0 : i === 4 ? object : i === 5 + label ? 9 : -9,
      )
      return x.at(0, place).set(np.array(row))
    }
    // Places 0 and 1 are the two anchors of one cell; place 16 lies in the row below.
    const one = tell(tell(loud, 0, 0, 5), 16, 2, 3)
    const both = detectOnGrid(one, grid, false, { detections: 5 })
    expect(both.valid.toArray()).toEqual([[true, true, false, false, false]])
    expect((both.labels.toArray() as number[][])[0]).toEqual([1, 3, 0, 0, 0])
    const scores = (both.scores.toArray() as number[][])[0] as number[]
    expect(scores[0]).toBeCloseTo(sigmoid(5) * sigmoid(9), 5)
    expect(scores[2]).toBe(0)
    expect((both.boxes.toArray() as number[][][])[0]?.[0]).toEqual([0, 0, 8, 8])
    // The wider anchor of the cell overlaps the first by 0.27.
    const pair = tell(tell(loud, 0, 1, 5), 1, 1, 4)
    const count = (iouThreshold: number): number =>
      numbers(detectOnGrid(pair, grid, false, { iouThreshold }).valid.astype('float32').sum())
    expect([count(0.5), count(0.2)]).toEqual([2, 1])
  })
})

/** The losses as loops over places and boxes. */
const plainly = (options: YoloLossOptions, exclusive: boolean) => {
  const { ignoreThreshold = 0.5, anchorThreshold = 1, boxLoss = 'coordinates', objectness = 'one' } = options
  const sums = { lossBox: 0, lossObjectness: 0, lossClass: 0 }
  const shapes = [...anchors[0], ...anchors[1]]
  ;(said.toArray() as number[][][]).forEach((rows, image) => {
    const things = truth[image] ?? []
    const wanted = new Map<number, number>()
    for (const { box, label } of things) {
      const [w, h] = [box[2] - box[0], box[3] - box[1]]
      const fits = shapes.map(([aw, ah]) => iou([0, 0, w, h], [0, 0, aw, ah]))
      shapes.forEach((shape, a) => {
        if (a !== fits.indexOf(Math.max(...fits)) && !((fits[a] as number) > anchorThreshold)) return
        const [stride, columns, k, start] = a < 2 ? [8, 8, 2, 0] : [16, 4, 1, 80]
        const [mx, my] = [(box[0] + box[2]) / 2 / stride, (box[1] + box[3]) / 2 / stride]
        const place = (Math.floor(my) * columns + Math.floor(mx)) * k + start + (a % 2)
        const row = rows[place] as number[]
        const overlap = iou(boxAt(place, row), box)
        wanted.set(place, Math.max(wanted.get(place) ?? 0, objectness === 'one' ? 1 : overlap))
        const hull = (i: 0 | 1): number => {
          const own = boxAt(place, row)
          return Math.max(own[i + 2] as number, box[i + 2] as number) - Math.min(own[i], box[i])
        }
        const own = boxAt(place, row)
        const union = ((own[2] - own[0]) * (own[3] - own[1]) + w * h) / (1 + overlap)
        const coordinates =
          (2 - (w * h) / (40 * 64)) *
          (entropy(row[0] as number, mx - Math.floor(mx)) +
            entropy(row[1] as number, my - Math.floor(my)) +
            0.5 * ((row[2] as number) - Math.log(w / shape[0])) ** 2 +
            0.5 * ((row[3] as number) - Math.log(h / shape[1])) ** 2)
        sums.lossBox +=
          boxLoss === 'coordinates' ? coordinates : 1 - (overlap - (hull(0) * hull(1) - union) / (hull(0) * hull(1)))
        const logits = row.slice(5)
        sums.lossClass += exclusive
          ? Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0)) - (logits[label - 1] as number)
          : logits.reduce((sum, x, i) => sum + entropy(x, i === label - 1 ? 1 : 0), 0)
      })
    }
    rows.forEach((row, place) => {
      const best = Math.max(0, ...things.map(({ box }) => iou(boxAt(place, row), box)))
      const counts = wanted.has(place) || best <= ignoreThreshold
      if (counts) sums.lossObjectness += entropy(row[4] as number, wanted.get(place) ?? 0)
    })
  })
  return { lossBox: sums.lossBox / 2, lossObjectness: sums.lossObjectness / 2, lossClass: sums.lossClass / 2 }
}

describe('the losses', () => {
  const cases: readonly (readonly [YoloLossOptions, boolean])[] = [
    [{}, false],
    [{ ignoreThreshold: 0.2 }, true],
    [{ anchorThreshold: 0.1, objectness: 'iou' }, false],
    [{ boxLoss: 'giou', ignoreThreshold: 0.3 }, false],
  ]
  it.each(cases)('are those of the papers: %j, one class only: %s', (options, exclusive) => {
    const found = jit((x: Tensor) => yoloLosses(x, grid, targets, exclusive, options))(said)
    for (const [name, expected] of Object.entries(plainly(options, exclusive)))
      expect(numbers(found[name as keyof typeof found]) / expected, name).toBeCloseTo(1, 4)
  })

  it('have weights', () => {
    const weights = { boxWeight: 2, objectWeight: 0, backgroundWeight: 3, classWeight: 5 }
    const [one, some] = [{}, weights].map((options) => yoloLosses(said, grid, targets, false, options))
    const ratio = (name: 'lossBox' | 'lossClass'): number =>
      numbers((some as NonNullable<typeof some>)[name]) / numbers((one as NonNullable<typeof one>)[name])
    expect(ratio('lossBox')).toBeCloseTo(2, 5)
    expect(ratio('lossClass')).toBeCloseTo(5, 5)
    const objects = yoloLosses(said, grid, targets, false, { backgroundWeight: 0 }).lossObjectness
    const background = yoloLosses(said, grid, targets, false, { objectWeight: 0 }).lossObjectness
    const all = (one as NonNullable<typeof one>).lossObjectness
    expect(numbers(objects) + numbers(background)).toBeCloseTo(numbers(all), 3)
  })

  it('have gradients by ciou that make boxes overlap more', () => {
    const loss = (x: Tensor): Tensor => yoloLosses(x, grid, targets, false, { boxLoss: 'ciou' }).lossBox
    const slope = grad(loss)(said)
    expect(np.all(np.isfinite(slope)).item()).toBe(true)
    expect(numbers(loss(said.sub(slope.mul(0.05))))).toBeLessThan(numbers(loss(said)))
  })

  it('see nothing in images without boxes but background', () => {
    const none = { ...targets, valid: np.zeros([2, 4], { dtype: 'bool' }) }
    const { lossBox, lossClass, lossObjectness } = yoloLosses(said, grid, none, false, {})
    expect([numbers(lossBox), numbers(lossClass)]).toEqual([0, 0])
    const objects = (said.toArray() as number[][][]).flat().reduce((sum, row) => sum + entropy(row[4] as number, 0), 0)
    expect(numbers(lossObjectness) / (objects / 2)).toBeCloseTo(1, 5)
  })
})

describe('yolo', () => {
  const model = yolo({
    classes: 2,
    anchors: [[[12, 12]], [[24, 24]]],
    backbone: darknet({ width: 4, blocks: [0, 1, 1], maps: 2 }),
    detections: 4,
  })
  const start = init(model, [32, 40, 3], random.key(0))

  it('is YOLOv3, to its last parameter', () => {
    const sizes = [1, 2, 3].map(
      (i) =>
        [
          [10 * i, 13 * i],
          [16 * i, 30 * i],
          [33 * i, 23 * i],
        ] as const,
    )
    const full = { classes: 80, anchors: sizes, headPairs: 2 }
    const backbone = darknet({ width: 32, blocks: [1, 2, 8, 8, 4], maps: 3 })
    expect(parameterCount(yolo({ ...full, backbone }), [416, 416, 3])).toEqual({ _tag: 'Right', right: 61_949_149 })
  })

  it('takes sides that strides do not divide, and finds the same in a batch as alone', () => {
    const images = random.uniform(random.key(1), [3, 30, 44, 3])
    const look = (x: Tensor) => model.apply(start.params, start.state, x, { mode: 'eval' })[0]
    const all = jit(look)(images)
    const alone = vmap((x: Tensor) => look(np.expandDims(x, 0)))(images)
    expect(np.max(np.abs(all.boxes.sub(alone.boxes.reshape([3, 4, 4])))).item()).toBeLessThan(1e-3)
  })

  it('learns where squares lie and how bright they are', () => {
    const places: readonly Box[] = [
      [2, 2, 14, 14],
      [12, 4, 36, 28],
      [24, 16, 36, 28],
      [4, 6, 28, 30],
    ]
    const images = np.stack(
      places.map(([x1, y1, x2, y2], i) =>
        np
          .zeros([32, 40, 3])
          .at({ start: y1, stop: y2 }, { start: x1, stop: x2 })
          .set(i % 2 === 0 ? 1 : 0.4),
      ),
    )
    const known: Targets = {
      boxes: np.array(places.map((box) => [[...box]]) as never),
      labels: np.array([[1], [2], [1], [2]]).astype('int32'),
      valid: np.ones([4, 1], { dtype: 'bool' }),
    }
    const optimizer = adam(1e-2)
    type State = typeof start & { readonly moments: ReturnType<typeof optimizer.init> }
    const step = jit(({ params, state, moments }: State) => {
      const loss = (p: typeof params) => {
        const ctx = { mode: 'train', key: random.key(0) } as const
        const [{ lossBox, lossObjectness, lossClass }, next] = model.losses(p, state, images, known, ctx)
        return [lossBox.add(lossObjectness).add(lossClass), next] as const
      }
      const [[value, next], gradient] = valueAndGrad(loss, { hasAux: true })(params)
      const [updates, moved] = optimizer.update(gradient, moments, params)
      return [{ params: applyUpdates(params, updates), state: next, moments: moved }, value] as const
    })
    let state: State = { ...start, moments: optimizer.init(start.params) }
    for (let i = 0; i < 120; i++) state = step(state)[0] as State
    const [found] = model.apply(state.params, state.state, images, { mode: 'eval' })
    const best = found.boxes.slice({}, 0).toArray() as unknown as readonly Box[]
    best.forEach((box, i) => expect(iou(box, places[i] as Box)).toBeGreaterThan(0.7))
    expect(found.labels.slice({}, 0).toArray()).toEqual([1, 2, 1, 2])
  })

  it('says what it needs', () => {
    const anchor = [[[8, 8]]] as const
    expect(() => yolo({ classes: 0, anchors: anchor })).toThrow(/classes is 0/)
    expect(() => yolo({ classes: 1, anchors: [] })).toThrow(/kMeansAnchors finds them/)
    expect(() => yolo({ classes: 1, anchors: [[[8, -8]]] })).toThrow(/lists of \[width, height\]/)
    expect(() => yolo({ classes: 1, anchors: anchor, headPairs: -1 })).toThrow(/headPairs is -1/)
    expect(() => yolo({ classes: 1, anchors: anchor, boxLoss: 'l1' as never })).toThrow(/coordinates, giou, ciou/)
    expect(() => yolo({ classes: 1, anchors: anchor, objectness: 'l1' as never })).toThrow(/one of one, iou/)
    const two = yolo({ classes: 1, anchors: anchor, backbone: darknet({ width: 4, maps: 2 }) })
    expect(() => init(two, [32, 32, 3], random.key(0))).toThrow(/2 feature maps, and there are anchors for 1/)
    expect(() => darknet({ maps: 4 })).toThrow(/a stage for each map/)
    const images = np.zeros([1, 32, 40, 3])
    const empty = { boxes: np.zeros([1, 0, 4]), labels: np.zeros([1, 0]), valid: np.zeros([1, 0]) }
    expect(() => model.losses(start.params, start.state, images, empty, { mode: 'eval' })).toThrow(/m ≥ 1/)
  })
})
