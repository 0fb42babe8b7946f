import { jit, np, type Tensor, tree } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { numbers } from '../test/values.js'
import { linearSchedule } from './schedules.js'
import type { GradientTransformation } from './transformation.js'
import {
  addDecayedWeights,
  clip,
  clipByGlobalNorm,
  scale,
  scaleByAdam,
  scaleByAdamax,
  scaleByLearningRate,
  scaleByRms,
  scaleByRss,
  scaleByStddev,
  trace,
} from './transformations.js'

/** The updates of each step for one weight that gets these gradients. */
const updatesOf = <S>(
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

const expectUpdates = (actual: readonly number[], expected: readonly number[], relative = 1e-12): void => {
  expect(actual).toHaveLength(expected.length)
  actual.forEach((a, i) => {
    const e = expected[i] as number
    expect(Math.abs(a - e), `step ${i}: ${a} instead of ${e}`).toBeLessThanOrEqual(relative * Math.abs(e))
  })
}

const gradients = [0.5, -2, 0.25, 3, -0.125]

describe('scaling', () => {
  it('scale multiplies by a number or a scalar tensor', () => {
    expect(updatesOf(scale(-0.5), [2, 4])).toEqual([-1, -2])
    expect(updatesOf(scale(np.array(0.5)), [2, 4])).toEqual([1, 2])
  })

  it('scaleByLearningRate goes downhill, by a schedule of the steps before', () => {
    expect(updatesOf(scaleByLearningRate(0.5), [2])).toEqual([-1])
    expect(updatesOf(scaleByLearningRate(linearSchedule(1, 0, 4)), [1, 1, 1, 1, 1, 1])).toEqual([
      -1, -0.75, -0.5, -0.25, -0, -0,
    ])
  })
})

describe('trace', () => {
  it('is t ← g + decay · t', () => {
    expect(updatesOf(trace(0.5), [1, 1, 1])).toEqual([1, 1.5, 1.75])
  })

  it('with nesterov is g + decay · t', () => {
    expect(updatesOf(trace(0.5, { nesterov: true }), [1, 1, 1])).toEqual([1.5, 1.75, 1.875])
  })
})

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

describe('addDecayedWeights', () => {
  const params = { kernel: np.array([1, 2]), bias: np.array([10]), inner: [np.array([4]), null] as const }
  const grads = { kernel: np.array([0, 1]), bias: np.array([1]), inner: [np.array([0]), null] as const }

  it('adds weightDecay · parameter', () => {
    const [updates] = addDecayedWeights(0.5).update(grads, null, params)
    expect(numbers(updates)).toEqual(
      numbers({ kernel: np.array([0.5, 2]), bias: np.array([6]), inner: [np.array([2]), null] }),
    )
  })

  it('spares what a mask names: a tree, a prefix of one, or a function of the parameters', () => {
    const expected = numbers({ kernel: np.array([0.5, 2]), bias: np.array([1]), inner: [np.array([0]), null] })
    const mask = { kernel: true, bias: false, inner: [false, null] }
    const matrices = (): typeof mask => mask
    for (const one of [mask, { kernel: true, bias: false, inner: false }, matrices]) {
      expect(numbers(addDecayedWeights(0.5, { mask: one }).update(grads, null, params)[0])).toEqual(expected)
    }
  })

  it('asks for the parameters if they are missing', () => {
    expect(() => addDecayedWeights(0.5).update(grads, null)).toThrow(
      /addDecayedWeights: .*update\(grads, state, params\)/,
    )
  })
})

describe('clipping', () => {
  it('clip bounds every element', () => {
    expect(
      clip(1)
        .update({ w: np.array([-3, 0.5, 3]) }, null)[0]
        .w.toArray(),
    ).toEqual([-1, 0.5, 1])
  })

  it('clipByGlobalNorm scales all together, only where the norm is too large', () => {
    const grads = { a: np.array([3]), b: np.array([4]) }
    const clipped = clipByGlobalNorm(2.5).update(grads, null)[0]
    expect(clipped.a.item()).toBe(1.5)
    expect(clipped.b.item()).toBe(2)
    expect(numbers(clipByGlobalNorm(6).update(grads, null)[0])).toEqual(numbers(grads))
  })

  it('clipByGlobalNorm leaves no gradient as it is', () => {
    expect(
      clipByGlobalNorm(1)
        .update({ w: np.zeros([2]) }, null)[0]
        .w.toArray(),
    ).toEqual([0, 0])
  })

  it('is the same bits under jit', () => {
    const grads = { a: np.array([3, -1]), b: np.array([[4.5]]) }
    const t = clipByGlobalNorm(1)
    const jitted = jit((g: typeof grads) => t.update(g, null)[0])
    expect(numbers(jitted(grads))).toEqual(numbers(t.update(grads, null)[0]))
  })
})
