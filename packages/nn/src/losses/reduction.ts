/** From one loss per example to one number. */
import { np, RangeError, ShapeError, type Tensor } from '@puregrad/core'
import { type WithArgument, withArgument } from '../dual.js'

/** How many numbers become one: not at all, by their sum, or by their mean. */
export type Reduction = 'none' | 'sum' | 'mean'

export interface ReductionOptions {
  /** How much each loss counts; broadcasts to the losses. The mean is divided by the sum of weights. */
  readonly weights?: Tensor
  /** Losses that count; broadcasts likewise. */
  readonly where?: Tensor
}

/**
 * Losses summed or averaged, some of them more than others; the mean of nothing is 0.
 * @throws RangeError for another way than 'none', 'sum' and 'mean', ShapeError for weights that do not fit
 * @example losses.reduction(np.array([1, 3]), 'mean').item() // 2
 * @example pipe(losses.squaredError(np.array([3, 0]), np.array([1, 0])), losses.reduction('sum')).item() // 4
 */
export const reduction: WithArgument<Reduction, ReductionOptions> = withArgument(
  (how) => typeof how === 'string',
  (losses, how: Reduction, { weights, where }) => {
    if (how !== 'none' && how !== 'sum' && how !== 'mean') {
      throw new RangeError(`losses.reduction: ${JSON.stringify(how)} is none of 'none', 'sum' and 'mean'.`)
    }
    const share = shares(losses, weights, where)
    const weighed = share === null ? losses : np.where(share.eq(0), 0, losses.mul(share))
    if (how === 'none') return weighed
    if (how === 'sum') return np.sum(weighed)
    if (share === null) return np.mean(losses)
    const total = np.sum(share)
    return np.where(total.eq(0), 0, np.sum(weighed).div(np.where(total.eq(0), 1, total)))
  },
)

/** The weight of each loss; null if all count alike. */
const shares = (losses: Tensor, weights: Tensor | undefined, where: Tensor | undefined): Tensor | null => {
  if (weights === undefined && where === undefined) return null
  const all = [weights, where].flatMap((x) => {
    if (x === undefined) return []
    const { shape } = losses
    const fits = x.ndim <= shape.length && x.shape.every((n, i) => n === 1 || n === shape[i + shape.length - x.ndim])
    if (fits) return [np.broadcastTo(x.astype(losses.dtype), shape)]
    throw new ShapeError(
      `losses.reduction: weights [${x.shape}] do not broadcast to the losses [${shape}]. Give one weight per loss.`,
    )
  })
  return all.reduce((a, b) => a.mul(b))
}
