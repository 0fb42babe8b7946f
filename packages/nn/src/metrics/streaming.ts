/** Streaming metrics: counts of classes, regions and numbers that add up over batches. */
import { np, operation, RangeError, type Tensor } from '@puregrad/core'
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import { floating } from '../dual.js'
import { confusionMatrix as confusionMatrixOf } from './confusion-matrix.js'
import { hitsOf, isNumber, type TopKOptions, topHitsOf } from './hits.js'
import { count, type Metric, none, quotient, sums } from './metric.js'

/** How many were right, of how many. */
export interface Hits {
  readonly hits: Tensor
  readonly count: Tensor
}

type Labelled = [scores: Tensor, labels: Tensor]

const rate = (measure: (scores: Tensor, labels: Tensor) => Tensor): Metric<Labelled, Hits> => ({
  monoid: sums({ hits: none(), count: none() }),
  measure: (scores, labels) => {
    const right = measure(scores, labels)
    return { hits: count(right), count: np.array(right.size, { dtype: 'int32' }) }
  },
  result: ({ hits, count: all }) => quotient(hits, all),
})

/**
 * The part of rows whose largest score is at the label, as `metrics.accuracy`.
 * @example metrics.reduceBatches(metrics.streaming.accuracy(), [[np.array([[0, 1]]), np.array([1], { dtype: 'int32' })]]).item() // 1
 */
export const accuracy = (): Metric<Labelled, Hits> => rate(hitsOf)

/**
 * The part of rows whose label is among the k largest scores, as `metrics.topKAccuracy`.
 * @example
 * const top = metrics.streaming.topKAccuracy({ k: 2 })
 * metrics.reduceBatches(top, [[np.array([[3, 2, 1]]), np.array([2], { dtype: 'int32' })]]).item() // 0
 */
export const topKAccuracy = operation(
  'metrics.streaming.topKAccuracy',
  { at: 0, names: ['k'] },
  ({ k = 5 }: TopKOptions = {}): Metric<Labelled, Hits> => rate((scores, labels) => topHitsOf(scores, labels, k)),
)

type Classified = [predictions: Tensor, labels: Tensor]

/**
 * How often each class (row) was taken for each class (column), as `metrics.confusionMatrix`.
 * @example
 * const matrix = metrics.streaming.confusionMatrix(2)
 * const [a, b] = [np.array([0, 1], { dtype: 'int32' }), np.array([1, 1], { dtype: 'int32' })]
 * metrics.reduceBatches(matrix, [[a, a], [a, b]]).toArray() // [[1, 0], [1, 2]]
 */
export const confusionMatrix = (numClasses: number): Metric<Classified, Tensor> =>
  ofMatrix(numClasses, (total) => total)

const ofMatrix = <R>(numClasses: number, result: (matrix: Tensor) => R): Metric<Classified, Tensor, R> => ({
  monoid: sums(none([numClasses, numClasses])),
  measure: (predictions, labels) => confusionMatrixOf(predictions, labels, numClasses),
  result,
})

/** Precision, recall and F1 of each class, [classes], 0 where a class does not occur. */
export interface ClassScores {
  readonly precision: Tensor
  readonly recall: Tensor
  readonly f1: Tensor
}

interface Regions {
  readonly common: Tensor
  readonly actual: Tensor
  readonly guessed: Tensor
}

const regionsOf = (matrix: Tensor): Regions => ({
  common: np.diagonal(matrix),
  actual: np.sum(matrix, { axis: 1 }),
  guessed: np.sum(matrix, { axis: 0 }),
})

/**
 * Precision, recall and F1 of every class.
 * @example
 * const [guess, truth] = [np.array([0, 1, 1], { dtype: 'int32' }), np.array([0, 0, 1], { dtype: 'int32' })]
 * metrics.reduceBatches(metrics.streaming.classScores(2), [[guess, truth]]).precision.toArray() // [1, 0.5]
 */
export const classScores = (numClasses: number): Metric<Classified, Tensor, ClassScores> =>
  ofMatrix(numClasses, (matrix) => {
    const { common, actual, guessed } = regionsOf(matrix)
    return {
      precision: quotient(common, guessed),
      recall: quotient(common, actual),
      f1: quotient(common.mul(2), guessed.add(actual)),
    }
  })

/** The mean over classes that occur, guessed or true. */
const meanOverPresent = ({ actual, guessed }: Regions, each: Tensor): Tensor => {
  const present = actual.add(guessed).gt(0)
  return quotientOf(np.sum(np.where(present, each, 0)), count(present))
}

const quotientOf = (a: Tensor, n: Tensor): Tensor =>
  np.where(n.eq(0), 0, a.div(np.where(n.eq(0), 1, n).astype('float32')))

/**
 * Intersection over union of predicted and true regions (Jaccard's index), averaged over the classes that occur.
 * @example
 * const [guess, truth] = [np.array([0, 1, 1], { dtype: 'int32' }), np.array([0, 0, 1], { dtype: 'int32' })]
 * metrics.reduceBatches(metrics.streaming.meanIou(2), [[guess, truth]]).item() // 0.5
 */
export const meanIou = (numClasses: number): Metric<Classified, Tensor> =>
  ofMatrix(numClasses, (matrix) => {
    const regions = regionsOf(matrix)
    const { common, actual, guessed } = regions
    return meanOverPresent(regions, quotient(common, actual.add(guessed).sub(common)))
  })

/**
 * 2 |A ∩ B| / (|A| + |B|) of predicted and true regions (Dice's coefficient), averaged over the classes that occur.
 * @example
 * const [guess, truth] = [np.array([0, 1, 1], { dtype: 'int32' }), np.array([0, 0, 1], { dtype: 'int32' })]
 * metrics.reduceBatches(metrics.streaming.diceScore(2), [[guess, truth]]).item() // 0.6666667
 */
export const diceScore = (numClasses: number): Metric<Classified, Tensor> =>
  ofMatrix(numClasses, (matrix) => {
    const regions = regionsOf(matrix)
    const { common, actual, guessed } = regions
    return meanOverPresent(regions, quotient(common.mul(2), actual.add(guessed)))
  })

/** True positives, predicted and actual positives. */
export interface Decisions {
  readonly hits: Tensor
  readonly guessed: Tensor
  readonly actual: Tensor
}

const decisions = (result: (total: Decisions) => Tensor): Metric<Classified, Decisions> => ({
  monoid: sums({ hits: none(), guessed: none(), actual: none() }),
  measure: (predictions, labels) => {
    const l = labels.ne(0)
    // NaN is a decision against the truth.
    const p = np.where(isNumber(predictions), predictions.ne(0), np.logicalNot(l))
    return { hits: count(np.logicalAnd(p, l)), guessed: count(p), actual: count(l) }
  },
  result,
})

/**
 * True positives / predicted positives of yes-or-no decisions, 0 if there are none.
 * @example metrics.reduceBatches(metrics.streaming.precision(), [[np.array([1, 1]), np.array([1, 0])]]).item() // 0.5
 */
export const precision = (): Metric<Classified, Decisions> => decisions(({ hits, guessed }) => quotient(hits, guessed))

/**
 * True positives / actual positives of yes-or-no decisions, 0 if there are none.
 * @example metrics.reduceBatches(metrics.streaming.recall(), [[np.array([1, 0]), np.array([1, 1])]]).item() // 0.5
 */
export const recall = (): Metric<Classified, Decisions> => decisions(({ hits, actual }) => quotient(hits, actual))

/**
 * The harmonic mean of precision and recall, 0 if there are no positives at all.
 * @example metrics.reduceBatches(metrics.streaming.f1Score(), [[np.array([1, 1]), np.array([1, 0])]]).item() // 0.6666667
 */
export const f1Score = (): Metric<Classified, Decisions> =>
  decisions(({ hits, guessed, actual }) => quotient(hits.mul(2), guessed.add(actual)))

export interface AucOptions {
  /** Into how many classes of equal width scores from 0 to 1 are sorted, and as many on either side: 1000 unless said. */
  readonly bins?: number
}

/** How many positives and negatives have a score in each class, the lowest scores first. */
export interface ScoreCounts {
  readonly positives: Tensor
  readonly negatives: Tensor
}

/** Distances from 0 on, brought into 0 to 1: fine near 0, and in the end by ratios, so that none is too far to be told from others. */
const squeezed = (distance: Tensor): Tensor =>
  np.subtract(1, np.divide(1, np.log1p(np.maximum(distance, 0)).mul(Math.LOG2E).add(1)))

/** The class of each score: those of NaN are the first for positives and the last for negatives, where they win against none. */
const classOf = (scores: Tensor, truth: Tensor, bins: number): Tensor => {
  const numbered = (share: Tensor): Tensor => np.clip(np.floor(share.mul(bins)), 0, bins - 1).astype('int32')
  const below = numbered(np.subtract(1, squeezed(scores.neg())))
  const above = numbered(squeezed(scores.sub(1))).add(2 * bins)
  const inside = np.where(scores.gt(1), above, numbered(scores).add(bins))
  const known = np.where(scores.lt(0), below, inside).add(1)
  return np.where(isNumber(scores), known, np.where(truth, 0, 3 * bins + 1).astype('int32'))
}

/**
 * The area under the ROC curve, of probabilities or of any other scores: how often a positive scores higher than a negative. 0 without
 * one of them; a score of NaN loses against every other. Exact up to ties of scores in one class, which count half: `bins` of equal
 * width from 0 to 1, and as many below and above, the wider the farther. `metrics.auc` is exact for numbers that are all there.
 * @throws RangeError unless bins is a whole number ≥ 2
 * @example metrics.reduceBatches(metrics.streaming.auc(), [[np.array([0.9, 0.2]), np.array([1, 0])]]).item() // 1
 * @example metrics.reduceBatches(metrics.streaming.auc(), [[np.array([-2, -5]), np.array([1, 0])]]).item() // 1
 */
export const auc = operation(
  'metrics.streaming.auc',
  { at: 0, names: ['bins'] },
  ({ bins = 1000 }: AucOptions = {}): Metric<[scores: Tensor, labels: Tensor], ScoreCounts> => {
    if (!Number.isInteger(bins) || bins < 2) {
      throw new RangeError(`metrics.streaming.auc: ${bins} bins; it has to be a whole number ≥ 2.`)
    }
    const classes = [3 * bins + 2]
    const tally = (bin: Tensor, which: Tensor): Tensor => none(classes).at(bin).add(which.astype('int32'))
    return {
      monoid: sums({ positives: none(classes), negatives: none(classes) }),
      measure: (scores, labels) => {
        const truth = labels.reshape([-1]).ne(0)
        const bin = classOf(floating(scores).reshape([-1]), truth, bins)
        return { positives: tally(bin, truth), negatives: tally(bin, np.logicalNot(truth)) }
      },
      result: ({ positives, negatives }) => {
        // Products of counts exceed int32 and float32's whole numbers.
        const [p, n] = [positives.astype('float64'), negatives.astype('float64')]
        const above = np.sum(p).sub(np.cumsum(p))
        const wins = np.sum(n.mul(above.add(p.mul(0.5))))
        const pairs = np.sum(p).mul(np.sum(n))
        return np.where(pairs.eq(0), 0, wins.div(np.where(pairs.eq(0), 1, pairs))).astype('float32')
      },
    }
  },
)

/** A sum and the weight of what it sums. */
export interface Weighed {
  readonly total: Tensor
  readonly weight: Tensor
}

type Losses = [losses: Tensor, weights?: Tensor]

const weighedMean = (read: (mean: Tensor) => Tensor): Metric<Losses, Weighed> => ({
  monoid: sums({ total: np.array(0, { dtype: 'float64' }), weight: np.array(0, { dtype: 'float64' }) }),
  measure: (losses, weights) => {
    const share = np.broadcastTo((weights ?? np.array(1)).astype('float64'), losses.shape)
    // Selected, not multiplied: 0 · NaN and 0 · ∞ are NaN.
    return { total: np.sum(np.where(share.eq(0), 0, losses.astype('float64').mul(share))), weight: np.sum(share) }
  },
  result: ({ total, weight }) => read(total.div(weight)).astype('float32'),
})

/**
 * The mean of numbers, weighed if there are weights: NaN of nothing. What weighs 0 is left out, whatever it is.
 * @example metrics.reduceBatches(metrics.streaming.mean(), [[np.array([1, 2])], [np.array([6])]]).item() // 3
 */
export const mean = (): Metric<Losses, Weighed> => weighedMean((average) => average)

/**
 * exp of the mean cross entropy in nats: among how many equally likely words a model hesitates. Weights of 0 leave out padding.
 * @example metrics.reduceBatches(metrics.streaming.perplexity(), [[np.log(np.array([4, 4]))]]).item() // 4
 */
export const perplexity = (): Metric<Losses, Weighed> => weighedMean(np.exp)

/**
 * The mean negative log-likelihood in bits for each number of an example, of likelihoods in nats for whole examples.
 * @param dimensions how many numbers an example has
 * @example metrics.reduceBatches(metrics.streaming.bitsPerDimension(2), [[np.log(np.array([4, 4]))]]).item() // 1
 */
export const bitsPerDimension = (dimensions: number): Metric<Losses, Weighed> =>
  weighedMean((average) => average.div(dimensions * Math.LN2))

/** Count, mean and squared distances from it of targets, and squared errors of predictions. */
export interface Spread {
  readonly count: Tensor
  readonly mean: Tensor
  readonly squares: Tensor
  readonly errors: Tensor
}

const f64 = (x: number): Tensor => np.array(x, { dtype: 'float64' })

/** Sums of squares around a common mean (Chan, Golub & LeVeque 1979): no digits are lost if the mean is large. */
const spreads: Monoid<Spread> = {
  empty: { count: f64(0), mean: f64(0), squares: f64(0), errors: f64(0) },
  concat: (a, b) => {
    const all = a.count.add(b.count)
    const share = b.count.div(np.where(all.eq(0), 1, all))
    const distance = b.mean.sub(a.mean)
    return {
      count: all,
      mean: a.mean.add(distance.mul(share)),
      squares: a.squares.add(b.squares).add(np.square(distance).mul(a.count).mul(share)),
      errors: a.errors.add(b.errors),
    }
  },
}

/**
 * The part of the variance of the targets that predictions explain, as `metrics.r2Score`.
 * @example metrics.reduceBatches(metrics.streaming.r2Score(), [[np.array([1, 2]), np.array([1, 2])]]).item() // 1
 */
export const r2Score = (): Metric<[predictions: Tensor, targets: Tensor], Spread> => ({
  monoid: spreads,
  measure: (predictions, targets) => {
    const [p, t] = [predictions.astype('float64'), targets.astype('float64')]
    const center = np.mean(t)
    return {
      count: f64(t.size),
      mean: center,
      squares: np.sum(np.square(t.sub(center))),
      errors: np.sum(np.square(p.sub(t))),
    }
  },
  result: ({ errors, squares }) => np.subtract(1, errors.div(squares)).astype('float32'),
})
