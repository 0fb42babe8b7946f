import { np } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { scaleByParamBlockRms, scaleByTrustRatio } from './trust.js'

const params = { a: np.array([3, 4]), b: np.array([0, 0]), c: np.array([1, 0]) }
const grads = { a: np.array([0, 2]), b: np.array([1, 1]), c: np.array([0, 0]) }

describe('scaleByTrustRatio', () => {
  it('is trustCoefficient · ‖p‖ / (‖u‖ + eps), and 1 where a norm is 0', () => {
    const t = scaleByTrustRatio({ trustCoefficient: 0.5, eps: 0.5 })
    const [{ a, b, c }] = t.update(grads, null, params)
    expect([a.toArray(), b.toArray(), c.toArray()]).toEqual([
      [0, 2],
      [1, 1],
      [0, 0],
    ])
  })

  it('takes no norm for less than minNorm', () => {
    const [{ b }] = scaleByTrustRatio({ minNorm: 2 }).update(grads, null, params)
    expect(b.toArray()).toEqual([1, 1])
    const [{ a }] = scaleByTrustRatio({ minNorm: 10 }).update({ ...grads, a: np.array([0, 20]) }, null, params)
    expect(a.toArray()).toEqual([0, 10])
  })

  it('asks for the parameters if they are missing', () => {
    expect(() => scaleByTrustRatio().update(grads, null)).toThrow(/scaleByTrustRatio: the parameters are missing/)
  })
})

describe('scaleByParamBlockRms', () => {
  it('is in proportion to the root mean square of the parameters, which is at least minScale', () => {
    const [{ a, b }] = scaleByParamBlockRms({ minScale: 0.25 }).update(grads, null, params)
    expect(a.slice(1).item()).toBeCloseTo(2 * Math.sqrt(12.5), 5)
    expect(b.toArray()).toEqual([0.25, 0.25])
  })
})
