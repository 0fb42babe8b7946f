/** Changing dtypes: by value, or by reading the same bits anew. */

import { bytesOf, type DType, isDType, isFloat, kernelSuffix } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { showType } from '../print.js'
import { sizeOf, sizesBetween, sizesOf } from '../shape.js'
import { type Abstract, NumberTensor, scalar, type Tensor } from '../tensor.js'
import { moveBatchAxis } from './batching.js'
import { boolean, dtype as dtypeType } from './parameters.js'
import { bind1, type LinearInput, type Operand, ownRows, type Params, primitive } from './primitive.js'

interface ConvertParams extends Params {
  readonly dtype: DType
  readonly weakType: boolean
}

const suffix = (dtype: DType): string => (dtype === 'bool' ? 'bool' : kernelSuffix(dtype))

const convertP = primitive<ConvertParams>({
  name: 'convertElementType',
  operands: 1,
  parameters: { dtype: dtypeType, weakType: boolean },
  rows: ownRows,
  abstract: ([x], { dtype, weakType }) => [{ shape: (x as Abstract).shape, dtype, weakType }],
  lower: (emit, [x], [y]) => {
    const [from, to] = [x as Operand, y as Operand]
    const size = sizeOf(from.shape)
    if (from.dtype === to.dtype) emit.call('copy', from.pointer, to.pointer, size * bytesOf(to.dtype))
    else emit.call(`convert_${suffix(from.dtype)}_${suffix(to.dtype)}`, from.pointer, to.pointer, size)
  },
  jvp: ([x], [dx], { dtype, weakType }) => [
    [convertElementType(x as Tensor, dtype, weakType)],
    [dx && isFloat(dtype) ? convertElementType(dx, dtype, weakType) : null],
  ],
  transpose: ([ct], [x]) => {
    const { dtype, weakType } = (x as LinearInput).abstract
    return [convertElementType(ct as Tensor, dtype, weakType)]
  },
  batch: ([x], [axis], { dtype, weakType }) => [[convertElementType(x as Tensor, dtype, weakType)], [axis ?? null]],
})

/** A JS number in this dtype at once, not by way of float32. */
const numberAs = (value: number, dtype: DType, weakType: boolean): Tensor =>
  isDType(dtype) && isFloat(dtype)
    ? scalar(value, dtype, weakType)
    : bind1(convertP, [scalar(value, 'float64')], { dtype, weakType })

/**
 * `x` in another dtype. Floats truncate and saturate to integers, integers wrap, and bool asks whether x ≠ 0. A weak result
 * gives way to the other operand's width when dtypes are promoted.
 * @example lax.convertElementType(np.array([1.7, -1.7]), 'int32').toArray() // [1, -1]
 */
export const convertElementType = (x: Tensor, dtype: DType, weakType = false): Tensor =>
  x.dtype === dtype && x.weakType === weakType
    ? x
    : x instanceof NumberTensor
      ? numberAs(x.number, dtype, weakType)
      : bind1(convertP, [x], { dtype, weakType })

interface BitcastParams extends Params {
  readonly dtype: DType
}

const bitcastP = primitive<BitcastParams>({
  name: 'bitcastConvertType',
  operands: 1,
  parameters: { dtype: dtypeType },
  rows: ([x], [y]) => (x?.shape.length === y?.shape.length ? { uses: ['own'] } : null),
  abstract: ([x], { dtype }) => {
    const type = x as Abstract
    if (type.dtype === 'bool' || dtype === 'bool') {
      throw new DTypeError(`bitcastConvertType: bool has no bits to reinterpret. Convert with x.astype('uint8').`)
    }
    const [from, to] = [bytesOf(type.dtype), bytesOf(dtype)]
    if (from >= to) {
      return [{ shape: from === to ? type.shape : [...sizesOf(type.shape), from / to], dtype, weakType: false }]
    }
    if (type.shape[type.shape.length - 1] !== to / from) {
      throw new ShapeError(
        `bitcastConvertType: ${showType(type)} to ${dtype} joins ${to / from} elements into one, so its last axis has to have size ${to / from}.`,
      )
    }
    return [{ shape: sizesBetween(type.shape, 0, -1), dtype, weakType: false }]
  },
  lower: (emit, [x], [y]) => {
    const { pointer, shape, dtype } = x as Operand
    emit.call('copy', pointer, (y as Operand).pointer, sizeOf(shape) * bytesOf(dtype))
  },
  jvp: ([x], _, { dtype }) => [[bitcastConvertType(x as Tensor, dtype)], [null]],
  batch: ([x], [axis], { dtype }, { size }) => [
    [bitcastConvertType(moveBatchAxis(x as Tensor, axis ?? null, 0, size), dtype)],
    [0],
  ],
})

/**
 * The bits of `x` read as another dtype, least significant first. A narrower dtype adds a last axis, a wider one takes it away.
 * @example lax.bitcastConvertType(np.array(1), 'uint32').item() // 0x3f800000
 */
export const bitcastConvertType = (x: Tensor, dtype: DType): Tensor =>
  x.dtype === dtype && dtype !== 'bool' ? x : bind1(bitcastP, [x], { dtype })
