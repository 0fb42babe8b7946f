/** The compiler knows what layers hold, take and give, and what does not fit. */
import { grad, jit, type Tensor, vmap } from '@puregrad/core'
import { expectTypeOf, it } from 'vitest'
import {
  type AttentionParams,
  type BatchNormState,
  batchNorm,
  bilinear,
  block,
  type Captured,
  type Ctx,
  capture,
  concat,
  type DenseParams,
  dense,
  dropout,
  einsumDense,
  embedding,
  fanOut,
  flatten,
  freeze,
  type GruParams,
  gru,
  gruCell,
  init,
  type KvCache,
  type Layer,
  type LstmCarry,
  lambda,
  layerNorm,
  losses,
  lstmCell,
  type Masked,
  merge,
  metrics,
  multiHeadAttention,
  type NormParams,
  named,
  type ParamsOf,
  parallel,
  partition,
  type RecurrentParams,
  relu,
  remat,
  repeat,
  residual,
  rnn,
  type StateOf,
  type Stepping,
  selfAttention,
  separableConv2d,
  serial,
  shared,
  softmax,
  spectralNorm,
  type TiedParams,
  tanh,
  tiedEmbedding,
  transformerDecoder,
  transformerEncoder,
  weightNorm,
} from '../src/index.js'

declare const x: Tensor
declare const key: Tensor

const pair = lambda((v: Tensor): readonly [Tensor, Tensor] => [v, v])
const join = lambda(([a, b]: readonly [Tensor, Tensor]): Tensor => a.add(b))

it('serial infers parameters, states, input and output', () => {
  const model = serial(flatten(), dense(512), relu, dropout(0.2), batchNorm(), dense(10))
  expectTypeOf(model).toEqualTypeOf<
    Layer<
      readonly [null, DenseParams, null, null, NormParams, DenseParams],
      readonly [null, null, null, null, BatchNormState, null],
      Tensor,
      Tensor
    >
  >()
  const { params, state } = init(model, [28, 28], key)
  expectTypeOf(params).toEqualTypeOf<ParamsOf<typeof model>>()
  expectTypeOf(state).toEqualTypeOf<StateOf<typeof model>>()
  const loss = (p: typeof params) => model.apply(p, state, x, { mode: 'eval' })[0].sum()
  expectTypeOf(grad(loss)(params)).toEqualTypeOf<typeof params>()
  expectTypeOf(jit(grad(loss))(params)).toEqualTypeOf<typeof params>()
})

it('serial infers types far beyond what models need', () => {
  const five = serial(dense(1), relu, dense(2), tanh, dropout(0.5))
  const deep = serial(
    ...([five, five, five, five, five, five, five, five, five, five, five, five, five, five, five, five] as const),
    ...([five, five, five, five, five, five, five, five, five, five, five, five, five, five, five, five] as const),
    pair,
    join,
    gru(3),
  )
  expectTypeOf<ParamsOf<typeof deep>[34]>().toEqualTypeOf<GruParams>()
  expectTypeOf<ParamsOf<typeof deep>[31][2]>().toEqualTypeOf<DenseParams>()
})

it('serial takes functions, typed by what comes before', () => {
  const model = serial(dense(3), (v) => softmax(v, { axis: -1 }), softmax)
  expectTypeOf<ParamsOf<typeof model>>().toEqualTypeOf<readonly [DenseParams, null, null]>()
})

it('serial rejects a layer that does not take what the one before it gives', () => {
  serial(dense(3), pair, join, dense(4))
  // @ts-expect-error pair gives two tensors and dense takes one
  serial(dense(3), pair, dense(4))
  // @ts-expect-error dense gives one tensor and join takes two
  serial(dense(3), join)
  // @ts-expect-error there is nothing to apply
  serial()
  // @ts-expect-error a number is no layer
  serial(dense(3), 4)
})

it('a context of training needs a key, one of evaluation cannot mention it', () => {
  expectTypeOf<{ mode: 'train'; key: Tensor }>().toExtend<Ctx>()
  expectTypeOf<{ mode: 'eval' }>().toExtend<Ctx>()
  // @ts-expect-error the key is missing
  dropout(0.5).apply(null, null, x, { mode: 'train' })
  // @ts-expect-error evaluation has no key
  dropout(0.5).apply(null, null, x, { mode: 'eval', key })
})

it('parameters are those of the layer', () => {
  const { params } = init(dense(2, { useBias: false }), [3], key)
  expectTypeOf(params).toEqualTypeOf<Omit<DenseParams, 'bias'>>()
  // @ts-expect-error there is no bias
  params.bias
  // @ts-expect-error the bias is missing
  dense(2).apply({ kernel: x }, null, x, { mode: 'eval' })
  // @ts-expect-error a stateless layer has no state
  dense(2).apply({ kernel: x, bias: x }, { mean: x }, x, { mode: 'eval' })
  expectTypeOf<ParamsOf<ReturnType<typeof embedding>>>().toEqualTypeOf<{ readonly embedding: Tensor }>()
  const attention = selfAttention({ heads: 2 })
  expectTypeOf<ParamsOf<typeof attention>>().toEqualTypeOf<AttentionParams>()
})

it('named layers have named parameters and states', () => {
  const model = named({ hidden: dense(8), relu, norm: batchNorm(), logits: dense(3, { useBias: false }) })
  expectTypeOf<ParamsOf<typeof model>['logits']>().toEqualTypeOf<Omit<DenseParams, 'bias'>>()
  expectTypeOf<StateOf<typeof model>['norm']>().toEqualTypeOf<BatchNormState>()
  expectTypeOf<ParamsOf<typeof model>['relu']>().toEqualTypeOf<null>()
  // @ts-expect-error named layers go from one tensor to one tensor
  named({ pair })
})

it('arrays of layers spread', () => {
  const blocks = Array.from({ length: 3 }, () => dense(4))
  const deep = serial(...blocks)
  expectTypeOf<ParamsOf<typeof deep>>().toEqualTypeOf<readonly DenseParams[]>()
  const mixed = serial(pair, join, ...blocks, dropout(0.5))
  expectTypeOf<Parameters<typeof mixed.apply>[2]>().toEqualTypeOf<Tensor>()
  expectTypeOf<ParamsOf<typeof mixed>[1]>().toEqualTypeOf<null>()
})

it('named branches know their records', () => {
  const encoder = fanOut({ mean: dense(2), both: pair, relu })
  expectTypeOf<ParamsOf<typeof encoder>['mean']>().toEqualTypeOf<DenseParams>()
  expectTypeOf<ReturnType<typeof encoder.apply>[0]>().toEqualTypeOf<{
    readonly mean: Tensor
    readonly both: readonly [Tensor, Tensor]
    readonly relu: Tensor
  }>()
})

it('branches know their tuples', () => {
  const branches = fanOut(dense(2), relu, pair)
  expectTypeOf<ReturnType<typeof branches.apply>[0]>().toEqualTypeOf<
    readonly [Tensor, Tensor, readonly [Tensor, Tensor]]
  >()
  // @ts-expect-error all branches take what the first takes
  fanOut(dense(2), join)
  const sides = parallel(dense(2), join)
  expectTypeOf<Parameters<typeof sides.apply>[2]>().toEqualTypeOf<readonly [Tensor, readonly [Tensor, Tensor]]>()
  init(sides, [[3], [[2], [2]]], key)
  // @ts-expect-error one shape for each side
  init(sides, [3], key)
  serial(fanOut(dense(2), dense(3)), concat(), dense(1))
  serial(shared(dense(2)), concat())
  // @ts-expect-error concat with layers joins tensors
  concat(dense(2), pair)
})

it('repeat and residual keep the type of what flows', () => {
  const block = residual(serial(dense(4), tanh))
  expectTypeOf(repeat(block, 3)).toEqualTypeOf<typeof block>()
  expectTypeOf(remat(block)).toEqualTypeOf<typeof block>()
  // @ts-expect-error pair turns one tensor into two
  repeat(pair, 3)
  // @ts-expect-error pair turns one tensor into two
  residual(pair)
})

it('functions are data first or data last', () => {
  expectTypeOf(softmax(x, { axis: 0 })).toEqualTypeOf<Tensor>()
  expectTypeOf(softmax({ axis: 0 })(x)).toEqualTypeOf<Tensor>()
  expectTypeOf(losses.softmaxCrossEntropyWithIntegerLabels(x, x)).toEqualTypeOf<Tensor>()
  expectTypeOf(losses.softmaxCrossEntropyWithIntegerLabels(x)(x)).toEqualTypeOf<Tensor>()
  expectTypeOf(losses.hingeLoss(x, x)).toEqualTypeOf<Tensor>()
  expectTypeOf(vmap(relu)(x)).toEqualTypeOf<Tensor>()
  // @ts-expect-error there is no such option
  softmax(x, { axes: 0 })
})

it('recurrent layers take and give what their options say', () => {
  const plain = rnn(lstmCell(3))
  expectTypeOf(plain).toExtend<Layer<RecurrentParams, null, Tensor, Tensor> & Stepping<RecurrentParams, null>>()
  const both = rnn(gruCell(3), { bidirectional: true })
  expectTypeOf<ParamsOf<typeof both>>().toEqualTypeOf<{ readonly forward: GruParams; readonly backward: GruParams }>()
  serial(both, dense(2))
  const stateful = rnn(lstmCell(3), { carry: true, mask: true })
  type In = Parameters<typeof stateful.apply>[2]
  expectTypeOf<In['carry']>().toEqualTypeOf<LstmCarry>()
  expectTypeOf<In['mask']>().toEqualTypeOf<Tensor>()
  expectTypeOf<ReturnType<typeof stateful.apply>[0]>().toEqualTypeOf<{
    readonly y: Tensor
    readonly carry: LstmCarry
  }>()
  init(stateful, { x: [5, 2], mask: [5], carry: { c: [3], h: [3] } }, key)
  // @ts-expect-error the carry is missing
  init(stateful, { x: [5, 2], mask: [5] }, key)
  // @ts-expect-error a layer with a mask takes a record, and dense gives a tensor
  serial(dense(2), rnn(gruCell(3), { mask: true }))
})

it('attention and transformer blocks', () => {
  const cross = multiHeadAttention({ heads: 2, useBias: false })
  expectTypeOf<ParamsOf<typeof cross>['query']>().toEqualTypeOf<Omit<DenseParams, 'bias'>>()
  init(cross, { query: [3, 8], key: [5, 6] }, key)
  init(cross, { query: [3, 8], key: [5, 6], value: [5, 6], mask: [5] }, key)
  // @ts-expect-error there is nothing to attend to
  init(cross, { query: [3, 8] }, key)
  const block = transformerEncoder({ heads: 2, causal: true })
  serial(embedding(10, 8), repeat(block, 3), dense(10))
  const [params, stacked] = [init(block, [5, 8], key).params, repeat(block, 3)]
  expectTypeOf(block.step(params, null, block.startCache(params, 1, 5), x)[0]).toEqualTypeOf<Tensor>()
  expectTypeOf(stacked.step).toBeFunction()
  // @ts-expect-error flatten sees all positions at once
  serial(block, flatten()).step
  expectTypeOf(weightNorm(gru(3)).step).toBeFunction()
  expectTypeOf(spectralNorm(dense(3)).step).toBeFunction()
  expectTypeOf(shared(dense(3)).step).toBeFunction()
  // @ts-expect-error flatten sees all positions at once
  weightNorm(flatten()).step
  // @ts-expect-error flatten sees all positions at once
  shared(flatten()).step
  expectTypeOf(selfAttention({ heads: 2, causal: true }).startCache).returns.toEqualTypeOf<KvCache>()
  const masked = transformerEncoder({ heads: 2, mask: true })
  expectTypeOf<ReturnType<typeof masked.apply>[0]>().toEqualTypeOf<Masked>()
  repeat(transformerDecoder({ heads: 2 }), 3)
})

it('combinators keep what they wrap', () => {
  const model = serial(dense(3), batchNorm())
  expectTypeOf(freeze(model)).toExtend<typeof model>()
  const captured = capture(model)
  expectTypeOf<ReturnType<typeof captured.apply>[0]>().toEqualTypeOf<Captured<Tensor>>()
  expectTypeOf<ParamsOf<typeof captured>>().toEqualTypeOf<ParamsOf<typeof model>>()
  const normed = weightNorm(dense(3))
  expectTypeOf<ParamsOf<typeof normed>['direction']>().toEqualTypeOf<DenseParams>()
  const spectral = spectralNorm(model)
  expectTypeOf<ParamsOf<typeof spectral>>().toEqualTypeOf<ParamsOf<typeof model>>()
  expectTypeOf<StateOf<typeof spectral>['layer']>().toEqualTypeOf<StateOf<typeof model>>()
  const { params } = init(model, [2], key)
  const [learns, rest] = partition(params, ([layer]) => layer === '0')
  expectTypeOf(learns[0].kernel).toEqualTypeOf<Tensor | null>()
  expectTypeOf(merge<typeof params>(learns, rest)).toEqualTypeOf<typeof params>()
  const tied = tiedEmbedding(10, 4, gru(4))
  expectTypeOf<ParamsOf<typeof tied>>().toEqualTypeOf<TiedParams<GruParams>>()
})

it('products know whether they have a bias', () => {
  const heads = einsumDense('abc,cde->abde', [null, 2, 3])
  expectTypeOf<ParamsOf<typeof heads>>().toEqualTypeOf<Omit<DenseParams, 'bias'>>()
  const biased = einsumDense('abc,cd->abd', [null, 2], { biasAxes: 'd' })
  expectTypeOf<ParamsOf<typeof biased>>().toEqualTypeOf<DenseParams>()
  const product = bilinear(2)
  serial(fanOut(dense(3), dense(4)), product)
  // @ts-expect-error a bilinear layer takes two tensors
  serial(dense(3), product)
  const separate = separableConv2d(2, { kernelSize: 3, useBias: false })
  expectTypeOf<ParamsOf<typeof separate>['pointwise']>().toEqualTypeOf<Omit<DenseParams, 'bias'>>()
})

it('metrics know their batches, and several together their names', () => {
  const both = metrics.together({ accuracy: metrics.streaming.accuracy(), classes: metrics.streaming.classScores(3) })
  expectTypeOf(both.result(both.measure(x, x)).accuracy).toEqualTypeOf<Tensor>()
  expectTypeOf(both.result(both.measure(x, x)).classes.recall).toEqualTypeOf<Tensor>()
  expectTypeOf(metrics.reduceBatches(metrics.streaming.mean(), [[x], [x, x]])).toEqualTypeOf<Tensor>()
  // @ts-expect-error labels are missing
  metrics.reduceBatches(metrics.streaming.accuracy(), [[x]])
  expectTypeOf(losses.reduction(x, 'mean')).toEqualTypeOf<Tensor>()
  expectTypeOf(losses.reduction('mean')(x)).toEqualTypeOf<Tensor>()
  // @ts-expect-error there is no such reduction
  losses.reduction(x, 'average')
})

it('a block has the types of its children and of its body', () => {
  const mlp = block({ norm: layerNorm(), up: dense(8), act: relu }, (run, v: Tensor) => run.act(run.up(run.norm(v))))
  expectTypeOf<ParamsOf<typeof mlp>['up']>().toEqualTypeOf<DenseParams>()
  expectTypeOf<ParamsOf<typeof mlp>['act']>().toEqualTypeOf<null>()
  expectTypeOf(mlp.step).toBeFunction()
  const pair = block({ out: dense(2) }, (run, { a, b }: { readonly a: Tensor; readonly b: Tensor }) => ({
    sum: run.out(a.add(b)),
  }))
  expectTypeOf<ReturnType<typeof pair.apply>[0]>().toEqualTypeOf<{ sum: Tensor }>()
  init(pair, { a: [3], b: [3] }, key)
  // @ts-expect-error b is missing
  init(pair, { a: [3] }, key)
  // @ts-expect-error there is no such child
  block({ out: dense(2) }, (run, v: Tensor) => run.in(v))
  // @ts-expect-error flatten sees all positions at once
  block({ flat: flatten() }, (run, v: Tensor) => run.flat(v)).step
})
