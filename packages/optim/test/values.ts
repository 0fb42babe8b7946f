import { np, type Tensor, tree } from '@puregrad/core'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { GradientTransformation } from '../src/index.js'

/** A tree as plain data, every bit of it. */
export const numbers = (x: unknown): unknown =>
  tree.map((leaf: Tensor) => `${leaf.dtype}[${leaf.shape}] ${Array.from(leaf.data())}`, x as Tensor)

/** Vectors and trees of the kind that optimisers see. */
export const vector = (n: number): fc.Arbitrary<Tensor> =>
  fc
    .array(fc.float({ min: -8, max: 8, noNaN: true }), { minLength: n, maxLength: n })
    .map((data) => np.array(data, { dtype: 'float32' }))

export const params = fc.record({ w: vector(3), layers: fc.tuple(fc.record({ bias: vector(1) }), fc.constant(null)) })

/** The updates of each step for one weight that gets these gradients. */
export const updatesOf = <S>(
  t: GradientTransformation<S>,
  gradients: readonly number[],
  dtype: 'float32' | 'float64' = 'float64',
): number[] => {
  let state = t.init(np.array(1, { dtype }))
  return gradients.map((g) => {
    const [update, next] = t.update(np.array(g, { dtype }), state, np.array(1, { dtype }))
    state = next
    return update.item()
  })
}

export const expectUpdates = (actual: readonly number[], expected: readonly number[], relative = 1e-12): void => {
  expect(actual).toHaveLength(expected.length)
  actual.forEach((a, i) => {
    const e = expected[i] as number
    expect(Math.abs(a - e), `step ${i}: ${a} instead of ${e}`).toBeLessThanOrEqual(relative * Math.abs(e))
  })
}

/** The gradients that one weight gets in tests of formulas. */
export const gradients = [0.5, -2, 0.25, 3, -0.125]
