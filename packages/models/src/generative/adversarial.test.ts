import { grad, jit, np, random, type Tensor, tree } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import {
  batchNorm,
  type Conditioned,
  conditionalBatchNorm,
  dense,
  losses,
  named,
  serial,
  spectralNorm,
  tanh,
} from '@puregrad/nn'
import { adam, sgd } from '@puregrad/optim'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { adversarial } from './adversarial.js'
import { orthogonalPenalty, r1Penalty, wganPenalty } from './penalties.js'

const generator = named({ hidden: dense(6), norm: batchNorm(), tanh, out: dense(2) })
const discriminator = named({ hidden: dense(5), tanh, out: dense(1) })
const optimizers = { generator: sgd(0.1), discriminator: adam(0.01) }
const sample = (key: random.Key, count: number): Tensor => random.normal(key, [count, 3])
const real = random.normal(random.key(9), [12, 2]).add(1)
const key = random.key(4)
const usual = { loss: losses.nonSaturatingGan, optimizers, sample }

const same = (a: unknown, b: unknown): void => {
  const [left, right] = [a, b].map((x) => tree.leaves(x as never) as readonly Tensor[]) as [
    readonly Tensor[],
    readonly Tensor[],
  ]
  expect(left.length).toBe(right.length)
  left.forEach((x, i) => {
    expect(np.allclose(x, right[i] as Tensor, { atol: 1e-6, rtol: 1e-5 }).item()).toBe(true)
  })
}

describe('adversarial', () => {
  it('is pure: the same arguments, the same bits, and others for another key', () => {
    const game = adversarial(generator, discriminator, usual)
    const start = game.init([3], [2], random.key(0))
    const [first, again, other] = [key, key, random.key(5)].map((k) => game.step(start, k, real)[0])
    expect(String(first?.generator.params.out.kernel)).toBe(String(again?.generator.params.out.kernel))
    expect(String(first?.generator.params.out.kernel)).not.toBe(String(other?.generator.params.out.kernel))
    same(jit(game.step)(start, key, real), game.step(start, key, real))
  })

  it('of n critic steps is n steps of the critic with a still generator, then one of the generator', () => {
    fc.assert(
      fc.property(fc.constantFrom(2, 3, 4), (criticSteps) => {
        const game = adversarial(generator, discriminator, { ...usual, criticSteps })
        const start = game.init([3], [2], random.key(0))
        const [next, measured] = game.step(start, key, real)
        // By hand, with the same keys.
        const keys = [...random.split(key, criticSteps + 1)]
        const size = 12 / criticSteps
        let { params, optimizerState } = start.discriminator
        const lost: number[] = []
        for (let i = 0; i < criticSteps; i++) {
          const part = real.slice({ start: i * size, stop: (i + 1) * size })
          const [sampleKey, makeKey] = [...random.split(keys[i] as Tensor, 5)] as [Tensor, Tensor]
          const { params: own, state } = start.generator
          const [fake] = generator.apply(own, state, sample(sampleKey, part.shape[0] as number), {
            mode: 'train',
            key: makeKey,
          })
          const loss = (p: typeof params): Tensor => {
            const [onReal, onFake] = [part, fake].map(
              (x) => discriminator.apply(p, start.discriminator.state, x, { mode: 'eval' })[0],
            )
            return usual.loss.discriminator(onReal as Tensor, onFake as Tensor).mean()
          }
          lost.push(loss(params).item())
          const [updates, after] = optimizers.discriminator.update(grad(loss)(params), optimizerState, params)
          params = tree.map((p: Tensor, u: Tensor) => p.add(u), params, updates) as typeof params
          optimizerState = after
        }
        same(next.discriminator.params, params)
        expect(measured.discriminator.item()).toBeCloseTo(lost.reduce((a, b) => a + b, 0) / criticSteps, 5)
        const [sampleKey, makeKey] = [...random.split(keys.at(-1) as Tensor, 3)] as [Tensor, Tensor]
        const part = real.slice({ start: 12 - size })
        const loss = (p: typeof start.generator.params): Tensor => {
          const [fake] = generator.apply(p, start.generator.state, sample(sampleKey, part.shape[0] as number), {
            mode: 'train',
            key: makeKey,
          })
          return usual.loss
            .generator(discriminator.apply(params, start.discriminator.state, fake, { mode: 'eval' })[0])
            .mean()
        }
        const slope = grad(loss)(start.generator.params)
        same(
          next.generator.params,
          tree.map((p: Tensor, g: Tensor) => p.sub(g.mul(0.1)), start.generator.params, slope),
        )
      }),
      { numRuns: 3 },
    )
  })

  it('averages the generator and its statistics: decay · average + (1 − decay) · now', () => {
    const game = adversarial(generator, discriminator, { ...usual, averageDecay: 0.9, averageFrom: 1 })
    const step = jit(game.step)
    const [first] = step(game.init([3], [2], random.key(0)), key, real)
    const [second] = step(first, random.key(6), real)
    // Until it begins, it is the generator itself.
    same(first.average, { params: first.generator.params, state: first.generator.state })
    const { params, state } = second.generator
    const expected = tree.map((a: Tensor, x: Tensor) => a.mul(0.9).add(x.mul(0.1)), first.average, { params, state })
    same(second.average, expected)
  })

  it('learns where real points are', () => {
    const line = dense(1)
    const critic = named({ hidden: dense(16), tanh, out: dense(1) })
    const game = adversarial(line, critic, {
      loss: losses.nonSaturatingGan,
      optimizers: { generator: adam(0.02, { b1: 0.5 }), discriminator: adam(0.02, { b1: 0.5 }) },
      sample: (k, count) => random.normal(k, [count, 1]),
      criticSteps: 2,
      penalty: r1Penalty({ weight: 0.1 }),
      averageDecay: 0.98,
    })
    const step = jit(game.step)
    let state = game.init([1], [1], random.key(0))
    for (let i = 0; i < 300; i++)
      [state] = step(
        state,
        random.key(i),
        random
          .normal(random.key(1000 + i), [96, 1])
          .mul(0.5)
          .add(2),
      )
    const { params } = state.average
    expect(Math.abs(params.bias.item() - 2)).toBeLessThan(0.3)
    expect(Math.abs(Math.abs(params.kernel.item()) - 0.5)).toBeLessThan(0.2)
  })

  it('gives critics the classes that images were made for', () => {
    const maker = serial(conditionalBatchNorm({ classes: 3 }), dense(2))
    const critic = serial(conditionalBatchNorm({ classes: 3 }), spectralNorm(dense(1)))
    const game = adversarial(maker, critic, {
      ...usual,
      sample: (k, count, { condition }: Conditioned) => ({
        x: random.normal(k, [count, 4]),
        condition: condition.add(1).mod(3),
      }),
      penalty: r1Penalty(),
    })
    const start = game.init({ x: [4], condition: [] }, { x: [2], condition: [] }, random.key(0))
    const batch = { x: real, condition: np.arange(12, { dtype: 'int32' }).mod(3) }
    const [next, measured] = jit(game.step)(start, key, batch)
    expect(measured.penalty.item()).toBeGreaterThan(0)
    expect(next.steps.item()).toBe(1)
  })

  it('moves both by what penalties and regularisers add, and measures losses without them', () => {
    const plain = adversarial(generator, discriminator, usual)
    const start = plain.init([3], [2], random.key(0))
    const [, before] = plain.step(start, key, real)
    const heavy = adversarial(generator, discriminator, {
      ...usual,
      penalty: r1Penalty({ weight: 3 }),
      regularise: orthogonalPenalty({ weight: 1 }),
    })
    const [next, after] = heavy.step(start, key, real)
    expect(after.discriminator.item()).toBeCloseTo(before.discriminator.item(), 6)
    expect(after.penalty.item()).toBeGreaterThan(0)
    const slope = grad(orthogonalPenalty({ weight: 1 }) as (p: typeof start.generator.params) => Tensor)(
      start.generator.params,
    )
    const [without] = adversarial(generator, discriminator, { ...usual, penalty: r1Penalty({ weight: 3 }) }).step(
      start,
      key,
      real,
    )
    same(
      next.generator.params,
      tree.map((p: Tensor, g: Tensor) => p.sub(g.mul(0.1)), without.generator.params, slope),
    )
  })

  it('says what is wrong', () => {
    const bad = (options: object) => () => adversarial(generator, discriminator, { ...usual, ...options })
    expect(bad({ loss: undefined })).toThrow('adversarial: the options have no loss')
    expect(bad({ criticSteps: 1.5 })).toThrow('criticSteps is 1.5')
    expect(bad({ averageDecay: 1 })).toThrow('averageDecay is 1')
    expect(bad({ averageFrom: -1 })).toThrow('averageFrom is -1')
    const game = adversarial(generator, discriminator, { ...usual, criticSteps: 5 })
    const start = game.init([3], [2], random.key(0))
    expect(() => game.step(start, key, real)).toThrow('a batch of 12 cannot be shared by 5 steps')
    const wide = adversarial(dense(3), discriminator, usual)
    expect(() => wide.step(wide.init([3], [2], random.key(0)), key, real)).toThrow(
      'makes [12,3] and real images are [12,2]',
    )
  })
})

describe('penalties', () => {
  const weights = random.normal(random.key(1), [2, 4], { dtype: 'float64' })
  const critic =
    (w: Tensor) =>
    (x: Tensor): Tensor =>
      np.sum(np.tanh(np.matmul(x, w)), { axis: 1 })
  const [truth, made] = [
    random.normal(random.key(2), [5, 2], { dtype: 'float64' }),
    random.normal(random.key(3), [5, 2], { dtype: 'float64' }),
  ]
  it.each([
    ['r1Penalty', r1Penalty({ weight: 2 })],
    ['wganPenalty', wganPenalty({ weight: 2 })],
  ])('%s has the gradient that differences have', (_, penalty) => {
    checkGrads((w: Tensor) => penalty(critic(w), truth, made, key).mean(), [weights], { order: 1 })
  })
  it('r1Penalty is γ/2 times the squared slope of each example, by differences', () => {
    const f = critic(weights)
    const step = 1e-5
    const slope = [0, 1].map((k) => {
      const move = np.eye(2, { dtype: 'float64' }).at(k).get().mul(step)
      return f(truth.add(move))
        .sub(f(truth.sub(move)))
        .div(2 * step)
    }) as [Tensor, Tensor]
    const squares = np.square(slope[0]).add(np.square(slope[1]))
    expect(np.allclose(r1Penalty({ weight: 6 })(f, truth, made, key), squares.mul(3), { rtol: 1e-6 }).item()).toBe(true)
  })
  it('orthogonalPenalty is 0 of orthogonal columns of any length, and leaves named parameters alone', () => {
    const turned = np.linalg.qr(random.normal(random.key(7), [6, 3]))[0].mul(np.array([1, 2, 3]))
    const penalty = orthogonalPenalty({ weight: 1, except: ['shared'] })
    expect(penalty({ kernel: turned.reshape([2, 3, 3]), bias: np.ones([3]) }).item()).toBeCloseTo(0, 6)
    expect(penalty({ shared: { embedding: np.ones([3, 3]) } }).item()).toBe(0)
    expect(penalty({ kernel: np.ones([2, 3]) }).item()).toBeCloseTo(24, 5)
    checkGrads((w: Tensor) => penalty({ w }), [weights], { order: 2 })
  })
  it('say which weights there are', () => {
    for (const make of [r1Penalty, wganPenalty, orthogonalPenalty])
      expect(() => make({ weight: -1 })).toThrow(`${make.name}: the weight is -1`)
  })
})
