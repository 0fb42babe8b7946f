/** Keys: the explicit state of randomness. A key gives the same numbers whenever it is used, so use each one once. */

import { isInteger } from '../dtype.js'
import { DTypeError, RangeError, ShapeError } from '../errors.js'
import { concatenate } from '../primitives/concatenate.js'
import { bitcastConvertType, convertElementType } from '../primitives/convert.js'
import { shrArithmetic } from '../primitives/logical.js'
import { reshape } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import { threefry } from '../primitives/threefry.js'
import { print, showType } from '../print.js'
import { checkShape, range, type Shape } from '../shape.js'
import { show } from '../show.js'
import { ConcreteTensor, uniform as constant, scalar, Tensor } from '../tensor.js'
import type { Destructures } from '../tuple.js'

/** A key: uint32[2]. `split` gives arrays of keys, uint32[…, 2]. */
export type Key = Tensor

/** @throws DTypeError, ShapeError unless `key` is a single key */
export const checkKey = (operation: string, key: Key): void => {
  if (!(key instanceof Tensor)) {
    throw new DTypeError(
      `${operation}: the key is ${typeof key === 'number' ? `the number ${String(key)}` : typeof key}. Make one with random.key(seed).`,
    )
  }
  if (key.dtype !== 'uint32') {
    throw new DTypeError(
      `${operation}: the key is ${showType(key)}; keys are uint32[2]. Make one with random.key(seed).`,
    )
  }
  if (key.sizes.length === 1 && key.sizes[0] === 2) return
  const many = key.sizes.length > 1 && key.sizes[key.sizes.length - 1] === 2
  throw new ShapeError(
    many
      ? `${operation}: ${showType(key)} holds many keys and one is needed. Take one by keys.slice(i), or all with vmap.`
      : `${operation}: the key is ${showType(key)}; keys are uint32[2]. Make one with random.key(seed).`,
  )
}

const largestSeed = 2 ** 53

/**
 * A key from a seed: its upper and lower 32 bits.
 * @param seed a whole number (negative ones as 64-bit two's complement), a bigint of 64 bits, or an integer scalar tensor
 * @throws RangeError if the seed is no whole number, DTypeError or ShapeError for tensors that are no integer scalars
 * @example random.key(42).toArray() // [0, 42]
 */
export const key = (seed: number | bigint | Tensor): Key => {
  if (seed instanceof Tensor) return keyOfTensor(seed)
  if (typeof seed === 'number' && !(Number.isInteger(seed) && Math.abs(seed) <= largestSeed)) {
    throw new RangeError(
      `random.key: the seed ${show(seed)} is no whole number within ±2^53. Take Math.floor of it, or a bigint.`,
    )
  }
  if (typeof seed !== 'number' && typeof seed !== 'bigint') {
    throw new DTypeError(`random.key: the seed is ${typeof seed}; it has to be a whole number.`)
  }
  const word = BigInt.asUintN(64, BigInt(seed))
  return new ConcreteTensor([2], 'uint32', Uint32Array.of(Number(word >> 32n), Number(word & 0xffffffffn)))
}

const keyOfTensor = (seed: Tensor): Key => {
  if (!isInteger(seed.dtype)) {
    throw new DTypeError(
      `random.key: the seed is ${print(seed, true)}; it has to be an integer. Convert with seed.astype('int32').`,
    )
  }
  if (seed.ndim !== 0) {
    throw new ShapeError(
      `random.key: the seed is ${print(seed, true)}; it has to be a scalar. Use vmap(random.key) for many seeds.`,
    )
  }
  const low = convertElementType(seed, 'uint32')
  // The sign of an int32 continues in the upper word, as it does for numbers.
  const high = seed.dtype === 'int32' ? bitcastConvertType(shrArithmetic(seed, 31), 'uint32') : scalar(0, 'uint32')
  return concatenate([reshape(high, [1]), reshape(low, [1])], 0)
}

const zero = scalar(0, 'uint32')

/**
 * New independent keys from one, which is not to be used again.
 * @param count how many (2 unless said), or the shape of an array of keys
 * @returns uint32[count, 2], which iterates, indexes and vmaps
 * @throws DTypeError, ShapeError if `key` is no key
 * @example const [a, b] = random.split(random.key(0)) // a is [1797259609, 2579123966], b is [928981903, 3453687069]
 */
export function split<const N extends number = 2>(key: Key, count?: N): Destructures<N>
export function split(key: Key, count: number | Shape): Key
export function split(key: Key, count: number | Shape = 2): Key {
  checkKey('random.split', key)
  const shape = typeof count === 'number' ? [count] : count
  checkShape('random.split', shape)
  return threefry(key, zero, shape, 'pair')
}

/**
 * A key made of a key and a number, such as the index of a step or a layer: different numbers give independent keys.
 * @param data a whole number from 0 to 2³² − 1 (others wrap), or an integer scalar tensor
 * @throws RangeError if it is no whole number; DTypeError, ShapeError
 * @example random.foldIn(random.key(0), 1).toArray() // [928981903, 3453687069]
 */
export const foldIn = (key: Key, data: number | Tensor): Key => {
  checkKey('random.foldIn', key)
  return threefry(key, counter(data), [], 'pair')
}

const counter = (data: number | Tensor): Tensor => {
  if (!(data instanceof Tensor)) {
    if (!Number.isInteger(data)) throw new RangeError(`random.foldIn: ${show(data)} is no whole number.`)
    return scalar(data, 'uint32')
  }
  if (!isInteger(data.dtype)) {
    throw new DTypeError(
      `random.foldIn: folds in integers, not ${print(data, true)}. Convert with data.astype('uint32').`,
    )
  }
  if (data.ndim !== 0) {
    throw new ShapeError(`random.foldIn: folds in a scalar, not ${print(data, true)}. Use vmap for many.`)
  }
  return convertElementType(data, 'uint32')
}

/** `split`, one by one, for samplers that need several keys; of an array of keys, each of them. */
export const keys = (key: Key, count: number): readonly Key[] => {
  const axis = key.ndim - 1
  const all = threefry(
    key,
    constant(0, { shape: key.sizes.slice(0, -1), dtype: 'uint32', weakType: false }),
    [count],
    'pair',
  )
  return range(count).map((i) => reshape(sliceAxis(all, axis, i, i + 1), key.sizes))
}

/** Two keys of one. */
export const pair = (key: Key): readonly [Key, Key] => keys(key, 2) as unknown as readonly [Key, Key]
