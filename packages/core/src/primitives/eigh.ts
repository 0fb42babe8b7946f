/** Eigenvalues and eigenvectors of symmetric matrices. */

import { kernelSuffix } from '../dtype.js'
import { operation } from '../operation.js'
import { sizeOf, sizesBetween } from '../shape.js'
import type { Abstract, Tensor } from '../tensor.js'
import { add, mul, reciprocal, sub } from './arithmetic.js'
import {
  adjoint,
  allInFront,
  alongColumns,
  alongRows,
  checkMatrices,
  diagonalOf,
  identityLike,
  matmul,
  matrixSizes,
  mirrorLower,
  symmetrized,
} from './matrices.js'
import { bind, type Operand, type Params, primitive } from './primitive.js'

const eighP = primitive<Params>({
  name: 'eigh',
  operands: 1,
  parameters: {},
  abstract: ([x]) => {
    const type = x as Abstract
    checkMatrices('eigh', type, true)
    return [type, { ...type, shape: sizesBetween(type.shape, 0, -1) }]
  },
  // Golub & Van Loan 2013, section 8.3: about 9n³ with vectors
  flops: ([x]) => 9 * sizeOf((x as Abstract).shape) * ((x as Abstract).shape.at(-1) as number),
  lower: (emit, [x], [v, w]) => {
    const { pointer, shape, dtype } = x as Operand
    const { batch, rows } = matrixSizes(shape)
    const workspace = emit.scratch(emit.query('eighScratch', rows))
    emit.call(
      `eigh_${kernelSuffix(dtype)}`,
      pointer,
      (w as Operand).pointer,
      (v as Operand).pointer,
      sizeOf(batch),
      rows,
      workspace,
    )
  },
  // With C = Vᵀ dA V: dw = diag C and dV = V (F ∘ C), Fᵢⱼ = 1 / (wⱼ − wᵢ) off the diagonal (Giles 2008, §3.1).
  jvp: ([x], [dx]) => {
    const [v, w] = decompose(x as Tensor)
    if (!dx)
      return [
        [v, w],
        [null, null],
      ]
    const n = w.sizes[w.ndim - 1] as number
    const identity = identityLike(v)
    const gaps = sub(reciprocal(add(sub(alongRows(w, n), alongColumns(w, n)), identity)), identity)
    const inner = matmul(matmul(adjoint(v), dx), v)
    return [
      [v, w],
      [matmul(v, mul(gaps, inner)), diagonalOf(inner)],
    ]
  },
  batch: (inputs, axes, _, { size }) => [decompose(allInFront(inputs, axes, size)[0] as Tensor), [0, 0]],
})

const decompose = (x: Tensor): readonly [Tensor, Tensor] => bind(eighP, [x], {}) as unknown as readonly [Tensor, Tensor]

export interface EighOptions {
  /** Which triangle is read if the input is not symmetrised. */
  readonly lower?: boolean
  /** Decompose (A + Aᵀ) / 2, the default. */
  readonly symmetrizeInput?: boolean
}

/**
 * V with orthonormal columns and ascending w with A·V = V·diag(w), for symmetric matrices [..., n, n]. Eigenvalues have a
 * derivative wherever they are. V has one where they are distinct; beside equal ones it may turn freely, and what is
 * differentiated through it is NaN or infinite, as in JAX.
 * @throws ShapeError, DTypeError
 * @example
 * const [v, w] = lax.linalg.eigh(np.array([[2, 1], [1, 2]]))
 * w // [1, 3]
 */
export const eigh = operation(
  'linalg.eigh',
  { at: 1, names: ['lower', 'symmetrizeInput'] },
  (x: Tensor, { lower = true, symmetrizeInput = true }: EighOptions = {}): readonly [v: Tensor, w: Tensor] => {
    checkMatrices('eigh', x, true)
    return decompose(symmetrizeInput ? symmetrized(x) : mirrorLower(lower ? x : adjoint(x)))
  },
)
