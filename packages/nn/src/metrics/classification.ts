/** How good a classifier is. All are pure functions of scores and labels, so they jit; each remembers what adds up over batches. */
import { np, ShapeError, type Tensor } from '@puregrad/core'
import { type Binary, binary, isTensor, type WithArgument, withArgument } from '../dual.js'
import { meanOf } from '../losses/reduction.js'
import { withMadeOf } from '../made-of.js'
import { hitsOf, isNumber, type TopKOptions, topHitsOf } from './hits.js'
import { type Metric, remembering } from './metric.js'
import * as streaming from './streaming.js'

/**
 * The part of rows whose largest score is at the label. A row with a score of NaN is wrong.
 * @param scores [..., classes]: logits or probabilities  @param labels integers [...]
 * @throws ShapeError unless labels have the shape of the scores without their classes
 * @example metrics.accuracy(np.array([[0, 1], [1, 0]]), np.array([1, 1], { dtype: 'int32' })).item() // 0.5
 */
export const accuracy: Binary = binary('metrics.accuracy', (scores, labels) =>
  meanOf(hitsOf(scores, labels).astype('float32')),
)

/**
 * The part of rows whose label is among the k largest scores; a label that ties with others counts by its position,
 * and one whose score is NaN is wrong.
 * @throws ShapeError unless shapes fit, RangeError unless 1 ≤ k ≤ classes
 * @example metrics.topKAccuracy(np.array([[3, 2, 1]]), np.array([1], { dtype: 'int32' }), { k: 2 }).item() // 1
 */
export const topKAccuracy: WithArgument<Tensor, TopKOptions> = withArgument(
  'metrics.topKAccuracy',
  ['k'],
  isTensor,
  (scores, labels: Tensor, { k = 5 }) => meanOf(topHitsOf(scores, labels, k).astype('float32')),
)

/** The metric of one batch, whose counts are few and remembered as they are. */
const plain = (name: string, { monoid, measure, result }: Metric<[Tensor, Tensor], streaming.Decisions>): Binary =>
  binary(name, (predictions, labels) => {
    const total = measure(predictions, labels)
    return withMadeOf(result(total), { _tag: 'Total', monoid, result, total: () => total, isExact: true })
  })

/**
 * True positives / predicted positives, 0 if there are none. A prediction of NaN is wrong.
 * @param predictions booleans or zeros and ones  @param labels of the same shape
 * @example metrics.precision(np.array([1, 1]), np.array([1, 0])).item() // 0.5
 */
export const precision: Binary = plain('metrics.precision', streaming.precision())

/**
 * True positives / actual positives, 0 if there are none. A prediction of NaN is wrong.
 * @param predictions booleans or zeros and ones  @param labels of the same shape
 * @example metrics.recall(np.array([1, 0]), np.array([1, 1])).item() // 0.5
 */
export const recall: Binary = plain('metrics.recall', streaming.recall())

/**
 * The harmonic mean of precision and recall, 0 if there are no positives at all.
 * @param predictions booleans or zeros and ones  @param labels of the same shape
 * @example metrics.f1Score(np.array([1, 1]), np.array([1, 0])).item() // 0.6666667
 */
export const f1Score: Binary = plain('metrics.f1Score', streaming.f1Score())

/** Scores in whose order a positive of NaN comes before all others, and a negative after: every pair with it is lost. */
const asRanked = (scores: Tensor, labels: Tensor): Tensor => {
  if (scores.dtype !== 'float32' && scores.dtype !== 'float64') return scores
  const worst = np.where(labels.ne(0), Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY).astype(scores.dtype)
  return np.where(isNumber(scores), scores, worst)
}

/** What was counted for NaN as ties with true infinities. */
const tiesOfNaN = (scores: Tensor, positive: Tensor): Tensor => {
  const isNaN = np.logicalNot(isNumber(scores))
  const count = (which: Tensor, of: Tensor): Tensor => np.sum(np.logicalAnd(which, of).astype('float64'))
  const negative = np.logicalNot(positive)
  const low = count(isNaN, positive).mul(count(scores.eq(Number.NEGATIVE_INFINITY), negative))
  return low.add(count(isNaN, negative).mul(count(scores.eq(Number.POSITIVE_INFINITY), positive))).mul(0.5)
}

/**
 * The area under the ROC curve: how often a positive has a higher score than a negative, ties counting half (Mann & Whitney 1947);
 * NaN without one of them. A score of NaN loses against every other.
 * @param scores any numbers, [count]  @param labels booleans or zeros and ones, [count]
 * @throws ShapeError unless both are vectors of one length
 * @example metrics.auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])).item() // 0.75
 */
export const auc: Binary = binary('metrics.auc', (scores, labels) => {
  if (scores.ndim !== 1 || labels.ndim !== 1 || scores.shape[0] !== labels.shape[0]) {
    throw new ShapeError(
      `metrics.auc: scores [${scores.shape}] and labels [${labels.shape}] have to be vectors of one length. For several classes, call it for each against the rest.`,
    )
  }
  const ranked = asRanked(scores, labels)
  const sorted = np.sort(ranked)
  const [before, upTo] = [np.searchsorted(sorted, ranked), np.searchsorted(sorted, ranked, { side: 'right' })]
  // Sums of ranks exceed float32's whole numbers.
  const rank = before.add(upTo).astype('float64').add(1).mul(0.5)
  const positive = labels.ne(0)
  const p = np.sum(positive.astype('float64'))
  const n = np.subtract(labels.size, p)
  const ahead = np.sum(np.where(positive, rank, 0)).sub(p.mul(p.add(1)).mul(0.5))
  const wins = ahead.sub(tiesOfNaN(scores, positive))
  const area = wins.div(p.mul(n)).astype('float32')
  return remembering(area, streaming.auc(), [scores, labels], { isExact: false })
})
