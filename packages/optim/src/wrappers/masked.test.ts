import { np, type Tensor, valueAndGrad } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { numbers } from '../../test/values.js'
import { lbfgs } from '../optimizers/lbfgs.js'
import { trace } from '../scaling/momentum.js'
import { scale } from '../scaling/scale.js'
import type { GradientTransformation } from '../transformation.js'
import { freeze, masked } from './masked.js'

const params = { kernel: np.array([1, 2]), bias: np.array([3]), inner: [np.array([4]), null] as const }
const masks = { kernel: true, bias: false, inner: [true, null] }

describe('masked', () => {
  it('changes what is chosen, and remembers nothing of the rest', () => {
    const t = masked(trace(0.5), masks)
    const state = t.init(params)
    expect(numbers(state)).toEqual(
      numbers({ innerState: { trace: { kernel: np.zeros([2]), bias: null, inner: [np.zeros([1]), null] } } }),
    )
    const [once, next] = t.update(params, state, params)
    const [twice] = t.update(once, next, params)
    expect(numbers(twice)).toEqual(
      numbers({ kernel: np.array([1.5, 3]), bias: np.array([3]), inner: [np.array([6]), null] }),
    )
  })

  it('takes a prefix of the tree, or a function of it', () => {
    const expected = numbers(masked(scale(2), masks).update(params, { innerState: null })[0])
    for (const mask of [{ kernel: true, bias: false, inner: true }, () => masks]) {
      expect(numbers(masked(scale(2), mask).update(params, { innerState: null })[0])).toEqual(expected)
    }
  })

  it('gives the gradient for a line search its own form', () => {
    const seen: unknown[] = []
    const spy: GradientTransformation<null> = {
      init: () => null,
      update: (grads, state, _, extra) => {
        seen.push(extra?.grad)
        return [grads, state]
      },
    }
    masked(spy, masks).update(params, { innerState: null }, params, { grad: params })
    expect(numbers(seen)).toEqual(numbers([{ ...params, bias: null }]))
  })

  it('lets a line search see the loss of all parameters', () => {
    const loss = (p: typeof params): Tensor => np.sum(np.square(p.kernel)).add(np.sum(p.bias))
    const t = masked(lbfgs(), { kernel: true, bias: false, inner: false })
    const [value, gradient] = valueAndGrad(loss)(params)
    const extra = { value, grad: gradient, valueFn: loss }
    const [updates, { innerState }] = t.update(gradient, t.init(params), params, extra)
    expect(updates.bias.toArray()).toEqual([1])
    const moved = { ...params, kernel: params.kernel.add(updates.kernel) }
    expect(loss(moved).item()).toBeLessThan(value.item())
    expect(innerState[2].value.item()).toBeCloseTo(loss(moved).item(), 5)
  })

  it('names the place where a mask does not fit', () => {
    expect(() => masked(scale(1), { kernel: true }).init(params)).toThrow(/masked: at params the tree of choices/)
    expect(() => masked(scale(1), { ...masks, bias: { a: true } }).init(params)).toThrow(/at params.bias .*"a":true/)
    expect(() => masked(scale(1), { ...masks, inner: { a: true } }).init(params)).toThrow(/at params.inner/)
  })
})

describe('freeze', () => {
  it('gives updates of zero to what is chosen', () => {
    const t = freeze(masks)
    expect(numbers(t.update(params, t.init(params))[0])).toEqual(
      numbers({ kernel: np.zeros([2]), bias: np.array([3]), inner: [np.zeros([1]), null] }),
    )
  })
})
