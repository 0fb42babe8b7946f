import { grad, np, type Tensor } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectNear, f64 } from '../../test/near.js'
import { convexKlDivergence, klDivergence, klDivergenceWithLogTargets } from './divergence.js'

const distribution = fc
  .array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 })
  .map((xs) => xs.map((x) => x / xs.reduce((a, b) => a + b)))

describe('divergences', () => {
  it('are never negative, and 0 for equal distributions', () => {
    fc.assert(
      fc.property(distribution, distribution, (p, q) => {
        expect(klDivergence(np.log(f64(p)), f64(q)).item()).toBeGreaterThanOrEqual(-1e-12)
        expectNear(klDivergence(np.log(f64(p)), f64(p)), 0, 1e-12)
      }),
    )
  })
  it('with log targets and the convex form agree for distributions', () => {
    fc.assert(
      fc.property(distribution, distribution, (p, q) => {
        const kl = klDivergence(np.log(f64(p)), f64(q))
        expectNear(klDivergenceWithLogTargets(np.log(f64(p)), np.log(f64(q))), kl, 1e-12)
        expectNear(convexKlDivergence(np.log(f64(p)), f64(q)), kl, 1e-12)
      }),
    )
  })
  it('a target of 0 adds nothing, and has a finite gradient in the predictions', () => {
    const logs = np.log(f64([0.5, 0.5]))
    expectNear(klDivergence(logs, f64([1, 0])), Math.LN2, 1e-15)
    expectNear(grad((x: Tensor) => klDivergence(x, f64([1, 0])))(logs), [-1, 0], 0)
  })
  it('sums along the axis asked for, over what counts', () => {
    const logs = np.log(
      f64([
        [0.5, 0.25],
        [0.5, 0.75],
      ]),
    )
    expectNear(
      klDivergence(
        logs,
        f64([
          [1, 1],
          [0, 0],
        ]),
        { axis: 0 },
      ),
      [Math.log(2), Math.log(4)],
      1e-15,
    )
    expectNear(
      klDivergence(
        logs,
        f64([
          [1, 1],
          [0, 0],
        ]),
        { where: np.array([true, false]) },
      ),
      [Math.log(2), 0],
      1e-15,
    )
  })
})
