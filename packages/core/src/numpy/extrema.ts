/** The larger and the smaller of two tensors, element by element. */

import { isFloat } from '../dtype.js'
import { ne } from '../primitives/compare.js'
import { max, min } from '../primitives/maximum.js'
import { select } from '../primitives/select.js'
import type { Tensor } from '../tensor.js'
import { binary } from './promotion.js'

/**
 * The larger of x and y; NaN if either is. Ties share the derivative.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.maximum(np.array([-1, 2]), 0).toArray() // [0, 2]
 */
export const maximum = binary('maximum', max)

/**
 * The smaller of x and y; NaN if either is. Ties share the derivative.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.minimum(np.array([-1, 2]), 0).toArray() // [-1, 0]
 */
export const minimum = binary('minimum', min)

/** The other operand where one is NaN. */
const ignoringNan =
  (f: (x: Tensor, y: Tensor) => Tensor) =>
  (x: Tensor, y: Tensor): Tensor =>
    isFloat(x.dtype) ? select(ne(x, x), y, select(ne(y, y), x, f(x, y))) : f(x, y)

/**
 * The larger of x and y; where one is NaN, the other.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.fmax(np.array([NaN, 2]), 0).toArray() // [0, 2]
 */
export const fmax = binary('fmax', ignoringNan(max))

/**
 * The smaller of x and y; where one is NaN, the other.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.fmin(np.array([NaN, 2]), 0).toArray() // [0, 0]
 */
export const fmin = binary('fmin', ignoringNan(min))
