import { jit, np, random, type Tensor, vmap } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import { init, losses } from '@puregrad/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { importanceBound, vae, vaeLoss } from './vae.js'

const float64 = { dtype: 'float64' } as const
const model = vae({ size: 8, width: 2, latent: 1 })
const variables = init(model, [8, 8, 1], random.key(0), float64)
const x = random.uniform(random.key(1), [3, 8, 8, 1], float64).gt(0.5).astype('float64')

describe('vae', () => {
  it('draws in training, with the mean and variance that it says, and takes the mean in evaluation', () => {
    const { params, state } = variables
    const [still] = model.apply(params, state, x, { mode: 'eval' })
    expect(
      np
        .arrayEqual(model.decoder.apply(params.decoder, state.decoder, still.mean, { mode: 'eval' })[0], still.logits)
        .item(),
    ).toBe(true)
    const logits = (key: Tensor): Tensor => model.apply(params, state, x, { mode: 'train', key })[0].logits
    expect(np.arrayEqual(logits(random.key(2)), logits(random.key(2))).item()).toBe(true)
    expect(np.arrayEqual(logits(random.key(2)), logits(random.key(3))).item()).toBe(false)
  })

  it('of any size that halving gives makes images of that size', () => {
    for (const size of [8, 14, 28, 32]) {
      const other = vae({ size, channels: 2, width: 2, latent: 3 })
      expect(other.plan([size, size, 2])).toMatchObject({
        right: { out: { logits: [size, size, 2], mean: [3], logVariance: [3] } },
      })
    }
    expect(() => vae({ size: 9 })).toThrow('vae: images of 9 pixels')
    expect(() => vae({ latent: 0 })).toThrow('latent is 0')
  })
})

describe('vaeLoss', () => {
  it('has the divergence that an integral has', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (mean, logVariance) => {
          const [s, step] = [Math.exp(logVariance / 2), 0.005]
          let sum = 0
          for (let z = -12; z <= 12; z += step) {
            const log = -0.5 * ((z - mean) / s) ** 2 - Math.log(s)
            sum += step * (Math.exp(log) / Math.sqrt(2 * Math.PI)) * (log + 0.5 * z * z)
          }
          const of = (beta: number): number =>
            vaeLoss(
              {
                logits: np.zeros([1, 1], float64),
                mean: np.array([[mean]], float64),
                logVariance: np.array([[logVariance]], float64),
              },
              np.ones([1, 1], float64),
              { beta },
            ).item()
          expect(of(1) - of(0)).toBeCloseTo(sum, 5)
          expect(of(3) - of(0)).toBeCloseTo(3 * sum, 5)
        },
      ),
      { numRuns: 10 },
    )
  })
  it('has the gradient that differences have, through what is drawn', () => {
    const loss = (mean: Tensor, logVariance: Tensor, logits: Tensor): Tensor =>
      vaeLoss({ mean, logVariance, logits }, x.slice({ stop: 2 }).reshape([2, 64]), { beta: 2 })
    const of = (seed: number, shape: readonly number[]): Tensor => random.normal(random.key(seed), shape, float64)
    checkGrads(loss, [of(1, [2, 3]), of(2, [2, 3]), of(3, [2, 64])], { order: 1 })
  })
  it('says what is wrong', () => {
    const output = { logits: np.zeros([1, 2]), mean: np.zeros([1, 1]), logVariance: np.zeros([1, 1]) }
    expect(() => vaeLoss(output, np.zeros([1, 3]))).toThrow('vaeLoss: logits are [1,2] and images [1,3]')
    expect(() => vaeLoss(output, np.zeros([1, 2]), { beta: -1 })).toThrow('beta is -1')
  })
})

describe('importanceBound', () => {
  const bound = (samples: number, seed: number): Tensor =>
    importanceBound(model, variables, x, random.key(seed), { samples })
  /** log ∫ p(x | z) p(z) dz, by sums over a grid. */
  const exact = (): number[] => {
    const step = 0.02
    const grid = Array.from({ length: 601 }, (_, i) => -6 + i * step)
    const [logits] = model.decoder.apply(
      variables.params.decoder,
      variables.state.decoder,
      np.array(grid, float64).reshape([-1, 1]),
      { mode: 'eval' },
    )
    return [0, 1, 2].map((i) => {
      const one = np.broadcastTo(x.at(i).get(), [601, 8, 8, 1])
      const logs = np
        .sum(losses.sigmoidBinaryCrossEntropy(logits, one), { axis: [1, 2, 3] })
        .neg()
        .toArray() as number[]
      const all = logs.map((l, k) => l - 0.5 * (grid[k] as number) ** 2 - 0.5 * Math.log(2 * Math.PI))
      const most = Math.max(...all)
      return most + Math.log(all.reduce((sum, l) => sum + step * Math.exp(l - most), 0))
    })
  }
  it('with many latents is log p(x), by a sum over all of them', () => {
    const found = bound(4000, 0).toArray() as number[]
    exact().forEach((log, i) => expect(found[i]).toBeCloseTo(log, 1))
  })
  it('with one is what vaeLoss is the negative of, in the mean; with more it is higher', () => {
    const { params, state } = variables
    const keys = random.split(random.key(7), 400)
    const lost = jit(vmap((key: Tensor) => vaeLoss(model.apply(params, state, x, { mode: 'train', key })[0], x)))(keys)
    const one = jit(vmap((key: Tensor) => importanceBound(model, variables, x, key, { samples: 1 })))(keys)
    const many = jit(vmap((key: Tensor) => importanceBound(model, variables, x, key, { samples: 20 })))(keys)
    const mean = (t: Tensor): number => np.mean(t).item() as number
    expect(Math.abs(mean(one) + mean(lost))).toBeLessThan(0.2)
    expect(mean(many)).toBeGreaterThan(mean(one))
  })
  it('is one number for each image, and says what is wrong', () => {
    expect(bound(3, 1).shape).toEqual([3])
    expect(() => bound(0, 1)).toThrow('samples is 0')
  })
})
