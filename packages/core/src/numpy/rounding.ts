/** Rounding and bounds. */

import { bytesOf, isFloat } from '../dtype.js'
import { ArgumentError, DTypeError } from '../errors.js'
import { isRecord, named, namedUnary } from '../operation.js'
import { div, mul, trunc as truncP } from '../primitives/arithmetic.js'
import { eq, ne } from '../primitives/compare.js'
import { convertElementType } from '../primitives/convert.js'
import * as p from '../primitives/rounding.js'
import { select } from '../primitives/select.js'
import { show } from '../show.js'
import { Tensor, type TensorLike, toTensor } from '../tensor.js'
import { dualOptions } from './dual.js'
import { maximum, minimum } from './extrema.js'
import { floatUnary, promoteDTypes } from './promotion.js'

/** Whole numbers have nothing to round; they keep their dtype. */
const ofFloats = (name: string, f: (x: Tensor) => Tensor): ((x: TensorLike) => Tensor) =>
  namedUnary(name, (x: TensorLike) => {
    const tensor = toTensor(x)
    return isFloat(tensor.dtype) ? f(tensor) : tensor
  })

/** The largest whole number ≤ x. @example np.floor(np.array([1.7, -1.2])).toArray() // [1, -2] */
export const floor = ofFloats('floor', p.floor)

/** The smallest whole number ≥ x. @example np.ceil(np.array([1.2, -1.7])).toArray() // [2, -1] */
export const ceil = ofFloats('ceil', p.ceil)

/** The whole part: x rounded towards 0. @example np.trunc(np.array([1.7, -1.7])).toArray() // [1, -1] */
export const trunc = ofFloats('trunc', truncP)

/** Rounded towards 0: another name of `trunc`. @example np.fix(-1.7).item() // -1 */
export const fix = trunc

/** The nearest whole number, halves to the even one. @example np.rint(np.array([0.5, 1.5])).toArray() // [0, 2] */
export const rint = floatUnary('rint', p.round)

export interface RoundOptions {
  /** Decimal places; negative ones round to tens, hundreds … Default 0. */
  readonly decimals?: number
}

const rounded = (x: TensorLike, { decimals = 0 }: RoundOptions): Tensor => {
  const tensor = toTensor(x)
  if (!Number.isInteger(decimals))
    throw new DTypeError(`round: decimals is ${show(decimals)}; it has to be a whole number.`)
  if (!isFloat(tensor.dtype)) {
    if (decimals >= 0) return tensor
    const wide = rounded(convertElementType(tensor, 'float64'), { decimals })
    return convertElementType(wide, tensor.dtype)
  }
  if (decimals === 0) return p.round(tensor)
  const scale = 10 ** Math.abs(decimals)
  return decimals > 0 ? div(p.round(mul(tensor, scale)), scale) : mul(p.round(div(tensor, scale)), scale)
}

/**
 * Rounded to a number of decimal places, halves to the even neighbour.
 * @example np.round(np.array([0.5, 1.5, 2.5])).toArray() // [0, 2, 2]
 * @example np.round(np.array([1234]), { decimals: -2 }).toArray() // [1200]
 */
export const round = dualOptions<RoundOptions>('round', ['decimals'], rounded)

/** Another name of `round`. @example np.around(2.5).item() // 2 */
export const around = round

/** A bound of `clip`; null or nothing leaves that side open. */
export type Bound = TensorLike | null | undefined

/** Data first, `clip(x, low, high)`, or in a pipe `clip(low, high)`. */
export interface Clip {
  (x: TensorLike, low: Bound, high: Bound): Tensor
  (low: Bound, high?: Bound): (x: TensorLike) => Tensor
}

const clipped = (x: TensorLike, low: Bound, high: Bound): Tensor => {
  // A number takes the dtype of whichever bound is a tensor.
  const operand = high instanceof Tensor && !(x instanceof Tensor) ? (promoteDTypes('clip', [x, high])[0] as Tensor) : x
  const above = low === null || low === undefined ? toTensor(operand) : maximum(low, operand)
  return high === null || high === undefined ? above : minimum(high, above)
}

/**
 * min(max(x, low), high). Both bounds have to be given, as null if a side is open; they broadcast.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.clip(np.array([-1, 0.5, 3]), 0, 1).toArray() // [0, 0.5, 1]
 * @example pipe(np.array([-1, 3]), np.clip(0, null)).toArray() // [0, 3]
 */
export const clip = named('clip', (...args: readonly Bound[]) => {
  const options = args.find(isRecord)
  if (options !== undefined) {
    throw new ArgumentError(
      `clip: bounds are positional, not ${show(options)}: np.clip(x, lo, hi), with null for none.`,
    )
  }
  return args.length >= 3
    ? clipped(args[0] as TensorLike, args[1], args[2])
    : (x: TensorLike): Tensor => clipped(x, args[0], args[1])
}) as Clip

export interface NanToNumOptions {
  /** What NaN becomes; default 0. */
  readonly nan?: number
  /** What ∞ becomes; by default the largest number of the dtype. */
  readonly posinf?: number
  /** What −∞ becomes; by default the least number of the dtype. */
  readonly neginf?: number
}

/** The largest finite float32, (2 − 2⁻²³)·2¹²⁷ (IEEE 754). */
const largestFloat32 = (2 - 2 ** -23) * 2 ** 127

/**
 * NaN and infinities replaced by numbers.
 * @example np.nanToNum(np.array([NaN, 1, -Infinity]), { neginf: -9 }).toArray() // [0, 1, -9]
 */
export const nanToNum = dualOptions<NanToNumOptions>('nanToNum', ['nan', 'posinf', 'neginf'], (x, options) => {
  const tensor = toTensor(x)
  if (!isFloat(tensor.dtype)) return tensor
  const largest = bytesOf(tensor.dtype) === 4 ? largestFloat32 : Number.MAX_VALUE
  const { nan = 0, posinf = largest, neginf = -largest } = options
  const finite = select(ne(tensor, tensor), nan, tensor)
  const below = select(eq(tensor, Number.POSITIVE_INFINITY), posinf, finite)
  return select(eq(tensor, Number.NEGATIVE_INFINITY), neginf, below)
})
