/** What all R-CNNs are put together by: a backbone, a region proposal network, and heads for regions. */
import type { Tensor } from '@puregrad/core'
import { block, type Ctx, type Layer } from '@puregrad/nn'
import { frozenBatchNorm } from '../classification/frozen-batch-norm.js'
import { resnet50 } from '../classification/resnet.js'
import { type Backbone, backboneWithFpn, listed } from './backbone.js'
import { fromInput } from './from-input.js'
import { boxHead, boxPredictor } from './heads.js'
import { boxesToResized, type Geometry, geometryOf, prepare } from './images.js'
import { type BoxLosses, type BoxPredictions, fastRcnnLosses, type RpnLosses } from './losses.js'
import type { Settled } from './rcnn-options.js'
import { type Drawn, detect, perImage, regions } from './roi-heads.js'
import { type Proposals, proposing, proposingWithLosses } from './rpn.js'
import { checkTargets, type Detections, type Targets } from './targets.js'

/** A layer from images to what is in them that also says how wrong it is. */
export interface Detector<P, S, T = Targets, L = RpnLosses & BoxLosses, D = Detections> extends Layer<P, S, Tensor, D> {
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

/** What a detector sees with, as a layer. */
export type Seeing = Layer<unknown, unknown, Tensor, Tensor | readonly Tensor[]>

/** [height, width] of images, from their shape with or without a batch. */
export const sidesOf = (shape: readonly number[]): readonly [number, number] =>
  shape.slice(-3, -1) as unknown as readonly [number, number]

/** What heads look at: feature maps, and where in them. */
export interface Seen {
  readonly features: readonly Tensor[]
  readonly proposals: Proposals
}

export interface BoxRun {
  readonly box_head: (x: Tensor) => Tensor
  readonly box_predictor: (x: Tensor) => BoxPredictions
}

export const boxChildren = ({ representationSize, classes }: Settled) => ({
  box_head: boxHead(representationSize),
  box_predictor: boxPredictor(classes),
})

/** What the box heads say of regions, image by image. */
const predict = (run: BoxRun, features: readonly Tensor[], boxes: Tensor, all: Settled, geometry: Geometry) => {
  const { logits, deltas } = run.box_predictor(run.box_head(regions(features, boxes, all.boxRoiSize, all, geometry)))
  const batch = boxes.shape[0] as number
  return { logits: perImage(logits, batch), deltas: perImage(deltas, batch) }
}

/** The boxes of all classes in the proposals, in pixels of the resized image. */
export const boxesIn = (run: BoxRun, { features, proposals }: Seen, all: Settled, geometry: Geometry): Detections =>
  detect(predict(run, features, proposals.boxes, all, geometry), proposals, all, geometry)

/** How wrong the box heads are about regions that were drawn. */
export const boxLossesOf = (
  run: BoxRun,
  features: readonly Tensor[],
  { boxes, labels, deltas, valid }: Drawn,
  all: Settled,
  geometry: Geometry,
): BoxLosses => fastRcnnLosses(predict(run, features, boxes, all, geometry), { labels, deltas, valid })

/** What one R-CNN has of its own. */
interface Parts<D, T, L> {
  readonly heads: (geometry: Geometry) => Layer<unknown, unknown, Seen, D>
  readonly training: (geometry: Geometry) => Layer<unknown, unknown, Seen & { readonly targets: T }, L>
  /** Whether targets have masks. */
  readonly masks: boolean
  /** From the resized image to the image. */
  readonly back: (found: D, geometry: Geometry) => D
}

/** An R-CNN of its parts. */
export const rcnn = <P, S, D, T extends Targets, L extends object>(
  name: string,
  { backbone = usualBackbone() }: { readonly backbone?: Backbone },
  all: Settled,
  { heads, training, masks, back }: Parts<D, T, L>,
): Detector<P, S, T, L & RpnLosses, D> => {
  const seeing = backbone as unknown as Seeing
  const detector = fromInput(
    name,
    sidesOf,
    (images: Tensor) => sidesOf(images.shape),
    (sides) => {
      const geometry = geometryOf(sides, all)
      return block(
        { backbone: seeing, rpn: proposing(all, geometry), roi_heads: heads(geometry) },
        (run, images: Tensor): D => {
          const features = listed(run.backbone(prepare(images, geometry, all)))
          return back(run.roi_heads({ features, proposals: run.rpn(features) }), geometry)
        },
        { name },
      )
    },
  )
  const losses: Detector<P, S, T, L & RpnLosses, D>['losses'] = (params, state, images, targets, ctx) => {
    checkTargets(`${name}.losses`, images, targets, masks)
    const geometry = geometryOf(sidesOf(images.shape), all)
    const truth = { ...targets, boxes: boxesToResized(targets.boxes, geometry) }
    const learning = block(
      { backbone: seeing, rpn: proposingWithLosses(all, geometry), roi_heads: training(geometry) },
      (run, x: Tensor): L & RpnLosses => {
        const features = listed(run.backbone(prepare(x, geometry, all)))
        const { proposals, losses: own } = run.rpn({ features, truth: { boxes: truth.boxes, valid: truth.valid } })
        return { ...own, ...run.roi_heads({ features, proposals, targets: truth }) }
      },
      { name },
    ) as unknown as Layer<P, S, Tensor, L & RpnLosses>
    return learning.apply(params, state, images, ctx)
  }
  return { ...(detector as unknown as Layer<P, S, Tensor, D>), losses }
}
