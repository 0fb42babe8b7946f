/** Updates multiplied by one number: a factor, a schedule, a learning rate, or what gives them a norm. */
import { np, operation, type Tensor } from '@puregrad/core'
import { type CountState, increment, noSteps, times } from '../moments.js'
import { globalNorm } from '../norms.js'
import type { ScalarOrSchedule, Schedule } from '../schedules/decay.js'
import { type GradientTransformation, stateless } from '../transformation.js'
import { mapTree } from '../trees.js'

/**
 * Multiplies updates by a factor.
 * @example scale(-0.1).update({ w: np.array([1, 2]) }, null)[0].w.toArray() // [-0.1, -0.2]
 */
export const scale = (factor: number | Tensor): GradientTransformation<null> =>
  stateless((grads) => mapTree((g) => times(g, factor), grads))

/**
 * Updates of zero: what is frozen.
 * @example setToZero().update({ w: np.array([1, 2]) }, null)[0].w.toArray() // [0, 0]
 */
export const setToZero = (): GradientTransformation<null> => stateless((grads) => mapTree(np.zerosLike, grads))

/**
 * Divides updates by their global norm; updates of zero stay zero.
 * @example normalize().update({ w: np.array([3, 4]) }, null)[0].w.toArray() // [0.6, 0.8]
 */
export const normalize = (): GradientTransformation<null> =>
  stateless((grads) => {
    const norm = globalNorm(grads)
    const divisor = np.where(norm.eq(0), 1, norm)
    return mapTree((g) => g.div(divisor.astype(g.dtype)), grads)
  })

/**
 * Multiplies updates by a schedule of the number of steps before this one.
 * @example
 * const t = scaleBySchedule(linearSchedule(0.5, 0, 100))
 * t.update({ w: np.array([1, -1]) }, t.init({ w: np.zeros([2]) }))[0] // { w: [0.5, -0.5] }
 */
export const scaleBySchedule = (schedule: Schedule): GradientTransformation<CountState> => ({
  init: () => ({ count: noSteps() }),
  update: (grads, { count }) => {
    const factor = schedule(count)
    return [mapTree((g) => times(g, factor), grads), { count: increment(count) }]
  },
})

/** The state of a learning rate: a count if it follows a schedule. */
export type LearningRateState = CountState | null

export interface LearningRateOptions {
  /** Whether steps go downhill, against the gradient: true unless said. */
  readonly flipSign?: boolean
}

/**
 * Multiplies updates by −η, which turns gradients into steps downhill.
 * @example
 * const t = scaleByLearningRate(cosineDecaySchedule(0.1, 1000))
 * t.update({ w: np.array([1, -1]) }, t.init({ w: np.zeros([2]) }))[0] // { w: [-0.1, 0.1] }
 */
export const scaleByLearningRate = operation(
  'scaleByLearningRate',
  { at: 1, numbers: ['learningRate'], names: ['flipSign'] },
  (
    learningRate: ScalarOrSchedule,
    { flipSign = true }: LearningRateOptions = {},
  ): GradientTransformation<LearningRateState> => {
    const negate = (x: number | Tensor): number | Tensor => (typeof x === 'number' ? -x : x.neg())
    const signed = <T extends number | Tensor>(x: T): T => (flipSign ? negate(x) : x) as T
    const made =
      typeof learningRate === 'function'
        ? scaleBySchedule((count) => signed(learningRate(count)))
        : scale(signed(learningRate))
    return made as GradientTransformation<LearningRateState>
  },
)
