/** Which box of the truth each prediction is for. */
import { np, operation, RangeError, ShapeError, stopGradient, type Tensor } from '@puregrad/core'

/** What a prediction is matched to if there is nothing that it overlaps enough: it is background. */
export const belowLowThreshold = -1
/** What a prediction is matched to that lies between the thresholds: it counts neither way. */
export const betweenThresholds = -2

export interface MatchingOptions {
  /** From this quality on they match. */
  readonly highThreshold: number
  /** Below this quality there is no match. */
  readonly lowThreshold: number
  /** Whether the best predictions of a box match in any case, however low their quality: false unless said. */
  readonly allowLowQualityMatches?: boolean
  /** bool [m]: which boxes of the truth count, all unless said. */
  readonly valid?: Tensor
}

/**
 * For each prediction the box of the truth with the highest quality: torchvision's Matcher, under jit and vmap, with a mask for
 * boxes that only fill up a static size.
 * @param quality [m, n] of boxes and predictions, from 0 to 1, such as `boxes.iou(truth, anchors)`
 * @returns int32 [n]: the row of the box, −1 (`belowLowThreshold`) without a match, −2 (`betweenThresholds`) for neither
 * @throws ShapeError for other ranks or an empty truth; RangeError if the thresholds are not in order
 * @example
 * const quality = np.array([[0.9, 0.4, 0.1], [0.2, 0.1, 0.2]])
 * const thresholds = { highThreshold: 0.7, lowThreshold: 0.3 }
 * matching(quality, thresholds) // [0, -2, -1]
 * matching(quality, { ...thresholds, allowLowQualityMatches: true }) // [0, -2, 1]
 */
export const matching = operation(
  'matching',
  { at: 1, names: ['highThreshold', 'lowThreshold', 'allowLowQualityMatches', 'valid'] },
  (quality: Tensor, options: MatchingOptions): Tensor => {
    const { highThreshold, lowThreshold, allowLowQualityMatches = false, valid } = options
    if (quality.ndim !== 2 || quality.shape[0] === 0)
      throw new ShapeError(
        `matching: quality is ${quality.dtype}[${quality.shape}], and has to be [m, n] with m ≥ 1. For a batch of images, vmap it; for images without boxes, pad and say by valid that none counts.`,
      )
    if (!(lowThreshold <= highThreshold))
      throw new RangeError(`matching: lowThreshold is ${lowThreshold}, above highThreshold, ${highThreshold}.`)
    const [m] = quality.shape as readonly [number, number]
    if (valid !== undefined && String(valid.shape) !== String([m]))
      throw new ShapeError(`matching: valid is ${valid.dtype}[${valid.shape}], and has to be [${m}], one for each box.`)
    const counts = valid === undefined ? np.ones([m, 1], { dtype: 'bool' }) : valid.astype('bool').reshape([m, 1])
    const counted = np.where(counts, stopGradient(quality), -1)
    const best = np.max(counted, { axis: 0 })
    const index = np.argmax(counted, { axis: 0 }).astype('int32')
    const strict = np.where(
      best.ge(highThreshold),
      index,
      np.where(best.lt(lowThreshold), belowLowThreshold, betweenThresholds),
    )
    if (!allowLowQualityMatches) return strict.astype('int32')
    // Ties included: of predictions that are all best for a box, each matches what itself is best for.
    const isBest = counted.eq(np.max(counted, { axis: 1, keepdims: true }))
    const rescued = np.any(np.logicalAnd(isBest, counts), { axis: 0 })
    return np.where(rescued, index, strict).astype('int32')
  },
)
