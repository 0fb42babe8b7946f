/** Optimisers that go along the gradient or its momentum: chains with the usual names. */
import { operation } from '@puregrad/core'
import type { Scalar } from '../moments.js'
import type { Mask } from '../prefixes.js'
import { addDecayedWeights, type DecayOptions } from '../scaling/decay.js'
import { type LionOptions, type LionState, scaleByLion, type TraceState, trace } from '../scaling/momentum.js'
import { type LearningRateState, scaleByLearningRate } from '../scaling/scale.js'
import { scaleByTrustRatio } from '../scaling/trust.js'
import type { ScalarOrSchedule } from '../schedules/decay.js'
import { type Chain, chain, type GradientTransformation } from '../transformation.js'
import { type MaskedState, masked } from '../wrappers/masked.js'

export interface SgdOptions {
  /** Decay of the momentum; without it there is none. */
  readonly momentum?: Scalar
  /** Whether the momentum looks one step ahead. */
  readonly nesterov?: boolean
}

/** A state of momentum and learning rate, or of the learning rate alone. */
export type SgdState = readonly [TraceState, LearningRateState] | LearningRateState

/**
 * Stochastic gradient descent, with momentum if asked for. Robbins & Monro 1951; Sutskever et al. 2013.
 * @param learningRate a number, a scalar tensor or a schedule
 * @example
 * const params = { w: np.array([1, 2]) }
 * const grads = { w: np.array([1, -1]) }
 * const optimizer = sgd(0.1, { momentum: 0.9 })
 * const [updates, state] = optimizer.update(grads, optimizer.init(params))
 * applyUpdates(params, updates) // { w: [0.9, 2.1] }
 */
export const sgd = operation(
  'sgd',
  { at: 1, numbers: ['learningRate'], names: ['momentum', 'nesterov'] },
  (
    learningRate: ScalarOrSchedule,
    { momentum, nesterov = false }: SgdOptions = {},
  ): GradientTransformation<SgdState> => {
    const descent = scaleByLearningRate(learningRate)
    const made = momentum === undefined ? descent : chain(trace(momentum, { nesterov }), descent)
    return made as GradientTransformation<SgdState>
  },
)

export interface LionRecipeOptions extends LionOptions, DecayOptions {
  /** 1e-3 unless said. */
  readonly weightDecay?: Scalar
}

/**
 * Lion: every weight moves by the learning rate, which is some 3 to 10 times less than Adam's. Chen et al. 2023. Its update needs
 * the parameters.
 * @param learningRate a number, a scalar tensor or a schedule
 * @example
 * const params = { w: np.array([1, 2]) }
 * const grads = { w: np.array([1, -1]) }
 * const optimizer = lion(0.1, { weightDecay: 0 })
 * const [updates, state] = optimizer.update(grads, optimizer.init(params), params)
 * applyUpdates(params, updates) // { w: [0.9, 2.1] }
 */
export const lion = operation(
  'lion',
  { at: 1, numbers: ['learningRate'], names: ['weightDecay', 'b1', 'b2', 'mask'] },
  (
    learningRate: ScalarOrSchedule,
    { weightDecay = 1e-3, mask = true, ...options }: LionRecipeOptions = {},
  ): Chain<readonly [LionState, null, LearningRateState]> =>
    chain(scaleByLion(options), addDecayedWeights(weightDecay, { mask }), scaleByLearningRate(learningRate)),
)

export interface LarsOptions {
  /** 0 unless said. */
  readonly weightDecay?: Scalar
  /** Which parameters decay: all unless said. */
  readonly weightDecayMask?: Mask
  /** How far a layer is trusted: 0.001 unless said. */
  readonly trustCoefficient?: Scalar
  /** Added to the norm of the update: 0 unless said. */
  readonly eps?: Scalar
  /** Which parameters have their own rate: all unless said. */
  readonly trustRatioMask?: Mask
  /** Decay of the momentum: 0.9 unless said. */
  readonly momentum?: Scalar
  /** Whether the momentum looks one step ahead. */
  readonly nesterov?: boolean
}

/**
 * LARS: momentum in which each layer steps in proportion to its weights, for large batches. You et al. 2017. Its update needs the
 * parameters.
 * @param learningRate a number, a scalar tensor or a schedule
 * @example
 * const params = { w: np.array([1, 2]) }
 * const grads = { w: np.array([1, -1]) }
 * const optimizer = lars(0.1, { trustCoefficient: Math.sqrt(2 / 5) })
 * const [updates, state] = optimizer.update(grads, optimizer.init(params), params)
 * applyUpdates(params, updates) // { w: [0.9, 2.1] }
 */
export const lars = operation(
  'lars',
  {
    at: 1,
    numbers: ['learningRate'],
    names: ['weightDecay', 'weightDecayMask', 'trustCoefficient', 'eps', 'trustRatioMask', 'momentum', 'nesterov'],
  },
  (
    learningRate: ScalarOrSchedule,
    options: LarsOptions = {},
  ): Chain<readonly [null, MaskedState<null>, LearningRateState, TraceState]> => {
    const { weightDecay = 0, weightDecayMask = true, trustCoefficient = 0.001, eps = 0 } = options
    const { trustRatioMask = true, momentum = 0.9, nesterov = false } = options
    return chain(
      addDecayedWeights(weightDecay, { mask: weightDecayMask }),
      masked(scaleByTrustRatio({ trustCoefficient, eps }), trustRatioMask),
      scaleByLearningRate(learningRate),
      trace(momentum, { nesterov }),
    )
  },
)
