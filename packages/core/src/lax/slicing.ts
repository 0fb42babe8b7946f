/** Parts of tensors: slices, dynamic slices and updates, joining, padding, gather and scatter. */

import { checkNumber, listOf } from '../checks.js'
import { RangeError as OutOfRange } from '../errors.js'
import { operation } from '../operation.js'
import { add } from '../primitives/arithmetic.js'
import { lt } from '../primitives/compare.js'
import { split as splitAt } from '../primitives/concatenate.js'
import { asInt32 } from '../primitives/gather.js'
import { select } from '../primitives/select.js'
import { reshape } from '../primitives/shape.js'
import {
  dynamicSlice as dynamicSliceAt,
  dynamicUpdateSlice as dynamicUpdateSliceAt,
  sliceAxis,
  slice as sliceOf,
} from '../primitives/slice.js'
import { showType } from '../print.js'
import { canonicalAxis, mapSizes, range, type Shape } from '../shape.js'
import { show } from '../show.js'
import { ConcreteTensor, scalar, Tensor } from '../tensor.js'

export { concatenate, type PadConfig, pad } from '../primitives/concatenate.js'
export { type GatherDimensionNumbers, type GatherOptions, gather } from '../primitives/gather.js'
export {
  type ScatterDimensionNumbers,
  type ScatterOptions,
  scatter,
  scatterAdd,
  scatterMax,
  scatterMin,
  scatterMul,
} from '../primitives/scatter.js'
export { rev } from '../primitives/slice.js'

/** Where a block starts: one int32 scalar or number per axis, or an int32 vector of them. Negative ones count from the end. */
export type StartIndices = readonly (Tensor | number)[] | Tensor

/** An axis, by itself or in an options object. */
export type AxisOption = number | { readonly axis?: number }

const axisOf = (operation: string, option: AxisOption | undefined, rank: number): number =>
  canonicalAxis(operation, typeof option === 'number' ? option : (option?.axis ?? 0), rank)

/** A position counted from the front. */
const fromFront = (index: Tensor | number, size: number): Tensor => {
  if (!(index instanceof Tensor)) {
    if (!Number.isInteger(index))
      throw new OutOfRange(`slice: a start index is ${show(index)}; it has to be a whole number or an int32 scalar.`)
    return scalar(index < 0 ? index + size : index, 'int32')
  }
  const position = asInt32(index)
  if (position instanceof ConcreteTensor && position.dtype === 'int32' && position.size === 1) {
    const i = position.single()
    return i < 0 ? scalar(i + size, 'int32') : position
  }
  return position.dtype === 'int32' ? select(lt(position, 0), add(position, size), position) : position
}

const startsOf = (x: Tensor, starts: StartIndices): readonly Tensor[] => {
  const list =
    starts instanceof Tensor
      ? range(starts.size).map((i) => reshape(sliceAxis(starts, 0, i, i + 1), []))
      : listOf('slice', 'the list of start indices', starts)
  return list.map((s, i) => fromFront(s, x.sizes[i] ?? 0))
}

/**
 * The elements from `startIndices` up to `limitIndices`, every `strides`-th of each axis.
 * @throws ShapeError unless 0 ≤ start ≤ limit ≤ size and strides ≥ 1
 * @example lax.slice(np.arange(10), [2], [8], [3]).toArray() // [2, 5]
 */
export const slice = (
  x: Tensor,
  startIndices: Shape,
  limitIndices: Shape,
  strides?: Shape | null | { readonly strides?: Shape | null },
): Tensor => {
  const steps = Array.isArray(strides)
    ? (strides as Shape)
    : (strides as { readonly strides?: Shape | null } | null | undefined)?.strides
  return sliceOf(x, startIndices, limitIndices, steps ?? undefined)
}

/**
 * A slice of one axis; `null` bounds are the ends, negative ones count from the end.
 * @throws ShapeError, RangeError
 * @example lax.sliceInDim(np.arange(6), 1, 5, { stride: 2 }).toArray() // [1, 3]
 */
export const sliceInDim = operation(
  'sliceInDim',
  { at: 3, names: ['stride', 'axis'] },
  (
    x: Tensor,
    startIndex: number | null,
    limitIndex: number | null,
    options: { readonly stride?: number; readonly axis?: number } = {},
  ): Tensor => {
    const axis = axisOf('sliceInDim', options, x.ndim)
    const n = x.sizes[axis] as number
    const bound = (i: number): number => {
      checkNumber('sliceInDim', 'a bound', i)
      return i < 0 ? i + n : i
    }
    return sliceAxis(x, axis, bound(startIndex ?? 0), bound(limitIndex ?? n), options.stride ?? 1)
  },
)

/**
 * One position of an axis, which stays with size 1 unless `keepdims` is false.
 * @throws RangeError if the index is outside the axis
 * @example lax.indexInDim(np.array([[1, 2], [3, 4]]), 1) // [[3, 4]]
 */
export const indexInDim = operation(
  'indexInDim',
  { at: 2, names: ['axis', 'keepdims'] },
  (x: Tensor, index: number, options: { readonly axis?: number; readonly keepdims?: boolean } = {}): Tensor => {
    const axis = axisOf('indexInDim', options, x.ndim)
    const n = x.sizes[axis] as number
    checkNumber('indexInDim', 'the index', index)
    const i = index < 0 ? index + n : index
    if (i < 0 || i >= n)
      throw new OutOfRange(
        `indexInDim: ${index} is outside axis ${axis} of ${showType(x)}. Positions go from ${-n} to ${n - 1}.`,
      )
    const kept = sliceAxis(x, axis, i, i + 1)
    return options.keepdims === false ? withoutAxis(kept, axis) : kept
  },
)

const withoutAxis = (x: Tensor, axis: number): Tensor =>
  reshape(
    x,
    x.sizes.filter((_, i) => i !== axis),
  )

/**
 * A block of `sliceSizes` from a position known at run time, moved inside where it would stick out.
 * @throws ShapeError, DTypeError
 * @example lax.dynamicSlice(np.arange(5), [3], [3]).toArray() // [2, 3, 4]
 */
export const dynamicSlice = (x: Tensor, startIndices: StartIndices, sliceSizes: Shape): Tensor =>
  dynamicSliceAt(x, startsOf(x, startIndices), sliceSizes)

/**
 * `dynamicSlice` along one axis (0 by default), the others whole.
 * @throws ShapeError, DTypeError, RangeError
 * @example lax.dynamicSliceInDim(np.array([1, 2, 3, 4]), 1, 2) // [2, 3]
 */
export const dynamicSliceInDim = (
  x: Tensor,
  startIndex: Tensor | number,
  sliceSize: number,
  axis?: AxisOption,
): Tensor => {
  const at = axisOf('dynamicSliceInDim', axis, x.ndim)
  return dynamicSlice(
    x,
    mapSizes(x.sizes, (_, i) => (i === at ? startIndex : 0)),
    mapSizes(x.sizes, (n, i) => (i === at ? sliceSize : n)),
  )
}

/**
 * One position of an axis, known at run time; the axis stays with size 1 unless `keepdims` is false.
 * @throws DTypeError, RangeError
 * @example lax.dynamicIndexInDim(np.array([[1, 2], [3, 4]]), 1, { keepdims: false }) // [3, 4]
 */
export const dynamicIndexInDim = (
  x: Tensor,
  index: Tensor | number,
  axis?: number | { readonly axis?: number; readonly keepdims?: boolean },
  keepdims?: boolean,
): Tensor => {
  const at = axisOf('dynamicIndexInDim', axis, x.ndim)
  const kept = dynamicSliceInDim(x, index, 1, at)
  return (keepdims ?? (typeof axis === 'object' ? axis.keepdims : true)) === false ? withoutAxis(kept, at) : kept
}

/**
 * `x` with the block at `startIndices` replaced, moved inside where it would stick out.
 * @throws ShapeError, DTypeError
 * @example lax.dynamicUpdateSlice(np.zeros([3]), np.array([7]), [1]).toArray() // [0, 7, 0]
 */
export const dynamicUpdateSlice = (x: Tensor, update: Tensor, startIndices: StartIndices): Tensor =>
  dynamicUpdateSliceAt(x, update, startsOf(x, startIndices))

/**
 * `dynamicUpdateSlice` along one axis.
 * @throws ShapeError, DTypeError, RangeError
 * @example lax.dynamicUpdateSliceInDim(np.zeros([4]), np.ones([2]), 1, 0) // [0, 1, 1, 0]
 */
export const dynamicUpdateSliceInDim = (
  x: Tensor,
  update: Tensor,
  startIndex: Tensor | number,
  axis: AxisOption,
): Tensor => {
  const at = axisOf('dynamicUpdateSliceInDim', axis, x.ndim)
  return dynamicUpdateSlice(
    x,
    update,
    mapSizes(x.sizes, (_, i) => (i === at ? startIndex : 0)),
  )
}

/**
 * `x` with one position of an axis replaced; the update may leave that axis out.
 * @throws ShapeError, DTypeError, RangeError
 * @example lax.dynamicUpdateIndexInDim(np.zeros([3]), np.array(7), 1, 0) // [0, 7, 0]
 */
export const dynamicUpdateIndexInDim = (
  x: Tensor,
  update: Tensor,
  index: Tensor | number,
  axis: AxisOption,
): Tensor => {
  const at = axisOf('dynamicUpdateIndexInDim', axis, x.ndim)
  const full =
    update.ndim === x.ndim ? update : reshape(update, [...update.sizes.slice(0, at), 1, ...update.sizes.slice(at)])
  return dynamicUpdateSliceInDim(x, full, index, at)
}

/**
 * `x` cut along an axis (0 by default) into parts of these sizes.
 * @throws ShapeError unless they sum to the axis, RangeError
 * @example lax.split(np.array([1, 2, 3]), [1, 2]) // [[1], [2, 3]]
 */
export const split = (x: Tensor, sizes: readonly number[], axis?: AxisOption): readonly Tensor[] =>
  splitAt(x, sizes, axisOf('split', axis, x.ndim))
