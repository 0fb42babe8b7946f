/** Which scores are right, row by row. NaN never is. */
import { lax, np, RangeError, ShapeError, type Tensor } from '@puregrad/core'

const check = (operation: string, scores: Tensor, labels: Tensor): void => {
  const expected = scores.shape.slice(0, -1)
  if (labels.ndim === expected.length && labels.shape.every((n, i) => n === expected[i])) return
  throw new ShapeError(
    `metrics.${operation}: scores ${scores.dtype}[${scores.shape}] and labels ${labels.dtype}[${labels.shape}]: ` +
      `labels are integers of shape [${expected}], one class per row of scores. Of one-hot labels take np.argmax(labels, { axis: -1 }).`,
  )
}

/** Where x is not NaN. */
export const isNumber = (x: Tensor): Tensor => x.eq(x)

/** Which rows have their largest score at the label; none in which a score is NaN. */
export const hitsOf = (scores: Tensor, labels: Tensor): Tensor => {
  check('accuracy', scores, labels)
  const axis = scores.ndim - 1
  return np.logicalAnd(lax.argmax(scores, axis).eq(labels), isNumber(np.max(scores, { axis })))
}

export interface TopKOptions {
  /** How many guesses count: 5 unless said. */
  readonly k?: number
}

/** Which rows have the label among their k largest scores. NaN is larger than any number, but no guess of its class. */
export const topHitsOf = (scores: Tensor, labels: Tensor, k: number): Tensor => {
  check('topKAccuracy', scores, labels)
  const classes = scores.shape[scores.ndim - 1] as number
  if (!Number.isInteger(k) || k < 1 || k > classes) {
    throw new RangeError(
      `metrics.topKAccuracy: k is ${k} and has to be a whole number from 1 to the ${classes} classes.`,
    )
  }
  const [values, best] = lax.topK(scores, k)
  return np.any(np.logicalAnd(best.eq(np.expandDims(labels, -1)), isNumber(values)), { axis: -1 })
}
