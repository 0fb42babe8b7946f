/** LU decomposition with partial pivoting. */
import { kernelSuffix } from '../dtype.js'
import { sizeOf } from '../shape.js'
import type { Abstract, Tensor } from '../tensor.js'
import { add } from './arithmetic.js'
import { pad } from './concatenate.js'
import {
  allInFront,
  checkMatrices,
  identityLike,
  lowerTriangle,
  matmul,
  matrixSizes,
  permuteRows,
  upperTriangle,
} from './matrices.js'
import { bind, type Operand, type Params, primitive } from './primitive.js'
import { sliceAxis } from './slice.js'
import { triangularSolve } from './triangular-solve.js'

const luP = primitive<Params>({
  name: 'lu',
  operands: 1,
  parameters: {},
  abstract: ([x]) => {
    const type = x as Abstract
    checkMatrices('lu', type, false)
    const { batch, rows, columns } = matrixSizes(type.shape)
    const indices = (count: number): Abstract => ({ shape: [...batch, count], dtype: 'int32', weakType: false })
    return [type, indices(Math.min(rows, columns)), indices(rows)]
  },
  // 2n³/3
  flops: ([x]) => (2 * sizeOf((x as Abstract).shape) * ((x as Abstract).shape.at(-1) as number)) / 3,
  lower: (emit, [x], [packed, pivots, permutation]) => {
    const { pointer, shape, dtype } = x as Operand
    const { batch, rows, columns } = matrixSizes(shape)
    const results = [packed, pivots, permutation].map((y) => (y as Operand).pointer)
    emit.call(`lu_${kernelSuffix(dtype)}`, pointer, ...results, sizeOf(batch), rows, columns)
  },
  // With X = L⁻¹ P dA U⁻¹: dL = L tril(X, −1) and dU = triu(X) U (de Hoog, Anderssen & Lukas 2011), both packed into one matrix.
  jvp: ([x], [dx]) => {
    const [packed, pivots, permutation] = lu(x as Tensor)
    if (!dx)
      return [
        [packed, pivots, permutation],
        [null, null, null],
      ]
    const { lower, upper } = squareFactors(packed)
    const left = triangularSolve(lower, permuteRows(dx, permutation), {
      leftSide: true,
      lower: true,
      unitDiagonal: true,
    })
    const inner = triangularSolve(upper, left)
    const tangent = add(matmul(lower, lowerTriangle(inner, -1)), matmul(upperTriangle(inner), upper))
    return [
      [packed, pivots, permutation],
      [tangent, null, null],
    ]
  },
  batch: (inputs, axes, _, { size }) => [lu(allInFront(inputs, axes, size)[0] as Tensor), [0, 0, 0]],
})

/** L [m, m] and U [n, n] of a packed decomposition [m, n], completed by an identity where they are larger than it. */
const squareFactors = (packed: Tensor): { readonly lower: Tensor; readonly upper: Tensor } => {
  const { batch, rows, columns } = matrixSizes(packed.sizes)
  const rank = packed.ndim
  const k = Math.min(rows, columns)
  const still = batch.map(() => [0, 0, 0] as const)
  const below = pad(lowerTriangle(sliceAxis(packed, rank - 1, 0, k), -1), 0, [...still, [0, 0, 0], [0, rows - k, 0]])
  const above = pad(upperTriangle(sliceAxis(packed, rank - 2, 0, k)), 0, [...still, [0, columns - k, 0], [0, 0, 0]])
  // The rows of U that the decomposition does not have are those of an identity.
  const { dtype } = packed
  const missing = identityLike({ shape: [...batch, columns - k, columns - k], dtype, weakType: false })
  const completed = columns === k ? above : add(above, pad(missing, 0, [...still, [k, 0, 0], [k, 0, 0]]))
  return { lower: add(below, identityLike(below)), upper: completed }
}

/**
 * P·A = L·U by partial pivoting, for matrices [..., m, n].
 * @returns L (below the diagonal, its own being ones) and U packed in one matrix; for each of min(m, n) steps the row that
 *   was swapped in; and the permutation: row i of P·A is row `permutation[i]` of A
 * @throws ShapeError, DTypeError
 * @example
 * const [packed, pivots, permutation] = lax.linalg.lu(np.array([[1, 2], [4, 4]]))
 * packed // [[4, 4], [0.25, 1]]
 */
export const lu = (x: Tensor): readonly [packed: Tensor, pivots: Tensor, permutation: Tensor] =>
  bind(luP, [x], {}) as unknown as readonly [Tensor, Tensor, Tensor]
