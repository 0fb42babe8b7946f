/** What unit tests compare with. */
import { np, type Tensor } from '@puregrad/core'
import { expect } from 'vitest'

type Nested = number | boolean | readonly Nested[]

const flat = (x: Nested): readonly number[] => (Array.isArray(x) ? x.flatMap(flat) : [Number(x)])
const shapeOf = (x: Nested): readonly number[] => (Array.isArray(x) ? [x.length, ...shapeOf(x[0] ?? 0)] : [])

/** Compares shape and elements: |a − e| ≤ tolerance · (1 + |e|), NaN and infinities exactly. */
export const expectNear = (actual: Tensor, expected: Nested | Tensor, tolerance = 1e-6): void => {
  const wanted = typeof expected === 'object' && 'dtype' in expected ? (expected.toArray() as Nested) : expected
  if (actual.size > 0) expect(actual.shape).toEqual(shapeOf(wanted))
  const elements = actual.data()
  flat(wanted).forEach((e, i) => {
    const a = elements[i] as number
    if (Object.is(a, e) || a === e) return
    expect(Math.abs(a - e), `element ${i}: ${a} instead of ${e}`).toBeLessThanOrEqual(tolerance * (1 + Math.abs(e)))
  })
}

/** A float64 tensor, for comparisons with numbers that JavaScript computed. */
export const f64 = (x: Nested): Tensor => np.array(x, { dtype: 'float64' })

/** An int32 tensor. */
export const i32 = (x: Nested): Tensor => np.array(x, { dtype: 'int32' })
