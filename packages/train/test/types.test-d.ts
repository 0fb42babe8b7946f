/** The compiler knows what a training takes and gives. */
import { random, type Tensor } from '@puregrad/core'
import { dense, init, lambda, serial } from '@puregrad/nn'
import { type AdamState, adam, type LearningRateState, sgd } from '@puregrad/optim'
import type { Either } from 'fp-ts/lib/Either.js'
import { expectTypeOf, it } from 'vitest'
import {
  type Callback,
  type CheckpointError,
  type Examples,
  earlyStopping,
  evaluate,
  fit,
  loadSession,
  type Metrics,
  predict,
  type Session,
  summary,
} from '../src/node.js'

declare const x: Tensor
declare const examples: Examples
const model = serial(dense(4), dense(2))
const variables = init(model, [3], random.key(0))
const loss = (outputs: Tensor, targets: Tensor): Tensor => outputs.sub(targets)

it('keeps the types of parameters and of the optimiser state', async () => {
  const fitted = await fit(model, variables, {
    train: examples,
    loss,
    optimizer: adam(1e-3),
    epochs: 1,
    key: random.key(0),
  })
  expectTypeOf(fitted.params).toEqualTypeOf<typeof variables.params>()
  expectTypeOf(fitted.params[1].kernel).toEqualTypeOf<Tensor>()
  expectTypeOf(fitted.optimizerState).toEqualTypeOf<readonly [AdamState, LearningRateState]>()
  expectTypeOf(evaluate(model, fitted, examples, { loss })).toEqualTypeOf<Metrics>()
  expectTypeOf(predict(model, fitted, x)).toEqualTypeOf<Tensor>()
  expectTypeOf(summary(model, [3])).toEqualTypeOf<string>()
})

it('takes trees of inputs, and losses of what the layer gives', () => {
  const pair = lambda(({ a, b }: { readonly a: Tensor; readonly b: Tensor }) => a.add(b))
  const start = { params: null, state: null }
  const options = { loss, optimizer: adam(1e-3), epochs: 1, key: random.key(0) }
  fit(pair, start, { ...options, train: { x: { a: x, b: x }, y: x } })
  // @ts-expect-error the layer takes a pair
  fit(pair, start, { ...options, train: { x, y: x } })
  // @ts-expect-error the state of a layer is not left out
  evaluate(pair, { params: null }, { x: { a: x, b: x }, y: x }, { loss })
})

it('keeps the types of a session through saving and resuming', async () => {
  const optimizer = adam(1e-3)
  const options = { train: examples, loss, optimizer, epochs: 1, key: random.key(0) }
  const { session } = await fit(model, variables, options)
  type Ours = Session<typeof variables.params, typeof variables.state, readonly [AdamState, LearningRateState]>
  expectTypeOf(session).toEqualTypeOf<Ours>()
  const like = { ...variables, optimizerState: optimizer.init(variables.params) }
  const loaded = await loadSession('a', like)()
  expectTypeOf(loaded).toExtend<Either<CheckpointError, Ours>>()
  expectTypeOf((await fit(model, session, options)).params).toEqualTypeOf<typeof variables.params>()
  // @ts-expect-error a session of another optimiser
  fit(model, session, { ...options, optimizer: sgd(0.1, { momentum: 0.9 }) })
})

it('takes callbacks with any states', () => {
  const counting: Callback<{ readonly n: number }> = { name: 'n', init: { n: 0 }, reduce: (state) => [state, []] }
  fit(model, variables, {
    train: examples,
    loss,
    optimizer: adam(1e-3),
    epochs: 1,
    key: random.key(0),
    callbacks: [counting, earlyStopping()],
  })
})
