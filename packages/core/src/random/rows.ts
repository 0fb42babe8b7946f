/**
 * Large samples as rows that one program draws: each row has its own place in the key's stream, so that some rows at a time go from
 * random bits to samples while they are in the cache, and what lies between takes no memory. The numbers are those of the whole.
 */

import { mul } from '../primitives/arithmetic.js'
import { broadcastedIota } from '../primitives/iota.js'
import { broadcastTo, reshape } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import { type Shape, sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { jit } from '../transforms/jit.js'
import type { FloatDType } from './arguments.js'
import { Rows, type Source } from './bits.js'
import type { Key } from './key.js'

/** Samples from bits, one for one; the parameters have the samples' shape. */
type Draw = (source: Source, shape: Shape, dtype: FloatDType, ...parameters: readonly Tensor[]) => Tensor

/** Fewer samples are drawn operation by operation: a program would take longer to compile. */
const fewest = 2 ** 20
const rowLength = 1024

const rowsOf = (key: Key, size: number): Rows => {
  const rows = Math.ceil(size / rowLength)
  return new Rows(broadcastTo(key, [rows, 2]), mul(broadcastedIota('uint32', [rows], 0), rowLength))
}

/** A sampler with parameters that broadcast to the shape; all arguments are already checked. */
export const sampler = (
  draw: Draw,
): ((key: Key, shape: Shape, dtype: FloatDType, ...parameters: readonly Tensor[]) => Tensor) => {
  const inRows = jit(
    (key: Key, size: number, dtype: FloatDType, ...parameters: readonly Tensor[]): Tensor => {
      const rows = Math.ceil(size / rowLength)
      const own = parameters.map((p) => broadcastTo(p, [rows, rowLength]))
      const drawn = reshape(draw(rowsOf(key, size), [rowLength], dtype, ...own), [rows * rowLength])
      return sliceAxis(drawn, 0, 0, size)
    },
    { staticArgnums: [1, 2] },
  )
  return (key, shape, dtype, ...parameters) => {
    const size = sizeOf(shape)
    return size >= fewest && parameters.every((p) => p.ndim === 0)
      ? reshape(inRows(key, size, dtype, ...parameters), shape)
      : draw(key, shape, dtype, ...parameters.map((p) => broadcastTo(p, shape)))
  }
}
