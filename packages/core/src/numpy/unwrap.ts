/** Phases without jumps. */
import { checkNumber } from '../checks.js'
import { concatenate } from '../primitives/concatenate.js'
import { sliceAxis } from '../primitives/slice.js'
import { canonicalAxis } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { abs, add, remainder, subtract } from './arithmetic.js'
import { equal, greater, less, logicalAnd } from './comparison.js'
import { cumsum, diff } from './cumulative.js'
import { type DualOptions, dualOptions } from './dual.js'
import { toFloat } from './promotion.js'
import { where } from './where.js'

export interface UnwrapOptions {
  /** Smaller jumps stay; half a period by default, which is the least. */
  readonly discont?: number
  /** Default −1, the last. */
  readonly axis?: number
  /** Default 2π. */
  readonly period?: number
}

/**
 * Phases with multiples of the period added so that neighbours differ by at most half of it.
 * @throws RangeError for an axis outside x
 * @example np.unwrap(np.array([0, 3, 0]), { period: 4 }).toArray() // [0, -1, 0]
 */
export const unwrap: DualOptions<UnwrapOptions> = dualOptions(
  'unwrap',
  ['discont', 'axis', 'period'],
  (x, { discont, axis = -1, period = 2 * Math.PI }): Tensor => {
    const phase = toFloat(x)
    const along = canonicalAxis('unwrap', axis, phase.ndim)
    checkNumber('unwrap', 'the period', period)
    const half = period / 2
    const jump = diff(phase, { axis: along })
    const folded = subtract(remainder(add(jump, half), period), half)
    const kept = where(logicalAnd(equal(folded, -half), greater(jump, 0)), half, folded)
    const correction = where(less(abs(jump), discont ?? half), 0, subtract(kept, jump))
    const n = phase.sizes[along] as number
    const first = sliceAxis(phase, along, 0, Math.min(1, n))
    return concatenate(
      [first, add(sliceAxis(phase, along, Math.min(1, n), n), cumsum(correction, { axis: along }))],
      along,
    )
  },
)
