/** Linear systems with triangular matrices. */

import { kernelSuffix } from '../dtype.js'
import { DTypeError, ShapeError } from '../errors.js'
import { operation } from '../operation.js'
import { showType } from '../print.js'
import { sameShape, sizeOf, sizesBetween, sizesOf } from '../shape.js'
import type { Abstract, Tensor } from '../tensor.js'
import { neg, sub } from './arithmetic.js'
import { adjoint, allInFront, checkMatrices, lowerTriangle, matmul, matrixSizes, upperTriangle } from './matrices.js'
import { boolean } from './parameters.js'
import { bind1, LinearInput, type Operand, type Params, primitive } from './primitive.js'
import { reshape } from './shape.js'

interface SolveParams extends Params {
  readonly lower: boolean
  readonly transposeA: boolean
  readonly unitDiagonal: boolean
}

const solveP = primitive<SolveParams>({
  name: 'triangularSolve',
  operands: 2,
  parameters: { lower: boolean, transposeA: boolean, unitDiagonal: boolean },
  abstract: ([a, b]) => {
    const [matrix, right] = [a as Abstract, b as Abstract]
    checkMatrices('triangularSolve', matrix, true)
    if (matrix.dtype !== right.dtype) {
      throw new DTypeError(
        `triangularSolve: ${showType(matrix)} and ${showType(right)} differ in dtype. Convert with b.astype('${matrix.dtype}').`,
      )
    }
    const fits =
      right.shape.length === matrix.shape.length &&
      sameShape(sizesBetween(right.shape, 0, -1), sizesBetween(matrix.shape, 0, -1))
    if (!fits) {
      throw new ShapeError(
        `triangularSolve: ${showType(matrix)} and the right-hand side ${showType(right)} do not fit: they need equal batch axes and ` +
          `${matrixSizes(matrix.shape).rows} rows (columns with leftSide: false).`,
      )
    }
    return [{ ...right, weakType: matrix.weakType && right.weakType }]
  },
  flops: ([a, b]) => sizeOf((b as Abstract).shape) * ((a as Abstract).shape.at(-1) as number),
  lower: (emit, [a, b], [x], { lower, transposeA, unitDiagonal }) => {
    const [matrix, right] = [a as Operand, b as Operand]
    const { batch, rows, columns } = matrixSizes(right.shape)
    emit.call(
      `triangularSolve_${kernelSuffix(right.dtype)}`,
      ...[matrix.pointer, right.pointer, (x as Operand).pointer, sizeOf(batch), rows, columns],
      ...[lower, transposeA, unitDiagonal].map(Number),
    )
  },
  // op(A) X = B: dX = op(A)⁻¹ (dB − op(dA) X), where dA counts only inside the triangle that is read.
  jvp: ([a, b], [da, db], params) => {
    const [matrix, right] = [a as Tensor, b as Tensor]
    const x = solve(matrix, right, params)
    if (!da) return [[x], [db ? solve(matrix, db, params) : null]]
    const triangle = params.lower
      ? lowerTriangle(da, params.unitDiagonal ? -1 : 0)
      : upperTriangle(da, params.unitDiagonal ? 1 : 0)
    const moved = matmul(params.transposeA ? adjoint(triangle) : triangle, x)
    return [[x], [solve(matrix, db ? sub(db, moved) : neg(moved), params)]]
  },
  transpose: ([ct], [a, b], params) => [
    null,
    b instanceof LinearInput ? solve(a as Tensor, ct as Tensor, { ...params, transposeA: !params.transposeA }) : null,
  ],
  batch: (inputs, axes, params, { size }) => {
    const [a, b] = allInFront(inputs, axes, size) as [Tensor, Tensor]
    return [[solve(a, b, params)], [0]]
  },
})

const solve = (a: Tensor, b: Tensor, params: SolveParams): Tensor =>
  bind1(solveP, [a, b], { lower: params.lower, transposeA: params.transposeA, unitDiagonal: params.unitDiagonal })

export interface TriangularSolveOptions {
  /** Solve op(A) X = B rather than X op(A) = B, which is the default as in JAX. */
  readonly leftSide?: boolean
  /** Read A's lower triangle rather than the upper. */
  readonly lower?: boolean
  /** op(A) = Aᵀ. */
  readonly transposeA?: boolean
  /** Take A's diagonal as ones. */
  readonly unitDiagonal?: boolean
}

/**
 * X with X·op(A) = B, or op(A)·X = B with `leftSide`, for triangular A [..., n, n]; B may leave its last axis out.
 * @throws ShapeError, DTypeError
 * @example
 * const a = np.array([[2, 0], [1, 1]])
 * lax.linalg.triangularSolve(a, np.array([4, 3]), { leftSide: true, lower: true }) // [2, 1]
 */
export const triangularSolve = operation(
  'linalg.triangularSolve',
  { at: 2, names: ['leftSide', 'lower', 'transposeA', 'unitDiagonal'] },
  (
    a: Tensor,
    b: Tensor,
    { leftSide = false, lower = false, transposeA = false, unitDiagonal = false }: TriangularSolveOptions = {},
  ): Tensor => {
    if (b.ndim === a.ndim - 1) {
      const right = reshape(
        b,
        leftSide ? [...sizesOf(b.sizes), 1] : [...b.sizes.slice(0, -1), 1, b.sizes[b.ndim - 1] as number],
      )
      return reshape(triangularSolve(a, right, { leftSide, lower, transposeA, unitDiagonal }), b.sizes)
    }
    if (leftSide || b.ndim < 2) return solve(a, b, { lower, transposeA, unitDiagonal })
    return adjoint(solve(a, adjoint(b), { lower, transposeA: !transposeA, unitDiagonal }))
  },
)
