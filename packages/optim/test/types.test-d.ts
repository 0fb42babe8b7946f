/** The compiler knows states and keeps the types of parameters. */
import { jit, type Tensor } from '@puregrad/core'
import { expectTypeOf, it } from 'vitest'
import {
  type AdamState,
  adam,
  applyUpdates,
  type Chain,
  chain,
  clip,
  type GradientTransformation,
  identity,
  injectHyperparams,
  type LearningRateState,
  lbfgs,
  type MaskedState,
  type MultiStepsState,
  masked,
  multiSteps,
  partition,
  type StateOf,
  scale,
  sgd,
  type TraceState,
  trace,
} from '../src/index.js'

interface Params {
  readonly layers: readonly [{ readonly kernel: Tensor; readonly bias: Tensor }, null]
  readonly scale: Tensor
}

declare const params: Params

it('infers states of chains, flat', () => {
  type Adam = readonly [AdamState, LearningRateState]
  expectTypeOf<StateOf<ReturnType<typeof adam>>>().toEqualTypeOf<Adam>()
  const clipped = chain(clip(1), adam(1e-3))
  expectTypeOf(clipped).toEqualTypeOf<Chain<readonly [null, AdamState, LearningRateState]>>()
  const nested = chain(chain(trace(0.9), identity), chain(scale(1)), clipped)
  expectTypeOf<StateOf<typeof nested>>().toEqualTypeOf<
    readonly [TraceState, null, null, AdamState, LearningRateState]
  >()
  expectTypeOf(chain(scale(1))).toEqualTypeOf<GradientTransformation<null>>()
})

it('keeps the type of the parameters in updates', () => {
  const optimizer = adam(1e-3)
  const [updates, state] = optimizer.update(params, optimizer.init(params), params)
  expectTypeOf(updates).toEqualTypeOf<Params>()
  expectTypeOf(state).toEqualTypeOf<readonly [AdamState, LearningRateState]>()
  expectTypeOf(applyUpdates(params, updates)).toEqualTypeOf<Params>()
})

it('goes through jit unchanged', () => {
  const optimizer = sgd(0.1, { momentum: 0.9 })
  const step = jit((p: Params, s: StateOf<typeof optimizer>) => optimizer.update(p, s, p))
  expectTypeOf(step(params, optimizer.init(params))).toEqualTypeOf<readonly [Params, StateOf<typeof optimizer>]>()
})

it('refuses the state of another transformation', () => {
  const [a, b] = [adam(1e-3), trace(0.9)]
  // @ts-expect-error a trace is no state of adam
  a.update(params, b.init(params))
})

it('infers states of wrappers', () => {
  const wrapped = chain(clip(1), masked(multiSteps(adam(1e-3), 4), true))
  type Inner = MultiStepsState<readonly [AdamState, LearningRateState]>
  expectTypeOf<StateOf<typeof wrapped>>().toEqualTypeOf<readonly [null, MaskedState<Inner>]>()
  const parts = partition({ a: trace(0.9), b: scale(1) }, 'a')
  expectTypeOf<StateOf<typeof parts>['innerStates']['a']>().toEqualTypeOf<MaskedState<TraceState>>()
  const injected = injectHyperparams(({ rate }) => sgd(rate), { rate: 0.1 })
  expectTypeOf<StateOf<typeof injected>['hyperparams']['rate']>().toEqualTypeOf<Tensor>()
})

it('takes a loss of the same parameters for a line search', () => {
  const optimizer = lbfgs()
  const state = optimizer.init(params)
  const valueFn = (p: Params): Tensor => p.scale
  const [updates] = optimizer.update(params, state, params, { value: 1, grad: params, valueFn })
  expectTypeOf(updates).toEqualTypeOf<Params>()
  // @ts-expect-error a loss of other parameters
  optimizer.update(params, state, params, { valueFn: (p: { readonly other: Tensor }) => p.other })
})
