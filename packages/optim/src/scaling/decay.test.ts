import { np } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { numbers } from '../../test/values.js'
import { addDecayedWeights } from './decay.js'

describe('addDecayedWeights', () => {
  const params = { kernel: np.array([1, 2]), bias: np.array([10]), inner: [np.array([4]), null] as const }
  const grads = { kernel: np.array([0, 1]), bias: np.array([1]), inner: [np.array([0]), null] as const }

  it('adds weightDecay · parameter', () => {
    const [updates] = addDecayedWeights(0.5).update(grads, null, params)
    expect(numbers(updates)).toEqual(
      numbers({ kernel: np.array([0.5, 2]), bias: np.array([6]), inner: [np.array([2]), null] }),
    )
  })

  it('spares what a mask names: a tree, a prefix of one, or a function of the parameters', () => {
    const expected = numbers({ kernel: np.array([0.5, 2]), bias: np.array([1]), inner: [np.array([0]), null] })
    const mask = { kernel: true, bias: false, inner: [false, null] }
    const matrices = (): typeof mask => mask
    for (const one of [mask, { kernel: true, bias: false, inner: false }, matrices]) {
      expect(numbers(addDecayedWeights(0.5, { mask: one }).update(grads, null, params)[0])).toEqual(expected)
    }
  })

  it('asks for the parameters if they are missing', () => {
    expect(() => addDecayedWeights(0.5).update(grads, null)).toThrow(
      /addDecayedWeights: .*update\(grads, state, params\)/,
    )
  })
})
