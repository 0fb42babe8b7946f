/** Cross entropy of integer labels with all of its options: PyTorch's numbers, gradients and second derivatives. */
import { readFileSync } from 'node:fs'
import { grad, jit, jvp, np, type Tensor } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectNear, f64, i32 } from '../../test/near.js'
import { oneHot } from '../functions/one-hot.js'
import { madeOf } from '../made-of.js'
import { softmaxCrossEntropyWithIntegerLabels as loss, smoothLabels, softmaxCrossEntropy } from './classification.js'
import { type Reduction, sumAndWeight } from './reduction.js'

interface Numbers {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}
interface Case {
  readonly labelSmoothing: number
  readonly weights: boolean
  readonly ignore: boolean
  readonly reduction: Reduction
  readonly logits: Numbers
  readonly loss: Numbers
  readonly gradient: Numbers
  readonly direction: Numbers
  readonly hessian: Numbers
}
const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('../../test/fixtures/cross-entropy.json', import.meta.url), 'utf8'),
)
const tensor = ({ shape, data }: Numbers): Tensor => np.array(Float64Array.from(data)).reshape(shape)
const labels = i32([0, 3, 1, 2, 1])
const classWeights = [0.5, 2, 1, 0.25]
const optionsOf = ({ labelSmoothing, reduction, weights, ignore }: Case) => ({
  labelSmoothing,
  reduction,
  ...(weights ? { classWeights } : {}),
  ...(ignore ? { ignoreIndex: 1 } : {}),
})
const close = (found: Tensor, expected: Tensor): void => {
  expect(found.shape).toEqual(expected.shape)
  const error = np.abs(found.sub(expected)).div(np.maximum(np.abs(expected), 1))
  expect(np.max(error).item()).toBeLessThan(1e-12)
}

describe('PyTorch', () => {
  it.each(cases.map((one, i) => [i, optionsOf(one), one] as const))('%i: %o', (_, options, golden) => {
    const f = (x: Tensor): Tensor => loss(x, labels, options)
    const slope = grad((x: Tensor) => np.sum(f(x)))
    const x = tensor(golden.logits)
    for (const transform of [(g: (x: Tensor) => Tensor) => g, (g: (x: Tensor) => Tensor) => jit(g)]) {
      close(transform(f)(x), tensor(golden.loss))
      close(transform(slope)(x), tensor(golden.gradient))
      close(transform((v) => jvp(slope, [v], [tensor(golden.direction)])[1])(x), tensor(golden.hessian))
    }
  })
})

describe('label smoothing', () => {
  const x = f64([
    [1, -2, 0.5],
    [0, 3, 1],
  ])
  const y = i32([2, 0])

  it('is softmaxCrossEntropy of smoothed one-hot labels, for every part', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (labelSmoothing) => {
        const truth = smoothLabels(oneHot(y, 3, { dtype: 'float64' }), labelSmoothing)
        expectNear(loss(x, y, { labelSmoothing }), softmaxCrossEntropy(x, truth), 1e-13)
      }),
    )
  })
  it('keeps its digits of huge float32 logits that lie together', () => {
    const huge = np.array([[1e6, 1e6]])
    expectNear(loss(huge, i32([0]), { labelSmoothing: 0.1 }), [Math.LN2], 1e-6)
  })
  it('spreads over the classes that count, along any axis', () => {
    const where = np.array([true, false, true])
    const kept = x.slice({}, i32([0, 2]))
    const options = { labelSmoothing: 0.2 }
    expectNear(loss(x, y, { ...options, where }), loss(kept, i32([1, 0]), options), 1e-14)
    expectNear(loss(x.T, y, { ...options, axis: 0 }), loss(x, y, options), 1e-14)
  })
  it('gives 0 for a class of weight 0 whose logit is −∞, and for labels that are ignored, whatever their logits', () => {
    const logits = f64([
      [0, Number.NEGATIVE_INFINITY],
      [Number.NaN, 1],
    ])
    const options = { labelSmoothing: 0.5, classWeights: [1, 0], ignoreIndex: -1 }
    const f = (v: Tensor): Tensor => loss(v, i32([0, -1]), options)
    expectNear(f(logits), [0, 0], 0)
    expectNear(grad((v: Tensor) => np.sum(f(v)))(logits), np.zeros([2, 2]), 0)
  })
  it('gives NaN for labels that are no class, in means too, and moves no logits by them', () => {
    const options = { labelSmoothing: 0.1, classWeights: [0, 1, 2] }
    const found = loss(x, i32([-1, 3]), options)
    expect(Array.from(found.data(), Number.isNaN)).toEqual([true, true])
    expect(loss(x, i32([-1, 1]), { ...options, reduction: 'mean' }).item()).toBeNaN()
    expectNear(grad((v: Tensor) => np.sum(loss(v, i32([-1, 3]), options)))(x), np.zeros([2, 3]), 0)
  })
  it('says what does not fit', () => {
    for (const labelSmoothing of [-0.1, 1.5, Number.NaN])
      expect(() => loss(x, y, { labelSmoothing })).toThrow(/RangeError|labelSmoothing is/)
    expect(() => loss(x, y, { classWeights: [1, 2] })).toThrow('one weight for each class')
    expect(() => loss(x, y, { reduction: 'average' as never })).toThrow("'none', 'sum' and 'mean'")
  })
})

describe("reduction: 'mean'", () => {
  const x = f64([
    [1, -2],
    [0, 3],
    [2, 2],
  ])
  const options = { ignoreIndex: -1, classWeights: [1, 3], reduction: 'mean' } as const
  it('remembers the weights, so that means of batches add up', () => {
    const y = i32([0, 1, -1])
    const whole = sumAndWeight(loss(x, y, options))
    const parts = [0, 1, 2].map((i) => sumAndWeight(loss(x.slice([i]), y.slice([i]), options)))
    const sum = (f: (part: (typeof parts)[number]) => Tensor): number =>
      parts.reduce((all, part) => all + f(part).item(), 0)
    expect(whole.weight.item()).toBe(4)
    expect(sum((part) => part.weight)).toBe(4)
    expect(sum((part) => part.total)).toBeCloseTo(whole.total.item(), 12)
  })
  it('of nothing is 0, and moves nothing', () => {
    const f = (v: Tensor): Tensor => loss(v, i32([-1, -1, -1]), options)
    expect(f(x).item()).toBe(0)
    expect(madeOf(f(x))?._tag).toBe('Mean')
    expectNear(grad(f)(x), np.zeros([3, 2]), 0)
  })
})
