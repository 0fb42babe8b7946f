/** From one loss per example to one number. */
import { np, RangeError, ShapeError, type Tensor } from '@puregrad/core'
import { type WithArgument, withArgument } from '../dual.js'
import { madeOf, withMadeOf } from '../made-of.js'

/** How many numbers become one: not at all, by their sum, or by their mean. */
export type Reduction = 'none' | 'sum' | 'mean'

export interface ReductionOptions {
  /** How much each loss counts; broadcasts to the losses. The mean is divided by the sum of weights. */
  readonly weights?: Tensor
  /** Losses that count; broadcasts likewise. */
  readonly where?: Tensor
}

/**
 * Losses summed or averaged, some of them more than others; the mean of nothing is 0. What counts 0 is left out, NaN and ∞
 * included. A mean remembers the sum of its weights, so that `fit`, its accumulation and `evaluate` make the same mean of many
 * batches as of all at once.
 * @throws RangeError for another way than 'none', 'sum' and 'mean', ShapeError for weights that do not fit
 * @example losses.reduction(np.array([1, 3]), 'mean').item() // 2
 * @example pipe(losses.squaredError(np.array([3, 0]), np.array([1, 0])), losses.reduction('sum')).item() // 4
 */
export const reduction: WithArgument<Reduction, ReductionOptions> = withArgument(
  'losses.reduction',
  ['weights', 'where'],
  (how) => typeof how === 'string',
  (losses, how: Reduction, { weights, where }) => {
    if (how !== 'none' && how !== 'sum' && how !== 'mean') {
      throw new RangeError(`losses.reduction: ${JSON.stringify(how)} is none of 'none', 'sum' and 'mean'.`)
    }
    const share = shares(losses, weights, where)
    const weighed = share === null ? losses : np.where(share.eq(0), 0, losses.mul(share))
    if (how === 'none') return weighed
    if (how === 'sum') return np.sum(weighed)
    if (share === null) return meanOf(losses)
    const weight = np.sum(share)
    const mean = np.where(weight.eq(0), 0, np.sum(weighed).div(np.where(weight.eq(0), 1, weight)))
    return withMadeOf(mean, { _tag: 'Mean', weight })
  },
)

/** The mean of all, of as many as there are. */
export const meanOf = (losses: Tensor): Tensor =>
  losses.ndim === 0 ? losses : withMadeOf(np.mean(losses), { _tag: 'Mean', weight: losses.size })

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

/** Numerators and weights: the losses of several batches are the sums of their totals over the sums of their weights. */
export interface SumAndWeight {
  readonly total: Tensor
  readonly weight: Tensor
}

/**
 * A loss as its numerators and their weights: of one loss per example or element their sum and their number, of a mean that a
 * function of `losses` gave the sum behind it and the weight that it was divided by.
 * @throws RangeError for one number of which is not known what it is made of
 * @example
 * const mean = losses.reduction(np.array([1, 3]), 'mean', { weights: np.array([1, 3]) })
 * losses.sumAndWeight(mean) // { total: 10, weight: 4 }
 */
export const sumAndWeight = (loss: Tensor): SumAndWeight => {
  if (loss.ndim > 0) return { total: np.sum(loss), weight: np.array(loss.size, { dtype: loss.dtype }) }
  const parts = madeOf(loss)
  if (parts?._tag !== 'Mean') {
    throw new RangeError(
      'losses.sumAndWeight: of one number is not known what it is the mean of. Give one loss per example, or what losses.reduction gives.',
    )
  }
  const weight = np.asarray(parts.weight).astype(loss.dtype)
  return { total: loss.mul(weight), weight }
}
