/** Uniform floats: random bits as the mantissa of a number between 1 and 2. */
import { operation } from '../operation.js'
import { add, mul, sub } from '../primitives/arithmetic.js'
import { concatenate } from '../primitives/concatenate.js'
import { bitcastConvertType } from '../primitives/convert.js'
import { or, shl, shrLogical } from '../primitives/logical.js'
import { max } from '../primitives/maximum.js'
import { sliceAxis } from '../primitives/slice.js'
import { checkShape, type Shape } from '../shape.js'
import type { Tensor, TensorLike } from '../tensor.js'
import { type FloatDType, type FloatOptions, floatDType, parameter, parameterLike, sampleShape } from './arguments.js'
import { type Source, wordPairs, words } from './bits.js'
import { checkKey, type Key } from './key.js'
import { sampler } from './rows.js'

export interface UniformOptions extends FloatOptions {
  /** The least value, 0 unless said; broadcasts to the shape. */
  readonly minval?: TensorLike
  /** Samples are below this value, 1 unless said; broadcasts to the shape. */
  readonly maxval?: TensorLike
}

/** The bits of 1.0, of which the exponent is used; in float64 those of its upper word. */
const one = { float32: 0x3f800000, float64: 0x3ff00000 } as const

/** Multiples of 2⁻²³ (2⁻⁵² in float64) from 0 to 1, without 1; for an array of keys, or rows, such a tensor for each. */
export const unitInterval = (from: Source, shape: Shape, dtype: FloatDType): Tensor => {
  if (dtype === 'float32') {
    return sub(bitcastConvertType(or(shrLogical(words(from, shape), 9), one.float32), 'float32'), 1)
  }
  const pairs = wordPairs(from, shape)
  const axis = pairs.ndim - 1
  const high = sliceAxis(pairs, axis, 0, 1)
  const low = sliceAxis(pairs, axis, 1, 2)
  const mantissa = [or(shl(high, 20), shrLogical(low, 12)), or(shrLogical(high, 12), one.float64)]
  return sub(bitcastConvertType(concatenate(mantissa, axis), 'float64'), 1)
}

/** Samples of [low, high), which are tensors of this shape and dtype or numbers; arguments are already checked. */
export const between = (
  from: Source,
  shape: Shape,
  dtype: FloatDType,
  low: Tensor | number,
  high: Tensor | number,
): Tensor => {
  const floats = unitInterval(from, shape, dtype)
  if (low === 0 && high === 1) return floats
  const [least, greatest] = [parameterLike(low, dtype, floats.sizes), parameterLike(high, dtype, floats.sizes)]
  return max(least, add(mul(floats, sub(greatest, least)), least))
}

const standard = sampler(unitInterval)
const scaled = sampler((from, shape, dtype, low, high) => between(from, shape, dtype, low as Tensor, high as Tensor))

/**
 * Uniform samples of [minval, maxval).
 * @returns a float tensor of this shape
 * @throws DTypeError, ShapeError if the key is no key, the dtype no float, or the bounds do not broadcast to the shape
 * @example random.uniform(random.key(0), [3]) // [0.947667, 0.9785799, 0.3322914]
 */
export const uniform = operation(
  'random.uniform',
  { at: 2, names: ['minval', 'maxval', 'dtype'] },
  (key: Key, shape: Shape = [], options: UniformOptions = {}): Tensor => {
    checkKey('random.uniform', key)
    checkShape('random.uniform', shape)
    const { minval = 0, maxval = 1 } = options
    const dtype = floatDType('random.uniform', options.dtype)
    sampleShape('random.uniform', shape, minval, maxval)
    return minval === 0 && maxval === 1
      ? standard(key, shape, dtype)
      : scaled(key, shape, dtype, parameter(minval, dtype), parameter(maxval, dtype))
  },
)
