/** Faster R-CNN (Ren et al. 2015) over feature pyramids (Lin et al. 2017). */
import { operation } from '@puregrad/core'
import { block, type Layer, type ParamsOf, type StateOf } from '@puregrad/nn'
import type { Backbone } from './backbone.js'
import type { BoxHeadParams, BoxPredictorParams, Nothing } from './heads.js'
import { boxesToOriginal, type Geometry } from './images.js'
import type { BoxLosses, RpnLosses } from './losses.js'
import { boxChildren, boxesIn, boxLossesOf, type Detector, rcnn, type Seen, type UsualBackbone } from './rcnn.js'
import { type FasterRcnnOptions, fasterRcnnOptionNames, type Settled, settled } from './rcnn-options.js'
import { draw } from './roi-heads.js'
import { keysOf, type RpnParams, type RpnState } from './rpn.js'
import type { Detections, Targets } from './targets.js'

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

const detecting = (all: Settled, geometry: Geometry) =>
  block(boxChildren(all), (run, seen: Seen): Detections => boxesIn(run, seen, all, geometry), { name: 'roiHeads' })

const detectingWithLosses = (all: Settled, geometry: Geometry) =>
  block(
    boxChildren(all),
    (run, { features, proposals, targets }: Seen & { readonly targets: Targets }, ctx): BoxLosses => {
      const drawn = draw(keysOf(ctx, proposals.boxes.shape[0] as number), proposals, targets, all)
      return boxLossesOf(run, features, drawn, all, geometry)
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
  ): Detector<FasterRcnnParams<ParamsOf<B>>, RcnnState<StateOf<B>>, Targets, FasterRcnnLosses> => {
    const all = settled(options)
    return rcnn('fasterRcnn', options, all, {
      heads: (geometry) => detecting(all, geometry) as unknown as Layer<unknown, unknown, Seen, Detections>,
      training: (geometry) => detectingWithLosses(all, geometry) as never,
      masks: false,
      back: (found: Detections, geometry) => ({ ...found, boxes: boxesToOriginal(found.boxes, geometry) }),
    })
  },
)
