/** Matrix decompositions and what is read off them. */

import { RangeError, ShapeError } from '../../errors.js'
import { checkOptions, named, operation } from '../../operation.js'
import { add, div, mul, square, sub } from '../../primitives/arithmetic.js'
import { gt } from '../../primitives/compare.js'
import { convertElementType } from '../../primitives/convert.js'
import { eigh as eighP } from '../../primitives/eigh.js'
import { cholesky as choleskyP } from '../../primitives/linalg-cholesky.js'
import { adjoint, alongRows, identityLike, matmul } from '../../primitives/matrices.js'
import { qr as qrP } from '../../primitives/qr.js'
import { reduceMax, reduceSum } from '../../primitives/reduction.js'
import { select } from '../../primitives/select.js'
import { broadcastInDim, reshape } from '../../primitives/shape.js'
import { sliceAxis } from '../../primitives/slice.js'
import { svd as svdP } from '../../primitives/svd.js'
import { showType } from '../../print.js'
import { range } from '../../shape.js'
import { show } from '../../show.js'
import type { Tensor, TensorLike } from '../../tensor.js'
import { customJvp } from '../../transforms/custom-jvp.js'
import { type DualOptions, dualOptions } from '../dual.js'
import { promoteDTypes, toFloat } from '../promotion.js'
import { matrices } from './factor.js'
import { type NormOrder, norm } from './norms.js'
import { inv } from './solve.js'

export interface CholeskyOptions {
  /** Uᵀ with Uᵀ·U = A instead. */
  readonly upper?: boolean
  /** Decompose (A + Aᵀ) / 2, the default; otherwise only one triangle is read. */
  readonly symmetrizeInput?: boolean
}

/**
 * The lower triangular L with L·Lᵀ = a, for symmetric positive definite [..., n, n]; NaN where a is not.
 * @throws ShapeError if they are not square
 * @example np.linalg.cholesky(np.array([[4, 2], [2, 5]])).toArray() // [[2, 0], [1, 2]]
 */
export const cholesky: DualOptions<CholeskyOptions> = dualOptions(
  'linalg.cholesky',
  ['upper', 'symmetrizeInput'],
  (x, { upper = false, symmetrizeInput = true }: CholeskyOptions) => {
    const a = matrices('linalg.cholesky', x, true)
    return upper ? adjoint(choleskyP(adjoint(a), { symmetrizeInput })) : choleskyP(a, { symmetrizeInput })
  },
)

export interface EighOptions {
  /** The triangle to read if the input is not symmetrised. */
  readonly UPLO?: 'L' | 'U'
  /** Decompose (a + aᵀ) / 2, the default. */
  readonly symmetrizeInput?: boolean
}

/**
 * Eigenvalues of symmetric matrices [..., n, n] in ascending order, and orthonormal eigenvectors as columns.
 * Derivatives of the vectors need distinct values.
 * @throws ShapeError if they are not square
 * @example const [w, v] = np.linalg.eigh(np.array([[2, 1], [1, 2]])) // w is [1, 3]
 */
export const eigh = operation(
  'linalg.eigh',
  { at: 1, names: ['UPLO', 'symmetrizeInput'] },
  (x: TensorLike, { UPLO = 'L', symmetrizeInput = true }: EighOptions = {}): readonly [w: Tensor, v: Tensor] => {
    if (UPLO !== 'L' && UPLO !== 'U') throw new RangeError(`linalg.eigh: UPLO ${show(UPLO)} is neither 'L' nor 'U'.`)
    const [v, w] = eighP(matrices('linalg.eigh', x, true), { lower: UPLO === 'L', symmetrizeInput })
    return [w, v]
  },
)

/**
 * Eigenvalues of symmetric matrices in ascending order.
 * @throws ShapeError if they are not square
 * @example np.linalg.eigvalsh(np.array([[2, 1], [1, 2]])).toArray() // [1, 3]
 */
export const eigvalsh = operation(
  'linalg.eigvalsh',
  { at: 1, names: ['UPLO', 'symmetrizeInput'] },
  (x: TensorLike, options: EighOptions = {}): Tensor => eigh(x, options)[0],
)

export interface SvdOptions {
  /** Complete u and vh to square matrices, the default. */
  readonly fullMatrices?: boolean
  /** `false` gives the singular values alone. */
  readonly computeUv?: boolean
}

/**
 * a = u·diag(s)·vh with orthonormal columns of u and rows of vh and descending s ≥ 0, for [..., m, n].
 * Derivatives of u and vh need distinct singular values, and fullMatrices: false unless a is square.
 * @throws ShapeError unless there are two axes
 * @example const [u, s, vh] = np.linalg.svd(np.array([[0, 2], [1, 0]])) // s is [2, 1]
 */
export function svd(x: TensorLike, options: SvdOptions & { readonly computeUv: false }): Tensor
export function svd(x: TensorLike, options?: SvdOptions): readonly [u: Tensor, s: Tensor, vh: Tensor]
export function svd(x: TensorLike, options: SvdOptions = {}): Tensor | readonly Tensor[] {
  checkOptions('linalg.svd', options, ['fullMatrices', 'computeUv'])
  const { fullMatrices = true, computeUv = true } = options
  const a = matrices('linalg.svd', x, false)
  return computeUv ? svdP(a, { fullMatrices }) : svdP(a, { computeUv: false })
}

/**
 * Singular values in descending order.
 * @throws ShapeError unless there are two axes
 * @example np.linalg.svdvals(np.array([[0, 2], [1, 0]])).toArray() // [2, 1]
 */
export const svdvals = named(
  'linalg.svdvals',
  (x: TensorLike): Tensor => svdP(matrices('linalg.svdvals', x, false), { computeUv: false }),
)

export interface QrOptions {
  /** 'reduced' gives min(m, n) columns of q, 'complete' all m, 'r' only r. */
  readonly mode?: 'reduced' | 'complete' | 'r'
}

/**
 * a = q·r with orthonormal columns of q and upper triangular r, for [..., m, n]; signs are LAPACK's.
 * @throws ShapeError unless there are two axes, RangeError for unknown modes
 * @example const [q, r] = np.linalg.qr(np.array([[3], [4]])) // r is [[-5]]
 */
export function qr(x: TensorLike, options: { readonly mode: 'r' }): Tensor
export function qr(x: TensorLike, options?: QrOptions): readonly [q: Tensor, r: Tensor]
export function qr(x: TensorLike, options: QrOptions = {}): Tensor | readonly [Tensor, Tensor] {
  checkOptions('linalg.qr', options, ['mode'])
  const { mode = 'reduced' } = options
  if (mode !== 'reduced' && mode !== 'complete' && mode !== 'r') {
    throw new RangeError(`linalg.qr: mode ${show(mode)} is none of 'reduced', 'complete', 'r'.`)
  }
  const [q, r] = qrP(matrices('linalg.qr', x, false), { fullMatrices: mode === 'complete' })
  return mode === 'r' ? r : [q, r]
}

const epsilon = (x: Tensor): number => (x.dtype === 'float64' ? 2 ** -52 : 2 ** -23)
const longest = (a: Tensor): number => Math.max(a.sizes[a.ndim - 2] as number, a.sizes[a.ndim - 1] as number)

/** Where singular values count as more than 0: above a fraction of the largest. */
const significant = (s: Tensor, fraction: number): Tensor => {
  const last = s.ndim - 1
  const threshold = mul(reduceMax(s, [last]), fraction)
  return gt(s, broadcastInDim(threshold, s.sizes, range(last)))
}

export interface RankOptions {
  /** Singular values below this fraction of the largest count as 0. */
  readonly rtol?: number
}

const pseudoinverse = (a: Tensor, rtol: number): Tensor => {
  const [u, s, vh] = svdP(a, { fullMatrices: false })
  const kept = significant(s, rtol)
  const inverse = select(kept, div(1, select(kept, s, 1)), 0)
  return matmul(mul(adjoint(vh), alongRows(inverse, vh.sizes[vh.ndim - 1] as number)), adjoint(u))
}

/** Square identities as large as an axis of `a`. */
const identityOf = (a: Tensor, axis: number): Tensor => {
  const n = a.sizes[axis] as number
  return identityLike({ shape: [...a.sizes.slice(0, -2), n, n], dtype: a.dtype, weakType: false })
}

/** With the derivative of Golub and Pereyra 1973, which needs no singular vectors and holds wherever the rank is constant. */
const pinvOf = (rtol: number): ((a: Tensor) => Tensor) =>
  customJvp(
    (a: Tensor): Tensor => pseudoinverse(a, rtol),
    ([a], [da]) => {
      const p = pinvOf(rtol)(a)
      const [pt, dt] = [adjoint(p), adjoint(da)]
      const outside = sub(identityOf(a, a.ndim - 2), matmul(a, p))
      const inside = sub(identityOf(a, a.ndim - 1), matmul(p, a))
      const direct = matmul(matmul(p, da), p)
      const left = matmul(matmul(p, pt), matmul(dt, outside))
      const right = matmul(matmul(inside, dt), matmul(pt, p))
      return [p, sub(add(left, right), direct)]
    },
  )

/**
 * The Moore-Penrose inverse of [..., m, n]: [..., n, m]. Singular values below rtol times the largest count as 0; that is
 * 10 max(m, n) ε unless said.
 * @throws ShapeError unless there are two axes
 * @example np.linalg.pinv(np.array([[2], [0]])).toArray() // [[0.5, 0]]
 */
export const pinv: DualOptions<RankOptions> = dualOptions('linalg.pinv', ['rtol'], (x, { rtol }: RankOptions) => {
  const a = matrices('linalg.pinv', x, false)
  return pinvOf(rtol ?? 10 * longest(a) * epsilon(a))(a)
})

/**
 * How many singular values are more than rtol times the largest, max(m, n) ε unless said.
 * @returns int32
 * @throws ShapeError unless there are two axes
 * @example np.linalg.matrixRank(np.array([[1, 2], [2, 4]])).item() // 1
 */
export const matrixRank: DualOptions<RankOptions> = dualOptions(
  'linalg.matrixRank',
  ['rtol'],
  (x, { rtol }: RankOptions) => {
    const a = matrices('linalg.matrixRank', x, false)
    const s = svdP(a, { computeUv: false })
    return reduceSum(convertElementType(significant(s, rtol ?? longest(a) * epsilon(a)), 'int32'), [s.ndim - 1])
  },
)

export interface CondOptions {
  /** The norm; the ratio of the outermost singular values unless said. */
  readonly p?: NormOrder | null
}

/**
 * The condition number: norm(a)·norm(a⁻¹), or for the default and ±2 the ratio of the largest and the least singular value.
 * @throws ShapeError if the norm needs an inverse and a is not square
 * @example np.linalg.cond(np.array([[2, 0], [0, 1]])).item() // 2
 */
export const cond: DualOptions<CondOptions> = dualOptions('linalg.cond', ['p'], (x, { p = null }: CondOptions) => {
  const a = matrices('linalg.cond', x, false)
  if (p !== null && p !== 2 && p !== -2)
    return mul(norm(a, { ord: p, axis: [-2, -1] }), norm(inv(a), { ord: p, axis: [-2, -1] }))
  const s = svdP(a, { computeUv: false })
  const last = s.ndim - 1
  const n = s.sizes[last] as number
  if (n === 0) throw new ShapeError(`linalg.cond: ${showType(a)} is empty.`)
  const [first, end] = [sliceAxis(s, last, 0, 1), sliceAxis(s, last, n - 1, n)].map((t) =>
    reshape(t, s.sizes.slice(0, -1)),
  ) as [Tensor, Tensor]
  return p === -2 ? div(end, first) : div(first, end)
})

export interface LstsqOptions {
  /** Singular values below this fraction of the largest count as 0; max(m, n) ε unless said. */
  readonly rcond?: number
}

/**
 * The x of least norm among those that minimise |a x − b|, for a [m, n] and b [m] or [m, k].
 * @returns x, the squared residuals of each column, the rank, and the singular values
 * @throws ShapeError if a is no matrix or b has not m rows
 * @example const [x] = np.linalg.lstsq(np.array([[1], [1]]), np.array([1, 3])) // x is [2]
 */
export const lstsq = operation(
  'linalg.lstsq',
  { at: 2, names: ['rcond'] },
  (
    x: TensorLike,
    y: TensorLike,
    { rcond }: LstsqOptions = {},
  ): readonly [x: Tensor, residuals: Tensor, rank: Tensor, s: Tensor] => {
    const [a, b] = promoteDTypes('linalg.lstsq', [toFloat(x), toFloat(y)]) as [Tensor, Tensor]
    if (a.ndim !== 2)
      throw new ShapeError(`linalg.lstsq: takes one matrix [m, n], not ${showType(a)}. Use vmap for many.`)
    const m = a.sizes[0] as number
    if ((b.ndim !== 1 && b.ndim !== 2) || b.sizes[0] !== m) {
      throw new ShapeError(
        `linalg.lstsq: ${showType(a)} x = ${showType(b)}: the right side has to be [${m}] or [${m}, k].`,
      )
    }
    const columns = b.ndim === 1 ? reshape(b, [m, 1]) : b
    const fraction = rcond === undefined || rcond < 0 ? longest(a) * epsilon(a) : rcond
    const s = svdP(a, { computeUv: false })
    const rank = reduceSum(convertElementType(significant(s, fraction), 'int32'), [0])
    const solution = matmul(pinvOf(fraction)(a), columns)
    const residuals = reduceSum(square(sub(columns, matmul(a, solution))), [0])
    return [b.ndim === 1 ? reshape(solution, [solution.size]) : solution, residuals, rank, s]
  },
)
