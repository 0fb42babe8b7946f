/** Operations on the bits of integers and bools. */

import { isUnsigned } from '../dtype.js'
import { named } from '../operation.js'
import { abs } from '../primitives/arithmetic.js'
import { convertElementType } from '../primitives/convert.js'
import { and, not, or, popcount, shl, shrArithmetic, shrLogical, xor } from '../primitives/logical.js'
import { type Tensor, type TensorLike, toTensor } from '../tensor.js'
import { binary, toNumeric } from './promotion.js'

/**
 * Bitwise and, of integers or bools.
 * @throws ShapeError if the shapes do not broadcast, DTypeError for floats
 * @example np.bitwiseAnd(np.array([6], { dtype: 'int32' }), 3).toArray() // [2]
 */
export const bitwiseAnd = binary('bitwiseAnd', and)

/**
 * Bitwise or, of integers or bools.
 * @throws ShapeError if the shapes do not broadcast, DTypeError for floats
 * @example np.bitwiseOr(np.array([6], { dtype: 'int32' }), 3).toArray() // [7]
 */
export const bitwiseOr = binary('bitwiseOr', or)

/**
 * Bitwise exclusive or, of integers or bools.
 * @throws ShapeError if the shapes do not broadcast, DTypeError for floats
 * @example np.bitwiseXor(np.array([6], { dtype: 'int32' }), 3).toArray() // [5]
 */
export const bitwiseXor = binary('bitwiseXor', xor)

/** Every bit flipped. @throws DTypeError for floats @example np.bitwiseNot(np.array([0], { dtype: 'int32' })).toArray() // [-1] */
export const bitwiseNot = named('bitwiseNot', (x: TensorLike): Tensor => not(toTensor(x)))

/** Another name of `bitwiseNot`. @example np.invert(true).item() // false */
export const invert = bitwiseNot

/** Another name of `bitwiseNot`. @example np.bitwiseInvert(false).item() // true */
export const bitwiseInvert = bitwiseNot

/**
 * x · 2ʸ on the bits of integers.
 * @throws ShapeError if the shapes do not broadcast, DTypeError for floats
 * @example np.leftShift(np.array([3], { dtype: 'int32' }), 2).toArray() // [12]
 */
export const leftShift = binary('leftShift', (x, y) => shl(toNumeric(x), toNumeric(y)))

/**
 * ⌊x / 2ʸ⌋ on the bits of integers; signed ones keep their sign.
 * @throws ShapeError if the shapes do not broadcast, DTypeError for floats
 * @example np.rightShift(np.array([-8], { dtype: 'int32' }), 2).toArray() // [-2]
 */
export const rightShift = binary('rightShift', (x, y) =>
  isUnsigned(x.dtype) ? shrLogical(x, y) : shrArithmetic(toNumeric(x), toNumeric(y)),
)

/** Another name of `leftShift`. @example np.bitwiseLeftShift(np.array([1], { dtype: 'uint8' }), 3).toArray() // [8] */
export const bitwiseLeftShift = leftShift

/** Another name of `rightShift`. @example np.bitwiseRightShift(np.array([8], { dtype: 'uint8' }), 3).toArray() // [1] */
export const bitwiseRightShift = rightShift

/** How many bits of |x| are 1, as uint8. @throws DTypeError for floats @example np.bitwiseCount(np.array([7], { dtype: 'int32' })).toArray() // [3] */
export const bitwiseCount = named('bitwiseCount', (x: TensorLike): Tensor => {
  const tensor = toNumeric(x)
  return convertElementType(popcount(tensor.dtype === 'int32' ? abs(tensor) : tensor), 'uint8')
})
