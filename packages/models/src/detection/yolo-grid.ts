/** The grid of YOLO: every cell of a feature map predicts a box for each of its anchors (Redmon & Farhadi 2017 and 2018). */
import { lax, np, type Tensor, vmap } from '@puregrad/core'
import { sigmoid, softmax } from '@puregrad/nn'
import { clip } from '../vision/boxes.js'
import { batchedNms } from '../vision/nms.js'
import type { Size } from './anchors.js'
import type { Detections } from './targets.js'

/** Width and height of an anchor, in pixels of the image. */
export type AnchorSize = readonly [width: number, height: number]

/** What is predicted of a place before the classes: the middle, the size and whether there is a box at all. */
export const beforeClasses = 5

/** The places of all feature maps, row by row, each as often as its map has anchors. They are constants of a program. */
export interface Grid {
  /** Feature maps: rows, columns, pixels of the image a cell, the anchors of its cells, and the place with which it begins. */
  readonly maps: readonly {
    readonly size: Size
    readonly stride: number
    readonly anchors: readonly AnchorSize[]
    readonly start: number
  }[]
  /** [n, 2] each: column and row of the cell, its side twice, and width and height of the anchor. */
  readonly cells: Tensor
  readonly strides: Tensor
  readonly anchors: Tensor
  /** [height, width] of the image. */
  readonly image: Size
}

/** The grid over feature maps of an image, whose strides are powers of two: sides of maps are those of the image, rounded up. */
export const gridOf = (image: Size, sizes: readonly Size[], anchors: readonly (readonly AnchorSize[])[]): Grid => {
  let start = 0
  const maps = sizes.map((size, level) => {
    const own = anchors[level] ?? []
    const map = { size, stride: 2 ** Math.round(Math.log2(image[0] / size[0])), anchors: own, start }
    start += size[0] * size[1] * own.length
    return map
  })
  const ofMaps = (make: (map: Grid['maps'][number]) => Tensor): Tensor =>
    np.concatenate(
      maps.map((map) => {
        const [rows, columns] = map.size
        return np.broadcastTo(make(map), [rows, columns, map.anchors.length, 2]).reshape([-1, 2])
      }),
    )
  return {
    maps,
    image,
    cells: ofMaps(({ size: [rows, columns] }) => {
      const count = (n: number): Tensor => np.arange(n, { dtype: 'float32' })
      const x = np.broadcastTo(count(columns), [rows, columns])
      const y = np.broadcastTo(count(rows).reshape([rows, 1]), [rows, columns])
      return np.stack([x, y], { axis: -1 }).reshape([rows, columns, 1, 2])
    }),
    strides: ofMaps(({ stride }) => np.full([2], stride)),
    anchors: ofMaps(({ anchors: own }) => np.array(own.map((size) => [...size])).reshape([own.length, 2])),
  }
}

/** Feature maps [batch, rows, columns, anchors · (5 + classes)] as one list of places, [batch, n, 5 + classes]. */
export const placesOf = (maps: readonly Tensor[], classes: number): Tensor =>
  np.concatenate(
    maps.map((map) => map.reshape([map.shape[0] as number, -1, beforeClasses + classes])),
    { axis: 1 },
  )

// e⁴ is more than anchors are ever off, and keeps the first steps of training from overflow.
const largest = 4

/** The boxes [n, 4] that are predicted, corners in pixels: σ(tx) + cx, σ(ty) + cy, pw eᵗʷ, ph eᵗʰ. */
export const predictedBoxes = (said: Tensor, { cells, strides, anchors }: Grid): Tensor => {
  const middle = sigmoid(said.slice({}, { stop: 2 }))
    .add(cells)
    .mul(strides)
  const half = np
    .exp(np.minimum(said.slice({}, { start: 2, stop: 4 }), largest))
    .mul(anchors)
    .mul(0.5)
  return np.concatenate([middle.sub(half), middle.add(half)], { axis: -1 })
}

export interface DetectOptions {
  /** Boxes up to this probability go: 0.05 unless said. */
  readonly scoreThreshold?: number
  /** Of two boxes of a class that overlap more the better one stays: 0.5 unless said. */
  readonly iouThreshold?: number
  /** How many of the best predictions go into suppression: 300 unless said. */
  readonly candidates?: number
  /** How many boxes an image has at most: 100 unless said. */
  readonly detections?: number
}

export const detectOptionNames = ['scoreThreshold', 'iouThreshold', 'candidates', 'detections'] as const

/** What stays of all that is predicted, [batch, n, 5 + classes]: the likeliest class of each place, suppressed by class. */
export const detectOnGrid = (
  said: Tensor,
  grid: Grid,
  exclusive: boolean,
  { scoreThreshold = 0.05, iouThreshold = 0.5, candidates = 300, detections = 100 }: DetectOptions,
): Detections => {
  const n = said.shape[1] as number
  const ofImage = (places: Tensor): Detections => {
    const logits = places.slice({}, { start: beforeClasses })
    const classes = exclusive ? softmax(logits) : sigmoid(logits)
    const object = sigmoid(places.slice({}, { start: beforeClasses - 1, stop: beforeClasses })).reshape([n])
    const all = object.mul(np.max(classes, { axis: 1 }))
    const [scores, index] = lax.topK(all, Math.min(candidates, n))
    const best = (x: Tensor): Tensor => np.take(x, index, { axis: 0 })
    const boxes = clip(best(predictedBoxes(places, grid)), grid.image)
    const labels = best(np.argmax(classes, { axis: 1 }))
      .add(1)
      .astype('int32')
    const ranked = np.where(scores.gt(scoreThreshold), scores, Number.NEGATIVE_INFINITY)
    const kept = batchedNms(boxes, ranked, labels, { iouThreshold, max: Math.min(detections, n) })
    const of = (x: Tensor): Tensor => np.where(kept.valid, np.take(x, kept.indices), 0)
    return {
      boxes: np.where(np.expandDims(kept.valid, 1), np.take(boxes, kept.indices, { axis: 0 }), 0),
      scores: of(scores),
      labels: of(labels).astype('int32'),
      valid: kept.valid,
    }
  }
  return vmap(ofImage)(said)
}
