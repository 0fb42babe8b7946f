/** Dtypes: their names, limits, kinds, and what they promote to. */

import { bytesOf, type DType, isDType, isFloat, isInteger, isUnsigned, promoteTypes as joinTypes } from '../dtype.js'
import { DTypeError } from '../errors.js'
import { named } from '../operation.js'
import { show } from '../show.js'
import { type Abstract, Tensor, type TensorLike } from '../tensor.js'
import { resultTypeOf } from './promotion.js'
import { checkDType, integerLimits } from './storage.js'

/** Numbers of 24 bits of precision: the dtype of most tensors. */
export const float32 = 'float32'
/** Numbers of 53 bits of precision. */
export const float64 = 'float64'
/** Whole numbers from −2³¹ to 2³¹ − 1, that wrap. */
export const int32 = 'int32'
/** Whole numbers from 0 to 2³² − 1, that wrap: random keys and bits. */
export const uint32 = 'uint32'
/** Whole numbers from 0 to 255, that wrap: images. */
export const uint8 = 'uint8'
/** `true` and `false`. */
export const bool = 'bool'

/** π */
export const pi = Math.PI
/** Euler's number e */
export const e = Math.E
/** ∞ */
export const inf = Number.POSITIVE_INFINITY
/** Not a number: equal to nothing, itself included. */
export const nan = Number.NaN
/** Euler's constant γ (OEIS A001620) */
export const eulerGamma = 0.5772156649015329
/** A new axis in an index. */
export const newaxis = null

/** Limits of a float dtype. */
export interface FloatInfo {
  readonly dtype: DType
  readonly bits: number
  /** The distance from 1 to the next float. */
  readonly eps: number
  readonly max: number
  readonly min: number
  /** The smallest positive normal number. */
  readonly tiny: number
  readonly smallestNormal: number
  readonly smallestSubnormal: number
  /** Bits of the fraction. */
  readonly nmant: number
  /** Bits of the exponent. */
  readonly nexp: number
}

/** Limits of an integer dtype. */
export interface IntegerInfo {
  readonly dtype: DType
  readonly bits: number
  readonly min: number
  readonly max: number
}

const typeOf = (operation: string, x: DType | Tensor): DType =>
  x instanceof Tensor ? x.dtype : checkDType(operation, x)

/** Limits of a float dtype (IEEE 754). @throws DTypeError for other dtypes @example np.finfo('float32').eps // 1.1920928955078125e-7 */
export const finfo = named('finfo', (x: DType | Tensor): FloatInfo => {
  const dtype = typeOf('finfo', x)
  if (!isFloat(dtype)) throw new DTypeError(`finfo: ${dtype} is no float dtype. np.iinfo tells about integers.`)
  const [bits, nmant, nexp] = dtype === 'float32' ? [32, 23, 8] : [64, 52, 11]
  const bias = 2 ** (nexp - 1) - 1
  const max = (2 - 2 ** -nmant) * 2 ** bias
  const tiny = 2 ** (1 - bias)
  return Object.freeze({
    ...{ dtype, bits, eps: 2 ** -nmant, max, min: -max, tiny, smallestNormal: tiny },
    ...{ smallestSubnormal: 2 ** (1 - bias - nmant), nmant, nexp },
  })
})

/** Limits of an integer dtype. @throws DTypeError for other dtypes @example np.iinfo('uint8').max // 255 */
export const iinfo = named('iinfo', (x: DType | Tensor): IntegerInfo => {
  const dtype = typeOf('iinfo', x)
  const range = integerLimits[dtype]
  if (range === undefined) throw new DTypeError(`iinfo: ${dtype} is no integer dtype. np.finfo tells about floats.`)
  return Object.freeze({ dtype, bits: bytesOf(dtype) * 8, min: range[0], max: range[1] })
})

/** The dtype that an operation of two has, by JAX's lattice. @throws DTypeError for a name that is none @example np.promoteTypes('int32', 'float32') // 'float32' */
export const promoteTypes = named(
  'promoteTypes',
  (a: DType, b: DType): DType => joinTypes(checkDType('promoteTypes', a), checkDType('promoteTypes', b)),
)

/** The dtype of an operation on tensors, JS numbers (weak) and dtypes. @example np.resultType(np.array([1], { dtype: 'int32' }), 0.5) // 'float32' */
export const resultType = named('resultType', (...operands: readonly (TensorLike | DType)[]): DType => {
  const named = operands.filter((x) => typeof x === 'string').map((x) => checkDType('resultType', x))
  const values = operands.filter((x) => typeof x !== 'string')
  if (named.length === 0 && values.length === 0)
    throw new DTypeError('resultType: give at least one tensor, number or dtype.')
  const stand = named.map((dtype) => new StandIn(dtype))
  return resultTypeOf([...values, ...stand]).dtype
})

/** A tensor that is only a dtype. */
class StandIn extends Tensor {
  readonly type: Abstract
  constructor(dtype: DType) {
    super()
    this.type = { shape: [], dtype, weakType: false }
  }
  override concrete(): never {
    throw new DTypeError(`${this.dtype} is a dtype and has no value.`)
  }
}

/** Abstract kinds of dtypes. */
export type Kind = 'bool' | 'signed integer' | 'unsigned integer' | 'integral' | 'real floating' | 'numeric'

const kinds: Readonly<Record<Kind, (dtype: DType) => boolean>> = {
  bool: (d) => d === 'bool',
  'signed integer': (d) => isInteger(d) && !isUnsigned(d),
  'unsigned integer': isUnsigned,
  integral: isInteger,
  'real floating': isFloat,
  numeric: (d) => d !== 'bool',
}

/** Whether a dtype is the other, or of one of these kinds. @example np.isdtype('int32', 'integral') // true */
export const isdtype = named('isdtype', (dtype: DType, kind: DType | Kind | readonly (DType | Kind)[]): boolean =>
  (Array.isArray(kind) ? kind : [kind]).some(
    (k: DType | Kind) =>
      checkDType('isdtype', dtype) === k ||
      (typeof k === 'string' && Object.hasOwn(kinds, k) && kinds[k as Kind](dtype)),
  ),
)

/** NumPy's abstract dtypes. */
export type AbstractType =
  | 'generic'
  | 'number'
  | 'integer'
  | 'signedinteger'
  | 'unsignedinteger'
  | 'floating'
  | 'inexact'

const abstractTypes: Readonly<Record<AbstractType, (dtype: DType) => boolean>> = {
  generic: () => true,
  number: kinds.numeric,
  integer: isInteger,
  signedinteger: kinds['signed integer'],
  unsignedinteger: isUnsigned,
  floating: isFloat,
  inexact: isFloat,
}

/** Whether a dtype stands below another in NumPy's hierarchy. @example np.issubdtype('float32', 'floating') // true */
export const issubdtype = named('issubdtype', (dtype: DType, parent: DType | AbstractType): boolean => {
  checkDType('issubdtype', dtype)
  if (isDType(parent)) return dtype === parent
  if (typeof parent === 'string' && Object.hasOwn(abstractTypes, parent)) return abstractTypes[parent](dtype)
  throw new DTypeError(
    `issubdtype: ${show(parent)} is neither a dtype nor one of ${Object.keys(abstractTypes).join(', ')}.`,
  )
})

/** Whether every value of one dtype has a place in the other. @throws DTypeError for a name that is none @example np.canCast('uint8', 'int32') // true */
export const canCast = named('canCast', (from: DType | Tensor, to: DType): boolean => {
  const [source, target] = [typeOf('canCast', from), checkDType('canCast', to)]
  if (source === target || source === 'bool') return true
  if (target === 'bool') return false
  if (isFloat(source)) return source === 'float32' && target === 'float64'
  if (isFloat(target)) return target === 'float64' || bytesOf(source) < 4
  const [low, high] = integerLimits[source] as readonly [number, number]
  const [least, most] = integerLimits[target] as readonly [number, number]
  return low >= least && high <= most
})
