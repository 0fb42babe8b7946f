/** What YOLO is trained by: each true box has the cell of its middle and the anchor that fits it best. */
import { np, stopGradient, type Tensor, vmap } from '@puregrad/core'
import { losses } from '@puregrad/nn'
import { ciou, giou, iou } from '../vision/boxes.js'
import type { Targets } from './targets.js'
import { sizeIou } from './yolo-anchors.js'
import { beforeClasses, type Grid, predictedBoxes } from './yolo-grid.js'

/** Their sum is the loss: of boxes, of whether there are any, and of what is in them. Sums over an image, means over a batch. */
export interface YoloLosses {
  readonly lossBox: Tensor
  readonly lossObjectness: Tensor
  readonly lossClass: Tensor
}

export interface YoloLossOptions {
  /** Predictions that overlap a true box more are no background, though not for it: 0.5 unless said. */
  readonly ignoreThreshold?: number
  /**
   * Anchors whose shape overlaps that of a true box more are for it, too, besides the best one: 1, none, unless said, as in YOLOv3;
   * YOLOv4 has 0.213.
   */
  readonly anchorThreshold?: number
  /**
   * 'coordinates': middles by cross entropy and logarithms of sizes by squares, smaller boxes weighing more, as YOLOv3; or 1 − 'giou',
   * or 1 − 'ciou', of the boxes. 'coordinates' unless said.
   */
  readonly boxLoss?: 'coordinates' | 'giou' | 'ciou'
  /** What a place with a box should be sure of: 'one', as YOLOv3, or its 'iou' with the true box, as YOLOv2. 'one' unless said. */
  readonly objectness?: 'one' | 'iou'
  /** How much a box, a place with one, a place without and a class count: 1 each unless said. */
  readonly boxWeight?: number
  readonly objectWeight?: number
  readonly backgroundWeight?: number
  readonly classWeight?: number
}

export const lossOptionNames = [
  'ignoreThreshold',
  'anchorThreshold',
  'boxLoss',
  'objectness',
  'boxWeight',
  'objectWeight',
  'backgroundWeight',
  'classWeight',
] as const

/** Which places are for which true boxes, with every anchor of every map: [m, anchors] each. */
const assigned = (grid: Grid, boxes: Tensor, valid: Tensor, anchorThreshold: number) => {
  const [low, high] = [boxes.slice({}, { stop: 2 }), boxes.slice({}, { start: 2 })]
  const [middle, sizes] = [low.add(high).mul(0.5), high.sub(low)]
  const all = np.array(grid.maps.flatMap(({ anchors }) => anchors.map((size) => [...size])))
  const fit = sizeIou(sizes, all)
  const isBest = np.expandDims(np.argmax(fit, { axis: 1 }), 1).eq(np.arange(all.shape[0] as number))
  const index = np.concatenate(
    grid.maps.map(({ size: [rows, columns], stride, anchors, start }) => {
      const cell = np.floor(middle.div(stride))
      const along = (i: number, count: number): Tensor => np.clip(np.take(cell, i, { axis: 1 }), 0, count - 1)
      const place = along(1, rows).mul(columns).add(along(0, columns)).mul(anchors.length).add(start)
      return np.expandDims(place, 1).add(np.arange(anchors.length))
    }),
    { axis: 1 },
  )
  const real = np.logicalAnd(valid, np.all(sizes.gt(0), { axis: 1 }))
  const counts = np.logicalAnd(np.logicalOr(isBest, fit.gt(anchorThreshold)), np.expandDims(real, 1))
  return { index: index.astype('int32'), counts, middle, sizes, real }
}

/** An overlap of boxes of the same rows, [n]. */
const paired = (overlap: (a: Tensor, b: Tensor) => Tensor, a: Tensor, b: Tensor): Tensor =>
  vmap((x: Tensor, y: Tensor) => overlap(x.reshape([1, 4]), y.reshape([1, 4])).reshape([]))(a, b)

const crossEntropy = losses.sigmoidBinaryCrossEntropy

/** The losses of a batch of predictions [batch, n, 5 + classes]. */
export const yoloLosses = (
  said: Tensor,
  grid: Grid,
  targets: Targets,
  exclusive: boolean,
  options: YoloLossOptions,
): YoloLosses => {
  const { ignoreThreshold = 0.5, anchorThreshold = 1, boxLoss = 'coordinates', objectness = 'one' } = options
  const { boxWeight = 1, objectWeight = 1, backgroundWeight = 1, classWeight = 1 } = options
  const [, n, width] = said.shape as readonly [number, number, number]
  const area = grid.image[0] * grid.image[1]
  const ofImage = (places: Tensor, boxes: Tensor, labels: Tensor, valid: Tensor): YoloLosses => {
    const { index, counts, middle, sizes, real } = assigned(grid, boxes, valid, anchorThreshold)
    const [m, anchors] = counts.shape as readonly [number, number]
    const flat = index.reshape([-1])
    const weights = counts.reshape([-1]).astype('float32')
    const own = np.take(places, flat, { axis: 0 })
    const perAnchor = (x: Tensor): Tensor => np.repeat(x, anchors, { axis: 0 })
    const truth = perAnchor(boxes)
    const predicted = predictedBoxes(places, grid)
    const found = np.take(predicted, flat, { axis: 0 })
    const summed = (x: Tensor): Tensor => np.sum(np.where(weights.gt(0), x, 0))

    const coordinates = (): Tensor => {
      const at = (x: Tensor): Tensor => np.take(x, flat, { axis: 0 })
      const offset = np.clip(perAnchor(middle).div(at(grid.strides)).sub(at(grid.cells)), 0, 1)
      const scale = np.log(np.maximum(perAnchor(sizes), 1e-6).div(at(grid.anchors)))
      const off = own.slice({}, { start: 2, stop: 4 }).sub(scale)
      const each = crossEntropy(own.slice({}, { stop: 2 }), offset).add(off.mul(off).mul(0.5))
      const small = np.subtract(2, np.prod(perAnchor(sizes), { axis: 1 }).div(area))
      return np.sum(each, { axis: 1 }).mul(small)
    }
    const box =
      boxLoss === 'coordinates' ? coordinates() : np.subtract(1, paired(boxLoss === 'giou' ? giou : ciou, found, truth))

    const wanted = objectness === 'one' ? np.ones([m * anchors]) : stopGradient(paired(iou, found, truth))
    const object = np
      .zeros([n])
      .at(flat)
      .max(np.where(weights.gt(0), wanted, 0))
    const isObject = np.zeros([n]).at(flat).max(weights).gt(0)
    const overlap = np.where(np.expandDims(real, 0), stopGradient(iou(predicted, boxes)), 0)
    const isBackground = np.max(overlap, { axis: 1 }).le(ignoreThreshold)
    const counting = np.where(isObject, objectWeight, np.where(isBackground, backgroundWeight, 0))
    const sure = crossEntropy(places.slice({}, { start: 4, stop: 5 }).reshape([n]), object)

    const logits = own.slice({}, { start: beforeClasses })
    const label = np.clip(perAnchor(labels).sub(1), 0, width - beforeClasses - 1).astype('int32')
    const oneHot = np
      .expandDims(label, 1)
      .eq(np.arange(width - beforeClasses))
      .astype('float32')
    const kind = exclusive
      ? losses.softmaxCrossEntropy(logits, oneHot)
      : np.sum(crossEntropy(logits, oneHot), { axis: 1 })
    return {
      lossBox: summed(box).mul(boxWeight),
      lossObjectness: np.sum(sure.mul(counting)),
      lossClass: summed(kind).mul(classWeight),
    }
  }
  const { lossBox, lossObjectness, lossClass } = vmap(ofImage)(said, targets.boxes, targets.labels, targets.valid)
  return { lossBox: lossBox.mean(), lossObjectness: lossObjectness.mean(), lossClass: lossClass.mean() }
}
