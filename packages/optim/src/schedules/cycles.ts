/** Schedules that go up and down, once or again and again. */
import { np, operation, RangeError, type Tensor } from '@puregrad/core'
import { checkSteps, joinSchedules, type Schedule, steps } from './decay.js'
import { type WarmupCosineDecayOptions, warmupCosineDecaySchedule } from './warmup.js'

export type Interpolation = 'linear' | 'cosine'

/** From 0 to 1 the way that goes. */
const easing: Readonly<Record<Interpolation, (part: Tensor) => Tensor>> = {
  linear: (part) => part,
  cosine: (part) => np.subtract(1, np.cos(part.mul(Math.PI))).div(2),
}

/**
 * From `init` through values at the steps that `scales` names, each a multiple of the one before, in lines or half cosines.
 * @throws RangeError if a scale is negative
 * @example piecewiseInterpolateSchedule('linear', 1, { 10: 3, 20: 0.5 })(5).item() // 2
 */
export const piecewiseInterpolateSchedule = (
  interpolation: Interpolation,
  init: number,
  scales: Readonly<Record<number, number>> = {},
): Schedule => {
  const corners = Object.entries(scales).map(([step, factor]) => [Number(step), factor] as const)
  const wrong = corners.find(([, factor]) => !(factor >= 0))
  if (wrong !== undefined) {
    throw new RangeError(
      `piecewiseInterpolateSchedule: the scale ${wrong[1]} at step ${wrong[0]} is negative. Pass factors of 0 or more.`,
    )
  }
  const inOrder = corners.sort(([a], [b]) => a - b)
  const valueAfter = (n: number): number => inOrder.slice(0, n).reduce((value, [, factor]) => value * factor, init)
  const stretches = inOrder.map(([end], i) => ({
    start: inOrder[i - 1]?.[0] ?? 0,
    end,
    from: valueAfter(i),
    to: valueAfter(i + 1),
  }))
  return (count) => {
    const now = steps(count)
    return stretches.reduce((value, { start, end, from, to }) => {
      const part = np.clip(now.sub(start).div(Math.max(end - start, 1)), 0, 1)
      return np.where(
        now.lt(start),
        value,
        easing[interpolation](part)
          .mul(to - from)
          .add(from),
      )
    }, np.array(init))
  }
}

export interface OnecycleOptions {
  /** The part of all steps that rises: 0.3 unless said. */
  readonly pctStart?: number
  /** The start is peak / divFactor: 25 unless said. */
  readonly divFactor?: number
  /** The end is the start / finalDivFactor: 1e4 unless said. */
  readonly finalDivFactor?: number
}

/**
 * One cycle of half cosines: from peak / divFactor up to `peak` and down to peak / (divFactor · finalDivFactor). Smith & Topin 2018.
 * @throws RangeError unless `transitionSteps` is positive
 * @example cosineOnecycleSchedule(100, 1, { divFactor: 3 })(15).item() // 0.6666667
 */
export const cosineOnecycleSchedule = operation(
  'cosineOnecycleSchedule',
  { at: 2, numbers: ['transitionSteps', 'peak'], names: ['pctStart', 'divFactor', 'finalDivFactor'] },
  (
    transitionSteps: number,
    peak: number,
    { pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 }: OnecycleOptions = {},
  ): Schedule => {
    checkSteps('cosineOnecycleSchedule', transitionSteps)
    return piecewiseInterpolateSchedule('cosine', peak / divFactor, {
      [Math.floor(pctStart * transitionSteps)]: divFactor,
      [transitionSteps]: 1 / (divFactor * finalDivFactor),
    })
  },
)

export interface LinearOnecycleOptions extends OnecycleOptions {
  /** The part of all steps after which the start is reached again: 0.85 unless said. */
  readonly pctFinal?: number
}

/**
 * One cycle of lines: from peak / divFactor up to `peak`, down to where it began, and on to that / finalDivFactor. Smith & Topin
 * 2018.
 * @throws RangeError unless `transitionSteps` is positive
 * @example linearOnecycleSchedule(100, 1, { divFactor: 4 })(15).item() // 0.625
 */
export const linearOnecycleSchedule = operation(
  'linearOnecycleSchedule',
  { at: 2, numbers: ['transitionSteps', 'peak'], names: ['pctFinal', 'pctStart', 'divFactor', 'finalDivFactor'] },
  (
    transitionSteps: number,
    peak: number,
    { pctStart = 0.3, pctFinal = 0.85, divFactor = 25, finalDivFactor = 1e4 }: LinearOnecycleOptions = {},
  ): Schedule => {
    checkSteps('linearOnecycleSchedule', transitionSteps)
    return piecewiseInterpolateSchedule('linear', peak / divFactor, {
      [Math.floor(pctStart * transitionSteps)]: divFactor,
      [Math.floor(pctFinal * transitionSteps)]: 1 / divFactor,
      [transitionSteps]: 1 / finalDivFactor,
    })
  },
)

/** One stretch between restarts: the arguments of `warmupCosineDecaySchedule`. */
export interface CosineCycle extends WarmupCosineDecayOptions {
  readonly init: number
  readonly peak: number
  readonly warmupSteps: number
  readonly decaySteps: number
}

/**
 * Cosines with warm restarts: one `warmupCosineDecaySchedule` after the other. Loshchilov & Hutter 2017.
 * @throws RangeError unless there is a cycle, and 0 < warmupSteps < decaySteps in each
 * @example
 * const cycle = { init: 0, peak: 1, warmupSteps: 2, decaySteps: 12 }
 * sgdrSchedule([cycle, { ...cycle, peak: 0.5 }])(14).item() // 0.5
 */
export const sgdrSchedule = (cycles: readonly CosineCycle[]): Schedule => {
  const schedules = cycles.map(({ init, peak, warmupSteps, decaySteps, ...options }) =>
    warmupCosineDecaySchedule(init, peak, warmupSteps, decaySteps, options),
  )
  const [first, ...rest] = schedules
  if (first === undefined) throw new RangeError('sgdrSchedule: no cycles. Pass at least one.')
  const ends = cycles.map((_, i) => cycles.slice(0, i + 1).reduce((total, { decaySteps }) => total + decaySteps, 0))
  return joinSchedules([first, ...rest], ends.slice(0, -1))
}
