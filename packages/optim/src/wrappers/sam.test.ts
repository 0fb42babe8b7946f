import { grad, np, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { sgd } from '../optimizers/sgd.js'
import { normalize } from '../scaling/scale.js'
import { chain } from '../transformation.js'
import { applyUpdates } from '../trees.js'
import { sam } from './sam.js'

interface Params {
  readonly w: Tensor
}

const gradient = grad(({ w }: Params) => np.sum(w.pow(4)).div(4))
const start: Params = { w: np.array([1, -0.5], { dtype: 'float64' }) }

/** Foret et al. 2021, Algorithm 1 with momentum, in JavaScript numbers. */
const expected = (steps: number): number[] => {
  let w = [1, -0.5]
  let m = [0, 0]
  for (let i = 0; i < steps; i++) {
    const g = w.map((x) => x ** 3)
    const norm = Math.hypot(...g)
    const up = w.map((x, k) => (x + (0.1 * (g[k] as number)) / norm) ** 3)
    m = m.map((x, k) => 0.9 * x + (up[k] as number))
    w = w.map((x, k) => x - 0.2 * (m[k] as number))
  }
  return w
}

const inner = sgd(0.2, { momentum: 0.9 })
const adversary = chain(normalize(), sgd(0.1))

describe('sam', () => {
  it('takes one gradient uphill and one for the step', () => {
    const t = sam(inner, adversary)
    let [params, state] = [start, t.init(start)]
    for (let i = 0; i < 10; i++) {
      const [updates, next] = t.update(gradient(params), state, params)
      ;[params, state] = [applyUpdates(params, updates), next]
    }
    params.w.data().forEach((value, k) => {
      expect(value).toBeCloseTo(expected(5)[k] as number, 12)
    })
  })

  it('in opaque mode makes the whole step at once', () => {
    const t = sam(inner, adversary, { opaqueMode: true })
    let [params, state] = [start, t.init(start)]
    for (let i = 0; i < 5; i++) {
      const [updates, next] = t.update(gradient(params), state, params, { gradFn: gradient })
      ;[params, state] = [applyUpdates(params, updates), next]
    }
    params.w.data().forEach((value, k) => {
      expect(value).toBeCloseTo(expected(5)[k] as number, 12)
    })
  })

  it('with a period of 1 is the optimiser alone', () => {
    const t = sam(sgd(0.1), adversary, { syncPeriod: 1 })
    let [params, state] = [start, t.init(start)]
    let w = 1
    for (let i = 0; i < 3; i++) {
      const [updates, next] = t.update(gradient(params), state, params)
      ;[params, state] = [applyUpdates(params, updates), next]
      w -= 0.1 * w ** 3
    }
    expect(params.w.slice(0).item()).toBeCloseTo(w, 12)
  })

  it('asks for what it needs', () => {
    expect(() => sam(sgd(1), sgd(1), { syncPeriod: 0 })).toThrow(/sam: 0 gradients make no step/)
    const t = sam(sgd(1), sgd(1), { opaqueMode: true })
    expect(() => t.update(start, t.init(start), start)).toThrow(/sam: gradFn is missing/)
    expect(() => t.update(start, t.init(start))).toThrow(/sam: the parameters are missing/)
  })
})
