import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectClose, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import { range } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { add, mul, square } from './arithmetic.js'
import { convertElementType } from './convert.js'
import { eigh } from './eigh.js'
import { cholesky } from './linalg-cholesky.js'
import { lu } from './lu.js'
import {
  adjoint,
  alongRows,
  diagonalOf,
  identityLike,
  lowerTriangle,
  matmul,
  permuteRows,
  symmetrized,
  upperTriangle,
} from './matrices.js'
import { qr } from './qr.js'
import { reduceSum } from './sum.js'
import { svd } from './svd.js'
import { triangularSolve } from './triangular-solve.js'

/** Symmetric positive definite: x·xᵀ + n·1. */
const positive = (shape: readonly number[]): Tensor => {
  const x = spread(shape)
  return add(matmul(x, adjoint(x)), mul(identityLike(x), 2))
}
const single = (x: Tensor): Tensor => convertElementType(x, 'float32')
const double = (x: Tensor): Tensor => convertElementType(x, 'float64')
const total = (x: Tensor): Tensor => reduceSum(x, range(x.ndim))

/** A matrix whose singular values (and those of its parts) are well apart. */
const uneven = (m: number, n: number): Tensor => {
  const x = elements(spread([m, n], -0.3, 0.3, 3))
  return tensor(
    x.map((v, i) => v + (Math.floor(i / n) === i % n ? 1 + 0.7 * (i % n) : 0)),
    [m, n],
  )
}

describe('cholesky', () => {
  it('L·Lᵀ = A, also over batches, in both precisions', () => {
    const a = positive([2, 4, 4])
    const l = cholesky(a)
    expectClose(matmul(l, adjoint(l)), a, 1e-13)
    expectClose(lowerTriangle(l), l, 0)
    expectClose(double(cholesky(single(a))), l, 1e-5)
  })
  it('is NaN where A is not positive definite', () => {
    expect(elements(cholesky(tensor([1, 2, 2, 1], [2, 2]))).every(Number.isNaN)).toBe(true)
  })
  it('takes empty matrices', () => expect(cholesky(tensor([], [0, 0])).shape).toEqual([0, 0]))
  it('derivatives and batches', () => {
    for (const symmetrizeInput of [true, false]) {
      const f = ([a]: readonly Tensor[]): Tensor[] => [cholesky(a as Tensor, { symmetrizeInput })]
      expectDerivatives(f, [positive([3, 3])])
      expectDerivatives(f, [positive([2, 2, 2])], 1)
      expectBatches(f, [positive([2, 2, 2])])
    }
  })
  it('asks for square float matrices', () => {
    expect(() => cholesky(spread([2, 3]))).toThrow('square matrices [..., n, n], not float64[2,3]')
    expect(() => cholesky(tensor([1], [1, 1], 'int32'))).toThrow("x.astype('float32')")
  })
})

describe('triangularSolve', () => {
  const a = uneven(3, 3)
  for (const leftSide of [true, false]) {
    for (const lower of [true, false]) {
      for (const transposeA of [true, false]) {
        for (const unitDiagonal of [true, false]) {
          const options = { leftSide, lower, transposeA, unitDiagonal }
          it(JSON.stringify(options), () => {
            const b = leftSide ? spread([3, 2], -1, 1, 5) : spread([2, 3], -1, 1, 5)
            const x = triangularSolve(a, b, options)
            const strict = lower ? lowerTriangle(a, -1) : upperTriangle(a, 1)
            const t = unitDiagonal ? add(strict, identityLike(a)) : lower ? lowerTriangle(a) : upperTriangle(a)
            const op = transposeA ? adjoint(t) : t
            expectClose(leftSide ? matmul(op, x) : matmul(x, op), b, 1e-13)
            const f = ([u, v]: readonly Tensor[]): Tensor[] => [triangularSolve(u as Tensor, v as Tensor, options)]
            expectDerivatives(f, [a, b])
            expectBatches(f, [a, b], 2)
          })
        }
      }
    }
  }
  it('takes vectors', () => {
    const x = triangularSolve(a, tensor([1, 2, 3]), { leftSide: true, lower: true })
    expect(x.shape).toEqual([3])
    expectClose(matmul(lowerTriangle(a), tensor(elements(x), [3, 1])), tensor([1, 2, 3], [3, 1]), 1e-14)
  })
  it('names what does not fit', () => {
    expect(() => triangularSolve(a, spread([4, 2]), { leftSide: true })).toThrow(
      'float64[3,3] and the right-hand side float64[4,2]',
    )
  })
})

describe('lu', () => {
  for (const [m, n] of [
    [3, 3],
    [4, 2],
    [2, 4],
    [1, 1],
  ] as const) {
    it(`${m}×${n}: P·A = L·U`, () => {
      const a = spread([2, m, n], -1, 1, 7)
      const [packed, pivots, permutation] = lu(a)
      const k = Math.min(m, n)
      expect([pivots.shape, permutation.shape]).toEqual([
        [2, k],
        [2, m],
      ])
      const entries = elements(packed)
      const at = (b: number, i: number, j: number): number => entries[b * m * n + i * n + j] as number
      const product = range(2).flatMap((b) =>
        range(m).flatMap((i) =>
          range(n).map((j) =>
            range(Math.min(i, j, k - 1) + 1).reduce((sum, p) => sum + (p === i ? 1 : at(b, i, p)) * at(b, p, j), 0),
          ),
        ),
      )
      expectClose(tensor(product, [2, m, n]), permuteRows(a, permutation), 1e-14)
      expectClose(double(lu(single(a))[0]), packed, 1e-5)
    })
    it(`${m}×${n}: derivatives and batches`, () => {
      const f = ([x]: readonly Tensor[]): readonly Tensor[] => lu(x as Tensor)
      expectDerivatives(f, [uneven(m, n)])
      expectBatches(f, [spread([2, m, n], -1, 1, 7)])
    })
  }
})

describe('qr', () => {
  for (const [m, n] of [
    [3, 3],
    [4, 2],
    [2, 4],
  ] as const) {
    for (const fullMatrices of [true, false]) {
      it(`${m}×${n}, full ${fullMatrices}: Q·R = A and Qᵀ·Q = 1`, () => {
        const a = spread([2, m, n], -1, 1, 7)
        const [q, r] = qr(a, { fullMatrices })
        expectClose(matmul(q, r), a, 1e-13)
        expectClose(matmul(adjoint(q), q), identityLike(matmul(adjoint(q), q)), 1e-13)
        expectClose(upperTriangle(r), r, 0)
        expectClose(double(qr(single(a), { fullMatrices })[0]), q, 1e-5)
      })
      it(`${m}×${n}, full ${fullMatrices}: derivatives and batches`, () => {
        const f = ([x]: readonly Tensor[]): readonly Tensor[] => qr(x as Tensor, { fullMatrices })
        if (fullMatrices && m > n) expect(() => expectDerivatives(f, [uneven(m, n)])).toThrow('fullMatrices: false')
        else expectDerivatives(f, [uneven(m, n)])
        expectBatches(f, [spread([2, m, n], -1, 1, 7)])
      })
    }
  }
})

describe('eigh', () => {
  it('A·V = V·diag(w), ascending', () => {
    const a = symmetrized(spread([2, 4, 4]))
    const [v, w] = eigh(a)
    expectClose(matmul(a, v), mul(v, alongRows(w, 4)), 1e-13)
    expectClose(matmul(adjoint(v), v), identityLike(v), 1e-13)
    const values = elements(w).slice(0, 4)
    expect([...values].sort((x, y) => x - y)).toEqual(values)
    expectClose(double(eigh(single(a))[1]), w, 1e-5)
  })
  it('reads one triangle if told so', () => {
    const a = tensor([2, 100, 1, 2], [2, 2])
    expectClose(eigh(a, { symmetrizeInput: false })[1], tensor([1, 3]), 1e-14)
    expectClose(eigh(adjoint(a), { symmetrizeInput: false, lower: false })[1], tensor([1, 3]), 1e-14)
  })
  it('derivatives and batches', () => {
    const f = ([a]: readonly Tensor[]): readonly Tensor[] => eigh(a as Tensor)
    expectDerivatives(f, [uneven(3, 3)])
    expectDerivatives(([a]) => [eigh(a as Tensor)[1]], [uneven(4, 4)])
    expectBatches(f, [spread([2, 3, 3])])
  })
  it('derivatives of functions of equal eigenvalues stay finite where vectors do not matter', () => {
    expectDerivatives(([a]) => [total(square(eigh(a as Tensor)[1]))], [tensor([1, 0, 0, 0, 1, 0, 0, 0, 3], [3, 3])], 1)
  })
})

describe('svd', () => {
  for (const [m, n] of [
    [3, 3],
    [4, 2],
    [2, 4],
  ] as const) {
    it(`${m}×${n}: U·diag(s)·Vh = A`, () => {
      const a = spread([2, m, n], -1, 1, 7)
      const k = Math.min(m, n)
      const [u, s, vh] = svd(a, { fullMatrices: false })
      expect([u.shape, s.shape, vh.shape]).toEqual([
        [2, m, k],
        [2, k],
        [2, k, n],
      ])
      expectClose(matmul(mul(u, alongRows(s, m)), vh), a, 1e-13)
      const [full, values, fullV] = svd(a)
      expectClose(values, s, 1e-13)
      expectClose(matmul(adjoint(full), full), identityLike(matmul(adjoint(full), full)), 1e-13)
      expectClose(matmul(fullV, adjoint(fullV)), identityLike(matmul(fullV, adjoint(fullV))), 1e-13)
      expectClose(svd(a, { computeUv: false }), s, 1e-13)
      expectClose(double(svd(single(a), { computeUv: false })), s, 1e-5)
    })
    it(`${m}×${n}: derivatives and batches`, () => {
      const f = ([x]: readonly Tensor[]): readonly Tensor[] => svd(x as Tensor, { fullMatrices: false })
      expectDerivatives(f, [uneven(m, n)])
      expectDerivatives(([x]) => [svd(x as Tensor, { computeUv: false })], [uneven(m, n)])
      expectBatches(f, [spread([2, m, n], -1, 1, 7)])
    })
  }
  it('completed vectors have no derivative, and say so', () => {
    expect(() => expectDerivatives(([x]) => svd(x as Tensor), [uneven(4, 2)])).toThrow('computeUv: false')
  })
})

describe('matrices', () => {
  it('diagonals and triangles', () => {
    const a = tensor(range(9), [3, 3])
    expect(elements(diagonalOf(a))).toEqual([0, 4, 8])
    expect(lowerTriangle(a, -1).toArray()).toEqual([
      [0, 0, 0],
      [3, 0, 0],
      [6, 7, 0],
    ])
    expect(upperTriangle(a, 1).toArray()).toEqual([
      [0, 1, 2],
      [0, 0, 5],
      [0, 0, 0],
    ])
  })
})
