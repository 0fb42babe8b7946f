import { np } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { numbers } from '../../test/values.js'
import { adam } from '../optimizers/adam.js'
import { sgd } from '../optimizers/sgd.js'
import { applyIfFinite } from './apply-if-finite.js'

describe('applyIfFinite', () => {
  it('rejects what is not finite, for so long, and counts', () => {
    const t = applyIfFinite(sgd(1), 2)
    const [good, bad] = [{ w: np.array([1]) }, { w: np.array([Number.POSITIVE_INFINITY]) }]
    let state = t.init(good)
    const seen = [bad, good, bad, bad, bad, good].map((g) => {
      const [updates, next] = t.update(g, state)
      state = next
      const { notfiniteCount, lastFinite, totalNotfinite } = next
      return [updates.w.slice(0).item(), notfiniteCount.item(), lastFinite.item(), totalNotfinite.item()]
    })
    expect(seen).toEqual([
      [0, 1, false, 1],
      [-1, 0, true, 1],
      [0, 1, false, 2],
      [0, 2, false, 3],
      [Number.NEGATIVE_INFINITY, 3, false, 4],
      [-1, 0, true, 4],
    ])
  })

  it('keeps the state of the optimiser from what is rejected', () => {
    const t = applyIfFinite(adam(0.1), 5)
    const start = t.init({ w: np.zeros([2]) })
    const [, after] = t.update({ w: np.array([1, Number.NaN]) }, start)
    expect(numbers(after.innerState)).toEqual(numbers(start.innerState))
  })
})
