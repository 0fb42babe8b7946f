import { np } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { expectUpdates, gradients, updatesOf } from '../../test/values.js'
import { ema, scaleByLion, trace } from './momentum.js'

describe('trace', () => {
  it('is t ← g + decay · t', () => {
    expect(updatesOf(trace(0.5), [1, 1, 1])).toEqual([1, 1.5, 1.75])
  })

  it('with nesterov is g + decay · t', () => {
    expect(updatesOf(trace(0.5, { nesterov: true }), [1, 1, 1])).toEqual([1.5, 1.75, 1.875])
  })
})

describe('ema', () => {
  const averages = (debias: boolean): number[] => {
    let m = 0
    return gradients.map((g, i) => {
      m = 0.9 * m + (1 - 0.9) * g
      return debias ? m / (1 - 0.9 ** (i + 1)) : m
    })
  }

  it('is m ← decay · m + (1 − decay) · u, without its bias unless told otherwise', () => {
    expectUpdates(updatesOf(ema(0.9), gradients), averages(true))
    expectUpdates(updatesOf(ema(0.9, { debias: false }), gradients), averages(false))
  })

  it('takes its decay as a tensor', () => {
    expectUpdates(updatesOf(ema(np.array(0.9, { dtype: 'float64' })), gradients), averages(true))
  })
})

describe('scaleByLion', () => {
  it('is the sign of b1 · m + (1 − b1) · g', () => {
    let m = 0
    const signs = [1, -1, -0.1, 0.1, -3, 2, 0.01].map((g) => {
      const sign = Math.sign(0.6 * m + 0.4 * g)
      m = 0.8 * m + 0.2 * g
      return sign
    })
    expect(updatesOf(scaleByLion({ b1: 0.6, b2: 0.8 }), [1, -1, -0.1, 0.1, -3, 2, 0.01])).toEqual(signs)
  })
})
