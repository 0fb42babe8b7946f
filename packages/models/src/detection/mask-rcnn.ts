/** Mask R-CNN (He et al. 2017): Faster R-CNN with a mask for each box. */
import { np, operation, type Tensor, vmap } from '@puregrad/core'
import { block, type Layer, type ParamsOf, type StateOf, sigmoid } from '@puregrad/nn'
import type { Backbone } from './backbone.js'
import type { FasterRcnnLosses, FasterRcnnParams, RcnnState } from './faster-rcnn.js'
import { type Convolutions, type MaskPredictorParams, maskHead, maskPredictor } from './heads.js'
import { boxesToOriginal, type Geometry, nearest } from './images.js'
import { atClass, type BoxLosses, maskRcnnLoss } from './losses.js'
import { masksOnBoxes, pasteMasks } from './masks.js'
import { boxChildren, boxesIn, boxLossesOf, type Detector, rcnn, type Seen, type UsualBackbone } from './rcnn.js'
import { type MaskRcnnOptions, maskRcnnOptionNames, type Settled, settled } from './rcnn-options.js'
import { draw, perImage, regions } from './roi-heads.js'
import { keysOf } from './rpn.js'
import type { MaskDetections, MaskTargets } from './targets.js'

export interface MaskRcnnParams<B> extends Omit<FasterRcnnParams<B>, 'roi_heads'> {
  readonly roi_heads: FasterRcnnParams<B>['roi_heads'] & {
    readonly mask_head: Convolutions
    readonly mask_predictor: MaskPredictorParams
  }
}

/** What Mask R-CNN is trained by: their sum is the loss. */
export interface MaskRcnnLosses extends FasterRcnnLosses {
  readonly lossMask: Tensor
}

const children = (all: Settled) => ({
  ...boxChildren(all),
  mask_head: maskHead(all.maskLayers),
  mask_predictor: maskPredictor(all.maskDimReduced, all.classes),
})

interface MaskRun {
  readonly mask_head: (x: Tensor) => Tensor
  readonly mask_predictor: (x: Tensor) => Tensor
}

/** Logits of the masks of all classes under boxes [batch, n, 4]: [batch, n, rows, columns, classes]. */
const maskLogits = (run: MaskRun, features: readonly Tensor[], boxes: Tensor, all: Settled, geometry: Geometry) => {
  const seen = regions(features, boxes, all.maskRoiSize, all, geometry)
  return perImage(run.mask_predictor(run.mask_head(seen)), boxes.shape[0] as number)
}

const detecting = (all: Settled, geometry: Geometry) =>
  block(
    children(all),
    (run, seen: Seen): MaskDetections => {
      const found = boxesIn(run, seen, all, geometry)
      const logits = maskLogits(run, seen.features, found.boxes, all, geometry)
      const ofImage = (x: Tensor, labels: Tensor): Tensor => atClass(np.moveaxis(x, -1, 1), labels, 2)
      return { ...found, masks: sigmoid(vmap(ofImage)(logits, found.labels)) }
    },
    { name: 'roiHeads' },
  )

const detectingWithLosses = (all: Settled, geometry: Geometry) =>
  block(
    children(all),
    (
      run,
      { features, proposals, targets }: Seen & { readonly targets: MaskTargets },
      ctx,
    ): BoxLosses & Pick<MaskRcnnLosses, 'lossMask'> => {
      const drawn = draw(keysOf(ctx, proposals.boxes.shape[0] as number), proposals, targets, all)
      // Those of a class go first, so that the others need no masks.
      const most = Math.max(Math.floor(all.boxBatchSizePerImage * all.boxPositiveFraction), 1)
      const first = (x: Tensor): Tensor => x.slice({}, { stop: Math.min(most, x.shape[1] as number) })
      const [boxes, matches, labels] = [first(drawn.boxes), first(drawn.matches), first(drawn.labels)]
      const logits = maskLogits(run, features, boxes, all, geometry)
      const side = logits.shape[2] as number
      const onBoxes = (masks: Tensor, own: Tensor, at: Tensor): Tensor =>
        masksOnBoxes(np.take(masks, own, { axis: 0 }), at, side)
      const sized = np.moveaxis(nearest(np.moveaxis(targets.masks, 1, -1), geometry.resized), -1, 1)
      const masks = vmap(onBoxes)(sized, matches, boxes)
      return {
        ...boxLossesOf(run, features, drawn, all, geometry),
        lossMask: maskRcnnLoss(logits, { labels, masks, positive: labels.gt(0) }),
      }
    },
    { name: 'roiHeads' },
  )

/** Boxes and masks in the image. */
const back = (found: MaskDetections, geometry: Geometry): MaskDetections => {
  const boxes = boxesToOriginal(found.boxes, geometry)
  const paste = (small: Tensor, own: Tensor, valid: Tensor): Tensor =>
    np.where(valid.reshape([-1, 1, 1]), pasteMasks(small, own, geometry.original), 0)
  return { ...found, boxes, masks: vmap(paste)(found.masks, boxes, found.valid) }
}

/**
 * Mask R-CNN with torchvision's structure, names and numbers: Faster R-CNN, of which all that `fasterRcnn` says is true here, with
 * the mask of each box at its place in the image. Masks from 0.5 on are usually taken to be of the thing.
 * @returns a layer from images [height, width, 3], from 0 to 1, to detections with masks; `losses` are for training
 * @example
 * const model = maskRcnn({
 *   classes: 2,
 *   backbone: backboneWithFpn(resnet18({ width: 4, norm: frozenBatchNorm }), { channels: 8 }),
 *   minSize: 64,
 *   rpnAnchors: { sizes: [[8], [16], [32], [64], [128]] },
 *   rpnPostNmsTopNTest: 20,
 *   representationSize: 16,
 *   boxDetectionsPerImg: 5,
 *   maskLayers: [8, 8],
 *   maskDimReduced: 8,
 * })
 * const { params, state } = init(model, [64, 64, 3], random.key(0))
 * const [found] = model.apply(params, state, np.ones([1, 64, 64, 3]), { mode: 'eval' })
 * found.masks.shape // [1, 5, 64, 64]
 */
export const maskRcnn = operation(
  'maskRcnn',
  { at: 0, names: maskRcnnOptionNames },
  <const B extends Backbone = UsualBackbone>(
    options: MaskRcnnOptions<B> = {},
  ): Detector<MaskRcnnParams<ParamsOf<B>>, RcnnState<StateOf<B>>, MaskTargets, MaskRcnnLosses, MaskDetections> => {
    const all = settled(options)
    return rcnn('maskRcnn', options, all, {
      heads: (geometry) => detecting(all, geometry) as unknown as Layer<unknown, unknown, Seen, MaskDetections>,
      training: (geometry) => detectingWithLosses(all, geometry) as never,
      masks: true,
      back,
    })
  },
)
