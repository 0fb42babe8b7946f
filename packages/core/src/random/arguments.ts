/** What samplers share: checks of their arguments, and parameters brought to one dtype and shape. */
import { type DType, isFloat } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { convertElementType } from '../primitives/convert.js'
import { broadcastTo } from '../primitives/shape.js'
import { broadcastShapes, checkShape, type Shape, sameShape, showShape } from '../shape.js'
import { scalar, Tensor, type TensorLike, toTensor } from '../tensor.js'

export type FloatDType = 'float32' | 'float64'

export interface FloatOptions {
  /** float32 unless said. */
  readonly dtype?: DType
}

/** @throws DTypeError unless it is float32 or float64; float32 if there is none */
export const floatDType = (operation: string, dtype: DType = 'float32'): FloatDType => {
  if (isFloat(dtype)) return dtype as FloatDType
  throw new DTypeError(
    `${operation}: samples are float32 or float64, not ${dtype}. Convert the samples with x.astype('${dtype}').`,
  )
}

/**
 * The shape of the result: the one asked for, which parameters have to broadcast to, or that of the parameters.
 * @throws ShapeError if they do not
 */
export const sampleShape = (
  operation: string,
  shape: Shape | null | undefined,
  ...parameters: readonly TensorLike[]
): Shape => {
  const shapes = parameters.map((x) => (x instanceof Tensor ? x.sizes : []))
  const common = broadcastShapes(operation, ...shapes)
  if (shape === null || shape === undefined) return common
  checkShape(operation, shape)
  if (sameShape(broadcastShapes(operation, shape, common), shape)) return shape
  throw new ShapeError(
    `${operation}: parameters of shape ${showShape(common)} do not fit into samples of shape ${showShape(shape)}. ` +
      `Leave the shape out, or end it in ${showShape(common)}.`,
  )
}

/** A parameter as a tensor of this dtype. */
export const parameter = (x: TensorLike, dtype: DType): Tensor =>
  typeof x === 'number' ? scalar(x, dtype) : convertElementType(toTensor(x), dtype)

/** A parameter as a tensor of this dtype, broadcast to this shape. */
export const parameterLike = (x: TensorLike, dtype: DType, shape: Shape): Tensor =>
  broadcastTo(parameter(x, dtype), shape)

/** Limits of floating-point numbers. */
export const limits: Readonly<
  Record<FloatDType, { readonly epsilon: number; readonly tiny: number; readonly belowOne: number }>
> = {
  // belowOne: the distance from 1 to the number before it.
  float32: { epsilon: 2 ** -23, tiny: 2 ** -126, belowOne: 2 ** -24 },
  float64: { epsilon: 2 ** -52, tiny: 2 ** -1022, belowOne: 2 ** -53 },
}
