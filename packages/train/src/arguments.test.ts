/** What training is called with by mistake: the error names function, argument and cure. */
import { ArgumentError, np, random } from '@puregrad/core'
import { dense, dropout, init, losses } from '@puregrad/nn'
import { adam, type Schedule, sgd } from '@puregrad/optim'
import { describe, expect, it } from 'vitest'
import { evaluate, fit, learningRateFinder, predict } from './index.js'

const model = dense(1)
const key = random.key(0)
const start = init(model, [2], key)
const train = { x: np.ones([4, 2]), y: np.ones([4, 1]) }
const finding = { train, loss: losses.l2Loss, optimizer: (rate: Schedule) => sgd(rate), key }
const options = { train, loss: losses.l2Loss, optimizer: sgd(0.1), epochs: 1, key }

/** Calls as plain JavaScript makes them. */
const wrong = <T>(value: T): never => value as never
const without = (name: keyof typeof options): never => ({ ...options, [name]: undefined }) as never

const cases: readonly (readonly [() => unknown, RegExp])[] = [
  [() => fit(wrong(undefined), start, options), /^fit: the layer, argument 1, is undefined/],
  [() => fit(model, wrong(undefined), options), /^fit: argument 2 is undefined\. .*init\(layer, shape, key\)/],
  [() => fit(model, wrong(start.params), options), /^fit: argument 2 is an object of kernel, bias/],
  [() => fit(model, start, wrong(undefined)), /^fit: the options, argument 3, is undefined/],
  [() => fit(model, start, without('train')), /^fit: train is undefined\. Examples are \{ x, y \}/],
  [() => fit(model, start, { ...options, train: wrong({ x: train.x }) }), /^fit: train is an object of x\./],
  [() => fit(model, start, without('loss')), /^fit: loss is undefined/],
  [() => fit(model, start, without('optimizer')), /^fit: optimizer is undefined/],
  [() => fit(model, start, without('key')), /^fit: key is undefined/],
  [() => fit(model, start, wrong({ ...options, batch_size: 3 })), /^fit: .*Did you mean 'batchSize'\?/],
  [() => learningRateFinder(wrong(undefined), start, finding), /^learningRateFinder: the layer/],
  [
    () => learningRateFinder(model, start, { ...finding, optimizer: wrong(undefined) }),
    /^learningRateFinder: optimizer/,
  ],
  [() => evaluate(wrong(undefined), start, train, options), /^evaluate: /],
  [() => evaluate(model, start, wrong(undefined), { loss: options.loss }), /^evaluate: argument 3 is undefined/],
  [() => evaluate(model, start, train, wrong({})), /^evaluate: loss is undefined/],
  [() => predict(model, wrong(undefined), train.x), /^predict: argument 2 is undefined/],
  [() => predict(model, start, wrong(undefined)), /^predict: x, argument 3, is undefined/],
  [() => adam(wrong({ learningRate: 1e-3 })), /^adam: learningRate is an object of learningRate, .*adam\(0\.001\)/],
  [() => adam(wrong(undefined)), /^adam: learningRate is undefined/],
  [() => sgd(0.1, wrong(0.9)), /^sgd: options are given as a record, not as 0\.9.*momentum/],
  [() => adam(0.1, wrong({ beta1: 0.9 })), /^adam: there is no option 'beta1'/],
  [() => dropout(wrong({ rate: 0.5 })), /^dropout: rate is an object of rate, .*dropout\(0\.5\)/],
  [() => dense(wrong({ units: 3 })), /^dense: features is an object of units, .*dense\(3\)/],
]

describe('training', () => {
  it.each(cases)('%s', async (f, message) => {
    const error = await (async () => f())().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ArgumentError)
    expect((error as Error).message).toMatch(message)
  })
})
