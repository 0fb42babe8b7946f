import { np } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { updatesOf } from '../../test/values.js'
import { linearSchedule } from '../schedules/decay.js'
import { normalize, scale, scaleByLearningRate, setToZero } from './scale.js'

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

describe('setToZero and normalize', () => {
  const grads = { a: np.array([3, 0]), b: np.array(-4) }

  it('setToZero leaves nothing', () => {
    const [updates] = setToZero().update(grads, null)
    expect([updates.a.toArray(), updates.b.item()]).toEqual([[0, 0], 0])
  })

  it('normalize gives all leaves together the norm 1', () => {
    const [updates] = normalize().update(grads, null)
    expect(updates.a.slice(0).item()).toBeCloseTo(0.6, 6)
    expect(updates.b.item()).toBeCloseTo(-0.8, 6)
  })

  it('scaleByLearningRate goes uphill if told', () => {
    expect(updatesOf(scaleByLearningRate(0.5, { flipSign: false }), [2])).toEqual([1])
    expect(updatesOf(scaleByLearningRate(linearSchedule(1, 0, 2), { flipSign: false }), [2, 2])).toEqual([2, 1])
  })
})
