/** Reductions along axes: sums, products, extrema, logic, and where the extrema are. */

import { type DType, kernelSuffix } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { showType } from '../print.js'
import { canonicalAxis, range, sizeOf, sizesBetween, withoutAxes } from '../shape.js'
import type { Abstract, Tensor } from '../tensor.js'
import { div, mul } from './arithmetic.js'
import { eq } from './compare.js'
import { convertElementType } from './convert.js'
import { cumprod, shift } from './cumulative.js'
import { checkDomain } from './elementwise.js'
import { axis } from './parameters.js'
import { bind1, type Operand, type Params, primitive, rowsUnless } from './primitive.js'
import { checkAxes, pastBatch, type ReduceRules, type Reduction, reduction } from './reduce.js'
import { broadcastInDim, reshape, transpose } from './shape.js'
import { reduceSum } from './sum.js'

export { reduceSum }

const numbers: ReduceRules['check'] = (name, dtype) => checkDomain(name, dtype, 'number')

/** `x` with `axes` moved to the end and merged into one. */
const mergeLast = (x: Tensor, axes: readonly number[]): Tensor => {
  const kept = range(x.ndim).filter((a) => !axes.includes(a))
  const sizes = axes.map((a) => x.sizes[a] as number)
  return reshape(transpose(x, [...kept, ...axes]), [...withoutAxes(x.sizes, axes), sizeOf(sizes)])
}

/**
 * Π over the given axes. Its derivative multiplies the factors on either side of each, so that zeros are no exception.
 * @example lax.reduceProd(np.array([[1, 2], [3, 4]]), [1]) // [2, 12]
 */
export const reduceProd = reduction('reduceProd', {
  check: numbers,
  jvp: (dx, x, _, axes) => {
    const factors = mergeLast(x, axes)
    const axis = factors.ndim - 1
    const before = shift(cumprod(factors, { axis }), axis, 1, 1)
    const after = shift(cumprod(factors, { axis, reverse: true }), axis, -1, 1)
    return reduceSum(mul(mergeLast(dx, axes), mul(before, after)), [axis])
  },
})

const extremum = (name: 'reduceMax' | 'reduceMin', ofBool: string): Reduction =>
  reduction(name, {
    check: () => {},
    kernel: (dtype) => (dtype === 'bool' ? ofBool : `${name}_${kernelSuffix(dtype)}`),
    jvp: (dx, x, y, axes) => {
      if (axes.some((a) => x.sizes[a] === 0)) return null
      const kept = range(x.ndim).filter((a) => !axes.includes(a))
      const chosen = convertElementType(eq(x, broadcastInDim(y, x.sizes, kept)), dx.dtype)
      return div(reduceSum(mul(dx, chosen), axes), reduceSum(chosen, axes))
    },
  })

/**
 * The largest along the given axes: NaN if any is, −∞ (or the least integer) of nothing. Ties share the derivative.
 * @example lax.reduceMax(np.array([[1, 4], [3, 2]]), [0]) // [3, 4]
 */
export const reduceMax = extremum('reduceMax', 'reduceOr_u8')

/**
 * The smallest along the given axes: NaN if any is, +∞ (or the largest integer) of nothing. Ties share the derivative.
 * @example lax.reduceMin(np.array([[1, 4], [3, 2]]), [0]) // [1, 2]
 */
export const reduceMin = extremum('reduceMin', 'reduceAnd_u8')

const onlyBool: ReduceRules['check'] = (name, dtype) => {
  if (dtype !== 'bool') throw new DTypeError(`${name}: takes bool, not ${dtype}. Compare first, e.g. ne(x, 0).`)
}

/**
 * Whether all are true; true of nothing.
 * @example lax.reduceAnd(np.array([[true, false], [true, true]]), [1]) // [false, true]
 */
export const reduceAnd = reduction('reduceAnd', { check: onlyBool, jvp: null })

/**
 * Whether any is true; false of nothing.
 * @example lax.reduceOr(np.array([[true, false], [false, false]]), [1]) // [true, false]
 */
export const reduceOr = reduction('reduceOr', { check: onlyBool, jvp: null })

const reduceXorWords = reduction('reduceXor', {
  check: (name, dtype) => {
    if (dtype === 'int32' || dtype === 'uint32') return
    throw new DTypeError(`${name}: takes int32, uint32, uint8 or bool, not ${dtype}. Convert with x.astype(…).`)
  },
  kernel: () => 'reduceXor_i32',
  jvp: null,
})

/**
 * Bitwise exclusive or along the given axes; of bool, whether an odd number is true.
 * @example lax.reduceXor(np.array([[true, false], [true, true]]), [1]) // [true, false]
 */
export const reduceXor: Reduction = (x, axes) =>
  x.dtype === 'uint8' || x.dtype === 'bool'
    ? convertElementType(reduceXorWords(convertElementType(x, 'uint32'), axes), x.dtype)
    : reduceXorWords(x, axes)

interface ArgParams extends Params {
  readonly axis: number
}

const argExtremum = (name: 'argmax' | 'argmin'): ((x: Tensor, axis: number, dtype?: DType) => Tensor) => {
  const definition = primitive<ArgParams>({
    name,
    operands: 1,
    parameters: { axis },
    rows: rowsUnless(({ axis }) => axis === 0),
    abstract: ([x], { axis }) => {
      const { shape, dtype } = x as Abstract
      checkAxes(name, x as Abstract, [axis])
      if (shape[axis] === 0) {
        throw new ShapeError(`${name}: axis ${axis} of ${showType({ shape, dtype })} is empty, so it has no extremum.`)
      }
      return [{ shape: withoutAxes(shape, [axis]), dtype: 'int32', weakType: false }]
    },
    lower: (emit, [x], [y], { axis }) => {
      const { pointer, shape, dtype } = x as Operand
      const outer = sizeOf(sizesBetween(shape, 0, axis))
      const inner = sizeOf(sizesBetween(shape, axis + 1))
      emit.call(`${name}_${kernelSuffix(dtype)}`, pointer, (y as Operand).pointer, outer, shape[axis] as number, inner)
    },
    jvp: ([x], _, { axis }) => [[operation(x as Tensor, axis)], [null]],
    batch: ([x], [batch], { axis }) => {
      const [[moved], at] = pastBatch([axis], batch as number)
      return [[operation(x as Tensor, moved as number)], [at]]
    },
  })
  const operation = (x: Tensor, axis: number, dtype: DType = 'int32'): Tensor =>
    convertElementType(bind1(definition, [x], { axis: canonicalAxis(name, axis, x.ndim) }), dtype)
  return operation
}

/**
 * The index of the first largest along an axis, int32 unless said. NaN counts as the largest.
 * @example lax.argmax(np.array([[1, 4], [3, 2]]), 1) // [1, 0]
 */
export const argmax = argExtremum('argmax')

/**
 * The index of the first smallest along an axis, int32 unless said. NaN counts as the smallest.
 * @example lax.argmin(np.array([[1, 4], [3, 2]]), 1) // [0, 1]
 */
export const argmin = argExtremum('argmin')
