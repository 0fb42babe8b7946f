/** The compiler knows what layers hold, take and give, and what does not fit. */
import { grad, jit, type Tensor, vmap } from '@puregrad/core'
import { expectTypeOf, it } from 'vitest'
import {
  type AttentionParams,
  type BatchNormState,
  batchNorm,
  type Ctx,
  concat,
  type DenseParams,
  dense,
  dropout,
  type embedding,
  fanOut,
  flatten,
  type GruParams,
  gru,
  init,
  type Layer,
  lambda,
  losses,
  type NormParams,
  named,
  type ParamsOf,
  parallel,
  relu,
  remat,
  repeat,
  residual,
  type StateOf,
  selfAttention,
  serial,
  shared,
  softmax,
  tanh,
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
