import { jit, np, random, type Tensor } from '@puregrad/core'
import { conv2d, dense, globalAvgPool, init, relu } from '@puregrad/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gradCam, lenet, network, saliency } from '../index.js'

const model = network('small', {
  conv: conv2d(5, { kernelSize: 3, strides: 2 }),
  relu,
  pool: globalAvgPool(),
  fc: dense(4),
})
const variables = init(model, [9, 11, 3], random.key(0))
const images = (seed: number): Tensor => random.normal(random.key(seed), [3, 9, 11, 3])
const seen = (x: Tensor): Tensor =>
  relu(model.stages.conv.apply(variables.params.conv, null as never, x, { mode: 'eval' })[0])
const close = (a: Tensor, b: Tensor): boolean => np.allclose(a, b, { rtol: 1e-5, atol: 1e-6 }).item<boolean>()

describe('gradCam', () => {
  it('of a linear classifier over means is the class activation map over the number of places', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(3), (seed, target) => {
        const x = images(seed)
        const maps = seen(x)
        const [, height = 0, width = 0] = maps.shape
        const kernel = variables.params.fc.kernel.T.slice(target)
        const cam = relu(np.matmul(maps, kernel)).div(height * width)
        expect(close(gradCam(model, variables, x, { at: 'relu', target }), cam)).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  it('looks for each image at the class that it is told, or the one that is seen', () => {
    const x = images(1)
    const [logits] = model.apply(variables.params, variables.state, x, { mode: 'eval' })
    const best = np.argmax(logits, { axis: 1 })
    const at = 'conv'
    const found = gradCam(model, variables, x, { at })
    expect(found.toArray()).toEqual(gradCam(model, variables, x, { at, target: best }).toArray())
    const each = best.data()
    for (let i = 0; i < 3; i++) {
      const alone = gradCam(model, variables, x.slice({ start: i, stop: i + 1 }), { at, target: Number(each[i]) })
      expect(close(alone.slice(0), found.slice(i))).toBe(true)
    }
    const compiled = jit((pixels: Tensor) => gradCam(model, variables, pixels, { at }))
    expect(close(compiled(x), found)).toBe(true)
  })

  it('says why where there is no place, no class and no logit', () => {
    const x = images(1)
    expect(() => gradCam(model, variables, x, { at: 'pool' })).toThrow(
      /'pool' gives \[3,5\].*earlier stage of conv, relu/,
    )
    expect(() => gradCam(model, variables, x, { at: 'conv', target: 4 })).toThrow(/no class 4 among 4/)
    expect(() => gradCam(model, variables, x, { at: 'conv', target: np.array([1, 2]) })).toThrow(/there are 3 images/)
    const blind = network('blind', { conv: conv2d(2, { kernelSize: 3 }), relu })
    expect(() => gradCam(blind, init(blind, [9, 11, 3], random.key(0)), x, { at: 'conv' })).toThrow(
      /ends in a classifier/,
    )
    expect(() => gradCam(model, variables, x, { at: 'layer9' as never })).toThrow(/no stage 'layer9'/)
  })
})

describe('saliency', () => {
  it('of a linear model is the size of its weights', () => {
    const linear = network('linear', { flatten: (x: Tensor) => x.reshape([x.shape[0] as number, -1]), fc: dense(4) })
    const start = init(linear, [2, 3, 2], random.key(0))
    const x = random.normal(random.key(1), [2, 2, 3, 2])
    const weights = start.params.fc.kernel.T.slice(2).reshape([2, 3, 2])
    const expected = np.max(np.abs(weights), { axis: -1 })
    for (const found of saliency(linear, start, x, { target: 2 })) expect(close(found, expected)).toBe(true)
  })

  it('is how fast the logit changes, by small differences', () => {
    const digits = lenet()
    const start = init(digits, [28, 28, 1], random.key(0))
    const x = random.normal(random.key(1), [1, 28, 28, 1])
    const logit = (pixels: Tensor): number =>
      digits.apply(start.params, start.state, pixels, { mode: 'eval' })[0].slice(0, 7).item()
    const found = saliency(digits, start, x, { target: 7 })
    for (const [row, column] of [
      [14, 14],
      [10, 17],
    ] as const) {
      const step = 1e-2
      const moved = (by: number) => x.at(0, row, column, 0).add(by)
      const slope = Math.abs(logit(moved(step)) - logit(moved(-step))) / (2 * step)
      expect(Math.abs(found.slice(0, row, column).item() - slope)).toBeLessThan(1e-3)
    }
  })
})
