/** Singular value decomposition. */

import { kernelSuffix } from '../dtype.js'
import { TransformError } from '../errors.js'
import { checkOptions } from '../operation.js'
import { showType } from '../print.js'
import { sizeOf } from '../shape.js'
import type { Abstract, Tensor } from '../tensor.js'
import { add, div, mul, reciprocal, sub } from './arithmetic.js'
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
} from './matrices.js'
import { boolean } from './parameters.js'
import { bind, type Operand, type Params, primitive } from './primitive.js'

interface SvdParams extends Params {
  readonly fullMatrices: boolean
}

const svdP = primitive<SvdParams>({
  name: 'svd',
  operands: 1,
  parameters: { fullMatrices: boolean },
  abstract: ([x], { fullMatrices }) => {
    const type = x as Abstract
    checkMatrices('svd', type, false)
    const { batch, rows, columns } = matrixSizes(type.shape)
    const k = Math.min(rows, columns)
    return [
      { ...type, shape: [...batch, rows, fullMatrices ? rows : k] },
      { ...type, shape: [...batch, k] },
      { ...type, shape: [...batch, fullMatrices ? columns : k, columns] },
    ]
  },
  // Golub & Van Loan 2013, section 8.6: about 14mn² + 8n³
  flops: ([x]) => 22 * sizeOf((x as Abstract).shape) * ((x as Abstract).shape.at(-1) as number),
  lower: (emit, [x], results, { fullMatrices }) => {
    const { pointer, shape, dtype } = x as Operand
    const { batch, rows, columns } = matrixSizes(shape)
    const workspace = emit.scratch(emit.query('svdScratch', rows, columns))
    const pointers = results.map((y) => y.pointer)
    emit.call(
      `svd_${kernelSuffix(dtype)}`,
      pointer,
      ...pointers,
      sizeOf(batch),
      rows,
      columns,
      Number(fullMatrices),
      workspace,
    )
  },
  // With C = Uᵀ dA V and Fᵢⱼ = 1 / (sⱼ² − sᵢ²) off the diagonal: ds = diag C, dU = U (F ∘ (C S + S Cᵀ)) and
  // dV = V (F ∘ (S C + Cᵀ S)), and what leaves the range of U or V divided by s (Giles 2008, §3.2; Townsend 2016).
  jvp: ([x], [dx], { fullMatrices }) => {
    const operand = x as Tensor
    const { rows: m, columns: n } = matrixSizes(operand.sizes)
    const [u, s, vt] = decompose(operand, fullMatrices)
    if (!dx)
      return [
        [u, s, vt],
        [null, null, null],
      ]
    if (fullMatrices && m !== n) {
      throw new TransformError(
        `svd: the vectors that complete ${m > n ? 'u' : 'vh'} for ${showType(operand)} are not unique, so they have no derivative. ` +
          'Use fullMatrices: false, or computeUv: false for singular values only.',
      )
    }
    const k = Math.min(m, n)
    const v = adjoint(vt)
    const [byColumn, byRow] = [alongRows(s, k), alongColumns(s, k)]
    const inner = matmul(matmul(adjoint(u), dx), v)
    const identity = identityLike(inner)
    const gaps = sub(reciprocal(add(mul(add(byColumn, byRow), sub(byColumn, byRow)), identity)), identity)
    const twoSided = (y: Tensor): Tensor => mul(gaps, add(y, adjoint(y)))
    const du = matmul(u, twoSided(mul(inner, byColumn)))
    const dv = matmul(v, twoSided(mul(inner, byRow)))
    const outside = (base: Tensor, y: Tensor, rows: number): Tensor =>
      div(sub(y, matmul(base, matmul(adjoint(base), y))), alongRows(s, rows))
    return [
      [u, s, vt],
      [
        m > n ? add(du, outside(u, matmul(dx, v), m)) : du,
        diagonalOf(inner),
        adjoint(n > m ? add(dv, outside(v, matmul(adjoint(dx), u), n)) : dv),
      ],
    ]
  },
  batch: (inputs, axes, { fullMatrices }, { size }) => [
    decompose(allInFront(inputs, axes, size)[0] as Tensor, fullMatrices),
    [0, 0, 0],
  ],
})

const decompose = (x: Tensor, fullMatrices: boolean): readonly [Tensor, Tensor, Tensor] =>
  bind(svdP, [x], { fullMatrices }) as unknown as readonly [Tensor, Tensor, Tensor]

export interface SvdOptions {
  /** Complete u and vh to square matrices, the default as in JAX. */
  readonly fullMatrices?: boolean
  /** `false` gives the singular values alone. */
  readonly computeUv?: boolean
}

/**
 * U·diag(s)·Vh = A with orthonormal columns of U and rows of Vh and descending s ≥ 0, for matrices [..., m, n]. Singular values have
 * a derivative wherever they are. U and Vh have one where singular values are distinct, and with fullMatrices: false unless A is
 * square; beside equal ones they may turn freely, and what is differentiated through them is NaN or infinite, as in JAX.
 * @throws ShapeError, DTypeError; TransformError for the derivative of completed vectors
 * @example
 * const [u, s, vh] = lax.linalg.svd(np.array([[0, 2], [1, 0]]))
 * s // [2, 1]
 */
export function svd(x: Tensor, options: SvdOptions & { readonly computeUv: false }): Tensor
export function svd(
  x: Tensor,
  options?: SvdOptions & { readonly computeUv?: true },
): readonly [u: Tensor, s: Tensor, vh: Tensor]
export function svd(x: Tensor, options: SvdOptions = {}): Tensor | readonly Tensor[] {
  checkOptions('linalg.svd', options, ['fullMatrices', 'computeUv'])
  const { fullMatrices = true, computeUv = true } = options
  const results = decompose(x, computeUv && fullMatrices)
  return computeUv ? results : results[1]
}
