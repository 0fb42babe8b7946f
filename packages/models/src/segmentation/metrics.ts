/** How well masks of one class agree, as numbers to look at: of all pixels together, or of each image and then the mean. */
import { operation, type Tensor } from '@puregrad/core'
import { withMadeOf } from '@puregrad/nn'
import type { BoundaryOptions, MaskMetricOptions } from './streaming.js'
import * as streaming from './streaming.js'

const plain = <O>(name: string, names: readonly (keyof O & string)[], metric: (options: O) => streaming.MaskMetric) =>
  operation(name, { at: 2, names }, (predictions: Tensor, truth: Tensor, options: O = {} as O): Tensor => {
    const { monoid, measure, result } = metric(options)
    const total = measure(predictions, truth)
    return withMadeOf(result(total), { _tag: 'Total', monoid, result, total: () => total, isExact: true })
  })

/**
 * Intersection over union of predicted and true pixels (Jaccard's index): 1 where there are neither. A prediction of NaN is wrong.
 * @param predictions booleans or zeros and ones, [batch, …]; of logits take `logits.gt(0)`  @param truth of the same shape
 * @throws ShapeError if shapes differ; ArgumentError for an `over` that there is not
 * @example pixelIou(np.array([[1, 1, 0]]), np.array([[0, 1, 1]])).item() // 0.33333334
 */
export const pixelIou = plain<MaskMetricOptions>('pixelIou', ['over'], streaming.pixelIou)

/**
 * 2 |A ∩ B| / (|A| + |B|) of predicted and true pixels (Dice's coefficient), which is their F1: 1 where there are neither. A prediction
 * of NaN is wrong. To train by it there is `losses.diceLoss`.
 * @param predictions booleans or zeros and ones, [batch, …]; of logits take `logits.gt(0)`  @param truth of the same shape
 * @throws ShapeError if shapes differ; ArgumentError for an `over` that there is not
 * @example dice(np.array([[1, 1, 0]]), np.array([[0, 1, 1]])).item() // 0.5
 */
export const dice = plain<MaskMetricOptions>('dice', ['over'], streaming.dice)

/**
 * F1 of contours (Csurka et al. 2013): of the predicted boundary pixels the part that has true ones within the tolerance, and the
 * other way round; 1 where there are no boundaries at all.
 * @param predictions booleans or zeros and ones, [batch, height, width]  @param truth of the same shape
 * @throws ShapeError unless both are images of one shape; RangeError for a tolerance below 0
 * @example
 * const square = np.pad(np.ones([1, 3, 3]), [[0, 0], [2, 2], [2, 2]])
 * boundaryF1(square, np.roll(square, 1, { axis: 2 }), { tolerance: 1 }).item() // 1
 */
export const boundaryF1 = plain<BoundaryOptions>('boundaryF1', ['over', 'tolerance'], streaming.boundaryF1)
