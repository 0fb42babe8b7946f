import { RangeError, ShapeError } from '../errors.js'
import { array } from '../numpy/array.js'
import { type Dual, dual } from '../numpy/dual.js'
import { toFloat } from '../numpy/promotion.js'
import { take } from '../numpy/take.js'
import { baseTrace, withTrace } from '../primitives/primitive.js'
import { showType } from '../print.js'
import { checkShape, checkSize, type Shape, showShape } from '../shape.js'
import { type Tensor, type TensorLike, toTensor } from '../tensor.js'
import { type Kernel, kernelOf, type ResizeMethod } from './kernels.js'
import { alongAxis, weightMatrix } from './weights.js'

export interface ResizeOptions {
  /** Whether pixels of a smaller image are means over what they cover, and not samples of it: true unless said. No matter to 'nearest'. */
  readonly antialias?: boolean
}

/** Which old pixel holds the middle of each new one, in whole numbers, so that no rounding moves it. */
const nearest = (from: number, to: number): Tensor =>
  array(
    Array.from({ length: to }, (_, i) => Math.floor(((2 * i + 1) * from) / (2 * to))),
    { dtype: 'int32' },
  )

/** Sizes are known beforehand: weights are computed once, in float64, and programs hold them as numbers. */
const weights = (from: number, to: number, kernel: Kernel, antialias: boolean): Tensor =>
  withTrace(baseTrace(), () => {
    const [scale, translation] = [array(to / from, { dtype: 'float64' }), array(0, { dtype: 'float64' })]
    return weightMatrix({ from, to, scale, translation, kernel, antialias })
  })

/**
 * An image, or any tensor, of another size along any of its axes: JAX's `jax.image.resize`, with its numbers. Pixels are squares whose
 * middles lie at one half; weights at the edges are those of the pixels that there are, made to sum to 1. It is a product with one
 * small matrix for each axis that changes, and differentiable.
 * @param x any axes, such as [height, width, channels]; integers become float32, but for 'nearest', which keeps the dtype
 * @param shape of the result: one size for each axis of x
 * @param method 'nearest', 'linear', 'cubic' (Keys 1981, a = −½), 'lanczos3' or 'lanczos5', or another of JAX's names for these
 * @throws ShapeError for a shape of another rank, or to fill from an empty axis; ArgumentError for a method that there is not
 * @example image.resize(np.array([1, 3]), [4], 'linear') // [1, 1.5, 2.5, 3]
 * @example
 * const photo = np.ones([32, 48, 3])
 * image.resize(photo, [16, 16, 3], 'cubic', { antialias: false }).shape // [16, 16, 3]
 */
export const resize: Dual<[shape: Shape, method: ResizeMethod, options?: ResizeOptions]> = dual(
  'image.resize',
  2,
  ['antialias'],
  (given: TensorLike, shape: Shape, method: ResizeMethod, { antialias = true }: ResizeOptions = {}): Tensor => {
    const name = 'image.resize'
    checkShape(name, shape)
    checkSize(name, shape)
    const kernel = kernelOf(name, method)
    if (typeof antialias !== 'boolean') throw new RangeError(`${name}: antialias has to be true or false.`)
    const x = kernel === null ? toTensor(given) : toFloat(given)
    if (shape.length !== x.ndim)
      throw new ShapeError(
        `${name}: ${showShape(shape)} has to have a size for each of the ${x.ndim} axes of ${showType(x)}. Sizes that stay are given, too.`,
      )
    const axes = shape.flatMap((to, axis) => {
      const from = x.sizes[axis] as number
      if (from === 0 && to !== 0)
        throw new ShapeError(
          `${name}: axis ${axis} of ${showType(x)} is empty, so there is nothing to fill ${to} with.`,
        )
      return from === to ? [] : [{ axis, from, to }]
    })
    // What shrinks goes first: there is less to do for the others.
    const order = [...axes].sort((a, b) => a.to / a.from - b.to / b.from)
    return order.reduce(
      (y, { axis, from, to }) =>
        kernel === null
          ? take(y, nearest(from, to), { axis, mode: 'clip' })
          : alongAxis(y, axis, weights(from, to, kernel, antialias)),
      x,
    )
  },
)
