/** Adjugates: the transposed cofactors of square matrices, which are the derivatives of their determinants. */
import { add, div, mul, neg, sign, sub } from '../../primitives/arithmetic.js'
import { eq } from '../../primitives/compare.js'
import { concatenate } from '../../primitives/concatenate.js'
import { cumprod, shift } from '../../primitives/cumulative.js'
import { stopGradient } from '../../primitives/identity.js'
import {
  adjoint,
  alongColumns,
  alongRows,
  diagonalOf,
  identityLike,
  lowerTriangle,
  matmul,
  upperTriangle,
} from '../../primitives/matrices.js'
import { reduceProd, reduceSum } from '../../primitives/reduction.js'
import { select } from '../../primitives/select.js'
import { broadcastInDim, reshape } from '../../primitives/shape.js'
import { sliceAxis } from '../../primitives/slice.js'
import { svd } from '../../primitives/svd.js'
import { triangularSolve } from '../../primitives/triangular-solve.js'
import { range } from '../../shape.js'
import { type Tensor, uniform } from '../../tensor.js'
import { customJvp } from '../../transforms/custom-jvp.js'
import { factorize, forward, parity } from './factor.js'

const entry = (a: Tensor, i: number, j: number): Tensor => {
  const row = sliceAxis(a, a.ndim - 2, i, i + 1)
  return reshape(sliceAxis(row, a.ndim - 1, j, j + 1), a.sizes.slice(0, -2))
}

const minor = (a: Tensor, i: number, j: number, k: number, l: number): Tensor =>
  sub(mul(entry(a, i, k), entry(a, j, l)), mul(entry(a, i, l), entry(a, j, k)))

/** Leibniz's formula, exact where products are, with derivatives of every order at singular matrices too. */
export const leibniz = (a: Tensor, n: number): Tensor => {
  if (n === 0) return uniform(1, { shape: a.sizes.slice(0, -2), dtype: a.dtype, weakType: false })
  if (n === 1) return entry(a, 0, 0)
  if (n === 2) return minor(a, 0, 1, 0, 1)
  const terms = [minor(a, 1, 2, 1, 2), minor(a, 1, 2, 0, 2), minor(a, 1, 2, 0, 1)].map((m, j) => mul(entry(a, 0, j), m))
  return add(sub(terms[0] as Tensor, terms[1] as Tensor), terms[2] as Tensor)
}

const spread = (v: Tensor, like: Tensor): Tensor => broadcastInDim(v, like.sizes, range(v.ndim))

/** Π over the elements before each one along the last axis, or over those after it. */
const besides = (x: Tensor, reverse: boolean): Tensor => {
  const axis = x.ndim - 1
  return shift(cumprod(x, { axis, reverse }), axis, reverse ? -1 : 1, 1)
}

/** Π uₖ over i < k < j at [..., i, j] above the diagonal. */
const between = (u: Tensor, like: Tensor): Tensor => {
  const n = u.sizes[u.ndim - 1] as number
  return besides(add(upperTriangle(alongRows(u, n), 1), lowerTriangle(uniform(1, like))), false)
}

/**
 * No pivot is divided by, so that it is right for matrices of any rank: of A = P⁻¹ L U the adjugate is adj(U) L⁻¹ P, with the sign of
 * P. With u the diagonal of U, C its triangle above that, each cᵢⱼ times all uₖ for i < k < j, and X = (1 + C)⁻¹, adj(U)ᵢⱼ is xᵢⱼ times
 * all uₖ before i and after j: back substitution, multiplied out.
 */
const byFactors = (a: Tensor): Tensor => {
  const factors = factorize(a)
  const { packed } = factors
  const n = a.sizes[a.ndim - 1] as number
  const u = diagonalOf(packed)
  const identity = identityLike(packed)
  const c = mul(upperTriangle(packed, 1), between(u, packed))
  const x = triangularSolve(add(c, identity), identity, { leftSide: true, unitDiagonal: true })
  const before = mul(besides(u, false), spread(parity(factors), u))
  const ofUpper = mul(mul(x, alongColumns(before, n)), alongRows(besides(u, true), n))
  return matmul(ofUpper, forward(factors, identity))
}

/** Without row i and column j, at [..., i, j]. */
const minors = (a: Tensor): Tensor => {
  const n = a.sizes[a.ndim - 1] as number
  /** Parts of `x` without index i of an axis, for every i along a new axis. */
  const without = (x: Tensor, axis: number, to: number): Tensor => {
    const parts = range(n).map((i) => {
      const part = concatenate([sliceAxis(x, axis, 0, i), sliceAxis(x, axis, i + 1, n)], axis)
      return reshape(part, [...part.sizes.slice(0, to), 1, ...part.sizes.slice(to)])
    })
    return concatenate(parts, to)
  }
  const lead = a.ndim - 2
  return without(without(a, lead, lead), lead + 2, lead + 1)
}

/** Numbers at [..., i, j] with the signs of cofactors, transposed. */
const signed = (x: Tensor): Tensor => {
  const n = x.sizes[x.ndim - 1] as number
  const rows = range(n).map((i) => {
    const row = sliceAxis(x, x.ndim - 2, i, i + 1)
    const columns = range(n).map((j) => {
      const element = sliceAxis(row, x.ndim - 1, j, j + 1)
      return (i + j) % 2 === 0 ? element : neg(element)
    })
    return concatenate(columns, x.ndim - 1)
  })
  return adjoint(concatenate(rows, x.ndim - 2))
}

/** Up to here derivatives of the adjugate are adjugates of its minors, of which there are n². */
const few = 8

const trace = (x: Tensor): Tensor => {
  const diagonal = diagonalOf(x)
  return reduceSum(diagonal, [diagonal.ndim - 1])
}

/** d(det A · A⁻¹), by what is known already, where the determinant is not 0. */
const changeByQuotient = (a: Tensor, da: Tensor): Tensor => {
  const adj = larger(a)
  const moved = matmul(adj, da)
  const change = sub(mul(adj, spread(trace(moved), adj)), matmul(moved, adj))
  const row = sliceAxis(a, a.ndim - 2, 0, 1)
  const determinant = trace(matmul(row, sliceAxis(adj, a.ndim - 1, 0, 1)))
  return div(change, spread(divisor(determinant), adj))
}

/** What is divided by where only the derivative of the quotient is asked for, which is NaN at 0. */
const divisor: (x: Tensor) => Tensor = customJvp(
  (x: Tensor): Tensor => select(eq(x, 0), 1, x),
  ([x], [dx]) => [divisor(x), mul(dx, select(eq(x, 0), Number.NaN, uniform(1, x)))],
)

/**
 * How the adjugate of A = U S Vᵀ changes with A, at any rank. With B = Uᵀ dA V and pᵢⱼ all singular values but two, adj(S) gains
 * −pᵢⱼ bᵢⱼ off the diagonal and Σⱼ pᵢⱼ bⱼⱼ on it, and adj(U S Vᵀ) = det U det V · V adj(S) Uᵀ.
 */
const changeAtAnyRank = (a: Tensor, da: Tensor): Tensor => {
  const n = a.sizes[a.ndim - 1] as number
  const [u, s, vt] = svd(a)
  const v = adjoint(vt)
  const b = matmul(matmul(adjoint(u), da), v)
  const above = mul(
    mul(upperTriangle(between(s, a), 1), alongColumns(besides(s, false), n)),
    alongRows(besides(s, true), n),
  )
  const p = add(above, adjoint(above))
  const diagonal = reduceSum(mul(p, alongRows(diagonalOf(b), n)), [p.ndim - 1])
  const inner = sub(mul(identityLike(b), alongColumns(diagonal, n)), mul(p, b))
  const signs = mul(signOf(u), signOf(v))
  return mul(matmul(matmul(v, inner), adjoint(u)), spread(signs, a))
}

/** The sign of the determinant. */
const signOf = (a: Tensor): Tensor => {
  const factors = factorize(a)
  const diagonal = diagonalOf(factors.packed)
  return mul(reduceProd(sign(diagonal), [diagonal.ndim - 1]), parity(factors))
}

/** The same, with the derivative of the quotient: singular values may be equal, where the vectors beside them have none. */
const change = (a: Tensor, da: Tensor): Tensor => {
  const still = stopGradient(a)
  return add(changeAtAnyRank(still, da), sub(changeByQuotient(a, da), changeByQuotient(still, da)))
}

const larger: (a: Tensor) => Tensor = customJvp(
  (a: Tensor): Tensor => byFactors(a),
  ([a], [da]) => {
    const n = a.sizes[a.ndim - 1] as number
    const adj = larger(a)
    if (n <= few) {
      const [m, dm] = [minors(a), minors(da)]
      return [adj, signed(reduceSum(mul(adjoint(adjugate(m)), dm), [m.ndim - 2, m.ndim - 1]))]
    }
    return [adj, change(a, da)]
  },
)

/** adj(A) with A adj(A) = det(A) of matrices [..., n, n]. */
export const adjugate = (a: Tensor): Tensor => {
  const n = a.sizes[a.ndim - 1] as number
  if (n === 1) return uniform(1, a)
  return n <= 3 ? signed(leibniz(minors(a), n - 1)) : larger(a)
}
