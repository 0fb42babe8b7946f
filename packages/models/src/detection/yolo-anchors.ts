/** Anchors from data: the sizes around which the boxes of a training set gather (Redmon & Farhadi 2017, section 2). */
import { foriLoop, lax, np, operation, RangeError, random, ShapeError, stopGradient, type Tensor } from '@puregrad/core'
import type { Key } from '@puregrad/nn'
import { checkBoxes } from '../vision/check-boxes.js'

export interface KMeansAnchorOptions {
  /** bool [n], which boxes count, all unless said. */
  readonly valid?: Tensor
  /** How often means and members are found anew: 100 unless said. */
  readonly iterations?: number
}

/** Intersection over union of sizes a [n, 2] and b [k, 2] whose boxes share a middle, [n, k]. */
export const sizeIou = (a: Tensor, b: Tensor): Tensor => {
  const [left, right] = [np.expandDims(a, 1), np.expandDims(b, 0)]
  const overlap = np.prod(np.minimum(left, right), { axis: -1 })
  const union = np
    .prod(left, { axis: -1 })
    .add(np.prod(right, { axis: -1 }))
    .sub(overlap)
  const empty = union.le(0)
  return np.where(empty, 0, overlap.div(np.where(empty, 1, union)))
}

/**
 * Sizes of anchors by k-means over the sizes of boxes, with 1 − IoU as the distance, so that large boxes weigh no more than small
 * ones; the first means are drawn by k-means++. It jits and vmaps.
 * @param boxes [n, 4], corners  @param count how many anchors
 * @returns [count, 2], widths and heights, the smallest area first
 * @throws ShapeError unless boxes are [n, 4]; RangeError for counts that are no whole numbers from 1 up, or exceed the boxes
 * @example
 * const found = np.array([[0, 0, 10, 10], [5, 5, 15, 15], [0, 0, 40, 20], [2, 2, 42, 22]])
 * kMeansAnchors(random.key(0), found, 2) // [[10, 10], [40, 20]]
 */
export const kMeansAnchors = operation(
  'kMeansAnchors',
  { at: 3, names: ['valid', 'iterations'] },
  (key: Key, boxes: Tensor, count: number, { valid, iterations = 100 }: KMeansAnchorOptions = {}): Tensor => {
    checkBoxes('kMeansAnchors', 'boxes', boxes)
    const n = boxes.shape[0] as number
    if (boxes.ndim !== 2)
      throw new ShapeError(`kMeansAnchors: boxes are ${boxes.dtype}[${boxes.shape}], and have to be [n, 4].`)
    if (valid !== undefined && String(valid.shape) !== String([n]))
      throw new ShapeError(
        `kMeansAnchors: valid is ${valid.dtype}[${valid.shape}], and has to be [${n}], one for each box.`,
      )
    if (!(Number.isInteger(count) && count >= 1 && count <= n))
      throw new RangeError(`kMeansAnchors: count is ${count}, and has to be a whole number from 1 to ${n}, the boxes.`)
    if (!(Number.isInteger(iterations) && iterations >= 0))
      throw new RangeError(`kMeansAnchors: iterations is ${iterations}, and has to be a whole number from 0 up.`)
    const fixed = stopGradient(boxes)
    const sizes = fixed.slice({}, { start: 2 }).sub(fixed.slice({}, { stop: 2 }))
    const counts = valid === undefined ? np.ones([n]) : valid.astype('float32')
    const means = foriLoop(
      0,
      iterations,
      (_, current: Tensor) => renewed(sizes, counts, current),
      spread(key, sizes, counts, count),
    )
    return np.take(means, np.argsort(np.prod(means, { axis: 1 })), { axis: 0 })
  },
)

/** k-means++ (Arthur & Vassilvitskii 2007): each further mean is a box that is likely far from those before. */
const spread = (key: Key, sizes: Tensor, counts: Tensor, count: number): Tensor => {
  const logits = (weights: Tensor): Tensor => np.log(np.maximum(weights.mul(counts), 1e-30))
  const keys = random.split(key, count)
  const drawn = (i: Tensor | number, weights: Tensor): Tensor =>
    np.take(sizes, random.categorical(np.take(keys, i, { axis: 0 }) as Key, logits(weights)), { axis: 0 })
  const first = np.zeros([count, 2]).at(0).set(drawn(0, counts))
  return foriLoop(
    1,
    count,
    (i, means: Tensor) => {
      const known = np.arange(count).lt(i)
      const nearest = np.max(np.where(known, sizeIou(sizes, means), 0), { axis: 1 })
      return means.at(i).set(drawn(i, lax.square(np.subtract(1, nearest))))
    },
    first,
  )
}

/** Means of the boxes that are nearest to each; a mean without any stays. */
const renewed = (sizes: Tensor, counts: Tensor, means: Tensor): Tensor => {
  const k = means.shape[0] as number
  const nearest = np.argmax(sizeIou(sizes, means), { axis: 1 })
  const member = np.expandDims(nearest, 1).eq(np.arange(k)).astype('float32').mul(np.expandDims(counts, 1))
  const total = np.expandDims(np.sum(member, { axis: 0 }), 1)
  return np.where(total.gt(0), np.matmul(member.T, sizes).div(np.maximum(total, 1)), means)
}
