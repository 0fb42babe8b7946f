/** Reductions: sums, products, extrema, means, variances, logic and counts along axes. */
import { type DType, isFloat } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { add, div, mul, sub } from '../primitives/arithmetic.js'
import { convertElementType } from '../primitives/convert.js'
import { max as maxP, min as minP } from '../primitives/maximum.js'
import { reduceAnd, reduceMax, reduceMin, reduceOr, reduceProd, reduceSum } from '../primitives/reduction.js'
import { select } from '../primitives/select.js'
import { broadcastTo, reshape } from '../primitives/shape.js'
import { rootOfSquares } from '../primitives/squares.js'
import { showType } from '../print.js'
import { broadcastShapes, canonicalAxes, sizeOf } from '../shape.js'
import { type ReduceOptions, type Tensor, type TensorLike, toTensor } from '../tensor.js'
import { type DualOptions, dualOptions } from './dual.js'
import { toBool, toFloat } from './promotion.js'
import { accumulationType, keepAxes } from './reduced-axes.js'

/** Options of reductions that can leave elements out. */
export interface WhereOptions extends ReduceOptions {
  /** A bool mask that broadcasts against x; elements where it is false are left out. */
  readonly where?: TensorLike
}

export interface SumOptions extends WhereOptions {
  /** The dtype to compute in and of the result. */
  readonly dtype?: DType
  /** Where the reduction starts. */
  readonly initial?: TensorLike
}

export interface ExtremumOptions extends WhereOptions {
  /** Takes part in the comparison; needed for empty axes and with `where`. */
  readonly initial?: TensorLike
}

export interface MeanOptions extends WhereOptions {
  /** The dtype to compute in and of the result. */
  readonly dtype?: DType
}

export interface VarianceOptions extends MeanOptions {
  /** Delta degrees of freedom: the sum of squares is divided by n − ddof. Default 0. */
  readonly ddof?: number
  /** Another name of `ddof`. */
  readonly correction?: number
}

/** `x` and a mask in their common shape. */
const masked = (name: string, x: Tensor, where: TensorLike, otherwise: number): Tensor => {
  const mask = toBool(where)
  const shape = broadcastShapes(name, x.sizes, mask.sizes)
  return select(broadcastTo(mask, shape), broadcastTo(x, shape), otherwise)
}

type Fold = (x: Tensor, axes: readonly number[]) => Tensor
type Combine = (x: Tensor, y: Tensor) => Tensor

const withInitial = (y: Tensor, initial: TensorLike, combine: Combine): Tensor =>
  combine(y, broadcastTo(convertElementType(toTensor(initial), y.dtype, y.weakType), y.sizes))

const accumulation =
  (name: string, fold: Fold, combine: Combine, identity: number) =>
  (x: TensorLike, options: SumOptions): Tensor => {
    const given = toTensor(x)
    const dtype = options.dtype ?? accumulationType(given.dtype)
    const converted =
      dtype === given.dtype ? given : convertElementType(given, dtype, options.dtype === undefined && given.weakType)
    const operand = options.where === undefined ? converted : masked(name, converted, options.where, identity)
    const axes = canonicalAxes(name, options.axis, operand.ndim)
    const y = fold(operand, axes)
    const total = options.initial === undefined ? y : withInitial(y, options.initial, combine)
    return keepAxes(total, operand.sizes, axes, options.keepdims)
  }

/**
 * Σ x along axes (all by default), pairwise in floats. Bools count in int32, uint8 sums in uint32.
 * @throws RangeError for axes outside x
 * @example np.sum(np.array([[1, 2], [3, 4]]), { axis: 0 }).toArray() // [4, 6]
 * @example pipe(np.array([1, 2]), np.sum).item() // 3
 */
export const sum: DualOptions<SumOptions> = dualOptions(
  'sum',
  ['dtype', 'initial', 'where', 'axis', 'keepdims'],
  accumulation('sum', reduceSum, add, 0),
)

/**
 * Π x along axes (all by default). Bools count in int32, uint8 in uint32.
 * @throws RangeError for axes outside x
 * @example np.prod(np.array([[1, 2], [3, 4]]), { axis: 1 }).toArray() // [2, 12]
 */
export const prod: DualOptions<SumOptions> = dualOptions(
  'prod',
  ['dtype', 'initial', 'where', 'axis', 'keepdims'],
  accumulation('prod', reduceProd, mul, 1),
)

/** What loses every comparison: −∞ or the least integer for a maximum, ∞ or the largest for a minimum. */
const loser = (name: 'max' | 'min', dtype: DType): number => {
  if (isFloat(dtype)) return name === 'max' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (name === 'max') return dtype === 'int32' ? -(2 ** 31) : 0
  return { int32: 2 ** 31 - 1, uint32: 2 ** 32 - 1, uint8: 255, bool: 1, float32: 0, float64: 0 }[dtype]
}

const extremum =
  (name: 'max' | 'min', fold: Fold, combine: Combine) =>
  (x: TensorLike, options: ExtremumOptions): Tensor => {
    const given = toTensor(x)
    if (options.where !== undefined && options.initial === undefined) {
      throw new ShapeError(`${name}: with \`where\` there may be nothing left to compare. Give \`initial\` as well.`)
    }
    const operand = options.where === undefined ? given : masked(name, given, options.where, loser(name, given.dtype))
    const axes = canonicalAxes(name, options.axis, operand.ndim)
    if (options.initial === undefined && sizeOf(axes.map((a) => operand.sizes[a] as number)) === 0) {
      throw new ShapeError(
        `${name}: ${showType(operand)} has no elements along the axes [${axes}], so it has no ${name}. Give \`initial\`.`,
      )
    }
    const y = fold(operand, axes)
    const result = options.initial === undefined ? y : withInitial(y, options.initial, combine)
    return keepAxes(result, operand.sizes, axes, options.keepdims)
  }

/**
 * The largest element along axes (all by default); NaN if any is. Ties share the derivative.
 * @throws ShapeError for empty axes without `initial`, RangeError for axes outside x
 * @example np.max(np.array([[1, 5], [3, 4]]), { axis: 1 }).toArray() // [5, 4]
 */
export const max: DualOptions<ExtremumOptions> = dualOptions(
  'max',
  ['initial', 'where', 'axis', 'keepdims'],
  extremum('max', reduceMax, maxP),
)

/**
 * The smallest element along axes (all by default); NaN if any is. Ties share the derivative.
 * @throws ShapeError for empty axes without `initial`, RangeError for axes outside x
 * @example np.min(np.array([[1, 5], [3, 4]]), { axis: 1 }).toArray() // [1, 3]
 */
export const min: DualOptions<ExtremumOptions> = dualOptions(
  'min',
  ['initial', 'where', 'axis', 'keepdims'],
  extremum('min', reduceMin, minP),
)

/** The same as `max`. @example np.amax(np.array([1, 3])).item() // 3 */
export const amax = max

/** The same as `min`. @example np.amin(np.array([1, 3])).item() // 1 */
export const amin = min

const floatType = (x: Tensor, dtype: DType | undefined): DType => dtype ?? (isFloat(x.dtype) ? x.dtype : 'float32')

/** How many elements of `shape` a result element comes from: a number, or a tensor if a mask decides. */
const countOf = (name: string, x: Tensor, axes: readonly number[], where: TensorLike | undefined): number | Tensor => {
  if (where === undefined) return sizeOf(axes.map((a) => x.sizes[a] as number))
  const mask = toBool(where)
  const full = broadcastTo(mask, broadcastShapes(name, x.sizes, mask.sizes))
  return reduceSum(convertElementType(full, x.dtype), axes)
}

const average1 = (name: string, x: Tensor, options: MeanOptions): Tensor => {
  const operand = options.where === undefined ? x : masked(name, x, options.where, 0)
  const axes = canonicalAxes(name, options.axis, operand.ndim)
  const y = div(reduceSum(operand, axes), countOf(name, operand, axes, options.where))
  return keepAxes(y, operand.sizes, axes, options.keepdims)
}

const meanOf = (x: TensorLike, options: MeanOptions): Tensor => {
  const given = toTensor(x)
  const dtype = floatType(given, options.dtype)
  if (isFloat(dtype))
    return average1('mean', convertElementType(given, dtype, options.dtype === undefined && given.weakType), options)
  return convertElementType(average1('mean', toFloat(given), options), dtype)
}

/**
 * The mean along axes (all by default). Means of integers are float32.
 * @throws RangeError for axes outside x
 * @example np.mean(np.array([[1, 2], [3, 6]]), { axis: 0 }).toArray() // [2, 4]
 */
export const mean: DualOptions<MeanOptions> = dualOptions('mean', ['dtype', 'where', 'axis', 'keepdims'], meanOf)

const varianceOf = (name: string, x: TensorLike, options: VarianceOptions): Tensor => {
  const { ddof, correction, ...rest } = options
  if (ddof !== undefined && correction !== undefined) {
    throw new DTypeError(`${name}: ddof and correction are two names of one option. Give one of them.`)
  }
  const given = toTensor(x)
  const dtype = floatType(given, options.dtype)
  const value = convertElementType(
    given,
    isFloat(dtype) ? dtype : 'float32',
    options.dtype === undefined && given.weakType,
  )
  const axes = canonicalAxes(name, options.axis, value.ndim)
  const centre = average1(name, value, { ...rest, axis: axes, keepdims: true })
  const shape = broadcastShapes(name, value.sizes, centre.sizes)
  const deviation = sub(broadcastTo(value, shape), broadcastTo(centre, shape))
  const squares = mul(deviation, deviation)
  const operand = options.where === undefined ? squares : masked(name, squares, options.where, 0)
  const count = countOf(name, operand, axes, options.where)
  const shift = ddof ?? correction ?? 0
  const degrees = typeof count === 'number' ? count - shift : sub(count, shift)
  const total = reduceSum(operand, axes)
  return keepAxes(div(total, degrees), operand.sizes, axes, options.keepdims)
}

/**
 * The variance Σ (x − mean)² / (n − ddof) along axes (all by default).
 * @throws RangeError for axes outside x
 * @example np.var(np.array([1, 2, 3, 4])).item() // 1.25
 */
const variance: DualOptions<VarianceOptions> = dualOptions(
  'var',
  ['ddof', 'correction', 'dtype', 'where', 'axis', 'keepdims'],
  (x, options) => varianceOf('var', x, options),
)

export { variance as var }

/**
 * The standard deviation √(Σ (x − mean)² / (n − ddof)) along axes (all by default). Its derivative where it is 0 is 0.
 * @throws RangeError for axes outside x
 * @example np.std(np.array([1, 3])).item() // 1
 */
export const std: DualOptions<VarianceOptions> = dualOptions(
  'std',
  ['ddof', 'correction', 'dtype', 'where', 'axis', 'keepdims'],
  (x, options) => rootOfSquares(varianceOf('std', x, options)),
)

/**
 * Largest minus smallest along axes (all by default).
 * @throws ShapeError for empty axes, RangeError for axes outside x
 * @example np.ptp(np.array([3, 1, 7])).item() // 6
 */
export const ptp: DualOptions<ReduceOptions> = dualOptions('ptp', ['axis', 'keepdims'], (x, options) =>
  sub(max(x, options), min(x, options)),
)

const logic =
  (name: string, fold: Fold, identity: number) =>
  (x: TensorLike, options: WhereOptions): Tensor => {
    const bools = toBool(x)
    const operand = options.where === undefined ? bools : masked(name, bools, options.where, identity)
    const axes = canonicalAxes(name, options.axis, operand.ndim)
    return keepAxes(fold(operand, axes), operand.sizes, axes, options.keepdims)
  }

/**
 * Whether all elements along axes (all by default) differ from 0; true of nothing.
 * @throws RangeError for axes outside x
 * @example np.all(np.array([[true, false], [true, true]]), { axis: 1 }).toArray() // [false, true]
 */
export const all: DualOptions<WhereOptions> = dualOptions(
  'all',
  ['where', 'axis', 'keepdims'],
  logic('all', reduceAnd, 1),
)

/**
 * Whether any element along axes (all by default) differs from 0; false of nothing.
 * @throws RangeError for axes outside x
 * @example np.any(np.array([[0, 0], [0, 1]]), { axis: 1 }).toArray() // [false, true]
 */
export const any: DualOptions<WhereOptions> = dualOptions(
  'any',
  ['where', 'axis', 'keepdims'],
  logic('any', reduceOr, 0),
)

/**
 * How many elements along axes (all by default) differ from 0, as int32.
 * @throws RangeError for axes outside x
 * @example np.countNonzero(np.array([1, 0, 3])).item() // 2
 */
export const countNonzero: DualOptions<ReduceOptions> = dualOptions(
  'countNonzero',
  ['axis', 'keepdims'],
  (x, options) => sum(toBool(x), { ...options, dtype: 'int32' }),
)

export interface AverageOptions extends ReduceOptions {
  /** One weight per element, or per element of the axis. */
  readonly weights?: TensorLike
  /** Gives the sum of the weights as well. */
  readonly returned?: boolean
}

/** `average(x, options?)`, or `average(options)` for a pipe; a pair with `returned`. */
export interface Average {
  (x: TensorLike, options: AverageOptions & { readonly returned: true }): readonly [Tensor, Tensor]
  (x: TensorLike, options?: AverageOptions & { readonly returned?: false }): Tensor
  (options: AverageOptions & { readonly returned: true }): (x: TensorLike) => readonly [Tensor, Tensor]
  (options: AverageOptions & { readonly returned?: false }): (x: TensorLike) => Tensor
  (x: TensorLike, options?: AverageOptions & { readonly returned?: false }): Tensor
}

/** Weights in the shape of the operand. */
const spreadWeights = (x: Tensor, weights: Tensor, axis: ReduceOptions['axis']): Tensor => {
  if (weights.ndim === x.ndim) return broadcastTo(weights, x.sizes)
  const axes = canonicalAxes('average', axis, x.ndim)
  if (axis === undefined || axis === null || weights.ndim !== axes.length) {
    throw new ShapeError(
      `average: weights ${showType(weights)} and ${showType(x)} differ in shape. Weights of one axis need \`axis\`, e.g. { axis: 0 }.`,
    )
  }
  return broadcastTo(
    reshape(
      weights,
      x.sizes.map((_, i) => (axes.includes(i) ? (weights.sizes[axes.indexOf(i)] as number) : 1)),
    ),
    x.sizes,
  )
}

const weightedAverage = (x: TensorLike, options: AverageOptions): Tensor | readonly [Tensor, Tensor] => {
  const { weights, returned, ...reduce } = options
  const value = toFloat(x)
  if (weights === undefined) {
    const result = mean(value, reduce)
    const axes = canonicalAxes('average', reduce.axis, value.ndim)
    const count = sizeOf(axes.map((a) => value.sizes[a] as number))
    return returned ? [result, broadcastTo(convertElementType(toTensor(count), result.dtype), result.sizes)] : result
  }
  const full = convertElementType(spreadWeights(value, toTensor(weights), reduce.axis), value.dtype)
  const total = sum(full, reduce)
  const result = div(sum(mul(value, full), reduce), total)
  return returned ? [result, total] : result
}

/**
 * The mean along axes (all by default), weighted if weights are given: Σ w x / Σ w.
 * @throws ShapeError if the weights do not fit
 * @example np.average(np.array([1, 4]), { weights: np.array([2, 1]) }).item() // 2
 */
export const average = dualOptions('average', ['weights', 'returned', 'axis', 'keepdims'], weightedAverage) as Average
