/** Cholesky factors. */

import { kernelSuffix } from '../dtype.js'
import { operation } from '../operation.js'
import { sizeOf } from '../shape.js'
import type { Abstract, Tensor } from '../tensor.js'
import { add, div } from './arithmetic.js'
import {
  adjoint,
  allInFront,
  checkMatrices,
  identityLike,
  lowerTriangle,
  matmul,
  matrixSizes,
  mirrorLower,
  symmetrized,
} from './matrices.js'
import { bind1, type Operand, type Params, primitive } from './primitive.js'
import { triangularSolve } from './triangular-solve.js'

const choleskyP = primitive<Params>({
  name: 'cholesky',
  operands: 1,
  parameters: {},
  abstract: ([x]) => {
    checkMatrices('cholesky', x as Abstract, true)
    return [x as Abstract]
  },
  // n³/3
  flops: ([x]) => (sizeOf((x as Abstract).shape) * ((x as Abstract).shape.at(-1) as number)) / 3,
  lower: (emit, [x], [y]) => {
    const { pointer, shape, dtype } = x as Operand
    const { batch, rows } = matrixSizes(shape)
    emit.call(`cholesky_${kernelSuffix(dtype)}`, pointer, (y as Operand).pointer, sizeOf(batch), rows)
  },
  // dL = L Φ(L⁻¹ dA L⁻ᵀ), Φ the lower triangle with half the diagonal (Murray 2016, arXiv 1602.07527). Of A only the lower triangle counts.
  jvp: ([x], [dx]) => {
    const factor = factorOf(x as Tensor)
    if (!dx) return [[factor], [null]]
    const left = triangularSolve(factor, mirrorLower(dx), { leftSide: true, lower: true })
    const both = triangularSolve(factor, adjoint(left), { leftSide: true, lower: true })
    const halved = div(lowerTriangle(both), add(identityLike(factor), 1))
    return [[factor], [matmul(factor, halved)]]
  },
  batch: (inputs, axes, _, { size }) => [[factorOf(allInFront(inputs, axes, size)[0] as Tensor)], [0]],
})

const factorOf = (x: Tensor): Tensor => bind1(choleskyP, [x], {})

export interface CholeskyOptions {
  /** Factor (A + Aᵀ) / 2, the default; otherwise the lower triangle is read. */
  readonly symmetrizeInput?: boolean
}

/**
 * The lower triangular L with L·Lᵀ = A for symmetric positive definite matrices [..., n, n]; NaN where A is not.
 * @throws ShapeError, DTypeError
 * @example lax.linalg.cholesky(np.array([[4, 2], [2, 5]])).toArray() // [[2, 0], [1, 2]]
 */
export const cholesky = operation(
  'linalg.cholesky',
  { at: 1, names: ['symmetrizeInput'] },
  (x: Tensor, { symmetrizeInput = true }: CholeskyOptions = {}): Tensor => {
    checkMatrices('cholesky', x, true)
    return factorOf(symmetrizeInput ? symmetrized(x) : x)
  },
)
