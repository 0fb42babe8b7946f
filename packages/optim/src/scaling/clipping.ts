/** Bounds on updates: on each element, on norms, on norms in proportion to the parameters', and on what is no number. */
import { np, operation, ShapeError, type Tensor } from '@puregrad/core'
import { type Scalar, times } from '../moments.js'
import { euclidean, globalNorm, rootMeanSquare } from '../norms.js'
import { type GradientTransformation, type Moments, requiredParams, stateless } from '../transformation.js'
import { mapTree, momentsOf } from '../trees.js'

/**
 * Clips every element of the updates to ±maxDelta.
 * @example clip(1).update({ w: np.array([3, -0.5]) }, null)[0].w.toArray() // [1, -0.5]
 */
export const clip = (maxDelta: number): GradientTransformation<null> =>
  stateless((grads) => mapTree((g) => np.clip(g, -maxDelta, maxDelta), grads))

/**
 * Scales all updates down together where their global norm is larger than `maxNorm`. Pascanu et al. 2013.
 * @example clipByGlobalNorm(1).update({ w: np.array([3, 4]) }, null)[0].w.toArray() // [0.6, 0.8]
 */
export const clipByGlobalNorm = (maxNorm: number): GradientTransformation<null> =>
  stateless((grads) => {
    const norm = globalNorm(grads)
    const isSmall = np.logicalOr(norm.lt(maxNorm), norm.eq(0))
    // The quotient sees only norms that are divided by: its derivative at others could be infinite.
    const factor = np.where(isSmall, 1, np.divide(maxNorm, np.where(isSmall, 1, norm)))
    return mapTree((g) => times(g, factor), grads)
  })

/**
 * Scales each leaf down where its root mean square is larger than the threshold: u / max(1, √mean u² / threshold). Shazeer &
 * Stern 2018, Section 6.
 * @example clipByBlockRms(1).update({ w: np.array([2, -2]), b: np.array([0.5]) }, null)[0] // { w: [1, -1], b: [0.5] }
 */
export const clipByBlockRms = (threshold: Scalar): GradientTransformation<null> =>
  stateless((grads) =>
    mapTree((u) => {
      const size = rootMeanSquare(u)
      return u.div(np.maximum(1, size.div(typeof threshold === 'number' ? threshold : threshold.astype(u.dtype))))
    }, grads),
  )

/** Axes over which the norm of one output unit is taken, by rank: dense kernels [in, out], attention, conv kernels HWIO. */
const unitAxes = (x: Tensor): readonly number[] => {
  const axes = x.shape.map((_, axis) => axis)
  if (x.shape.filter((size) => size !== 1).length <= 1) return axes
  if (x.ndim <= 3) return [0]
  if (x.ndim <= 5) return axes.slice(0, -1)
  throw new ShapeError(
    `adaptiveGradClip: which axes of a parameter of shape [${x.shape}] belong to one output is not known. Pass { axis }.`,
  )
}

/**
 * The norm of the weights into each output unit: of columns of matrices, of filters of conv kernels, of all of a vector.
 * @throws ShapeError if x has more than five axes and none are named
 * @example unitwiseNorm(np.array([[3, 0], [4, 1]])).toArray() // [[5, 1]]
 */
export const unitwiseNorm = (x: Tensor, axis?: number | readonly number[]): Tensor => euclidean(x, axis ?? unitAxes(x))

export interface AdaptiveGradClipOptions {
  /** No norm of parameters counts as less: 1e-3 unless said. */
  readonly eps?: number
  /** The axes that belong to one output unit, if not those of kernels. */
  readonly axis?: number | readonly number[]
}

/**
 * Scales the update of each output unit down to clipping · max(‖weights‖, eps) where its norm is larger: a bound on relative
 * change. Brock et al. 2021, Section 4.1.
 * @throws TreeError if `update` gets no parameters
 * @example adaptiveGradClip(0.1).update({ w: np.array([3, 4]) }, null, { w: np.array([10, 0]) })[0] // { w: [0.6, 0.8] }
 */
export const adaptiveGradClip = operation(
  'adaptiveGradClip',
  { at: 1, numbers: ['clipping'], names: ['eps', 'axis'] },
  (clipping: Scalar, { eps = 1e-3, axis }: AdaptiveGradClipOptions = {}): GradientTransformation<null> =>
    stateless((grads, params) =>
      mapTree(
        (g, p) => {
          const norm = unitwiseNorm(g, axis)
          const largest = times(np.maximum(unitwiseNorm(p, axis), eps), clipping)
          // Where there is no gradient g is taken as it is, but the quotient must stay finite for derivatives.
          const isSmall = norm.lt(largest)
          return np.where(isSmall, g, g.mul(largest.div(np.where(isSmall, 1, np.maximum(norm, 1e-6)))))
        },
        grads,
        requiredParams('adaptiveGradClip', params),
      ),
    ),
)

/** Whether a NaN was in each leaf at the last step. */
export interface ZeroNansState {
  readonly foundNan: Moments
}

/**
 * Puts 0 for every NaN. The state tells in which leaves there were any.
 * @example
 * const t = zeroNans()
 * t.update({ w: np.array([NaN, 2]) }, t.init({ w: np.zeros([2]) }))[0] // { w: [0, 2] }
 */
export const zeroNans = (): GradientTransformation<ZeroNansState> => ({
  init: (params) => ({ foundNan: momentsOf(() => np.array(false), params) }),
  update: (grads) => [
    mapTree((g) => np.where(np.isnan(g), 0, g), grads),
    { foundNan: mapTree((g) => np.any(np.isnan(g)), grads) as Moments },
  ],
})
