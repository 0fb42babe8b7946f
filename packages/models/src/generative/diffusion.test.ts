import { jit, np, random, type Tensor } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diffusion, guided } from './diffusion.js'

const float64 = { dtype: 'float64' } as const
const int32 = { dtype: 'int32' } as const
const schedules = ['cosine', 'linear'] as const

describe.each(schedules)('diffusion by a %s schedule', (schedule) => {
  const process = diffusion({ steps: 40, schedule })
  const kept = process.kept.toArray() as number[]

  it('falls from nearly all to nearly nothing', () => {
    expect(kept.every((k, i) => k > 0 && k < (kept[i - 1] ?? 1))).toBe(true)
    expect(kept[0]).toBeGreaterThan(0.9)
    expect(kept.at(-1)).toBeLessThan(0.01)
  })

  it('has the marginals of noise that is added step by step', () => {
    // xₜ = √α xₜ₋₁ + √(1 − α) ε: how much of the image is left, and how much variance there is.
    let [signal, variance] = [1, 0]
    kept.forEach((now, t) => {
      const alpha = now / (kept[t - 1] ?? 1)
      signal *= Math.sqrt(alpha)
      variance = alpha * variance + 1 - alpha
      const time = np.array([t], int32)
      const [one, zero] = [np.ones([1, 1]), np.zeros([1, 1])]
      expect(process.noised(one, time, zero).item()).toBeCloseTo(signal, 5)
      expect(process.noised(zero, time, one).item() ** 2).toBeCloseTo(variance, 5)
    })
  })

  it('has the posterior that Bayes gives, by sums over a grid', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 38 }),
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.double({ min: -2, max: 2, noNaN: true }),
        (t, x, noisy) => {
          const [now, before] = [kept[t] as number, kept[t - 1] as number]
          const alpha = now / before
          const grid = Array.from({ length: 8001 }, (_, i) => -8 + i * 0.002)
          const logs = grid.map(
            (y) =>
              -((noisy - Math.sqrt(alpha) * y) ** 2) / (2 * (1 - alpha)) -
              (y - Math.sqrt(before) * x) ** 2 / (2 * (1 - before)),
          )
          const most = Math.max(...logs)
          const weights = logs.map((l) => Math.exp(l - most))
          const total = weights.reduce((a, b) => a + b, 0)
          const mean = grid.reduce((sum, y, i) => sum + y * (weights[i] as number), 0) / total
          const variance = grid.reduce((sum, y, i) => sum + (y - mean) ** 2 * (weights[i] as number), 0) / total
          const found = process.posterior(np.array([x], float64), np.array([noisy], float64), t)
          expect(found.mean.item()).toBeCloseTo(mean, 3)
          expect(found.variance.item()).toBeCloseTo(variance, 3)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('steps back by DDIM of η = 1 with the mean and variance of the posterior', () => {
    const two = diffusion({ steps: 2, schedule })
    const [count, image] = [20_000, 0.3]
    const key = random.key(5)
    const shape = [count, 1]
    const [signal0, signal1] = (two.kept.toArray() as number[]).map(Math.sqrt) as [number, number]
    // Knows the image at time 1, and takes all for image at time 0: what comes out shows what was there.
    const denoise = (x: Tensor, time: Tensor): Tensor =>
      np.where(time.reshape([-1, 1]).eq(1), x.sub(image * signal1).div(Math.sqrt(1 - signal1 ** 2)), 0)
    const made = two.sample(denoise, shape, key, { steps: 2, eta: 1, clip: false }).mul(signal0)
    const start = random.normal(random.foldIn(key, 2), shape)
    const { mean, variance } = two.posterior(np.full(shape, image), start, 1)
    const rest = made.sub(mean)
    expect(np.mean(rest).item()).toBeCloseTo(0, 2)
    expect(np.var(rest).item() / variance.item()).toBeCloseTo(1, 1)
    expect(Math.abs(np.mean(rest.mul(start)).item())).toBeLessThan(0.02)
  })
})

describe('diffusion', () => {
  it.each(['noise', 'velocity'] as const)('finds image and noise again by their %s', (predicts) => {
    const process = diffusion({ steps: 30, predicts })
    const [x, noise] = [1, 2].map((seed) => random.normal(random.key(seed), [4, 3], float64)) as [Tensor, Tensor]
    const time = np.array([0, 7, 15, 22], int32)
    const found = process.guess(process.noised(x, time, noise), time, process.target(x, time, noise))
    expect(np.allclose(found.image, x, { atol: 1e-8 }).item()).toBe(true)
    expect(np.allclose(found.noise, noise, { atol: 1e-8 }).item()).toBe(true)
  })

  it.each([
    [0, 100],
    [1, 100],
    [0, 25],
    [0.5, 50],
  ])('samples a normal distribution of which the denoiser knows all, η = %s in %s steps', (eta, steps) => {
    const process = diffusion({ steps: 100 })
    const [mean, spread] = [0.4, 0.5]
    // E[ε | xₜ] of normal data, in closed form.
    const denoise = (x: Tensor, time: Tensor): Tensor => {
      const kept = np.take(process.kept, time, { axis: 0 }).reshape([-1, 1])
      const variance = kept.mul(spread ** 2).add(np.subtract(1, kept))
      return x
        .sub(np.sqrt(kept).mul(mean))
        .mul(np.sqrt(np.subtract(1, kept)))
        .div(variance)
    }
    const sample = jit((key: Tensor) => process.sample(denoise, [8000, 1], key, { steps, eta, clip: false }))
    const made = sample(random.key(3))
    expect(np.mean(made).item()).toBeCloseTo(mean, 1)
    expect(Math.abs(np.std(made).item() - spread)).toBeLessThan(0.05)
    expect(
      np.max(np.abs(process.sample(denoise, [8000, 1], random.key(3), { steps, eta, clip: false }).sub(made))).item(),
    ).toBeLessThan(1e-3)
  })

  it('loses what a network that says nothing misses: all of the noise', () => {
    const { loss } = diffusion({ steps: 50 })
    const lost = loss((x) => x.mul(0), random.normal(random.key(1), [400, 10]), random.key(2))
    expect(lost.shape).toEqual([400])
    expect(np.mean(lost).item()).toBeCloseTo(1, 1)
  })

  it('keeps pixels in place if told', () => {
    const process = diffusion({ steps: 20 })
    const made = process.sample((x) => x.mul(0), [50, 3], random.key(0), { steps: 20 })
    expect(np.max(np.abs(made)).item()).toBeLessThanOrEqual(1)
  })

  it('goes on from the noise that it is given', () => {
    const process = diffusion({ steps: 20 })
    const sample = (start: Tensor, seed: number): Tensor =>
      process.sample((x) => x.mul(0.5), [4, 3], random.key(seed), { steps: 5, start })
    const start = random.normal(random.key(8), [4, 3])
    expect(np.arrayEqual(sample(start, 0), sample(start, 1)).item()).toBe(true)
    expect(np.arrayEqual(sample(start, 0), sample(start.neg(), 0)).item()).toBe(false)
    expect(() => sample(np.ones([4, 2]), 0)).toThrow('start is [4,2] and images are [4,3]')
  })

  it('is guided between any condition and the one, and beyond', () => {
    const says = (x: Tensor, _: Tensor, condition: Tensor): Tensor => x.mul(0).add(condition.reshape([-1, 1]))
    const at = (scale: number): number =>
      guided(says, np.array([7], int32), np.array([2], int32), scale)(np.ones([1, 1]), np.array([0], int32)).item()
    expect([at(0), at(1), at(3)]).toEqual([2, 7, 17])
  })

  it('says what is wrong', () => {
    expect(() => diffusion({ steps: 1 })).toThrow('diffusion: steps is 1')
    expect(() => diffusion({ schedule: 'sine' as 'cosine' })).toThrow("the schedule is 'sine'")
    expect(() => diffusion({ predicts: 'image' as 'noise' })).toThrow("predicts is 'image'")
    const { sample, posterior } = diffusion({ steps: 10 })
    const still = (x: Tensor): Tensor => x
    expect(() => sample(still, [1, 1], random.key(0), { steps: 11 })).toThrow('from 1 to the 10 that there are')
    expect(() => sample(still, [1, 1], random.key(0), { eta: 2 })).toThrow('eta is 2')
    expect(() => sample(still, [3], random.key(0))).toThrow('diffusion.sample: the shape is [3]')
    expect(() => posterior(np.ones([1]), np.ones([1]), 0)).toThrow('the time is 0')
    expect(() => guided(still, np.ones([1]), np.ones([1]), Number.NaN)).toThrow('the scale is NaN')
  })
})
