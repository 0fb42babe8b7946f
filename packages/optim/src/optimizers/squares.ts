/** Optimisers that scale each weight by the squares of its gradients: chains with the usual names. */
import { operation } from '@puregrad/core'
import type { Scalar } from '../moments.js'
import type { Mask } from '../prefixes.js'
import { clipByBlockRms } from '../scaling/clipping.js'
import { addDecayedWeights } from '../scaling/decay.js'
import { type FactoredRmsOptions, scaleByFactoredRms } from '../scaling/factored.js'
import { ema, type TraceState, trace } from '../scaling/momentum.js'
import { type LearningRateState, scale, scaleByLearningRate } from '../scaling/scale.js'
import {
  type AdadeltaState,
  type RmsState,
  type RssState,
  type ScaleByAdadeltaOptions,
  type ScaleByRmsOptions,
  type ScaleByRssOptions,
  type StddevState,
  scaleByAdadelta,
  scaleByRms,
  scaleByRss,
  scaleByStddev,
} from '../scaling/squares.js'
import { scaleByParamBlockRms } from '../scaling/trust.js'
import type { ScalarOrSchedule } from '../schedules/decay.js'
import { type Chain, chain, type GradientTransformation, identity } from '../transformation.js'
import type { SgdOptions } from './sgd.js'

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
export const rmsprop = operation(
  'rmsprop',
  {
    at: 1,
    numbers: ['learningRate'],
    names: ['centered', 'decay', 'eps', 'initialScale', 'epsInSqrt', 'momentum', 'nesterov'],
  },
  (
    learningRate: ScalarOrSchedule,
    { centered = false, momentum, nesterov = false, ...options }: RmsPropOptions = {},
  ): GradientTransformation<RmsPropState> => {
    const scaled = chain(
      (centered ? scaleByStddev(options) : scaleByRms(options)) as GradientTransformation<RmsState | StddevState>,
      scaleByLearningRate(learningRate),
    )
    const made = momentum === undefined ? scaled : chain(scaled, trace(momentum, { nesterov }))
    return made as GradientTransformation<unknown> as GradientTransformation<RmsPropState>
  },
)

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
export const adagrad = operation(
  'adagrad',
  { at: 1, numbers: ['learningRate'], names: ['initialAccumulatorValue', 'eps'] },
  (learningRate: ScalarOrSchedule, options: ScaleByRssOptions = {}): Chain<readonly [RssState, LearningRateState]> =>
    chain(scaleByRss(options), scaleByLearningRate(learningRate)),
)

export interface AdadeltaOptions extends ScaleByAdadeltaOptions {
  /** 0 unless said; any other needs the parameters. */
  readonly weightDecay?: Scalar
  /** Which parameters decay: all unless said. */
  readonly weightDecayMask?: Mask
}

/**
 * Adadelta. Zeiler 2012, whose learning rate is 1.
 * @param learningRate a number, a scalar tensor or a schedule
 * @example
 * const params = { w: np.array([1, 2]) }
 * const grads = { w: np.array([1, -1]) }
 * const optimizer = adadelta(1, { rho: 0, eps: 1 / 3 })
 * const [updates, state] = optimizer.update(grads, optimizer.init(params))
 * applyUpdates(params, updates) // { w: [0.5, 2.5] }
 */
export const adadelta = operation(
  'adadelta',
  { at: 1, names: ['weightDecay', 'weightDecayMask', 'rho', 'eps'] },
  (
    learningRate: ScalarOrSchedule = 1,
    { weightDecay = 0, weightDecayMask = true, ...options }: AdadeltaOptions = {},
  ): Chain<readonly [null, AdadeltaState, LearningRateState]> =>
    chain(
      weightDecay === 0 ? scale(1) : addDecayedWeights(weightDecay, { mask: weightDecayMask }),
      scaleByAdadelta(options),
      scaleByLearningRate(learningRate),
    ),
)

export interface AdafactorOptions extends Pick<FactoredRmsOptions, 'factored' | 'minDimSizeToFactor' | 'decayRate'> {
  /** Steps done before, in fine-tuning: 0 unless said. */
  readonly decayOffset?: number
  /** Whether steps are in proportion to the parameters: true unless said. */
  readonly multiplyByParameterScale?: boolean
  /** The largest root mean square of a leaf's update, or null: 1 unless said. */
  readonly clippingThreshold?: Scalar | null
  /** Decay of the momentum; without it there is none. */
  readonly momentum?: Scalar
  /** Decoupled, and not multiplied by the learning rate. */
  readonly weightDecayRate?: Scalar
  /** Which parameters decay: all unless said. */
  readonly weightDecayMask?: Mask
  /** Added to squares: 1e-30 unless said. */
  readonly eps?: number
}

/**
 * Adafactor: RMSProp that keeps rows and columns of second moments only, clipped, in proportion to the parameters. Shazeer & Stern
 * 2018. Its update needs the parameters.
 * @param learningRate a number, a scalar tensor or a schedule; null leaves steps as they are
 * @example
 * const params = { w: np.array([1, 2]) }
 * const grads = { w: np.array([1, -1]) }
 * const optimizer = adafactor(0.1, { multiplyByParameterScale: false })
 * const [updates, state] = optimizer.update(grads, optimizer.init(params), params)
 * applyUpdates(params, updates) // { w: [0.9, 2.1] }
 */
export const adafactor = operation(
  'adafactor',
  {
    at: 1,
    names: [
      'decayOffset',
      'multiplyByParameterScale',
      'clippingThreshold',
      'momentum',
      'weightDecayRate',
      'weightDecayMask',
      'eps',
      'factored',
      'minDimSizeToFactor',
      'decayRate',
    ],
  },
  (learningRate: ScalarOrSchedule | null = null, options: AdafactorOptions = {}): Chain<readonly unknown[]> => {
    const { decayOffset = 0, eps = 1e-30, clippingThreshold = 1, multiplyByParameterScale = true } = options
    const { momentum, weightDecayRate, weightDecayMask = true, factored, minDimSizeToFactor, decayRate } = options
    return chain(
      scaleByFactoredRms({
        stepOffset: decayOffset,
        epsilon: eps,
        ...(factored === undefined ? {} : { factored }),
        ...(minDimSizeToFactor === undefined ? {} : { minDimSizeToFactor }),
        ...(decayRate === undefined ? {} : { decayRate }),
      }),
      clippingThreshold === null ? identity : clipByBlockRms(clippingThreshold),
      learningRate === null ? identity : scaleByLearningRate(learningRate, { flipSign: false }),
      multiplyByParameterScale ? scaleByParamBlockRms() : identity,
      momentum === undefined ? identity : ema(momentum, { debias: false }),
      weightDecayRate === undefined ? identity : addDecayedWeights(weightDecayRate, { mask: weightDecayMask }),
      scale(-1),
    ) as unknown as Chain<readonly unknown[]>
  },
)
