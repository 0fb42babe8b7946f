import { jit, np, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { numbers } from '../../test/values.js'
import { adamw } from '../optimizers/adam.js'
import { sgd } from '../optimizers/sgd.js'
import { linearSchedule } from '../schedules/decay.js'
import { injectHyperparams } from './inject-hyperparams.js'

const params = { w: np.array([1, -2], { dtype: 'float64' }) }

describe('injectHyperparams', () => {
  it('asks schedules at each step and tells what they said', () => {
    const t = injectHyperparams(({ rate }) => sgd(rate), { rate: linearSchedule(1, 0, 4) })
    let state = t.init(params)
    expect(state.hyperparams.rate.item()).toBe(1)
    const rates = [1, 2, 3].map(() => {
      const [updates, next] = t.update(params, state)
      state = next
      expect(updates.w.slice(0).item()).toBe(-next.hyperparams.rate.item())
      return next.hyperparams.rate.item()
    })
    expect(rates).toEqual([1, 0.75, 0.5])
    expect(state.count.item()).toBe(3)
  })

  it('is the optimiser itself, with every number a tensor of the state', () => {
    const hyperparams = { rate: 0.1, b1: 0.8, b2: 0.95, eps: 1e-4, weightDecay: 0.1 }
    const t = injectHyperparams(({ rate, ...options }) => adamw(rate, options), hyperparams)
    const { rate, ...options } = hyperparams
    const plain = adamw(rate, options)
    let [a, b] = [t.init(params), plain.init(params)]
    for (let i = 0; i < 4; i++) {
      const [actual, next] = t.update(params, a, params)
      const [expected, after] = plain.update(params, b, params)
      actual.w.data().forEach((value, k) => {
        expect(value).toBeCloseTo(expected.w.data()[k] as number, 12)
      })
      ;[a, b] = [next, after]
    }
    expect(numbers(a.hyperparams.b1)).toBe('float64[] 0.8')
  })

  it('takes other values from the state, in a jitted step that is traced once', () => {
    const t = injectHyperparams(({ rate }) => sgd(rate), { rate: 0.5 })
    const step = jit((g: typeof params, s: ReturnType<typeof t.init>) => t.update(g, s))
    const first = (rate: number): number => {
      const state = { ...t.init(params), hyperparams: { rate: np.array(rate, { dtype: 'float64' }) as Tensor } }
      return step(params, state)[0].w.slice(0).item()
    }
    expect([first(0.5), first(0.25)]).toEqual([-0.5, -0.25])
    expect(step.stats().traces).toBe(1)
  })
})
