/** Threefry-2x32, the counter-based generator under every random number (Salmon et al. 2011, 20 rounds, as in JAX). */
import { wholeNumbers } from '../checks.js'

import { DTypeError, ShapeError } from '../errors.js'
import { showType } from '../print.js'
import { type Shape, sizeOf, sizesOf } from '../shape.js'
import type { Abstract, Tensor } from '../tensor.js'
import { moveBatchAxis } from './batching.js'
import { oneOf, shape as shapeType } from './parameters.js'
import { bind1, type Operand, ownRows, type Params, primitive } from './primitive.js'

/** Both words of each block, or their exclusive or. */
export type ThreefryKind = 'pair' | 'xor'

interface ThreefryParams extends Params {
  /** How many blocks a key gives, as a shape. */
  readonly shape: Shape
  readonly kind: ThreefryKind
}

const threefryP = primitive<ThreefryParams>({
  name: 'threefry',
  operands: 2,
  parameters: { shape: shapeType, kind: oneOf('pair', 'xor') },
  abstract: ([key, start], { shape, kind }) => {
    const [k, s] = [key as Abstract, start as Abstract]
    if (k.dtype !== 'uint32' || s.dtype !== 'uint32') {
      throw new DTypeError(
        `threefry: the key ${showType(k)} and the start ${showType(s)} have to be uint32. Make keys with random.key(seed).`,
      )
    }
    const rank = s.shape.length
    let fits = k.shape.length === rank + 1 && k.shape[rank] === 2
    for (let i = 0; i < rank; i++) if (k.shape[i] !== s.shape[i]) fits = false
    if (!fits) {
      throw new ShapeError(
        `threefry: the key ${showType(k)} has to end in an axis of size 2, with one start per key, not ${showType(s)}.`,
      )
    }
    const sizes = sizesOf(s.shape)
    for (let i = 0; i < shape.length; i++) sizes.push(shape[i] as number)
    if (kind === 'pair') sizes.push(2)
    return [{ shape: sizes, dtype: 'uint32', weakType: false }]
  },
  lower: (emit, [key, start], [y], { shape, kind }) => {
    const [k, s, to] = [key as Operand, start as Operand, y as Operand]
    emit.call('threefry', k.pointer, s.pointer, to.pointer, sizeOf(s.shape), sizeOf(shape), kind === 'pair' ? 0 : 1)
  },
  rows: (inputs) => ((inputs[1] as Abstract).shape.length > 0 ? ownRows(inputs) : null),
  jvp: ([key, start], _, { shape, kind }) => [[threefry(key as Tensor, start as Tensor, shape, kind)], [null]],
  batch: ([key, start], axes, { shape, kind }, { size }) => {
    const keys = moveBatchAxis(key as Tensor, axes[0] ?? null, 0, size)
    const starts = moveBatchAxis(start as Tensor, axes[1] ?? null, 0, size)
    return [[threefry(keys, starts, shape, kind)], [0]]
  },
})

/**
 * Blocks number `start`, `start + 1`, … of the stream of each key, arranged in `shape`. A block is the cipher of its 64-bit
 * number, high word first: two words for 'pair' (a last axis of size 2), their exclusive or for 'xor'.
 * @param key uint32[…, 2]  @param start uint32[…]
 * @throws ShapeError, DTypeError
 * @example lax.threefry(random.key(0), np.array(0, { dtype: 'uint32' }), [3], 'xor').shape // [3]
 */
export const threefry = (key: Tensor, start: Tensor, shape: Shape, kind: ThreefryKind): Tensor =>
  bind1(threefryP, [key, start], { shape: sizesOf(wholeNumbers('threefry', 'the shape', shape)), kind })
