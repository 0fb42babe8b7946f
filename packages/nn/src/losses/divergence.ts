/** Divergences of distributions. */
import { np, type Tensor } from '@puregrad/core'
import { isTensor, type WithArgument, withArgument } from '../dual.js'

export interface DivergenceOptions {
  /** The axis of the outcomes: the last unless said. */
  readonly axis?: number
  /** Outcomes that count. */
  readonly where?: Tensor
}

/** x where it counts and 0 elsewhere: before products, in which 0 · NaN would be NaN. */
const counted = (x: Tensor, where: Tensor | undefined): Tensor => (where === undefined ? x : np.where(where, x, 0))

const total = (terms: Tensor, { axis = -1, where }: DivergenceOptions): Tensor =>
  np.sum(counted(terms, where), { axis })

/** t · log t, 0 at 0. */
const xlogx = (t: Tensor): Tensor => t.mul(np.log(np.where(t.eq(0), 1, t)))

const never = (log: Tensor): Tensor => log.eq(Number.NEGATIVE_INFINITY)

/**
 * Σ target · (log target − logPrediction): Kullback & Leibler's divergence of the targets from the predictions. A target of 0 adds
 * 0, even where the prediction is −∞.
 * @example losses.klDivergence(np.log(np.array([0.5, 0.5])), np.array([1, 0])).item() // 0.6931472
 */
export const klDivergence: WithArgument<Tensor, DivergenceOptions> = withArgument(
  'losses.klDivergence',
  ['axis', 'where'],
  isTensor,
  (logPredictions, targets: Tensor, options) => {
    const [logs, truth] = [counted(logPredictions, options.where), counted(targets, options.where)]
    const possible = np.where(np.logicalAnd(truth.eq(0), never(logs)), 0, logs)
    return total(xlogx(truth).sub(truth.mul(possible)), options)
  },
)

/**
 * Σ exp(logTarget) · (logTarget − logPrediction). A target of −∞ adds 0.
 * @example losses.klDivergenceWithLogTargets(np.log(np.array([0.5, 0.5])), np.log(np.array([0.5, 0.5]))).item() // 0
 */
export const klDivergenceWithLogTargets: WithArgument<Tensor, DivergenceOptions> = withArgument(
  'losses.klDivergenceWithLogTargets',
  ['axis', 'where'],
  isTensor,
  (logPredictions, logTargets: Tensor, options) => {
    const [logs, truth] = [counted(logPredictions, options.where), counted(logTargets, options.where)]
    const isNever = never(truth)
    const possible = (x: Tensor): Tensor => np.where(isNever, 0, x)
    const term = np.exp(possible(truth)).mul(possible(truth).sub(possible(logs)))
    return total(possible(term), options)
  },
)

/**
 * klDivergence + Σ (prediction − target): convex in both, also for numbers that do not sum to 1.
 * @example losses.convexKlDivergence(np.log(np.array([0.5, 1])), np.array([1, 0])).item() // 1.1931472
 */
export const convexKlDivergence: WithArgument<Tensor, DivergenceOptions> = withArgument(
  'losses.convexKlDivergence',
  ['axis', 'where'],
  isTensor,
  (logPredictions, targets: Tensor, options) => {
    const excess = np.exp(counted(logPredictions, options.where)).sub(counted(targets, options.where))
    return klDivergence(logPredictions, targets, options).add(total(excess, options))
  },
)
