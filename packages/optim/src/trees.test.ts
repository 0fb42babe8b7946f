import { np, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { globalNorm } from './norms.js'
import { applyUpdates } from './trees.js'

describe('applyUpdates', () => {
  it('adds leaf by leaf', () => {
    const next = applyUpdates({ w: np.array([1, 2]), b: [np.array(3)] }, { w: np.array([0.5, 0]), b: [np.array(-1)] })
    expect(next.w.toArray()).toEqual([1.5, 2])
    expect((next.b[0] as Tensor).item()).toBe(2)
  })

  it("keeps each parameter's dtype", () => {
    const next = applyUpdates({ w: np.array([1], { dtype: 'float32' }) }, { w: np.array([0.5], { dtype: 'float64' }) })
    expect(next.w.dtype).toBe('float32')
    expect(next.w.toArray()).toEqual([1.5])
  })

  it('names the place where trees differ', () => {
    const update = applyUpdates as (params: unknown, updates: unknown) => unknown
    expect(() => update({ a: { w: np.array(1) } }, { a: { v: np.array(1) } })).toThrow(/a\.w/)
  })
})

describe('globalNorm', () => {
  it('is the Euclidean norm of all leaves together', () => {
    expect(globalNorm({ a: np.array([[1, 2]]), b: [np.array(2), null] }).item()).toBe(3)
    expect(globalNorm([]).item()).toBe(0)
  })
})
