/** Sliding sums of products of vectors. */
import { RangeError, ShapeError } from '../errors.js'
import { convGeneralDilated } from '../primitives/conv.js'
import { reshape } from '../primitives/shape.js'
import { rev } from '../primitives/slice.js'
import { showType } from '../print.js'
import { show } from '../show.js'
import type { Tensor, TensorLike } from '../tensor.js'
import { type Dual, dual } from './dual.js'
import { promoteDTypes, toNumeric } from './promotion.js'

export interface OverlapOptions {
  /** All overlaps, as many as the longer vector has elements, or only the complete ones. */
  readonly mode?: 'full' | 'same' | 'valid'
}

const sliding = (name: string, a: TensorLike, b: TensorLike, mode: string, flip: boolean): Tensor => {
  const [x, y] = promoteDTypes(name, [toNumeric(a), toNumeric(b)]) as [Tensor, Tensor]
  if (x.ndim !== 1 || y.ndim !== 1 || x.size === 0 || y.size === 0) {
    throw new ShapeError(`${name}: takes two vectors with elements, not ${showType(x)} and ${showType(y)}.`)
  }
  const swapped = y.size > x.size
  const [long, short] = swapped ? [y, x] : [x, y]
  const m = short.size
  const paddings: Readonly<Record<string, readonly [number, number]>> = {
    valid: [0, 0],
    same: [Math.floor(m / 2), m - Math.floor(m / 2) - 1],
    full: [m - 1, m - 1],
  }
  const padding = paddings[mode]
  if (padding === undefined) throw new RangeError(`${name}: mode ${show(mode)} is none of 'full', 'same', 'valid'.`)
  const kernel = flip ? rev(short, [0]) : short
  const result = convGeneralDilated(reshape(long, [1, 1, long.size]), reshape(kernel, [1, 1, m]), [1], [padding])
  const flat = reshape(result, [result.size])
  // Correlating the other way round gives the same sums in reverse.
  return swapped && !flip ? rev(flat, [0]) : flat
}

/**
 * The discrete convolution Σⱼ aⱼ v₍ₖ₋ⱼ₎ of two vectors.
 * @throws ShapeError unless both are vectors with elements, RangeError for unknown modes
 * @example np.convolve(np.array([1, 2, 3]), np.array([0, 1])).toArray() // [0, 1, 2, 3]
 */
export const convolve: Dual<[v: TensorLike, options?: OverlapOptions]> = dual(
  'convolve',
  1,
  ['mode'],
  (a, v: TensorLike, { mode = 'full' }: OverlapOptions = {}) => sliding('convolve', a, v, mode, true),
)

/**
 * The correlation Σⱼ aⱼ₊ₖ vⱼ of two vectors at every shift k.
 * @throws ShapeError unless both are vectors with elements, RangeError for unknown modes
 * @example np.correlate(np.array([1, 2, 3]), np.array([0, 1]), { mode: 'full' }).toArray() // [1, 2, 3, 0]
 */
export const correlate: Dual<[v: TensorLike, options?: OverlapOptions]> = dual(
  'correlate',
  1,
  ['mode'],
  (a, v: TensorLike, { mode = 'valid' }: OverlapOptions = {}) => sliding('correlate', a, v, mode, false),
)
