import { describe, expect, it } from 'vitest'
import { epochEnded, stepped } from '../../test/events.js'
import { terminateOnNaN } from './terminate-on-nan.js'

const { reduce } = terminateOnNaN()

describe('terminateOnNaN', () => {
  it('names the first step whose loss is no number', () => {
    const measured = [{ loss: 1 }, { loss: Number.NaN }, { loss: Number.NaN }]
    const reason = 'terminateOnNaN: the loss is NaN in step 7 of epoch 2'
    expect(reduce(null, stepped(18, measured))).toEqual([null, [{ _tag: 'Stop', reason }]])
  })

  it('leaves good trainings alone', () => {
    expect(reduce(null, stepped(18, [{ loss: 1 }, { loss: -3 }]))).toEqual([null, []])
    expect(reduce(null, epochEnded(1, { loss: Number.NaN }))).toEqual([null, []])
  })
})
