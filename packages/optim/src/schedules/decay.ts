/**
 * Schedules: pure functions from a step count to a number, as traced values so that whole training steps jit. Here those
 * that go one way, and how to join them.
 */
import { np, operation, RangeError, type Tensor } from '@puregrad/core'

/** From the number of steps done (an int32 scalar, or a JavaScript number) to a value, such as a learning rate. */
export type Schedule = (count: Tensor | number) => Tensor

/** A number that stays (a tensor, if it is to be batched or differentiated), or a schedule. */
export type ScalarOrSchedule = number | Tensor | Schedule

/** The count as a float32. */
export const steps = (count: Tensor | number): Tensor =>
  typeof count === 'number' ? np.array(count, { dtype: 'float32' }) : count.astype('float32')

/** @throws RangeError unless there are any */
export const checkSteps = (name: string, count: number): void => {
  if (!(count > 0))
    throw new RangeError(`${name}: ${count} steps are no stretch of time. Pass a positive number of steps.`)
}

/** The same value at every step. @example constantSchedule(0.1)(1000).item() // 0.1 */
export const constantSchedule =
  (value: number): Schedule =>
  () =>
    np.array(value)

export interface TransitionOptions {
  /** The steps before the change begins: 0 unless said. */
  readonly transitionBegin?: number
}

/**
 * From `init` to `end` over `transitionSteps`: end + (init − end) · (1 − t)^power with t from 0 to 1.
 * @throws RangeError unless `transitionSteps` is positive
 * @example polynomialSchedule(1, 0, 2, 10)(5).item() // 0.25
 */
export const polynomialSchedule = operation(
  'polynomialSchedule',
  { at: 4, numbers: ['init', 'end', 'power', 'transitionSteps'], names: ['transitionBegin'] },
  (
    init: number,
    end: number,
    power: number,
    transitionSteps: number,
    { transitionBegin = 0 }: TransitionOptions = {},
  ): Schedule => {
    checkSteps('polynomialSchedule', transitionSteps)
    return (count) => {
      const left = np.subtract(1, np.clip(steps(count).sub(transitionBegin).div(transitionSteps), 0, 1))
      return (power === 1 ? left : np.power(left, power)).mul(init - end).add(end)
    }
  },
)

/**
 * A straight line from `init` to `end` over `transitionSteps`, then `end`.
 * @example linearSchedule(0, 1, 4)(1).item() // 0.25
 */
export const linearSchedule = operation(
  'linearSchedule',
  { at: 3, numbers: ['init', 'end', 'transitionSteps'], names: ['transitionBegin'] },
  (init: number, end: number, transitionSteps: number, options: TransitionOptions = {}): Schedule =>
    polynomialSchedule(init, end, 1, transitionSteps, options),
)

export interface ExponentialDecayOptions extends TransitionOptions {
  /** Only whole multiples of `transitionSteps` count. */
  readonly staircase?: boolean
  /** The value never passes this. */
  readonly endValue?: number
}

/**
 * init · decayRate^(t / transitionSteps).
 * @throws RangeError unless `transitionSteps` is positive
 * @example exponentialDecay(1, 10, 0.5)(20).item() // 0.25
 */
export const exponentialDecay = operation(
  'exponentialDecay',
  { at: 3, numbers: ['init', 'transitionSteps', 'decayRate'], names: ['staircase', 'endValue', 'transitionBegin'] },
  (
    init: number,
    transitionSteps: number,
    decayRate: number,
    { transitionBegin = 0, staircase = false, endValue }: ExponentialDecayOptions = {},
  ): Schedule => {
    checkSteps('exponentialDecay', transitionSteps)
    return (count) => {
      const since = np.maximum(steps(count).sub(transitionBegin), 0).div(transitionSteps)
      const value = np.power(decayRate, staircase ? np.floor(since) : since).mul(init)
      if (endValue === undefined) return value
      return decayRate < 1 ? np.maximum(value, endValue) : np.minimum(value, endValue)
    }
  },
)

export interface CosineDecayOptions {
  /** The part of `init` that is left at the end: 0 unless said. */
  readonly alpha?: number
  /** The power of the cosine: 1 unless said. */
  readonly exponent?: number
}

/**
 * Half a cosine from `init` down to alpha · init. Loshchilov & Hutter 2017.
 * @throws RangeError unless `decaySteps` is positive
 * @example cosineDecaySchedule(1, 10)(5).item() // 0.5
 */
export const cosineDecaySchedule = operation(
  'cosineDecaySchedule',
  { at: 2, numbers: ['init', 'decaySteps'], names: ['alpha', 'exponent'] },
  (init: number, decaySteps: number, { alpha = 0, exponent = 1 }: CosineDecayOptions = {}): Schedule => {
    checkSteps('cosineDecaySchedule', decaySteps)
    return (count) => {
      const angle = np.clip(steps(count).div(decaySteps), 0, 1).mul(Math.PI)
      const cosine = np.cos(angle).add(1).mul(0.5)
      return (exponent === 1 ? cosine : np.power(cosine, exponent)).mul((1 - alpha) * init).add(alpha * init)
    }
  },
)

/**
 * Steps down (or up) stairs: from each step that `scales` names, the value is multiplied by its factor.
 * @example piecewiseConstantSchedule(1, { 100: 0.1, 200: 0.1 })(150).item() // 0.1
 */
export const piecewiseConstantSchedule =
  (init: number, scales: Readonly<Record<number, number>> = {}): Schedule =>
  (count) =>
    Object.entries(scales).reduce(
      (value, [step, factor]) => value.mul(np.where(steps(count).ge(Number(step)), factor, 1)),
      np.array(init),
    )

/**
 * Stairs of equal width: init · decayRate^⌊t / stepSize⌋.
 * @throws RangeError unless `stepSize` is positive
 * @example stepSchedule(1, 30, 0.1)(65).item() // 0.01
 */
export const stepSchedule = (init: number, stepSize: number, decayRate: number): Schedule => {
  checkSteps('stepSchedule', stepSize)
  return exponentialDecay(init, stepSize, decayRate, { staircase: true })
}

/**
 * Schedules one after the other; each starts to count anew at its boundary.
 * @throws RangeError unless there is one boundary less than schedules
 * @example joinSchedules([linearSchedule(0, 1, 4), constantSchedule(0.5)], [4])(9).item() // 0.5
 */
export const joinSchedules = (
  schedules: readonly [Schedule, ...Schedule[]],
  boundaries: readonly number[],
): Schedule => {
  const [first, ...rest] = schedules
  if (boundaries.length !== rest.length) {
    throw new RangeError(
      `joinSchedules: ${schedules.length} schedules meet at ${rest.length} boundaries, not ${boundaries.length}. Name the step at which each but the first begins.`,
    )
  }
  return (count) => {
    const now = steps(count)
    return boundaries.reduce(
      (value, boundary, i) => np.where(now.lt(boundary), value, (rest[i] as Schedule)(now.sub(boundary))),
      first(now),
    )
  }
}
