/** Sorting along an axis: several operands by several keys, positions, and the k largest. */

import { tensorsIn } from '../checks.js'
import { kernelSuffix, widthOf } from '../dtype.js'
import { RangeError, ShapeError } from '../errors.js'
import { checkOptions, operation } from '../operation.js'
import { showType } from '../print.js'
import { canonicalAxis, range, sameShape, sizeOf, sizesBetween } from '../shape.js'
import { show } from '../show.js'
import { type Abstract, Tensor } from '../tensor.js'
import { moveBatchAxis } from './batching.js'
import { broadcastedIota } from './iota.js'
import { atLeast, integer } from './parameters.js'
import { bind, type Emitter, type Operand, type Params, type Primitive, primitive } from './primitive.js'
import { transpose } from './shape.js'
import { takeRows } from './take-rows.js'

interface SortParams extends Params {
  /** How many operands are keys; ties of the first are ordered by the second and so on. */
  readonly numKeys: number
}

const positions = (x: Tensor, axis: number): Tensor => broadcastedIota('int32', x.sizes, axis)

/** Sorts positions by the last key first, each pass keeping the order of the one before among equals. */
const emitPermutation = (emit: Emitter, keys: readonly Operand[], rows: number, n: number): number => {
  const permutation = emit.scratch(rows * n * 4)
  const workspace = emit.scratch(emit.query('sortScratch', n))
  emit.call('iota_i32', permutation, rows, n, 1, 0)
  for (const key of [...keys].reverse()) {
    emit.call(`sortPerm_${kernelSuffix(key.dtype)}`, key.pointer, permutation, rows, n, workspace)
  }
  return permutation
}

/** Sorts along the last axis. */
const sortP: Primitive<SortParams> = primitive<SortParams>({
  name: 'sort',
  operands: atLeast(1),
  parameters: { numKeys: integer() },
  abstract: (inputs, { numKeys }) => {
    const first = inputs[0] as Abstract
    if (first.shape.length === 0) throw new ShapeError(`sort: ${showType(first)} has no axis to sort along.`)
    for (const x of inputs) {
      if (sameShape(x.shape, first.shape)) continue
      throw new ShapeError(
        `sort: the operands ${inputs.map(showType).join(' and ')} differ in shape; they are sorted together.`,
      )
    }
    if (!Number.isInteger(numKeys) || numKeys < 1 || numKeys > inputs.length) {
      throw new RangeError(
        `sort: numKeys is ${numKeys}, and there are ${inputs.length} operands. It goes from 1 to their number.`,
      )
    }
    return inputs
  },
  lower: (emit, inputs, outputs, { numKeys }) => {
    const { shape, dtype, pointer } = inputs[0] as Operand
    const n = shape[shape.length - 1] as number
    const rows = sizeOf(sizesBetween(shape, 0, -1))
    if (inputs.length === 1) {
      const workspace = emit.scratch(emit.query('sortScratch', n))
      emit.call(`sort_${kernelSuffix(dtype)}`, pointer, (outputs[0] as Operand).pointer, rows, n, workspace)
      return
    }
    const permutation = emitPermutation(emit, inputs.slice(0, numKeys), rows, n)
    inputs.forEach((x, i) => {
      emit.call(`takeRows_${widthOf(x.dtype)}`, x.pointer, permutation, (outputs[i] as Operand).pointer, rows, n, n)
    })
  },
  jvp: (primals, tangents, { numKeys }) => {
    const last = (primals[0] as Tensor).ndim - 1
    const sorted = bind(sortP, [...primals, positions(primals[0] as Tensor, last)], { numKeys })
    const permutation = sorted[primals.length] as Tensor
    return [sorted.slice(0, -1), tangents.map((dx) => (dx ? takeRows(dx, permutation) : null))]
  },
  batch: (inputs, axes, { numKeys }, { size }) => {
    const front = inputs.map((x, i) => moveBatchAxis(x, axes[i] ?? null, 0, size))
    return [bind(sortP, front, { numKeys }), front.map(() => 0)]
  },
})

const withLast = (x: Tensor, axis: number): Tensor => {
  const order = range(x.ndim)
  order[axis] = x.ndim - 1
  order[x.ndim - 1] = axis
  return transpose(x, order)
}

export interface SortOptions {
  /** The axis to sort along; the last by default. */
  readonly dimension?: number
  /** Sorting is always stable here; the option is JAX's. */
  readonly isStable?: boolean
  /** How many of the operands are keys; the others are only carried along. Default 1. */
  readonly numKeys?: number
}

/**
 * Sorts ascending along an axis, stably, with −0 equal to 0 and NaN last. Several operands are sorted together by the first
 * `numKeys` of them, as the rows of a table are by its columns.
 * @throws ShapeError if shapes differ, RangeError if the axis or `numKeys` is outside
 * @example lax.sort([np.array([2, 1, 1]), np.array([0, 1, 2])]) // [[1, 1, 2], [1, 2, 0]]
 */
export function sort(operand: Tensor, options?: SortOptions): Tensor
export function sort(operands: readonly Tensor[], options?: SortOptions): readonly Tensor[]
export function sort(operand: Tensor | readonly Tensor[], options: SortOptions = {}): Tensor | readonly Tensor[] {
  checkOptions('sort', options, ['dimension', 'isStable', 'numKeys'])
  const operands = operand instanceof Tensor ? [operand] : tensorsIn('sort', 'the list of operands', operand)
  const [first] = operands
  if (first === undefined) throw new ShapeError('sort: needs at least one operand.')
  const axis = canonicalAxis('sort', options.dimension ?? -1, first.ndim)
  const rows = operands.map((x) => (x.ndim > axis ? withLast(x, axis) : x))
  const sorted = bind(sortP, rows, { numKeys: options.numKeys ?? 1 }).map((x) => withLast(x, axis))
  return operand instanceof Tensor ? (sorted[0] as Tensor) : sorted
}

/**
 * Keys sorted, and values in the order of their keys.
 * @example
 * const [keys, values] = lax.sortKeyVal(np.array([3, 1, 2]), np.array([30, 10, 20]))
 * keys // [1, 2, 3]
 * values // [10, 20, 30]
 */
export const sortKeyVal = operation(
  'sortKeyVal',
  { at: 2, names: ['dimension', 'isStable', 'numKeys'] },
  (keys: Tensor, values: Tensor, options: SortOptions = {}): readonly [Tensor, Tensor] =>
    sort([keys, values], { ...options, numKeys: 1 }) as unknown as readonly [Tensor, Tensor],
)

/**
 * The positions that sort `x` along an axis: int32, ties in their order.
 * @example lax.argsort(np.array([3, 1, 2])).toArray() // [1, 2, 0]
 */
export const argsort = (x: Tensor, axis = -1): Tensor => {
  const dimension = canonicalAxis('argsort', axis, x.ndim)
  return sort([x, positions(x, dimension)], { dimension })[1] as Tensor
}

interface TopKParams extends Params {
  readonly k: number
}

const topKP = primitive<TopKParams>({
  name: 'topK',
  operands: 1,
  parameters: { k: integer() },
  abstract: ([x], { k }) => {
    const type = x as Abstract
    const n = type.shape[type.shape.length - 1]
    if (n === undefined || !Number.isInteger(k) || k < 0 || k > n) {
      throw new RangeError(
        `topK: there are no ${show(k)} largest along the last axis of ${showType(type)}. k goes from 0 to its size.`,
      )
    }
    const shape = [...type.shape.slice(0, -1), k]
    return [
      { ...type, shape },
      { shape, dtype: 'int32', weakType: false },
    ]
  },
  lower: (emit, [x], [values, indices], { k }) => {
    const { pointer, shape, dtype } = x as Operand
    const n = shape[shape.length - 1] as number
    const workspace = emit.scratch(emit.query('sortScratch', n))
    const [to, at] = [(values as Operand).pointer, (indices as Operand).pointer]
    emit.call(`topK_${kernelSuffix(dtype)}`, pointer, to, at, sizeOf(sizesBetween(shape, 0, -1)), n, k, workspace)
  },
  jvp: ([x], [dx], { k }) => {
    const [values, indices] = topK(x as Tensor, k)
    return [
      [values, indices],
      [dx ? takeRows(dx, indices) : null, null],
    ]
  },
  batch: ([x], [axis], { k }, { size }) => [topK(moveBatchAxis(x as Tensor, axis ?? null, 0, size), k), [0, 0]],
})

/**
 * The k largest along the last axis in descending order, and their int32 positions; of equals the first, NaN before all.
 * @throws RangeError if k is larger than the axis
 * @example lax.topK(np.array([1, 3, 2]), 2)[1].toArray() // [1, 2]
 */
export const topK = (x: Tensor, k: number): readonly [Tensor, Tensor] =>
  bind(topKP, [x], { k }) as unknown as readonly [Tensor, Tensor]
