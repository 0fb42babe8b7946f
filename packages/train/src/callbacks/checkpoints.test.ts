import { describe, expect, it } from 'vitest'
import { epochEnded, someState, stepped } from '../../test/events.js'
import type { Effect, TrainingEvent } from './callback.js'
import { type CheckpointsOptions, checkpoints } from './checkpoints.js'

const effectsOf = (events: readonly TrainingEvent[], options: CheckpointsOptions = {}) => {
  const { init, reduce } = checkpoints('a', options)
  let state = init
  return events.map((event) => {
    let effects: readonly Effect[]
    ;[state, effects] = reduce(state, event)
    return effects.map((effect) => (effect._tag === 'Save' && effect.best ? 'best' : effect._tag))
  })
}

const ended: TrainingEvent = {
  _tag: 'Ended',
  stopped: true,
  epoch: 2,
  step: 3,
  steps: 10,
  totalSteps: 13,
  time: 0,
  state: someState,
}

describe('checkpoints', () => {
  it('saves after every epoch', () => {
    const events = [stepped(5, [{ loss: 1 }]), epochEnded(1, { loss: 1 }), stepped(15, [{ loss: 1 }])]
    expect(effectsOf(events)).toEqual([[], ['Save'], []])
  })

  it('saves every so many steps, counted from the last save', () => {
    const events = [3, 6, 9].map((n) => stepped(n, [{ loss: 1 }]))
    const after = [epochEnded(1, { loss: 1 }), stepped(14, [{ loss: 1 }]), stepped(15, [{ loss: 1 }])]
    expect(effectsOf([...events, ...after], { everySteps: 5 })).toEqual([[], ['Save'], [], ['Save'], [], ['Save']])
  })

  it('saves at the end what is not saved yet', () => {
    expect(effectsOf([ended])).toEqual([['Save']])
    expect(effectsOf([stepped(13, [{ loss: 1 }]), ended], { everySteps: 1 })).toEqual([['Save'], []])
  })

  it('marks the best', () => {
    const epochs = [3, 4, 2, Number.NaN, 1].map((loss, i) => epochEnded(i + 1, { loss: 0 }, { loss }))
    expect(effectsOf(epochs, { monitor: 'validation loss' }).flat()).toEqual(['best', 'Save', 'best', 'Save', 'best'])
  })

  it('says what is wrong with its numbers', () => {
    expect(() => checkpoints('a', { keep: 0 })).toThrow('keep 0')
    expect(() => checkpoints('a', { everySteps: 0 })).toThrow('everySteps 0')
  })
})
