/** Non-maximum suppression with static sizes: of boxes that overlap, the one with the highest score stays. */
import { np, operation, RangeError, ShapeError, stopGradient, type Tensor, whileLoop } from '@puregrad/core'
import { iou } from './boxes.js'
import { checkBoxes } from './check-boxes.js'

export interface NmsOptions {
  /** Boxes whose intersection over union with a better one is larger than this go. */
  readonly iouThreshold: number
  /** How many may stay, which is the size of the result: as many as there are boxes unless said. */
  readonly max?: number
}

/** What stays, best first. Both have one size whatever is found: `valid` says which entries count. */
export interface Kept {
  /** int32 [max]: rows of the boxes, 0 where there are no more. */
  readonly indices: Tensor
  /** bool [max]. */
  readonly valid: Tensor
}

const check = (name: string, boxes: Tensor, scores: Tensor, { iouThreshold, max }: NmsOptions): number => {
  checkBoxes(name, 'boxes', boxes)
  const [count] = boxes.shape as readonly [number]
  if (boxes.ndim !== 2 || scores.ndim !== 1 || scores.shape[0] !== count)
    throw new ShapeError(
      `${name}: boxes ${boxes.dtype}[${boxes.shape}] and scores ${scores.dtype}[${scores.shape}] have to be [n, 4] and [n]. ` +
        'For a batch of images, vmap it.',
    )
  if (!(iouThreshold >= 0 && iouThreshold <= 1))
    throw new RangeError(`${name}: iouThreshold is ${iouThreshold}, and has to be between 0 and 1.`)
  if (max !== undefined && !(Number.isInteger(max) && max >= 1))
    throw new RangeError(`${name}: max is ${max}, and has to be a whole number from 1 up.`)
  return Math.min(max ?? count, count)
}

interface Picking {
  readonly picked: Tensor
  readonly indices: Tensor
  /** Scores of those still there; −∞ for the others. */
  readonly left: Tensor
  readonly scores: Tensor
}

/** Takes the best that is left, time and again, and lowers the scores of the others by what it says. */
const pick = (size: number, scores: Tensor, lower: (best: Tensor, left: Tensor) => Tensor): Picking => {
  const gone = Number.NEGATIVE_INFINITY
  const start: Picking = {
    picked: np.array(0, { dtype: 'int32' }),
    indices: np.zeros([size], { dtype: 'int32' }),
    left: np.where(np.isnan(scores), gone, scores),
    scores: np.zeros([size], { dtype: scores.dtype }),
  }
  if (size === 0) return start
  return whileLoop(
    ({ picked, left }: Picking) => np.logicalAnd(picked.lt(size), np.max(left).gt(gone)),
    ({ picked, indices, left, scores: found }: Picking): Picking => {
      const best = np.argmax(left).astype('int32')
      return {
        picked: picked.add(1),
        indices: indices.at(picked).set(best),
        scores: found.at(picked).set(left.at(best).get()),
        left: lower(best, left).at(best).set(gone),
      }
    },
    start,
  )
}

const kept = (size: number, { picked, indices }: Picking): Kept => ({
  indices,
  valid: np.arange(size, { dtype: 'int32' }).lt(picked),
})

const suppress = (
  name: string,
  boxes: Tensor,
  scores: Tensor,
  options: NmsOptions,
  rivals: (best: Tensor) => Tensor | true,
): Kept => {
  const size = check(name, boxes, scores, options)
  // Which boxes stay has no derivative; those of the boxes themselves flow through what is gathered by the indices.
  const fixed = stopGradient(boxes)
  const overlapping = (best: Tensor): Tensor =>
    np.squeeze(iou(np.expandDims(fixed.at(best).get(), 0), fixed), 0).gt(options.iouThreshold)
  const picking = pick(size, stopGradient(scores), (best, left) => {
    const among = rivals(best)
    const over = overlapping(best)
    return np.where(among === true ? over : np.logicalAnd(over, among), Number.NEGATIVE_INFINITY, left)
  })
  return kept(size, picking)
}

/**
 * Greedy non-maximum suppression: torchvision.ops.nms with results of a static size, so that it works under jit and vmap. Boxes
 * with scores of −∞ or NaN never stay, which is how a mask takes boxes out.
 * @param boxes [n, 4], corners  @param scores [n]
 * @returns indices and valid, [min(n, max)] each, best first
 * @throws ShapeError for other ranks or sizes; RangeError for a threshold outside 0 … 1 or a max below 1
 * @example
 * const found = nms(np.array([[0, 0, 9, 9], [0, 0, 10, 10], [20, 20, 30, 30]]), np.array([0.5, 0.9, 0.7]), { iouThreshold: 0.5 })
 * found // { indices: [1, 2, 0], valid: [true, true, false] }
 */
export const nms = operation(
  'nms',
  { at: 2, names: ['iouThreshold', 'max'] },
  (boxes: Tensor, scores: Tensor, options: NmsOptions): Kept => suppress('nms', boxes, scores, options, () => true),
)

/**
 * As `nms`, with boxes of different classes not in each other's way: torchvision.ops.batched_nms.
 * @param boxes [n, 4], corners  @param scores [n]  @param classes [n], integers
 * @throws ShapeError for other ranks or sizes; RangeError for a threshold outside 0 … 1 or a max below 1
 * @example
 * const overlapping = np.array([[0, 0, 9, 9], [0, 0, 10, 10]])
 * batchedNms(overlapping, np.array([0.5, 0.9]), np.array([0, 1]), { iouThreshold: 0.5 }).valid // [true, true]
 */
export const batchedNms = operation(
  'batchedNms',
  { at: 3, names: ['iouThreshold', 'max'] },
  (boxes: Tensor, scores: Tensor, classes: Tensor, options: NmsOptions): Kept => {
    if (String(classes.shape) !== String(scores.shape))
      throw new ShapeError(
        `batchedNms: classes ${classes.dtype}[${classes.shape}] and scores ${scores.dtype}[${scores.shape}] need one number a box each.`,
      )
    return suppress('batchedNms', boxes, scores, options, (best) => classes.eq(classes.at(best).get()))
  },
)

export interface SoftNmsOptions {
  /** 'gaussian': scores fall by exp(−IoU² / sigma); 'linear': by 1 − IoU, from the threshold on. 'gaussian' unless said. */
  readonly method?: 'gaussian' | 'linear'
  /** Of the Gaussian: 0.5 unless said. */
  readonly sigma?: number
  /** Of the linear method: 0.3 unless said. */
  readonly iouThreshold?: number
  /** Boxes whose score falls to this or below go: 0.001 unless said. */
  readonly scoreThreshold?: number
  /** How many may stay: as many as there are boxes unless said. */
  readonly max?: number
}

/**
 * Soft non-maximum suppression: boxes that overlap a better one lose score instead of going. Bodla et al. 2017.
 * @param boxes [n, 4], corners  @param scores [n]
 * @returns indices, valid and the lowered scores, [min(n, max)] each, best first
 * @throws ShapeError for other ranks or sizes; RangeError for thresholds outside 0 … 1, a sigma that is not positive, a max below 1
 * @example
 * const two = np.array([[0, 0, 10, 10], [0, 0, 10, 5]])
 * softNms(two, np.array([0.9, 0.8]), { method: 'linear' }).scores // [0.9, 0.4]
 */
export const softNms = operation(
  'softNms',
  { at: 2, names: ['method', 'sigma', 'iouThreshold', 'scoreThreshold', 'max'] },
  (boxes: Tensor, scores: Tensor, options: SoftNmsOptions = {}): Kept & { readonly scores: Tensor } => {
    const { method = 'gaussian', sigma = 0.5, iouThreshold = 0.3, scoreThreshold = 0.001 } = options
    const size = check('softNms', boxes, scores, { ...options, iouThreshold })
    if (!(sigma > 0)) throw new RangeError(`softNms: sigma is ${sigma}, and has to be positive.`)
    const [fixed, gone] = [stopGradient(boxes), Number.NEGATIVE_INFINITY]
    const above = (x: Tensor): Tensor => np.where(x.gt(scoreThreshold), x, gone)
    const picking = pick(size, above(stopGradient(scores)), (best, left) => {
      const overlap = np.squeeze(iou(np.expandDims(fixed.at(best).get(), 0), fixed), 0)
      const factor =
        method === 'gaussian'
          ? np.exp(overlap.mul(overlap).div(sigma).neg())
          : np.where(overlap.gt(iouThreshold), np.subtract(1, overlap), 1)
      return above(left.mul(factor))
    })
    return { ...kept(size, picking), scores: picking.scores }
  },
)
