/** Floats by their parts: sign, exponent, mantissa, neighbours; and which of them are numbers at all. */

import { isFloat } from '../dtype.js'
import { DTypeError } from '../errors.js'
import { named, namedUnary } from '../operation.js'
import { abs, add, mul, neg, sub } from '../primitives/arithmetic.js'
import { eq, lt, ne } from '../primitives/compare.js'
import { concatenate } from '../primitives/concatenate.js'
import { bitcastConvertType, convertElementType } from '../primitives/convert.js'
import { and, shl, shrLogical } from '../primitives/logical.js'
import { max, min } from '../primitives/maximum.js'
import * as p from '../primitives/rounding.js'
import { select } from '../primitives/select.js'
import { reshape } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import { showType } from '../print.js'
import { type Tensor, type TensorLike, toTensor, uniform } from '../tensor.js'
import { dualBinary } from './dual.js'
import { broadcastAll, floatBinary, toFloat } from './promotion.js'

const everywhere = (x: Tensor, value: boolean): Tensor =>
  uniform(Number(value), { shape: x.sizes, dtype: 'bool', weakType: false })

/** `true` where x is NaN. @example np.isnan(np.array([NaN, 1])).toArray() // [true, false] */
export const isnan = named('isnan', (x: TensorLike): Tensor => {
  const tensor = toTensor(x)
  return isFloat(tensor.dtype) ? ne(tensor, tensor) : everywhere(tensor, false)
})

/** `true` where x is neither infinite nor NaN. @example np.isfinite(np.array([Infinity, 1])).toArray() // [false, true] */
export const isfinite = named('isfinite', (x: TensorLike): Tensor => {
  const tensor = toTensor(x)
  return isFloat(tensor.dtype) ? p.isFinite(tensor) : everywhere(tensor, true)
})

const isValue = (name: string, test: (x: Tensor) => Tensor): ((x: TensorLike) => Tensor) =>
  namedUnary(name, (x: TensorLike) => {
    const tensor = toTensor(x)
    return isFloat(tensor.dtype) ? test(tensor) : everywhere(tensor, false)
  })

/** `true` where x is ∞ or −∞. @example np.isinf(np.array([-Infinity, 1])).toArray() // [true, false] */
export const isinf = isValue('isinf', (x) => eq(abs(x), Number.POSITIVE_INFINITY))

/** `true` where x is ∞. @example np.isposinf(np.array([Infinity, -Infinity])).toArray() // [true, false] */
export const isposinf = isValue('isposinf', (x) => eq(x, Number.POSITIVE_INFINITY))

/** `true` where x is −∞. @example np.isneginf(np.array([Infinity, -Infinity])).toArray() // [false, true] */
export const isneginf = isValue('isneginf', (x) => eq(x, Number.NEGATIVE_INFINITY))

/** The most significant 32 bits of every float. */
const highBits = (x: Tensor): Tensor => {
  if (x.dtype === 'float32') return bitcastConvertType(x, 'int32')
  return reshape(sliceAxis(bitcastConvertType(x, 'int32'), x.ndim, 1, 2), x.sizes)
}

/** `true` where the sign bit is set, so of −0 too. @example np.signbit(np.array([-0, 0, -2])).toArray() // [true, false, true] */
export const signbit = named('signbit', (x: TensorLike): Tensor => {
  const tensor = toTensor(x)
  if (isFloat(tensor.dtype)) return lt(highBits(tensor), 0)
  return tensor.dtype === 'bool' ? everywhere(tensor, false) : lt(tensor, 0)
})

/**
 * |x| with the sign of y.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.copysign(np.array([1, -2]), -0).toArray() // [-1, -2]
 */
export const copysign = floatBinary('copysign', (x, y) => {
  const magnitude = abs(x)
  return select(signbit(y), neg(magnitude), magnitude)
})

/**
 * The next float after x on the way to y.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.nextafter(np.array(1), 2).item() // 1.0000001192092896
 */
export const nextafter = floatBinary('nextafter', p.nextafter)

/** The distance from x to the next float away from 0. @example np.spacing(np.array(1)).item() // 1.1920928955078125e-7 */
export const spacing = named('spacing', (x: TensorLike): Tensor => {
  const value = toFloat(x)
  const away = select(signbit(value), Number.NEGATIVE_INFINITY, uniform(Number.POSITIVE_INFINITY, value))
  return select(p.isFinite(value), sub(p.nextafter(value, away), value), Number.NaN)
})

interface Format {
  /** Bits of the fraction in the most significant word. */
  readonly fraction: number
  readonly bias: number
  /** Brings subnormals into the normal range. */
  readonly lift: number
}

/** IEEE 754 binary32 and binary64. */
const formatOf = (x: Tensor): Format =>
  x.dtype === 'float32' ? { fraction: 23, bias: 127, lift: 24 } : { fraction: 20, bias: 1023, lift: 53 }

/** 2ⁿ exactly, for n in the normal range, by writing the exponent bits. */
const powerOfTwo = (n: Tensor, like: Tensor): Tensor => {
  const { fraction, bias } = formatOf(like)
  const bits = shl(add(n, bias), fraction)
  if (like.dtype === 'float32') return bitcastConvertType(bits, 'float32')
  const words = reshape(bits, [...n.sizes, 1])
  return bitcastConvertType(concatenate([uniform(0, words), words], n.ndim), 'float64')
}

/** x·2ⁿ in three steps, so that no intermediate exponent leaves the normal range. */
const scaleByPower = (x: Tensor, n: Tensor): Tensor => {
  const { bias } = formatOf(x)
  const clamp = (m: Tensor): Tensor => max(min(m, bias - 1), 1 - bias)
  const first = clamp(n)
  const second = clamp(sub(n, first))
  const third = clamp(sub(sub(n, first), second))
  return mul(mul(mul(x, powerOfTwo(first, x)), powerOfTwo(second, x)), powerOfTwo(third, x))
}

/**
 * x·2ⁿ for whole n, exact unless it overflows or underflows.
 * @throws ShapeError if the shapes do not broadcast, DTypeError if n is a float tensor
 * @example np.ldexp(np.array([0.5, 3]), np.array([4, -1], { dtype: 'int32' })).toArray() // [8, 1.5]
 */
export const ldexp = dualBinary('ldexp', (x, n) => {
  const exponent = typeof n === 'number' ? toTensor(n) : toTensor(n)
  if (typeof n !== 'number' && isFloat(exponent.dtype)) {
    throw new DTypeError(
      `ldexp: the exponent is ${showType(exponent)}; it has to be whole. Convert with n.astype('int32').`,
    )
  }
  const [a, b] = broadcastAll('ldexp', [toFloat(x), convertElementType(exponent, 'int32')]) as [Tensor, Tensor]
  return scaleByPower(a, b)
})

/**
 * Mantissa in ±[½, 1) and int32 exponent with x = mantissa · 2^exponent; 0, infinities and NaN keep exponent 0.
 * @example np.frexp(np.array([8, -3])).map((t) => t.toArray()) // [[0.5, -0.75], [4, 2]]
 */
export const frexp = named('frexp', (x: TensorLike): readonly [Tensor, Tensor] => {
  const value = toFloat(x)
  const { fraction, bias, lift } = formatOf(value)
  const exponentBits = (y: Tensor): Tensor =>
    and(
      shrLogical(highBits(y), uniform(fraction, { shape: y.sizes, dtype: 'int32', weakType: false })),
      constantInt(y, 2 * bias + 1),
    )
  const subnormal = eq(exponentBits(value), 0)
  const normal = select(subnormal, mul(value, 2 ** lift), value)
  const exponent = sub(sub(exponentBits(normal), bias - 1), select(subnormal, constantInt(value, lift), 0))
  const plain = and(p.isFinite(value), ne(value, 0))
  const kept = select(plain, exponent, 0)
  return [scaleByPower(value, neg(kept)), kept]
})

const constantInt = (x: Tensor, value: number): Tensor =>
  uniform(value, { shape: x.sizes, dtype: 'int32', weakType: false })
