/** Schedules that rise before they fall. */
import { np, operation, RangeError } from '@puregrad/core'
import {
  checkSteps,
  cosineDecaySchedule,
  type ExponentialDecayOptions,
  exponentialDecay,
  joinSchedules,
  linearSchedule,
  type Schedule,
  steps,
} from './decay.js'

/**
 * A line from `init` to `peak` over `warmupSteps`, then `peak`.
 * @throws RangeError unless `warmupSteps` is positive
 * @example warmupConstantSchedule(0, 1, 10)(5).item() // 0.5
 */
export const warmupConstantSchedule = (init: number, peak: number, warmupSteps: number): Schedule =>
  linearSchedule(init, peak, warmupSteps)

export interface WarmupCosineDecayOptions {
  /** The value at the end: 0 unless said. */
  readonly endValue?: number
  /** The power of the cosine: 1 unless said. */
  readonly exponent?: number
}

/**
 * A line from `init` to `peak` over `warmupSteps`, then a cosine, down to `endValue` at `decaySteps` in all.
 * @throws RangeError unless 0 < warmupSteps < decaySteps
 * @example warmupCosineDecaySchedule(0, 1, 10, 110)(60).item() // 0.5
 */
export const warmupCosineDecaySchedule = operation(
  'warmupCosineDecaySchedule',
  { at: 4, numbers: ['init', 'peak', 'warmupSteps', 'decaySteps'], names: ['endValue', 'exponent'] },
  (
    init: number,
    peak: number,
    warmupSteps: number,
    decaySteps: number,
    { endValue = 0, exponent = 1 }: WarmupCosineDecayOptions = {},
  ): Schedule =>
    joinSchedules(
      [
        linearSchedule(init, peak, warmupSteps),
        cosineDecaySchedule(peak, decaySteps - warmupSteps, { alpha: peak === 0 ? 0 : endValue / peak, exponent }),
      ],
      [warmupSteps],
    ),
)

/**
 * A line from `init` to `peak` over `warmupSteps`, then peak · decayRate^(t / transitionSteps).
 * @throws RangeError unless both numbers of steps are positive
 * @example warmupExponentialDecaySchedule(0, 1, 10, 20, 0.5)(50).item() // 0.25
 */
export const warmupExponentialDecaySchedule = operation(
  'warmupExponentialDecaySchedule',
  {
    at: 5,
    numbers: ['init', 'peak', 'warmupSteps', 'transitionSteps', 'decayRate'],
    names: ['staircase', 'endValue', 'transitionBegin'],
  },
  (
    init: number,
    peak: number,
    warmupSteps: number,
    transitionSteps: number,
    decayRate: number,
    options: ExponentialDecayOptions = {},
  ): Schedule =>
    joinSchedules(
      [linearSchedule(init, peak, warmupSteps), exponentialDecay(peak, transitionSteps, decayRate, options)],
      [warmupSteps],
    ),
)

/**
 * A line from 0 to `peak` over `warmupSteps`, then peak · √(warmupSteps / t).
 * @throws RangeError unless `warmupSteps` is positive
 * @example inverseSqrtSchedule(1, 100)(400).item() // 0.5
 */
export const inverseSqrtSchedule = (peak: number, warmupSteps: number): Schedule => {
  checkSteps('inverseSqrtSchedule', warmupSteps)
  return (count) => {
    const now = steps(count)
    const falling = np.sqrt(np.divide(warmupSteps, np.maximum(now, warmupSteps)))
    return np.minimum(now.div(warmupSteps), falling).mul(peak)
  }
}

export interface NoamOptions {
  /** Multiplies the rate: 1 unless said. */
  readonly factor?: number
}

/**
 * The schedule of the Transformer: factor · modelSize^−½ · min(t^−½, t · warmupSteps^−1½) with t = count + 1, so that no step is
 * lost. Vaswani et al. 2017, Section 5.3.
 * @throws RangeError unless `modelSize` and `warmupSteps` are positive
 * @example noamSchedule(4, 25)(99).item() // 0.05
 */
export const noamSchedule = operation(
  'noamSchedule',
  { at: 2, numbers: ['modelSize', 'warmupSteps'], names: ['factor'] },
  (modelSize: number, warmupSteps: number, { factor = 1 }: NoamOptions = {}): Schedule => {
    checkSteps('noamSchedule', warmupSteps)
    if (!(modelSize > 0))
      throw new RangeError(`noamSchedule: a model of size ${modelSize} has no rate. Pass its width.`)
    const peak = factor / Math.sqrt(modelSize * warmupSteps)
    const schedule = inverseSqrtSchedule(peak, warmupSteps)
    return (count) => schedule(steps(count).add(1))
  },
)
