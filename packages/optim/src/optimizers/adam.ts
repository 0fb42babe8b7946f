/** Adam and its kin: chains with the usual names. */
import { operation } from '@puregrad/core'
import type { Scalar } from '../moments.js'
import {
  type AdamaxOptions,
  type AdamOptions,
  type AdamState,
  type AmsgradOptions,
  type AmsgradState,
  type RadamOptions,
  scaleByAdam,
  scaleByAdamax,
  scaleByAmsgrad,
  scaleByRadam,
  scaleByYogi,
  type YogiOptions,
} from '../scaling/adam.js'
import { addDecayedWeights, type DecayOptions } from '../scaling/decay.js'
import { type LearningRateState, scaleByLearningRate } from '../scaling/scale.js'
import { scaleByTrustRatio } from '../scaling/trust.js'
import type { ScalarOrSchedule } from '../schedules/decay.js'
import { type Chain, chain } from '../transformation.js'

/**
 * Adam. Kingma & Ba 2015.
 * @param learningRate a number, a scalar tensor or a schedule
 * @example
 * const params = { w: np.array([1, 2]) }
 * const grads = { w: np.array([1, -1]) }
 * const optimizer = adam(1e-3, { b1: 0.9, b2: 0.999 })
 * const [updates, state] = optimizer.update(grads, optimizer.init(params))
 * applyUpdates(params, updates) // { w: [0.999, 2.001] }
 */
export const adam = operation(
  'adam',
  { at: 1, numbers: ['learningRate'], names: ['nesterov', 'epsRoot', 'b1', 'b2', 'eps'] },
  (learningRate: ScalarOrSchedule, options: AdamOptions = {}): Chain<readonly [AdamState, LearningRateState]> =>
    chain(scaleByAdam(options), scaleByLearningRate(learningRate)),
)

/**
 * Adam with Nesterov's momentum: `adam` with `nesterov`. Dozat 2016.
 * @param learningRate a number, a scalar tensor or a schedule
 * @example
 * const params = { w: np.array([1, 2]) }
 * const grads = { w: np.array([1, -1]) }
 * const optimizer = nadam(1e-3)
 * const [updates, state] = optimizer.update(grads, optimizer.init(params))
 * applyUpdates(params, updates) // { w: [0.9985263, 2.0014737] }
 */
export const nadam = operation(
  'nadam',
  { at: 1, numbers: ['learningRate'], names: ['eps', 'b1', 'b2', 'epsRoot'] },
  (
    learningRate: ScalarOrSchedule,
    options: Omit<AdamOptions, 'nesterov'> = {},
  ): Chain<readonly [AdamState, LearningRateState]> => adam(learningRate, { ...options, nesterov: true }),
)

export interface AdamWOptions extends AdamOptions, DecayOptions {
  /** 1e-4 unless said. */
  readonly weightDecay?: Scalar
}

/**
 * Adam with decoupled weight decay. Loshchilov & Hutter 2019. Its update needs the parameters.
 * @example
 * const params = { kernel: np.array([1, 2]), bias: np.array([3]) }
 * const grads = { kernel: np.array([1, -1]), bias: np.array([1]) }
 * const optimizer = adamw(0.1, { weightDecay: 0.01, mask: { kernel: true, bias: false } })
 * const [updates, state] = optimizer.update(grads, optimizer.init(params), params)
 * applyUpdates(params, updates) // { kernel: [0.899, 2.098], bias: [2.9] }
 */
export const adamw = operation(
  'adamw',
  { at: 1, numbers: ['learningRate'], names: ['weightDecay', 'nesterov', 'epsRoot', 'b1', 'b2', 'eps', 'mask'] },
  (
    learningRate: ScalarOrSchedule,
    { weightDecay = 1e-4, mask = true, ...options }: AdamWOptions = {},
  ): Chain<readonly [AdamState, null, LearningRateState]> =>
    chain(scaleByAdam(options), addDecayedWeights(weightDecay, { mask }), scaleByLearningRate(learningRate)),
)

/**
 * Adam with the infinity norm. Kingma & Ba 2015, Section 7.1.
 * @param learningRate a number, a scalar tensor or a schedule
 * @example
 * const params = { w: np.array([1, 2]) }
 * const grads = { w: np.array([1, -1]) }
 * const optimizer = adamax(2e-3)
 * const [updates, state] = optimizer.update(grads, optimizer.init(params))
 * applyUpdates(params, updates) // { w: [0.998, 2.002] }
 */
export const adamax = operation(
  'adamax',
  { at: 1, numbers: ['learningRate'], names: ['b1', 'b2', 'eps'] },
  (learningRate: ScalarOrSchedule, options: AdamaxOptions = {}): Chain<readonly [AdamState, LearningRateState]> =>
    chain(scaleByAdamax(options), scaleByLearningRate(learningRate)),
)

/**
 * Adam with the largest second moment so far. Reddi et al. 2018.
 * @param learningRate a number, a scalar tensor or a schedule
 * @example
 * const params = { w: np.array([1, 2]) }
 * const grads = { w: np.array([1, -1]) }
 * const optimizer = amsgrad(1e-3)
 * const [updates, state] = optimizer.update(grads, optimizer.init(params))
 * applyUpdates(params, updates) // { w: [0.999, 2.001] }
 */
export const amsgrad = operation(
  'amsgrad',
  { at: 1, numbers: ['learningRate'], names: ['epsRoot', 'b1', 'b2', 'eps'] },
  (learningRate: ScalarOrSchedule, options: AmsgradOptions = {}): Chain<readonly [AmsgradState, LearningRateState]> =>
    chain(scaleByAmsgrad(options), scaleByLearningRate(learningRate)),
)

/**
 * Adam that warms up by itself: momentum at first, rectified Adam then. Liu et al. 2020.
 * @param learningRate a number, a scalar tensor or a schedule
 * @example
 * const params = { w: np.array([1, 2]) }
 * const grads = { w: np.array([1, -1]) }
 * const optimizer = radam(1e-3)
 * const [updates, state] = optimizer.update(grads, optimizer.init(params))
 * applyUpdates(params, updates) // { w: [0.999, 2.001] }
 */
export const radam = operation(
  'radam',
  { at: 1, numbers: ['learningRate'], names: ['threshold', 'nesterov', 'epsRoot', 'b1', 'b2', 'eps'] },
  (learningRate: ScalarOrSchedule, options: RadamOptions = {}): Chain<readonly [AdamState, LearningRateState]> =>
    chain(scaleByRadam(options), scaleByLearningRate(learningRate)),
)

/**
 * Yogi: Adam whose second moment changes by bounded steps. Zaheer et al. 2018.
 * @param learningRate a number, a scalar tensor or a schedule
 * @example
 * const params = { w: np.array([1, 2]) }
 * const grads = { w: np.array([1, -1]) }
 * const optimizer = yogi(1.001, { initialAccumulatorValue: 0 })
 * const [updates, state] = optimizer.update(grads, optimizer.init(params))
 * applyUpdates(params, updates) // { w: [0, 3] }
 */
export const yogi = operation(
  'yogi',
  { at: 1, numbers: ['learningRate'], names: ['initialAccumulatorValue', 'epsRoot', 'b1', 'b2', 'eps'] },
  (learningRate: ScalarOrSchedule, options: YogiOptions = {}): Chain<readonly [AdamState, LearningRateState]> =>
    chain(scaleByYogi(options), scaleByLearningRate(learningRate)),
)

export interface LambOptions extends AmsgradOptions, DecayOptions {
  /** 0 unless said. */
  readonly weightDecay?: Scalar
}

/**
 * LAMB: Adam in which each layer steps in proportion to its weights, for large batches. Its eps is 1e-6 unless said. You et al.
 * 2020. Its update needs the parameters.
 * @param learningRate a number, a scalar tensor or a schedule
 * @example
 * const params = { w: np.array([1, 2]) }
 * const grads = { w: np.array([1, -1]) }
 * const optimizer = lamb(Math.sqrt(2 / 5))
 * const [updates, state] = optimizer.update(grads, optimizer.init(params), params)
 * applyUpdates(params, updates) // { w: [0, 3] }
 */
export const lamb = operation(
  'lamb',
  { at: 1, numbers: ['learningRate'], names: ['weightDecay', 'epsRoot', 'b1', 'b2', 'eps', 'mask'] },
  (
    learningRate: ScalarOrSchedule,
    { weightDecay = 0, mask = true, eps = 1e-6, ...options }: LambOptions = {},
  ): Chain<readonly [AdamState, null, null, LearningRateState]> =>
    chain(
      scaleByAdam({ eps, ...options }),
      addDecayedWeights(weightDecay, { mask }),
      scaleByTrustRatio(),
      scaleByLearningRate(learningRate),
    ),
)
