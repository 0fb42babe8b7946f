/** Losses of regions: how little a predicted mask and the true one overlap. */
import { np, ShapeError, type Tensor } from '@puregrad/core'
import { isTensor, type WithArgument, withArgument } from '../dual.js'

export interface DiceOptions {
  /** The axes of a region: all but the first unless said, so that there is one loss per example. */
  readonly axis?: number | readonly number[]
  /** Added to both sides of the fraction, so that two empty regions agree: 1 unless said. */
  readonly smooth?: number
}

/**
 * 1 − (2 Σ p t + smooth) / (Σ p + Σ t + smooth), for probabilities p and masks t of zeros and ones (Milletari et al. 2016).
 * @throws ShapeError if shapes differ
 * @example losses.diceLoss(np.array([[1, 1, 0, 0]]), np.array([[1, 0, 0, 0]]), { smooth: 0 }).toArray() // [0.3333333]
 */
export const diceLoss: WithArgument<Tensor, DiceOptions> = withArgument(
  'losses.diceLoss',
  ['axis', 'smooth'],
  isTensor,
  (predictions, targets: Tensor, { axis, smooth = 1 }) => {
    if (predictions.ndim !== targets.ndim || predictions.shape.some((n, i) => n !== targets.shape[i])) {
      throw new ShapeError(
        `losses.diceLoss: predictions [${predictions.shape}] and targets [${targets.shape}] differ in shape. ` +
          'Of classes take nn.oneHot(targets, classes).',
      )
    }
    const over = axis ?? Array.from({ length: predictions.ndim - 1 }, (_, i) => i + 1)
    const sum = (x: Tensor): Tensor => np.sum(x, { axis: over })
    const common = sum(predictions.mul(targets)).mul(2).add(smooth)
    return np.subtract(1, common.div(sum(predictions).add(sum(targets)).add(smooth)))
  },
)
