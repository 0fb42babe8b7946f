import { grad, jit, np, scan, type Tensor, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { numbers } from '../test/values.js'
import { adagrad, adam, adamax, adamw, nadam, rmsprop, sgd } from './optimizers.js'
import { cosineDecaySchedule } from './schedules.js'
import { chain, type GradientTransformation, identity } from './transformation.js'
import {
  addDecayedWeights,
  clipByGlobalNorm,
  scale,
  scaleByAdam,
  scaleByRms,
  scaleByRss,
  trace,
} from './transformations.js'
import { applyUpdates } from './trees.js'

interface Params {
  readonly w: Tensor
  readonly b: Tensor
}

const start: Params = { w: np.array([0.5, -1, 2]), b: np.array(0.25) }
const loss = ({ w, b }: Params, x: Tensor): Tensor => np.square(np.sum(w.mul(x)).add(b).sub(1))
const inputs = np.array([
  [1, 0.5, -1],
  [0, 2, 1],
  [-1, 1, 0.5],
  [2, 0, 1],
])

const stepOf =
  <S>(optimizer: GradientTransformation<S>) =>
  ([params, state]: readonly [Params, S], x: Tensor): readonly [readonly [Params, S], Tensor] => {
    const [updates, next] = optimizer.update(grad(loss)(params, x), state, params)
    return [[applyUpdates(params, updates), next], loss(params, x)]
  }

const optimizers: Readonly<Record<string, GradientTransformation<unknown>>> = {
  sgd: sgd(0.1) as GradientTransformation<unknown>,
  'sgd with momentum': sgd(0.1, { momentum: 0.9, nesterov: true }) as GradientTransformation<unknown>,
  'adam on a schedule': adam(cosineDecaySchedule(0.1, 10)) as GradientTransformation<unknown>,
  nadam: nadam(0.1) as GradientTransformation<unknown>,
  adamw: adamw(0.1, { mask: { w: true, b: false } }) as GradientTransformation<unknown>,
  adamax: adamax(0.1) as GradientTransformation<unknown>,
  rmsprop: rmsprop(0.1, { momentum: 0.9 }) as GradientTransformation<unknown>,
  'rmsprop, centered': rmsprop(0.1, { centered: true }) as GradientTransformation<unknown>,
  adagrad: adagrad(0.1) as GradientTransformation<unknown>,
  'a clipped chain': chain(clipByGlobalNorm(1), adam(0.1)) as GradientTransformation<unknown>,
}

describe.each(Object.entries(optimizers))('%s', (_, optimizer) => {
  const step = stepOf(optimizer)
  const first = [start, optimizer.init(start)] as const
  const stepped = [...inputs].reduce<readonly [Params, unknown]>((carry, x) => step(carry, x)[0], first)

  it('gives a state of the same structure and types at every step', () => {
    const types = (x: unknown): unknown =>
      JSON.stringify(x, (_key, value) => (value?.dtype ? [value.shape, value.dtype] : value))
    expect(types(stepped[1])).toEqual(types(first[1]))
  })

  it('takes whole steps under jit and in a scan, bit for bit', () => {
    const once = jit(step)
    const jitted = [...inputs].reduce<readonly [Params, unknown]>(
      (carry, x) => once(carry, x)[0] as typeof first,
      first,
    )
    expect(numbers(jitted)).toEqual(numbers(stepped))
    expect(once.stats().traces).toBe(1)
    const [scanned] = scan(step as never, first as never, inputs) as unknown as readonly [typeof first]
    expect(numbers(scanned)).toEqual(numbers(stepped))
  })

  it('trains many parameters at once under vmap, each as if alone', () => {
    const starts = [1, 2, 3].map((k): Params => ({ w: start.w.mul(k), b: start.b.sub(k) }))
    const stacked: Params = { w: np.stack(starts.map(({ w }) => w)), b: np.stack(starts.map(({ b }) => b)) }
    const train = (p: Params): Params =>
      [...inputs].reduce<readonly [Params, unknown]>((c, x) => step(c, x)[0], [p, optimizer.init(p)])[0]
    const together = vmap(train)(stacked)
    starts.forEach((p, i) => {
      const alone = train(p)
      alone.w.data().forEach((value, k) => {
        expect(together.w.slice(i, k).item()).toBeCloseTo(value, 5)
      })
      expect(together.b.slice(i).item()).toBeCloseTo(alone.b.item(), 5)
    })
  })
})

describe('recipes', () => {
  const same = (a: GradientTransformation<never>, b: GradientTransformation<never>): void => {
    const run = (t: GradientTransformation<never>): unknown =>
      numbers(
        [...inputs].reduce<readonly [Params, never]>((carry, x) => stepOf(t)(carry, x)[0], [start, t.init(start)])[0],
      )
    expect(run(a)).toEqual(run(b))
  }

  it('are what they are chained from', () => {
    same(adam(0.1) as never, chain(scaleByAdam(), scale(-0.1)) as never)
    same(sgd(0.1) as never, chain(identity, scale(-0.1)) as never)
    same(sgd(0.1, { momentum: 0.5 }) as never, chain(trace(0.5), scale(-0.1)) as never)
    same(adamw(0.1, { weightDecay: 0.2 }) as never, chain(scaleByAdam(), addDecayedWeights(0.2), scale(-0.1)) as never)
    same(nadam(0.1) as never, adam(0.1, { nesterov: true }) as never)
    same(rmsprop(0.1, { decay: 0.5 }) as never, chain(scaleByRms({ decay: 0.5 }), scale(-0.1)) as never)
    same(rmsprop(0.1, { momentum: 0.5 }) as never, chain(scaleByRms(), scale(-0.1), trace(0.5)) as never)
    same(adagrad(0.1) as never, chain(scaleByRss(), scale(-0.1)) as never)
  })

  it('take a tensor as learning rate, to be batched and differentiated', () => {
    const after = (learningRate: Tensor): Tensor => {
      const optimizer = adam(learningRate)
      const [updates] = optimizer.update(grad(loss)(start, np.ones([3])), optimizer.init(start), start)
      return loss(applyUpdates(start, updates), np.ones([3]))
    }
    const rates = np.array([0.01, 0.1])
    const losses = vmap(after)(rates)
    ;[0.01, 0.1].forEach((rate, i) => {
      expect(losses.slice(i).item()).toBeCloseTo(after(np.array(rate)).item(), 6)
    })
    const slope = (after(np.array(0.1001)).item() - after(np.array(0.0999)).item()) / 2e-4
    expect(grad(after)(np.array(0.1)).item()).toBeCloseTo(slope, 2)
  })
})
