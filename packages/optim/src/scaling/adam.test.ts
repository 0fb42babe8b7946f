import { np, type Tensor, tree } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { expectUpdates, gradients, updatesOf } from '../../test/values.js'
import { scaleByAdam, scaleByAdamax, scaleByAmsgrad, scaleByRadam, scaleByYogi } from './adam.js'

describe('scaleByAdam', () => {
  /** Kingma & Ba 2015, Algorithm 1, in JavaScript numbers. */
  const adam = (b1: number, b2: number, eps: number, epsRoot: number, nesterov: boolean): number[] => {
    let [m, v] = [0, 0]
    return gradients.map((g, i) => {
      const t = i + 1
      m = b1 * m + (1 - b1) * g
      v = b2 * v + (1 - b2) * g * g
      const plain = m / (1 - b1 ** t)
      const ahead = (b1 * m) / (1 - b1 ** (t + 1)) + ((1 - b1) * g) / (1 - b1 ** t)
      return (nesterov ? ahead : plain) / (Math.sqrt(v / (1 - b2 ** t) + epsRoot) + eps)
    })
  }

  it('is Algorithm 1', () => {
    expectUpdates(updatesOf(scaleByAdam(), gradients), adam(0.9, 0.999, 1e-8, 0, false))
    const options = { b1: 0.8, b2: 0.95, eps: 1e-4, epsRoot: 1e-3 }
    expectUpdates(updatesOf(scaleByAdam(options), gradients), adam(0.8, 0.95, 1e-4, 1e-3, false))
    expectUpdates(updatesOf(scaleByAdam({ nesterov: true }), gradients), adam(0.9, 0.999, 1e-8, 0, true))
  })

  it('keeps its digits in float32, where 1 − 0.999^t would lose them', () => {
    expectUpdates(updatesOf(scaleByAdam(), gradients, 'float32'), adam(0.9, 0.999, 1e-8, 0, false), 1e-6)
  })

  it('without decay is the sign of the gradient', () => {
    expectUpdates(updatesOf(scaleByAdam({ b1: 0, b2: 0 }), gradients), gradients.map(Math.sign), 1e-6)
  })

  it('has the dtypes of the parameters in moments and updates', () => {
    const params = { a: np.ones([2], { dtype: 'float32' }), b: np.ones([2], { dtype: 'float64' }) }
    const t = scaleByAdam()
    const [updates, state] = t.update(params, t.init(params))
    const dtypes = { a: 'float32', b: 'float64' }
    for (const one of [updates, state.mu, state.nu])
      expect(tree.map((x: Tensor) => x.dtype, one as never)).toEqual(dtypes)
    expect(state.count.dtype).toBe('int32')
    expect(state.count.item()).toBe(1)
  })
})

describe('scaleByAdamax', () => {
  it('is Algorithm 2', () => {
    let [m, u] = [0, 0]
    const expected = gradients.map((g, i) => {
      m = 0.9 * m + 0.1 * g
      u = Math.max(0.999 * u, Math.abs(g) + 1e-8)
      return m / (1 - 0.9 ** (i + 1)) / u
    })
    expectUpdates(updatesOf(scaleByAdamax(), gradients), expected)
  })
})

/** m̂ and v̂ of Adam at every step, in JavaScript numbers. */
const moments = (b1: number, b2: number): readonly (readonly [m: number, v: number])[] => {
  let [m, v] = [0, 0]
  return gradients.map((g, i) => {
    m = b1 * m + (1 - b1) * g
    v = b2 * v + (1 - b2) * g * g
    return [m / (1 - b1 ** (i + 1)), v / (1 - b2 ** (i + 1))]
  })
}

describe('scaleByAmsgrad', () => {
  it('divides by the root of the largest second moment so far', () => {
    let largest = 0
    const expected = moments(0.8, 0.9).map(([m, v]) => {
      largest = Math.max(largest, v)
      return m / (Math.sqrt(largest + 1e-3) + 1e-4)
    })
    const options = { b1: 0.8, b2: 0.9, eps: 1e-4, epsRoot: 1e-3 }
    expectUpdates(updatesOf(scaleByAmsgrad(options), gradients), expected)
  })
})

describe('scaleByRadam', () => {
  it('is m̂ until the average is long enough, then rectified', () => {
    const [b2, longest] = [0.9, 19]
    const lengths = gradients.map((_, i) => longest - (2 * (i + 1) * b2 ** (i + 1)) / (1 - b2 ** (i + 1)))
    expect(lengths.filter((length) => length < 4.2)).toHaveLength(4)
    const many = [...gradients, ...gradients]
    let [m, v] = [0, 0]
    const expected = many.map((g, i) => {
      const t = i + 1
      m = 0.8 * m + (1 - 0.8) * g
      v = b2 * v + (1 - b2) * g * g
      const [mean, variance] = [m / (1 - 0.8 ** t), v / (1 - b2 ** t)]
      const length = longest - (2 * t * b2 ** t) / (1 - b2 ** t)
      if (length < 4.2) return mean
      const top = (length - 4) * (length - 2) * longest
      return (Math.sqrt(top / ((longest - 4) * (longest - 2) * length)) * mean) / (Math.sqrt(variance) + 1e-8)
    })
    expectUpdates(updatesOf(scaleByRadam({ b1: 0.8, b2, threshold: 4.2 }), many), expected, 1e-11)
  })
})

describe('scaleByYogi', () => {
  it('changes its second moment by (1 − b2) · g² up or down', () => {
    let [m, v] = [1e-2, 1e-2]
    const expected = gradients.map((g, i) => {
      m = 0.9 * m + 0.1 * g
      v = v - 0.1 * Math.sign(v - g * g) * g * g
      return m / (1 - 0.9 ** (i + 1)) / (Math.sqrt(v / (1 - 0.9 ** (i + 1))) + 1e-3)
    })
    expectUpdates(updatesOf(scaleByYogi({ b2: 0.9, initialAccumulatorValue: 1e-2 }), gradients), expected, 1e-11)
  })
})
