/** Sets of values, and the places where a mask is true. Sizes that depend on data are static: say `size` inside `jit`. */

import { RangeError, ShapeError } from '../errors.js'
import { checkOptions, named, operation } from '../operation.js'
import { div, rem, sub } from '../primitives/arithmetic.js'
import { eq, ge, ne } from '../primitives/compare.js'
import { concatenate } from '../primitives/concatenate.js'
import { convertElementType } from '../primitives/convert.js'
import { cumsum } from '../primitives/cumulative.js'
import { iota } from '../primitives/iota.js'
import { and, not, or } from '../primitives/logical.js'
import { max } from '../primitives/maximum.js'
import { reduceMin } from '../primitives/reduction.js'
import { scatterSlices } from '../primitives/scatter.js'
import { select } from '../primitives/select.js'
import { broadcastTo, reshape } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import { sort } from '../primitives/sort.js'
import { reduceSum } from '../primitives/sum.js'
import { showType } from '../print.js'
import { stridesOf } from '../shape.js'
import { type Tensor, type TensorLike, toTensor, uniform } from '../tensor.js'
import { type Dual, type DualOptions, dual, dualOptions } from './dual.js'
import { promoteDTypes, toBool } from './promotion.js'
import { elementsAt, searchsorted } from './searching.js'

export interface SizeOptions {
  /** The size of the result, cut or filled up to; the true size unless said, which only exists outside `jit`. */
  readonly size?: number
  /** What to fill up with. */
  readonly fillValue?: number
}

const count = (mask: Tensor): Tensor => reduceSum(convertElementType(mask, 'int32'), [0])

/** The size asked for, or what the data say. */
const sizeFor = (operation: string, size: number | undefined, needed: Tensor): number => {
  if (size === undefined) return needed.concrete(`${operation} without \`size\``).single()
  if (!Number.isInteger(size) || size < 0) throw new RangeError(`${operation}: ${size} is no size.`)
  return size
}

/** Positions of the first `size` true elements of a vector; the vector's own size where there are no more. */
const positionsOf = (mask: Tensor, size: number): Tensor => {
  const n = mask.sizes[0] as number
  const order = sub(cumsum(convertElementType(mask, 'int32'), { axis: 0 }), 1)
  const target = select(mask, order, size)
  const empty = uniform(n, { shape: [size], dtype: 'int32', weakType: false })
  return scatterSlices('scatter', empty, reshape(target, [n, 1]), iota('int32', n), {
    sliceSizes: [1],
    collapsed: [0],
    startIndexMap: [0],
    mode: 'fill',
  })
}

const flat = (x: TensorLike): Tensor => {
  const t = toTensor(x)
  return reshape(t, [t.size])
}

/** Elements at positions; the fill value where a position lies behind the end. */
const gathered = (x: Tensor, positions: Tensor, fill: Tensor | number): Tensor => {
  const beyond = ge(positions, x.size)
  if (x.size === 0)
    return typeof fill === 'number'
      ? uniform(fill, { shape: positions.sizes, dtype: x.dtype, weakType: false })
      : broadcastTo(fill, positions.sizes)
  return select(beyond, typeof fill === 'number' ? fill : broadcastTo(fill, positions.sizes), elementsAt(x, positions))
}

/**
 * Where x is not 0: for each axis the int32 positions.
 * @throws ConcretizationError inside `jit` without `size`
 * @example np.nonzero(np.array([0, 3, 4])) // [[1, 2]]
 */
export const nonzero: DualOptions<SizeOptions, readonly Tensor[]> = dualOptions(
  'nonzero',
  ['size', 'fillValue'],
  (given, { size, fillValue = 0 }: SizeOptions) => {
    const x = toTensor(given)
    if (x.ndim === 0) throw new ShapeError('nonzero: a scalar has no axes. Use np.atleast1d(x).')
    const mask = reshape(toBool(x), [x.size])
    const n = sizeFor('nonzero', size, count(mask))
    const places = positionsOf(mask, n)
    const beyond = ge(places, x.size)
    return stridesOf(x.sizes).map((step, axis) => {
      const index = rem(div(places, Math.max(1, step)), Math.max(1, x.sizes[axis] as number))
      return select(beyond, fillValue, index)
    })
  },
)

/**
 * Where the flattened x is not 0.
 * @throws ConcretizationError inside `jit` without `size`
 * @example np.flatnonzero(np.array([[0, 3], [4, 0]])).toArray() // [1, 2]
 */
export const flatnonzero: DualOptions<SizeOptions> = dualOptions(
  'flatnonzero',
  ['size', 'fillValue'],
  (x, options: SizeOptions) => nonzero(flat(x), options)[0] as Tensor,
)

/**
 * Where x is not 0, one place a row.
 * @throws ConcretizationError inside `jit` without `size`
 * @example np.argwhere(np.array([[0, 3], [4, 0]])).toArray() // [[0, 1], [1, 0]]
 */
export const argwhere: DualOptions<SizeOptions> = dualOptions(
  'argwhere',
  ['size', 'fillValue'],
  (x, options: SizeOptions) => {
    const columns = nonzero(x, options).map((i) => reshape(i, [i.size, 1]))
    return concatenate(columns, 1)
  },
)

/**
 * The elements of x where a mask is true.
 * @throws ShapeError if the sizes differ, ConcretizationError inside `jit` without `size`
 * @example np.extract(np.array([true, false, true]), np.array([1, 2, 3])).toArray() // [1, 3]
 */
export const extract = operation(
  'extract',
  { at: 2, names: ['size', 'fillValue'] },
  (condition: TensorLike, x: TensorLike, { size, fillValue = 0 }: SizeOptions = {}): Tensor => {
    const [mask, values] = [reshape(toBool(condition), [toTensor(condition).size]), flat(x)]
    if (mask.size !== values.size)
      throw new ShapeError(`extract: a mask of ${mask.size} and ${values.size} elements; they have to be as many.`)
    return gathered(values, positionsOf(mask, sizeFor('extract', size, count(mask))), fillValue)
  },
)

export interface IsinOptions {
  /** Whether elements are not among them. */
  readonly invert?: boolean
}

/**
 * Which elements are among those of another tensor. NaN is among none.
 * @example np.isin(np.array([1, 2, 3]), np.array([2, 4])).toArray() // [false, true, false]
 */
export const isin: Dual<[elements: TensorLike, options?: IsinOptions]> = dual(
  'isin',
  1,
  ['invert'],
  (x, elements: TensorLike, { invert = false }: IsinOptions = {}) => {
    const [values, other] = promoteDTypes('isin', [x, elements]) as [Tensor, Tensor]
    const set = sort(reshape(other, [other.size]))
    const found =
      set.size === 0
        ? uniform(0, { shape: values.sizes, dtype: 'bool', weakType: false })
        : eq(elementsAt(set, searchsorted(set, values)), values)
    return invert ? not(found) : found
  },
)

export interface UniqueOptions extends SizeOptions {
  /** Also where each value first occurs. */
  readonly returnIndex?: boolean
  /** Also the value that each element is. */
  readonly returnInverse?: boolean
  /** Also how often each value occurs. */
  readonly returnCounts?: boolean
}

interface Unique {
  readonly values: Tensor
  readonly indices: Tensor
  readonly inverse: Tensor
  readonly counts: Tensor
}

/** Sorted distinct values of a flattened tensor; NaN are equal. */
const distinct = (operation: string, given: TensorLike, { size, fillValue }: SizeOptions): Unique => {
  const x = flat(given)
  const n = x.size
  const shape = toTensor(given).sizes
  const zeros = (length: number): Tensor => uniform(0, { shape: [length], dtype: 'int32', weakType: false })
  if (n === 0) {
    const m = size ?? 0
    return {
      values: uniform(fillValue ?? 0, { shape: [m], dtype: x.dtype, weakType: false }),
      indices: zeros(m),
      inverse: reshape(zeros(0), shape),
      counts: zeros(m),
    }
  }
  const [sorted, places] = sort([x, iota('int32', n)]) as unknown as [Tensor, Tensor]
  const [head, tail] = [sliceAxis(sorted, 0, 0, n - 1), sliceAxis(sorted, 0, 1, n)]
  const changes = and(ne(head, tail), or(eq(head, head), eq(tail, tail)))
  const first = concatenate([uniform(1, { shape: [1], dtype: 'bool', weakType: false }), changes], 0)
  const m = sizeFor(operation, size, count(first))
  const starts = positionsOf(first, m)
  const filler = fillValue ?? (x.dtype === 'bool' ? sliceAxis(sorted, 0, 0, 1) : reduceMin(sorted, [0]))
  const values = gathered(sorted, starts, typeof filler === 'number' ? filler : reshape(filler, []))
  const rank = sub(cumsum(convertElementType(first, 'int32'), { axis: 0 }), 1)
  const spec = { sliceSizes: [1], collapsed: [0], startIndexMap: [0], mode: 'fill' } as const
  const inverse = scatterSlices('scatter', zeros(n), reshape(places, [n, 1]), rank, spec)
  const ends = concatenate(
    [sliceAxis(starts, 0, Math.min(1, m), m), uniform(n, { shape: [Math.min(1, m)], dtype: 'int32', weakType: false })],
    0,
  )
  return {
    values,
    indices: gathered(places, starts, reshape(sliceAxis(places, 0, 0, 1), [])),
    inverse: reshape(inverse, shape),
    counts: max(sub(ends, starts), 0),
  }
}

/**
 * The distinct elements in ascending order; on request also where they first occur, which of them each element is, and how
 * often they occur. Filled up with the least element unless `fillValue` says otherwise.
 * @throws ConcretizationError inside `jit` without `size`
 * @example np.unique(np.array([3, 1, 3])).toArray() // [1, 3]
 */
export function unique(
  x: TensorLike,
  options: UniqueOptions &
    ({ readonly returnIndex: true } | { readonly returnInverse: true } | { readonly returnCounts: true }),
): readonly Tensor[]
export function unique(x: TensorLike, options?: UniqueOptions): Tensor
export function unique(x: TensorLike, options: UniqueOptions = {}): Tensor | readonly Tensor[] {
  checkOptions('unique', options, ['returnIndex', 'returnInverse', 'returnCounts', 'size', 'fillValue'])
  const { values, indices, inverse, counts } = distinct('unique', x, options)
  const extra = [
    ...(options.returnIndex ? [indices] : []),
    ...(options.returnInverse ? [inverse] : []),
    ...(options.returnCounts ? [counts] : []),
  ]
  return extra.length === 0 ? values : [values, ...extra]
}

/** [values, indices, inverse, counts] of `unique`. @example np.uniqueAll(np.array([3, 1, 3]))[3].toArray() // [1, 2] */
export const uniqueAll = operation(
  'uniqueAll',
  { at: 1, names: ['size', 'fillValue'] },
  (x: TensorLike, options: SizeOptions = {}): readonly [Tensor, Tensor, Tensor, Tensor] => {
    const { values, indices, inverse, counts } = distinct('uniqueAll', x, options)
    return [values, indices, inverse, counts]
  },
)

/** [values, counts] of `unique`. @example np.uniqueCounts(np.array([3, 1, 3]))[1].toArray() // [1, 2] */
export const uniqueCounts = operation(
  'uniqueCounts',
  { at: 1, names: ['size', 'fillValue'] },
  (x: TensorLike, options: SizeOptions = {}): readonly [Tensor, Tensor] => {
    const { values, counts } = distinct('uniqueCounts', x, options)
    return [values, counts]
  },
)

/** [values, inverse] of `unique`. @example np.uniqueInverse(np.array([3, 1, 3]))[1].toArray() // [1, 0, 1] */
export const uniqueInverse = operation(
  'uniqueInverse',
  { at: 1, names: ['size', 'fillValue'] },
  (x: TensorLike, options: SizeOptions = {}): readonly [Tensor, Tensor] => {
    const { values, inverse } = distinct('uniqueInverse', x, options)
    return [values, inverse]
  },
)

/** The values of `unique`. @example np.uniqueValues(np.array([3, 1, 3])).toArray() // [1, 3] */
export const uniqueValues = operation(
  'uniqueValues',
  { at: 1, names: ['size', 'fillValue'] },
  (x: TensorLike, options: SizeOptions = {}): Tensor => distinct('uniqueValues', x, options).values,
)

const joined = (operation: string, x: TensorLike, y: TensorLike): readonly [Tensor, Tensor] =>
  promoteDTypes(operation, [x, y]).map((t) => flat(t)) as unknown as readonly [Tensor, Tensor]

/** The distinct values of x that a mask over its elements keeps. */
const kept = (
  operation: string,
  x: Tensor,
  keep: (values: Tensor) => Tensor,
  { size, fillValue = 0 }: SizeOptions,
): Tensor => {
  if (x.size === 0) return uniform(fillValue, { shape: [size ?? 0], dtype: x.dtype, weakType: false })
  const { values, counts } = distinct(operation, x, { size: x.size })
  // Values that only fill up occur nowhere.
  const mask = and(keep(values), ne(counts, 0))
  return gathered(values, positionsOf(mask, sizeFor(operation, size, count(mask))), fillValue)
}

/**
 * The distinct values of either, ascending.
 * @throws ConcretizationError inside `jit` without `size`
 * @example np.union1d(np.array([1, 2]), np.array([2, 3])).toArray() // [1, 2, 3]
 */
export const union1d = operation(
  'union1d',
  { at: 2, names: ['size', 'fillValue'] },
  (x: TensorLike, y: TensorLike, options: SizeOptions = {}): Tensor =>
    distinct('union1d', concatenate([...joined('union1d', x, y)], 0), options).values,
)

/**
 * The distinct values of both, ascending.
 * @throws ConcretizationError inside `jit` without `size`
 * @example np.intersect1d(np.array([1, 2]), np.array([2, 3])).toArray() // [2]
 */
export const intersect1d = operation(
  'intersect1d',
  { at: 2, names: ['size', 'fillValue'] },
  (x: TensorLike, y: TensorLike, options: SizeOptions = {}): Tensor => {
    const [a, b] = joined('intersect1d', x, y)
    return kept('intersect1d', a, (values) => isin(values, b), options)
  },
)

/**
 * The distinct values of x that y has not, ascending.
 * @throws ConcretizationError inside `jit` without `size`
 * @example np.setdiff1d(np.array([1, 2]), np.array([2, 3])).toArray() // [1]
 */
export const setdiff1d = operation(
  'setdiff1d',
  { at: 2, names: ['size', 'fillValue'] },
  (x: TensorLike, y: TensorLike, options: SizeOptions = {}): Tensor => {
    const [a, b] = joined('setdiff1d', x, y)
    return kept('setdiff1d', a, (values) => isin(values, b, { invert: true }), options)
  },
)

/**
 * The distinct values that only one of them has, ascending.
 * @throws ConcretizationError inside `jit` without `size`
 * @example np.setxor1d(np.array([1, 2]), np.array([2, 3])).toArray() // [1, 3]
 */
export const setxor1d = operation(
  'setxor1d',
  { at: 2, names: ['size', 'fillValue'] },
  (x: TensorLike, y: TensorLike, options: SizeOptions = {}): Tensor => {
    const [a, b] = joined('setxor1d', x, y)
    return kept('setxor1d', concatenate([a, b], 0), (values) => ne(isin(values, a), isin(values, b)), options)
  },
)

/**
 * A vector without the zeros at its ends: 'f' in front, 'b' at the back. The size depends on the data.
 * @throws ConcretizationError inside `jit`
 * @example np.trimZeros(np.array([0, 1, 0, 2, 0])).toArray() // [1, 0, 2]
 */
export const trimZeros = named('trimZeros', (given: TensorLike, trim = 'fb'): Tensor => {
  const x = toTensor(given)
  if (x.ndim !== 1) throw new ShapeError(`trimZeros: takes a vector, not ${showType(x)}.`)
  const elements = x.concrete('trimZeros').elements()
  const filled = Array.from(elements).flatMap((e, i) => (e === 0 ? [] : [i]))
  const [first, last] = [filled[0], filled[filled.length - 1]]
  if (first === undefined || last === undefined) return sliceAxis(x, 0, 0, 0)
  return sliceAxis(x, 0, trim.includes('f') ? first : 0, trim.includes('b') ? last + 1 : x.size)
})
