/** Two sets of weights: fast ones that explore, and slow ones that follow. */
import { np, operation, RangeError, type Tensor } from '@puregrad/core'
import { increment, noSteps, type Scalar, times } from '../moments.js'
import { type GradientTransformation, type Moments, requiredParams } from '../transformation.js'
import { mapTree, momentsOf, whereTree } from '../trees.js'

export interface LookaheadState<S> {
  readonly fastState: S
  /** The slow weights, by which a model is best judged. */
  readonly slow: Moments
  readonly stepsSinceSync: Tensor
}

export interface LookaheadOptions {
  /** Whether the fast optimiser starts anew at each synchronisation. */
  readonly resetState?: boolean
}

/**
 * Steps of a fast optimiser; every `syncPeriod` of them slow weights go `slowStepSize` of the way to the fast ones, which
 * start from there again: slow ← slow + slowStepSize · (fast − slow). The parameters are the fast weights, the slow ones are in
 * the state. Zhang et al. 2019, Algorithm 1.
 * @throws RangeError unless `syncPeriod` is 1 or more, TreeError if `update` gets no parameters
 * @example
 * const params = { w: np.array([1]) }
 * const optimizer = lookahead(sgd(1), 1, 0.5)
 * const [updates, state] = optimizer.update({ w: np.array([2]) }, optimizer.init(params), params)
 * applyUpdates(params, updates) // { w: [0] }
 */
export const lookahead = operation(
  'lookahead',
  { at: 3, names: ['resetState'] },
  <S>(
    fastOptimizer: GradientTransformation<S>,
    syncPeriod: number,
    slowStepSize: Scalar,
    { resetState = false }: LookaheadOptions = {},
  ): GradientTransformation<LookaheadState<S>> => {
    if (!(syncPeriod >= 1)) {
      throw new RangeError(`lookahead: weights cannot meet every ${syncPeriod} steps. Pass a period of 1 or more.`)
    }
    return {
      init: (params) => ({
        fastState: fastOptimizer.init(params),
        slow: momentsOf((x) => x, params),
        stepsSinceSync: noSteps(),
      }),
      update: (grads, state, params, extra) => {
        const fast = requiredParams('lookahead', params)
        const [updates, fastState] = fastOptimizer.update(grads, state.fastState, fast, extra)
        const done = increment(state.stepsSinceSync)
        const meets = done.ge(syncPeriod)
        const met = mapTree((s, f, u) => s.add(times(f.add(u).sub(s), slowStepSize)), state.slow, fast, updates)
        return [
          mapTree((u, m, f) => np.where(meets, m.sub(f), u), updates, met, fast),
          {
            fastState: resetState ? whereTree(meets, fastOptimizer.init(fast), fastState) : fastState,
            slow: whereTree(meets, met, state.slow),
            stepsSinceSync: np.where(meets, 0, done),
          },
        ]
      },
    }
  },
)
