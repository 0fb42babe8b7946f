/** Any transform of any transform: programs made at random under stacks of transforms against their plain evaluation. */
import { grad, hvp, jit, jvp, np, type Tensor, vmap } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plain, type Recipe, recipes, transformed } from './random-programs.js'

const float64 = (numbers: readonly number[]): Tensor => np.array(numbers, { dtype: 'float64' })
const x = float64([0.3, -0.7, 1.1])
const y = float64([-0.4, 0.9, 0.25])
const v = float64([1, -0.5, 0.8])

const expectClose = (found: Tensor, expected: Tensor): void => {
  expect(found.shape).toEqual(expected.shape)
  const want = expected.data()
  found.data().forEach((e, i) => {
    expect(Math.abs(e - (want[i] as number))).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(want[i] as number)))
  })
}

const property = (arbitrary: fc.Arbitrary<Recipe>, check: (recipe: Recipe) => void, numRuns: number): void =>
  fc.assert(
    fc.property(arbitrary, (recipe) => check(recipe)),
    { numRuns, seed: 20 },
  )

describe('programs made at random', () => {
  it('keep their value under stacks of transforms', () => {
    property(recipes('both'), (r) => expectClose(transformed(r)(x, y), plain(r)(x, y)), 150)
  })
  it('keep their gradient under stacks of transforms', () => {
    property(
      recipes('both', 5, 2),
      (r) => {
        const [fx, fy] = grad(transformed(r), { argnums: [0, 1] })(x, y)
        const [px, py] = grad(plain(r), { argnums: [0, 1] })(x, y)
        expectClose(fx, px)
        expectClose(fy, py)
      },
      100,
    )
  })
  it('keep their Hessian-vector product under stacks of transforms', () => {
    property(
      recipes('both', 4, 1),
      (r) => expectClose(hvp(transformed(r), [x, y], [v, v]), hvp(plain(r), [x, y], [v, v])),
      50,
    )
  })
  it('have the derivatives of differences', () => {
    property(recipes('both', 4, 1), (r) => checkGrads(transformed(r), [x, y], { order: 1, rtol: 1e-5, atol: 1e-5 }), 40)
  })
  it('keep values and slopes with loops that only forward mode goes through', () => {
    property(
      recipes('forward', 5, 2),
      (r) => {
        const [value, slope] = jvp(transformed(r), [x, y], [v, v])
        const [expected, expectedSlope] = jvp(plain(r), [x, y], [v, v])
        expectClose(value, expected)
        expectClose(slope, expectedSlope)
      },
      80,
    )
  })
  it('keep gradients with functions that have only a pullback', () => {
    property(recipes('reverse', 5, 2), (r) => expectClose(grad(transformed(r))(x, y), grad(plain(r))(x, y)), 60)
  })
  it('do for a batch of gradients what they do one by one, jitted or not', () => {
    const xs = np.stack([x, y, v])
    property(
      recipes('both', 5, 1),
      (r) => {
        const each = grad(transformed(r))
        const batch = vmap(each, { inAxes: [0, null] })(xs, y)
        expectClose(batch, np.stack([each(x, y), each(y, y), each(v, y)]))
        expect([...jit(vmap(each, { inAxes: [0, null] }))(xs, y).data()]).toEqual([...batch.data()])
      },
      40,
    )
  })
})
