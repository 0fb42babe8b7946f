/** Random bits, of which every other sample is made. */

import type { DType } from '../dtype.js'
import { DTypeError } from '../errors.js'
import { operation } from '../operation.js'
import { convertElementType } from '../primitives/convert.js'
import { type ThreefryKind, threefry } from '../primitives/threefry.js'
import { checkShape, type Shape } from '../shape.js'
import { uniform as constant, type Tensor } from '../tensor.js'
import { checkKey, type Key } from './key.js'

/** Places in the streams of keys, one for each of the rows that are drawn from there. */
export class Rows {
  /** @param keys uint32[rows, 2] @param starts uint32[rows] */
  constructor(
    readonly keys: Tensor,
    readonly starts: Tensor,
  ) {}
}

/** What bits come from: the stream of a key, or of each of an array of keys, or rows out of streams. */
export type Source = Key | Rows

const blocks = (from: Source, shape: Shape, kind: ThreefryKind): Tensor =>
  from instanceof Rows
    ? threefry(from.keys, from.starts, shape, kind)
    : threefry(from, constant(0, { shape: from.sizes.slice(0, -1), dtype: 'uint32', weakType: false }), shape, kind)

/** 32 random bits for every element. An array of keys, or rows, give such a tensor for each, along leading axes. */
export const words = (from: Source, shape: Shape): Tensor => blocks(from, shape, 'xor')

/** 64 random bits for every element: the upper and the lower word along a new last axis. */
export const wordPairs = (from: Source, shape: Shape): Tensor => blocks(from, shape, 'pair')

export interface BitsOptions {
  /** uint32 unless said; uint8 takes the lowest bits of each word. */
  readonly dtype?: DType
}

/**
 * Uniformly random bits.
 * @returns uint32 of this shape, or uint8
 * @throws DTypeError if the key is no key or the dtype not unsigned, ShapeError
 * @example random.bits(random.key(0), [3]).toArray() // [4070199207, 4202968722, 1427181096]
 */
export const bits = operation(
  'random.bits',
  { at: 2, names: ['dtype'] },
  (key: Key, shape: Shape = [], { dtype = 'uint32' }: BitsOptions = {}): Tensor => {
    checkKey('random.bits', key)
    checkShape('random.bits', shape)
    if (dtype !== 'uint32' && dtype !== 'uint8') {
      throw new DTypeError(
        `random.bits: gives uint32 or uint8, not ${dtype}. Use random.randint or random.uniform for numbers.`,
      )
    }
    return convertElementType(words(key, shape), dtype)
  },
)
