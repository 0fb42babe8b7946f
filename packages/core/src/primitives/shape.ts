/** Views: reshape, broadcast, transpose. They move no numbers until a kernel needs them row-major. */
import { wholeNumbers } from '../checks.js'

import { ShapeError } from '../errors.js'
import { emitCopy, isRowMajor } from '../runtime/layout.js'
import {
  invertPermutation,
  range,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
  sizesBetween,
  sizesOf,
  stridesOf,
} from '../shape.js'
import type { Abstract, Tensor } from '../tensor.js'
import { moveBatchAxis } from './batching.js'
import { count, listOf, permutation, shape as shapeType } from './parameters.js'
import { bind1, type Emitter, type LinearInput, type Operand, type Params, primitive, rowsUnless } from './primitive.js'
import { reduceSum } from './sum.js'

const copyTo = (emit: Emitter, x: Operand, y: Operand, strides: readonly number[]): void =>
  emitCopy(emit, { ...x, shape: y.shape, strides }, y.pointer)

const zeros = (n: number): number[] => new Array<number>(n).fill(0)

interface ReshapeParams extends Params {
  readonly shape: Shape
}

const reshapeP = primitive<ReshapeParams>({
  name: 'reshape',
  operands: 1,
  parameters: { shape: shapeType },
  abstract: ([x], { shape }) => {
    const type = x as Abstract
    if (sizeOf(type.shape) !== sizeOf(shape)) {
      throw new ShapeError(
        `reshape: ${showShape(type.shape)} has ${sizeOf(type.shape)} elements and ${showShape(shape)} would have ${sizeOf(shape)}.`,
      )
    }
    return [{ ...type, shape }]
  },
  view: (strides, shape, params) => {
    if (isRowMajor(shape, strides)) return { strides: null }
    return strides?.every((s) => s === 0) ? { strides: zeros(params.shape.length) } : null
  },
  accepts: 'any',
  rows: (_inputs, _outputs, { shape }) => ({
    uses: ['own'],
    resized: (rows) => ({ shape: [rows, ...sizesBetween(shape, 1)] }),
  }),
  lower: (emit, [x], [y]) => emitCopy(emit, x as Operand, (y as Operand).pointer),
  jvp: ([x], [dx], { shape }) => [[reshape(x as Tensor, shape)], [dx ? reshape(dx, shape) : null]],
  transpose: ([ct], [x]) => [reshape(ct as Tensor, (x as LinearInput).abstract.shape)],
  batch: ([x], [axis], { shape }, { size }) => {
    const front = moveBatchAxis(x as Tensor, axis ?? null, 0, size)
    return [[reshape(front, [size, ...sizesOf(shape)])], [0]]
  },
})

/** The same elements, row-major, in another shape. */
export const reshape = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.sizes, shape) ? x : bind1(reshapeP, [x], { shape: sizesOf(shape) })

interface BroadcastParams extends Params {
  readonly shape: Shape
  /** For each axis of the operand, the axis of the result that it becomes. */
  readonly axes: readonly number[]
}

const broadcastP = primitive<BroadcastParams>({
  name: 'broadcastInDim',
  operands: 1,
  parameters: { shape: shapeType, axes: listOf(count) },
  abstract: ([x], { shape, axes }) => {
    const type = x as Abstract
    const fits =
      axes.length === type.shape.length &&
      axes.every((a, i) => a < shape.length && (type.shape[i] === 1 || type.shape[i] === shape[a]))
    if (!fits || axes.some((a, i) => i > 0 && a <= (axes[i - 1] as number))) {
      throw new ShapeError(
        `broadcastInDim: ${showShape(type.shape)} does not fit ${showShape(shape)} at axes ${showShape(axes)}: ` +
          'each size has to be 1 or the same, and the axes have to increase.',
      )
    }
    return [{ ...type, shape }]
  },
  view: (strides, from, { shape, axes }) => {
    const steps = strides ?? stridesOf(from)
    const result = zeros(shape.length)
    axes.forEach((a, i) => {
      if (from[i] !== 1) result[a] = steps[i] as number
    })
    return { strides: isRowMajor(shape, result) ? null : result }
  },
  accepts: 'any',
  rows: ([x], _, { shape, axes }) => ({
    uses: [axes[0] === 0 && x?.shape[0] === shape[0] ? 'own' : 'all'],
    resized: (rows) => ({ shape: [rows, ...sizesBetween(shape, 1)], axes }),
  }),
  lower: (emit, [x], [y], { shape, axes }) => {
    const { strides, shape: from } = x as Operand
    const steps = strides ?? stridesOf(from)
    const result = zeros(shape.length)
    axes.forEach((a, i) => {
      if (from[i] !== 1) result[a] = steps[i] as number
    })
    copyTo(emit, x as Operand, y as Operand, result)
  },
  jvp: ([x], [dx], { shape, axes }) => [
    [broadcastInDim(x as Tensor, shape, axes)],
    [dx ? broadcastInDim(dx, shape, axes) : null],
  ],
  transpose: ([ct], [x], { shape, axes }) => {
    const from = (x as LinearInput).abstract.shape
    const summed = range(shape.length).filter((a) => {
      const i = axes.indexOf(a)
      return i === -1 || (from[i] === 1 && shape[a] !== 1)
    })
    return [reshape(reduceSum(ct as Tensor, summed), from)]
  },
  batch: ([x], [axis], { shape, axes }, { size }) => {
    const front = moveBatchAxis(x as Tensor, axis ?? null, 0, size)
    return [[broadcastInDim(front, [size, ...sizesOf(shape)], [0, ...axes.map((a) => a + 1)])], [0]]
  },
})

/** `x` repeated along new axes and axes of size 1; axis i of `x` becomes axis `axes[i]` of the result. */
export const broadcastInDim = (x: Tensor, shape: Shape, axes: readonly number[]): Tensor =>
  Array.isArray(shape) && sameShape(x.sizes, shape)
    ? x
    : bind1(broadcastP, [x], {
        shape: sizesOf(wholeNumbers('broadcastInDim', 'the shape', shape)),
        axes: [...wholeNumbers('broadcastInDim', 'the list of axes', axes)],
      })

/** NumPy's broadcasting of one operand: aligned at the right. */
export const broadcastTo = (x: Tensor, shape: Shape): Tensor =>
  broadcastInDim(x, shape, range(x.sizes.length, shape.length - x.sizes.length))

interface TransposeParams extends Params {
  readonly permutation: readonly number[]
}

const transposeP = primitive<TransposeParams>({
  name: 'transpose',
  operands: 1,
  parameters: { permutation },
  abstract: ([x], { permutation }) => {
    const type = x as Abstract
    return [{ ...type, shape: permutation.map((p) => type.shape[p] as number) }]
  },
  view: (strides, shape, { permutation }) => {
    const steps = strides ?? stridesOf(shape)
    const result = permutation.map((p) => steps[p] as number)
    const to = permutation.map((p) => shape[p] as number)
    return { strides: isRowMajor(to, result) ? null : result }
  },
  accepts: 'any',
  rows: rowsUnless(({ permutation }) => permutation[0] !== 0),
  lower: (emit, [x], [y], { permutation }) => {
    const { strides, shape } = x as Operand
    const steps = strides ?? stridesOf(shape)
    copyTo(
      emit,
      x as Operand,
      y as Operand,
      permutation.map((p) => steps[p] as number),
    )
  },
  jvp: ([x], [dx], { permutation }) => [
    [transpose(x as Tensor, permutation)],
    [dx ? transpose(dx, permutation) : null],
  ],
  transpose: ([ct], _, { permutation }) => [transpose(ct as Tensor, invertPermutation(permutation))],
  batch: ([x], [axis], { permutation }) => {
    const rest = range(permutation.length + 1).filter((a) => a !== axis)
    return [[transpose(x as Tensor, [axis as number, ...permutation.map((p) => rest[p] as number)])], [0]]
  },
})

/** `x` with its axes in the order of `permutation`. */
export const transpose = (x: Tensor, permutation: readonly number[]): Tensor =>
  wholeNumbers('transpose', 'the permutation', permutation).every((p, i) => p === i) &&
  permutation.length === x.sizes.length
    ? x
    : bind1(transposeP, [x], { permutation: [...permutation] })
