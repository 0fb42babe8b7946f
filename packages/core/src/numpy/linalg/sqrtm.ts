/** Square roots of matrices, and the equation that their derivatives solve. */
import { named } from '../../operation.js'
import { abs, add, div, mul, square, sub } from '../../primitives/arithmetic.js'
import { eq, ge, gt, le, lt } from '../../primitives/compare.js'
import { eigh } from '../../primitives/eigh.js'
import { exp, log, sqrt } from '../../primitives/exponential.js'
import { and, not, or } from '../../primitives/logical.js'
import { adjoint, alongColumns, alongRows, diagonalOf, identityLike, matmul } from '../../primitives/matrices.js'
import { reduceAnd, reduceMax, reduceSum } from '../../primitives/reduction.js'
import { select } from '../../primitives/select.js'
import { broadcastInDim } from '../../primitives/shape.js'
import { range } from '../../shape.js'
import { scalar, type Tensor, type TensorLike } from '../../tensor.js'
import { cond } from '../../transforms/cond.js'
import { customJvp } from '../../transforms/custom-jvp.js'
import { customLinearSolve } from '../../transforms/linear-solve.js'
import { whileLoop } from '../../transforms/while.js'
import { type Factors, factorize, matrices, solveFactored } from './factor.js'

const epsilon = (x: Tensor): number => (x.dtype === 'float64' ? 2 ** -52 : 2 ** -23)
const sizeOfEach = (x: Tensor): number => x.sizes[x.ndim - 1] as number
const inEach = (x: Tensor): readonly number[] => [x.ndim - 2, x.ndim - 1]

/** One number for each matrix, as matrices. */
const everywhere = (each: Tensor, like: Tensor): Tensor => broadcastInDim(each, like.sizes, range(each.ndim))

const all = (each: Tensor): Tensor => reduceAnd(each, range(each.ndim))

const isSymmetric = (a: Tensor): Tensor => reduceAnd(eq(a, adjoint(a)), inEach(a))

/** `onSymmetric` of all matrices if they are symmetric, else each by what fits it. */
const bySymmetry = (
  a: Tensor,
  onSymmetric: (...args: readonly Tensor[]) => Tensor,
  onOthers: (...args: readonly Tensor[]) => Tensor,
  ...rest: readonly Tensor[]
): Tensor => {
  const symmetric = isSymmetric(a)
  const mixed = (...args: readonly Tensor[]): Tensor => {
    const others = onOthers(...args)
    return select(everywhere(symmetric, others), onSymmetric(...args), others)
  }
  return cond(all(symmetric), onSymmetric, mixed, a, ...rest)
}

/** How far a matrix is from the identity. */
const distance = (m: Tensor): Tensor => sqrt(reduceSum(square(sub(m, identityLike(m))), inEach(m)))

/** |det A|^(−1/n), by which A is about as large as its inverse. Byers 1987. */
const balance = (factors: Factors): Tensor => {
  const logs = log(abs(diagonalOf(factors.packed)))
  return exp(mul(reduceSum(logs, [logs.ndim - 1]), -1 / sizeOfEach(factors.packed)))
}

const mostSteps = 100 // A Newton iteration that is going to converge does so within about 10 steps, and 30 for condition numbers up to 1/ε.

interface Iteration {
  /** What goes to the identity. */
  readonly m: Tensor
  /** What comes along. */
  readonly x: Tensor
  /** ‖m − 1‖ of each matrix. */
  readonly away: Tensor
  /** Of each matrix, whether it is as near as rounding lets it. */
  readonly done: Tensor
  readonly steps: Tensor
}

/** A Newton iteration, for each matrix until rounding is all that is left; NaN where it never is. */
const iterated = (
  m: Tensor,
  x: Tensor,
  improved: (m: Tensor, x: Tensor) => readonly [m: Tensor, x: Tensor],
): Tensor => {
  const least = sizeOfEach(m) * epsilon(m)
  const away = distance(m)
  const start: Iteration = { m, x, away, done: le(away, 0), steps: scalar(0, 'int32') }
  const end = whileLoop(
    ({ done, steps }: Iteration) => and(not(all(done)), lt(steps, mostSteps)),
    ({ m, x, away, done, steps }: Iteration): Iteration => {
      const [nextM, nextX] = improved(m, x)
      const now = distance(nextM)
      // Convergence is quadratic: a distance that no longer shrinks is rounding.
      const still = or(le(now, least), and(lt(now, 0.01), ge(mul(now, 2), away)))
      const keep = (old: Tensor, next: Tensor): Tensor => select(everywhere(done, old), old, next)
      const isNumber = eq(now, now)
      return {
        m: keep(m, nextM),
        x: keep(x, nextX),
        away: select(done, away, now),
        done: or(done, or(still, not(isNumber))),
        steps: add(steps, 1),
      }
    },
    start,
  )
  return select(everywhere(lt(end.away, 0.01), x), end.x, Number.NaN)
}

/** V √Λ Vᵀ, in which eigenvalues that are negative by rounding alone count as 0. */
const symmetricRoot = (a: Tensor): Tensor => {
  const [v, w] = eigh(a, { lower: true, symmetrizeInput: true })
  const last = w.ndim - 1
  const rounding = mul(reduceMax(abs(w), [last]), -sizeOfEach(a) * epsilon(a))
  const above = select(and(lt(w, 0), gt(w, broadcastInDim(rounding, w.sizes, range(last)))), 0, w)
  return matmul(mul(v, alongRows(sqrt(above), sizeOfEach(a))), adjoint(v))
}

/** The product form of Denman and Beavers' iteration (Cheng, Higham, Kenney & Laub 2001, equation 3.6), scaled by determinants. */
const generalRoot = (a: Tensor): Tensor =>
  iterated(a, a, (m, x) => {
    const factors = factorize(m)
    const inverse = solveFactored(factors, identityLike(m))
    const scale = balance(factors)
    const [up, down] = [everywhere(scale, m), div(1, everywhere(scale, m))]
    const next = mul(add(identityLike(m), mul(add(mul(m, up), mul(inverse, down)), 0.5)), 0.5)
    return [next, mul(mul(add(x, mul(matmul(x, inverse), down)), sqrt(up)), 0.5)]
  })

/** y with x y + y x = b, of symmetric x. */
const symmetricSylvester = (x: Tensor, b: Tensor): Tensor => {
  const [v, w] = eigh(x, { lower: true, symmetrizeInput: true })
  const n = sizeOfEach(x)
  const inside = matmul(matmul(adjoint(v), b), v)
  return matmul(matmul(v, div(inside, add(alongColumns(w, n), alongRows(w, n)))), adjoint(v))
}

/** The same of any x with eigenvalues right of 0: Newton's iteration for the sign of [[x, −b], [0, −x]] (Roberts 1980). */
const generalSylvester = (x: Tensor, b: Tensor): Tensor =>
  mul(
    iterated(x, b, (m, c) => {
      const factors = factorize(m)
      const inverse = solveFactored(factors, identityLike(m))
      const [up, down] = [everywhere(balance(factors), m), div(1, everywhere(balance(factors), m))]
      const around = matmul(matmul(inverse, c), inverse)
      return [mul(add(mul(m, up), mul(inverse, down)), 0.5), mul(add(mul(c, up), mul(around, down)), 0.5)]
    }),
    0.5,
  )

const sylvester = (x: Tensor, b: Tensor): Tensor =>
  bySymmetry(
    x,
    (x, b) => symmetricSylvester(x as Tensor, b as Tensor),
    (x, b) => generalSylvester(x as Tensor, b as Tensor),
    b,
  )

/** x² = a gives x dx + dx x = da. */
const root: (a: Tensor) => Tensor = customJvp(
  (a: Tensor): Tensor =>
    bySymmetry(
      a,
      (a) => symmetricRoot(a as Tensor),
      (a) => generalRoot(a as Tensor),
    ),
  ([a], [da]) => {
    const x = root(a)
    const dx = customLinearSolve(
      (y: Tensor) => add(matmul(x, y), matmul(y, x)),
      da,
      (_, b) => sylvester(x, b),
      { transposeSolve: (_, b) => sylvester(adjoint(x), b) },
    )
    return [x, dx]
  },
)

/**
 * The principal square root of square matrices [..., n, n]: x with x x = a whose eigenvalues lie right of 0. Of symmetric matrices it is
 * taken by eigenvalues, those that are 0 included; of others by a Newton iteration, which needs an inverse. NaN where there is no real
 * one: where an eigenvalue is negative, or where a is singular and not symmetric. The derivative solves x dx + dx x = da, which is not
 * finite at singular matrices.
 * @throws ShapeError if they are not square
 * @example np.linalg.sqrtm(np.array([[5, 4], [4, 5]])).toArray() // [[2, 1], [1, 2]]
 * @example np.linalg.sqrtm(np.array([[1, 4], [0, 9]])).toArray() // [[1, 1], [0, 3]]
 */
export const sqrtm = named('linalg.sqrtm', (x: TensorLike): Tensor => {
  const a = matrices('linalg.sqrtm', x, true)
  return a.size === 0 ? a : root(a)
})
