/** Tensors from a rule: constants, ranges, grids, functions of positions. */

import { checkNumber } from '../checks.js'
import { allocate, type DType, isFloat } from '../dtype.js'
import { DTypeError, RangeError, ShapeError } from '../errors.js'
import { checkOptions, named, operation } from '../operation.js'
import { concatenate } from '../primitives/concatenate.js'
import { convertElementType } from '../primitives/convert.js'
import { broadcastedIota } from '../primitives/iota.js'
import { broadcastInDim, reshape } from '../primitives/shape.js'
import { showType } from '../print.js'
import { checkCount, checkShape, type Shape } from '../shape.js'
import { show } from '../show.js'
import { ConcreteTensor, repeated, Tensor, type TensorLike, toTensor } from '../tensor.js'
import type { DTypeOption } from './array.js'
import { type Dual, type DualOptions, dual, dualOptions } from './dual.js'
import { broadcastTo } from './shaping.js'
import { checkDType, storeNumbers } from './storage.js'

const checkedShape = (operation: string, shape: Shape | number): Shape => {
  const list = typeof shape === 'number' ? [shape] : shape
  checkShape(operation, list)
  return list
}

const shapeFrom = (operation: string, shape: Shape | number): Shape => [...checkedShape(operation, shape)]

const filled = (operation: string, value: number, shape: Shape | number, dtype: DType): Tensor =>
  repeated(value, checkedShape(operation, shape), checkDType(operation, dtype))

/** Zeros, float32 unless said. @throws ShapeError for what is no shape @example np.zeros([2]).toArray() // [0, 0] */
export const zeros = operation(
  'zeros',
  { at: 1, names: ['dtype'] },
  (shape: Shape | number, { dtype = 'float32' }: DTypeOption = {}): Tensor => filled('zeros', 0, shape, dtype),
)

/** Ones, float32 unless said. @throws ShapeError for what is no shape @example np.ones([2]).toArray() // [1, 1] */
export const ones = operation(
  'ones',
  { at: 1, names: ['dtype'] },
  (shape: Shape | number, { dtype = 'float32' }: DTypeOption = {}): Tensor => filled('ones', 1, shape, dtype),
)

/** Zeros: memory without values does not exist here. @throws ShapeError for what is no shape @example np.empty([1]).toArray() // [0] */
export const empty = zeros

/**
 * One value everywhere: a number (float32 unless said), a boolean, or a tensor that broadcasts.
 * @throws ShapeError for what is no shape
 * @example np.full([2], 7).toArray() // [7, 7]
 */
export const full = operation(
  'full',
  { at: 2, names: ['dtype'] },
  (shape: Shape | number, fillValue: TensorLike, { dtype }: DTypeOption = {}): Tensor => {
    if (fillValue instanceof Tensor) {
      return broadcastTo(convertElementType(fillValue, dtype ?? fillValue.dtype), shapeFrom('full', shape))
    }
    const type = dtype ?? (typeof fillValue === 'boolean' ? 'bool' : 'float32')
    checkDType('full', type)
    if (typeof fillValue !== 'number' && typeof fillValue !== 'boolean')
      throw new DTypeError(`full: the value is ${show(fillValue)}; it has to be a number, a boolean or a tensor.`)
    const one = allocate(type, 1)
    storeNumbers('full', one, [Number(fillValue)], type)
    return filled('full', one[0] as number, shape, type)
  },
)

export interface LikeOptions extends DTypeOption {
  /** Default: that of the other tensor. */
  readonly shape?: Shape
}

const like =
  (value: number) =>
  (x: TensorLike, { dtype, shape }: LikeOptions): Tensor => {
    const tensor = toTensor(x)
    return filled('zerosLike', value, shape ?? tensor.sizes, dtype ?? tensor.dtype)
  }

/** Zeros of another tensor's shape and dtype. @example np.zerosLike(np.array([3, 4])).toArray() // [0, 0] */
export const zerosLike: DualOptions<LikeOptions> = dualOptions('zerosLike', ['shape', 'dtype'], like(0))

/** Ones of another tensor's shape and dtype. @example np.onesLike(np.array([3, 4])).toArray() // [1, 1] */
export const onesLike: DualOptions<LikeOptions> = dualOptions('onesLike', ['shape', 'dtype'], like(1))

/** Zeros of another tensor's shape and dtype, see `empty`. @example np.emptyLike(np.array([3])).toArray() // [0] */
export const emptyLike = zerosLike

/** One value in another tensor's shape and dtype. @example np.fullLike(np.array([3, 4]), 9).toArray() // [9, 9] */
export const fullLike: Dual<[fillValue: TensorLike, options?: LikeOptions]> = dual(
  'fullLike',
  1,
  ['shape', 'dtype'],
  (x: TensorLike, fillValue: TensorLike, { dtype, shape }: LikeOptions = {}) => {
    const tensor = toTensor(x)
    return full(shape ?? tensor.sizes, fillValue, { dtype: dtype ?? tensor.dtype })
  },
)

/** Arguments before a trailing options record. */
const positional = <O extends object>(args: readonly (number | O | undefined)[]): readonly [number[], Partial<O>] => {
  const numbers = args.filter((a) => typeof a === 'number')
  const options = args.find((a) => typeof a === 'object')
  return [numbers, (options as O | undefined) ?? {}]
}

/** `arange(stop)`, `arange(start, stop)`, `arange(start, stop, step)`, each with options last. */
export interface Arange {
  (stop: number, options?: DTypeOption): Tensor
  (start: number, stop: number, options?: DTypeOption): Tensor
  (start: number, stop: number, step: number, options?: DTypeOption): Tensor
}

const counted = (...args: readonly (number | DTypeOption | undefined)[]): Tensor => {
  const [numbers, options] = positional<DTypeOption>(args)
  checkOptions('arange', options, ['dtype'])
  const { dtype } = options
  const [start, stop, step] =
    numbers.length === 1
      ? [0, numbers[0] as number, 1]
      : ([numbers[0], numbers[1], numbers[2] ?? 1] as [number, number, number])
  if (![start, stop, step].every(Number.isFinite) || step === 0) {
    throw new RangeError(
      `arange: ${show(start)} to ${show(stop)} by ${show(step)} is no range. Start and stop are finite, the step is not 0.`,
    )
  }
  const type = dtype ?? (numbers.every(Number.isInteger) ? 'int32' : 'float32')
  const n = Math.max(0, Math.ceil((stop - start) / step))
  checkCount('arange', `the number of steps from ${start} to ${stop} by ${step}`, n)
  const storage = allocate(checkDType('arange', type), n)
  const values = allocate('float64', n)
  for (let i = 0; i < n; i++) values[i] = start + i * step
  storeNumbers('arange', storage, values, type)
  return new ConcreteTensor([n], type, storage)
}

/**
 * start, start + step, … before stop: int32 if all arguments are whole, float32 otherwise.
 * @throws RangeError for a step of 0 or an infinite end
 * @example np.arange(3).toArray() // [0, 1, 2]
 * @example np.arange(1, 2, 0.25).toArray() // [1, 1.25, 1.5, 1.75]
 */
export const arange = counted as Arange

export interface LinspaceOptions extends DTypeOption {
  /** How many; default 50. */
  readonly num?: number
  /** Whether stop is the last one; default true. */
  readonly endpoint?: boolean
}

export type Spacing = (start: number, stop: number, num?: number | LinspaceOptions, options?: LinspaceOptions) => Tensor

/** A function from start and stop, whose options stand third or, after the count, fourth. */
const spacing = <O extends object>(
  name: string,
  names: readonly (keyof O & string)[],
  f: (start: number, stop: number, num?: number | O, options?: O) => Tensor,
): ((start: number, stop: number, num?: number | O, options?: O) => Tensor) =>
  operation(name, { at: 3, names }, (start: number, stop: number, num?: number | O, options?: O) => {
    if (typeof num !== 'number') checkOptions(name, num, names)
    return f(start, stop, num, options)
  })

/** Evenly spaced numbers, passed through `transform`. */
const spaced = (
  operation: string,
  start: number,
  stop: number,
  num: number | LinspaceOptions | undefined,
  options: LinspaceOptions | undefined,
  transform: (value: number, index: number, count: number) => number,
): Tensor => {
  for (const end of [start, stop]) checkNumber(operation, 'an end', end)
  const settings = { ...(typeof num === 'object' ? num : {}), ...options }
  const count = typeof num === 'number' ? num : (settings.num ?? 50)
  checkCount(operation, 'num', count)
  const { endpoint = true, dtype = 'float32' } = settings
  const intervals = endpoint ? count - 1 : count
  const values = allocate('float64', count)
  for (let i = 0; i < count; i++) {
    const fraction = intervals > 0 ? i / intervals : 0
    const value = endpoint && i === count - 1 && i > 0 ? stop : start + (stop - start) * fraction
    values[i] = transform(value, i, count)
  }
  const storage = allocate(checkDType(operation, dtype), count)
  storeNumbers(operation, storage, isFloat(dtype) ? values : values.map(Math.floor), dtype)
  return new ConcreteTensor([count], dtype, storage)
}

/**
 * `num` numbers (50 unless said) spaced evenly from start to stop.
 * @throws RangeError unless num is a whole number ≥ 0
 * @example np.linspace(0, 1, 5).toArray() // [0, 0.25, 0.5, 0.75, 1]
 * @example np.linspace(0, 1, { num: 4, endpoint: false }).toArray() // [0, 0.25, 0.5, 0.75]
 */
export const linspace: Spacing = spacing('linspace', ['num', 'endpoint', 'dtype'], (start, stop, num, options) =>
  spaced('linspace', start, stop, num, options, (x) => x),
)

export interface LogspaceOptions extends LinspaceOptions {
  /** Default 10. */
  readonly base?: number
}

/**
 * Powers of a base (10 unless said) whose exponents are spaced evenly from start to stop.
 * @throws RangeError unless num is a whole number ≥ 0
 * @example np.logspace(0, 2, 3).toArray() // [1, 10, 100]
 */
export const logspace = spacing(
  'logspace',
  ['base', 'num', 'endpoint', 'dtype'],
  (start: number, stop: number, num?: number | LogspaceOptions, options?: LogspaceOptions): Tensor => {
    const base = (typeof num === 'object' ? num?.base : options?.base) ?? 10
    return spaced('logspace', start, stop, num, options, (x) => base ** x)
  },
)

/**
 * Numbers from start to stop whose neighbours have one ratio; both ends have the same sign.
 * @throws RangeError if an end is 0, the signs differ, or num is no whole number ≥ 0
 * @example np.geomspace(1, 8, 4).toArray() // [1, 2, 4, 8]
 */
export const geomspace: Spacing = spacing('geomspace', ['num', 'endpoint', 'dtype'], (start, stop, num, options) => {
  for (const end of [start, stop]) checkNumber('geomspace', 'an end', end)
  if (!(start * stop > 0)) {
    throw new RangeError(
      `geomspace: from ${start} to ${stop} there is no geometric progression; both ends have to be ≠ 0 and of one sign.`,
    )
  }
  const sign = Math.sign(start)
  const endpoint = (typeof num === 'object' ? num?.endpoint : options?.endpoint) ?? true
  return spaced('geomspace', Math.log2(Math.abs(start)), Math.log2(Math.abs(stop)), num, options, (x, i, n) => {
    if (i === 0) return start
    return endpoint && i === n - 1 ? stop : sign * 2 ** x
  })
})

export interface MeshgridOptions {
  /** 'xy' (default) lets the first two axes of the result be those of the second and first vector; 'ij' keeps their order. */
  readonly indexing?: 'xy' | 'ij'
  /** Leaves axes at size 1 instead of repeating. */
  readonly sparse?: boolean
}

/**
 * Coordinates on a grid: for vectors x, y, … tensors over all combinations. Options come last.
 * @throws ShapeError for what is neither scalar nor vector
 * @example np.meshgrid(np.arange(2), np.arange(3)).map((t) => t.shape) // [[3, 2], [3, 2]]
 */
export const meshgrid = named('meshgrid', (...args: readonly (Tensor | MeshgridOptions)[]): readonly Tensor[] => {
  const vectors = args.filter((a) => a instanceof Tensor)
  const last = args[args.length - 1]
  const options: MeshgridOptions = last instanceof Tensor || last === undefined ? {} : last
  checkOptions('meshgrid', options, ['indexing', 'sparse'])
  const { indexing = 'xy', sparse = false } = options
  const exchanged = indexing === 'xy' && vectors.length >= 2
  const axisOf = (i: number): number => (exchanged && i < 2 ? 1 - i : i)
  const shape = new Array<number>(vectors.length)
  vectors.forEach((x, i) => {
    if (x.ndim > 1) throw new ShapeError(`meshgrid: ${showType(x)} is no vector. Give one vector per axis of the grid.`)
    shape[axisOf(i)] = x.size
  })
  return vectors.map((x, i) => {
    const vector = reshape(x, [x.size])
    const target = sparse ? shape.map((n, axis) => (axis === axisOf(i) ? n : 1)) : shape
    return broadcastInDim(vector, target, [axisOf(i)])
  })
})

export interface IndicesOptions extends DTypeOption {
  readonly sparse?: boolean
}

/**
 * The positions of all elements of a shape: one int32 tensor per axis, stacked unless `sparse`.
 * @throws ShapeError for what is no shape
 * @example np.indices([2, 2]).toArray() // [[[0, 0], [1, 1]], [[0, 1], [0, 1]]]
 */
export function indices(dimensions: Shape, options: IndicesOptions & { readonly sparse: true }): readonly Tensor[]
export function indices(dimensions: Shape, options?: IndicesOptions & { readonly sparse?: false }): Tensor
export function indices(dimensions: Shape, options: IndicesOptions = {}): Tensor | readonly Tensor[] {
  checkOptions('indices', options, ['sparse', 'dtype'])
  const { dtype = 'int32', sparse = false } = options
  const shape = shapeFrom('indices', dimensions)
  const grid = shape.map((n, axis) => {
    const target = sparse ? shape.map((_, i) => (i === axis ? n : 1)) : shape
    return broadcastedIota(dtype, target, axis)
  })
  if (sparse) return grid
  if (grid.length === 0) return new ConcreteTensor([0], dtype, allocate(dtype, 0))
  return stackGrid(grid)
}

const stackGrid = (grid: readonly Tensor[]): Tensor =>
  concatenate(
    grid.map((g) => reshape(g, [1, ...g.sizes])),
    0,
  )

/**
 * A tensor as a function of positions: `f` gets one tensor of positions per axis, float32 unless said.
 * @throws ShapeError for what is no shape
 * @example np.fromfunction((i, j) => i.add(j), [2, 2]).toArray() // [[0, 1], [1, 2]]
 */
export const fromfunction = operation(
  'fromfunction',
  { at: 2, names: ['dtype'] },
  (f: (...positions: readonly Tensor[]) => Tensor, shape: Shape, { dtype = 'float32' }: DTypeOption = {}): Tensor => {
    const checked = shapeFrom('fromfunction', shape)
    return f(...checked.map((_, axis) => broadcastedIota(dtype, checked, axis)))
  },
)
