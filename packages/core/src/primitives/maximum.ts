/** The larger and the smaller of two. */
import { type Abstract, type Tensor, uniform } from '../tensor.js'
import { mul } from './arithmetic.js'
import { eq, gt, lt } from './compare.js'
import { type Binary, binary } from './elementwise.js'
import { select } from './select.js'

/** 1 where `x` was chosen, ½ at a tie, 0 elsewhere and where either is NaN. */
const share = (chosen: Tensor, tie: Tensor, type: Abstract): Tensor =>
  select(chosen, 1, select(tie, 0.5, uniform(0, type)))

const extremum = (name: 'max' | 'min', beats: Binary): Binary => {
  const tangent = (dx: Tensor, x: Tensor, y: Tensor): Tensor => mul(dx, share(beats(x, y), eq(x, y), x))
  return binary(name, {
    domain: 'any',
    jvp: [(dx, x, y) => tangent(dx, x, y), (dy, x, y) => tangent(dy, y, x)],
  })
}

/**
 * The larger of two; NaN if either is. Ties share the derivative.
 * @example lax.max(np.array([1, 5]), np.array([3, 4])) // [3, 5]
 */
export const max = extremum('max', gt)

/**
 * The smaller of two; NaN if either is. Ties share the derivative.
 * @example lax.min(np.array([1, 5]), np.array([3, 4])) // [1, 4]
 */
export const min = extremum('min', lt)
