/** QR decomposition by Householder reflections. */

import { kernelSuffix } from '../dtype.js'
import { TransformError } from '../errors.js'
import { operation } from '../operation.js'
import { showType } from '../print.js'
import { sizeOf } from '../shape.js'
import type { Abstract, Tensor } from '../tensor.js'
import { add, sub } from './arithmetic.js'
import { concatenate } from './concatenate.js'
import { adjoint, allInFront, checkMatrices, lowerTriangle, matmul, matrixSizes } from './matrices.js'
import { boolean } from './parameters.js'
import { bind, type Operand, type Params, primitive } from './primitive.js'
import { sliceAxis } from './slice.js'
import { triangularSolve } from './triangular-solve.js'

interface QrParams extends Params {
  readonly fullMatrices: boolean
}

const qrP = primitive<QrParams>({
  name: 'qr',
  operands: 1,
  parameters: { fullMatrices: boolean },
  abstract: ([x], { fullMatrices }) => {
    const type = x as Abstract
    checkMatrices('qr', type, false)
    const { batch, rows, columns } = matrixSizes(type.shape)
    const k = fullMatrices ? rows : Math.min(rows, columns)
    return [
      { ...type, shape: [...batch, rows, k] },
      { ...type, shape: [...batch, k, columns] },
    ]
  },
  // 2mn² for r, and as much for q
  flops: ([x]) => 4 * sizeOf((x as Abstract).shape) * ((x as Abstract).shape.at(-1) as number),
  lower: (emit, [x], [q, r], { fullMatrices }) => {
    const { pointer, shape, dtype } = x as Operand
    const { batch, rows, columns } = matrixSizes(shape)
    const workspace = emit.scratch(emit.query('qrScratch', rows, columns))
    const results = [(q as Operand).pointer, (r as Operand).pointer]
    emit.call(
      `qr_${kernelSuffix(dtype)}`,
      pointer,
      ...results,
      sizeOf(batch),
      rows,
      columns,
      Number(fullMatrices),
      workspace,
    )
  },
  jvp: ([x], [dx], { fullMatrices }) => {
    const operand = x as Tensor
    const { rows, columns } = matrixSizes(operand.sizes)
    const [q, r] = qr(operand, { fullMatrices })
    if (!dx)
      return [
        [q, r],
        [null, null],
      ]
    if (fullMatrices && rows > columns) {
      throw new TransformError(
        `qr: the ${rows - columns} columns that complete q for ${showType(operand)} are not unique, so they have no derivative. ` +
          'Use fullMatrices: false.',
      )
    }
    const axis = operand.ndim - 1
    if (rows >= columns) return [[q, r], tangents(q, r, dx)]
    // The first `rows` columns determine q; the others are r's further columns times it.
    const [head, rest] = [sliceAxis(dx, axis, 0, rows), sliceAxis(dx, axis, rows, columns)]
    const [dq, dr] = tangents(q, sliceAxis(r, axis, 0, rows), head)
    const further = add(matmul(adjoint(dq), sliceAxis(operand, axis, rows, columns)), matmul(adjoint(q), rest))
    return [
      [q, r],
      [dq, concatenate([dr, further], axis)],
    ]
  },
  batch: (inputs, axes, params, { size }) => [qr(allInFront(inputs, axes, size)[0] as Tensor, params), [0, 0]],
})

/** With C = Qᵀ dA R⁻¹ and Ω = tril(C, −1) − tril(C, −1)ᵀ: dQ = Q (Ω − C) + dA R⁻¹ and dR = (C − Ω) R (Townsend 2018). */
const tangents = (q: Tensor, r: Tensor, dx: Tensor): readonly [Tensor, Tensor] => {
  const scaled = triangularSolve(r, dx)
  const inner = matmul(adjoint(q), scaled)
  const below = lowerTriangle(inner, -1)
  const rest = sub(inner, sub(below, adjoint(below)))
  return [sub(scaled, matmul(q, rest)), matmul(rest, r)]
}

export interface QrOptions {
  /** Complete q to a square matrix, the default as in JAX. */
  readonly fullMatrices?: boolean
}

/**
 * Q with orthonormal columns and upper triangular R with Q·R = A, for matrices [..., m, n]; signs are LAPACK's.
 * @throws ShapeError, DTypeError; TransformError for the derivative of a completed q
 * @example
 * const [q, r] = lax.linalg.qr(np.array([[3], [4]]), { fullMatrices: false })
 * r // [[-5]]
 */
export const qr = operation(
  'linalg.qr',
  { at: 1, names: ['fullMatrices'] },
  (x: Tensor, { fullMatrices = true }: QrOptions = {}): readonly [q: Tensor, r: Tensor] =>
    bind(qrP, [x], { fullMatrices }) as unknown as readonly [Tensor, Tensor],
)
