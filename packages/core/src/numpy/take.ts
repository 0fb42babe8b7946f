/** Elements picked by positions along an axis. */

import { RangeError, ShapeError } from '../errors.js'
import { operation } from '../operation.js'
import { add, rem } from '../primitives/arithmetic.js'
import { convertElementType } from '../primitives/convert.js'
import { broadcastedIota } from '../primitives/iota.js'
import { max } from '../primitives/maximum.js'
import { broadcastTo, reshape } from '../primitives/shape.js'
import { showType } from '../print.js'
import { broadcastShapes, canonicalAxis, mapSizes, range } from '../shape.js'
import { type IndexEntry, type IndexMode, type Tensor, type TensorLike, toTensor, uniform } from '../tensor.js'
import { array } from './array.js'
import { greaterEqual } from './comparison.js'
import { type Dual, dual } from './dual.js'
import { fromFront } from './index-plan.js'
import { at, readAt } from './indexing.js'
import { promoteDTypes } from './promotion.js'
import { where } from './where.js'

/** Positions: a tensor, or JS numbers, which are checked. */
export type Positions = Tensor | number | readonly number[]

/** With 'clip' negative positions lie before the start, as in NumPy and JAX, and do not count from the end. */
const clipped = (positions: Positions): Tensor => max(convertElementType(array(positions), 'int32'), 0)

/** Positions as a mode reads them, and what indexing does about the rest. */
const modal = (
  positions: Positions,
  n: number,
  mode: IndexMode | 'wrap' | undefined,
): readonly [Positions, IndexMode | undefined] => {
  if (mode === 'wrap') return [wrapped(positions, n), 'clip']
  return mode === 'clip' ? [clipped(positions), mode] : [positions, mode]
}

export interface TakeOptions {
  /** All elements in row-major order by default. */
  readonly axis?: number | null
  /** Outside the axis: NaN (or `fillValue`) by default, the nearest element with 'clip' (the first for negative ones), counting on with 'wrap'. */
  readonly mode?: IndexMode | 'wrap'
  readonly fillValue?: number
}

/** Positions counted on beyond the ends. */
const wrapped = (positions: Positions, n: number): Tensor => {
  const index = convertElementType(array(positions), 'int32')
  if (index.size === 0) return index
  if (n === 0) throw new ShapeError('take: an empty axis has nothing to wrap around.')
  const size = uniform(n, index)
  return rem(add(rem(index, size), size), size)
}

/**
 * The slices at these positions along an axis, or elements in row-major order without one. Negative positions count from the end.
 * Positions in a tensor that lie outside give NaN (integers: an extreme); JS numbers outside throw.
 * @throws RangeError for JS numbers or an axis outside x
 * @example np.take(np.array([[1, 2], [3, 4]]), [1, 0], { axis: 0 }).toArray() // [[3, 4], [1, 2]]
 */
export const take: Dual<[indices: Positions, options?: TakeOptions]> = dual(
  'take',
  1,
  ['axis', 'mode', 'fillValue'],
  (x: TensorLike, indices: Positions, { axis, mode, fillValue }: TakeOptions = {}): Tensor => {
    const given = toTensor(x)
    const flat = axis === undefined || axis === null
    const tensor = flat ? reshape(given, [given.size]) : given
    const along = canonicalAxis('take', flat ? 0 : axis, tensor.ndim)
    const [positions, outside] = modal(indices, tensor.sizes[along] as number, mode)
    const index: readonly IndexEntry[] = [...range(along).map(() => ({})), positions]
    return readAt(tensor, index, outside, fillValue)
  },
)

export interface AlongAxisOptions {
  /** Default −1, the last; null takes all elements in row-major order. */
  readonly axis?: number | null
  readonly mode?: IndexMode
  readonly fillValue?: number
}

/** One index per axis: the given one along `axis`, counting along the others. */
const indicesAlong = (operation: string, x: Tensor, given: Tensor, axis: number): readonly IndexEntry[] => {
  if (given.ndim !== x.ndim) {
    throw new ShapeError(
      `${operation}: ${showType(x)} and the indices ${showType(given)} differ in rank. np.take picks whole slices by one list of positions.`,
    )
  }
  const others = (shape: readonly number[]): number[] => mapSizes(shape, (n, i) => (i === axis ? 1 : n))
  const lead = broadcastShapes(operation, others(x.sizes), others(given.sizes))
  const shape = lead.map((n, i) => (i === axis ? (given.sizes[axis] as number) : n))
  return mapSizes(x.sizes, (n, i) => {
    if (i === axis) return broadcastTo(fromFront(given, n), shape)
    return n === 1 ? uniform(0, { shape, dtype: 'int32', weakType: false }) : broadcastedIota('int32', shape, i)
  })
}

/**
 * For every place of the indices the element of x at that position along an axis, as `argsort` and `argmax` give them; the
 * other axes broadcast.
 * @throws ShapeError if ranks differ or the other axes do not broadcast, RangeError for an axis outside x
 * @example np.takeAlongAxis(np.array([[10, 20]]), np.array([[1, 0]], { dtype: 'int32' }), { axis: 1 }).toArray() // [[20, 10]]
 */
export const takeAlongAxis: Dual<[indices: Tensor, options?: AlongAxisOptions]> = dual(
  'takeAlongAxis',
  1,
  ['axis', 'mode', 'fillValue'],
  (x: TensorLike, indices: Tensor, { axis = -1, mode, fillValue }: AlongAxisOptions = {}): Tensor => {
    const given = toTensor(x)
    if (axis === null) {
      return takeAlongAxis(reshape(given, [given.size]), reshape(indices, [indices.size]), {
        axis: 0,
        ...(mode ? { mode } : {}),
      })
    }
    const along = canonicalAxis('takeAlongAxis', axis, given.ndim)
    return readAt(given, indicesAlong('takeAlongAxis', given, indices, along), mode, fillValue)
  },
)

export interface PutAlongAxisOptions {
  readonly mode?: IndexMode
}

/**
 * A tensor with the elements at these positions along an axis replaced; the counterpart of `takeAlongAxis`.
 * @throws ShapeError if ranks differ, RangeError for an axis outside x
 * @example np.putAlongAxis(np.zeros([1, 3]), np.array([[2]], { dtype: 'int32' }), 5, 1).toArray() // [[0, 0, 5]]
 */
export const putAlongAxis = operation(
  'putAlongAxis',
  { at: 4, names: ['mode'] },
  (x: Tensor, indices: Tensor, values: TensorLike, axis: number | null, { mode }: PutAlongAxisOptions = {}): Tensor => {
    if (axis === null) {
      const flat = putAlongAxis(reshape(x, [x.size]), reshape(indices, [indices.size]), values, 0, mode ? { mode } : {})
      return reshape(flat, x.sizes)
    }
    const along = canonicalAxis('putAlongAxis', axis, x.ndim)
    return at(x, indicesAlong('putAlongAxis', x, indices, along)).set(values, mode ? { mode } : {})
  },
)

/**
 * A tensor with elements replaced at positions in row-major order.
 * @throws RangeError for JS numbers outside x
 * @example np.put(np.zeros([2, 2]), [0, 3], 7).toArray() // [[7, 0], [0, 7]]
 */
export const put = operation(
  'put',
  { at: 3, names: ['mode'] },
  (x: Tensor, indices: Positions, values: TensorLike, { mode }: PutAlongAxisOptions = {}): Tensor => {
    const [positions, outside] = modal(indices, x.size, mode)
    return reshape(at(reshape(x, [x.size]), [positions]).set(values, outside ? { mode: outside } : {}), x.sizes)
  },
)

/**
 * Element by element one of several tensors, chosen by its number.
 * @throws ShapeError if the shapes do not broadcast, RangeError without choices
 * @example np.choose(np.array([1, 0], { dtype: 'int32' }), [np.array([1, 2]), np.array([3, 4])]).toArray() // [3, 2]
 */
export const choose = operation(
  'choose',
  { at: 2, names: ['mode'] },
  (
    which: TensorLike,
    choices: readonly Tensor[],
    { mode = 'clip' }: { readonly mode?: 'clip' | 'wrap' } = {},
  ): Tensor => {
    const [first, ...rest] = promoteDTypes('choose', choices)
    if (first === undefined) throw new RangeError('choose: there is nothing to choose from. Give at least one tensor.')
    const index = mode === 'wrap' ? wrapped(toTensor(which) as Tensor, choices.length) : toTensor(which)
    return rest.reduce<Tensor>((chosen, x, i) => where(greaterEqual(index, i + 1), x, chosen), first)
  },
)
