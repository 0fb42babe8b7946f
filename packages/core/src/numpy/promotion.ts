/** What happens to operands before a primitive sees them: one dtype by JAX's lattice, one shape by NumPy's broadcasting. */

import { listOf } from '../checks.js'
import { type DType, isFloat, promote, type Typed } from '../dtype.js'
import { DTypeError } from '../errors.js'
import { namedUnary } from '../operation.js'
import { convertElementType } from '../primitives/convert.js'
import { broadcastTo } from '../primitives/shape.js'
import { broadcastShapes, type Shape, sameShape } from '../shape.js'
import { Tensor, type TensorLike, toTensor, uniform } from '../tensor.js'
import { type DualBinary, dualBinary } from './dual.js'
import { integerLimits } from './storage.js'

/** A JS number or boolean filling a shape. @throws DTypeError if an integer dtype does not hold it */
const constant = (name: string, value: number | boolean, shape: Shape, dtype: DType, weakType: boolean): Tensor => {
  const range = integerLimits[dtype]
  const number = Number(value)
  if (range !== undefined && (number < range[0] || number > range[1])) {
    throw new DTypeError(
      `${name}: ${number} does not fit ${dtype}, which goes from ${range[0]} to ${range[1]}. Convert the tensor first, e.g. x.astype('float32').`,
    )
  }
  return uniform(number, { shape, dtype, weakType })
}

/** Next to a tensor a whole JS number is a weak int32, so that integers stay integers; alone it is a weak float32. */
const typeOf = (x: TensorLike, besideTensor: boolean): Typed => {
  if (x instanceof Tensor) return x
  if (typeof x === 'boolean') return { dtype: 'bool', weakType: true }
  if (typeof x === 'number') return { dtype: besideTensor && Number.isInteger(x) ? 'int32' : 'float32', weakType: true }
  return toTensor(x)
}

/** The type of an operation on these operands. */
export const resultTypeOf = (operands: readonly TensorLike[]): Typed => {
  listOf('the operands', 'the list of tensors', operands)
  const tensors = operands.some((x) => x instanceof Tensor)
  const [first, ...rest] = operands.map((x) => typeOf(x, tensors)) as [Typed, ...Typed[]]
  return rest.reduce(promote, first)
}

const asType = (name: string, x: TensorLike, { dtype, weakType }: Typed): Tensor => {
  if (!(x instanceof Tensor)) return constant(name, x, [], dtype, weakType)
  return x.dtype === dtype ? x : convertElementType(x, dtype, weakType)
}

/** Whether all are tensors of one dtype, which nothing has to be done to. */
const agree = (operands: readonly TensorLike[]): operands is readonly Tensor[] => {
  const first = operands[0]
  if (!(first instanceof Tensor)) return false
  for (let i = 1; i < operands.length; i++) {
    const x = operands[i]
    if (!(x instanceof Tensor) || x.dtype !== first.dtype) return false
  }
  return true
}

/** All operands in the dtype that they promote to; shapes stay. */
export const promoteDTypes = (name: string, operands: readonly TensorLike[]): readonly Tensor[] => {
  if (Array.isArray(operands) && agree(operands)) return [...operands]
  const type = resultTypeOf(operands)
  return operands.map((x) => asType(name, x, type))
}

/** All operands in one dtype and one shape. @throws ShapeError if they do not broadcast */
export const promoteAll = (name: string, operands: readonly TensorLike[]): readonly Tensor[] => {
  const type = resultTypeOf(operands)
  const shape = broadcastShapes(name, ...operands.map((x) => (x instanceof Tensor ? x.sizes : [])))
  return operands.map((x) =>
    x instanceof Tensor
      ? broadcastTo(asType(name, x, type), shape)
      : constant(name, x, shape, type.dtype, type.weakType),
  )
}

/** All operands in one shape; dtypes stay. */
export const broadcastAll = (name: string, tensors: readonly Tensor[]): readonly Tensor[] => {
  const shape = broadcastShapes(name, ...tensors.map((x) => x.sizes))
  return tensors.map((x) => broadcastTo(x, shape))
}

/** Two operands in one dtype and shape, at once in the usual cases. */
const promotePair = (name: string, f: (x: Tensor, y: Tensor) => Tensor, x: TensorLike, y: TensorLike): Tensor => {
  if (x instanceof Tensor) {
    if (y instanceof Tensor) {
      if (x.dtype === y.dtype && sameShape(x.sizes, y.sizes)) return f(x, y)
    } else if (typeof y === 'number' && isFloat(x.dtype)) return f(x, uniform(y, x))
  } else if (typeof x === 'number' && y instanceof Tensor && isFloat(y.dtype)) return f(uniform(x, y), y)
  const [a, b] = promoteAll(name, [x, y])
  return f(a as Tensor, b as Tensor)
}

/** A dual function of two operands that are promoted and broadcast first. */
export const binary = (name: string, f: (x: Tensor, y: Tensor) => Tensor): DualBinary =>
  dualBinary(name, (x, y) => promotePair(name, f, x, y))

/** Integers and bools become float32, floats stay. */
export const toFloat = (x: TensorLike): Tensor => {
  const tensor = toTensor(x)
  return isFloat(tensor.dtype) ? tensor : convertElementType(tensor, 'float32', tensor.weakType)
}

/** Bools become int32, numbers stay. */
export const toNumeric = (x: TensorLike): Tensor => {
  const tensor = toTensor(x)
  return tensor.dtype === 'bool' ? convertElementType(tensor, 'int32', tensor.weakType) : tensor
}

/** As `binary`, for operations of floats: integers become float32. */
export const floatBinary = (name: string, f: (x: Tensor, y: Tensor) => Tensor): DualBinary =>
  binary(name, (x, y) => (isFloat(x.dtype) ? f(x, y) : f(toFloat(x), toFloat(y))))

/** As `binary`, for operations of numbers: bools become int32. */
export const numericBinary = (name: string, f: (x: Tensor, y: Tensor) => Tensor): DualBinary =>
  binary(name, (x, y) => (x.dtype === 'bool' ? f(toNumeric(x), toNumeric(y)) : f(x, y)))

/** Bool operands as they are, numbers as whether they differ from 0 (NaN does). */
export const toBool = (x: TensorLike): Tensor => {
  const tensor = toTensor(x)
  return convertElementType(tensor, 'bool')
}

/** A function of floats, over integers too. */
export const floatUnary = (name: string, f: (x: Tensor) => Tensor): ((x: TensorLike) => Tensor) =>
  namedUnary(name, (x: TensorLike) => f(toFloat(x)))
