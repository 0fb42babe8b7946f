/** Detectors against torchvision: the same weights and images, the same boxes, scores and losses, and the same gradients. */
import { grad, jit, np, type Tensor } from '@puregrad/core'
import { type Layer, parameterCount } from '@puregrad/nn'
import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import {
  backboneWithFpn,
  type Detections,
  type Detector,
  fasterRcnn,
  fromTorchvision,
  frozenBatchNorm,
  type MaskDetections,
  type MaskTargets,
  maskRcnn,
  resnet18,
  resnet50,
  retinaNet,
  toTorchvision,
} from '../src/index.js'
import { expectNear, golden, type Numbers } from './golden.js'
import { noise, stateDict } from './noise.js'

interface Found {
  readonly boxes: readonly Numbers[]
  readonly scores: readonly number[]
  readonly labels: readonly number[]
  /** Some of their pixels. */
  readonly masks?: Numbers
}
interface Golden {
  readonly image: readonly [number, number]
  readonly truth: readonly { readonly boxes: readonly Numbers[]; readonly labels: readonly number[] }[]
  readonly detectors: Readonly<
    Record<
      string,
      {
        readonly maker: 'fasterRcnn' | 'maskRcnn' | 'retinaNet'
        readonly options: object
        readonly backbone: { readonly maker: 'resnet18' | 'resnet50'; readonly width: number }
        readonly pyramid: object
        readonly shapes: Readonly<Record<string, readonly number[]>>
        readonly found: readonly Found[]
        readonly losses: Readonly<Record<string, number>>
        readonly slopes: Readonly<Record<string, Numbers>>
      }
    >
  >
}
type Any = Layer<unknown, unknown, Tensor, Detections & Partial<MaskDetections>> &
  Pick<Detector<unknown, unknown, MaskTargets, Readonly<Record<string, Tensor>>>, 'losses'>

const resnets = { resnet18, resnet50 }
const makers = { fasterRcnn, maskRcnn, retinaNet }
const { image, truth, detectors } = golden<Golden>('detectors')
const camel = (name: string): string => name.replace(/_./g, (match) => match.charAt(1).toUpperCase())

/** The targets of a batch, filled up with boxes that are none. */
const most = Math.max(...truth.map(({ labels }) => labels.length)) + 1
const filled = <T>(list: readonly T[], empty: T): readonly T[] =>
  Array.from({ length: most }, (_, i) => list[i] ?? empty)
/** The ellipse inside a box. */
const ellipse = ([a, b, c, d]: readonly [number, number, number, number]): Tensor => {
  const along = (low: number, high: number, pixels: number): Tensor =>
    np.square(
      np
        .arange(pixels)
        .add(0.5 - (low + high) / 2)
        .div(high - low),
    )
  return np
    .expandDims(along(b, d, image[0]), 1)
    .add(along(a, c, image[1]))
    .le(0.25)
    .astype('uint8')
}
const targets: MaskTargets = {
  masks: np.stack(
    truth.map(({ boxes }) => {
      const own = boxes.map((box) => ellipse(box as never))
      return np.stack(filled(own, np.zeros(image, { dtype: 'uint8' })))
    }),
  ),
  boxes: np.array(truth.map(({ boxes }) => filled(boxes, [0, 0, 0, 0])) as never),
  labels: np.array(truth.map(({ labels }) => filled(labels, 0)) as never).astype('int32'),
  valid: np.array(
    truth.map(({ labels }) =>
      filled(
        labels.map(() => true),
        false,
      ),
    ) as never,
  ),
}

describe.each(Object.entries(detectors))(
  '%s',
  (_, { maker, options, backbone, pyramid, shapes, found, losses, slopes }) => {
    const spine = resnets[backbone.maker]({ width: backbone.width, norm: frozenBatchNorm })
    const model = makers[maker]({
      ...options,
      backbone: backboneWithFpn(spine, { channels: 8, ...pyramid }),
    }) as unknown as Any
    const [weights, count] = stateDict(shapes)
    const [height, width] = image
    const images = noise(count, [2, 3, height, width]).mul(0.5).add(0.5).transpose([0, 2, 3, 1])
    const read = fromTorchvision(model, [height, width, 3], weights)
    const variables = () => {
      if (isLeft(read)) throw new Error(JSON.stringify(read.left).slice(0, 500))
      return read.right
    }

    it("finds torchvision's boxes, scores and labels", () => {
      const { params, state } = variables()
      const ours = jit((x: Tensor) => model.apply(params, state, x, { mode: 'eval' })[0])(images)
      found.forEach(({ boxes, scores, labels, masks }, i) => {
        const n = scores.length
        const own = (x: Tensor): Tensor => x.at(i).get().slice({ stop: n })
        expect(np.sum(ours.valid.at(i).get().astype('int32')).item()).toBe(n)
        expect(own(ours.labels).toArray()).toEqual(labels)
        expectNear(own(ours.scores), scores, 1e-3)
        expectNear(own(ours.boxes), boxes, 1e-5)
        if (masks === undefined) return
        const some = (ours.masks as Tensor).at(i).get().slice({ stop: 4 }, { step: 4 }, { step: 5 })
        expectNear(some, masks, 1e-3)
      })
    })

    it("has torchvision's losses and gradients", () => {
      const { params, state } = variables()
      const eval_ = { mode: 'eval' } as const
      const ours = jit((x: Tensor) => model.losses(params, state, x, targets, eval_)[0])(images)
      expect(Object.keys(ours).sort()).toEqual(Object.keys(losses).map(camel).sort())
      for (const [name, value] of Object.entries(losses)) expectNear(ours[camel(name)] as Tensor, value, 1e-3)
      const total = (p: unknown): Tensor =>
        Object.values(model.losses(p, state, images, targets, eval_)[0]).reduce((a, b) => a.add(b))
      const slope = jit(grad(total))(params as never)
      const back = toTorchvision({ params: slope, state })
      if (isLeft(back)) throw new Error(JSON.stringify(back.left).slice(0, 500))
      for (const [name, value] of Object.entries(slopes)) {
        const own = (back.right.get(name) as Tensor).reshape([-1])
        expectNear(own.slice({ stop: (value as readonly Numbers[]).length }), value, 1e-3)
      }
    })
  },
)

describe('the whole detectors', () => {
  // Scales and shifts of frozen norms are no parameters there, but buffers: two of each channel of ResNet-50.
  const held = 53_120
  // torchvision's num_params of the weights of fasterrcnn_resnet50_fpn, maskrcnn_resnet50_fpn and retinanet_resnet50_fpn.
  it.each([
    ['fasterRcnn', fasterRcnn(), 41_755_286],
    ['maskRcnn', maskRcnn(), 44_401_393],
    ['retinaNet', retinaNet(), 34_014_999],
  ] as const)('%s has as many parameters as in torchvision', (_, model, parameters) =>
    expect(parameterCount(model as unknown as Layer<unknown, unknown>, [64, 64, 3])).toMatchObject({
      right: parameters + held,
    }),
  )
})
