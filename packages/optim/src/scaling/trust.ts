/** Updates measured by the parameters that they change, layer by layer. */
import { np, operation, type Tensor } from '@puregrad/core'
import { plus, type Scalar, times } from '../moments.js'
import { euclidean, rootMeanSquare } from '../norms.js'
import { type GradientTransformation, requiredParams, stateless } from '../transformation.js'
import { mapTree } from '../trees.js'

export interface TrustRatioOptions {
  /** No norm counts as less: 0 unless said. */
  readonly minNorm?: number
  /** How far a layer is trusted: 1 unless said. */
  readonly trustCoefficient?: Scalar
  /** Added to the norm of the update: 0 unless said. */
  readonly eps?: Scalar
}

const norm = (x: Tensor, least: number): Tensor => (least === 0 ? euclidean(x) : np.maximum(euclidean(x), least))

/**
 * u · trustCoefficient · ‖p‖ / (‖u‖ + eps) for each leaf, and u where either norm is 0: steps in proportion to the weights. You et
 * al. 2017, Section 4.2; You et al. 2020, Algorithm 2.
 * @throws TreeError if `update` gets no parameters
 * @example scaleByTrustRatio().update({ w: np.array([3, 4]) }, null, { w: np.array([0, 10]) })[0] // { w: [6, 8] }
 */
export const scaleByTrustRatio = operation(
  'scaleByTrustRatio',
  { at: 0, names: ['minNorm', 'trustCoefficient', 'eps'] },
  ({ minNorm = 0, trustCoefficient = 1, eps = 0 }: TrustRatioOptions = {}): GradientTransformation<null> =>
    stateless((grads, params) =>
      mapTree(
        (u, p) => {
          const [ofParameter, ofUpdate] = [norm(p, minNorm), norm(u, minNorm)]
          const none = np.logicalOr(ofParameter.eq(0), ofUpdate.eq(0))
          // Where there is no ratio the quotient must stay finite for derivatives.
          const ratio = times(ofParameter, trustCoefficient).div(plus(np.where(none, 1, ofUpdate), eps))
          return times(u, np.where(none, 1, ratio))
        },
        grads,
        requiredParams('scaleByTrustRatio', params),
      ),
    ),
)

export interface ParamBlockRmsOptions {
  /** No root mean square counts as less: 1e-3 unless said. */
  readonly minScale?: number
}

/**
 * u · max(√mean p², minScale) for each leaf. Shazeer & Stern 2018, Section 8.
 * @throws TreeError if `update` gets no parameters
 * @example scaleByParamBlockRms().update({ w: np.array([1, 2]) }, null, { w: np.array([-2, 2]) })[0] // { w: [2, 4] }
 */
export const scaleByParamBlockRms = operation(
  'scaleByParamBlockRms',
  { at: 0, names: ['minScale'] },
  ({ minScale = 1e-3 }: ParamBlockRmsOptions = {}): GradientTransformation<null> =>
    stateless((grads, params) =>
      mapTree(
        (u, p) => times(u, np.maximum(rootMeanSquare(p), minScale)),
        grads,
        requiredParams('scaleByParamBlockRms', params),
      ),
    ),
)
