import { describe, expect, it } from 'vitest'
import { expectUpdates, gradients, updatesOf } from '../../test/values.js'
import { scaleByAdadelta, scaleByRms, scaleByRss, scaleByStddev } from './squares.js'

describe('scaling by squares', () => {
  it('scaleByRms is g / √(v + eps)', () => {
    const expected = (inside: boolean): number[] => {
      let v = 0.25
      return gradients.map((g) => {
        v = 0.8 * v + 0.2 * g * g
        return g / (inside ? Math.sqrt(v + 1e-3) : Math.sqrt(v) + 1e-3)
      })
    }
    const options = { decay: 0.8, eps: 1e-3, initialScale: 0.25 }
    expectUpdates(updatesOf(scaleByRms(options), gradients), expected(true))
    expectUpdates(updatesOf(scaleByRms({ ...options, epsInSqrt: false }), gradients), expected(false))
  })

  it('scaleByStddev is g / √(v − m² + eps)', () => {
    let [m, v] = [0, 0]
    const expected = gradients.map((g) => {
      m = 0.9 * m + 0.1 * g
      v = 0.9 * v + 0.1 * g * g
      return g / Math.sqrt(v - m * m + 1e-8)
    })
    expectUpdates(updatesOf(scaleByStddev(), gradients), expected)
  })

  it('scaleByRss is g / √(s + eps), and 0 where no gradient ever came', () => {
    let s = 0.1
    const expected = gradients.map((g) => {
      s += g * g
      return g / Math.sqrt(s + 1e-7)
    })
    expectUpdates(updatesOf(scaleByRss(), gradients), expected)
    expect(updatesOf(scaleByRss({ initialAccumulatorValue: 0 }), [0, 0])).toEqual([0, 0])
  })
})

describe('scaleByAdadelta', () => {
  it('scales by the squares of its own updates', () => {
    let [ofGradients, ofUpdates] = [0, 0]
    const expected = gradients.map((g) => {
      ofGradients = 0.8 * ofGradients + 0.2 * g * g
      const update = (g * Math.sqrt(ofUpdates + 1e-3)) / Math.sqrt(ofGradients + 1e-3)
      ofUpdates = 0.8 * ofUpdates + 0.2 * update * update
      return update
    })
    expectUpdates(updatesOf(scaleByAdadelta({ rho: 0.8, eps: 1e-3 }), gradients), expected)
  })
})
