/** Faster R-CNN (Ren et al. 2015) over feature pyramids (Lin et al. 2017). */
import { operation, type Tensor } from '@puregrad/core'
import { block, type Ctx, type Layer, type ParamsOf, type StateOf } from '@puregrad/nn'
import { frozenBatchNorm } from '../classification/frozen-batch-norm.js'
import { resnet50 } from '../classification/resnet.js'
import { type Backbone, backboneWithFpn, listed } from './backbone.js'
import { fromInput } from './from-input.js'
import { type BoxHeadParams, type BoxPredictorParams, boxHead, boxPredictor, type Nothing } from './heads.js'
import { boxesToOriginal, boxesToResized, type Geometry, geometryOf, prepare } from './images.js'
import { type BoxLosses, fastRcnnLosses, type RpnLosses } from './losses.js'
import { type FasterRcnnOptions, fasterRcnnOptionNames, type Settled, settled } from './rcnn-options.js'
import { detect, draw, perImage, regions } from './roi-heads.js'
import { keysOf, type Proposals, proposing, proposingWithLosses, type RpnParams, type RpnState } from './rpn.js'
import { checkTargets, type Detections, type Targets } from './targets.js'

export interface FasterRcnnParams<B> {
  readonly backbone: B
  readonly rpn: RpnParams
  readonly roi_heads: { readonly box_head: BoxHeadParams; readonly box_predictor: BoxPredictorParams }
}

export interface RcnnState<B> {
  readonly backbone: B
  readonly rpn: RpnState
  readonly roi_heads: Nothing
}

/** What Faster R-CNN is trained by: their sum is the loss. */
export interface FasterRcnnLosses extends RpnLosses, BoxLosses {}

/** A layer from images to what is in them that also says how wrong it is. */
export interface Detector<P, S, T = Targets, L = FasterRcnnLosses, D = Detections> extends Layer<P, S, Tensor, D> {
  /**
   * The losses of a batch, and the state after it. In training what is drawn comes from the key; in evaluation the same is drawn
   * each time. It jits, and its losses have gradients.
   * @param images [batch, height, width, 3], from 0 to 1
   */
  readonly losses: (params: P, state: S, images: Tensor, targets: T, ctx: Ctx) => readonly [L, S]
}

/** The backbone that detectors have unless told. */
export const usualBackbone = () => backboneWithFpn(resnet50({ norm: frozenBatchNorm }))

export type UsualBackbone = ReturnType<typeof usualBackbone>

/** [height, width] of images, from their shape with or without a batch. */
export const sidesOf = (shape: readonly number[]): readonly [number, number] =>
  shape.slice(-3, -1) as unknown as readonly [number, number]

interface Seen {
  readonly features: readonly Tensor[]
  readonly proposals: Proposals
}

const boxChildren = ({ representationSize, classes }: Settled) => ({
  box_head: boxHead(representationSize),
  box_predictor: boxPredictor(classes),
})

const detecting = (options: Settled, geometry: Geometry) =>
  block(
    boxChildren(options),
    (run, { features, proposals }: Seen): Detections => {
      const batch = proposals.boxes.shape[0] as number
      const seen = run.box_head(regions(features, proposals.boxes, options.boxRoiSize, options, geometry))
      const { logits, deltas } = run.box_predictor(seen)
      return detect({ logits: perImage(logits, batch), deltas: perImage(deltas, batch) }, proposals, options, geometry)
    },
    { name: 'roiHeads' },
  )

const detectingWithLosses = (options: Settled, geometry: Geometry) =>
  block(
    boxChildren(options),
    (run, { features, proposals, targets }: Seen & { readonly targets: Targets }, ctx): BoxLosses => {
      const batch = proposals.boxes.shape[0] as number
      const drawn = draw(keysOf(ctx, batch), proposals, targets, options)
      const seen = run.box_head(regions(features, drawn.boxes, options.boxRoiSize, options, geometry))
      const { logits, deltas } = run.box_predictor(seen)
      const truth = { labels: drawn.labels, deltas: drawn.deltas, valid: drawn.valid }
      return fastRcnnLosses({ logits: perImage(logits, batch), deltas: perImage(deltas, batch) }, truth)
    },
    { name: 'roiHeads' },
  )

/**
 * Faster R-CNN with torchvision's structure, names and numbers: `fromTorchvision` reads its state dicts, and finds the same boxes.
 * Sizes are static, so that it jits: `valid` says which detections there are. Classes count from 1; 0 is background. For images
 * that are to stay as large as they are, say so by `minSize`. Weights that torchvision offers were trained with
 * `{ norm: () => frozenBatchNorm({ epsilon: 0 }) }`.
 * @returns a layer from images [height, width, 3], from 0 to 1, to detections; `losses` are for training
 * @example
 * const model = fasterRcnn({
 *   classes: 3,
 *   backbone: backboneWithFpn(resnet18({ width: 4, norm: frozenBatchNorm }), { channels: 8 }),
 *   minSize: 64,
 *   rpnAnchors: { sizes: [[8], [16], [32], [64], [128]] },
 *   rpnPreNmsTopNTest: 50,
 *   rpnPostNmsTopNTest: 20,
 *   representationSize: 16,
 *   boxDetectionsPerImg: 10,
 * })
 * const { params, state } = init(model, [64, 64, 3], random.key(0))
 * const [found] = model.apply(params, state, np.ones([2, 64, 64, 3]), { mode: 'eval' })
 * found.boxes.shape // [2, 10, 4]
 * const targets = { boxes: np.array([[[4, 4, 30, 40]], [[8, 8, 20, 20]]]), labels: np.array([[1], [2]]), valid: np.array([[true], [false]]) }
 * const [losses] = model.losses(params, state, np.ones([2, 64, 64, 3]), targets, { mode: 'train', key: random.key(1) })
 * Object.keys(losses) // ['lossObjectness', 'lossRpnBoxReg', 'lossClassifier', 'lossBoxReg']
 */
export const fasterRcnn = operation(
  'fasterRcnn',
  { at: 0, names: fasterRcnnOptionNames },
  <const B extends Backbone = UsualBackbone>(
    options: FasterRcnnOptions<B> = {},
  ): Detector<FasterRcnnParams<ParamsOf<B>>, RcnnState<StateOf<B>>> => {
    type Params = FasterRcnnParams<ParamsOf<B>>
    type State = RcnnState<StateOf<B>>
    const all = settled(options)
    const backbone = (options.backbone ?? usualBackbone()) as Layer<unknown, unknown, Tensor, readonly Tensor[]>
    const layer = fromInput(
      'fasterRcnn',
      sidesOf,
      (images: Tensor) => sidesOf(images.shape),
      (sides) => {
        const geometry = geometryOf(sides, all)
        return block(
          { backbone, rpn: proposing(all, geometry), roi_heads: detecting(all, geometry) },
          (run, images: Tensor): Detections => {
            const features = listed(run.backbone(prepare(images, geometry, all)))
            const found = run.roi_heads({ features, proposals: run.rpn(features) })
            return { ...found, boxes: boxesToOriginal(found.boxes, geometry) }
          },
          { name: 'fasterRcnn' },
        )
      },
    ) as unknown as Layer<Params, State, Tensor, Detections>
    return {
      ...layer,
      losses: (params, state, images, targets, ctx) => {
        checkTargets('fasterRcnn.losses', images, targets, false)
        const geometry = geometryOf(sidesOf(images.shape), all)
        const truth = { ...targets, boxes: boxesToResized(targets.boxes, geometry) }
        const training = block(
          { backbone, rpn: proposingWithLosses(all, geometry), roi_heads: detectingWithLosses(all, geometry) },
          (run, x: Tensor): FasterRcnnLosses => {
            const features = listed(run.backbone(prepare(x, geometry, all)))
            const { proposals, losses } = run.rpn({ features, truth })
            return { ...losses, ...run.roi_heads({ features, proposals, targets: truth }) }
          },
          { name: 'fasterRcnn' },
        ) as unknown as Layer<Params, State, Tensor, FasterRcnnLosses>
        return training.apply(params, state, images, ctx)
      },
    }
  },
)
