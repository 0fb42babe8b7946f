/** A learning rate that falls when the loss no longer does. */
import { np, operation, RangeError, type Tensor } from '@puregrad/core'
import { increment, noSteps, times } from '../moments.js'
import { type GradientTransformation, requiredExtra } from '../transformation.js'
import { mapTree, widestOf } from '../trees.js'

export interface ReduceOnPlateauState {
  /** What updates are multiplied by. */
  readonly scale: Tensor
  /** The lowest mean of the loss so far. */
  readonly bestValue: Tensor
  /** How many means in a row were no better. */
  readonly plateauCount: Tensor
  /** How many means are still to pass before one counts again. */
  readonly cooldownCount: Tensor
  /** How many losses are in the mean. */
  readonly count: Tensor
  readonly avgValue: Tensor
}

export interface ReduceOnPlateauOptions {
  /** What the scale is multiplied by on a plateau: 0.1 unless said. */
  readonly factor?: number
  /** How many means in a row may be no better: 10 unless said. */
  readonly patience?: number
  /** A mean is better below best − rtol · |best| − atol: 1e-4 and 0 unless said. */
  readonly rtol?: number
  readonly atol?: number
  /** For how many means after a reduction none counts: 0 unless said. */
  readonly cooldown?: number
  /** How many losses make a mean: 1 unless said. */
  readonly accumulationSize?: number
  /** The scale never falls below: 0 unless said. */
  readonly minScale?: number
}

const check = (factor: number, rtol: number, atol: number): void => {
  if (!(factor > 0 && factor < 1))
    throw new RangeError(`reduceOnPlateau: factor ${factor} does not reduce. Pass one between 0 and 1.`)
  if (!(rtol >= 0 && rtol <= 1 && atol >= 0 && rtol + atol > 0)) {
    throw new RangeError(
      `reduceOnPlateau: rtol ${rtol} and atol ${atol} tell no plateau. Pass a positive one; rtol is at most 1.`,
    )
  }
}

/**
 * Multiplies updates by a scale that starts at 1 and is multiplied by `factor` each time when the loss, which `update` gets as
 * `value`, was no better for `patience` steps.
 * @throws RangeError if factor, rtol or atol are out of range, TreeError if `update` gets no value
 * @example
 * const t = reduceOnPlateau({ factor: 0.5, patience: 1 })
 * const grads = { w: np.array([1]) }
 * const [first, state] = t.update(grads, t.init(grads), grads, { value: 3 })
 * t.update(grads, state, grads, { value: 4 })[0] // { w: [0.5] }
 */
export const reduceOnPlateau = operation(
  'reduceOnPlateau',
  { at: 0, names: ['factor', 'patience', 'rtol', 'atol', 'cooldown', 'accumulationSize', 'minScale'] },
  (options: ReduceOnPlateauOptions = {}): GradientTransformation<ReduceOnPlateauState> => {
    const { factor = 0.1, patience = 10, rtol = 1e-4, atol = 0, cooldown = 0, minScale = 0 } = options
    const { accumulationSize = 1 } = options
    check(factor, rtol, atol)
    return {
      init: (params) => {
        const dtype = widestOf(params)
        return {
          scale: np.ones([], { dtype }),
          bestValue: np.full([], Number.POSITIVE_INFINITY, { dtype }),
          plateauCount: noSteps(),
          cooldownCount: noSteps(),
          count: noSteps(),
          avgValue: np.zeros([], { dtype }),
        }
      },
      update: (grads, state, _, extra) => {
        const { bestValue, avgValue, cooldownCount } = state
        const { dtype } = avgValue
        const given = requiredExtra('reduceOnPlateau', 'value', extra)
        const value = typeof given === 'number' ? given : given.astype(dtype)
        const count = increment(state.count)
        const mean = avgValue.mul(state.count.astype(dtype)).add(value).div(count.astype(dtype))
        const complete = count.ge(accumulationSize)
        // Of a negative best, (1 − rtol) · best would lie above it.
        const least = np.where(bestValue.lt(0), bestValue.mul(1 + rtol), bestValue.mul(1 - rtol)).sub(atol)
        // Everything is better than nothing, also where rtol is 1 and (1 − rtol) · ∞ is no number.
        const better = np.logicalOr(
          mean.lt(least),
          np.logicalAnd(bestValue.eq(Number.POSITIVE_INFINITY), mean.lt(bestValue)),
        )
        const waited = np.where(better, 0, increment(state.plateauCount))
        const cooling = cooldownCount.gt(0)
        const reduces = np.logicalAnd(np.logicalNot(cooling), waited.ge(patience))
        const smaller = np.maximum(np.where(reduces, state.scale.mul(factor), state.scale), minScale)
        const settled: ReduceOnPlateauState = {
          scale: np.where(cooling, state.scale, smaller),
          bestValue: np.where(better, mean, bestValue),
          plateauCount: np.where(np.logicalOr(cooling, reduces), 0, waited),
          cooldownCount: np.where(
            cooling,
            cooldownCount.sub(1),
            np.where(reduces, cooldown, np.zerosLike(cooldownCount)),
          ),
          count: noSteps(),
          avgValue: np.zerosLike(mean),
        }
        const waiting: ReduceOnPlateauState = { ...state, count, avgValue: mean }
        const next = mapTree((now, later) => np.where(complete, now, later), settled, waiting)
        return [mapTree((g) => times(g, next.scale), grads), next]
      },
    }
  },
)
