import { grad, jit, np, random, type Tensor, vmap } from '@puregrad/core'
import { init } from '@puregrad/nn'
import { applyUpdates } from '@puregrad/optim'
import { describe, expect, it } from 'vitest'
import { bitsOf, blobs, model, objective, optimizer } from '../test/blobs.js'
import { trainingStep } from './training-step.js'

const { x, y } = blobs(0, 30)
const step = trainingStep(model, { ...objective, optimizer })
const startFrom = (key: Tensor) => {
  const variables = init(model, [2], key)
  return { ...variables, optimizerState: optimizer.init(variables.params) }
}

describe('trainingStep', () => {
  it('is gradient, update, apply', () => {
    const state = startFrom(random.key(0))
    const key = random.key(1)
    const [next, measured] = step(state, key, x, y)
    const loss = (params: typeof state.params): Tensor =>
      np.mean(objective.loss(model.apply(params, state.state, x, { mode: 'train', key })[0], y))
    const [updates, optimizerState] = optimizer.update(grad(loss)(state.params), state.optimizerState, state.params)
    expect(bitsOf(next.params)).toEqual(bitsOf(applyUpdates(state.params, updates)))
    expect(bitsOf(next.optimizerState)).toEqual(bitsOf(optimizerState))
    expect(measured.loss.item()).toBe(loss(state.params).item())
    expect(Object.keys(measured)).toEqual(['loss', 'accuracy'])
  })

  it('is a pure function of state, key and batch, jitted or not', () => {
    const state = startFrom(random.key(0))
    const before = bitsOf(state)
    const [once, again] = [step(state, random.key(1), x, y), step(state, random.key(1), x, y)]
    expect(bitsOf(once)).toEqual(bitsOf(again))
    expect(bitsOf(jit(step)(state, random.key(1), x, y))).toEqual(bitsOf(once))
    expect(bitsOf(step(state, random.key(2), x, y))).not.toEqual(bitsOf(once))
    expect(bitsOf(state)).toEqual(before)
  })

  it('trains several models at once under vmap, each as if alone', () => {
    const keys = random.split(random.key(5), 3)
    const states = vmap(startFrom)(keys)
    const [together] = vmap(step, { inAxes: [0, null, null, null] })(states, random.key(1), x, y)
    const kernels = together.params[0].kernel
    ;[...keys].forEach((key, i) => {
      const [alone] = step(startFrom(key), random.key(1), x, y)
      const expected = alone.params[0].kernel.data()
      kernels
        .slice(i)
        .data()
        .forEach((value, k) => {
          expect(value).toBeCloseTo(expected[k] as number, 5)
        })
    })
  })
})
