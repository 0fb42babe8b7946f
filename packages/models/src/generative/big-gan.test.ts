import { jit, np, random, type Tensor } from '@puregrad/core'
import { batchNorm, type Conditioned, conv2d, init, losses, named, relu, spectralNorm } from '@puregrad/nn'
import { adam } from '@puregrad/optim'
import { describe, expect, it } from 'vitest'
import { adversarial } from './adversarial.js'
import { bigGanDiscriminator, bigGanGenerator } from './big-gan.js'
import { orthogonalPenalty } from './penalties.js'
import { standingStatistics, truncatedNoise } from './truncation.js'

const small = { size: 8, channels: 1, width: 2, classes: 3 } as const
const generator = bigGanGenerator({ ...small, shared: 4, attention: 8 })
const discriminator = bigGanDiscriminator({ ...small, attention: 4 })
const labels = (count: number): Tensor => np.arange(count, { dtype: 'int32' }).mod(3)
const input = (count: number): Conditioned => ({
  x: random.normal(random.key(3), [count, 6]),
  condition: labels(count),
})
const made = init(generator, { x: [6], condition: [] }, random.key(0))
const told = init(discriminator, { x: [8, 8, 1], condition: [] }, random.key(1))

describe('bigGan', () => {
  it('starts with orthogonal kernels, gates that are shut, and norms that do nothing', () => {
    const { kernel } = (made.params as { level1: { conv1: { kernel: Tensor } } }).level1.conv1
    const columns = kernel.reshape([-1, 2])
    expect(np.allclose(np.matmul(columns.T, columns), np.eye(2), { atol: 1e-5 }).item()).toBe(true)
    expect((made.params as { attention: { gate: Tensor } }).attention.gate.item()).toBe(0)
  })

  it('gives every level its part of the noise, and classes their own images', () => {
    const { x, condition } = input(3)
    const images = (noise: Tensor, of = condition): Tensor =>
      generator.apply(made.params, made.state, { x: noise, condition: of }, { mode: 'train', key: random.key(4) })[0]
    const plain = images(x)
    for (const [start, stop] of [
      [0, 3],
      [3, 6],
    ] as const) {
      const other = np.where(np.arange(6).ge(start).mul(np.arange(6).lt(stop)).ne(0), x.add(1), x)
      expect(np.max(np.abs(images(other).sub(plain))).item()).toBeGreaterThan(1e-4)
    }
    expect(np.max(np.abs(images(x, condition.add(1).mod(3)).sub(plain))).item()).toBeGreaterThan(1e-4)
  })

  it('judges how real an image is plus how much it is of its class: differences of classes are products', () => {
    const images = random.normal(random.key(5), [2, 8, 8, 1])
    const logit = (k: number, x = images): Tensor =>
      discriminator.apply(
        told.params,
        told.state,
        { x, condition: np.full([2], k, { dtype: 'int32' }) },
        { mode: 'eval' },
      )[0]
    // embed(a) − embed(b) is one vector: the logits of classes lie apart as its product with what is seen.
    const [a, b] = [logit(0).sub(logit(1)), logit(0).sub(logit(2))]
    expect(np.max(np.abs(a.sub(b))).item()).toBeGreaterThan(1e-4)
    expect(logit(1).shape).toEqual([2])
  })

  it('is played with any loss: a jitted step moves everything, and stays finite', () => {
    const game = adversarial(generator, discriminator, {
      loss: losses.hingeGan,
      optimizers: { generator: adam(1e-3, { b1: 0 }), discriminator: adam(1e-3, { b1: 0 }) },
      sample: (key, count, { condition }: Conditioned) => ({ x: random.normal(key, [count, 6]), condition }),
      criticSteps: 2,
      regularise: orthogonalPenalty({ except: ['shared'] }),
    })
    const start = game.init({ x: [6], condition: [] }, { x: [8, 8, 1], condition: [] }, random.key(0))
    const batch = { x: random.normal(random.key(6), [6, 8, 8, 1]), condition: labels(6) }
    const [next, seen] = jit(game.step)(start, random.key(7), batch)
    for (const x of Object.values(seen)) expect(Number.isFinite(x.item())).toBe(true)
    const before = start.generator.params as { shared: { embedding: Tensor } }
    const after = next.generator.params as { shared: { embedding: Tensor } }
    expect(np.max(np.abs(after.shared.embedding.sub(before.shared.embedding))).item()).toBeGreaterThan(0)
  })

  it('says what is wrong', () => {
    expect(() => bigGanGenerator({ size: 28, attention: 16 })).toThrow('Levels of images of 28 have 14, 28.')
    expect(() => bigGanDiscriminator({ size: 28, attention: 28 })).toThrow('Levels of images of 28 have 14, 7.')
    expect(() => bigGanGenerator({ classes: 0 })).toThrow('classes is 0')
    const planned = generator.plan({ x: [7], condition: [] })
    expect(planned._tag === 'Left' && planned.left.message).toContain('noise of [7] is to be shared by 2 levels')
  })
})

describe('standingStatistics', () => {
  const layer = named({ conv: spectralNorm(conv2d(2, { kernelSize: 3 })), norm: batchNorm({ momentum: 0.7 }), relu })
  const variables = init(layer, [4, 4, 1], random.key(0))
  const batches = [1, 2, 3].map((seed) => random.normal(random.key(seed), [5, 4, 4, 1]).add(seed))
  const found = standingStatistics(layer, variables, batches, random.key(9))

  it('are plain averages of what each batch has, whatever the momentum', () => {
    const fresh = named({ conv: spectralNorm(conv2d(2, { kernelSize: 3 })), norm: batchNorm({ momentum: 0 }), relu })
    const each = batches.map(
      (x, i) =>
        fresh.apply(variables.params, variables.state, x, { mode: 'train', key: random.foldIn(random.key(9), i) })[1]
          .norm,
    )
    const mean = each
      .map(({ mean }) => mean)
      .reduce((a, b) => a.add(b))
      .div(3)
    const spread = each
      .map((one) => one.var)
      .reduce((a, b) => a.add(b))
      .div(3)
    expect(np.allclose(found.norm.mean, mean, { rtol: 1e-4 }).item()).toBe(true)
    expect(np.allclose(found.norm.var, spread, { rtol: 1e-4 }).item()).toBe(true)
  })
  it('leave the rest of the state as it is', () => {
    expect(found.conv).toEqual(variables.state.conv)
  })
  it('need a batch', () => {
    expect(() => standingStatistics(layer, variables, [], random.key(0))).toThrow('there are no batches')
  })
})

describe('truncatedNoise', () => {
  it('lies within the threshold, and without one is normal', () => {
    const z = truncatedNoise(random.key(0), [2000, 4], 0.5)
    expect(np.max(np.abs(z)).item()).toBeLessThanOrEqual(0.5)
    // That of a normal distribution cut at ±½: 1 − 2 · ½ φ(½) / (2 Φ(½) − 1), its root.
    expect(np.std(z).item()).toBeCloseTo(0.2837, 2)
    const all = truncatedNoise(random.key(0), [50, 4], Number.POSITIVE_INFINITY)
    expect(np.arrayEqual(all, random.normal(random.key(0), [50, 4])).item()).toBe(true)
    expect(() => truncatedNoise(random.key(0), [1, 1], 0)).toThrow('the threshold is 0')
  })
})
