/** The second half of R-CNNs: what is in each region, and where exactly. */
import { np, stopGradient, type Tensor, vmap } from '@puregrad/core'
import { softmax } from '@puregrad/nn'
import { clip, decode, encode, iou } from '../vision/boxes.js'
import { batchedNms } from '../vision/nms.js'
import type { Geometry } from './images.js'
import type { BoxPredictions } from './losses.js'
import { betweenThresholds, matching } from './matching.js'
import { multiScaleRoiAlign } from './multi-scale-roi-align.js'
import type { Settled } from './rcnn-options.js'
import { largeEnough, type Proposals, rowsOf } from './rpn.js'
import { balancedSampling } from './sampling.js'
import type { Detections, Targets } from './targets.js'

/** [batch, n, …] as [batch · n, …], for a head that takes regions; and back. */
export const flat = (x: Tensor): Tensor => x.reshape([-1, ...x.shape.slice(2)])
export const perImage = (x: Tensor, batch: number): Tensor => x.reshape([batch, -1, ...x.shape.slice(1)])

/** What lies under boxes [batch, n, 4] in the feature maps, [batch · n, side, side, channels]. */
export const regions = (
  features: readonly Tensor[],
  boxes: Tensor,
  side: number,
  { roiLevels, canonicalScale, canonicalLevel }: Settled,
  { resized }: Geometry,
): Tensor => {
  const look = (maps: readonly Tensor[], own: Tensor): Tensor =>
    multiScaleRoiAlign(maps, own, [side, side], { imageSize: resized, canonicalScale, canonicalLevel })
  return flat(vmap(look)(features.slice(0, roiLevels), boxes))
}

/** Regions that were drawn for training, and what they should be. */
export interface Drawn {
  /** [batch, n, 4] */
  readonly boxes: Tensor
  /** int32 [batch, n]: rows of the targets. */
  readonly matches: Tensor
  /** int32 [batch, n]: 0 for background. */
  readonly labels: Tensor
  /** [batch, n, 4] */
  readonly deltas: Tensor
  /** bool [batch, n] */
  readonly valid: Tensor
}

/** Some of the proposals and of the true boxes themselves, balanced; those of a class first. */
export const draw = (keys: Tensor, proposals: Proposals, targets: Targets, options: Settled): Drawn => {
  const ofImage = (key: Tensor, found: Proposals, truth: Targets): Drawn => {
    const all = np.concatenate([found.boxes, truth.boxes])
    const matches = matching(iou(truth.boxes, all), {
      highThreshold: options.boxFgIouThresh,
      lowThreshold: options.boxBgIouThresh,
      valid: truth.valid,
    })
    const own = np.take(truth.labels, np.maximum(matches, 0)).astype('int32')
    const labels = np.where(matches.ge(0), own, np.where(matches.eq(betweenThresholds), -1, 0))
    const counting = np.concatenate([found.valid, truth.valid])
    const { indices, valid } = balancedSampling(key, np.where(counting, labels, -1), {
      size: options.boxBatchSizePerImage,
      positiveFraction: options.boxPositiveFraction,
    })
    const chosen = (x: Tensor): Tensor => np.take(x, indices, { axis: 0 })
    const boxes = chosen(all)
    const matched = np.maximum(chosen(matches), 0)
    return {
      boxes,
      matches: matched,
      labels: np.where(valid, chosen(labels), 0).astype('int32'),
      deltas: encode(np.take(truth.boxes, matched, { axis: 0 }), boxes, { weights: options.bboxRegWeights }),
      valid,
    }
  }
  const { boxes, labels, valid } = targets
  return vmap(ofImage)(keys, { boxes: stopGradient(proposals.boxes), valid: proposals.valid }, { boxes, labels, valid })
}

/** Sides below this are none: torchvision's remove_small_boxes in RoIHeads. */
const smallest = 1e-2

/** The boxes of all classes that stay, in pixels of the resized image. */
export const detect = (
  { logits, deltas }: BoxPredictions,
  proposals: Proposals,
  options: Settled,
  { resized }: Geometry,
): Detections => {
  const classes = logits.shape.at(-1) as number
  const ofImage = (said: Tensor, offsets: Tensor, from: Tensor, valid: Tensor): Detections => {
    const regionCount = from.shape[0] as number
    const anchors = np.broadcastTo(np.expandDims(from, 1), [regionCount, classes, 4])
    const withoutBackground = (x: Tensor): Tensor => x.slice({}, { start: 1 })
    const decoded = withoutBackground(decode(offsets, anchors, { weights: options.bboxRegWeights }))
    const boxes = clip(decoded.reshape([-1, 4]), resized)
    const scores = withoutBackground(softmax(said)).reshape([-1])
    const ofClass = np.arange(1, classes, 1, { dtype: 'int32' })
    const labels = np.broadcastTo(ofClass, [regionCount, classes - 1]).reshape([-1])
    const counting = [
      np.repeat(valid, classes - 1),
      scores.gt(options.boxScoreThresh),
      largeEnough(boxes, smallest),
    ].reduce((a, b) => np.logicalAnd(a, b))
    const kept = batchedNms(boxes, np.where(counting, scores, Number.NEGATIVE_INFINITY), labels, {
      iouThreshold: options.boxNmsThresh,
      max: options.boxDetectionsPerImg,
    })
    const of = (x: Tensor): Tensor => np.where(kept.valid, np.take(x, kept.indices), 0)
    return {
      boxes: rowsOf(boxes, kept.indices, kept.valid),
      scores: of(scores),
      labels: of(labels).astype('int32'),
      valid: kept.valid,
    }
  }
  return vmap(ofImage)(logits, deltas, proposals.boxes, proposals.valid)
}
