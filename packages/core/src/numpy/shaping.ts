/** Shapes and the order of axes. Nothing here moves numbers before a kernel needs them. */

import { oneOrMore, wholeNumbers } from '../checks.js'
import { ShapeError } from '../errors.js'
import { named } from '../operation.js'
import { broadcastTo as broadcastToP, reshape as reshapeP, transpose as transposeP } from '../primitives/shape.js'
import { showType } from '../print.js'
import {
  broadcastShapes as broadcastShapesOf,
  canonicalAxes,
  canonicalAxis,
  checkShape,
  largestRank,
  mapSizes,
  range,
  type Shape,
  showShape,
  sizeOf,
  sizesOf,
} from '../shape.js'
import { type Tensor, type TensorLike, toTensor } from '../tensor.js'
import { type Dual, type DualOptional, dual, dualOptional } from './dual.js'
import { broadcastAll } from './promotion.js'

/** The shape with −1 replaced by what the other sizes leave. */
const inferred = (x: Tensor, wanted: Shape | number): Shape => {
  const shape = oneOrMore('reshape', 'the shape', wanted)
  let unknown = -1
  let rest = 1
  let fits = shape.length <= largestRank
  for (let i = 0; i < shape.length; i++) {
    const n = shape[i] as number
    if (n === -1 && unknown === -1) unknown = i
    else {
      rest *= n
      if (n < 0) fits = false
    }
  }
  if (!fits) {
    checkShape(
      'reshape',
      shape.filter((_, i) => i !== unknown),
    )
  }
  if (unknown === -1) {
    if (rest === x.size) return shape
    throw new ShapeError(
      `reshape: ${showType(x)} has ${x.size} elements and ${showShape(shape)} would have ${rest}. ${cure(x, shape)}`,
    )
  }
  if (rest === 0 || x.size % rest !== 0) {
    throw new ShapeError(
      `reshape: the ${x.size} elements of ${showType(x)} do not divide into ${showShape(shape)} with a whole size for −1.`,
    )
  }
  return shape.map((n) => (n === -1 ? x.size / rest : n))
}

/** Suggests which size −1 would stand for. */
const cure = (x: Tensor, shape: Shape): string => {
  const axis = shape.findIndex((n, i) => n > 0 && x.size % sizeOf(shape.filter((_, j) => j !== i)) === 0)
  if (axis === -1) return 'The sizes have to multiply to the same number.'
  return `Did you mean ${showShape(mapSizes(shape, (n, i) => (i === axis ? -1 : n)))}?`
}

/**
 * The same elements, row-major, in another shape; one size may be −1 and is then inferred.
 * @throws ShapeError if the sizes do not multiply to the same number
 * @example np.reshape(np.arange(6), [2, -1]).shape // [2, 3]
 * @example pipe(np.arange(6), np.reshape([3, 2])).shape // [3, 2]
 */
export const reshape: Dual<[shape: Shape | number]> = dual('reshape', 1, [], (x: TensorLike, shape: Shape | number) => {
  const tensor = toTensor(x)
  return reshapeP(tensor, inferred(tensor, shape))
})

/** All elements in one axis, row-major. @example np.ravel(np.ones([2, 3])).shape // [6] */
export const ravel = named('ravel', (x: TensorLike): Tensor => {
  const tensor = toTensor(x)
  return reshapeP(tensor, [tensor.size])
})

/**
 * Axes in the given order, or reversed.
 * @throws ShapeError unless the axes are a permutation, RangeError for axes outside x
 * @example np.transpose(np.ones([2, 3, 4])).shape // [4, 3, 2]
 * @example np.transpose(np.ones([2, 3, 4]), [0, 2, 1]).shape // [2, 4, 3]
 */
export const transpose: DualOptional<readonly number[]> = dualOptional<readonly number[]>('transpose', (x, axes) => {
  const tensor = toTensor(x)
  if (axes === undefined || axes === null) return transposeP(tensor, range(tensor.ndim).reverse())
  return transposeP(
    tensor,
    wholeNumbers('transpose', 'the order of axes', axes).map((a) => canonicalAxis('transpose', a, tensor.ndim)),
  )
})

/** Axes in the given order: the array API's name of `transpose`. @example np.permuteDims(np.ones([2, 3]), [1, 0]).shape // [3, 2] */
export const permuteDims: Dual<[axes: readonly number[]]> = dual(
  'permuteDims',
  1,
  [],
  (x: TensorLike, axes: readonly number[]) => transpose(toTensor(x), axes),
)

/**
 * The last two axes exchanged.
 * @throws ShapeError for fewer than two axes
 * @example np.matrixTranspose(np.ones([2, 3, 4])).shape // [2, 4, 3]
 */
export const matrixTranspose = named('matrixTranspose', (x: TensorLike): Tensor => {
  const tensor = toTensor(x)
  if (tensor.ndim < 2)
    throw new ShapeError(`matrixTranspose: ${showType(tensor)} is no matrix. It needs at least two axes.`)
  return swapaxes(tensor, -2, -1)
})

/**
 * Two axes exchanged.
 * @throws RangeError for axes outside x
 * @example np.swapaxes(np.ones([2, 3, 4]), 0, 2).shape // [4, 3, 2]
 */
export const swapaxes: Dual<[axis1: number, axis2: number]> = dual(
  'swapaxes',
  2,
  [],
  (x: TensorLike, axis1: number, axis2: number) => {
    const tensor = toTensor(x)
    const [a, b] = [canonicalAxis('swapaxes', axis1, tensor.ndim), canonicalAxis('swapaxes', axis2, tensor.ndim)]
    return transposeP(
      tensor,
      range(tensor.ndim).map((i) => (i === a ? b : i === b ? a : i)),
    )
  },
)

/** One axis or several. */
export type Axes = number | readonly number[]

/**
 * Axes moved to other places, the others in their order.
 * @throws ShapeError if source and destination differ in number or name one axis twice, RangeError for axes outside x
 * @example np.moveaxis(np.ones([2, 3, 4]), 0, -1).shape // [3, 4, 2]
 */
export const moveaxis: Dual<[source: Axes, destination: Axes]> = dual(
  'moveaxis',
  2,
  [],
  (x: TensorLike, source: Axes, destination: Axes) => {
    const tensor = toTensor(x)
    const from = oneOrMore('moveaxis', 'source', source).map((a) => canonicalAxis('moveaxis', a, tensor.ndim))
    const to = oneOrMore('moveaxis', 'destination', destination).map((a) => canonicalAxis('moveaxis', a, tensor.ndim))
    if (from.length !== to.length || new Set(from).size !== from.length || new Set(to).size !== to.length) {
      throw new ShapeError(
        `moveaxis: source ${showShape(from)} and destination ${showShape(to)} have to be equally many distinct axes.`,
      )
    }
    const rest = range(tensor.ndim).filter((a) => !from.includes(a))
    const order: number[] = []
    for (let i = 0; i < tensor.ndim; i++) {
      const moved = to.indexOf(i)
      order.push(moved === -1 ? (rest.shift() as number) : (from[moved] as number))
    }
    return transposeP(tensor, order)
  },
)

/**
 * An axis moved so that it stands before `start`: the older form of `moveaxis`.
 * @throws RangeError for axes outside x
 * @example np.rollaxis(np.ones([2, 3, 4]), 2).shape // [4, 2, 3]
 */
export const rollaxis = named('rollaxis', (x: TensorLike, axis: number, start = 0): Tensor => {
  const tensor = toTensor(x)
  const from = canonicalAxis('rollaxis', axis, tensor.ndim)
  const to = start === tensor.ndim ? start : canonicalAxis('rollaxis', start, tensor.ndim)
  return moveaxis(tensor, from, from < to ? to - 1 : to)
})

/**
 * New axes of size 1 at these places of the result.
 * @throws RangeError for places outside the result, ShapeError if one is named twice
 * @example np.expandDims(np.ones([2, 3]), 1).shape // [2, 1, 3]
 */
export const expandDims: Dual<[axis: Axes]> = dual('expandDims', 1, [], (x: TensorLike, axis: Axes) => {
  const tensor = toTensor(x)
  const added = oneOrMore('expandDims', 'the axis', axis)
  const places = canonicalAxes('expandDims', added, tensor.ndim + added.length)
  const sizes = sizesOf(tensor.sizes)
  return reshapeP(
    tensor,
    range(tensor.ndim + added.length).map((i) => (places.includes(i) ? 1 : (sizes.shift() as number))),
  )
})

/**
 * Without axes of size 1: the given ones, or all.
 * @throws ShapeError if a given axis has another size, RangeError if it is outside x
 * @example np.squeeze(np.ones([1, 3, 1])).shape // [3]
 */
export const squeeze: DualOptional<Axes> = dualOptional<Axes>('squeeze', (x, axis) => {
  const tensor = toTensor(x)
  const dropped =
    axis === undefined || axis === null
      ? range(tensor.ndim).filter((i) => tensor.sizes[i] === 1)
      : canonicalAxes('squeeze', axis, tensor.ndim)
  for (const a of dropped) {
    if (tensor.sizes[a] !== 1) {
      throw new ShapeError(
        `squeeze: axis ${a} of ${showType(tensor)} has size ${tensor.sizes[a]}; only axes of size 1 can go. Use a reduction or an index.`,
      )
    }
  }
  return reshapeP(
    tensor,
    tensor.sizes.filter((_, i) => !dropped.includes(i)),
  )
})

/**
 * x repeated along new leading axes and axes of size 1.
 * @throws ShapeError if x does not broadcast to the shape
 * @example np.broadcastTo(np.array([1, 2]), [2, 2]).toArray() // [[1, 2], [1, 2]]
 */
export const broadcastTo: Dual<[shape: Shape | number]> = dual(
  'broadcastTo',
  1,
  [],
  (x: TensorLike, shape: Shape | number) => {
    const tensor = toTensor(x)
    const target = typeof shape === 'number' ? [shape] : shape
    checkShape('broadcastTo', target)
    const offset = target.length - tensor.ndim
    if (offset < 0 || tensor.sizes.some((n, i) => n !== 1 && n !== target[i + offset])) {
      throw new ShapeError(
        `broadcastTo: ${showType(tensor)} does not broadcast to ${showShape(target)}. Aligned at the right, sizes have to be equal or 1.`,
      )
    }
    return broadcastToP(tensor, target)
  },
)

/**
 * All tensors in their common shape.
 * @throws ShapeError if they do not broadcast
 * @example np.broadcastArrays(np.ones([2, 1]), np.ones([3])).map((t) => t.shape) // [[2, 3], [2, 3]]
 */
export const broadcastArrays = named('broadcastArrays', (...tensors: readonly TensorLike[]): readonly Tensor[] =>
  broadcastAll('broadcastArrays', tensors.map(toTensor)),
)

/** The common shape of shapes. @throws ShapeError if they do not broadcast @example np.broadcastShapes([2, 1], [3]) // [2, 3] */
export const broadcastShapes = named(
  'broadcastShapes',
  (...shapes: readonly Shape[]): Shape => broadcastShapesOf('broadcastShapes', ...shapes),
)

/** Sizes per axis. @example np.shape(np.ones([2, 3])) // [2, 3] */
export const shape = named('shape', (x: TensorLike): Shape => toTensor(x).shape)

/** The number of axes. @example np.ndim(np.ones([2, 3])) // 2 */
export const ndim = named('ndim', (x: TensorLike): number => toTensor(x).ndim)

/** The number of elements, or the size of one axis. @throws RangeError for an axis outside x @example np.size(np.ones([2, 3])) // 6 */
export const size = named('size', (x: TensorLike, axis?: number): number => {
  const tensor = toTensor(x)
  return axis === undefined ? tensor.size : (tensor.sizes[canonicalAxis('size', axis, tensor.ndim)] as number)
})

/** At least one axis: scalars become [1]. @example np.atleast1d(3).shape // [1] */
export const atleast1d = named('atleast1d', (x: TensorLike): Tensor => {
  const tensor = toTensor(x)
  return tensor.ndim === 0 ? reshapeP(tensor, [1]) : tensor
})

/** At least two axes: vectors become rows. @example np.atleast2d(np.ones([3])).shape // [1, 3] */
export const atleast2d = named('atleast2d', (x: TensorLike): Tensor => {
  const tensor = atleast1d(x)
  return tensor.ndim === 1 ? reshapeP(tensor, [1, tensor.size]) : tensor
})

/** At least three axes: [n] becomes [1, n, 1], [m, n] becomes [m, n, 1]. @example np.atleast3d(np.ones([3])).shape // [1, 3, 1] */
export const atleast3d = named('atleast3d', (x: TensorLike): Tensor => {
  const tensor = atleast2d(x)
  return tensor.ndim === 2 ? reshapeP(tensor, [...sizesOf(tensor.sizes), 1]) : tensor
})
