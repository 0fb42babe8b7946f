/** Determinants and their logarithms. */
import { named } from '../../operation.js'
import { abs, mul, sign } from '../../primitives/arithmetic.js'
import { log } from '../../primitives/exponential.js'
import { adjoint, diagonalOf } from '../../primitives/matrices.js'
import { reduceProd, reduceSum } from '../../primitives/reduction.js'
import type { Tensor, TensorLike } from '../../tensor.js'
import { customJvp } from '../../transforms/custom-jvp.js'
import { adjugate, leibniz } from './adjugate.js'
import { type Factors, factorize, matrices, parity } from './factor.js'

const product = (factors: Factors): Tensor => {
  const diagonal = diagonalOf(factors.packed)
  return mul(reduceProd(diagonal, [diagonal.ndim - 1]), parity(factors))
}

const large: (a: Tensor) => Tensor = customJvp(
  (a: Tensor): Tensor => product(factorize(a)),
  ([a], [da]) => [large(a), tangentOf(adjugate(a), da)],
)

/** d det A = tr(adj(A) dA) */
const tangentOf = (adj: Tensor, da: Tensor): Tensor => reduceSum(mul(adjoint(adj), da), [da.ndim - 2, da.ndim - 1])

/**
 * The determinants of square matrices [..., n, n]. The derivative is the adjugate, right at matrices of any rank, and so is the
 * second derivative. Further ones are up to n = 8; beyond, they need a determinant that is not 0.
 * @throws ShapeError if they are not square
 * @example np.linalg.det(np.array([[1, 2], [3, 4]])).item() // -2
 */
export const det = named('linalg.det', (x: TensorLike): Tensor => {
  const a = matrices('linalg.det', x, true)
  const n = a.sizes[a.ndim - 1] as number
  return n <= 3 ? leibniz(a, n) : large(a)
})

/**
 * The sign of the determinant and the logarithm of its absolute value, which neither overflow nor underflow: [0, −∞] for
 * singular matrices.
 * @throws ShapeError if they are not square
 * @example const [sign, logdet] = np.linalg.slogdet(np.array([[1, 2], [3, 4]])) // -1, 0.6931472
 */
export const slogdet = named('linalg.slogdet', (x: TensorLike): readonly [sign: Tensor, logdet: Tensor] => {
  const factors = factorize(matrices('linalg.slogdet', x, true))
  const diagonal = diagonalOf(factors.packed)
  const axes = [diagonal.ndim - 1]
  return [mul(reduceProd(sign(diagonal), axes), parity(factors)), reduceSum(log(abs(diagonal)), axes)]
})
