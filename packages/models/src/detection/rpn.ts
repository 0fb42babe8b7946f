/** Region proposal networks (Ren et al. 2015): where in an image there may be something. */
import { lax, np, random, stopGradient, type Tensor, vmap } from '@puregrad/core'
import { block, type Ctx, type Layer, sigmoid } from '@puregrad/nn'
import { clip, decode, encode, iou } from '../vision/boxes.js'
import { batchedNms } from '../vision/nms.js'
import { anchors, type Size } from './anchors.js'
import { anchorsEverywhere, type Nothing, type RpnHeadParams, rpnHead } from './heads.js'
import type { Geometry } from './images.js'
import { type RpnLosses, type RpnPredictions, rpnLosses } from './losses.js'
import { belowLowThreshold, matching } from './matching.js'
import type { Settled } from './rcnn-options.js'
import { balancedSampling } from './sampling.js'

export interface RpnParams {
  readonly head: RpnHeadParams
}

export interface RpnState {
  readonly head: Nothing
}

/** Regions of a batch of images, the likeliest first. */
export interface Proposals {
  /** [batch, n, 4] */
  readonly boxes: Tensor
  /** bool [batch, n] */
  readonly valid: Tensor
}

interface Boxes {
  /** [batch, m, 4], in pixels of the resized image. */
  readonly boxes: Tensor
  /** bool [batch, m] */
  readonly valid: Tensor
}

/** Sides below this are none: torchvision's min_size of proposals. */
const smallest = 1e-3

/** Whether boxes [n, 4] have sides of this length at least. */
export const largeEnough = (boxes: Tensor, side: number): Tensor => {
  const [x1, y1, x2, y2] = [0, 1, 2, 3].map((i) => np.take(boxes, i, { axis: -1 })) as [Tensor, Tensor, Tensor, Tensor]
  return np.logicalAnd(x2.sub(x1).ge(side), y2.sub(y1).ge(side))
}

/** Rows of boxes [n, 4], zeros where there is none. */
export const rowsOf = (boxes: Tensor, indices: Tensor, valid: Tensor): Tensor =>
  np.where(np.expandDims(valid, 1), np.take(boxes, indices, { axis: 0 }), 0)

const sizesOf = (features: readonly Tensor[]): readonly Size[] =>
  features.map(({ shape }) => [shape[1] as number, shape[2] as number])

/** The anchors of each map. */
const anchorsOf = (features: readonly Tensor[], { rpnAnchors }: Settled, { padded }: Geometry) => {
  const sizes = sizesOf(features)
  const each = anchorsEverywhere('rpn', rpnAnchors)
  return { all: anchors(padded, sizes, rpnAnchors), counts: sizes.map(([h, w]) => h * w * each) }
}

/** The best of all that the head says, one image at a time; nothing of it is differentiated. */
const propose = (
  { objectness, deltas }: RpnPredictions,
  { all, counts }: ReturnType<typeof anchorsOf>,
  limits: { readonly before: number; readonly after: number },
  { rpnNmsThresh, rpnScoreThresh }: Settled,
  { resized }: Geometry,
): Proposals => {
  const starts = counts.map((_, level) => counts.slice(0, level).reduce((sum, n) => sum + n, 0))
  const ofImage = (logits: Tensor, offsets: Tensor): Proposals => {
    const best = counts.map((count, level) => {
      const start = starts[level] as number
      const [, index] = lax.topK(logits.slice({ start, stop: start + count }), Math.min(limits.before, count))
      return index.astype('int32').add(start)
    })
    const chosen = np.concatenate(best)
    const levels = np.concatenate(best.map(({ shape }, level) => np.full(shape, level, { dtype: 'int32' })))
    const from = (x: Tensor): Tensor => np.take(x, chosen, { axis: 0 })
    const boxes = clip(decode(from(offsets), from(all)), resized)
    const scores = sigmoid(from(logits))
    const counting = np.logicalAnd(largeEnough(boxes, smallest), scores.ge(rpnScoreThresh))
    const ranked = np.where(counting, scores, Number.NEGATIVE_INFINITY)
    const { indices, valid } = batchedNms(boxes, ranked, levels, { iouThreshold: rpnNmsThresh, max: limits.after })
    return { boxes: rowsOf(boxes, indices, valid), valid }
  }
  return vmap(ofImage)(stopGradient(objectness), stopGradient(deltas))
}

/** Random numbers for each image; in evaluation the same ones each time. */
export const keysOf = (ctx: Ctx, batch: number): Tensor =>
  random.split(ctx.mode === 'train' ? ctx.key : random.key(0), batch)

/** What the head should have said of anchors that are drawn. */
const truthOf = (ctx: Ctx, all: Tensor, truth: Boxes, options: Settled) => {
  const ofImage = (key: Tensor, boxes: Tensor, valid: Tensor) => {
    const matches = matching(iou(boxes, all), {
      highThreshold: options.rpnFgIouThresh,
      lowThreshold: options.rpnBgIouThresh,
      allowLowQualityMatches: true,
      valid,
    })
    const labels = np.where(matches.ge(0), 1, np.where(matches.eq(belowLowThreshold), 0, -1))
    const { positive, negative } = balancedSampling(key, labels, {
      size: options.rpnBatchSizePerImage,
      positiveFraction: options.rpnPositiveFraction,
    })
    const own = np.take(boxes, np.maximum(matches, 0), { axis: 0 })
    return { deltas: encode(own, all), positive, negative }
  }
  return vmap(ofImage)(keysOf(ctx, truth.boxes.shape[0] as number), truth.boxes, truth.valid)
}

const children = ({ rpnAnchors }: Settled) => ({ head: rpnHead(anchorsEverywhere('rpn', rpnAnchors)) })

/** Proposals of feature maps. */
export const proposing = (
  options: Settled,
  geometry: Geometry,
): Layer<RpnParams, RpnState, readonly Tensor[], Proposals> =>
  block(
    children(options),
    (run, features: readonly Tensor[]): Proposals => {
      const limits = { before: options.rpnPreNmsTopNTest, after: options.rpnPostNmsTopNTest }
      return propose(run.head(features), anchorsOf(features, options, geometry), limits, options, geometry)
    },
    { name: 'rpn' },
  )

/** The same network in training: more proposals, and its losses. */
export const proposingWithLosses = (options: Settled, geometry: Geometry) =>
  block(
    children(options),
    (
      run,
      { features, truth }: { readonly features: readonly Tensor[]; readonly truth: Boxes },
      ctx,
    ): { readonly proposals: Proposals; readonly losses: RpnLosses } => {
      const limits = { before: options.rpnPreNmsTopNTrain, after: options.rpnPostNmsTopNTrain }
      const said = run.head(features)
      const found = anchorsOf(features, options, geometry)
      return {
        proposals: propose(said, found, limits, options, geometry),
        losses: rpnLosses(said, truthOf(ctx, found.all, truth, options)),
      }
    },
    { name: 'rpn' },
  )
