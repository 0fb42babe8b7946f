/** Solving by LU factors, which inverses, determinants and solutions share. */
import { ShapeError } from '../../errors.js'
import { mul, sub } from '../../primitives/arithmetic.js'
import { ne } from '../../primitives/compare.js'
import { convertElementType } from '../../primitives/convert.js'
import { iota } from '../../primitives/iota.js'
import { and } from '../../primitives/logical.js'
import { lu } from '../../primitives/lu.js'
import { permuteRows } from '../../primitives/matrices.js'
import { broadcastTo } from '../../primitives/shape.js'
import { reduceSum } from '../../primitives/sum.js'
import { triangularSolve } from '../../primitives/triangular-solve.js'
import { showType } from '../../print.js'
import type { Tensor, TensorLike } from '../../tensor.js'
import { toFloat } from '../promotion.js'

/** A = P⁻¹ L U. */
export interface Factors {
  readonly packed: Tensor
  readonly pivots: Tensor
  readonly permutation: Tensor
}

/** Matrices as floats. @throws ShapeError unless there are two axes, equal ones if `square` */
export const matrices = (name: string, x: TensorLike, square: boolean): Tensor => {
  const a = toFloat(x)
  if (a.ndim < 2)
    throw new ShapeError(`${name}: takes matrices [..., m, n], not ${showType(a)}. Give it two axes with x.reshape(…).`)
  if (square && a.sizes[a.ndim - 1] !== a.sizes[a.ndim - 2]) {
    throw new ShapeError(
      `${name}: takes square matrices [..., n, n], not ${showType(a)}.${name === 'linalg.inv' ? ' np.linalg.pinv takes others.' : ''}`,
    )
  }
  return a
}

export const factorize = (a: Tensor): Factors => {
  const [packed, pivots, permutation] = lu(a)
  return { packed, pivots, permutation }
}

/** L⁻¹ P b, for matrices b with the same batch axes. */
export const forward = ({ packed, permutation }: Factors, b: Tensor): Tensor =>
  triangularSolve(packed, permuteRows(b, permutation), { leftSide: true, lower: true, unitDiagonal: true })

/** U⁻¹ b */
export const backward = ({ packed }: Factors, b: Tensor): Tensor => triangularSolve(packed, b, { leftSide: true })

/** A⁻¹ b */
export const solveFactored = (factors: Factors, b: Tensor): Tensor => backward(factors, forward(factors, b))

/** The determinant of the permutation: −1 for an odd number of swaps. */
export const parity = ({ packed, pivots }: Factors): Tensor => {
  const n = pivots.sizes[pivots.ndim - 1] as number
  const moved = convertElementType(ne(pivots, broadcastTo(iota('int32', n), pivots.sizes)), 'int32')
  const odd = and(reduceSum(moved, [pivots.ndim - 1]), 1)
  return convertElementType(sub(1, mul(odd, 2)), packed.dtype)
}
