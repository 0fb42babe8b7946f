/** Optimisers: chains with the usual names. A learning rate is a number or a schedule. */
import type { ScalarOrSchedule } from './schedules.js'
import { chain, type GradientTransformation } from './transformation.js'
import {
  type AdamOptions,
  addDecayedWeights,
  type Mask,
  scaleByAdam,
  scaleByAdamax,
  scaleByLearningRate,
  scaleByRms,
  scaleByRss,
  trace,
} from './transformations.js'

/** The state of an optimiser: an ordinary pytree, to be passed on and not looked into. */
export type OptimizerState = readonly { readonly [key: string]: never }[] | { readonly [key: string]: never } | null

/** A ready-made chain. */
export type Optimizer = GradientTransformation<OptimizerState, readonly OptimizerState[]>

const optimizer = (...parts: readonly GradientTransformation<never>[]): Optimizer =>
  chain(...parts) as unknown as Optimizer

const descend = (learningRate: ScalarOrSchedule): GradientTransformation<never> =>
  scaleByLearningRate(learningRate) as GradientTransformation<never>

export interface SgdOptions {
  readonly momentum?: number
  readonly nesterov?: boolean
}

/**
 * Stochastic gradient descent, with momentum if asked for. Robbins & Monro 1951; Sutskever et al. 2013.
 * @example
 * const optimiser = sgd(0.1, { momentum: 0.9 })
 * const [updates, state] = optimiser.update(grads, optimiser.init(params), params)
 */
export const sgd = (learningRate: ScalarOrSchedule, { momentum, nesterov = false }: SgdOptions = {}): Optimizer =>
  momentum === undefined
    ? optimizer(descend(learningRate))
    : optimizer(trace(momentum, nesterov) as GradientTransformation<never>, descend(learningRate))

/** Adam. Kingma & Ba 2015. @example adam(1e-3, { b1: 0.9, b2: 0.999, eps: 1e-8 }) */
export const adam = (learningRate: ScalarOrSchedule, options: AdamOptions = {}): Optimizer =>
  optimizer(scaleByAdam(options) as GradientTransformation<never>, descend(learningRate))

export interface AdamWOptions extends AdamOptions {
  /** Default 1e-4. */
  readonly weightDecay?: number
  /** Which parameters decay. */
  readonly mask?: Mask
}

/** Adam with decoupled weight decay. Loshchilov & Hutter 2019. */
export const adamw = (
  learningRate: ScalarOrSchedule,
  { weightDecay = 1e-4, mask, ...options }: AdamWOptions = {},
): Optimizer =>
  optimizer(
    scaleByAdam(options) as GradientTransformation<never>,
    addDecayedWeights(weightDecay, mask) as GradientTransformation<never>,
    descend(learningRate),
  )

/** Adam with the infinity norm. Kingma & Ba 2015, Section 7.1. */
export const adamax = (learningRate: ScalarOrSchedule, options: AdamOptions = {}): Optimizer =>
  optimizer(scaleByAdamax(options) as GradientTransformation<never>, descend(learningRate))

export interface RmsPropOptions {
  readonly decay?: number
  readonly eps?: number
  readonly initialScale?: number
  readonly momentum?: number
  readonly nesterov?: boolean
}

/** RMSProp. Tieleman & Hinton 2012. */
export const rmsprop = (learningRate: ScalarOrSchedule, options: RmsPropOptions = {}): Optimizer => {
  const { decay = 0.9, eps = 1e-8, initialScale = 0, momentum, nesterov = false } = options
  const rms = scaleByRms(decay, eps, initialScale) as GradientTransformation<never>
  if (momentum === undefined) return optimizer(rms, descend(learningRate))
  return optimizer(rms, descend(learningRate), trace(momentum, nesterov) as GradientTransformation<never>)
}

export interface AdagradOptions {
  readonly initialAccumulatorValue?: number
  readonly eps?: number
}

/** Adagrad. Duchi et al. 2011. */
export const adagrad = (learningRate: ScalarOrSchedule, options: AdagradOptions = {}): Optimizer =>
  optimizer(
    scaleByRss(options.initialAccumulatorValue ?? 0.1, options.eps ?? 1e-7) as GradientTransformation<never>,
    descend(learningRate),
  )
