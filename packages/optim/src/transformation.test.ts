import { np, type Tensor } from '@puregrad/core'
import fc from 'fast-check'
import { concatAll } from 'fp-ts/lib/Monoid.js'
import { describe, expect, it } from 'vitest'
import { numbers, params } from '../test/values.js'
import {
  adadelta,
  adafactor,
  adam,
  applyIfFinite,
  chain,
  clip,
  clipByGlobalNorm,
  ema,
  freeze,
  type GradientTransformation,
  identity,
  injectHyperparams,
  lamb,
  lars,
  lbfgs,
  linearSchedule,
  lion,
  lookahead,
  Monoid,
  masked,
  multiSteps,
  normalize,
  partition,
  radam,
  reduceOnPlateau,
  type SomeTransformation,
  sam,
  scale,
  scaleByAdam,
  scaleByLearningRate,
  scaleByRms,
  sgd,
  trace,
  zeroNans,
} from './index.js'

const transformation: fc.Arbitrary<SomeTransformation> = fc.letrec<{ any: SomeTransformation }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom<SomeTransformation>(
      identity,
      scale(0.5),
      trace(0.9),
      clip(1),
      clipByGlobalNorm(2),
      scaleByAdam(),
      scaleByRms(),
      scaleByLearningRate(linearSchedule(1, 0, 5)),
      adam(0.1),
      radam(0.1),
      lion(0.1),
      lamb(0.1),
      lars(0.1),
      adadelta(0.5),
      adafactor(0.1),
      ema(0.5),
      zeroNans(),
      freeze({ w: true, layers: false }),
      masked(adam(0.1), { w: false, layers: true }),
      partition({ a: sgd(0.1), b: adam(0.1) }, { w: 'a', layers: 'b' }),
      multiSteps(adam(0.1), 2),
      applyIfFinite(trace(0.5), 2),
      reduceOnPlateau({ factor: 0.5, patience: 1 }),
      lookahead(sgd(0.1), 2, 0.5),
      sam(sgd(0.1), chain(normalize(), sgd(0.05))),
      injectHyperparams(({ rate }) => sgd(rate), { rate: linearSchedule(1, 0, 5) }),
      lbfgs({ memorySize: 2, linesearch: null }),
    ),
    fc.array(tie('any'), { maxLength: 3 }).map((parts) => chain(...parts)),
  ),
})).any

/** Updates and states of three steps, every bit of them. */
const history = (t: SomeTransformation, p: unknown): unknown => {
  const { init, update } = t as GradientTransformation<unknown>
  let state = init(p)
  return [
    numbers(state),
    ...[1, 2, 3].map(() => {
      const [updates, next] = update(p, state, p, { value: 1 })
      state = next
      return numbers([updates, state])
    }),
  ]
}

describe('chain is a monoid', () => {
  it('is associative: updates and states are the same however it is grouped', () => {
    fc.assert(
      fc.property(transformation, transformation, transformation, params, (a, b, c, p) => {
        const [left, right] = [Monoid.concat(Monoid.concat(a, b), c), Monoid.concat(a, Monoid.concat(b, c))]
        expect(history(left, p)).toEqual(history(right, p))
      }),
      { numRuns: 40 },
    )
  })

  it('has identity as its unit on both sides, states included', () => {
    fc.assert(
      fc.property(transformation, params, (t, p) => {
        expect(history(Monoid.concat(Monoid.empty, t), p)).toEqual(history(t, p))
        expect(history(Monoid.concat(t, Monoid.empty), p)).toEqual(history(t, p))
      }),
      { numRuns: 40 },
    )
  })

  it('folds a list of transformations with fp-ts', () => {
    const parts = [clip(1), trace(0.9), scale(-0.1)] as const
    const p = { w: np.array([1, -2]) }
    expect(history(concatAll(Monoid)(parts), p)).toEqual(history(chain(...parts), p))
  })
})

describe('chain', () => {
  it('hands each transformation the updates of the one before', () => {
    const [updates] = chain(scale(3), clip(2)).update({ w: np.array([1, 0.5]) }, [null, null])
    expect(updates.w.toArray()).toEqual([2, 1.5])
  })

  it('has the states of its parts as its state, those of chains spread out', () => {
    const p = { w: np.zeros([2]) }
    const state = chain(clip(1), adam(0.1), trace(0.5)).init(p)
    expect(state).toHaveLength(4)
    expect(Object.keys(state[1])).toEqual(['count', 'mu', 'nu'])
    expect(state[3].trace.w?.toArray()).toEqual([0, 0])
  })

  it('of one is that one', () => {
    const only = sgd(0.1)
    expect(chain(only)).toBe(only)
  })

  it('changes neither gradients, nor state, nor parameters', () => {
    const optimizer = chain(clipByGlobalNorm(1), adam(0.1))
    const grads = { w: np.array([3, 4]) }
    const state = optimizer.init(grads)
    const before = numbers([grads, state])
    optimizer.update(grads, state, grads)
    expect(numbers([grads, state])).toEqual(before)
  })
})

describe('identity', () => {
  it('leaves updates as they are and remembers nothing', () => {
    const grads: { readonly w: Tensor } = { w: np.array([1, 2]) }
    const [updates, state] = identity.update(grads, identity.init(grads))
    expect(updates).toBe(grads)
    expect(state).toEqual([])
  })
})
