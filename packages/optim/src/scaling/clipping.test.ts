import { jit, np } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { numbers } from '../../test/values.js'
import { adaptiveGradClip, clip, clipByBlockRms, clipByGlobalNorm, unitwiseNorm, zeroNans } from './clipping.js'

describe('clipping', () => {
  it('clip bounds every element', () => {
    expect(
      clip(1)
        .update({ w: np.array([-3, 0.5, 3]) }, null)[0]
        .w.toArray(),
    ).toEqual([-1, 0.5, 1])
  })

  it('clipByGlobalNorm scales all together, only where the norm is too large', () => {
    const grads = { a: np.array([3]), b: np.array([4]) }
    const clipped = clipByGlobalNorm(2.5).update(grads, null)[0]
    expect(clipped.a.item()).toBe(1.5)
    expect(clipped.b.item()).toBe(2)
    expect(numbers(clipByGlobalNorm(6).update(grads, null)[0])).toEqual(numbers(grads))
  })

  it('clipByGlobalNorm leaves no gradient as it is', () => {
    expect(
      clipByGlobalNorm(1)
        .update({ w: np.zeros([2]) }, null)[0]
        .w.toArray(),
    ).toEqual([0, 0])
  })

  it('is the same bits under jit', () => {
    const grads = { a: np.array([3, -1]), b: np.array([[4.5]]) }
    const t = clipByGlobalNorm(1)
    const jitted = jit((g: typeof grads) => t.update(g, null)[0])
    expect(numbers(jitted(grads))).toEqual(numbers(t.update(grads, null)[0]))
  })
})

describe('clipByBlockRms', () => {
  it('bounds the root mean square of each leaf by itself', () => {
    const [updates] = clipByBlockRms(2).update({ a: np.array([3, -3, 3, 3]), b: np.array([[1, 2]]) }, null)
    expect(updates.a.toArray()).toEqual([2, -2, 2, 2])
    expect(updates.b.toArray()).toEqual([[1, 2]])
  })
})

describe('unitwiseNorm', () => {
  it('is taken over what belongs to one output', () => {
    const shapes = [[], [4], [1, 4], [3, 4], [2, 3, 4], [2, 2, 3, 4], [2, 2, 2, 3, 4]] as const
    const norms = [[], [1], [1, 1], [1, 4], [1, 3, 4], [1, 1, 1, 4], [1, 1, 1, 1, 4]] as const
    expect(shapes.map((shape) => unitwiseNorm(np.ones(shape)).shape)).toEqual(norms)
    expect(unitwiseNorm(np.ones([2, 2, 3, 4])).data()[0]).toBeCloseTo(Math.sqrt(12), 6)
    expect(unitwiseNorm(np.full([2, 3], 2), 1).shape).toEqual([2, 1])
    expect(() => unitwiseNorm(np.ones([2, 2, 2, 2, 2, 2]))).toThrow(/adaptiveGradClip: .*Pass \{ axis \}/)
  })
})

describe('adaptiveGradClip', () => {
  it('bounds the gradient of each output by its weights', () => {
    const params = {
      w: np.array([
        [3, 0],
        [4, 0],
      ]),
    }
    const grads = {
      w: np.array([
        [0, 3],
        [10, 4],
      ]),
    }
    const { w } = adaptiveGradClip(0.5, { eps: 0.1 }).update(grads, null, params)[0]
    const expected = [0, 3 * (0.05 / 5), 2.5, 4 * (0.05 / 5)]
    w.data().forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] as number, 6)
    })
    expect(numbers(adaptiveGradClip(10).update(grads, null, grads)[0])).toEqual(numbers(grads))
  })

  it('asks for the parameters if they are missing', () => {
    expect(() => adaptiveGradClip(1).update(np.ones([2]), null)).toThrow(/adaptiveGradClip: the parameters are missing/)
  })
})

describe('zeroNans', () => {
  it('puts 0 for NaN and tells where it was', () => {
    const t = zeroNans()
    const grads = { a: np.array([Number.NaN, 1, Number.POSITIVE_INFINITY]), b: np.array([2]) }
    const [updates, state] = t.update(grads, t.init(grads))
    expect(updates.a.toArray()).toEqual([0, 1, Number.POSITIVE_INFINITY])
    expect(updates.b.toArray()).toEqual([2])
    expect([state.foundNan.a?.item(), state.foundNan.b?.item()]).toEqual([true, false])
  })
})
