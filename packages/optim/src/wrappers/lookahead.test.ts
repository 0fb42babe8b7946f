import { np } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { sgd } from '../optimizers/sgd.js'
import { applyUpdates } from '../trees.js'
import { lookahead } from './lookahead.js'

describe('lookahead', () => {
  it.each([false, true])('is Algorithm 1 with momentum inside (state reset: %s)', (resetState) => {
    const optimizer = lookahead(sgd(0.1, { momentum: 0.9 }), 3, 0.5, { resetState })
    let params = { w: np.array([1], { dtype: 'float64' }) }
    let state = optimizer.init(params)
    let [fast, slow, m] = [1, 1, 0]
    for (let step = 1; step <= 10; step++) {
      const [updates, next] = optimizer.update({ w: params.w.mul(2) }, state, params)
      params = applyUpdates(params, updates)
      state = next
      m = 0.9 * m + 2 * fast
      fast -= 0.1 * m
      if (step % 3 === 0) {
        slow += 0.5 * (fast - slow)
        fast = slow
        if (resetState) m = 0
      }
      expect(params.w.slice(0).item()).toBeCloseTo(fast, 12)
      expect(state.slow.w?.slice(0).item()).toBeCloseTo(slow, 12)
    }
  })

  it('refuses weights that never meet, and asks for parameters', () => {
    expect(() => lookahead(sgd(1), 0, 0.5)).toThrow(/lookahead: weights cannot meet every 0 steps/)
    const t = lookahead(sgd(1), 2, 0.5)
    expect(() => t.update(np.ones([1]), t.init(np.ones([1])))).toThrow(/lookahead: the parameters are missing/)
  })
})
