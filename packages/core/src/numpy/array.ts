/** Tensors from JavaScript values. */

import { allocate, type DType, dtypeOfArray, type TypedArray } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { named, operation } from '../operation.js'
import { concatenate } from '../primitives/concatenate.js'
import { convertElementType } from '../primitives/convert.js'
import { reshape } from '../primitives/shape.js'
import { showType } from '../print.js'
import { largestRank, sameShape, sizeOf } from '../shape.js'
import { show } from '../show.js'
import { ConcreteTensor, Tensor, type TensorLike } from '../tensor.js'
import { type Dual, dual } from './dual.js'
import { promoteDTypes } from './promotion.js'
import { checkDType, storeNumbers } from './storage.js'

/** What becomes a tensor: numbers, booleans, tensors, typed arrays, and nested arrays of them. */
export type ArrayLike = TensorLike | ArrayBufferView | readonly ArrayLike[]

export interface DTypeOption {
  readonly dtype?: DType
}

type Row = readonly ArrayLike[] | TypedArray | readonly number[]

const isRow = (x: unknown): x is Row => Array.isArray(x) || ArrayBuffer.isView(x)

const lengthOf = (row: Row): number => {
  if (Array.isArray(row)) return row.length
  dtypeOfArray(row as TypedArray)
  return (row as TypedArray).length
}

/** The shape that the first elements of each level suggest. @throws ShapeError for more levels than a tensor has axes, as where an array holds itself */
const shapeOf = (x: ArrayLike): number[] => {
  const shape: number[] = []
  let level: unknown = x
  while (isRow(level)) {
    if (shape.length === largestRank) throw tooDeep(x)
    shape.push(lengthOf(level))
    level = level[0]
  }
  return shape
}

const tooDeep = (x: ArrayLike): ShapeError => {
  const above: unknown[] = []
  for (let level: unknown = x; isRow(level) && above.length <= largestRank; level = level[0]) {
    const holder = above.indexOf(level)
    if (holder !== -1) return holdsItself(above.length, holder)
    above.push(level)
  }
  return new ShapeError(
    `array: the rows are nested deeper than ${largestRank} levels, the most axes that a tensor has.`,
  )
}

const holdsItself = (depth: number, holder: number): ShapeError => {
  const at = (levels: number): string => `array${'[0]'.repeat(levels)}`
  return new ShapeError(`array: ${at(depth)} is ${at(holder)} again: an array that holds itself has no shape.`)
}

const describe = (x: unknown): string => {
  if (isRow(x)) return `an array of length ${lengthOf(x)}`
  return x instanceof Tensor
    ? showType(x)
    : x === null
      ? 'null'
      : typeof x === 'object'
        ? show(x)
        : x === undefined
          ? 'undefined'
          : `${typeof x} ${show(x)}`
}

const place = (path: readonly number[]): string => (path.length === 0 ? '' : ` at [${path.join('][')}]`)

/** The numbers and booleans of nested rows, in order, and what they are. */
interface Leaves {
  readonly values: Float64Array
  readonly tensors: Tensor[]
  numbers: boolean
}

const collect = (x: ArrayLike, shape: readonly number[]): Leaves => {
  const leaves: Leaves = {
    values: allocate('float64', sizeOf(shape)) as Float64Array,
    tensors: [],
    numbers: sizeOf(shape) === 0,
  }
  let next = 0
  const path: number[] = []
  const visit = (value: unknown, axis: number): void => {
    if (axis < shape.length) {
      const n = shape[axis] as number
      if (!isRow(value) || lengthOf(value) !== n) {
        throw new ShapeError(
          `array: rows differ in length:${place(path)} stands ${describe(value)}, but an array of length ${n} was there before. ` +
            'All rows of one level need the same length.',
        )
      }
      for (let i = 0; i < n; i++) {
        const x = value[i]
        if (typeof x === 'number' && axis === shape.length - 1) {
          leaves.values[next++] = x
          leaves.numbers = true
          continue
        }
        path.push(i)
        visit(value[i], axis + 1)
        path.pop()
      }
      return
    }
    if (typeof value === 'number') {
      leaves.numbers = true
      leaves.values[next++] = value
    } else if (typeof value === 'boolean') leaves.values[next++] = Number(value)
    else if (value instanceof Tensor) leaves.tensors.push(value)
    else if (isRow(value)) {
      throw new ShapeError(
        `array: rows differ in depth:${place(path)} stands ${describe(value)}, but a number was there before.`,
      )
    } else throw new DTypeError(`array:${place(path)} stands ${describe(value)}. Tensors hold numbers and booleans.`)
  }
  visit(x, 0)
  return leaves
}

/** Tensors among the leaves are stacked; numbers beside them are scalars. */
const stackLeaves = (x: ArrayLike, shape: readonly number[], dtype: DType | undefined): Tensor => {
  const leaves: TensorLike[] = []
  const walk = (value: unknown, axis: number): void => {
    if (axis === shape.length) leaves.push(value as TensorLike)
    else for (const item of value as readonly unknown[]) walk(item, axis + 1)
  }
  walk(x, 0)
  const tensors = promoteDTypes('array', leaves)
  const [first] = tensors as [Tensor]
  const odd = tensors.find((t) => !sameShape(t.sizes, first.sizes))
  if (odd !== undefined) {
    throw new ShapeError(`array: ${showType(first)} and ${showType(odd)} differ in shape, so they do not stack.`)
  }
  const joined = concatenate(
    tensors.map((t) => reshape(t, [1, ...t.sizes])),
    0,
  )
  const y = reshape(joined, [...shape, ...first.sizes])
  return convertElementType(y, dtype ?? y.dtype)
}

const fromTyped = (x: ArrayBufferView, dtype: DType | undefined): Tensor => {
  const own = dtypeOfArray(x)
  const source = x as TypedArray
  const target = allocate(dtype ?? own, source.length)
  if (dtype === undefined || dtype === own) target.set(source)
  else storeNumbers('array', target, source, dtype)
  return new ConcreteTensor([source.length], dtype ?? own, target)
}

/**
 * A tensor of numbers, booleans, nested arrays or a typed array, which is always copied. Numbers become float32, booleans bool,
 * a typed array keeps its type; `dtype` says otherwise. Tensors inside arrays are stacked.
 * @throws ShapeError if rows differ in length, DTypeError for what is no number, RangeError for numbers that the dtype does not hold
 * @example np.array([[1, 2], [3, 4]]).shape // [2, 2]
 * @example np.array([1, 2], { dtype: 'int32' }).dtype // 'int32'
 */
export const array = operation(
  'array',
  { at: 1, names: ['dtype'] },
  (x: ArrayLike, { dtype }: DTypeOption = {}): Tensor => {
    if (dtype !== undefined) checkDType('array', dtype)
    if (x instanceof Tensor) return convertElementType(x, dtype ?? x.dtype)
    if (ArrayBuffer.isView(x)) return fromTyped(x, dtype)
    const shape = shapeOf(x)
    const leaves = collect(x, shape)
    if (leaves.tensors.length > 0) return stackLeaves(x, shape, dtype)
    const type = dtype ?? (leaves.numbers ? 'float32' : 'bool')
    const storage = allocate(type, leaves.values.length)
    storeNumbers('array', storage, leaves.values, type)
    return new ConcreteTensor(shape, type, storage)
  },
)

/**
 * As `array`: there are no views to keep.
 * @throws ShapeError, DTypeError, RangeError as `array`
 * @example np.asarray([1, 2]).toArray() // [1, 2]
 */
export const asarray = array

/** `x` in another dtype. @throws DTypeError for a name that is none @example np.astype(np.array([1.7]), 'int32').toArray() // [1] */
export const astype: Dual<[dtype: DType]> = dual('astype', 1, [], (x: TensorLike, dtype: DType) => array(x, { dtype }))

/** A tensor never changes, so a copy is the tensor itself. @example np.copy(np.array([1])).toArray() // [1] */
export const copy = named('copy', (x: TensorLike): Tensor => array(x))
