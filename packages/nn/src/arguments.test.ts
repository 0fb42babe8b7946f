/** What layers and functions are called with by mistake: the error names function, argument and cure. */
import { ArgumentError, np, random, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import type { Ctx, SomeLayer } from './index.js'
import * as nn from './index.js'

const x = np.ones([2, 3])
const key = random.key(0)

/** Calls as plain JavaScript makes them. */
const wrong = <T>(value: T): never => value as never

const messageOf = (f: () => unknown): string => {
  try {
    f()
  } catch (error) {
    expect(error).toBeInstanceOf(ArgumentError)
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}

describe('options', () => {
  it.each([
    [() => nn.leakyRelu(x, wrong(0.2)), /^leakyRelu: .*Did you mean \{ negativeSlope: 0\.2 \}\?/],
    [() => nn.elu(x, wrong(0.5)), /^elu: .*Did you mean \{ alpha: 0\.5 \}\?/],
    [() => nn.leakyRelu(x, wrong({ slope: 0.2 })), /^leakyRelu: there is no option 'slope'.*'negativeSlope'/],
    [() => nn.leakyRelu(wrong({ slope: 0.2 })), /^leakyRelu: there is no option 'slope'/],
    [() => nn.softmax(x, wrong(0)), /^softmax: .*Did you mean \{ axis: 0 \}\?/],
    [() => nn.softmax(x, wrong({ dim: 0 })), /^softmax: there is no option 'dim'. Did you mean 'axis'\?/],
    [() => nn.softmax(wrong([1, 2])), /^softmax: .*not as \[1, 2\]/],
    [() => nn.dense(3, wrong({ bias: false })), /^dense: there is no option 'bias'. Did you mean .*useBias/],
    [() => nn.conv2d(3, wrong({ kernel_size: 3 })), /^conv2d: .*Did you mean 'kernelSize'\?/],
    [() => nn.conv2d(3, wrong(3)), /^conv2d: options are given as a record, not as 3/],
    [() => nn.layerNorm(wrong({ eps: 1e-5 })), /^layerNorm: .*Did you mean 'epsilon'\?/],
    [() => nn.lstm(3, wrong({ returnSequence: false })), /^lstm: .*Did you mean 'returnSequences'\?/],
    [() => nn.concat(wrong({ dim: 1 })), /^concat: .*Did you mean 'axis'\?/],
    [() => nn.concat(wrong(1)), /^concat: .*Did you mean \{ axis: 1 \}\?/],
    [() => nn.losses.huberLoss(x, x, wrong(2)), /^losses\.huberLoss: .*Did you mean \{ delta: 2 \}\?/],
    [() => nn.losses.softmaxCrossEntropy(x, wrong([1, 0])), /^losses\.softmaxCrossEntropy: argument 2 is \[1, 0\]/],
    [() => nn.initializers.normal(wrong(0.1)), /^initializers\.normal: .*Did you mean \{ stddev: 0\.1 \}\?/],
    [() => nn.maxPool(x, [2], wrong({ stride: 2 })), /^maxPool: .*Did you mean 'strides'\?/],
    [() => nn.init(nn.dense(2), [3], key, wrong('float64')), /^init: .*Did you mean \{ dtype: 'float64' \}\?/],
  ])('%s', (f, message) => expect(messageOf(f)).toMatch(message))
})

describe('init, describe and parameterCount', () => {
  it.each([
    [() => nn.init(nn.dense(2), wrong(4), key), /^init: the input shape is 4\. A shape is an array, .*: \[4\]\.$/],
    [() => nn.init(nn.dense(2), wrong(x), key), /^init: .*a tensor float32\[2,3\]\. .*x\.shape\.slice\(1\)/],
    [() => nn.init(nn.dense(2), wrong(undefined), key), /^init: the input shape is undefined/],
    [() => nn.init(nn.dense(2), [wrong(null), 3], key), /^init: .*\[null, 3\]/],
    [() => nn.init(nn.dense(2), [-1], key), /^init: the input shape is \[-1\]\. Sizes are whole numbers/],
    [() => nn.init(nn.dense(2), [4], wrong(0)), /^init: the key is 0\. .*random\.key\(0\)/],
    [() => nn.init(nn.dense(2), [4], wrong(undefined)), /^init: the key is undefined\. .*random\.key\(seed\)/],
    [() => nn.init(wrong(undefined), [4], key), /^init: the layer is undefined/],
    [() => nn.init(wrong(nn.relu), [4], key), /^init: the layer is the function relu\. .*nn\.lambda/],
    [() => nn.parameterCount(nn.dense(2), wrong(4)), /^parameterCount: the input shape is 4/],
    [() => nn.describe(nn.dense(2), wrong(4)), /^describe: the input shape is 4/],
  ])('%s', (f, message) => expect(messageOf(f)).toMatch(message))

  it('takes trees of shapes', () => {
    expect(() => nn.init(nn.parallel(nn.dense(2), nn.dense(3)), [[4], [5]], key)).not.toThrow()
    expect(() => nn.init(nn.rnn(nn.gruCell(4), { carry: true }), { x: [5, 3], carry: [4] }, key)).not.toThrow()
  })
})

describe('apply without a context', () => {
  const square = nn.dense(3)
  const image = { kernelSize: 1 }
  /** Layers of every kind, with the shape of one example. */
  const layers: Readonly<Record<string, readonly [SomeLayer, unknown]>> = {
    stateless: [square, [3]],
    serial: [nn.serial(square, nn.relu), [3]],
    named: [nn.named({ a: square }), [3]],
    parallel: [nn.parallel(square, square), [[3], [3]]],
    fanOut: [nn.fanOut(square, square), [3]],
    shared: [nn.shared(square), [[3], [3]]],
    concat: [nn.concat(square, square), [3]],
    residual: [nn.residual(square), [3]],
    'residual with a way around': [nn.residual(square, square), [3]],
    repeat: [nn.repeat(square, 2), [3]],
    remat: [nn.remat(square), [3]],
    mapParams: [nn.mapParams(square, (p) => p), [3]],
    freeze: [nn.freeze(square), [3]],
    capture: [nn.capture(square), [3]],
    weightNorm: [nn.weightNorm(square), [3]],
    spectralNorm: [nn.spectralNorm(square), [3]],
    lambda: [nn.lambda((v: Tensor) => v), [3]],
    dropout: [nn.dropout(0.5), [3]],
    batchNorm: [nn.batchNorm(), [3]],
    rnn: [nn.lstm(3), [5, 3]],
    conv2d: [nn.conv2d(3, image), [2, 2, 3]],
    selfAttention: [nn.selfAttention({ heads: 1 }), [5, 4]],
    transformerEncoder: [nn.transformerEncoder({ heads: 1 }), [5, 4]],
    transformerDecoder: [nn.transformerDecoder({ heads: 1 }), { x: [5, 4], memory: [6, 4] }],
    tiedEmbedding: [nn.tiedEmbedding(5, 3, square), [4]],
  }
  it.each(Object.entries(layers))('%s says what is missing', (_, [layer, shape]) => {
    const { params, state } = nn.init(layer as unknown as nn.Layer<unknown, unknown>, wrong(shape), key)
    const apply = (ctx: unknown): unknown => layer.apply(wrong(params), wrong(state), wrong(x), ctx as Ctx)
    expect(messageOf(() => apply(undefined))).toMatch(
      /: apply takes \(params, state, x, ctx\), and ctx is undefined\. .*\{ mode: 'eval' \}, or \{ mode: 'train', key: random\.key\(seed\) \}/,
    )
    expect(messageOf(() => apply(true))).toMatch(/ctx is true/)
    expect(messageOf(() => apply({ mode: 'test' }))).toMatch(/: the mode of ctx.* is 'test'/)
    expect(messageOf(() => apply({ mode: 'train' }))).toMatch(
      /: training needs a random key, and ctx\.key is undefined/,
    )
    expect(messageOf(() => apply({ mode: 'train', key: 0 }))).toMatch(/ctx\.key is 0/)
  })

  it('or without x, or the state between them', () => {
    const { params } = nn.init(square, [3], key)
    const apply = square.apply as (...args: readonly unknown[]) => unknown
    expect(messageOf(() => apply(params, x, { mode: 'eval' }))).toMatch(/^dense\(3\): .*ctx is undefined/)
    expect(messageOf(() => apply(params, null, undefined, { mode: 'eval' }))).toMatch(/^dense\(3\): .*x is undefined/)
    const model = nn.serial(square)
    expect(messageOf(() => model.apply(wrong(undefined), [null], x, { mode: 'eval' }))).toMatch(
      /init\(layer, shape, key\)/,
    )
  })
})
