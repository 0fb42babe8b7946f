import { jit, makeProgram, np, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { numbers } from '../../test/values.js'
import { adam } from '../optimizers/adam.js'
import { sgd } from '../optimizers/sgd.js'
import { hasUpdated, type MultiStepsOptions, multiSteps, skipLargeUpdates, skipNotFinite } from './multi-steps.js'

const grads = [1, 3, -2, 6, 5, 1].map((x) => ({ w: np.array([x, 2 * x]) }))
const zero = { w: np.zeros([2]) }

const updatesOf = (everyK: number | ((n: Tensor) => Tensor), options?: MultiStepsOptions, given = grads): unknown[] => {
  const t = multiSteps(sgd(1), everyK, options)
  let state = t.init(zero)
  return given.map((g) => {
    const [updates, next] = t.update(g, state)
    state = next
    return updates.w.toArray()
  })
}

describe('multiSteps', () => {
  it('steps by the mean of k gradients, and by nothing in between', () => {
    expect(updatesOf(2)).toEqual([
      [0, 0],
      [-2, -4],
      [0, 0],
      [-2, -4],
      [0, 0],
      [-3, -6],
    ])
    expect(updatesOf(3, { useGradMean: false })[2]).toEqual([-2, -4])
  })

  it('takes k from the number of steps done', () => {
    const firsts = updatesOf((n) => n.add(1)).map((u) => (u as number[])[0])
    expect(firsts[0]).toBe(-1)
    expect(firsts[1]).toBe(0)
    expect(firsts[2]).toBe(-0.5)
    expect(firsts.slice(3, 5)).toEqual([0, 0])
    expect(firsts[5]).toBeCloseTo(-4, 6)
  })

  it('is the optimiser on large batches, states included', () => {
    const [large, small] = [adam(0.1), multiSteps(adam(0.1), 2)]
    let [a, b] = [large.init(zero), small.init(zero)]
    for (let i = 0; i < 6; i += 2) {
      const [x, y] = [grads[i] as typeof zero, grads[i + 1] as typeof zero]
      const [expected, next] = large.update({ w: x.w.add(y.w).div(2) }, a)
      const [, half] = small.update(x, b)
      expect(hasUpdated(half).item()).toBe(false)
      const [actual, full] = small.update(y, half)
      expect(hasUpdated(full).item()).toBe(true)
      expect(numbers(actual)).toEqual(numbers(expected))
      expect(numbers(full.innerOptState)).toEqual(numbers(next))
      expect(full.gradientStep.item()).toBe(i / 2 + 1)
      ;[a, b] = [next, full]
    }
  })

  it('leaves out gradients that are not to count', () => {
    const bad = { w: np.array([Number.NaN, 0]) }
    const given = [grads[0], bad, grads[1]] as (typeof zero)[]
    expect(updatesOf(2, { shouldSkipUpdate: skipNotFinite }, given)).toEqual([
      [0, 0],
      [0, 0],
      [-2, -4],
    ])
    const large = { w: np.array([30, 0]) }
    expect(updatesOf(1, { shouldSkipUpdate: skipLargeUpdates(100) }, [large, grads[0] as typeof zero])).toEqual([
      [0, 0],
      [-1, -2],
    ])
  })

  it('is one program with a cond under jit, and the same bits', () => {
    const t = multiSteps(adam(0.1), 2)
    const step = jit((g: typeof zero, s: ReturnType<typeof t.init>) => t.update(g, s))
    let [eager, jitted] = [t.init(zero), t.init(zero)]
    for (const g of grads) {
      const [a, next] = t.update(g, eager)
      const [b, after] = step(g, jitted)
      expect(numbers(b)).toEqual(numbers(a))
      expect(numbers(after)).toEqual(numbers(next))
      ;[eager, jitted] = [next, after]
    }
    expect(step.stats().traces).toBe(1)
    expect(String(makeProgram(t.update)(zero, t.init(zero)))).toMatch(/cond/)
  })
})
