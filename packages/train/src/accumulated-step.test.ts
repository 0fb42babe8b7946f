import { np, random, type Tensor, tree } from '@puregrad/core'
import { dense, init, relu, serial } from '@puregrad/nn'
import { adam, sgd } from '@puregrad/optim'
import { describe, expect, it } from 'vitest'
import { bitsOf, blobs, model, objective, optimizer } from '../test/blobs.js'
import { fit } from './fit.js'

const plain = serial(dense(8), relu, dense(3))
const start = () => init(plain, [2], random.key(0))
const options = { ...objective, optimizer: sgd(0.1), train: blobs(0, 107), epochs: 2, key: random.key(1) }

const farthest = (a: unknown, b: unknown): number => {
  const [as, bs] = [a, b].map((x) => (tree.leaves(x) as readonly Tensor[]).map((leaf) => leaf.data()))
  return Math.max(
    ...(as ?? []).flatMap((x, i) => Array.from(x, (value, k) => Math.abs(value - (bs?.[i]?.[k] as number)))),
  )
}

describe('gradient accumulation', () => {
  // 107 examples: three steps of 32 and one of 11, which is a batch of 8 and one of 3.
  it('gives the steps of batches as large as all together', async () => {
    const large = await fit(plain, start(), { ...options, batchSize: 32 })
    const small = await fit(plain, start(), { ...options, batchSize: 8, accumulate: 4 })
    expect(farthest(large.params, start().params)).toBeGreaterThan(0.01)
    expect(farthest(large.params, small.params)).toBeLessThan(1e-6)
    large.history.forEach(({ train }, i) => {
      expect(small.history[i]?.train.loss).toBeCloseTo(train.loss as number, 6)
      expect(small.history[i]?.train.accuracy).toBeCloseTo(train.accuracy as number, 6)
    })
  })

  it('works in float64', async () => {
    const begin = init(plain, [2], random.key(0), { dtype: 'float64' })
    const train = blobs(0, 107)
    const wide = { ...options, train: { ...train, x: train.x.astype('float64') } }
    const large = await fit(plain, begin, { ...wide, batchSize: 32 })
    const small = await fit(plain, begin, { ...wide, batchSize: 8, accumulate: 4 })
    expect(farthest(large.params, small.params)).toBeLessThan(1e-14)
  })

  it('lets the optimiser see each step once', async () => {
    const { optimizerState } = await fit(plain, start(), {
      ...options,
      optimizer: adam(0.01),
      batchSize: 8,
      accumulate: 4,
    })
    expect((optimizerState[0].count as Tensor).item()).toBe(8)
  })

  it('gives the same bits however many steps run in one call, and after a break', async () => {
    const more = { ...options, optimizer, batchSize: 8, accumulate: 3, epochs: 2 }
    const begin = () => init(model, [2], random.key(0))
    const many = await fit(model, begin(), more)
    const one = await fit(model, begin(), { ...more, stepsPerCall: 1 })
    expect(bitsOf(one.params)).toEqual(bitsOf(many.params))
    const stop = new AbortController()
    const broken = await fit(model, begin(), {
      ...more,
      stepsPerCall: 1,
      signal: stop.signal,
      progress: { begin: () => {}, step: (done) => done === 3 && stop.abort(), end: () => {}, stop: () => {} },
    })
    expect(broken.session.position).toEqual({ epoch: 1, step: 3 })
    const resumed = await fit(model, broken.session, more)
    expect(bitsOf(resumed.params)).toEqual(bitsOf(many.params))
    expect(resumed.history.map(({ train }) => train)).toEqual(many.history.map(({ train }) => train))
  })

  it('of one batch is the plain step', async () => {
    const two = {
      ...options,
      batchSize: 16,
      train: { x: np.ones([5, 2]), y: np.zeros([5], { dtype: 'int32' }) },
      epochs: 1,
    }
    const a = await fit(plain, start(), two)
    const b = await fit(plain, start(), { ...two, accumulate: 2 })
    expect(farthest(a.params, b.params)).toBeLessThan(1e-7)
  })
})
