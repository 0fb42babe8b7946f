import { np, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { numbers } from '../../test/values.js'
import { adam } from '../optimizers/adam.js'
import { scale, setToZero } from '../scaling/scale.js'
import { multiTransform, partition, selectiveTransform } from './partition.js'

const params = { kernel: np.array([1, 2]), bias: np.array([3]), inner: [np.array([4]), null] as const }
const masks = { kernel: true, bias: false, inner: [true, null] }

describe('partition', () => {
  it('gives each group its own transformation and state', () => {
    const t = partition({ a: adam(0.1), b: scale(-1) }, { kernel: 'a', bias: 'b', inner: 'b' })
    const state = t.init(params)
    expect(Object.keys(state.innerStates.a.innerState[0].mu)).toEqual(['bias', 'inner', 'kernel'])
    expect(numbers(state.innerStates.a.innerState[0].mu)).toEqual(
      numbers({ kernel: np.zeros([2]), bias: null, inner: [null, null] }),
    )
    const [updates] = t.update(params, state, params)
    const alone = adam(0.1)
    const [expected] = alone.update({ k: params.kernel }, alone.init({ k: params.kernel }))
    expect(numbers(updates.kernel)).toEqual(numbers(expected.k))
    expect(updates.bias.toArray()).toEqual([-3])
    expect((updates.inner[0] as Tensor).toArray()).toEqual([-4])
  })

  it('is also called multiTransform, and takes a function that labels', () => {
    const t = multiTransform({ keep: scale(1), drop: setToZero() }, () => 'drop')
    expect(t.update(params, t.init(params))[0].kernel.toArray()).toEqual([0, 0])
  })

  it('names labels without transformation', () => {
    expect(() => partition({ a: scale(1), b: scale(2) }, 'c').init(params)).toThrow(
      /no transformation is called "c", .* there are a, b/,
    )
    expect(() => partition({ a: scale(1) }, { kernel: 'a', bias: null, inner: 'a' }).init(params)).toThrow(
      /called null/,
    )
  })
})

describe('selectiveTransform', () => {
  it('trains what is not frozen', () => {
    const t = selectiveTransform(scale(-1), { freezeMask: masks })
    expect(numbers(t.update(params, t.init(params))[0])).toEqual(
      numbers({ kernel: np.zeros([2]), bias: np.array([-3]), inner: [np.zeros([1]), null] }),
    )
  })
})
