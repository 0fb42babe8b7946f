import { np, random, type Tensor } from '@puregrad/core'
import { init, losses, metrics } from '@puregrad/nn'
import { isRight } from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { bitsOf, blobs, model, objective, optimizer } from '../test/blobs.js'
import { checkpoints } from './callbacks/checkpoints.js'
import { decodeSession } from './checkpoint/session-bytes.js'
import * as data from './data/index.js'
import { evaluate } from './evaluate.js'
import { fit } from './fit.js'
import { memoryHost } from './host/memory-host.js'
import { train } from './train.js'
import { trainingStep } from './training-step.js'

const examples = blobs(0, 50)
const start = init(model, [2], random.key(0))
const key = random.key(1)
const options = { ...objective, optimizer, train: examples, epochs: 2, batchSize: 8, shuffle: false, key }
const begin = { ...start, optimizerState: optimizer.init(start.params) }
const one = trainingStep(model, { ...objective, optimizer })
type Batch = typeof examples
const step = (state: typeof begin, k: random.Key, { x, y }: Batch) => one(state, k, x, y)
const batches = pipe(data.fromArrays(examples), data.batch(8)) as data.Source<Batch>
const stopAfter = (steps: number) => ({
  name: 'stop',
  init: null,
  reduce: (_: null, event: { readonly _tag: string; readonly totalSteps: number }) =>
    [
      null,
      event._tag === 'Stepped' && event.totalSteps >= steps ? [{ _tag: 'Stop' as const, reason: 'now' }] : [],
    ] as const,
})

describe('train', () => {
  it('with the step of fit is fit, to the last bit', async () => {
    const fitted = await fit(model, start, options)
    const { state, session } = await train(step, begin, batches, { epochs: 2, key })
    expect(bitsOf(state)).toEqual(
      bitsOf(
        [fitted.params, fitted.state, fitted.optimizerState].slice(0, 0).concat([
          {
            params: fitted.params,
            state: fitted.state,
            optimizerState: fitted.optimizerState,
          } as never,
        ]),
      ),
    )
    expect(session.position).toEqual(fitted.session.position)
  })

  it('gives the same bits for any number of steps in a call, resumed after any step through bytes', async () => {
    const loop = { epochs: 2, key, evaluate: (s: typeof begin) => evaluate(model, s, examples, objective) }
    const whole = await train(step, begin, batches, loop)
    expect(whole.history[1]?.validation?.accuracy).toBeGreaterThan(0.3)
    for (const [stop, stepsPerCall] of [
      [1, 1],
      [5, 5],
      [7, 7],
      [9, 2],
    ] as const) {
      const host = memoryHost()
      const callbacks = [stopAfter(stop), checkpoints('run')]
      const broken = await train(step, begin, batches, { ...loop, stepsPerCall, callbacks, host })
      expect([broken.stopped, broken.reason]).toEqual([true, 'now'])
      const decoded = decodeSession([...host.files.values()].at(-1) as Uint8Array, { state: begin })
      if (!isRight(decoded)) throw new Error('it was saved')
      const resumed = await train(step, decoded.right, batches, loop)
      expect(bitsOf(resumed.state)).toEqual(bitsOf(whole.state))
      const told = ({ history }: typeof whole) => history.map(({ seconds, ...record }) => record)
      expect(told(resumed)).toEqual(told(whole))
    }
    const other = await train(step, begin, batches, { ...loop, callbacks: [stopAfter(1)] })
    await expect(train(step, other.session, pipe(batches, data.take(3)), loop)).rejects.toThrow(
      'was begun with 7 steps',
    )
    await expect(train(step, other.session, batches, { ...loop, key: random.key(9) })).rejects.toThrow('session.key')
  })

  it('weighs what steps measure: examples, weights of their own and totals of streaming metrics', async () => {
    const streaming = metrics.streaming.accuracy()
    const count = (n: Tensor, _: random.Key, { x, y }: Batch) =>
      [
        n.add(1),
        {
          steps: n,
          examples: np.abs(x.slice({}, 0)),
          own: losses.sumAndWeight(x.slice({}, 1)),
          hits: streaming.measure(x, y),
        },
      ] as const
    const loop = { epochs: 1, key, metrics: { hits: streaming } }
    const { history, state } = await train(count, np.array(0), batches, loop)
    const measured = history[0]?.train as Record<string, number>
    expect(state.item()).toBe(7)
    expect(measured.steps).toBe(3)
    expect(measured.examples).toBeCloseTo(np.mean(np.abs(examples.x.slice({}, 0))).item(), 5)
    expect(measured.own).toBeCloseTo(np.mean(examples.x.slice({}, 1)).item(), 5)
    expect(measured.hits).toBeCloseTo(metrics.accuracy(examples.x, examples.y).item(), 5)
  })

  it('takes elements of any shapes, promises of them, and steps that cannot be compiled', async () => {
    const add = (sum: Tensor, _: random.Key, x: Tensor) => [sum.add(np.sum(x)), { size: np.array(x.size) }] as const
    const ragged = data.generate((n) => np.ones([(n % 3) + 1]), 8)
    const late = data.generate(async (n) => np.ones([(n % 3) + 1]), 8)
    const sums = [
      await train(add, np.array(0), ragged, { epochs: 2, key }),
      await train(add, np.array(0), late, { epochs: 2, key }),
      await train(add, np.array(0), ragged, { epochs: 2, key, compiled: false }),
    ].map(({ state, history }) => [state.item(), history[0]?.train.size])
    expect(sums).toEqual(Array.from({ length: 3 }, () => [30, 15 / 8]))
  })

  it('runs without data and without end, and says how long an epoch has to be', async () => {
    const count = (n: Tensor) => [n.add(1), {}] as const
    expect((await train(count, np.array(0), null, { epochs: 2, stepsPerEpoch: 5, key })).state.item()).toBe(10)
    await expect(train(count, np.array(0), null, { epochs: 2, key })).rejects.toThrow('Give stepsPerEpoch')
    await expect(train(count, np.array(0), [1] as never, { epochs: 2, key })).rejects.toThrow('is no source')
  })
})

describe('fit over sources', () => {
  const own = { ...options, shuffle: true }
  const bits = async (
    given: Partial<typeof own> | { readonly train: data.Source<Batch>; readonly batchSize?: null },
  ) => {
    const { params, history } = await fit(model, start, { ...own, ...given } as typeof own)
    return [bitsOf(params), history.map(({ train: measured }) => measured)]
  }

  it('over arrays is fit over their source, shuffled and accumulated', async () => {
    const source = data.fromArrays(examples) as data.Source<Batch>
    for (const accumulate of [1, 3]) {
      const plain = await bits({ accumulate } as never)
      expect(await bits({ train: source, accumulate } as never)).toEqual(plain)
      const late = pipe(
        source,
        data.map(async (example) => example),
      )
      expect(await bits({ train: late, accumulate } as never)).toEqual(plain)
    }
  })

  it('takes batches as a source made them', async () => {
    for (const accumulate of [1, 2, 3]) {
      const plain = await bits({ shuffle: false, accumulate } as never)
      expect(await bits({ train: batches, batchSize: null, shuffle: undefined, accumulate } as never)).toEqual(plain)
    }
  })

  it('goes on in an endless source of weighted draws where it was', async () => {
    const weights = Array.from({ length: 50 }, (_, i) => i % 3)
    const drawn = pipe(
      data.fromArrays(examples),
      data.weighted(random.key(3), weights, { length: Number.POSITIVE_INFINITY }),
    )
    const endless = {
      ...options,
      shuffle: undefined,
      train: drawn as data.Source<Batch>,
      stepsPerEpoch: 5,
    } as never as typeof own
    const whole = await fit(model, start, endless)
    const broken = await fit(model, start, {
      ...endless,
      stepsPerCall: 2,
      callbacks: [stopAfter(7)],
    } as never as typeof own)
    const resumed = await fit(model, broken.session, endless)
    expect(bitsOf(resumed.params)).toEqual(bitsOf(whole.params))
    await expect(fit(model, start, { ...endless, stepsPerEpoch: undefined } as never)).rejects.toThrow(
      'Give stepsPerEpoch',
    )
  })

  it('is evaluated as arrays are', () => {
    const whole = evaluate(model, start, examples, { ...objective, batchSize: 8 })
    const source = data.fromArrays(examples) as data.Source<Batch>
    expect(evaluate(model, start, source, { ...objective, batchSize: 8 })).toEqual(whole)
    expect(evaluate(model, start, batches, { ...objective, batchSize: null })).toEqual(whole)
  })
})
