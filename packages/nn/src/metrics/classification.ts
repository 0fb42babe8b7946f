/** How good a classifier is. All are pure functions of scores and labels, so they jit and average like losses. */
import { lax, np, RangeError, ShapeError, type Tensor } from '@puregrad/core'
import { type Binary, binary, isTensor, type WithArgument, withArgument } from '../dual.js'

const check = (operation: string, scores: Tensor, labels: Tensor): void => {
  const expected = scores.shape.slice(0, -1)
  if (labels.ndim === expected.length && labels.shape.every((n, i) => n === expected[i])) return
  throw new ShapeError(
    `metrics.${operation}: scores ${scores.dtype}[${scores.shape}] and labels ${labels.dtype}[${labels.shape}]: ` +
      `labels are integers of shape [${expected}], one class per row of scores. Of one-hot labels take np.argmax(labels, { axis: -1 }).`,
  )
}

/**
 * The part of rows whose largest score is at the label.
 * @param scores [..., classes]: logits or probabilities  @param labels integers [...]
 * @throws ShapeError unless labels have the shape of the scores without their classes
 * @example metrics.accuracy(np.array([[0, 1], [1, 0]]), np.array([1, 1], { dtype: 'int32' })).item() // 0.5
 */
export const accuracy: Binary = binary((scores, labels) => np.mean(hitsOf(scores, labels).astype('float32')))

/** Which rows have their largest score at the label. */
export const hitsOf = (scores: Tensor, labels: Tensor): Tensor => {
  check('accuracy', scores, labels)
  return lax.argmax(scores, scores.ndim - 1).eq(labels)
}

export interface TopKOptions {
  /** How many guesses count: 5 unless said. */
  readonly k?: number
}

/**
 * The part of rows whose label is among the k largest scores; a label that ties with others counts by its position.
 * @throws ShapeError unless shapes fit, RangeError unless 1 ≤ k ≤ classes
 * @example metrics.topKAccuracy(np.array([[3, 2, 1]]), np.array([1], { dtype: 'int32' }), { k: 2 }).item() // 1
 */
export const topKAccuracy: WithArgument<Tensor, TopKOptions> = withArgument(
  isTensor,
  (scores, labels: Tensor, { k = 5 }) => np.mean(topHitsOf(scores, labels, k).astype('float32')),
)

/** Which rows have the label among their k largest scores. */
export const topHitsOf = (scores: Tensor, labels: Tensor, k: number): Tensor => {
  check('topKAccuracy', scores, labels)
  const classes = scores.shape[scores.ndim - 1] as number
  if (!Number.isInteger(k) || k < 1 || k > classes) {
    throw new RangeError(
      `metrics.topKAccuracy: k is ${k} and has to be a whole number from 1 to the ${classes} classes.`,
    )
  }
  const [, best] = lax.topK(scores, k)
  return np.any(best.eq(np.expandDims(labels, -1)), { axis: -1 })
}

/**
 * How often each class (row) was taken for each class (column).
 * @param predictions integers, the classes guessed  @param labels integers of the same shape, the true ones
 * @returns int32[numClasses, numClasses]; classes outside count nowhere
 * @throws ShapeError if shapes differ
 * @example metrics.confusionMatrix(np.array([0, 1, 1]), np.array([0, 0, 1]), 2).toArray() // [[1, 1], [0, 1]]
 */
export const confusionMatrix = (predictions: Tensor, labels: Tensor, numClasses: number): Tensor => {
  if (predictions.ndim !== labels.ndim || predictions.shape.some((n, i) => n !== labels.shape[i])) {
    throw new ShapeError(
      `metrics.confusionMatrix: predictions [${predictions.shape}] and labels [${labels.shape}] differ in shape. ` +
        'Both are classes: of logits take np.argmax(logits, { axis: -1 }).',
    )
  }
  const classes = np.arange(numClasses).astype('int32')
  const rows = classes
    .reshape([numClasses, 1])
    .eq(labels.astype('int32').reshape([1, -1]))
    .astype('int32')
  const columns = predictions.astype('int32').reshape([-1, 1]).eq(classes).astype('int32')
  return np.matmul(rows, columns)
}

/** Counts of binary decisions, from booleans or zeros and ones. */
const counts = (
  predictions: Tensor,
  labels: Tensor,
): { readonly hits: Tensor; readonly guessed: Tensor; readonly actual: Tensor } => {
  const [p, l] = [predictions.ne(0), labels.ne(0)]
  const count = (x: Tensor): Tensor => np.sum(x.astype('float32'))
  return { hits: count(np.logicalAnd(p, l)), guessed: count(p), actual: count(l) }
}

/** a / b, 0 where b is 0. */
const ratio = (a: Tensor, b: Tensor): Tensor => np.where(b.eq(0), 0, a.div(np.where(b.eq(0), 1, b)))

/**
 * True positives / predicted positives, 0 if there are none.
 * @param predictions booleans or zeros and ones  @param labels of the same shape
 * @example metrics.precision(np.array([1, 1]), np.array([1, 0])).item() // 0.5
 */
export const precision: Binary = binary((predictions, labels) => {
  const { hits, guessed } = counts(predictions, labels)
  return ratio(hits, guessed)
})

/**
 * True positives / actual positives, 0 if there are none.
 * @param predictions booleans or zeros and ones  @param labels of the same shape
 * @example metrics.recall(np.array([1, 0]), np.array([1, 1])).item() // 0.5
 */
export const recall: Binary = binary((predictions, labels) => {
  const { hits, actual } = counts(predictions, labels)
  return ratio(hits, actual)
})

/**
 * The harmonic mean of precision and recall, 0 if there are no positives at all.
 * @param predictions booleans or zeros and ones  @param labels of the same shape
 * @example metrics.f1Score(np.array([1, 1]), np.array([1, 0])).item() // 0.6666667
 */
export const f1Score: Binary = binary((predictions, labels) => {
  const { hits, guessed, actual } = counts(predictions, labels)
  return ratio(hits.mul(2), guessed.add(actual))
})

/**
 * The area under the ROC curve: how often a positive has a higher score than a negative, ties counting half (Mann & Whitney 1947);
 * NaN without one of them.
 * @param scores any numbers, [count]  @param labels booleans or zeros and ones, [count]
 * @throws ShapeError unless both are vectors of one length
 * @example metrics.auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])).item() // 0.75
 */
export const auc: Binary = binary((scores, labels) => {
  if (scores.ndim !== 1 || labels.ndim !== 1 || scores.shape[0] !== labels.shape[0]) {
    throw new ShapeError(
      `metrics.auc: scores [${scores.shape}] and labels [${labels.shape}] have to be vectors of one length. For several classes, call it for each against the rest.`,
    )
  }
  const sorted = np.sort(scores)
  const [before, upTo] = [np.searchsorted(sorted, scores), np.searchsorted(sorted, scores, { side: 'right' })]
  // Sums of ranks exceed float32's whole numbers.
  const rank = before.add(upTo).astype('float64').add(1).mul(0.5)
  const positive = labels.ne(0)
  const p = np.sum(positive.astype('float64'))
  const n = np.subtract(labels.size, p)
  const wins = np.sum(np.where(positive, rank, 0)).sub(p.mul(p.add(1)).mul(0.5))
  return wins.div(p.mul(n)).astype('float32')
})
