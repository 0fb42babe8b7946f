/** Losses of scores that want a margin, not probabilities. */
import { np, operation, type Tensor } from '@puregrad/core'
import { type Binary, binary } from '../dual.js'
import { unitOf } from '../functions/lengths.js'
import { oneHot } from '../functions/one-hot.js'
import { ofClasses, pick } from '../functions/pick.js'

/**
 * max(0, 1 − output · target) for targets of −1 and 1.
 * @example losses.hingeLoss(np.array([0.5]), np.array([1])).toArray() // [0.5]
 */
export const hingeLoss: Binary = binary('losses.hingeLoss', (outputs, targets) =>
  np.maximum(np.subtract(1, outputs.mul(targets)), 0),
)

/**
 * max(0, −output · target) for targets of −1 and 1.
 * @example losses.perceptronLoss(np.array([-0.5]), np.array([1])).toArray() // [0.5]
 */
export const perceptronLoss: Binary = binary('losses.perceptronLoss', (outputs, targets) =>
  np.maximum(outputs.mul(targets).neg(), 0),
)

/** The largest score beyond that of the label; NaN if that is no class. */
const beyondLabel = (largest: Tensor, scores: Tensor, labels: Tensor): Tensor => {
  const classes = labels.astype('int32')
  const missed = largest.sub(pick(scores, classes, scores.ndim - 1))
  return ofClasses(missed, classes, scores.shape[scores.ndim - 1] as number)
}

/**
 * maxⱼ (scoreⱼ + [j is not the label]) − score of the label, for integer labels (Crammer & Singer 2001);
 * NaN for labels that are no class.
 * @example losses.multiclassHingeLoss(np.array([[1, 1]]), np.array([0], { dtype: 'int32' })).toArray() // [1]
 */
export const multiclassHingeLoss: Binary = binary('losses.multiclassHingeLoss', (scores, labels) => {
  const truth = oneHot(labels, scores.shape[scores.ndim - 1] as number, { dtype: scores.dtype })
  return beyondLabel(np.max(scores.add(np.subtract(1, truth)), { axis: -1 }), scores, labels)
})

/**
 * maxⱼ scoreⱼ − score of the label, for integer labels; NaN for those that are no class.
 * @example losses.multiclassPerceptronLoss(np.array([[1, 3]]), np.array([0], { dtype: 'int32' })).toArray() // [2]
 */
export const multiclassPerceptronLoss: Binary = binary('losses.multiclassPerceptronLoss', (scores, labels) =>
  beyondLabel(np.max(scores, { axis: -1 }), scores, labels),
)

export interface TripletOptions {
  /** The axis of the features: the last unless said. */
  readonly axis?: number
  /** Of the norm that measures distances: 2 unless said. */
  readonly normDegree?: number
  /** How much further the negative has to be: 1 unless said. */
  readonly margin?: number
  /** Added under the root: 1e-6 unless said. */
  readonly eps?: number
}

/**
 * max(0, |anchor − positive| − |anchor − negative| + margin) (Schroff et al. 2015).
 * @example losses.tripletMarginLoss(np.array([[0, 0]]), np.array([[0, 0]]), np.array([[3, 4]])).toArray() // [0]
 */
export const tripletMarginLoss = operation(
  'losses.tripletMarginLoss',
  { at: 3, names: ['axis', 'normDegree', 'margin', 'eps'] },
  (
    anchors: Tensor,
    positives: Tensor,
    negatives: Tensor,
    { axis = -1, normDegree = 2, margin = 1, eps = 1e-6 }: TripletOptions = {},
  ): Tensor => {
    // |x|ᵖ of an even p is smooth; of the size it would lose its second derivative at 0.
    const isEven = normDegree % 2 === 0
    const distance = (other: Tensor): Tensor => {
      const difference = anchors.sub(other)
      const { unit, inverse } = unitOf(difference, axis)
      // Below 1, eps is what counts: only large differences are brought closer.
      const down = np.minimum(inverse, 1)
      const parts = difference.mul(down)
      const powers = (isEven ? parts : np.abs(parts)).pow(normDegree)
      const least = down.pow(normDegree).mul(eps)
      const root = np
        .sum(powers, { axis, keepdims: true })
        .add(least)
        .pow(1 / normDegree)
      return np.squeeze(root.mul(np.maximum(unit, 1)), axis)
    }
    return np.maximum(distance(positives).sub(distance(negatives)).add(margin), 0)
  },
)
