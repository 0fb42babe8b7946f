/** Sorting along an axis, stably; NaN comes last. */

import { tensorsIn } from '../checks.js'
import { RangeError, ShapeError } from '../errors.js'
import { operation } from '../operation.js'
import { sub } from '../primitives/arithmetic.js'
import { broadcastedIota } from '../primitives/iota.js'
import { reshape } from '../primitives/shape.js'
import { rev } from '../primitives/slice.js'
import { argsort as argsortP, sort as sortP, topK as topKP } from '../primitives/sort.js'
import { showType } from '../print.js'
import { canonicalAxis, sameShape } from '../shape.js'
import { show } from '../show.js'
import { Tensor, type TensorLike, toTensor } from '../tensor.js'
import { type Dual, type DualOptions, dual, dualOptions } from './dual.js'
import { moveaxis } from './shaping.js'

export interface SortOptions {
  /** Default −1, the last; null sorts all elements in row-major order. */
  readonly axis?: number | null
  /** From large to small, NaN first; equal elements keep their order. Default false. */
  readonly descending?: boolean
  /** Sorting is always stable here; the option is JAX's. */
  readonly stable?: boolean
}

const operandOf = (operation: string, x: TensorLike, axis: number | null): readonly [Tensor, number] => {
  const tensor = toTensor(x)
  if (axis === null) return [reshape(tensor, [tensor.size]), 0]
  return [tensor, canonicalAxis(operation, axis, tensor.ndim)]
}

/**
 * Elements in ascending order along an axis, NaN last.
 * @throws RangeError for an axis outside x
 * @example np.sort(np.array([3, 1, 2])).toArray() // [1, 2, 3]
 */
export const sort: DualOptions<SortOptions> = dualOptions(
  'sort',
  ['axis', 'descending', 'stable'],
  (x, { axis = -1, descending = false }) => {
    const [tensor, dimension] = operandOf('sort', x, axis)
    const sorted = sortP(tensor, { dimension })
    return descending ? rev(sorted, [dimension]) : sorted
  },
)

/**
 * The int32 positions that sort along an axis; equal elements keep their order.
 * @throws RangeError for an axis outside x
 * @example np.argsort(np.array([3, 1, 2])).toArray() // [1, 2, 0]
 */
export const argsort: DualOptions<SortOptions> = dualOptions(
  'argsort',
  ['axis', 'descending', 'stable'],
  (x, { axis = -1, descending = false }) => {
    const [tensor, dimension] = operandOf('argsort', x, axis)
    if (!descending) return argsortP(tensor, dimension)
    // Sorting the reversed tensor and reversing the result keeps equal elements in order.
    const backwards = rev(argsortP(rev(tensor, [dimension]), dimension), [dimension])
    return sub((tensor.sizes[dimension] as number) - 1, backwards)
  },
)

/**
 * Positions that sort by several keys, the last of which counts most.
 * @throws ShapeError without keys or if their shapes differ, RangeError for an axis outside them
 * @example np.lexsort([np.array([2, 1, 3]), np.array([1, 1, 0])]).toArray() // [2, 1, 0]
 */
export const lexsort = operation(
  'lexsort',
  { at: 1, names: ['axis'] },
  (keys: readonly Tensor[] | Tensor, { axis = -1 }: { readonly axis?: number } = {}): Tensor => {
    const list = keys instanceof Tensor ? [...keys] : [...tensorsIn('lexsort', 'the first argument', keys)]
    const [first] = list
    if (first === undefined) throw new ShapeError('lexsort: needs at least one key.')
    const odd = list.find((key) => !sameShape(key.sizes, first.sizes))
    if (odd !== undefined)
      throw new ShapeError(`lexsort: keys ${showType(first)} and ${showType(odd)} differ in shape.`)
    const dimension = canonicalAxis('lexsort', axis, first.ndim)
    const positions = broadcastedIota('int32', first.sizes, dimension)
    return sortP([...list.reverse(), positions], { dimension, numKeys: list.length })[list.length] as Tensor
  },
)

export interface TopKOptions {
  /** Default −1, the last. */
  readonly axis?: number
}

/**
 * The k largest elements along an axis in descending order, and their int32 positions; NaN counts as largest.
 * @throws RangeError if k is larger than the axis
 * @example np.topk(np.array([1, 3, 2]), 2).map((t) => t.toArray()) // [[3, 2], [1, 2]]
 */
export const topk: Dual<[k: number, options?: TopKOptions], readonly [Tensor, Tensor]> = dual(
  'topk',
  1,
  ['axis'],
  (x: TensorLike, k: number, { axis = -1 }: TopKOptions = {}): readonly [Tensor, Tensor] => {
    const [tensor, dimension] = operandOf('topk', x, axis)
    const [values, indices] = topKP(moveaxis(tensor, dimension, -1), k)
    return [moveaxis(values, -1, dimension), moveaxis(indices, -1, dimension)]
  },
)

export interface PartitionOptions {
  /** Default −1, the last. */
  readonly axis?: number
}

const checkKth = (operation: string, x: Tensor, kth: number, dimension: number): void => {
  const n = x.sizes[dimension] as number
  if (Number.isInteger(kth) && kth >= -n && kth < n) return
  throw new RangeError(`${operation}: position ${show(kth)} is outside axis ${dimension} of ${showType(x)}.`)
}

/**
 * Elements arranged so that the one at `kth` is where sorting would put it, smaller ones before and larger ones behind it.
 * @throws RangeError for an axis or a position outside x
 * @example np.partition(np.array([3, 1, 2]), 1).slice(1).item() // 2
 */
export const partition: Dual<[kth: number, options?: PartitionOptions]> = dual(
  'partition',
  1,
  ['axis'],
  (x: TensorLike, kth: number, { axis = -1 }: PartitionOptions = {}): Tensor => {
    const [tensor, dimension] = operandOf('partition', x, axis)
    checkKth('partition', tensor, kth, dimension)
    return sort(tensor, { axis: dimension })
  },
)

/**
 * The positions that `partition` puts in order.
 * @throws RangeError for an axis or a position outside x
 * @example np.argpartition(np.array([3, 1, 2]), 0).slice(0).item() // 1
 */
export const argpartition: Dual<[kth: number, options?: PartitionOptions]> = dual(
  'argpartition',
  1,
  ['axis'],
  (x: TensorLike, kth: number, { axis = -1 }: PartitionOptions = {}): Tensor => {
    const [tensor, dimension] = operandOf('argpartition', x, axis)
    checkKth('argpartition', tensor, kth, dimension)
    return argsort(tensor, { axis: dimension })
  },
)
