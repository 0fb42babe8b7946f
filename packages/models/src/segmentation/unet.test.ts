/** U-Net against the paper's sizes and numbers, and against itself. */

import { grad, jit, np, random, type Tensor, tree } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import { batchNorm, groupNorm, init, parameterCount } from '@puregrad/nn'
import fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { type UnetOptions, unet } from './unet.js'
import { levelsOf, nearestSizes } from './unet-sizes.js'

const outOf = (options: UnetOptions, input: readonly number[]): unknown => {
  const planned = unet(options).plan(input as number[])
  return E.isLeft(planned) ? planned.left.message : planned.right.out
}

describe('unet', () => {
  it("has the paper's sizes and parameters, however it goes up", () => {
    expect(outOf({}, [572, 572, 1])).toEqual([388, 388, 2])
    for (const upSampling of ['transpose', 'nearest', 'bilinear'] as const)
      expect(parameterCount(unet({ upSampling }), [572, 572, 1])).toEqual(E.right(31_030_658))
  })

  // Keras' and PyTorch's versions with batch normalisation: biases go, a scale and a bias for each of 3,968 · 2 channels come.
  it('has two more parameters a channel with batch normalisation, and a bias less', () =>
    expect(parameterCount(unet({ norm: batchNorm, padding: 'SAME' }), [64, 64, 1])).toEqual(
      E.right(31_030_658 + 2 * (64 + 128 + 256 + 512) * 2 + 2 * 1024),
    ))

  it('gives every pixel its logits at any depth, width, padding, norm and way up', () => {
    const options = fc.record({
      classes: fc.integer({ min: 1, max: 3 }),
      width: fc.integer({ min: 1, max: 3 }),
      depth: fc.integer({ min: 1, max: 3 }),
      padding: fc.constantFrom('SAME' as const, 'VALID' as const),
      upSampling: fc.constantFrom('transpose' as const, 'nearest' as const, 'bilinear' as const),
    })
    fc.assert(
      fc.property(
        options,
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        (o, normed, h, w) => {
          const [height, width] = [h, w].map((n) => nearestSizes(n, o.depth, o.padding).at(-1) as number) as [
            number,
            number,
          ]
          const model = unet({ ...o, ...(normed ? { norm: batchNorm } : {}) })
          const { params, state } = init(model, [height, width, 2], random.key(0))
          const [y] = model.apply(params, state, np.ones([2, height, width, 2]), { mode: 'eval' })
          const wanted = [height, width].map((n) => levelsOf(n, o.depth, o.padding)?.at(-1))
          expect(y.shape).toEqual([2, ...wanted, o.classes])
          expect(model.plan([height, width, 2])).toMatchObject({ right: { out: y.shape.slice(1) } })
        },
      ),
      { numRuns: 15 },
    )
  })

  it("with 'VALID' padding sees what lies under a pixel, and no edge: images that are moved give logits that are moved", () => {
    const model = unet({ width: 2, depth: 2, classes: 1 })
    const { params, state } = init(model, [52, 52, 1], random.key(3))
    const large = random.normal(random.key(4), [1, 52, 52, 1])
    const [whole] = model.apply(params, state, large, { mode: 'eval' })
    // Moved by 4, which is as often halved as the network halves.
    const part = large.slice({}, { start: 4, stop: 48 }, { start: 4, stop: 48 })
    const [middle] = model.apply(params, state, part, { mode: 'eval' })
    expect(
      np.max(np.abs(whole.slice({}, { start: 4, stop: 8 }, { start: 4, stop: 8 }).sub(middle))).item(),
    ).toBeLessThan(1e-5)
  })

  it('has derivatives, and the same ones jitted', () => {
    const model = unet({ width: 2, depth: 1, classes: 1, padding: 'SAME', norm: () => groupNorm({ groups: 1 }) })
    const { params, state } = init(model, [4, 4, 1], random.key(1))
    const x = random.normal(random.key(2), [1, 4, 4, 1], { dtype: 'float64' })
    const wide = tree.map((p: Tensor) => p.astype('float64'), params as never) as unknown as typeof params
    const loss = (p: typeof params): Tensor => np.sum(np.tanh(model.apply(p, state, x, { mode: 'eval' })[0]))
    checkGrads(loss, [wide], { order: 1 })
    const [eager, compiled] = [grad(loss)(wide), jit(grad(loss))(wide)]
    tree.map(
      (a: Tensor, b: Tensor) => expect(np.max(np.abs(a.sub(b))).item()).toBeLessThan(1e-9),
      eager as never,
      compiled as never,
    )
  })

  it('drops in training only', () => {
    const model = unet({ width: 4, depth: 1, padding: 'SAME', dropout: 0.5 })
    const { params, state } = init(model, [8, 8, 1], random.key(1))
    const x = random.normal(random.key(2), [1, 8, 8, 1])
    const run = (key: number): Tensor => model.apply(params, state, x, { mode: 'train', key: random.key(key) })[0]
    expect(np.arrayEqual(run(0), run(1)).item()).toBe(false)
    expect(np.arrayEqual(run(0), run(0)).item()).toBe(true)
    const [still] = model.apply(params, state, x, { mode: 'eval' })
    const without = unet({ width: 4, depth: 1, padding: 'SAME' })
    expect(np.arrayEqual(still, without.apply(params, { ...state, drop: null }, x, { mode: 'eval' })[0]).item()).toBe(
      true,
    )
  })

  it('says which sizes can be halved', () => {
    expect(outOf({}, [570, 572, 1])).toBe(
      "unet: [570,572,1] cannot be halved 4 times with padding 'VALID'; every level has to be of even size, and some of it has to be left. " +
        "Crop, pad or resize images to [556,572,1] or [572,572,1], or take padding: 'SAME'.",
    )
    expect(outOf({ padding: 'SAME', depth: 3 }, [100, 64, 3])).toContain('to [96,64,3] or [104,64,3].')
    expect(outOf({ padding: 'SAME', depth: 3 }, [3, 3, 3])).toContain('resize images to [8,8,3].')
    expect(outOf({}, [64])).toContain('takes [height, width, channels]')
    const model = unet({ width: 1, depth: 1, padding: 'SAME' })
    const { params, state } = init(model, [8, 8, 1], random.key(0))
    expect(() => model.apply(params, state, np.ones([1, 7, 8, 1]), { mode: 'eval' })).toThrow('[6,8,1] or [8,8,1]')
  })

  it('refuses what is no option', () => {
    expect(() => unet({ depth: 0 })).toThrow('depth is 0')
    expect(() => unet({ padding: 'same' as never })).toThrow("'VALID' or 'SAME'")
    expect(() => unet({ upSampling: 'cubic' as never })).toThrow('transpose, nearest, bilinear')
  })
})

describe('sizes', () => {
  it("are the paper's", () => expect(levelsOf(572, 4, 'VALID')).toEqual([568, 280, 136, 64, 28, 52, 100, 196, 388]))
  it('next to any there are some that work, and none between', () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 600 }),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom('SAME' as const, 'VALID' as const),
        (n, depth, padding) => {
          const found = nearestSizes(n, depth, padding)
          for (const size of found) expect(levelsOf(size, depth, padding)).toBeDefined()
          const [below, above] = found.length === 2 ? found : [(found[0] as number) > n ? 0 : found[0], found[0]]
          for (let i = (below as number) + 1; i < (above as number); i++)
            expect(levelsOf(i, depth, padding)).toBeUndefined()
        },
      ),
    ))
})
