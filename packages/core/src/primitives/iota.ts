/** Counting: 0, 1, 2, … along an axis. */

import { type DType, isDType, kernelSuffix } from '../dtype.js'
import { DTypeError, RangeError } from '../errors.js'
import { canonicalAxis, checkShape, type Shape, showShape, sizeOf, sizesBetween, sizesOf } from '../shape.js'
import { show } from '../show.js'
import type { Tensor } from '../tensor.js'
import { count, dtype as dtypeType, shape as shapeType } from './parameters.js'
import { bind1, type Operand, type Params, primitive } from './primitive.js'

interface IotaParams extends Params {
  readonly dtype: DType
  readonly shape: Shape
  readonly dimension: number
}

const iotaP = primitive<IotaParams>({
  name: 'iota',
  operands: 0,
  parameters: { dtype: dtypeType, shape: shapeType, dimension: count },
  abstract: (_, { dtype, shape, dimension }) => {
    if (!isDType(dtype)) throw new DTypeError(`iota: ${show(dtype)} is no dtype.`)
    if (dimension >= shape.length)
      throw new RangeError(`iota: dimension ${dimension} is outside the shape ${showShape(shape)}.`)
    if (dtype === 'bool') throw new DTypeError('iota: bool does not count. Take a number dtype such as int32.')
    return [{ shape, dtype, weakType: false }]
  },
  rows: (_inputs, _outputs, params) =>
    params.dimension === 0
      ? null
      : { uses: [], resized: (rows) => ({ ...params, shape: [rows, ...params.shape.slice(1)] }) },
  lower: (emit, _, [y], { dtype, shape, dimension }) => {
    const outer = sizeOf(sizesBetween(shape, 0, dimension))
    const inner = sizeOf(sizesBetween(shape, dimension + 1))
    emit.call(`iota_${kernelSuffix(dtype)}`, (y as Operand).pointer, outer, shape[dimension] as number, inner, 0)
  },
  jvp: (_primals, _tangents, { dtype, shape, dimension }) => [[broadcastedIota(dtype, shape, dimension)], [null]],
  batch: (_inputs, _axes, { dtype, shape, dimension }) => [[broadcastedIota(dtype, shape, dimension)], [null]],
})

/**
 * A tensor whose elements are their own positions along one axis.
 * @example lax.broadcastedIota('int32', [2, 3], 1).toArray() // [[0, 1, 2], [0, 1, 2]]
 */
export const broadcastedIota = (dtype: DType, shape: Shape, dimension: number): Tensor => {
  checkShape('broadcastedIota', shape)
  return bind1(iotaP, [], {
    dtype,
    shape: sizesOf(shape),
    dimension: canonicalAxis('broadcastedIota', dimension, shape.length),
  })
}

/** 0 to size − 1. @example lax.iota('float32', 3).toArray() // [0, 1, 2] */
export const iota = (dtype: DType, size: number): Tensor => broadcastedIota(dtype, [size], 0)
