/** Tensors put together. */

import { listOf as listIn } from '../checks.js'
import { ShapeError } from '../errors.js'
import { named, operation } from '../operation.js'
import { concatenate as concatenateP } from '../primitives/concatenate.js'
import { convertElementType } from '../primitives/convert.js'
import { reshape } from '../primitives/shape.js'
import { showType } from '../print.js'
import { canonicalAxis, largestRank, sameShape, sizesOf } from '../shape.js'
import { Tensor, type TensorLike, toTensor } from '../tensor.js'
import type { DTypeOption } from './array.js'
import { promoteDTypes } from './promotion.js'
import { atleast1d, atleast2d, atleast3d, ravel } from './shaping.js'
import { checkDType } from './storage.js'

/** Several tensors; a tensor with a first axis counts as its slices. */
export type TensorList = readonly TensorLike[] | Tensor

const listOf = (operation: string, tensors: TensorList): readonly Tensor[] => {
  const list = tensors instanceof Tensor ? [...tensors] : listIn(operation, 'the first argument', tensors)
  if (list.length === 0) throw new ShapeError(`${operation}: needs at least one tensor, and the list is empty.`)
  return promoteDTypes(operation, list)
}

export interface JoinOptions extends DTypeOption {
  /** Default 0. */
  readonly axis?: number
}

const converted = (x: Tensor, { dtype }: DTypeOption): Tensor =>
  dtype === undefined ? x : convertElementType(x, checkDType('concatenate', dtype))

export interface ConcatenateOptions extends DTypeOption {
  /** Default 0; null flattens first. */
  readonly axis?: number | null
}

/**
 * Tensors joined along an existing axis, in the dtype they promote to.
 * @throws ShapeError for an empty list, scalars, or sizes that differ in another axis; RangeError for an axis outside them
 * @example np.concatenate([np.array([1, 2]), np.array([3])]).toArray() // [1, 2, 3]
 */
export const concatenate = operation(
  'concatenate',
  { at: 1, names: ['axis', 'dtype'] },
  (tensors: TensorList, options: ConcatenateOptions = {}): Tensor => {
    const { axis = 0 } = options
    const list = listOf('concatenate', tensors)
    const scalar = list.find((x) => x.ndim === 0)
    if (axis === null) return converted(concatenateP(list.map(ravel), 0), options)
    if (scalar !== undefined) {
      throw new ShapeError(
        'concatenate: scalars have no axis to join along. np.stack gives them one; or use { axis: null }.',
      )
    }
    return converted(concatenateP(list, axis), options)
  },
)

/** The array API's name of `concatenate`. @throws ShapeError, RangeError as there @example np.concat([np.ones([1]), np.zeros([1])]).toArray() // [1, 0] */
export const concat = concatenate

/**
 * Tensors of one shape joined along a new axis.
 * @throws ShapeError for an empty list or shapes that differ, RangeError for an axis outside the result
 * @example np.stack([np.array([1, 2]), np.array([3, 4])], { axis: 1 }).toArray() // [[1, 3], [2, 4]]
 */
export const stack = operation(
  'stack',
  { at: 1, names: ['axis', 'dtype'] },
  (tensors: TensorList, options: JoinOptions = {}): Tensor => {
    const { axis = 0 } = options
    const list = listOf('stack', tensors)
    const first = list[0] as Tensor
    const at = canonicalAxis('stack', axis, first.ndim + 1)
    const shape = sizesOf(first.sizes)
    shape.splice(at, 0, 1)
    const rows = list.map((x) => {
      if (sameShape(x.sizes, first.sizes)) return reshape(x, shape)
      throw new ShapeError(
        `stack: ${showType(first)} and ${showType(x)} differ in shape. np.concatenate joins along an axis that exists.`,
      )
    })
    return converted(concatenateP(rows, at), options)
  },
)

/** Joined along axis 0 as rows. @throws ShapeError as `concatenate` @example np.vstack([np.array([1, 2]), np.array([3, 4])]).toArray() // [[1, 2], [3, 4]] */
export const vstack = operation(
  'vstack',
  { at: 1, names: ['dtype'] },
  (tensors: TensorList, options: DTypeOption = {}): Tensor =>
    converted(concatenateP(listOf('vstack', tensors).map(atleast2d), 0), options),
)

/** Joined along axis 1, vectors along axis 0. @throws ShapeError as `concatenate` @example np.hstack([np.array([1, 2]), np.array([3])]).toArray() // [1, 2, 3] */
export const hstack = operation(
  'hstack',
  { at: 1, names: ['dtype'] },
  (tensors: TensorList, options: DTypeOption = {}): Tensor => {
    const list = listOf('hstack', tensors).map(atleast1d)
    return converted(concatenateP(list, (list[0] as Tensor).ndim === 1 ? 0 : 1), options)
  },
)

/** Joined along axis 2. @throws ShapeError as `concatenate` @example np.dstack([np.array([1, 2]), np.array([3, 4])]).toArray() // [[[1, 3], [2, 4]]] */
export const dstack = operation(
  'dstack',
  { at: 1, names: ['dtype'] },
  (tensors: TensorList, options: DTypeOption = {}): Tensor =>
    converted(concatenateP(listOf('dstack', tensors).map(atleast3d), 2), options),
)

/** Vectors as the columns of a matrix; matrices side by side. @throws ShapeError as `concatenate` @example np.columnStack([np.array([1, 2]), np.array([3, 4])]).toArray() // [[1, 3], [2, 4]] */
export const columnStack = named('columnStack', (tensors: TensorList): Tensor => {
  const columns = listOf('columnStack', tensors).map((x) => (x.ndim < 2 ? reshape(x, [x.size, 1]) : x))
  return concatenateP(columns, 1)
})

export interface AppendOptions {
  /** Without an axis both are flattened first. */
  readonly axis?: number | null
}

/**
 * Values joined to the end of a tensor.
 * @throws ShapeError, RangeError as `concatenate`
 * @example np.append(np.array([1, 2]), 3).toArray() // [1, 2, 3]
 */
export const append = operation(
  'append',
  { at: 2, names: ['axis'] },
  (x: TensorLike, values: TensorLike, { axis = null }: AppendOptions = {}): Tensor =>
    concatenate([x, values], { axis }),
)

/** Nested lists of blocks. */
export type Blocks = TensorLike | readonly Blocks[]

/** As deep as a tensor may have axes; a list that holds itself is deeper. */
const depthOf = (blocks: Blocks): number => {
  let depth = 0
  for (let x = blocks; Array.isArray(x); x = x[0] as Blocks) {
    if (++depth > largestRank)
      throw new ShapeError(`block: lists are nested deeper than ${largestRank} levels, or hold themselves.`)
  }
  return depth
}

/**
 * A tensor from nested lists of blocks: the innermost are joined along the last axis, the next along the one before, and so on.
 * @throws ShapeError if blocks do not fit or lists differ in depth
 * @example np.block([[np.ones([1, 2]), np.zeros([1, 1])]]).toArray() // [[1, 1, 0]]
 */
export const block = named('block', (blocks: Blocks): Tensor => {
  const depth = depthOf(blocks)
  const rankOf = (x: Blocks, level: number): number => {
    if (!Array.isArray(x)) return toTensor(x as TensorLike).ndim
    if (level === depth) throw new ShapeError('block: lists differ in depth. Every block stands at the same one.')
    return Math.max(...x.map((b: Blocks) => rankOf(b, level + 1)))
  }
  const rank = Math.max(depth, rankOf(blocks, 0))
  const leavesOf = (x: Blocks): readonly TensorLike[] =>
    Array.isArray(x) ? x.flatMap((b) => leavesOf(b as Blocks)) : [x as TensorLike]
  // All promote together, so that numbers take the dtype of the tensors wherever these stand.
  const leaves = promoteDTypes('block', leavesOf(blocks)).values()
  const join = (x: Blocks, level: number): Tensor => {
    if (Array.isArray(x)) {
      if (level === depth) throw new ShapeError('block: lists differ in depth. Every block stands at the same one.')
      return concatenate(
        x.map((b) => join(b as Blocks, level + 1)),
        { axis: rank - depth + level },
      )
    }
    if (level !== depth) throw new ShapeError('block: lists differ in depth. Every block stands at the same one.')
    const tensor = leaves.next().value as Tensor
    return reshape(tensor, [...new Array<number>(rank - tensor.ndim).fill(1), ...sizesOf(tensor.sizes)])
  }
  return join(blocks, 0)
})
