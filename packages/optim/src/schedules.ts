/** Schedules: pure functions from a step count to a number, as traced values so that whole training steps jit. */
import { np, type Tensor } from '@puregrad/core'

/** From the number of steps done (an int32 scalar, or a JavaScript number) to a value, such as a learning rate. */
export type Schedule = (count: Tensor | number) => Tensor

/** A number that is always the same, or a schedule. */
export type ScalarOrSchedule = number | Schedule

const steps = (count: Tensor | number): Tensor =>
  typeof count === 'number' ? np.array(count) : count.astype('float32')

export const constantSchedule =
  (value: number): Schedule =>
  () =>
    np.array(value)

/** `init` at first, `end` from `transitionSteps` on, between them (1 − t)^power from one to the other. */
export const polynomialSchedule =
  (init: number, end: number, power: number, transitionSteps: number, transitionBegin = 0): Schedule =>
  (count) => {
    const t = np.clip(steps(count).sub(transitionBegin).div(transitionSteps), 0, 1)
    return np
      .power(np.subtract(1, t), power)
      .mul(init - end)
      .add(end)
  }

/** A straight line from `init` to `end`. */
export const linearSchedule = (init: number, end: number, transitionSteps: number, transitionBegin = 0): Schedule =>
  polynomialSchedule(init, end, 1, transitionSteps, transitionBegin)

export interface ExponentialDecayOptions {
  readonly transitionBegin?: number
  /** Only whole multiples of `transitionSteps` count. */
  readonly staircase?: boolean
  /** The value never passes this. */
  readonly endValue?: number
}

/** init · rate^(t / transitionSteps) */
export const exponentialDecay =
  (init: number, transitionSteps: number, rate: number, options: ExponentialDecayOptions = {}): Schedule =>
  (count) => {
    const since = np.maximum(steps(count).sub(options.transitionBegin ?? 0), 0).div(transitionSteps)
    const value = np.power(rate, options.staircase ? np.floor(since) : since).mul(init)
    if (options.endValue === undefined) return value
    return rate < 1 ? np.maximum(value, options.endValue) : np.minimum(value, options.endValue)
  }

/** Half a cosine from `init` to alpha · init. Loshchilov & Hutter 2017. */
export const cosineDecaySchedule =
  (init: number, decaySteps: number, alpha = 0, exponent = 1): Schedule =>
  (count) => {
    const t = np.clip(steps(count).div(decaySteps), 0, 1)
    const cosine = np.cos(t.mul(Math.PI)).add(1).mul(0.5)
    return np
      .power(cosine, exponent)
      .mul(1 - alpha)
      .add(alpha)
      .mul(init)
  }

/** `scales` maps a step to a factor that the value is multiplied by from that step on. */
export const piecewiseConstantSchedule =
  (init: number, scales: Readonly<Record<number, number>>): Schedule =>
  (count) =>
    Object.entries(scales).reduce(
      (value, [step, scale]) => value.mul(np.where(steps(count).ge(Number(step)), scale, 1)),
      np.array(init) as Tensor,
    )

/** Schedules one after the other; each starts to count anew at its boundary. */
export const joinSchedules =
  (schedules: readonly [Schedule, ...Schedule[]], boundaries: readonly number[]): Schedule =>
  (count) => {
    const now = steps(count)
    const [first, ...rest] = schedules
    return rest.reduce((value, schedule, i) => {
      const boundary = boundaries[i] as number
      return np.where(now.ge(boundary), schedule(now.sub(boundary)), value)
    }, first(now))
  }

/** A line from `init` to `peak` over `warmupSteps`, then a cosine to `end` at `decaySteps` in all. */
export const warmupCosineDecaySchedule = (
  init: number,
  peak: number,
  warmupSteps: number,
  decaySteps: number,
  end = 0,
): Schedule =>
  joinSchedules(
    [
      linearSchedule(init, peak, warmupSteps),
      cosineDecaySchedule(peak, decaySteps - warmupSteps, peak === 0 ? 0 : end / peak),
    ],
    [warmupSteps],
  )
