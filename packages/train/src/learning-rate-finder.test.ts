import { np, random } from '@puregrad/core'
import { dense, init } from '@puregrad/nn'
import { sgd } from '@puregrad/optim'
import { describe, expect, it } from 'vitest'
import { bitsOf, blobs, model, objective } from '../test/blobs.js'
import { fit } from './fit.js'
import { learningRateFinder } from './learning-rate-finder.js'

const train = blobs(0, 150)
const options = { loss: objective.loss, train, optimizer: sgd, key: random.key(1), batchSize: 16 }
const start = () => init(model, [2], random.key(0))

describe('learningRateFinder', () => {
  it('tries rates evenly in their logarithm', async () => {
    const begin = start()
    const { history } = await learningRateFinder(model, begin, { ...options, from: 1e-4, to: 0.1, steps: 31 })
    expect(history).toHaveLength(31)
    expect(history[0]?.learningRate).toBeCloseTo(1e-4, 12)
    expect(history[30]?.learningRate).toBeCloseTo(0.1, 12)
    expect(history[10]?.learningRate).toBeCloseTo(1e-3, 12)
    expect(bitsOf(begin)).toEqual(bitsOf(start()))
  })

  it('uses those rates: tiny ones change nothing, so losses are those of a model that stands still', async () => {
    const { history } = await learningRateFinder(model, start(), { ...options, from: 1e-30, to: 1e-29, steps: 9 })
    const still = await fit(model, start(), { ...options, optimizer: sgd(0), epochs: 1 })
    const mean = history.reduce((sum, { loss }) => sum + loss, 0) / 9
    expect(mean).toBeGreaterThan(0.5)
    expect(still.history[0]?.train.loss).toBeCloseTo(mean, 1)
  })

  it('suggests a rate by which the model learns, and ends when the loss explodes', async () => {
    // A square: descent diverges from rates of 2 / 2 on.
    const layer = dense(1)
    const x = random.normal(random.key(0), [64, 1])
    const square = {
      train: { x, y: x.mul(3).add(random.normal(random.key(9), [64, 1])) },
      loss: (a: typeof x, b: typeof x) => np.square(a.sub(b)),
      optimizer: sgd,
      key: random.key(2),
      batchSize: 64,
    }
    const begin = init(layer, [1], random.key(1))
    const found = await learningRateFinder(layer, begin, { ...square, from: 1e-4, to: 1000, steps: 120 })
    expect(found.history.length).toBeLessThan(120)
    expect(found.history.every(({ loss, smoothed }) => Number.isFinite(loss) && Number.isFinite(smoothed))).toBe(true)
    const suggestion = found.suggestion as number
    expect(suggestion).toBeGreaterThan(0.001)
    expect(suggestion).toBeLessThan(1)
    const trained = await fit(layer, begin, { ...square, optimizer: sgd(suggestion), epochs: 40 })
    expect(trained.history.at(-1)?.train.loss).toBeLessThan((trained.history[0]?.train.loss as number) / 2)
    expect(found.plot).toMatch(/^<svg /)
    expect(found.plot).toContain(`Falls fastest at ${suggestion.toPrecision(2)}`)
  })

  it('suggests nothing if the loss never falls', async () => {
    const layer = dense(1)
    const found = await learningRateFinder(layer, init(layer, [1], random.key(0)), {
      train: { x: np.ones([4, 1]), y: np.ones([4, 1]) },
      loss: (a) => a.mul(0).add(1),
      optimizer: sgd,
      key: random.key(1),
    })
    expect(found.suggestion).toBeNull()
    expect(found.plot).toContain('The loss never falls')
  })

  it('says what is wrong with its range', async () => {
    await expect(learningRateFinder(model, start(), { ...options, from: 1, to: 0.1 })).rejects.toThrow(
      'learningRateFinder: 100 steps from 1 to 0.1 are no range',
    )
    await expect(learningRateFinder(model, start(), { ...options, smoothing: 1 })).rejects.toThrow('smoothing is 1')
  })
})
