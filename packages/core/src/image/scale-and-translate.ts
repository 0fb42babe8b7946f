import { listOf } from '../checks.js'
import { ArgumentError, ShapeError } from '../errors.js'
import { promoteDTypes, toFloat } from '../numpy/promotion.js'
import { operation } from '../operation.js'
import { reshape } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import { showType } from '../print.js'
import { canonicalAxis, checkShape, checkSize, type Shape, showShape } from '../shape.js'
import { type Tensor, type TensorLike, toTensor } from '../tensor.js'
import { kernelOf, type ResizeMethod } from './kernels.js'
import type { ResizeOptions } from './resize.js'
import { alongAxis, weightMatrix } from './weights.js'

const name = 'image.scaleAndTranslate'

/**
 * An image stretched and moved along some of its axes: JAX's `jax.image.scale_and_translate`. The point x of the old image, measured
 * from its edge, lies at scale · x + translation of the new one; what comes from outside is 0. Scales and translations may be traced,
 * and have derivatives.
 * @param x any axes, such as [height, width, channels]
 * @param shape of the result: one size for each axis of x; those of other axes stay
 * @param spatialDims the axes that change, k of them
 * @param scale [k]  @param translation [k], in pixels of the result
 * @param method one of `resize` but 'nearest'
 * @throws ShapeError for shapes that do not fit, RangeError for axes outside x or twice, ArgumentError for a method that there is not
 * @example
 * const x = np.array([1, 2, 3, 4])
 * image.scaleAndTranslate(x, [4], [0], np.array([1]), np.array([1]), 'linear') // [0, 1, 2, 3]
 */
export const scaleAndTranslate = operation(
  name,
  { at: 6, names: ['antialias'] },
  (
    given: TensorLike,
    shape: Shape,
    spatialDims: readonly number[],
    scale: TensorLike,
    translation: TensorLike,
    method: ResizeMethod,
    { antialias = true }: ResizeOptions = {},
  ): Tensor => {
    const x = toFloat(given)
    checkShape(name, shape)
    checkSize(name, shape)
    const kernel = kernelOf(name, method)
    if (kernel === null)
      throw new ArgumentError(
        `${name}: 'nearest' weighs no pixels, and cannot be moved smoothly. Did you mean 'linear'?`,
      )
    const axes = listOf(name, 'spatialDims', spatialDims).map((axis) => canonicalAxis(name, axis, x.ndim))
    const [scales, translations] = promoteDTypes(name, [toFloat(scale), toFloat(translation)]) as [Tensor, Tensor]
    const isVector = (t: Tensor): boolean => t.ndim === 1 && t.size === axes.length
    if (!isVector(scales) || !isVector(translations))
      throw new ShapeError(
        `${name}: the scales ${showType(scales)} and translations ${showType(translations)} have to be [${axes.length}], one for each of the axes [${axes}].`,
      )
    const fits = shape.length === x.ndim && shape.every((n, axis) => n === x.sizes[axis] || axes.includes(axis))
    if (!fits || new Set(axes).size < axes.length)
      throw new ShapeError(
        `${name}: ${showShape(shape)} has to be the shape of ${showType(x)} except along the axes [${axes}], which may each stand there once.`,
      )
    const element = (t: Tensor, i: number): Tensor => reshape(sliceAxis(t, 0, i, i + 1), [])
    return axes.reduce((y, axis, i) => {
      const matrix = weightMatrix({
        from: x.sizes[axis] as number,
        to: shape[axis] as number,
        scale: element(scales, i),
        translation: element(translations, i),
        kernel,
        antialias,
      })
      return alongAxis(y, axis, matrix)
    }, toTensor(x))
  },
)
