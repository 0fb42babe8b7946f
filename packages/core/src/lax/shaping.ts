/** Tensors of one number, and tensors seen in another shape. */

import { checkNumber, oneOrMore } from '../checks.js'
import { type DType, isDType } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { operation } from '../operation.js'
import { convertElementType } from '../primitives/convert.js'
import {
  broadcastInDim as broadcastAxes,
  broadcastTo,
  reshape as reshapeTo,
  transpose as transposeTo,
} from '../primitives/shape.js'
import { showType } from '../print.js'
import {
  broadcastShapes as broadcast2,
  canonicalAxes,
  canonicalAxis,
  checkShape,
  range,
  type Shape,
  showShape,
  sizesBetween,
  sizesOf,
} from '../shape.js'
import { show } from '../show.js'
import { type Tensor, type TensorLike, toTensor } from '../tensor.js'

/**
 * A tensor of one repeated scalar; numbers are float32 unless `dtype` says otherwise.
 * @throws ShapeError, DTypeError
 * @example lax.full([2], 7).toArray() // [7, 7]
 */
export const full = (
  shape: Shape,
  fillValue: TensorLike,
  dtype?: DType | { readonly dtype?: DType } | null,
): Tensor => {
  checkShape('full', shape)
  const wanted = typeof dtype === 'string' ? dtype : dtype?.dtype
  if (wanted !== undefined && !isDType(wanted)) throw new DTypeError(`full: ${show(wanted)} is no dtype.`)
  const value = toTensor(fillValue)
  if (value.ndim !== 0) throw new ShapeError(`full: the value is a scalar, not ${showType(value)}. np.full broadcasts.`)
  return broadcastTo(convertElementType(value, wanted ?? value.dtype), shape)
}

/**
 * The zeros, or another repeated scalar, of a tensor's shape and dtype.
 * @throws ShapeError, DTypeError
 * @example lax.fullLike(np.ones([2], { dtype: 'int32' }), 7) // int32[2] [7, 7]
 */
export const fullLike = operation(
  'fullLike',
  { at: 2, names: ['dtype', 'shape'] },
  (
    x: Tensor,
    fillValue: TensorLike,
    { dtype = x.dtype, shape = x.sizes }: { readonly dtype?: DType; readonly shape?: Shape } = {},
  ): Tensor => full(shape, fillValue, dtype),
)

/**
 * The same elements, row-major, in another shape; with `dimensions` its axes are put into that order first.
 * @throws ShapeError unless the sizes agree
 * @example lax.reshape(np.arange(6), [2, 3]).shape // [2, 3]
 */
export const reshape = (
  x: Tensor,
  newSizes: Shape,
  dimensions?: readonly number[] | null | { readonly dimensions?: readonly number[] | null },
): Tensor => {
  checkShape('reshape', newSizes)
  const order = Array.isArray(dimensions)
    ? dimensions
    : (dimensions as { readonly dimensions?: readonly number[] | null } | null)?.dimensions
  return reshapeTo(order ? transposeTo(x, order) : x, newSizes)
}

/**
 * `x` with its axes in the order of `permutation`.
 * @throws ShapeError unless it names every axis once
 * @example lax.transpose(np.zeros([2, 3, 4]), [2, 0, 1]).shape // [4, 2, 3]
 */
export const transpose = (x: Tensor, permutation: readonly number[]): Tensor => transposeTo(x, permutation)

/** `x` repeated along new axes of these sizes in front. @example lax.broadcast(np.zeros([3]), [2]).shape // [2, 3] */
export const broadcast = (x: Tensor, sizes: Shape): Tensor => {
  checkShape('broadcast', sizes)
  return broadcastTo(x, [...sizes, ...sizesOf(x.sizes)])
}

/**
 * `x` in a larger shape: its axis i becomes axis `broadcastDimensions[i]`, repeated if its size is 1.
 * @throws ShapeError unless sizes are equal or 1 and the axes increase
 * @example lax.broadcastInDim(np.zeros([3]), [3, 2], [0]).shape // [3, 2]
 */
export const broadcastInDim = (x: Tensor, shape: Shape, broadcastDimensions: readonly number[]): Tensor =>
  broadcastAxes(x, shape, broadcastDimensions)

/**
 * The shape that all of these broadcast to.
 * @throws ShapeError naming the sizes that differ
 * @example lax.broadcastShapes([2, 1], [3]) // [2, 3]
 */
export const broadcastShapes = (...shapes: readonly Shape[]): Shape => broadcast2('broadcastShapes', ...shapes)

/**
 * `x` with new axes of size 1 at these places of the result.
 * @throws RangeError, ShapeError
 * @example lax.expandDims(np.zeros([2, 3]), [0, 2]).shape // [1, 2, 1, 3]
 */
export const expandDims = (x: Tensor, dimensions: number | readonly number[]): Tensor => {
  const count = oneOrMore('expandDims', 'the list of dimensions', dimensions).length
  const places = canonicalAxes('expandDims', dimensions, x.ndim + count)
  let next = 0
  return reshapeTo(
    x,
    range(x.ndim + count).map((i) => (places.includes(i) ? 1 : (x.sizes[next++] as number))),
  )
}

/**
 * `x` without these axes, which have size 1.
 * @throws RangeError, ShapeError naming an axis that is larger
 * @example lax.squeeze(np.zeros([1, 3, 1]), 0).shape // [3, 1]
 */
export const squeeze = (x: Tensor, dimensions: number | readonly number[]): Tensor => {
  const axes = canonicalAxes('squeeze', dimensions, x.ndim)
  const large = axes.find((a) => x.sizes[a] !== 1)
  if (large !== undefined) {
    throw new ShapeError(
      `squeeze: axis ${large} of ${showType(x)} has size ${x.sizes[large]}; only axes of size 1 can go.`,
    )
  }
  return reshapeTo(
    x,
    x.sizes.filter((_, i) => !axes.includes(i)),
  )
}

/**
 * `x` with the axes from `startDimension` up to `stopDimension` (the end by default) joined into one.
 * @throws RangeError, ShapeError
 * @example lax.collapse(np.zeros([2, 3, 4]), 0, 2).shape // [6, 4]
 */
export const collapse = (x: Tensor, startDimension: number, stopDimension: number | null = null): Tensor => {
  const start = canonicalAxis('collapse', startDimension, x.ndim)
  const given = stopDimension ?? x.ndim
  checkNumber('collapse', 'the stop', given)
  const stop = given < 0 ? given + x.ndim : given
  if (!Number.isInteger(stop) || stop <= start || stop > x.ndim) {
    throw new ShapeError(
      `collapse: axes ${startDimension} up to ${given} of ${showShape(x.sizes)} are none. The stop lies behind the start.`,
    )
  }
  const joined = sizesBetween(x.sizes, start, stop).reduce((size, n) => size * n, 1)
  return reshapeTo(x, [...x.sizes.slice(0, start), joined, ...x.sizes.slice(stop)])
}
