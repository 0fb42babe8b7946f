import { describe, expect, it } from 'vitest'
import { expectBatches, expectClose, expectDerivatives, spread } from '../../../test/oracle.js'
import { grad, jit, np } from '../../index.js'
import type { Tensor } from '../../tensor.js'

const { linalg } = np
const general = spread([4, 4], -1, 1, 3).add(np.eye(4, { dtype: 'float64' }).mul(2))
const tall = spread([5, 3], -1, 1, 5)
const symmetric = general.add(general.T)
const positive = np.matmul(general, general.T).add(np.eye(4, { dtype: 'float64' }))
const right = spread([4, 2], -1, 1, 7)

const functions: readonly (readonly [
  string,
  (xs: readonly Tensor[]) => readonly Tensor[],
  readonly Tensor[],
  number,
])[] = [
  ['solve', ([a, b]) => [linalg.solve(a as Tensor, b as Tensor)], [general, right], 2],
  ['inv', ([a]) => [linalg.inv(a as Tensor)], [general], 2],
  ['det', ([a]) => [linalg.det(a as Tensor)], [general], 2],
  ['slogdet', ([a]) => [linalg.slogdet(a as Tensor)[1]], [general], 2],
  ['cholesky', ([a]) => [linalg.cholesky(a as Tensor)], [positive], 2],
  ['eigvalsh', ([a]) => [linalg.eigvalsh(a as Tensor)], [symmetric], 2],
  ['svdvals', ([a]) => [linalg.svdvals(a as Tensor)], [tall], 1],
  ['pinv', ([a]) => [linalg.pinv(a as Tensor)], [tall], 2],
  ['qr', ([a]) => linalg.qr(a as Tensor), [tall], 1],
  ['lstsq', ([a, b]) => [linalg.lstsq(a as Tensor, b as Tensor)[0]], [tall, spread([5])], 1],
  ['norm', ([a]) => [linalg.norm(a as Tensor)], [tall], 2],
  ['norm of order nuc', ([a]) => [linalg.norm(a as Tensor, { ord: 'nuc' })], [tall], 1],
  ['vectorNorm of order 3', ([a]) => [linalg.vectorNorm(a as Tensor, { ord: 3, axis: 0 })], [tall], 2],
  ['matrixPower −2', ([a]) => [linalg.matrixPower(a as Tensor, -2)], [general], 1],
  ['multiDot', ([a, b]) => [linalg.multiDot([a as Tensor, b as Tensor, (b as Tensor).T])], [general, right], 1],
]

describe.each(functions)('linalg.%s', (name, f, args, order) => {
  it('has derivatives', () => expectDerivatives(f, args, order, 1e-5))
  if (name !== 'lstsq' && name !== 'multiDot') it('batches', () => expectBatches(f, args))
  it('is the same inside jit', () => {
    const values = jit((xs: readonly Tensor[]) => [...f(xs)])([...args])
    f(args).forEach((y, i) => {
      expectClose(values[i] as Tensor, y, 1e-12)
    })
  })
})

describe('linalg', () => {
  it('decompositions multiply back', () => {
    const [w, v] = linalg.eigh(symmetric)
    expectClose(np.matmul(v.mul(w), v.T), symmetric, 1e-12)
    const [u, s, vh] = linalg.svd(tall, { fullMatrices: false })
    expectClose(np.matmul(u.mul(s), vh), tall, 1e-12)
    const [q, r] = linalg.qr(tall)
    expectClose(np.matmul(q, r), tall, 1e-12)
    const l = linalg.cholesky(positive)
    expectClose(np.matmul(l, l.T), positive, 1e-12)
    expectClose(linalg.cholesky(positive, { upper: true }), l.T, 1e-12)
  })
  it('det has its derivative at singular matrices: the cofactors', () => {
    const a = np.array(
      [
        [1, 2, 3, 4],
        [2, 4, 6, 8],
        [0, 1, 0, 2],
        [1, 0, 1, 5],
      ],
      { dtype: 'float64' },
    )
    expect(linalg.det(a).item()).toBeCloseTo(0, 12)
    const cofactors = grad((x: Tensor) => linalg.det(x))(a)
    const moved = (i: number, j: number): number => linalg.det(a.at(i, j).add(1)).item()
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++) expect(cofactors.slice(i, j).item()).toBeCloseTo(moved(i, j), 10)
  })
  it('slogdet of a singular matrix is [0, −∞]', () => {
    const [sign, logdet] = linalg.slogdet(np.ones([3, 3]))
    expect([sign.item(), logdet.item()]).toEqual([0, Number.NEGATIVE_INFINITY])
  })
  it('norms have their definitions', () => {
    const a = np.array([
      [1, -2],
      [3, 4],
    ])
    const norms = ['fro', 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((ord) =>
      linalg.norm(a, { ord: ord as number }).item(),
    )
    expect(norms).toEqual([Math.fround(Math.sqrt(30)), 6, 4, 7, 3])
    const v = np.array([3, 0, -4])
    expect([0, 1, 2, Number.POSITIVE_INFINITY].map((ord) => linalg.norm(v, { ord }).item())).toEqual([2, 7, 5, 4])
    expect(
      linalg
        .matrixRank(
          np.array([
            [1, 2],
            [2, 4],
          ]),
        )
        .item(),
    ).toBe(1)
    expect(
      linalg
        .cond(
          np.array([
            [2, 0],
            [0, 1],
          ]),
        )
        .item(),
    ).toBe(2)
  })
  it('errors name the shapes and the cure', () => {
    expect(() => linalg.inv(np.ones([2, 3]))).toThrow(/square.*\[2,3\].*pinv/)
    expect(() => linalg.solve(np.eye(3), np.ones([2]))).toThrow(/3 rows/)
    expect(() => linalg.multiDot([np.ones([2, 3]), np.ones([2, 3])])).toThrow(/inner sizes 3 and 2/)
    expect(() => linalg.norm(np.ones([2, 2, 2]), { ord: 2 })).toThrow(/Say which axes/)
  })
})
