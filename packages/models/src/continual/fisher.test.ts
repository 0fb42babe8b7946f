import { grad, jit, np, random, type Tensor, vmap } from '@puregrad/core'
import { dense, init, logSoftmax, losses, relu, serial, softmax } from '@puregrad/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { empiricalFisher, exactFisher } from './fisher.js'

interface Linear {
  readonly w: Tensor
  readonly b: Tensor
}
const linear = ({ w, b }: Linear, x: Tensor): Tensor => np.matmul(x, w).add(b)
const drawn = (seed: number, n: number, inputs: number, outputs: number) => {
  const [kw, kb, kx, ky] = [...random.split(random.key(seed), 4)] as [Tensor, Tensor, Tensor, Tensor]
  return {
    params: { w: random.normal(kw, [inputs, outputs]), b: random.normal(kb, [outputs]) },
    x: random.normal(kx, [n, inputs]),
    y: random.randint(ky, [n], 0, outputs),
  }
}
const close = (a: Tensor, b: Tensor): Tensor => np.allclose(a, b, { rtol: 1e-4, atol: 1e-6 })
const sizes = fc.record({
  seed: fc.nat(10_000),
  n: fc.integer({ min: 1, max: 7 }),
  inputs: fc.integer({ min: 1, max: 4 }),
  outputs: fc.integer({ min: 2, max: 5 }),
  batchSize: fc.integer({ min: 1, max: 4 }),
})

describe('exactFisher', () => {
  it('of a linear model with softmax is p (1 − p) x², at once and jitted, in batches of any size', () => {
    fc.assert(
      fc.property(sizes, ({ seed, n, inputs, outputs, batchSize }) => {
        const { params, x } = drawn(seed, n, inputs, outputs)
        const p = softmax(linear(params, x))
        const curve = p.mul(np.subtract(1, p))
        const at = (p: Linear, inputs: Tensor): Linear => exactFisher(linear, p, inputs, { batchSize })
        for (const how of [at, jit(at)]) {
          const found = how(params, x)
          expect(close(found.w, np.matmul(np.square(x).T, curve).div(n)).item()).toBe(true)
          expect(close(found.b, np.mean(curve, { axis: 0 })).item()).toBe(true)
        }
      }),
      { numRuns: 20 },
    )
  })

  it('of a linear model with Gaussians is the mean of x², whatever the parameters', () => {
    fc.assert(
      fc.property(sizes, ({ seed, n, inputs, outputs, batchSize }) => {
        const { params, x } = drawn(seed, n, inputs, outputs)
        const found = exactFisher(linear, params, x, { likelihood: 'gaussian', batchSize })
        const column = np.mean(np.square(x), { axis: 0 }).reshape([inputs, 1])
        expect(close(found.w, np.broadcastTo(column, [inputs, outputs])).item()).toBe(true)
        expect(close(found.b, np.ones([outputs])).item()).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  it('of yes and no is the variance of the answer, times x²', () => {
    const { params, x } = drawn(3, 6, 3, 2)
    const p = np.divide(1, np.exp(linear(params, x).neg()).add(1))
    const found = exactFisher(linear, params, x, { likelihood: 'bernoulli', batchSize: 4 })
    expect(close(found.w, np.matmul(np.square(x).T, p.mul(np.subtract(1, p))).div(6)).item()).toBe(true)
  })

  it('of any network is the expectation of squared slopes under its own probabilities', () => {
    const model = serial(dense(5), relu, dense(3))
    const { params, state } = init(model, [4], random.key(0))
    const logits = (p: typeof params, x: Tensor) => model.apply(p, state, x, { mode: 'eval' })[0]
    const x = random.normal(random.key(1), [6, 4])
    const found = exactFisher(logits, params, x)
    const rows = Array.from({ length: 6 }, (_, i) => x.slice({ start: i, stop: i + 1 }))
    const expected = rows
      .flatMap((one) =>
        [0, 1, 2].map((c) => {
          const slope = grad((p: typeof params) => logSoftmax(logits(p, one)).at(0, c).get())(params)[0].kernel
          return np.square(slope).mul(softmax(logits(params, one)).at(0, c).get())
        }),
      )
      .reduce((a, b) => a.add(b))
    expect(close(found[0].kernel, expected.div(6)).item()).toBe(true)
    expect(found[2].bias.shape).toEqual([3])
  })

  it('takes trees of inputs, and vmaps over parameters', () => {
    const scaled = ({ w }: { w: Tensor }, { a, b }: { a: Tensor; b: Tensor }) => np.matmul(a.mul(b), w)
    const inputs = { a: np.ones([3, 2]), b: np.array([[1], [2], [3]]) }
    const two = np.stack([np.zeros([2, 2]), np.ones([2, 2])])
    const found = vmap((w: Tensor) => exactFisher(scaled, { w }, inputs).w)(two)
    expect(close(found, np.full([2, 2, 2], 0.25 * (14 / 3))).item()).toBe(true)
  })

  it('says what is wrong with its arguments', () => {
    const { params, x } = drawn(0, 4, 2, 3)
    expect(() => exactFisher(linear, params, np.zeros([0, 2]))).toThrow('there are no examples')
    expect(() => exactFisher(linear, params, x, { batchSize: 0 })).toThrow('batchSize is 0')
    expect(() => exactFisher(linear, params, x, { likelihood: 'poisson' as never })).toThrow('There are categorical')
    expect(() => exactFisher((p: Linear, v: Tensor) => np.sum(linear(p, v)), params, x)).toThrow('[1, classes]')
    expect(() => exactFisher(linear, params, [x, np.zeros([3])] as never)).toThrow('need one first axis')
  })
})

describe('empiricalFisher', () => {
  const loss = (p: Linear, x: Tensor, y: Tensor): Tensor =>
    np.mean(losses.softmaxCrossEntropyWithIntegerLabels(linear(p, x), y))

  it('of a linear model with softmax is (p − y)² x², jitted and in batches of any size', () => {
    fc.assert(
      fc.property(sizes, ({ seed, n, inputs, outputs, batchSize }) => {
        const { params, x, y } = drawn(seed, n, inputs, outputs)
        const off = softmax(linear(params, x)).sub(np.eye(outputs).at(y).get())
        const found = jit((p: Linear, a: Tensor, b: Tensor) => empiricalFisher(loss, p, [a, b], { batchSize }))(
          params,
          x,
          y,
        )
        expect(close(found.w, np.matmul(np.square(x).T, np.square(off)).div(n)).item()).toBe(true)
        expect(close(found.b, np.mean(np.square(off), { axis: 0 })).item()).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  it('is close to the exact one where labels are drawn from what the model says', () => {
    const { params } = drawn(5, 1, 2, 3)
    const [kx, ky] = [...random.split(random.key(9))] as [Tensor, Tensor]
    const x = random.normal(kx, [4000, 2])
    const y = random.categorical(ky, linear(params, x))
    const [exact, empirical] = [
      exactFisher(linear, params, x, { batchSize: 500 }),
      empiricalFisher(loss, params, [x, y], { batchSize: 500 }),
    ]
    expect(np.allclose(empirical.w, exact.w, { rtol: 0.15, atol: 0.01 }).item()).toBe(true)
  })

  it('takes losses that return a pair', () => {
    const { params, x, y } = drawn(1, 3, 2, 2)
    const pair = (p: Linear, a: Tensor, b: Tensor): readonly [Tensor, { kept: Tensor }] => [loss(p, a, b), { kept: a }]
    expect(np.arrayEqual(empiricalFisher(pair, params, [x, y]).w, empiricalFisher(loss, params, [x, y]).w).item()).toBe(
      true,
    )
  })
})
