/** Decompositions where singular values or eigenvalues are equal: what does not depend on the choice of vectors has a derivative. */

import { grad, jit, jvp, np, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'

const { linalg } = np
const f64 = (rows: readonly (readonly number[])[]): Tensor => np.array(rows, { dtype: 'float64' })
const identity = np.eye(3, { dtype: 'float64' })
const pair = np.diag(np.array([2, 2, 1], { dtype: 'float64' }))
const direction = f64([
  [1, 2, 3],
  [2, 5, 6],
  [3, 6, 9],
])

type Scalar = (x: Tensor) => Tensor
/** Derivatives at diag(1, 1, 1) and diag(2, 2, 1), if they are diagonal; all shares of a tie are equal. */
const finite: readonly (readonly [name: string, f: Scalar, atOnes: number[], atPair: number[]])[] = [
  ['the sum of svdvals', (x) => np.sum(linalg.svdvals(x)), [1, 1, 1], [1, 1, 1]],
  ['the sum of singular values beside vectors', (x) => np.sum(linalg.svd(x)[1]), [1, 1, 1], [1, 1, 1]],
  ['the nuclear norm', (x) => linalg.norm(x, { ord: 'nuc' }), [1, 1, 1], [1, 1, 1]],
  ['the largest singular value', (x) => linalg.norm(x, { ord: 2 }), [1 / 3, 1 / 3, 1 / 3], [1 / 2, 1 / 2, 0]],
  ['the squares of eigvalsh', (x) => np.sum(np.square(linalg.eigvalsh(x))), [2, 2, 2], [4, 4, 2]],
  ['the sum of eigenvalues beside vectors', (x) => np.sum(linalg.eigh(x)[0]), [1, 1, 1], [1, 1, 1]],
  ['the largest eigenvalue', (x) => np.max(linalg.eigvalsh(x)), [1 / 3, 1 / 3, 1 / 3], [1 / 2, 1 / 2, 0]],
]

describe.each(finite)('%s', (_, f, atOnes, atPair) => {
  it.each([
    ['all equal', identity, atOnes],
    ['two equal', pair, atPair],
  ] as const)('has a derivative with %s', (_name, x, wanted) => {
    const rows = np.diag(np.array(wanted, { dtype: 'float64' })).toArray()
    expect(grad(f)(x).toArray()).toEqual(rows)
    expect(jit(grad(f))(x).toArray()).toEqual(rows)
    const along = wanted.reduce((sum, w, i) => sum + w * ([1, 5, 9][i] as number), 0)
    expect(jvp(f, [x], [direction])[1].item()).toBeCloseTo(along, 12)
  })
})

it.each([identity, pair])('pinv and lstsq have the derivatives of inverses', (x) => {
  const right = np.array([1, -1, 2], { dtype: 'float64' })
  const inverse = grad((a: Tensor) => np.sum(linalg.inv(a)))(x).toArray()
  expect(grad((a: Tensor) => np.sum(linalg.pinv(a)))(x).toArray()).toEqual(inverse)
  const solved = grad((a: Tensor) => np.sum(linalg.solve(a, right)))(x).toArray()
  expect(grad((a: Tensor) => np.sum(linalg.lstsq(a, right)[0]))(x).toArray()).toEqual(solved)
})

it.each([
  ['u', (x: Tensor) => np.sum(linalg.svd(x)[0])],
  ['vh', (x: Tensor) => np.sum(linalg.svd(x)[2])],
  ['the vectors of eigh', (x: Tensor) => np.sum(linalg.eigh(x)[1])],
])('through %s there is none: NaN, as documented', (_, f) => {
  for (const x of [identity, pair]) {
    expect(np.any(np.isfinite(grad(f)(x))).item()).toBe(false)
    expect(jvp(f, [x], [direction])[1].item()).toBeNaN()
  }
})
