import { grad, np, random, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { evaluate, sample } from '../../test/check-layer.js'
import { expectNear } from '../../test/near.js'
import { dense, freeze, init, merge, named, partition, serial, tanh } from '../index.js'

describe('freeze', () => {
  const model = serial(
    freeze(dense(3)),
    tanh,
    freeze(dense(2), ([name]) => name === 'bias'),
  )
  const { params, state } = init(model, [4], random.key(0), { dtype: 'float64' })
  const loss = (p: typeof params): Tensor => np.sum(np.square(model.apply(p, state, sample(1, [5, 4]), evaluate)[0]))
  it('gives no gradient to what is frozen, and changes no value', () => {
    const slopes = grad(loss)(params)
    expectNear(slopes[0].kernel, np.zeros([4, 3]), 0)
    expectNear(slopes[0].bias, [0, 0, 0], 0)
    expectNear(slopes[2].bias, [0, 0], 0)
    expect(np.max(np.abs(slopes[2].kernel)).item()).toBeGreaterThan(0)
    const plain = serial(dense(3), tanh, dense(2))
    expectNear(loss(params), np.sum(np.square(plain.apply(params, state, sample(1, [5, 4]), evaluate)[0])), 0)
  })
})

describe('partition and merge', () => {
  const model = named({ body: dense(3), tanh, head: dense(2) })
  const { params, state } = init(model, [4], random.key(0), { dtype: 'float64' })
  const [learns, rest] = partition(params, ([part]) => part === 'head')
  it('merge puts together what partition took apart', () => {
    const whole = merge<typeof params>(learns, rest)
    expect(Object.keys(whole).sort()).toEqual(['body', 'head', 'tanh'])
    for (const part of ['body', 'head'] as const) {
      expect(whole[part].kernel).toBe(params[part].kernel)
      expect(whole[part].bias).toBe(params[part].bias)
    }
    expect(rest.head.kernel).toBeNull()
    expect(learns.body.bias).toBeNull()
    expect(learns.tanh).toBeNull()
  })
  it('grad sees only what was chosen', () => {
    const loss = (p: typeof learns): Tensor =>
      np.sum(model.apply(merge<typeof params>(p, rest), state, sample(1, [5, 4]), evaluate)[0])
    const slopes = grad(loss)(learns)
    expectNear(slopes.head.bias as Tensor, [5, 5], 1e-12)
    expect(slopes.body.kernel).toBeNull()
  })
})
