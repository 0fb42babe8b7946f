/** What detectors promise beyond torchvision's numbers: static sizes, masks that say what counts, and words for what does not fit. */
import { grad, jit, np, random, type Tensor, tree, vmap } from '@puregrad/core'
import { init, type Layer } from '@puregrad/nn'
import { describe, expect, it } from 'vitest'
import {
  backboneWithFpn,
  type Detector,
  fasterRcnn,
  frozenBatchNorm,
  type MaskTargets,
  maskRcnn,
  multiScaleRoiAlign,
  pasteMasks,
  resnet18,
  retinaNet,
  type Size,
} from '../src/index.js'
import { expectNear, golden, type Numbers } from './golden.js'

const spine = resnet18({ width: 2, norm: frozenBatchNorm })
const sizes = { sizes: [[8], [16], [32], [64], [128]] }
const common = { classes: 3, minSize: 64, backbone: backboneWithFpn(spine, { channels: 4 }) }
const rcnn = {
  ...common,
  rpnAnchors: sizes,
  rpnPreNmsTopNTrain: 40,
  rpnPostNmsTopNTrain: 20,
  rpnBatchSizePerImage: 16,
  boxBatchSizePerImage: 8,
  representationSize: 8,
}
const detectors = {
  fasterRcnn: fasterRcnn(rcnn),
  maskRcnn: maskRcnn({ ...rcnn, maskLayers: [4], maskDimReduced: 4 }),
  retinaNet: retinaNet({
    ...common,
    anchors: sizes,
    backbone: backboneWithFpn(spine, { at: ['layer2', 'layer3', 'layer4'], channels: 4, extra: 'p6p7' }),
  }),
}
type Any = Layer<unknown, unknown> &
  Pick<Detector<unknown, unknown, MaskTargets, Readonly<Record<string, Tensor>>>, 'losses'>

const images = random.uniform(random.key(5), [2, 64, 64, 3])
const targets = (valid: readonly (readonly boolean[])[], spare: readonly number[]): MaskTargets => ({
  boxes: np.array([
    [[5, 5, 30, 40], [...spare]],
    [[20, 10, 50, 60], [...spare]],
  ]),
  labels: np
    .array([
      [1, 2],
      [2, 1],
    ])
    .astype('int32'),
  valid: np.array(valid.map((row) => [...row])),
  masks: np.ones([2, 2, 64, 64], { dtype: 'uint8' }),
})

describe.each(Object.entries(detectors))('%s', (_, detector) => {
  const model = detector as unknown as Any
  const { params, state } = init(model, [64, 64, 3], random.key(0))
  const ctx = { mode: 'train', key: random.key(1) } as const
  const total = (p: unknown, given: MaskTargets): Tensor =>
    Object.values(model.losses(p, state, images, given, ctx)[0]).reduce((a, b) => a.add(b))
  const both = jit((given: MaskTargets) => [total(params, given), grad((p: never) => total(p, given))(params as never)])

  it('learns from images without anything in them, and from boxes of no size that do not count', () => {
    for (const valid of [
      [
        [true, false],
        [false, false],
      ],
      [
        [false, false],
        [false, false],
      ],
    ]) {
      const found = tree.leaves(both(targets(valid, [0, 0, 0, 0]) as never)) as readonly Tensor[]
      for (const x of found) expect(np.all(np.isfinite(x)).item()).toBe(true)
      expect(found.some((x) => np.any(x.ne(0)).item())).toBe(true)
    }
  })

  it('does not see what only fills up, and says the same each time in evaluation', () => {
    const valid = [
      [true, false],
      [true, false],
    ]
    const first = both(targets(valid, [0, 0, 0, 0]))[0] as Tensor
    const second = both(targets(valid, [1, 2, 60, 61]))[0] as Tensor
    expect(first.item()).toBe(second.item())
    const still = (): number =>
      Object.values(model.losses(params, state, images, targets(valid, [0, 0, 0, 0]), { mode: 'eval' })[0])
        .reduce((a, b) => a.add(b))
        .item() as number
    expect(still()).toBe(still())
  })

  it('says which targets it needs', () => {
    const given = targets([[true], [true]], [0, 0, 0, 0])
    expect(() => model.losses(params, state, images, given, ctx)).toThrow(/valid \[2, m\].*these are/)
    const { labels: __, ...less } = given
    expect(() => model.losses(params, state, images, less as never, ctx)).toThrow(/no labels/)
  })
})

describe('multiScaleRoiAlign', () => {
  interface Golden {
    readonly regions: {
      readonly image: Size
      readonly maps: readonly Numbers[]
      readonly rois: Numbers
      readonly scale: number
      readonly level: number
      readonly out: Numbers
      readonly slopes: readonly Numbers[]
    }
  }
  const { regions } = golden<Golden>('detection')
  const maps = regions.maps.map((x) => np.array(x as never))
  const rois = np.array(regions.rois as never)
  const options = { imageSize: regions.image, canonicalScale: regions.scale, canonicalLevel: regions.level }

  it("has torchvision's numbers and gradients, jitted and over a batch", () => {
    const look = jit((x: readonly Tensor[]): Tensor => multiScaleRoiAlign(x, rois, [3, 2], options))
    expectNear(look(maps), regions.out)
    const weights = np.arange(np.array(regions.out as never).size).reshape(look(maps).shape)
    const slopes = grad((x: readonly Tensor[]) => np.sum(look(x).mul(np.mod(weights, 7).sub(3))))(maps)
    slopes.forEach((slope, i) => {
      expectNear(slope, regions.slopes[i] as Numbers)
    })
    const batch = vmap((x: readonly Tensor[]) => look(x))(maps.map((x) => np.stack([x, x.mul(2)])))
    expectNear(batch.at(1).get().div(2), regions.out)
  })
})

describe('multiScaleRoiAlign and pasteMasks', () => {
  it('say what they need', () => {
    const [maps, boxes] = [[np.ones([8, 8, 2])], np.ones([1, 4])]
    const look = (x: readonly Tensor[], size: Size, samplingRatio = 2) =>
      multiScaleRoiAlign(x, boxes, size, { imageSize: [8, 8], samplingRatio })
    expect(() => look([], [2, 2])).toThrow(/no feature maps/)
    expect(() => look([np.ones([1, 8, 8, 2])], [2, 2])).toThrow(/vmap/)
    expect(() => look(maps, [0, 2])).toThrow(/whole numbers/)
    expect(() => look(maps, [2, 2], 0.5)).toThrow(/samplingRatio 0\.5/)
  })

  it('need a box for each mask', () =>
    expect(() => pasteMasks(np.ones([2, 4, 4]), np.ones([1, 4]), [8, 8])).toThrow(/\[n, 4\]/))
})
