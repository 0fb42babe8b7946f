/** Optimisers: chains with the usual names. */
import type { ScalarOrSchedule } from './schedules.js'
import { type Chain, chain, type GradientTransformation } from './transformation.js'
import {
  type AdamaxOptions,
  type AdamOptions,
  type AdamState,
  addDecayedWeights,
  type DecayOptions,
  type LearningRateState,
  type RmsState,
  type RssState,
  type ScaleByRmsOptions,
  type ScaleByRssOptions,
  type StddevState,
  scaleByAdam,
  scaleByAdamax,
  scaleByLearningRate,
  scaleByRms,
  scaleByRss,
  scaleByStddev,
  type TraceState,
  trace,
} from './transformations.js'

export interface SgdOptions {
  /** Decay of the momentum; without it there is none. */
  readonly momentum?: number
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
export const sgd = (
  learningRate: ScalarOrSchedule,
  { momentum, nesterov = false }: SgdOptions = {},
): GradientTransformation<SgdState> => {
  const descent = scaleByLearningRate(learningRate)
  const made = momentum === undefined ? descent : chain(trace(momentum, { nesterov }), descent)
  return made as GradientTransformation<SgdState>
}

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
export const adam = (
  learningRate: ScalarOrSchedule,
  options: AdamOptions = {},
): Chain<readonly [AdamState, LearningRateState]> => chain(scaleByAdam(options), scaleByLearningRate(learningRate))

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
export const nadam = (
  learningRate: ScalarOrSchedule,
  options: Omit<AdamOptions, 'nesterov'> = {},
): Chain<readonly [AdamState, LearningRateState]> => adam(learningRate, { ...options, nesterov: true })

export interface AdamWOptions extends AdamOptions, DecayOptions {
  /** 1e-4 unless said. */
  readonly weightDecay?: number
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
export const adamw = (
  learningRate: ScalarOrSchedule,
  { weightDecay = 1e-4, mask = true, ...options }: AdamWOptions = {},
): Chain<readonly [AdamState, null, LearningRateState]> =>
  chain(scaleByAdam(options), addDecayedWeights(weightDecay, { mask }), scaleByLearningRate(learningRate))

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
export const adamax = (
  learningRate: ScalarOrSchedule,
  options: AdamaxOptions = {},
): Chain<readonly [AdamState, LearningRateState]> => chain(scaleByAdamax(options), scaleByLearningRate(learningRate))

export interface RmsPropOptions extends ScaleByRmsOptions, SgdOptions {
  /** Whether squares are taken around the mean. Graves 2013. */
  readonly centered?: boolean
}

/** States of the scaling, the learning rate, and the momentum if there is one. */
export type RmsPropState =
  | readonly [RmsState | StddevState, LearningRateState]
  | readonly [RmsState | StddevState, LearningRateState, TraceState]

/**
 * RMSProp. Tieleman & Hinton 2012.
 * @param learningRate a number, a scalar tensor or a schedule
 * @example
 * const params = { w: np.array([1, 2]) }
 * const grads = { w: np.array([1, -1]) }
 * const optimizer = rmsprop(0.1, { decay: 0.75, momentum: 0.9 })
 * const [updates, state] = optimizer.update(grads, optimizer.init(params))
 * applyUpdates(params, updates) // { w: [0.8, 2.2] }
 */
export const rmsprop = (
  learningRate: ScalarOrSchedule,
  { centered = false, momentum, nesterov = false, ...options }: RmsPropOptions = {},
): GradientTransformation<RmsPropState> => {
  const scaled = chain(
    (centered ? scaleByStddev(options) : scaleByRms(options)) as GradientTransformation<RmsState | StddevState>,
    scaleByLearningRate(learningRate),
  )
  const made = momentum === undefined ? scaled : chain(scaled, trace(momentum, { nesterov }))
  return made as GradientTransformation<unknown> as GradientTransformation<RmsPropState>
}

/**
 * Adagrad. Duchi et al. 2011.
 * @param learningRate a number, a scalar tensor or a schedule
 * @example
 * const params = { w: np.array([1, 2]) }
 * const grads = { w: np.array([1, -1]) }
 * const optimizer = adagrad(0.1, { initialAccumulatorValue: 3 })
 * const [updates, state] = optimizer.update(grads, optimizer.init(params))
 * applyUpdates(params, updates) // { w: [0.95, 2.05] }
 */
export const adagrad = (
  learningRate: ScalarOrSchedule,
  options: ScaleByRssOptions = {},
): Chain<readonly [RssState, LearningRateState]> => chain(scaleByRss(options), scaleByLearningRate(learningRate))
