/** Determinants and their logarithms. */
import { abs, add, mul, reciprocal, sign, sub } from '../../primitives/arithmetic.js'
import { concatenate } from '../../primitives/concatenate.js'
import { cumprod } from '../../primitives/cumulative.js'
import { log } from '../../primitives/exponential.js'
import { not } from '../../primitives/logical.js'
import { diagonalOf } from '../../primitives/matrices.js'
import { reduceOr, reduceProd, reduceSum } from '../../primitives/reduction.js'
import { isFinite } from '../../primitives/rounding.js'
import { select } from '../../primitives/select.js'
import { broadcastInDim, reshape } from '../../primitives/shape.js'
import { sliceAxis } from '../../primitives/slice.js'
import { range } from '../../shape.js'
import { type Tensor, type TensorLike, uniform } from '../../tensor.js'
import { customJvp } from '../../transforms/custom-jvp.js'
import { backward, type Factors, factorize, forward, matrices, parity } from './factor.js'

const entry = (a: Tensor, i: number, j: number): Tensor => {
  const row = sliceAxis(a, a.ndim - 2, i, i + 1)
  return reshape(sliceAxis(row, a.ndim - 1, j, j + 1), a.shape.slice(0, -2))
}

const minor = (a: Tensor, i: number, j: number, k: number, l: number): Tensor =>
  sub(mul(entry(a, i, k), entry(a, j, l)), mul(entry(a, i, l), entry(a, j, k)))

/** Leibniz's formula, exact where products are, with derivatives of every order at singular matrices too. */
const small = (a: Tensor, n: number): Tensor => {
  if (n === 0) return uniform(1, { shape: a.shape.slice(0, -2), dtype: a.dtype, weakType: false })
  if (n === 1) return entry(a, 0, 0)
  if (n === 2) return minor(a, 0, 1, 0, 1)
  const terms = [minor(a, 1, 2, 1, 2), minor(a, 1, 2, 0, 2), minor(a, 1, 2, 0, 1)].map((m, j) => mul(entry(a, 0, j), m))
  return add(sub(terms[0] as Tensor, terms[1] as Tensor), terms[2] as Tensor)
}

const spread = (v: Tensor, like: Tensor): Tensor => broadcastInDim(v, like.shape, range(v.ndim))

const product = (factors: Factors): Tensor => {
  const diagonal = diagonalOf(factors.packed)
  return mul(reduceProd(diagonal, [diagonal.ndim - 1]), parity(factors))
}

/**
 * det(A) and det(A)·A⁻¹ b. The last pivot is never divided by, so that matrices of rank n − 1 have their cofactors too; those
 * of lower rank have none but zeros.
 */
const cofactorSolve = (a: Tensor, b: Tensor): readonly [Tensor, Tensor] => {
  const factors = factorize(a)
  const n = a.shape[a.ndim - 1] as number
  const [row, column] = [a.ndim - 2, a.ndim - 1]
  const diagonal = diagonalOf(factors.packed)
  const last = diagonal.ndim - 1
  const partial = mul(cumprod(diagonal, { axis: last }), spread(parity(factors), diagonal))
  const pick = (i: number): Tensor => sliceAxis(partial, last, i, i + 1)
  const determinant = reshape(pick(n - 1), a.shape.slice(0, -2))
  // U with its last diagonal element replaced by 1 / (the product of the others, with its sign).
  const inner = sliceAxis(factors.packed, row, 0, n - 1)
  const bottom = sliceAxis(factors.packed, row, n - 1, n)
  const others = reshape(pick(n - 2), [...a.shape.slice(0, -2), 1, 1])
  const replaced = concatenate([sliceAxis(bottom, column, 0, n - 1), reciprocal(others)], column)
  const changed = { ...factors, packed: concatenate([inner, replaced], row) }
  const y = forward(factors, b)
  const upper = sliceAxis(y, row, 0, n - 1)
  const scaled = concatenate([mul(upper, spread(determinant, upper)), sliceAxis(y, row, n - 1, n)], row)
  const x = backward(changed, scaled)
  const probe = backward(changed, uniform(1, { shape: [...a.shape.slice(0, -1), 1], dtype: a.dtype, weakType: false }))
  const deficient = reduceOr(not(isFinite(probe)), [row, column])
  return [determinant, select(spread(deficient, x), 0, x)]
}

const large = customJvp(
  (a: Tensor): Tensor => product(factorize(a)),
  ([a], [da]) => {
    const [determinant, moved] = cofactorSolve(a, da)
    const diagonal = diagonalOf(moved)
    return [determinant, reduceSum(diagonal, [diagonal.ndim - 1])]
  },
)

/**
 * The determinants of square matrices [..., n, n]. The derivative is right at singular matrices of rank n − 1 too.
 * @throws ShapeError if they are not square
 * @example np.linalg.det(np.array([[1, 2], [3, 4]])).item() // -2
 */
export const det = (x: TensorLike): Tensor => {
  const a = matrices('linalg.det', x, true)
  const n = a.shape[a.ndim - 1] as number
  return n <= 3 ? small(a, n) : large(a)
}

/**
 * The sign of the determinant and the logarithm of its absolute value, which neither overflow nor underflow: [0, −∞] for
 * singular matrices.
 * @throws ShapeError if they are not square
 * @example const [sign, logdet] = np.linalg.slogdet(np.array([[1, 2], [3, 4]])) // -1, 0.6931472
 */
export const slogdet = (x: TensorLike): readonly [sign: Tensor, logdet: Tensor] => {
  const factors = factorize(matrices('linalg.slogdet', x, true))
  const diagonal = diagonalOf(factors.packed)
  const axes = [diagonal.ndim - 1]
  return [mul(reduceProd(sign(diagonal), axes), parity(factors)), reduceSum(log(abs(diagonal)), axes)]
}
