import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectBatches, expectClose, expectDerivatives, spread } from '../../../test/oracle.js'
import { grad, jit, jvp, np, vmap } from '../../index.js'
import type { Tensor } from '../../tensor.js'

const { sqrtm } = np.linalg
const float64 = { dtype: 'float64' } as const

interface Case {
  readonly a: number[][]
  readonly root: number[][]
  readonly direction?: number[][]
  readonly change?: number[][]
}
const golden = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/sqrtm.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Case>>

/** ‖x − y‖ / ‖y‖ */
const apart = (x: Tensor, y: Tensor): number => np.linalg.norm(x.sub(y)).item() / np.linalg.norm(y).item()

describe.each(Object.entries(golden))('sqrtm, %s', (name, { a, root, direction, change }) => {
  const matrix = np.array(a, float64)
  // Zero eigenvalues are 0 up to rounding, of which the root is 1e-8.
  const tolerance = name === 'of rank 2' ? 1e-7 : 1e-11
  it('is the root that SciPy has, also inside jit', () => {
    expect(apart(sqrtm(matrix), np.array(root, float64))).toBeLessThan(tolerance)
    expect(apart(jit(sqrtm)(matrix), np.array(root, float64))).toBeLessThan(tolerance)
    expect(apart(sqrtm(matrix.astype('float32')).astype('float64'), np.array(root, float64))).toBeLessThan(5e-4)
  })
  if (direction !== undefined && change !== undefined)
    it("has the derivative that solves Sylvester's equation", () => {
      const [, moved] = jvp(sqrtm, [matrix], [np.array(direction, float64)])
      expect(apart(moved, np.array(change, float64))).toBeLessThan(1e-10)
    })
})

const general = spread([4, 4], -1, 1, 3).add(np.eye(4, float64).mul(3))
const positive = np.matmul(general, general.T)

describe('sqrtm', () => {
  it.each([
    ['general', general],
    ['symmetric', positive],
  ])('of %s matrices has derivatives up to the second', (_, a) =>
    expectDerivatives(([x]) => [sqrtm(x as Tensor)], [a], 2, 1e-5),
  )
  it.each([
    ['general', general],
    ['symmetric', positive],
  ])('of %s matrices batches', (_, a) => expectBatches(([x]) => [sqrtm(x as Tensor)], [a]))
  it('of a batch of both kinds is each of them', () => {
    const both = np.stack([general, positive])
    const alone = np.stack([sqrtm(general), sqrtm(positive)])
    expectClose(sqrtm(both), alone, 1e-13)
    expectClose(jit(vmap(sqrtm))(both), alone, 1e-13)
    const slope = grad((a: Tensor) => np.sum(sqrtm(a)))
    expectClose(slope(both), np.stack([slope(general), slope(positive)]), 1e-11)
  })
  it('squares to what it was, commutes with it, and is that of the transpose transposed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 0, max: 10_000 }),
        fc.boolean(),
        (n, seed, symmetric) => {
          const half = spread([n, n], -1, 1, seed)
          const identity = np.eye(n, float64)
          const a = symmetric ? np.matmul(half, half.T).add(identity.mul(0.1)) : half.add(identity.mul(n + 0.5))
          const x = sqrtm(a)
          expectClose(np.matmul(x, x), a, 1e-11)
          expectClose(np.matmul(x, a), np.matmul(a, x), 1e-11)
          expectClose(sqrtm(a.T), x.T, 1e-11)
        },
      ),
      { numRuns: 30 },
    )
  })
  it('is NaN where there is no real root, and leaves others of the batch alone', () => {
    const none = np.array(
      [
        [1, 2],
        [0, -1],
      ],
      float64,
    )
    const below = np.array(
      [
        [1, 2],
        [2, 1],
      ],
      float64,
    )
    expect(np.all(np.isnan(sqrtm(none))).item()).toBe(true)
    expect(np.all(np.isnan(sqrtm(below))).item()).toBe(true)
    const some = np.array(
      [
        [2, 1],
        [0, 3],
      ],
      float64,
    )
    expectClose(
      sqrtm(np.stack([none, some]))
        .at(1)
        .get(),
      sqrtm(some),
      1e-14,
    )
  })
  it('of zeros is zeros, of a number in a matrix the root', () => {
    expect(sqrtm(np.zeros([3, 3])).toArray()).toEqual(np.zeros([3, 3]).toArray())
    expect(sqrtm(np.array([[9]])).toArray()).toEqual([[3]])
  })
  it('says what is no square matrix', () => {
    expect(() => sqrtm(np.ones([2, 3]))).toThrow('linalg.sqrtm: takes square matrices [..., n, n], not float32[2,3]')
    expect(() => sqrtm(np.ones([3]))).toThrow('linalg.sqrtm: takes matrices')
  })
})
