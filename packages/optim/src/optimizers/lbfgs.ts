/** L-BFGS with a line search: a chain with the usual name. */
import { operation } from '@puregrad/core'
import { type LbfgsState, type ScaleByLbfgsOptions, scaleByLbfgs } from '../linesearch/lbfgs.js'
import { scaleByZoomLinesearch, type ZoomLinesearchState } from '../linesearch/scale-by-zoom-linesearch.js'
import { type LearningRateState, scaleByLearningRate } from '../scaling/scale.js'
import type { ScalarOrSchedule } from '../schedules/decay.js'
import { type Chain, chain, type GradientTransformation } from '../transformation.js'

export interface LbfgsOptions extends ScaleByLbfgsOptions {
  /** Multiplies the direction before the line search: 1 unless said. */
  readonly learningRate?: ScalarOrSchedule
  /** The line search, or null for none: zoom with 20 steps from 1 on unless said. */
  readonly linesearch?: GradientTransformation<unknown> | null
}

/** States of the preconditioner, the learning rate, and the zoom line search, which others may take the place of. */
export type LbfgsChainState = readonly [LbfgsState, LearningRateState, ZoomLinesearchState]

/**
 * L-BFGS with a zoom line search, for functions that are not noisy. Its update needs the parameters and
 * `{ value, grad, valueFn }`; `valueAndGradFromState` gives the first two without computing them twice. Liu & Nocedal 1989.
 * @example
 * const valueFn = (p: { w: Tensor }) => np.sum(np.square(p.w.sub(3)))
 * const params = { w: np.array([1, 2]) }
 * const optimizer = lbfgs()
 * const state = optimizer.init(params)
 * const [value, gradient] = valueAndGradFromState(valueFn)(params, state)
 * const [updates, next] = optimizer.update(gradient, state, params, { value, grad: gradient, valueFn })
 * const better = applyUpdates(params, updates)
 * valueFn(better).lt(value).item() // true
 */
export const lbfgs = operation(
  'lbfgs',
  { at: 0, names: ['learningRate', 'linesearch', 'memorySize', 'scaleInitPrecond'] },
  (options: LbfgsOptions = {}): Chain<LbfgsChainState> => {
    const { learningRate = 1, linesearch, ...rest } = options
    const descent = scaleByLearningRate(learningRate)
    const search = linesearch === undefined ? scaleByZoomLinesearch(20, { initialGuessStrategy: 'one' }) : linesearch
    const parts = [scaleByLbfgs(rest), descent, ...(search === null ? [] : [search])]
    return chain(...parts) as unknown as Chain<LbfgsChainState>
  },
)
