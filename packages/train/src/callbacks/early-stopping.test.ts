import { random } from '@puregrad/core'
import { init } from '@puregrad/nn'
import { sgd } from '@puregrad/optim'
import { describe, expect, it } from 'vitest'
import { bitsOf, blobs, model, objective } from '../../test/blobs.js'
import { epochEnded, someState } from '../../test/events.js'
import { fit } from '../fit.js'
import type { Effect, TrainingEvent } from './callback.js'
import { type EarlyStoppingOptions, earlyStopping } from './early-stopping.js'

/** In which epoch it stops, if losses go like this. */
const watch = (values: readonly number[], options: EarlyStoppingOptions = {}) => {
  const { init: begin, reduce } = earlyStopping({ monitor: 'loss', ...options })
  let state = begin
  for (const [i, loss] of values.entries()) {
    let effects: readonly Effect[]
    ;[state, effects] = reduce(state, epochEnded(i + 1, { loss }, undefined, { ...someState, params: { w: i + 1 } }))
    if (effects.length > 0) return { epoch: i + 1, effects, state }
  }
  return { epoch: null, effects: [], state }
}

describe('earlyStopping', () => {
  it('waits for its patience', () => {
    expect(watch([3, 2, 2]).epoch).toBe(3)
    expect(watch([3, 2, 2, 2], { patience: 2 }).epoch).toBe(4)
    expect(watch([3, 2, 2, 1, 2, 2], { patience: 2 }).epoch).toBe(6)
    expect(watch([3, 2, 1]).epoch).toBeNull()
  })

  it('goes upwards, too, and asks for minDelta', () => {
    expect(watch([1, 2, 3, 3], { mode: 'max' }).epoch).toBe(4)
    expect(watch([1, 0.95, 0.9], { minDelta: 0.2 }).epoch).toBe(2)
  })

  it('takes NaN for no improvement', () => {
    expect(watch([Number.NaN, Number.NaN, 1], { patience: 2 }).epoch).toBe(2)
    expect(watch([1, Number.NaN], {}).epoch).toBe(2)
  })

  it('restores the best epoch if asked', () => {
    expect(watch([3, 1, 2], { restoreBest: true }).effects).toEqual([
      { _tag: 'Restore', state: { ...someState, params: { w: 2 } } },
      { _tag: 'Stop', reason: 'earlyStopping: loss is no better than 1 since epoch 2' },
    ])
    expect(watch([3, 1, 2]).effects).toHaveLength(1)
  })

  it('gives the best epoch however a training ends, and a session that goes on from the last', async () => {
    const begin = init(model, [2], random.key(0))
    const climbing = { ...objective, train: blobs(0, 60), validation: blobs(1, 30), batchSize: 16, key: random.key(1) }
    const options = { ...climbing, optimizer: sgd(-0.3) }
    const best = await fit(model, begin, { ...options, epochs: 1 })
    const stop = earlyStopping({ patience: 9, restoreBest: true })
    const stopping = { name: 'stop', init: null }
    const inEpoch3 = (state: null, { _tag, epoch }: TrainingEvent): readonly [null, readonly Effect[]] => [
      state,
      epoch === 3 && _tag === 'Stepped' ? [{ _tag: 'Stop', reason: 'enough' }] : [],
    ]
    const afterEpoch3 = (state: null, { _tag, epoch }: TrainingEvent): readonly [null, readonly Effect[]] => [
      state,
      epoch === 3 && _tag === 'EpochEnded' ? [{ _tag: 'Stop', reason: 'enough' }] : [],
    ]
    const abort = new AbortController()
    const aborting = (state: null, { _tag, epoch }: TrainingEvent): readonly [null, readonly Effect[]] => {
      if (epoch === 3 && _tag === 'Stepped') abort.abort()
      return [state, []]
    }
    const endings = [
      { epochs: 3, callbacks: [stop] },
      { epochs: 5, callbacks: [stop, { ...stopping, reduce: afterEpoch3 }] },
      { epochs: 5, stepsPerCall: 1, callbacks: [{ ...stopping, reduce: inEpoch3 }, stop] },
      { epochs: 5, stepsPerCall: 1, callbacks: [stop, { ...stopping, reduce: aborting }], signal: abort.signal },
    ]
    const unbroken = await fit(model, begin, { ...options, epochs: 4 })
    for (const ending of endings) {
      const fitted = await fit(model, begin, { ...options, ...ending })
      expect(bitsOf(fitted.params)).toEqual(bitsOf(best.params))
      expect(bitsOf(fitted.optimizerState)).toEqual(bitsOf(best.optimizerState))
      const resumed = await fit(model, fitted.session, { ...options, epochs: 4 })
      expect(bitsOf(resumed.params)).toEqual(bitsOf(unbroken.params))
    }
  })

  it('says which metrics there are', () => {
    const { init: begin, reduce } = earlyStopping()
    expect(() => reduce(begin, epochEnded(1, { loss: 1, accuracy: 0 }))).toThrow(
      'earlyStopping: there is no validation loss among loss, accuracy. Give fit `validation`',
    )
  })

  it('ends a training with its best state, and keeps a resumed one ended', async () => {
    const begin = init(model, [2], random.key(0))
    const options = { ...objective, train: blobs(0, 60), validation: blobs(1, 30), batchSize: 16, key: random.key(1) }
    const callbacks = [earlyStopping({ patience: 2, restoreBest: true })]
    // A negative rate climbs: the first epoch is the best.
    const climbing = { ...options, optimizer: sgd(-0.3), epochs: 9 }
    const fitted = await fit(model, begin, { ...climbing, callbacks })
    const once = await fit(model, begin, { ...climbing, epochs: 1 })
    expect(fitted.history).toHaveLength(3)
    expect(fitted).toMatchObject({ stopped: true, reason: expect.stringMatching(/^earlyStopping: validation loss/) })
    expect(bitsOf(fitted.params)).toEqual(bitsOf(once.params))
    const again = await fit(model, fitted.session, { ...climbing, callbacks })
    expect(again.history).toHaveLength(3)
    expect(again.reason).toBe(fitted.reason)
  })
})
