/** Matrices with a pattern, diagonals and triangles. */

import type { DType } from '../dtype.js'
import { ShapeError } from '../errors.js'
import { named, operation } from '../operation.js'
import { sub } from '../primitives/arithmetic.js'
import { eq, le } from '../primitives/compare.js'
import { concatenate, pad } from '../primitives/concatenate.js'
import { convertElementType } from '../primitives/convert.js'
import { integerPow } from '../primitives/exponential.js'
import { broadcastedIota } from '../primitives/iota.js'
import { select } from '../primitives/select.js'
import { broadcastInDim, broadcastTo, reshape } from '../primitives/shape.js'
import { showType } from '../print.js'
import { checkShape, checkSize, checkTerms, range } from '../shape.js'
import { show } from '../show.js'
import { ConcreteTensor, type Tensor, type TensorLike, toTensor, uniform } from '../tensor.js'
import type { DTypeOption } from './array.js'
import { diagonalOf, lastDiagonal } from './diagonal-view.js'
import { type DualOptions, dualOptions } from './dual.js'
import { sum } from './reductions.js'
import { checkDType } from './storage.js'

export interface EyeOptions extends DTypeOption {
  /** Columns; as many as rows by default. */
  readonly M?: number
  /** The diagonal: 0 the main one, positive above it. */
  readonly k?: number
}

const checkDiagonal = (operation: string, k: number): void => {
  if (!Number.isInteger(k))
    throw new ShapeError(`${operation}: k is ${show(k)}; it has to be a whole number, the diagonal.`)
}

/** Column minus row of every element. */
const offsets = (rows: number, columns: number): Tensor =>
  sub(broadcastedIota('int32', [rows, columns], 1), broadcastedIota('int32', [rows, columns], 0))

const sizes = (
  operation: string,
  rows: number,
  columns: number | EyeOptions | undefined,
  options: EyeOptions,
): readonly [number, number] => {
  const count = typeof columns === 'number' ? columns : (options.M ?? rows)
  checkShape(operation, [rows, count])
  checkDiagonal(operation, options.k ?? 0)
  return [rows, count]
}

const settingsOf = (columns: number | EyeOptions | undefined, options: EyeOptions | undefined): EyeOptions =>
  options ?? (typeof columns === 'object' ? columns : {})

/**
 * Ones on a diagonal, zeros elsewhere.
 * @throws ShapeError for what is no size
 * @example np.eye(2).toArray() // [[1, 0], [0, 1]]
 * @example np.eye(2, { M: 3, k: 1 }).toArray() // [[0, 1, 0], [0, 0, 1]]
 */
export const eye = operation(
  'eye',
  { at: 2, names: ['M', 'k', 'dtype'] },
  (rows: number, columns?: number | EyeOptions, options?: EyeOptions): Tensor => {
    const settings = settingsOf(columns, options)
    const [n, m] = sizes('eye', rows, columns, settings)
    return convertElementType(eq(offsets(n, m), settings.k ?? 0), checkDType('eye', settings.dtype ?? 'float32'))
  },
)

/** The square matrix with ones on its diagonal. @throws ShapeError for what is no size @example np.identity(2).toArray() // [[1, 0], [0, 1]] */
export const identity = operation(
  'identity',
  { at: 1, names: ['dtype'] },
  (n: number, { dtype = 'float32' }: DTypeOption = {}): Tensor => eye(n, { dtype }),
)

/**
 * Ones on and below a diagonal, zeros above.
 * @throws ShapeError for what is no size
 * @example np.tri(2).toArray() // [[1, 0], [1, 1]]
 */
export const tri = operation(
  'tri',
  { at: 2, names: ['M', 'k', 'dtype'] },
  (rows: number, columns?: number | EyeOptions, options?: EyeOptions): Tensor => {
    const settings = settingsOf(columns, options)
    const [n, m] = sizes('tri', rows, columns, settings)
    return convertElementType(le(offsets(n, m), settings.k ?? 0), checkDType('tri', settings.dtype ?? 'float32'))
  },
)

export interface DiagonalOption {
  /** The diagonal: 0 (default) the main one, positive above it. */
  readonly k?: number
}

const needMatrix = (operation: string, x: Tensor): void => {
  if (x.ndim < 2) throw new ShapeError(`${operation}: ${showType(x)} is no matrix. It needs at least two axes.`)
}

const triangle =
  (operation: string, keepsLower: boolean) =>
  (x: TensorLike, { k = 0 }: DiagonalOption): Tensor => {
    const tensor = toTensor(x)
    needMatrix(operation, tensor)
    checkDiagonal(operation, k)
    const [n, m] = tensor.sizes.slice(-2) as [number, number]
    const lower = broadcastTo(le(offsets(n, m), keepsLower ? k : k - 1), tensor.sizes)
    const zero = uniform(0, tensor)
    return keepsLower ? select(lower, tensor, zero) : select(lower, zero, tensor)
  }

/**
 * The elements on and below a diagonal of the last two axes, zeros above.
 * @throws ShapeError for fewer than two axes
 * @example np.tril(np.ones([2, 2])).toArray() // [[1, 0], [1, 1]]
 */
export const tril: DualOptions<DiagonalOption> = dualOptions('tril', ['k'], triangle('tril', true))

/**
 * The elements on and above a diagonal of the last two axes, zeros below.
 * @throws ShapeError for fewer than two axes
 * @example np.triu(np.ones([2, 2]), { k: 1 }).toArray() // [[0, 1], [0, 0]]
 */
export const triu: DualOptions<DiagonalOption> = dualOptions('triu', ['k'], triangle('triu', false))

/** The square matrices of size n + |k| with the last axis on diagonal k. */
const withDiagonal = (x: Tensor, k: number): Tensor => {
  const n = x.sizes[x.ndim - 1] as number
  const side = n + Math.abs(k)
  const low = Math.max(0, k)
  const padded = pad(x, 0, [...x.sizes.slice(0, -1).map(() => [0, 0, 0] as const), [low, side - n - low, 0]])
  const shape = [...x.sizes.slice(0, -1), side, side]
  const spread = broadcastInDim(padded, shape, [...range(x.ndim - 1), x.ndim])
  return select(broadcastTo(eq(offsets(side, side), k), shape), spread, uniform(0, spread))
}

export interface DiagonalOptions {
  /** 0 (default) for the main diagonal, positive for those above it. */
  readonly offset?: number
  /** The axis of rows; default 0. */
  readonly axis1?: number
  /** The axis of columns; default 1. */
  readonly axis2?: number
}

/**
 * The diagonal over two axes; it becomes the last axis of the result.
 * @throws ShapeError for fewer than two axes or one axis twice, RangeError for axes outside x
 * @example np.diagonal(np.array([[1, 2], [3, 4]])).toArray() // [1, 4]
 */
export const diagonal: DualOptions<DiagonalOptions> = dualOptions(
  'diagonal',
  ['offset', 'axis1', 'axis2'],
  (x, { offset = 0, axis1 = 0, axis2 = 1 }) => diagonalOf('diagonal', toTensor(x), offset, axis1, axis2),
)

/**
 * The matrix with a vector on its diagonal, or the diagonal of a matrix.
 * @throws ShapeError for other than one or two axes
 * @example np.diag(np.array([1, 2])).toArray() // [[1, 0], [0, 2]]
 * @example np.diag(np.array([[1, 2], [3, 4]])).toArray() // [1, 4]
 */
export const diag: DualOptions<DiagonalOption> = dualOptions('diag', ['k'], (x, { k = 0 }) => {
  const tensor = toTensor(x)
  if (tensor.ndim === 1) return withDiagonal(tensor, k)
  if (tensor.ndim === 2) return lastDiagonal(tensor, k)
  throw new ShapeError(`diag: ${showType(tensor)} is neither vector nor matrix. np.diagonal takes more axes.`)
})

/** The matrix with all elements of a tensor on its diagonal. @example np.diagflat(np.array([[1, 2]])).toArray() // [[1, 0], [0, 2]] */
export const diagflat: DualOptions<DiagonalOption> = dualOptions('diagflat', ['k'], (x, { k = 0 }) => {
  const tensor = toTensor(x)
  return withDiagonal(reshape(tensor, [tensor.size]), k)
})

export interface TraceOptions extends DiagonalOptions {
  /** The dtype to sum in and of the result. */
  readonly dtype?: DType
}

/**
 * The sum of a diagonal.
 * @throws ShapeError for fewer than two axes, RangeError for axes outside x
 * @example np.trace(np.array([[1, 2], [3, 4]])).item() // 5
 */
export const trace: DualOptions<TraceOptions> = dualOptions(
  'trace',
  ['dtype', 'offset', 'axis1', 'axis2'],
  (x, { dtype, ...where }) => sum(diagonal(x, where), { axis: -1, ...(dtype === undefined ? {} : { dtype }) }),
)

export interface VanderOptions {
  /** Columns; as many as rows by default. */
  readonly N?: number
  /** Powers from left to right increase; default false. */
  readonly increasing?: boolean
}

/**
 * The Vandermonde matrix: powers N − 1, …, 1, 0 of a vector as columns.
 * @throws ShapeError for what is no vector
 * @example np.vander(np.array([2, 3]), { N: 3 }).toArray() // [[4, 2, 1], [9, 3, 1]]
 */
export const vander: DualOptions<VanderOptions> = dualOptions(
  'vander',
  ['N', 'increasing'],
  (x, { N, increasing = false }) => {
    const vector = toTensor(x)
    if (vector.ndim !== 1) throw new ShapeError(`vander: ${showType(vector)} is no vector.`)
    const count = N ?? vector.size
    checkTerms('vander', 'the number of columns', count)
    const column = reshape(vector, [vector.size, 1])
    const powers = range(count).map((power) => integerPow(column, increasing ? power : count - 1 - power))
    return powers.length === 0
      ? uniform(0, { shape: [vector.size, 0], dtype: vector.dtype, weakType: false })
      : concatenate(powers, 1)
  },
)

/**
 * Index arrays of the main diagonal of an n × n (× …) tensor.
 * @example np.diagIndices(2).map((i) => i.toArray()) // [[0, 1], [0, 1]]
 */
export const diagIndices = operation(
  'diagIndices',
  { at: 1, names: ['ndim'] },
  (n: number, { ndim = 2 }: { readonly ndim?: number } = {}): readonly Tensor[] => {
    checkShape('diagIndices', [n])
    return range(ndim).map(() => broadcastedIota('int32', [n], 0))
  },
)

/**
 * Index arrays of the main diagonal of a tensor whose axes are equally long.
 * @throws ShapeError if they are not
 * @example np.diagIndicesFrom(np.eye(2)).map((i) => i.toArray()) // [[0, 1], [0, 1]]
 */
export const diagIndicesFrom = named('diagIndicesFrom', (x: Tensor): readonly Tensor[] => {
  needMatrix('diagIndicesFrom', x)
  if (x.sizes.some((n) => n !== x.sizes[0]))
    throw new ShapeError(`diagIndicesFrom: the axes of ${showType(x)} differ in size.`)
  return diagIndices(x.sizes[0] as number, { ndim: x.ndim })
})

export interface TriangleIndicesOptions extends DiagonalOption {
  /** Columns; as many as rows by default. */
  readonly m?: number
}

const trianglePositions = (
  operation: string,
  n: number,
  m: number,
  keep: (offset: number) => boolean,
): readonly [Tensor, Tensor] => {
  checkShape(operation, [n, m])
  checkSize(operation, [n, m])
  const pairs = range(n).flatMap((row) =>
    range(m)
      .filter((column) => keep(column - row))
      .map((column) => [row, column] as const),
  )
  const one = (which: 0 | 1): Tensor =>
    new ConcreteTensor(
      [pairs.length],
      'int32',
      Int32Array.from(pairs, (pair) => pair[which]),
    )
  return [one(0), one(1)]
}

/** Row and column indices on and below a diagonal. @throws ShapeError for what is no size @example np.trilIndices(2).map((i) => i.toArray()) // [[0, 1, 1], [0, 0, 1]] */
export const trilIndices = operation(
  'trilIndices',
  { at: 1, names: ['m', 'k'] },
  (n: number, { k = 0, m = n }: TriangleIndicesOptions = {}): readonly [Tensor, Tensor] =>
    trianglePositions('trilIndices', n, m, (offset) => offset <= k),
)

/** Row and column indices on and above a diagonal. @throws ShapeError for what is no size @example np.triuIndices(2).map((i) => i.toArray()) // [[0, 0, 1], [0, 1, 1]] */
export const triuIndices = operation(
  'triuIndices',
  { at: 1, names: ['m', 'k'] },
  (n: number, { k = 0, m = n }: TriangleIndicesOptions = {}): readonly [Tensor, Tensor] =>
    trianglePositions('triuIndices', n, m, (offset) => offset >= k),
)

const fromShape = (operation: string, x: Tensor): readonly [number, number] => {
  if (x.ndim !== 2) throw new ShapeError(`${operation}: ${showType(x)} is no matrix.`)
  return x.sizes as unknown as readonly [number, number]
}

/** `trilIndices` for a matrix's shape. @throws ShapeError for what is no matrix @example np.trilIndicesFrom(np.eye(2))[0].toArray() // [0, 1, 1] */
export const trilIndicesFrom = operation(
  'trilIndicesFrom',
  { at: 1, names: ['k'] },
  (x: Tensor, { k = 0 }: DiagonalOption = {}): readonly [Tensor, Tensor] => {
    const [n, m] = fromShape('trilIndicesFrom', x)
    return trilIndices(n, { k, m })
  },
)

/** `triuIndices` for a matrix's shape. @throws ShapeError for what is no matrix @example np.triuIndicesFrom(np.eye(2))[0].toArray() // [0, 0, 1] */
export const triuIndicesFrom = operation(
  'triuIndicesFrom',
  { at: 1, names: ['k'] },
  (x: Tensor, { k = 0 }: DiagonalOption = {}): readonly [Tensor, Tensor] => {
    const [n, m] = fromShape('triuIndicesFrom', x)
    return triuIndices(n, { k, m })
  },
)

/**
 * A matrix with another main diagonal.
 * @throws ShapeError for what is no matrix
 * @example np.fillDiagonal(np.zeros([2, 2]), 5).toArray() // [[5, 0], [0, 5]]
 */
export const fillDiagonal = named('fillDiagonal', (x: Tensor, value: TensorLike): Tensor => {
  const [n, m] = fromShape('fillDiagonal', x)
  const count = Math.min(n, m)
  const filler = convertElementType(toTensor(value), x.dtype, x.weakType)
  const onDiagonal = broadcastTo(filler, [count])
  const rows = count < n ? pad(onDiagonal, 0, [[0, n - count, 0]]) : onDiagonal
  return select(eq(offsets(n, m), 0), broadcastInDim(rows, x.sizes, [0]), x)
})
