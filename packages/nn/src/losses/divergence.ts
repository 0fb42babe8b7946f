/** Divergences of distributions. */
import { np, type Tensor } from '@puregrad/core'
import { isTensor, type WithArgument, withArgument } from '../dual.js'

export interface DivergenceOptions {
  /** The axis of the outcomes: the last unless said. */
  readonly axis?: number
  /** Outcomes that count. */
  readonly where?: Tensor
}

const total = (terms: Tensor, { axis = -1, where }: DivergenceOptions): Tensor =>
  np.sum(where === undefined ? terms : np.where(where, terms, 0), { axis })

/** t · log t, 0 at 0. */
const xlogx = (t: Tensor): Tensor => t.mul(np.log(np.where(t.eq(0), 1, t)))

/**
 * Σ target · (log target − logPrediction): Kullback & Leibler's divergence of the targets from the predictions.
 * @example losses.klDivergence(np.log(np.array([0.5, 0.5])), np.array([1, 0])).item() // 0.6931472
 */
export const klDivergence: WithArgument<Tensor, DivergenceOptions> = withArgument(
  isTensor,
  (logPredictions, targets: Tensor, options) => total(xlogx(targets).sub(targets.mul(logPredictions)), options),
)

/**
 * Σ exp(logTarget) · (logTarget − logPrediction).
 * @example losses.klDivergenceWithLogTargets(np.log(np.array([0.5, 0.5])), np.log(np.array([0.5, 0.5]))).item() // 0
 */
export const klDivergenceWithLogTargets: WithArgument<Tensor, DivergenceOptions> = withArgument(
  isTensor,
  (logPredictions, logTargets: Tensor, options) =>
    total(np.exp(logTargets).mul(logTargets.sub(logPredictions)), options),
)

/**
 * klDivergence + Σ (prediction − target): convex in both, also for numbers that do not sum to 1.
 * @example losses.convexKlDivergence(np.log(np.array([0.5, 1])), np.array([1, 0])).item() // 1.1931472
 */
export const convexKlDivergence: WithArgument<Tensor, DivergenceOptions> = withArgument(
  isTensor,
  (logPredictions, targets: Tensor, options) =>
    klDivergence(logPredictions, targets, options).add(total(np.exp(logPredictions).sub(targets), options)),
)
