import { np, random, type Tensor } from '@puregrad/core'
import { dense, init, type Layer, serial, stateless, tanh } from '@puregrad/nn'
import { chain, type GradientTransformation, lbfgs, reduceOnPlateau, sgd } from '@puregrad/optim'
import { right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { bitsOf, blobs, model, objective, optimizer } from '../test/blobs.js'
import { evaluate } from './evaluate.js'
import { type FitOptions, fit } from './fit.js'
import type { Metrics } from './history.js'
import type { Progress } from './progress.js'

const train = blobs(0, 150)
const start = () => init(model, [2], random.key(0))
const options = { ...objective, optimizer, train, epochs: 3, batchSize: 16, key: random.key(1) }

/** Remembers what it is told. */
const recorder = () => {
  const events: string[] = []
  const progress: Progress = {
    begin: (name, steps) => events.push(`begin ${name} of ${steps}`),
    step: (done) => events.push(`step ${done}`),
    end: (metrics = {}) => events.push(`end ${Object.keys(metrics)}`),
    stop: () => events.push('stop'),
  }
  return { events, progress }
}

describe('fit', () => {
  it('learns', async () => {
    const validation = blobs(7, 60)
    const { history, stopped, ...fitted } = await fit(model, start(), { ...options, validation, epochs: 8 })
    const losses = history.map((epoch) => epoch.train.loss as number)
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 3)
    expect(history.at(-1)?.validation?.accuracy).toBeGreaterThan(0.95)
    expect(history.at(-1)?.validation).toEqual(evaluate(model, fitted, validation, objective))
    expect(history.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(history.every(({ seconds, interrupted }) => seconds > 0 && interrupted === undefined)).toBe(true)
    expect(stopped).toBe(false)
  })

  it('lets the optimiser watch the loss: a plateau lowers the rate', async () => {
    const watched = chain(sgd(0.1), reduceOnPlateau({ factor: 0.5, patience: 1, rtol: 0.9 }))
    for (const accumulate of [1, 2]) {
      const { optimizerState } = await fit(model, start(), { ...options, optimizer: watched, accumulate })
      const [, plateau] = optimizerState
      expect(plateau.scale.item()).toBeLessThan(0.2)
      expect(plateau.bestValue.item()).toBeGreaterThan(0)
    }
  })

  it('lets the optimiser try steps: L-BFGS on whole batches beats gradient descent', async () => {
    const last = async <U>(optimizer: GradientTransformation<U>, batchSize = 150, accumulate = 1): Promise<number> => {
      const layer = serial(dense(16), tanh, dense(3))
      const whole = { ...options, optimizer, batchSize, accumulate, shuffle: false, epochs: 10 }
      const { history } = await fit(layer, init(layer, [2], random.key(0)), whole)
      return history.at(-1)?.train.loss as number
    }
    const [descent, whole, halves] = [await last(sgd(0.1)), await last(lbfgs()), await last(lbfgs(), 75, 2)]
    expect(whole).toBeLessThan(descent / 5)
    expect(halves).toBeCloseTo(whole, 3)
  })

  it('gives the same bits for the same key, and others for another', async () => {
    const [a, b, c] = [
      await fit(model, start(), options),
      await fit(model, start(), options),
      await fit(model, start(), { ...options, key: random.key(2) }),
    ]
    expect(bitsOf(a.params)).toEqual(bitsOf(b.params))
    expect(bitsOf(a.optimizerState)).toEqual(bitsOf(b.optimizerState))
    expect(a.history.map((epoch) => epoch.train)).toEqual(b.history.map((epoch) => epoch.train))
    expect(bitsOf(a.params)).not.toEqual(bitsOf(c.params))
  })

  it('gives the same bits however many steps run in one call', async () => {
    const [one, many] = [
      await fit(model, start(), { ...options, stepsPerCall: 1 }),
      await fit(model, start(), { ...options, stepsPerCall: 4 }),
    ]
    expect(bitsOf(one.params)).toEqual(bitsOf(many.params))
    one.history.forEach((epoch, i) => {
      expect(epoch.train).toEqual(many.history[i]?.train)
    })
  })

  it('is the fold that its documentation says: one plain step by hand gives its result', async () => {
    const layer = dense(1)
    const params = { kernel: np.array([[1], [2]]), bias: np.array([0]) }
    const examples = {
      x: np.array([
        [1, 0],
        [0, 1],
      ]),
      y: np.array([[2], [0]]),
    }
    const squares = (a: Tensor, b: Tensor): Tensor => np.square(a.sub(b))
    const once = { loss: squares, optimizer: sgd(0.5), train: examples, epochs: 1, batchSize: 2, key: random.key(0) }
    const fitted = await fit(layer, { params, state: null }, once)
    // Residuals −1 and 2; the mean of their squares has gradients −1, 2 by the kernel and 1 by the bias.
    expect(fitted.params.kernel.toArray()).toEqual([[1.5], [1]])
    expect(fitted.params.bias.toArray()).toEqual([-0.5])
    expect(fitted.history[0]?.train.loss).toBe(2.5)
  })

  it('weighs the last, smaller batch by its size', async () => {
    const still = { ...options, optimizer: sgd(0), batchSize: 64, epochs: 1, metrics: {} }
    const plain = dense(3)
    const begin = init(plain, [2], random.key(0))
    const { history } = await fit(plain, begin, still)
    expect(history[0]?.train.loss).toBeCloseTo(evaluate(plain, begin, train, objective).loss as number, 5)
  })

  it('sees every example once an epoch, in another order each time unless told not to', async () => {
    const seen: number[][] = []
    const watch = async (shuffle: boolean): Promise<void> => {
      seen.length = 0
      const y = np.arange(6).astype('float32')
      // With a learning rate of 0 the loss of a batch of one names its example.
      const metrics: FitOptions<Tensor, Tensor, Tensor, unknown>['metrics'] = { which: (_, target) => target }
      const progress: Progress = {
        begin: () => seen.push([]),
        step: (done, { which = 0 } = {}) => seen.at(-1)?.push(Math.round(which * done)),
        end: () => {},
        stop: () => {},
      }
      const layer = dense(1)
      await fit(layer, init(layer, [1], random.key(0)), {
        train: { x: np.ones([6, 1]), y },
        loss: (a) => np.square(a),
        metrics,
        optimizer: sgd(0),
        epochs: 2,
        batchSize: 1,
        stepsPerCall: 1,
        shuffle,
        key: random.key(3),
        progress,
      })
    }
    // Running means times steps are running sums; their differences are the examples.
    const examples = (sums: readonly number[]): number[] => sums.map((sum, i) => sum - (sums[i - 1] ?? 0))
    await watch(false)
    expect(seen.map(examples)).toEqual([
      [0, 1, 2, 3, 4, 5],
      [0, 1, 2, 3, 4, 5],
    ])
    await watch(true)
    const [first, second] = seen.map(examples) as [number[], number[]]
    expect(first).not.toEqual(second)
    for (const epoch of [first, second]) expect(epoch.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('threads the state of layers through the steps', async () => {
    const counter: Layer<{ readonly w: Tensor }, { readonly calls: Tensor }> = {
      name: 'counter',
      plan: () => right({ params: { w: null }, state: { calls: null }, out: [1] } as never),
      apply: ({ w }, { calls }, x, ctx) => [x.mul(w), { calls: ctx.mode === 'train' ? calls.add(1) : calls }],
    }
    const begin = { params: { w: np.array(1) }, state: { calls: np.array(0) } }
    const fitted = await fit(counter, begin, {
      train: { x: np.ones([10, 1]), y: np.ones([10, 1]) },
      validation: { x: np.ones([4, 1]), y: np.ones([4, 1]) },
      loss: (a, b) => np.square(a.sub(b)),
      optimizer: sgd(0.1),
      epochs: 2,
      batchSize: 4,
      key: random.key(0),
    })
    expect(fitted.state.calls.item()).toBe(6)
    expect(begin.state.calls.item()).toBe(0)
  })

  it('goes on from where an earlier training ended', async () => {
    const first = await fit(model, start(), options)
    const second = await fit(model, first, options)
    expect((second.optimizerState[0].count as Tensor).item()).toBe(2 * 3 * 10)
    expect(second.history).toHaveLength(3)
    expect(second.history[0]?.train.loss).toBeLessThan(first.history[0]?.train.loss as number)
  })

  it('tells how far it is', async () => {
    const { events, progress } = recorder()
    await fit(model, start(), { ...options, epochs: 1, validation: train, stepsPerCall: 4, progress })
    expect(events).toEqual([
      'begin Epoch 1/1 of 10',
      'step 4',
      'step 8',
      'step 9',
      'step 10',
      'end loss,accuracy,validation loss,validation accuracy',
    ])
  })

  it('ends with the history so far when its signal says so', async () => {
    const stop = new AbortController()
    const { events, progress } = recorder()
    const stopping: Progress = {
      ...progress,
      step: (done, metrics?: Metrics) => {
        progress.step(done, metrics)
        if (events.filter((event) => event.startsWith('begin')).length === 2 && done >= 4) stop.abort()
      },
    }
    const { history, stopped, params } = await fit(model, start(), {
      ...options,
      stepsPerCall: 2,
      progress: stopping,
      signal: stop.signal,
      validation: train,
    })
    expect(stopped).toBe(true)
    expect(history).toHaveLength(2)
    expect(history[0]?.validation).toBeDefined()
    expect(history[1]).toMatchObject({ epoch: 2, interrupted: true })
    expect(history[1]).not.toHaveProperty('validation')
    expect(Number.isFinite(history[1]?.train.loss)).toBe(true)
    expect(events.at(-1)).toBe('stop')
    expect(bitsOf(params)).not.toEqual(bitsOf(start().params))
  })

  it('does nothing under a signal that has gone off', async () => {
    const begin = start()
    const { history, stopped, params } = await fit(model, begin, { ...options, signal: AbortSignal.abort() })
    expect(history).toEqual([])
    expect(stopped).toBe(true)
    expect(bitsOf(params)).toEqual(bitsOf(begin.params))
  })

  it('lets the event loop run between steps, so that signals arrive', async () => {
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort(), 1)
    const { stopped } = await fit(model, start(), { ...options, epochs: 100_000, signal: stop.signal })
    clearTimeout(timer)
    expect(stopped).toBe(true)
  })

  it('says what is wrong with its numbers', async () => {
    await expect(fit(model, start(), { ...options, epochs: 1.5 })).rejects.toThrow('fit: epochs is 1.5')
    await expect(fit(model, start(), { ...options, batchSize: 0 })).rejects.toThrow('fit: batchSize is 0')
    const labels = { ...options, loss: objective.metrics.accuracy }
    await expect(fit(model, start(), labels)).rejects.toThrow(/The loss is bool\[16\] and only floats can be minimised/)
  })
})

describe('a layer that is one function', () => {
  it('trains without parameters', async () => {
    const double = stateless<null>(
      'double',
      (shape) => right({ params: null, out: shape }),
      (_, x) => x.mul(2),
    )
    const { history } = await fit(double, init(double, [1], random.key(0)), {
      train: { x: np.ones([4, 1]), y: np.ones([4, 1]) },
      loss: (a, b) => np.square(a.sub(b)),
      optimizer: sgd(1),
      epochs: 1,
      key: random.key(0),
    })
    expect(history[0]?.train.loss).toBe(1)
  })
})
