/** Some of many examples, by chance, with a share of positive ones. */
import { lax, np, operation, RangeError, random, ShapeError, stopGradient, type Tensor } from '@puregrad/core'
import type { Key } from '@puregrad/nn'

export interface SamplingOptions {
  /** How many are drawn at most, which is the size of the result. */
  readonly size: number
  /** The share of positive ones, of which there may be fewer: what they leave, negative ones fill. */
  readonly positiveFraction: number
}

/** What was drawn: as rows, and as masks over all. */
export interface Sampled {
  /** int32 [min(size, n)]: which, the positive ones first; 0 where there are no more. */
  readonly indices: Tensor
  /** bool [min(size, n)]: which of the indices count. */
  readonly valid: Tensor
  /** bool [n]: the positive ones that were drawn. */
  readonly positive: Tensor
  /** bool [n]: the negative ones that were drawn. */
  readonly negative: Tensor
}

const nothing = Number.NEGATIVE_INFINITY

/**
 * A balanced draw without replacement: torchvision's BalancedPositiveNegativeSampler with sizes that are static, so that it jits and
 * vmaps. At most size · positiveFraction positive ones, and negative ones up to the size.
 * @param labels [n]: from 1 up positive, 0 negative, below 0 neither
 * @throws ShapeError unless labels are a vector; RangeError for a size below 1 or a fraction outside 0 … 1
 * @example
 * const drawn = balancedSampling(random.key(0), np.array([0, 1, -1, 0]), { size: 4, positiveFraction: 0.25 })
 * drawn.positive // [false, true, false, false]
 * drawn.negative // [true, false, false, true]
 * drawn.valid // [true, true, true, false]
 */
export const balancedSampling = operation(
  'balancedSampling',
  { at: 2, names: ['size', 'positiveFraction'] },
  (key: Key, labels: Tensor, { size, positiveFraction }: SamplingOptions): Sampled => {
    if (labels.ndim !== 1)
      throw new ShapeError(
        `balancedSampling: labels are ${labels.dtype}[${labels.shape}], and have to be [n]. For a batch of images, vmap it over keys and labels.`,
      )
    if (!(Number.isInteger(size) && size >= 1))
      throw new RangeError(`balancedSampling: size is ${size}, and has to be a whole number from 1 up.`)
    if (!(positiveFraction >= 0 && positiveFraction <= 1))
      throw new RangeError(`balancedSampling: positiveFraction is ${positiveFraction}, and has to be between 0 and 1.`)
    const [n] = labels.shape as readonly [number]
    const isPositive = stopGradient(labels).ge(1)
    const isNegative = stopGradient(labels).eq(0)
    const order = random.uniform(key, [n])
    const most = Math.min(Math.floor(size * positiveFraction), n)
    const none = np.zeros([n], { dtype: 'bool' })
    const drawn = (priority: Tensor, count: number) => {
      const [value, index] = lax.topK(priority, count)
      const valid = value.gt(nothing)
      return { index: np.where(valid, index, 0).astype('int32'), valid, mask: none.at(index).set(valid) }
    }
    const positive = most === 0 ? none : drawn(np.where(isPositive, order, nothing), most).mask
    // Positive ones are drawn already, and go first.
    const all = drawn(np.where(positive, order.add(1), np.where(isNegative, order, nothing)), Math.min(size, n))
    return { indices: all.index, valid: all.valid, positive, negative: np.logicalAnd(all.mask, isNegative) }
  },
)
