/** Comparisons and logic: bool results. */

import { isFloat } from '../dtype.js'
import { ShapeError } from '../errors.js'
import { named } from '../operation.js'
import { abs, add, mul, sub } from '../primitives/arithmetic.js'
import { eq, ge, gt, le, lt, ne } from '../primitives/compare.js'
import { and, not, or, xor } from '../primitives/logical.js'
import { reduceAnd } from '../primitives/reduction.js'
import { isFinite } from '../primitives/rounding.js'
import { broadcastShapes, range, sameShape } from '../shape.js'
import { scalar, Tensor, type TensorLike, toTensor } from '../tensor.js'
import { type Dual, dual } from './dual.js'
import { binary, promoteAll, toBool } from './promotion.js'

/** x = y. NaN equals nothing. @throws ShapeError if the shapes do not broadcast @example np.equal(np.array([1, 2]), 2).toArray() // [false, true] */
export const equal = binary('equal', eq)

/** x ≠ y. @throws ShapeError if the shapes do not broadcast @example np.notEqual(np.array([1, 2]), 2).toArray() // [true, false] */
export const notEqual = binary('notEqual', ne)

/** x < y. @throws ShapeError if the shapes do not broadcast @example np.less(np.array([1, 2]), 2).toArray() // [true, false] */
export const less = binary('less', lt)

/** x ≤ y. @throws ShapeError if the shapes do not broadcast @example np.lessEqual(np.array([1, 3]), 2).toArray() // [true, false] */
export const lessEqual = binary('lessEqual', le)

/** x > y. @throws ShapeError if the shapes do not broadcast @example np.greater(np.array([1, 3]), 2).toArray() // [false, true] */
export const greater = binary('greater', gt)

/** x ≥ y. @throws ShapeError if the shapes do not broadcast @example np.greaterEqual(np.array([1, 2]), 2).toArray() // [false, true] */
export const greaterEqual = binary('greaterEqual', ge)

const logical = (name: string, f: (x: Tensor, y: Tensor) => Tensor) => binary(name, (x, y) => f(toBool(x), toBool(y)))

/** Whether both differ from 0. @throws ShapeError if the shapes do not broadcast @example np.logicalAnd(np.array([1, 0]), true).toArray() // [true, false] */
export const logicalAnd = logical('logicalAnd', and)

/** Whether either differs from 0. @throws ShapeError if the shapes do not broadcast @example np.logicalOr(np.array([1, 0]), false).toArray() // [true, false] */
export const logicalOr = logical('logicalOr', or)

/** Whether exactly one differs from 0. @throws ShapeError if the shapes do not broadcast @example np.logicalXor(np.array([1, 0]), true).toArray() // [false, true] */
export const logicalXor = logical('logicalXor', xor)

/** Whether x is 0. @example np.logicalNot(np.array([1, 0])).toArray() // [false, true] */
export const logicalNot = named('logicalNot', (x: TensorLike): Tensor => not(toBool(x)))

export interface CloseOptions {
  /** Relative to |y|; default 1e-5. */
  readonly rtol?: number
  /** Default 1e-8. */
  readonly atol?: number
  /** Whether NaN is close to NaN; default false. */
  readonly equalNan?: boolean
}

const close = (
  x: TensorLike,
  y: TensorLike,
  { rtol = 1e-5, atol = 1e-8, equalNan = false }: CloseOptions = {},
): Tensor => {
  const [a, b] = promoteAll('isclose', [x, y]) as [Tensor, Tensor]
  if (!isFloat(a.dtype)) {
    return a.dtype === 'bool' ? eq(a, b) : close(a.astype('float64'), b.astype('float64'), { rtol, atol })
  }
  const near = le(abs(sub(a, b)), add(mul(abs(b), rtol), atol))
  const result = or(eq(a, b), and(near, and(isFinite(a), isFinite(b))))
  return equalNan ? or(result, and(ne(a, a), ne(b, b))) : result
}

/**
 * Where |x − y| ≤ atol + rtol |y|; equal infinities are close.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.isclose(np.array([1, 2]), np.array([1.000001, 2.1])).toArray() // [true, false]
 */
export const isclose: Dual<[y: TensorLike, options?: CloseOptions]> = dual(
  'isclose',
  1,
  ['rtol', 'atol', 'equalNan'],
  close,
)

const allTrue = (x: Tensor): Tensor => reduceAnd(x, range(x.ndim))

/**
 * Whether all elements are close, see `isclose`: a bool scalar.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.allclose(np.array([1, 2]), np.array([1, 2.0000001])).item() // true
 */
export const allclose: Dual<[y: TensorLike, options?: CloseOptions]> = dual(
  'allclose',
  1,
  ['rtol', 'atol', 'equalNan'],
  (x: TensorLike, y: TensorLike, options?: CloseOptions) => allTrue(close(x, y, options)),
)

export interface EqualOptions {
  /** Whether NaN equals NaN; default false. */
  readonly equalNan?: boolean
}

const alike = (x: TensorLike, y: TensorLike, { equalNan = false }: EqualOptions = {}): Tensor => {
  const [a, b] = promoteAll('arrayEqual', [x, y]) as [Tensor, Tensor]
  const same = eq(a, b)
  return allTrue(equalNan && isFloat(a.dtype) ? or(same, and(ne(a, a), ne(b, b))) : same)
}

/**
 * Whether shapes and all elements are equal: a bool scalar.
 * @example np.arrayEqual(np.array([1, 2]), np.array([1, 2])).item() // true
 */
export const arrayEqual: Dual<[y: TensorLike, options?: EqualOptions]> = dual(
  'arrayEqual',
  1,
  ['equalNan'],
  (x: TensorLike, y: TensorLike, options?: EqualOptions) =>
    sameShape(toTensor(x).sizes, toTensor(y).sizes) ? alike(x, y, options) : scalar(0, 'bool'),
)

/**
 * Whether the shapes broadcast and all elements are equal then: a bool scalar.
 * @example np.arrayEquiv(np.array([1, 1]), 1).item() // true
 */
export const arrayEquiv: Dual<[y: TensorLike]> = dual('arrayEquiv', 1, [], (x: TensorLike, y: TensorLike) => {
  try {
    broadcastShapes('arrayEquiv', toTensor(x).sizes, toTensor(y).sizes)
  } catch (error) {
    if (error instanceof ShapeError) return scalar(0, 'bool')
    throw error
  }
  return alike(x, y)
})

/** Whether x is a scalar: a JS number or boolean, or a tensor without axes. @example np.isscalar(np.array(3)) // true */
export const isscalar = named(
  'isscalar',
  (x: unknown): boolean => typeof x === 'number' || typeof x === 'boolean' || (x instanceof Tensor && x.ndim === 0),
)
