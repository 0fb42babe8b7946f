import { np, random, type Tensor, tree } from '@puregrad/core'
import { dense, init } from '@puregrad/nn'
import { exponentialDecay, type GradientTransformation, sgd } from '@puregrad/optim'
import { describe, expect, it } from 'vitest'
import { epochEnded, someState } from '../../test/events.js'
import { fit } from '../fit.js'
import type { Effect } from './callback.js'
import { learningRates, type PlateauOptions, reduceLearningRate } from './learning-rate.js'

/** Gradient descent whose rate is part of its state. */
const adjustable = (rate: number): GradientTransformation<{ readonly learningRate: Tensor }> => ({
  init: () => ({ learningRate: np.array(rate) }),
  update: (grads, state) => [
    tree.map((g) => (g as unknown as Tensor).mul(state.learningRate).neg(), grads as unknown as Tensor) as typeof grads,
    state,
  ],
})

describe('learningRates', () => {
  const moment = { ...epochEnded(1, { loss: 1 }), totalSteps: 11 }

  it('is what the schedule gave for the last step', () => {
    expect(learningRates(exponentialDecay(0.5, 10, 0.5))(moment).learningRate).toBeCloseTo(0.25, 6)
    expect(learningRates(0.1)(moment)).toEqual({ learningRate: 0.1 })
  })

  it('is what the optimiser keeps', () => {
    const optimizerState = [null, { inner: { learningRate: np.array(0.25) } }]
    expect(learningRates()({ ...moment, state: { ...someState, optimizerState } })).toEqual({ learningRate: 0.25 })
    expect(() => learningRates()(moment)).toThrow('the optimiser keeps no learningRate')
  })
})

describe('reduceLearningRate', () => {
  const factors = (values: readonly number[], options: PlateauOptions = {}): readonly number[] => {
    const { init: begin, reduce } = reduceLearningRate({ monitor: 'loss', patience: 2, ...options })
    let state = begin
    let optimizerState: unknown = { count: 3, learningRate: 1 }
    return values.map((loss, i) => {
      let effects: readonly Effect[]
      ;[state, effects] = reduce(state, epochEnded(i + 1, { loss }))
      for (const effect of effects) if (effect._tag === 'EditOptimizer') optimizerState = effect.edit(optimizerState)
      return (optimizerState as { readonly learningRate: number }).learningRate
    })
  }

  it('lowers the rate when nothing improved for so long, again and again', () => {
    expect(factors([5, 5, 5, 5, 5], { factor: 0.5 })).toEqual([1, 1, 0.5, 0.5, 0.25])
    expect(factors([5, 4, 3, 2, 1])).toEqual([1, 1, 1, 1, 1])
    expect(factors([5, 5 - 1e-5, 5 - 2e-5], { factor: 0.5 })).toEqual([1, 1, 0.5])
  })

  it('rests after it', () => {
    expect(factors([5, 5, 5, 5, 5, 5, 5], { factor: 0.5, cooldown: 2 })).toEqual([1, 1, 0.5, 0.5, 0.5, 0.5, 0.25])
  })

  it('does not go below the least', () => {
    expect(factors([5, 5, 5, 5, 5], { factor: 0.5, minLearningRate: 0.4 })).toEqual([1, 1, 0.5, 0.5, 0.4])
  })

  it('changes the rate of a training under way, without compiling it anew', async () => {
    const layer = dense(1)
    const x = random.normal(random.key(3), [32, 1])
    const fitted = await fit(layer, init(layer, [1], random.key(0)), {
      train: { x, y: x.mul(2) },
      loss: (a, b) => np.square(a.sub(b)),
      optimizer: adjustable(0.1),
      epochs: 3,
      key: random.key(1),
      callbacks: [reduceLearningRate({ monitor: 'loss', patience: 1, factor: 0.5, minDelta: 1e9 })],
    })
    expect(fitted.optimizerState.learningRate.item()).toBeCloseTo(0.025, 7)
  })

  it('says when there is no rate to lower', async () => {
    const layer = dense(1)
    const training = fit(layer, init(layer, [1], random.key(0)), {
      train: { x: np.ones([4, 1]), y: np.ones([4, 1]) },
      loss: (a, b) => np.square(a.sub(b)),
      optimizer: sgd(0),
      epochs: 3,
      key: random.key(1),
      callbacks: [reduceLearningRate({ monitor: 'loss', patience: 1 })],
    })
    await expect(training).rejects.toThrow('the optimiser keeps no learningRate in its state')
  })
})
