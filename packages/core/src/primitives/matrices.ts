/** What rules of matrix decompositions are written with: products, triangles, diagonals over leading batch axes. */
import { isFloat } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { showType } from '../print.js'
import { range, type Shape, sizeOf, sizesBetween, sizesOf } from '../shape.js'
import { type Abstract, scalar, type Tensor } from '../tensor.js'
import { add, mul } from './arithmetic.js'
import { moveBatchAxis } from './batching.js'
import { ge } from './compare.js'
import { concatenate } from './concatenate.js'
import { dotGeneral } from './dot.js'
import { gatherSlices } from './gather.js'
import { broadcastedIota } from './iota.js'
import type { BatchAxis } from './primitive.js'
import { select } from './select.js'
import { broadcastInDim, broadcastTo, reshape, transpose } from './shape.js'
import { reduceSum } from './sum.js'

/** The last two sizes of a shape, and those before them. */
export const matrixSizes = (
  shape: Shape,
): { readonly batch: Shape; readonly rows: number; readonly columns: number } => ({
  batch: sizesBetween(shape, 0, -2),
  rows: shape[shape.length - 2] as number,
  columns: shape[shape.length - 1] as number,
})

/** @throws ShapeError, DTypeError unless `x` holds float matrices, square ones if asked for */
export const checkMatrices = (name: string, x: Abstract, square: boolean): void => {
  if (!isFloat(x.dtype))
    throw new DTypeError(`${name}: takes float32 or float64, not ${x.dtype}. Convert with x.astype('float32').`)
  const { rows, columns } = matrixSizes(x.shape)
  if (x.shape.length < 2) throw new ShapeError(`${name}: takes matrices [..., m, n], not ${showType(x)}.`)
  if (square && rows !== columns)
    throw new ShapeError(`${name}: takes square matrices [..., n, n], not ${showType(x)}.`)
}

/** Matrices transposed. */
export const adjoint = (x: Tensor): Tensor => transpose(x, [...range(x.ndim - 2), x.ndim - 1, x.ndim - 2])

/** Matrix products over equal batch axes. */
export const matmul = (x: Tensor, y: Tensor): Tensor => {
  const batch = range(x.ndim - 2)
  return dotGeneral(x, y, { contract: [[x.ndim - 1], [x.ndim - 2]], batch: [batch, batch] })
}

/** Where column ≤ row + k. */
const lowerMask = (shape: Shape, k: number): Tensor => {
  const { rows, columns } = matrixSizes(shape)
  const [row, column] = [0, 1].map((axis) => broadcastedIota('int32', [rows, columns], axis)) as [Tensor, Tensor]
  return broadcastTo(ge(add(row, k), column), shape)
}

/** The triangle on and below diagonal k, zeros elsewhere. */
export const lowerTriangle = (x: Tensor, k = 0): Tensor => select(lowerMask(x.sizes, k), x, 0)

/** The triangle on and above diagonal k, zeros elsewhere. */
export const upperTriangle = (x: Tensor, k = 0): Tensor => select(lowerMask(x.sizes, k - 1), 0, x)

/** Ones on the diagonal of matrices of this type. */
export const identityLike = ({ shape, dtype }: Abstract): Tensor => {
  const { rows, columns } = matrixSizes(shape)
  const ones = broadcastTo(scalar(1, dtype), [rows, columns])
  return broadcastTo(upperTriangle(lowerTriangle(ones)), shape)
}

/** The diagonals of square matrices. */
export const diagonalOf = (x: Tensor): Tensor => reduceSum(upperTriangle(lowerTriangle(x)), [x.ndim - 1])

/** (x + xᵀ) / 2 */
export const symmetrized = (x: Tensor): Tensor => mul(add(x, adjoint(x)), 0.5)

/** The symmetric matrices whose lower triangles are those of `x`. */
export const mirrorLower = (x: Tensor): Tensor => add(lowerTriangle(x), adjoint(lowerTriangle(x, -1)))

/** Numbers along rows (`row`) or columns of a matrix: v[..., j] or v[..., i] at [..., i, j]. */
export const alongRows = (v: Tensor, rows: number): Tensor => {
  const batch = sizesBetween(v.sizes, 0, -1)
  return broadcastInDim(v, [...batch, rows, v.sizes[v.ndim - 1] as number], [...range(v.ndim - 1), v.ndim])
}
export const alongColumns = (v: Tensor, columns: number): Tensor =>
  broadcastInDim(v, [...sizesOf(v.sizes), columns], range(v.ndim))

/** Rows of matrices in the order of int32 permutations. */
export const permuteRows = (x: Tensor, permutation: Tensor): Tensor => {
  const { batch, rows, columns } = matrixSizes(x.sizes)
  const count = sizeOf(batch)
  const positions = concatenate(
    [broadcastedIota('int32', [count, rows, 1], 0), reshape(permutation, [count, rows, 1])],
    2,
  )
  const spec = { sliceSizes: [1, 1, columns], collapsed: [0, 1], startIndexMap: [0, 1], mode: 'clip' } as const
  return reshape(gatherSlices(reshape(x, [count, rows, columns]), positions, spec), x.sizes)
}

/** Operands with their batches in front, where operations on matrices take them as one more batch axis. */
export const allInFront = (inputs: readonly Tensor[], axes: readonly BatchAxis[], size: number): readonly Tensor[] =>
  inputs.map((x, i) => moveBatchAxis(x, axes[i] ?? null, 0, size))
