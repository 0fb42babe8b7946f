/** Linear equations, inverses and powers. */

import { RangeError, ShapeError } from '../../errors.js'
import { named, operation } from '../../operation.js'
import { sub } from '../../primitives/arithmetic.js'
import { identityLike, matmul } from '../../primitives/matrices.js'
import { broadcastTo, reshape, transpose } from '../../primitives/shape.js'
import { showType } from '../../print.js'
import { broadcastShapes, canonicalAxis, range, sizeOf } from '../../shape.js'
import { show } from '../../show.js'
import { type Tensor, type TensorLike, toTensor } from '../../tensor.js'
import { customJvp } from '../../transforms/custom-jvp.js'
import { type Dual, type DualBinary, dual, dualBinary } from '../dual.js'
import { promoteDTypes, toFloat } from '../promotion.js'
import { factorize, matrices, solveFactored } from './factor.js'

/** x with A x = b for matrices of equal batch axes. dx = A⁻¹ (db − dA x) reuses the factors. */
export const solveMatrices = customJvp(
  (a: Tensor, b: Tensor): Tensor => solveFactored(factorize(a), b),
  ([a, b], [da, db]) => {
    const factors = factorize(a)
    const x = solveFactored(factors, b)
    return [x, solveFactored(factors, sub(db, matmul(da, x)))]
  },
)

/**
 * x with a x = b, for square matrices [..., n, n] and vectors [n] or matrices [..., n, k]; leading axes broadcast.
 * Where a is singular the result is not finite.
 * @throws ShapeError if a is not square or b has not n rows
 * @example np.linalg.solve(np.array([[2, 0], [0, 4]]), np.array([2, 4])).toArray() // [1, 1]
 */
export const solve: DualBinary = dualBinary('linalg.solve', (x, y) => {
  const [a, b] = promoteDTypes('linalg.solve', [toFloat(x), toFloat(y)]) as [Tensor, Tensor]
  matrices('linalg.solve', a, true)
  const n = a.sizes[a.ndim - 1] as number
  if (b.ndim === 0)
    throw new ShapeError(
      `linalg.solve: the right side is a scalar; it has to be a vector [${n}] or matrices [..., ${n}, k].`,
    )
  const vector = b.ndim === 1
  const columns = vector ? reshape(b, [b.size, 1]) : b
  if (columns.sizes[columns.ndim - 2] !== n) {
    throw new ShapeError(`linalg.solve: ${showType(a)} x = ${showType(b)}: the right side has to have ${n} rows.`)
  }
  const lead = broadcastShapes('linalg.solve', a.sizes.slice(0, -2), columns.sizes.slice(0, -2))
  const result = solveMatrices(
    broadcastTo(a, [...lead, n, n]),
    broadcastTo(columns, [...lead, ...columns.sizes.slice(-2)]),
  )
  return vector ? reshape(result, result.sizes.slice(0, -1)) : result
})

/**
 * The inverse of square matrices [..., n, n]; not finite where they are singular.
 * @throws ShapeError if they are not square
 * @example np.linalg.inv(np.array([[2, 0], [0, 4]])).toArray() // [[0.5, 0], [0, 0.25]]
 */
export const inv = named('linalg.inv', (x: TensorLike): Tensor => {
  const a = matrices('linalg.inv', x, true)
  return solveMatrices(a, identityLike(a))
})

/**
 * aⁿ of square matrices by repeated squaring; negative powers are those of the inverse.
 * @throws ShapeError if they are not square, RangeError if n is no whole number
 * @example np.linalg.matrixPower(np.array([[1, 1], [0, 1]]), 5).toArray() // [[1, 5], [0, 1]]
 */
export const matrixPower: Dual<[n: number]> = dual('linalg.matrixPower', 1, [], (x, n: number) => {
  if (!Number.isInteger(n)) throw new RangeError(`linalg.matrixPower: the power ${show(n)} is no whole number.`)
  const given = toTensor(x)
  const a =
    given.dtype.startsWith('float') || n < 0 || given.dtype === 'bool'
      ? matrices('linalg.matrixPower', given, true)
      : given
  if (a.ndim < 2 || a.sizes[a.ndim - 1] !== a.sizes[a.ndim - 2]) matrices('linalg.matrixPower', a, true)
  if (n === 0) return identityLike(a)
  let square = n < 0 ? inv(a) : a
  let result: Tensor | null = null
  for (let rest = Math.abs(n); ; square = matmul(square, square)) {
    if (rest % 2 === 1) result = result === null ? square : matmul(result, square)
    rest = Math.floor(rest / 2)
    if (rest === 0) return result as Tensor
  }
})

export interface TensorinvOptions {
  /** How many leading axes are the rows; 2 unless said. */
  readonly ind?: number
}

/**
 * The inverse with respect to `tensordot`: of a tensor whose first `ind` axes have as many elements as the others.
 * @throws ShapeError if they have not, RangeError unless ind is a whole number > 0
 * @example np.linalg.tensorinv(np.eye(4).reshape(2, 2, 2, 2)).shape // [2, 2, 2, 2]
 */
export const tensorinv = operation(
  'linalg.tensorinv',
  { at: 1, names: ['ind'] },
  (x: TensorLike, { ind = 2 }: TensorinvOptions = {}): Tensor => {
    const a = toFloat(x)
    if (!Number.isInteger(ind) || ind <= 0)
      throw new RangeError(`linalg.tensorinv: ind is ${ind}; it has to be a whole number > 0.`)
    const [rows, columns] = [a.sizes.slice(0, ind), a.sizes.slice(ind)]
    if (sizeOf(rows) !== sizeOf(columns)) {
      throw new ShapeError(
        `linalg.tensorinv: the first ${ind} axes of ${showType(a)} have ${sizeOf(rows)} elements and the others ${sizeOf(columns)}; they have to be as many.`,
      )
    }
    return reshape(inv(reshape(a, [sizeOf(rows), sizeOf(columns)])), [...columns, ...rows])
  },
)

export interface TensorsolveOptions {
  /** Axes of a to move to the end first. */
  readonly axes?: readonly number[]
}

/**
 * x with tensordot(a, x, x.ndim) = b: the last axes of a are those of x, the first those of b.
 * @throws ShapeError if b has not as many elements as x
 * @example np.linalg.tensorsolve(np.eye(4).reshape(2, 2, 4), np.ones([2, 2])).toArray() // [1, 1, 1, 1]
 */
export const tensorsolve = operation(
  'linalg.tensorsolve',
  { at: 2, names: ['axes'] },
  (x: TensorLike, y: TensorLike, { axes = [] }: TensorsolveOptions = {}): Tensor => {
    const [given, b] = promoteDTypes('linalg.tensorsolve', [toFloat(x), toFloat(y)]) as [Tensor, Tensor]
    const last = axes.map((axis) => canonicalAxis('linalg.tensorsolve', axis, given.ndim))
    const a = transpose(given, [...range(given.ndim).filter((i) => !last.includes(i)), ...last])
    const unknowns = a.sizes.slice(b.ndim)
    if (sizeOf(unknowns) !== b.size || a.size !== b.size * b.size) {
      throw new ShapeError(
        `linalg.tensorsolve: ${showType(a)} · x = ${showType(b)}: the axes after the first ${b.ndim} have to have ${b.size} elements.`,
      )
    }
    return reshape(solve(reshape(a, [b.size, b.size]), reshape(b, [b.size])), unknowns)
  },
)
