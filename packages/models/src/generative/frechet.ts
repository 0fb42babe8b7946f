/** Fréchet distance of features: how far apart two sets of images are, as a network sees them. */
import { np, operation, RangeError, ShapeError, type Tensor } from '@puregrad/core'
import type { metrics } from '@puregrad/nn'

/** What is known of features [count, size]: float64 sums around their mean. */
export interface FeatureTotals {
  readonly count: Tensor
  /** [size] */
  readonly mean: Tensor
  /** Σ (x − mean)(x − mean)ᵀ, [size, size] */
  readonly scatter: Tensor
}

/** A normal distribution like that of features. */
export interface FeatureMoments {
  /** [size] */
  readonly mean: Tensor
  /** [size, size] */
  readonly covariance: Tensor
}

const checkFeatures = (name: string, features: Tensor): void => {
  if (features.ndim === 2) return
  throw new ShapeError(
    `${name}: features are [count, size], not ${features.dtype}[${features.shape}]. Pool or flatten what a network sees.`,
  )
}

/** Sums of two sets around the mean of both. Chan, Golub & LeVeque 1983. */
const together = (a: FeatureTotals, b: FeatureTotals): FeatureTotals => {
  const count = a.count.add(b.count)
  const share = np.where(count.eq(0), 0, b.count.div(np.where(count.eq(0), 1, count)))
  const apart = b.mean.sub(a.mean)
  const between = apart.reshape([-1, 1]).mul(apart.reshape([1, -1]))
  return {
    count,
    mean: a.mean.add(apart.mul(share)),
    scatter: a.scatter.add(b.scatter).add(between.mul(a.count.mul(share))),
  }
}

const totalsOf = (features: Tensor): FeatureTotals => {
  const x = features.astype('float64')
  const count = x.shape[0] as number
  const mean = count === 0 ? np.zeros([x.shape[1] as number], { dtype: 'float64' }) : np.mean(x, { axis: 0 })
  const centred = x.sub(mean)
  return { count: np.array(count, { dtype: 'float64' }), mean, scatter: np.matmul(centred.T, centred) }
}

const momentsOf = ({ count, mean, scatter }: FeatureTotals): FeatureMoments => ({
  mean,
  covariance: scatter.div(count.sub(1)),
})

/**
 * Mean and covariance (of count − 1) of features over any number of batches: a streaming metric, whose totals add up in any order.
 * @param size how many features there are
 * @throws RangeError unless the size is a whole number from 1 up
 * @example
 * const batches: [Tensor][] = [[np.array([[1, 0], [3, 0]])], [np.array([[5, 3]])]]
 * const { mean, covariance } = metrics.reduceBatches(featureMoments(2), batches)
 * mean.toArray() // [3, 1]
 * covariance.toArray() // [[4, 3], [3, 3]]
 */
export const featureMoments = operation(
  'featureMoments',
  {},
  (size: number): metrics.Metric<[features: Tensor], FeatureTotals, FeatureMoments> => {
    if (!Number.isInteger(size) || size < 1)
      throw new RangeError(`featureMoments: the size is ${size}, and has to be a whole number from 1 up.`)
    return {
      monoid: { empty: totalsOf(np.zeros([0, size])), concat: together },
      measure: (features) => {
        checkFeatures('featureMoments', features)
        if (features.shape[1] !== size)
          throw new ShapeError(
            `featureMoments: there are ${features.shape[1]} features and not ${size}. Say how many there are.`,
          )
        return totalsOf(features)
      },
      result: momentsOf,
    }
  },
)

/**
 * The squared Fréchet distance of two normal distributions (Dowson & Landau 1982): ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½), the last
 * by √(Σ₁^½ Σ₂ Σ₁^½), which stays symmetric. Differentiable where both covariances are invertible.
 * @returns float64 []
 * @throws ShapeError for moments of different sizes
 * @example
 * const moments = (mean: number) => ({ mean: np.array([mean, 0]), covariance: np.eye(2) })
 * frechetDistance(moments(0), moments(3)).item() // 9
 */
export const frechetDistance = operation('frechetDistance', {}, (a: FeatureMoments, b: FeatureMoments): Tensor => {
  const [n, m] = [a, b].map(({ mean }) => mean.size) as [number, number]
  if (n !== m)
    throw new ShapeError(`frechetDistance: there are ${n} and ${m} features. Take both from the same network.`)
  const [first, second] = [a, b].map(({ covariance }) => {
    const x = covariance.astype('float64')
    return x.add(x.T).mul(0.5)
  }) as [Tensor, Tensor]
  const root = np.linalg.sqrtm(first)
  const between = np.matmul(np.matmul(root, second), root)
  const common = np.trace(np.linalg.sqrtm(between.add(between.T).mul(0.5)))
  const apart = np.sum(np.square(a.mean.astype('float64').sub(b.mean.astype('float64'))))
  return apart.add(np.trace(first)).add(np.trace(second)).sub(common.mul(2))
})

/**
 * The Fréchet distance of two sets of images by what a network sees in them (Heusel et al. 2017): with Inception's 2048 features the
 * FID that papers quote; with others only comparable to itself. Sets of few images lie further apart than large ones: compare equally
 * many, beside the distance of two sets of real ones.
 * @param real features [count, size]  @param fake features [count, size]
 * @returns float64 []
 * @throws ShapeError unless both are [count, size] of one size
 * @example fid(np.array([[0], [2]]), np.array([[3], [5]])).item() // 9
 */
export const fid = operation('fid', {}, (real: Tensor, fake: Tensor): Tensor => {
  const [a, b] = [real, fake].map((features) => {
    checkFeatures('fid', features)
    return momentsOf(totalsOf(features))
  }) as [FeatureMoments, FeatureMoments]
  return frechetDistance(a, b)
})
