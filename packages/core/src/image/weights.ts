/** Resampling along one axis as a product with a small matrix, by JAX's definition. */

import { absolute, add, divide, multiply, subtract } from '../numpy/arithmetic.js'
import { greater, greaterEqual, lessEqual, logicalAnd } from '../numpy/comparison.js'
import { arange } from '../numpy/creation.js'
import { maximum } from '../numpy/extrema.js'
import { tensordot } from '../numpy/products.js'
import { sum } from '../numpy/reductions.js'

import { expandDims, moveaxis } from '../numpy/shaping.js'
import { where } from '../numpy/where.js'
import { convertElementType } from '../primitives/convert.js'
import type { Tensor } from '../tensor.js'
import type { Kernel } from './kernels.js'

/** Weights that sum to less than this are those of places without pixels around them: 1000 units of float32's rounding. */
const leastSum = 1000 * 2 ** -23

/** What happens along one axis: its old and its new size, and pixel x of the old one lies at scale · x + translation. */
export interface Resampling {
  readonly from: number
  readonly to: number
  /** Both are scalars of one float dtype, which is that of the weights. */
  readonly scale: Tensor
  readonly translation: Tensor
  readonly kernel: Kernel
  /** Whether the kernel grows with the pixels, so that smaller images are means and not samples. */
  readonly antialias: boolean
}

/** The weight of every old pixel in every new one, [to, from]: they sum to 1, and to 0 where a new one lies outside. */
export const weightMatrix = ({ from, to, scale, translation, kernel, antialias }: Resampling): Tensor => {
  const { dtype } = scale
  const step = divide(1, scale)
  // Pixels are measured between their middles, which lie at one half.
  const middles = add(arange(to, { dtype }), 0.5)
  const at = subtract(subtract(multiply(middles, step), multiply(translation, step)), 0.5)
  const away = absolute(subtract(expandDims(at, 1), arange(from, { dtype })))
  const weights = kernel(antialias ? divide(away, maximum(step, 1)) : away)
  const total = sum(weights, { axis: 1, keepdims: true })
  const counts = greater(absolute(total), leastSum)
  const isInside = logicalAnd(greaterEqual(at, -0.5), lessEqual(at, from - 0.5))
  return where(logicalAnd(counts, expandDims(isInside, 1)), divide(weights, where(counts, total, 1)), 0)
}

/** x with one axis multiplied by a matrix [to, from]. */
export const alongAxis = (x: Tensor, axis: number, matrix: Tensor): Tensor =>
  moveaxis(
    tensordot(x, convertElementType(matrix, x.dtype), {
      axes: [[axis], [1]],
    }),
    -1,
    axis,
  )
