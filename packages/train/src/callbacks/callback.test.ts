import { np, random, type Tensor } from '@puregrad/core'
import { dense, init } from '@puregrad/nn'
import { sgd } from '@puregrad/optim'
import { describe, expect, it } from 'vitest'
import { bitsOf, blobs, model, objective, optimizer } from '../../test/blobs.js'
import { temporaryFolder } from '../../test/temporary.js'
import { fit } from '../fit.js'
import { type Callback, callbackStates, isBetter, reduceAll, type TrainingEvent } from './callback.js'

const inFolder = temporaryFolder()
const train = blobs(0, 70)
const start = () => init(model, [2], random.key(0))
const options = { ...objective, optimizer, train, epochs: 2, batchSize: 16, stepsPerCall: 2, key: random.key(1) }

const recorder = (events: TrainingEvent[]): Callback<{ readonly seen: number }> => ({
  name: 'recorder',
  init: { seen: 0 },
  reduce: ({ seen }, event) => {
    events.push(event)
    return [{ seen: seen + 1 }, []]
  },
})

describe('callbacks', () => {
  it('are told of the beginning, of steps, epochs and the end, in order', async () => {
    const events: TrainingEvent[] = []
    const { session, params } = await fit(model, start(), {
      ...options,
      callbacks: [recorder(events)],
      now: () => 5000,
    })
    expect(events.map(({ _tag, epoch, step, steps, totalSteps }) => [_tag, epoch, step, steps, totalSteps])).toEqual([
      ['Began', 1, 0, 5, 0],
      ['Stepped', 1, 2, 5, 2],
      ['Stepped', 1, 4, 5, 4],
      ['Stepped', 1, 5, 5, 5],
      ['EpochEnded', 1, 5, 5, 5],
      ['Stepped', 2, 2, 5, 7],
      ['Stepped', 2, 4, 5, 9],
      ['Stepped', 2, 5, 5, 10],
      ['EpochEnded', 2, 5, 5, 10],
      ['Ended', 3, 0, 5, 10],
    ])
    expect(events.every(({ time }) => time === 5)).toBe(true)
    expect(session.callbacks).toEqual({ recorder: { seen: 10 } })
    expect(bitsOf(params)).toEqual(bitsOf((await fit(model, start(), options)).params))
  })

  it('see what each step measured, and means over the epoch', async () => {
    const events: TrainingEvent[] = []
    const { history } = await fit(model, start(), { ...options, epochs: 1, callbacks: [recorder(events)] })
    const stepped = events.flatMap((event) => (event._tag === 'Stepped' ? [event] : []))
    const losses = stepped.flatMap(({ measured }) => measured.map(({ loss }) => loss as number))
    expect(losses).toHaveLength(5)
    const sizes = [16, 16, 16, 16, 6]
    const mean = losses.reduce((sum, loss, i) => sum + loss * (sizes[i] as number), 0) / 70
    expect(stepped.at(-1)?.means.loss).toBeCloseTo(mean, 12)
    expect(history[0]?.train.loss).toBe(stepped.at(-1)?.means.loss)
  })

  it('restore states and edit the optimiser', async () => {
    const begin = start()
    const other = { ...begin, optimizerState: optimizer.init(begin.params) }
    const restore: Callback<null> = {
      name: 'restore',
      init: null,
      reduce: (state, event) => [
        state,
        event._tag !== 'EpochEnded'
          ? []
          : [
              { _tag: 'Restore', state: other },
              { _tag: 'EditOptimizer', edit: (s) => [{ ...(s as [object])[0], count: np.array(9) }] },
            ],
      ],
    }
    const { params, optimizerState } = await fit(model, begin, { ...options, epochs: 1, callbacks: [restore] })
    expect(bitsOf(params)).toEqual(bitsOf(begin.params))
    expect((optimizerState[0].count as Tensor).item()).toBe(9)
  })

  it('whose files cannot be written end the training, and say why', async () => {
    const blocked: Callback<null> = {
      name: 'blocked',
      init: null,
      reduce: (state, event) => [
        state,
        event._tag === 'Stepped' ? [{ _tag: 'Write', file: inFolder(), at: 0, bytes: new Uint8Array(1) }] : [],
      ],
    }
    const { failure, stopped, history, params } = await fit(model, start(), { ...options, callbacks: [blocked] })
    expect(failure).toMatchObject({ _tag: 'CheckpointError', kind: 'unwritable', file: inFolder() })
    expect(stopped).toBe(true)
    expect(history).toMatchObject([{ epoch: 1, interrupted: true }])
    expect(bitsOf(params)).not.toEqual(bitsOf(start().params))
  })

  it('have names of their own', async () => {
    const twice = [recorder([]), recorder([])]
    await expect(fit(model, start(), { ...options, callbacks: twice })).rejects.toThrow(
      'two callbacks are named "recorder"',
    )
  })

  it('keep the states of callbacks that are not there this time', () => {
    expect(callbackStates([recorder([])], { gone: 1, recorder: { seen: 4 } })).toEqual({
      gone: 1,
      recorder: { seen: 4 },
    })
  })

  it('are pure: the same states and event give the same', () => {
    const layer = dense(1)
    const variables = init(layer, [1], random.key(0))
    const event: TrainingEvent = {
      _tag: 'Ended',
      stopped: false,
      epoch: 1,
      step: 0,
      steps: 1,
      totalSteps: 0,
      time: 0,
      state: { ...variables, optimizerState: sgd(1).init(variables.params) },
    }
    const states = { recorder: { seen: 1 } }
    expect(reduceAll([recorder([])], states, event)).toEqual([{ recorder: { seen: 2 } }, []])
    expect(states).toEqual({ recorder: { seen: 1 } })
  })
})

describe('isBetter', () => {
  it('takes anything for better than NaN, and NaN for better than nothing', () => {
    expect(isBetter(1, Number.NaN, 'min')).toBe(true)
    expect(isBetter(Number.NaN, 1, 'min')).toBe(false)
    expect(isBetter(Number.NaN, Number.NaN, 'max')).toBe(false)
  })

  it('asks for more than minDelta', () => {
    expect(isBetter(0.9, 1, 'min', 0.25)).toBe(false)
    expect(isBetter(0.7, 1, 'min', 0.25)).toBe(true)
    expect(isBetter(1.25, 1, 'max', 0.25)).toBe(false)
    expect(isBetter(1.5, 1, 'max', 0.25)).toBe(true)
  })
})
