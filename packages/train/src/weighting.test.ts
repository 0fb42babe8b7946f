import { np, random, type Tensor } from '@puregrad/core'
import { dense, init } from '@puregrad/nn'
import { sgd } from '@puregrad/optim'
import { describe, expect, it } from 'vitest'
import { bitsOf, blobs, objective } from '../test/blobs.js'
import { evaluate } from './evaluate.js'
import { fit } from './fit.js'
import { weighted } from './weighting.js'

const layer = dense(3)
const start = () => init(layer, [2], random.key(0))
const options = { ...objective, optimizer: sgd(0.1), epochs: 2, batchSize: 90, shuffle: false, key: random.key(1) }
const train = blobs(0, 90)

describe('weighted', () => {
  it('multiplies the losses by the weights of examples and of their classes', () => {
    const losses = np.array([1, 2, 3])
    const labels = np.array([2, 0, 2], { dtype: 'int32' })
    expect(weighted(losses, labels, undefined, undefined)).toBe(losses)
    expect(weighted(losses, labels, np.array([1, 0, 2]), undefined).toArray()).toEqual([1, 0, 6])
    expect(weighted(losses, labels, np.array([1, 0, 2]), [5, 6, 7]).toArray()).toEqual([7, 0, 42])
  })

  it('weighs all losses of an example alike, and steps of a sequence by their own labels', () => {
    const losses = np.array([
      [1, 2],
      [3, 4],
    ])
    const labels = np.array(
      [
        [0, 1],
        [1, 1],
      ],
      { dtype: 'int32' },
    )
    expect(weighted(losses, labels, np.array([1, 10]), [2, 3]).toArray()).toEqual([
      [2, 6],
      [90, 120],
    ])
  })

  it('keeps the dtype of the losses', () => {
    const losses = np.array([1, 2], { dtype: 'float64' })
    expect(weighted(losses, np.array([0, 1], { dtype: 'int32' }), np.array([1, 2]), [1, 2]).dtype).toBe('float64')
  })

  it('says what is wrong with losses and targets', () => {
    const [losses, labels] = [np.ones([4]), np.zeros([4], { dtype: 'int32' })]
    expect(() => weighted(np.mean(losses), labels, np.ones([4]), undefined)).toThrow(
      'fit: weights float32[4] weigh the loss of each example, but the loss is float32[]',
    )
    expect(() => weighted(losses, np.ones([4, 2]), undefined, [1, 2])).toThrow(
      'fit: classWeights are for integer labels, and the targets are float32[4,2]',
    )
    expect(() => weighted(losses, { a: labels }, undefined, [1])).toThrow('the targets are a tree')
  })
})

describe('fit with weights', () => {
  it('takes a weight of two for an example seen twice, but for the mean', async () => {
    const weights = np.array(Float32Array.from({ length: 90 }, (_, i) => (i < 30 ? 2 : 1)))
    const once = await fit(layer, start(), { ...options, train: { ...train, weights } })
    const repeated = {
      x: np.concatenate([train.x, train.x.slice({ stop: 30 })], { axis: 0 }),
      y: np.concatenate([train.y, train.y.slice({ stop: 30 })], { axis: 0 }),
    }
    const twice = await fit(layer, start(), {
      ...options,
      optimizer: sgd(0.1 * (120 / 90)),
      batchSize: 120,
      train: repeated,
    })
    const [a, b] = [once, twice].map(({ params }) => [...params.kernel.data(), ...params.bias.data()])
    a?.forEach((value, i) => {
      expect(value).toBeCloseTo(b?.[i] as number, 5)
    })
  })

  it('learns nothing from examples and classes of weight 0', async () => {
    const none = await fit(layer, start(), { ...options, train: { ...train, weights: np.zeros([90]) } })
    expect(bitsOf(none.params)).toEqual(bitsOf(start().params))
    expect(none.history[0]?.train.loss).toBe(0)
    const one = await fit(layer, start(), { ...options, train, classWeights: [1, 0, 1] })
    const where = await fit(layer, start(), {
      ...options,
      train: { ...train, weights: np.array(Float32Array.from({ length: 90 }, (_, i) => (i % 3 === 1 ? 0 : 1))) },
    })
    expect(bitsOf(one.params)).toEqual(bitsOf(where.params))
  })

  it('of one is fit without', async () => {
    const plain = await fit(layer, start(), { ...options, train })
    const ones = await fit(layer, start(), {
      ...options,
      train: { ...train, weights: np.ones([90]) },
      classWeights: [1, 1, 1],
    })
    expect(bitsOf(ones.params)).toEqual(bitsOf(plain.params))
  })

  it('shuffles and accumulates weights with their examples', async () => {
    const weights = (train.y as Tensor).astype('float32')
    const more = { ...options, shuffle: true, train: { ...train, weights } }
    const whole = await fit(layer, start(), { ...more, batchSize: 30 })
    const parts = await fit(layer, start(), { ...more, batchSize: 10, accumulate: 3 })
    const byClass = await fit(layer, start(), { ...more, train, classWeights: [0, 1, 2], batchSize: 30 })
    expect(bitsOf(whole.params)).toEqual(bitsOf(byClass.params))
    const [a, b] = [whole, parts].map(({ params }) => params.kernel.data())
    a?.forEach((value, i) => {
      expect(value).toBeCloseTo(b?.[i] as number, 5)
    })
  })

  describe('of 0 on what is not a number', () => {
    const kept = np.array(Float32Array.from({ length: 90 }, (_, i) => (i % 4 === 0 ? 0 : 1)))
    const bad = (x: Tensor, value: number): Tensor =>
      np.where(kept.reshape([90, ...x.shape.slice(1).map(() => 1)]).eq(0), value, x)
    const target = np.stack([train.y.astype('float32'), train.x.slice({}, 0), train.x.slice({}, 1)], { axis: 1 })
    const squares = (a: Tensor, b: Tensor): Tensor => np.square(a.sub(b))
    const roots = (a: Tensor, b: Tensor): Tensor => np.sqrt(np.square(a.sub(b)))
    const good = { x: train.x, y: target, weights: kept }
    const cases: Readonly<Record<string, readonly [typeof good, typeof squares]>> = {
      'NaN in inputs': [{ ...good, x: bad(good.x, Number.NaN) }, squares],
      '∞ in inputs': [{ ...good, x: bad(good.x, Number.POSITIVE_INFINITY) }, squares],
      'NaN in targets': [{ ...good, y: bad(good.y, Number.NaN) }, squares],
      '∞ in targets': [{ ...good, y: bad(good.y, Number.NEGATIVE_INFINITY) }, squares],
      'NaN in both': [{ ...good, x: bad(good.x, Number.NaN), y: bad(good.y, Number.NaN) }, squares],
      // Its logarithm is not there above the targets of examples that count.
      'a loss of ∞': [
        { ...good, y: bad(good.y.mul(0).sub(1e6), Number.POSITIVE_INFINITY) },
        (a, b) => np.log(a.sub(b)),
      ],
    }
    it.each(Object.keys(cases))('%s learns what the others say', async (name) => {
      const [examples, loss] = cases[name] as (typeof cases)[string]
      const found = await fit(layer, start(), { ...options, loss, train: examples, metrics: {} })
      const present = [...kept.data()].flatMap((weight, i) => (weight === 0 ? [] : [i]))
      const at = (x: Tensor): Tensor => np.take(x, np.array(Int32Array.from(present)), { axis: 0 })
      const alone = { x: at(examples.x), y: at(examples.y) }
      const share = present.length / 90
      const expected = await fit(layer, start(), {
        ...options,
        loss: (a: Tensor, b: Tensor) => loss(a, b).mul(share),
        train: alone,
        metrics: {},
      })
      const [a, b] = [found, expected].map(({ params }) => [...params.kernel.data(), ...params.bias.data()])
      a?.forEach((value, i) => {
        expect(value).toBeCloseTo(b?.[i] as number, 4)
      })
      expect(found.history[0]?.train.loss).toBeCloseTo(expected.history[0]?.train.loss as number, 3)
      expect(evaluate(layer, start(), examples, { loss, batchSize: 7 }).loss).toBeCloseTo(
        evaluate(layer, start(), examples, { loss }).loss as number,
        4,
      )
    })

    it('also where all of a batch counts 0, and at positions of sequences', async () => {
      const none = { ...good, x: good.x.mul(Number.NaN), y: good.y.mul(Number.NaN), weights: np.zeros([90]) }
      const found = await fit(layer, start(), { ...options, loss: squares, metrics: {}, train: none })
      expect(bitsOf(found.params)).toEqual(bitsOf(start().params))
      const three = (x: Tensor): Tensor => x.reshape([30, 3, ...x.shape.slice(1)])
      const steps = { x: three(bad(good.x, Number.NaN)), y: three(bad(good.y, Number.NaN)), weights: three(kept) }
      const sequences = await fit(layer, start(), { ...options, loss: roots, metrics: {}, train: steps, batchSize: 30 })
      const flat = await fit(layer, start(), { ...options, loss: roots, metrics: {}, train: good, batchSize: 90 })
      const [a, b] = [sequences, flat].map(({ params }) => [...params.kernel.data()])
      a?.forEach((value, i) => {
        expect(value).toBeCloseTo(b?.[i] as number, 5)
      })
    })

    it('and for classes', async () => {
      const x = np.where(np.expandDims(train.y, 1).eq(2), Number.NaN, train.x)
      const found = await fit(layer, start(), { ...options, train: { x, y: train.y }, classWeights: [1, 1, 0] })
      const clean = await fit(layer, start(), { ...options, train, classWeights: [1, 1, 0] })
      expect(bitsOf(found.params)).toEqual(bitsOf(clean.params))
    })
  })

  it('is measured by evaluate, too', () => {
    const weights = np.array(Float32Array.from({ length: 90 }, (_, i) => (i < 45 ? 2 : 0)))
    const half = { x: train.x.slice({ stop: 45 }), y: train.y.slice({ stop: 45 }) }
    const [a, b] = [{ ...train, weights }, half].map(
      (examples) => evaluate(layer, start(), examples, { loss: options.loss }).loss,
    )
    expect(a).toBeCloseTo(b as number, 5)
  })
})
