/** Whole numbers between bounds. */

import { type DType, isInteger } from '../dtype.js'
import { DTypeError } from '../errors.js'
import { operation } from '../operation.js'
import { add, mul, rem, sub } from '../primitives/arithmetic.js'
import { gt, le } from '../primitives/compare.js'
import { bitcastConvertType, convertElementType } from '../primitives/convert.js'
import { and, not } from '../primitives/logical.js'
import { max, min } from '../primitives/maximum.js'
import { select } from '../primitives/select.js'
import { broadcastTo } from '../primitives/shape.js'
import { checkShape, type Shape } from '../shape.js'
import { show } from '../show.js'
import { scalar, Tensor, type TensorLike } from '../tensor.js'
import { sampleShape } from './arguments.js'
import { words } from './bits.js'
import { checkKey, type Key, pair } from './key.js'

const ranges: Readonly<Partial<Record<DType, readonly [number, number]>>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  uint8: [0, 2 ** 8 - 1],
}

const rangeOf = (dtype: DType): readonly [number, number] => ranges[dtype] as readonly [number, number]

/** A bound clipped to what the dtype holds, and whether it lay above. */
const bound = (x: TensorLike, dtype: DType, shape: Shape): readonly [Tensor, Tensor] => {
  const [least, greatest] = rangeOf(dtype)
  if (!(x instanceof Tensor)) {
    if (typeof x !== 'number' && typeof x !== 'boolean')
      throw new DTypeError(`random.randint: a bound is ${show(x)}; it has to be a number or a tensor.`)
    const value = Math.min(Math.max(Math.trunc(Number(x)), least), greatest)
    return [broadcastTo(scalar(value, dtype), shape), broadcastTo(scalar(Number(Number(x) > greatest), 'bool'), shape)]
  }
  const whole = isInteger(x.dtype) ? x : convertElementType(x, 'int32')
  const [ownLeast, ownGreatest] = rangeOf(whole.dtype)
  const clipped = min(max(whole, Math.max(least, ownLeast)), Math.min(greatest, ownGreatest))
  const above = greatest < ownGreatest ? gt(whole, greatest) : scalar(0, 'bool')
  return [broadcastTo(convertElementType(clipped, dtype), shape), broadcastTo(above, shape)]
}

export interface RandintOptions {
  /** int32 unless said; or uint32, uint8. */
  readonly dtype?: DType
}

/**
 * Whole numbers from `minval` to `maxval` − 1, equally likely but for a bias below 2⁻³² from 64 random bits each.
 * Where maxval ≤ minval the result is minval.
 * @param minval @param maxval whole numbers or integer tensors that broadcast to the shape
 * @throws DTypeError if the dtype is no integer or the key no key, ShapeError
 * @example random.randint(random.key(0), [4], 0, 10).shape // [4]
 */
export const randint = operation(
  'random.randint',
  { at: 4, names: ['dtype'] },
  (
    key: Key,
    shape: Shape,
    minval: TensorLike,
    maxval: TensorLike,
    { dtype = 'int32' }: RandintOptions = {},
  ): Tensor => {
    checkKey('random.randint', key)
    checkShape('random.randint', shape)
    if (!isInteger(dtype)) {
      throw new DTypeError(
        `random.randint: gives int32, uint32 or uint8, not ${dtype}. random.uniform gives floats, random.bernoulli bool.`,
      )
    }
    sampleShape('random.randint', shape, minval, maxval)
    // Bytes are drawn as int32, whose remainders are less biased; there 256 is a bound like any other.
    const wide = dtype === 'uint8' ? 'int32' : dtype
    const within = (x: TensorLike, greatest: number): TensorLike => {
      if (dtype !== 'uint8') return x
      if (!(x instanceof Tensor)) return Math.min(Math.max(Number(x), 0), greatest)
      return min(max(convertElementType(x, 'int32'), 0), greatest)
    }
    const [low] = bound(within(minval, 255), wide, shape)
    const [high, above] = bound(within(maxval, 256), wide, shape)
    const empty = le(high, low)
    const distance = sub(high, low)
    const gap = select(empty, 1, wide === 'uint32' ? distance : bitcastConvertType(distance, 'uint32'))
    const span = select(and(above, not(empty)), add(gap, 1), gap)
    const [higher, lower] = pair(key).map((k) => words(k, shape)) as [Tensor, Tensor]
    // (2³² h + l) mod span, in 32 bits. A span of 2³² has wrapped to 0, and rem(x, 0) is x.
    const half = rem(2 ** 16, span)
    const factor = rem(mul(half, half), span)
    const offset = rem(add(mul(rem(higher, span), factor), rem(lower, span)), span)
    return convertElementType(add(low, convertElementType(offset, wide)), dtype)
  },
)
