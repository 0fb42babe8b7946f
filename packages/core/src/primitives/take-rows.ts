/** Taking along the last axis by position, row by row, and its transpose: what sorting and running maxima move tangents with. */

import { bytesOf, kernelSuffix, widthOf } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { showType } from '../print.js'
import { type Shape, sameShape, sizeOf, sizesBetween } from '../shape.js'
import type { Abstract, Tensor } from '../tensor.js'
import { moveBatchAxis } from './batching.js'
import { count } from './parameters.js'
import {
  type AxisData,
  type BatchAxis,
  bind1,
  type Emitter,
  type LinearInput,
  type Operand,
  ownRows,
  type Params,
  primitive,
} from './primitive.js'

const lastOf = (shape: Shape): number => shape[shape.length - 1] as number
const rowsOf = (shape: Shape): number => sizeOf(sizesBetween(shape, 0, -1))

/** @throws ShapeError, DTypeError unless both have the same rows and the positions are int32 */
const checkRows = (name: string, x: Abstract, positions: Abstract): void => {
  if (positions.dtype !== 'int32')
    throw new DTypeError(`${name}: the positions are ${showType(positions)}; they have to be int32.`)
  if (x.shape.length > 0 && sameShape(sizesBetween(x.shape, 0, -1), sizesBetween(positions.shape, 0, -1))) return
  throw new ShapeError(
    `${name}: ${showType(x)} and the positions ${showType(positions)} have to agree in all axes but the last.`,
  )
}

const inFront = (inputs: readonly Tensor[], axes: readonly BatchAxis[], { size }: AxisData): readonly Tensor[] =>
  inputs.map((x, i) => moveBatchAxis(x, axes[i] ?? null, 0, size))

/** Positions moved inside the axis, so that none reads or writes elsewhere. */
const emitInside = (emit: Emitter, positions: Operand, size: number): number => {
  const count = sizeOf(positions.shape)
  const inside = emit.scratch(count * 4)
  const [low, high] = [emit.table([0]), emit.table([size - 1])]
  emit.call('clamp_i32', low, positions.pointer, high, inside, 1, count, 0, 0, 0, 0, 1, 0)
  return inside
}

/** Positions counted from the start of the first row of `size`: row · size + position. */
const emitFlat = (emit: Emitter, positions: Operand, size: number): number => {
  const count = sizeOf(positions.shape)
  const flat = emit.scratch(count * 4)
  emit.call('iota_i32', flat, 1, rowsOf(positions.shape), lastOf(positions.shape), 0)
  emit.call('mul_i32', flat, emit.table([size]), flat, 1, count, 0, 0, 1, 0)
  emit.call('add_i32', flat, emitInside(emit, positions, size), flat, 1, count, 0, 0, 1, 1)
  return flat
}

/** For the gather and scatter kernels: one index component with step 1 and its limit, and slices of one element. */
const single = (emit: Emitter, total: number): number => emit.table([1, total - 1, 1, 1])

const takeP = primitive<Params>({
  name: 'takeRows',
  operands: 2,
  parameters: {},
  // Of a single row, what is taken may come from anywhere.
  rows: (inputs) => ((inputs[0] as Abstract).shape.length > 1 ? ownRows(inputs) : null),
  abstract: ([x, positions]) => {
    const [type, at] = [x as Abstract, positions as Abstract]
    checkRows('takeRows', type, at)
    if (lastOf(type.shape) === 0 && lastOf(at.shape) > 0) {
      throw new ShapeError(
        `takeRows: ${showType(type)} has nothing along its last axis to take ${lastOf(at.shape)} elements from.`,
      )
    }
    return [{ ...type, shape: at.shape }]
  },
  lower: (emit, [x, positions], [y]) => {
    const [from, at, to] = [x as Operand, positions as Operand, y as Operand]
    const [n, width] = [lastOf(from.shape), widthOf(from.dtype)]
    if (lastOf(at.shape) === n) {
      emit.call(`takeRows_${width}`, from.pointer, emitInside(emit, at, n), to.pointer, rowsOf(from.shape), n, n)
    } else if (sizeOf(from.shape) > 0) {
      const [flat, meta] = [emitFlat(emit, at, n), single(emit, sizeOf(from.shape))]
      emit.call(`gather_${width}`, from.pointer, flat, to.pointer, sizeOf(at.shape), 1, 1, meta, 0, 0)
    }
  },
  jvp: ([x, positions], [dx]) => [
    [takeRows(x as Tensor, positions as Tensor)],
    [dx ? takeRows(dx, positions as Tensor) : null],
  ],
  transpose: ([ct], [x, positions]) => [
    addRows(ct as Tensor, positions as Tensor, lastOf((x as LinearInput).abstract.shape)),
    null,
  ],
  batch: (inputs, axes, _, axis) => {
    const [x, positions] = inFront(inputs, axes, axis)
    return [[takeRows(x as Tensor, positions as Tensor)], [0]]
  },
})

/**
 * `y[…, j] = x[…, positions[…, j]]` along the last axis; positions outside it count as the nearest inside.
 * @throws ShapeError, DTypeError unless positions are int32 and agree with x in all axes but the last
 * @example lax.takeRows(np.array([5, 6, 7]), np.array([2, 0], { dtype: 'int32' })).toArray() // [7, 5]
 */
export const takeRows = (x: Tensor, positions: Tensor): Tensor => bind1(takeP, [x, positions], {})

interface AddParams extends Params {
  readonly size: number
}

const addP = primitive<AddParams>({
  name: 'addRows',
  operands: 2,
  parameters: { size: count },
  abstract: ([x, positions], { size }) => {
    const type = x as Abstract
    checkRows('addRows', type, positions as Abstract)
    if (!sameShape(type.shape, (positions as Abstract).shape)) {
      throw new ShapeError(
        `addRows: ${showType(type)} and the positions ${showType(positions as Abstract)} differ in shape.`,
      )
    }
    return [{ ...type, shape: [...type.shape.slice(0, -1), size] }]
  },
  lower: (emit, [x, positions], [y], { size }) => {
    const [from, at, to] = [x as Operand, positions as Operand, y as Operand]
    const total = sizeOf(to.shape)
    if (total === 0) return
    emit.call('zero', to.pointer, total * bytesOf(to.dtype))
    const [flat, meta] = [emitFlat(emit, at, size), single(emit, total)]
    emit.call(`scatterAdd_${kernelSuffix(to.dtype)}`, to.pointer, flat, from.pointer, sizeOf(from.shape), 1, 1, meta, 0)
  },
  jvp: ([x, positions], [dx], { size }) => [
    [addRows(x as Tensor, positions as Tensor, size)],
    [dx ? addRows(dx, positions as Tensor, size) : null],
  ],
  transpose: ([ct], [, positions]) => [takeRows(ct as Tensor, positions as Tensor), null],
  batch: (inputs, axes, { size }, axis) => {
    const [x, positions] = inFront(inputs, axes, axis)
    return [[addRows(x as Tensor, positions as Tensor, size)], [0]]
  },
})

/**
 * The transpose of `takeRows`: `y[…, positions[…, j]] += x[…, j]` into rows of `size` zeros.
 * @example lax.addRows(np.array([5, 6, 7]), np.array([1, 3, 1], { dtype: 'int32' }), 4) // [0, 12, 0, 6]
 */
export const addRows = (x: Tensor, positions: Tensor, size: number): Tensor => bind1(addP, [x, positions], { size })
