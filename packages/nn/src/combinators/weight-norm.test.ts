import { grad, jit, np, random, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { checkLayer, evaluate, sample, train } from '../../test/check-layer.js'
import { expectNear } from '../../test/near.js'
import { conv2d, dense, init, relu, repeat, serial, spectralNorm, weightNorm } from '../index.js'

describe('weightNorm', () => {
  it('gives the kernel of every output the length that scale says', () => {
    const { params, x, y } = checkLayer(weightNorm(dense(3)), [4])
    const kernel = params.direction.kernel
    const unit = kernel.div(np.sqrt(np.sum(np.square(kernel), { axis: 0 })))
    expectNear(y, x.matmul(unit).add(params.direction.bias), 1e-10)
  })
  it('does not see the length of the direction', () => {
    const layer = weightNorm(conv2d(2, { kernelSize: 3 }))
    const { params, x, y } = checkLayer(layer, [4, 4, 2])
    const longer = { ...params, direction: { ...params.direction, kernel: params.direction.kernel.mul(3) } }
    expectNear(layer.apply(longer, null, x, evaluate)[0], y, 1e-9)
  })
  it('finds kernels anywhere in a model', () => {
    const { params } = init(weightNorm(serial(dense(3), relu, dense(2))), [4], random.key(0))
    expect(Object.keys(params.scale)).toEqual(['0/kernel', '2/kernel'])
  })
})

describe('spectralNorm', () => {
  const layer = spectralNorm(dense(3, { useBias: false }))
  const { params, state } = init(layer, [5], random.key(0), { dtype: 'float64' })
  const x = sample(1, [4, 5])
  it('after some steps, divides by the largest singular value', () => {
    let current = state
    for (let i = 0; i < 100; i++) current = layer.apply(params, current, x, train)[1]
    const [, values] = np.linalg.svd(params.kernel)
    const [y, same] = layer.apply(params, current, x, evaluate)
    expectNear(y, x.matmul(params.kernel.div((values as Tensor).slice(0))), 1e-9)
    expect(same.vector.kernel).toBe(current.vector.kernel)
  })
  it('one call with many iterations is many calls with one', () => {
    const [y] = spectralNorm(dense(3, { useBias: false }), { iterations: 3 }).apply(params, state, x, train)
    let current = state
    for (let i = 0; i < 2; i++) current = layer.apply(params, current, x, train)[1]
    expectNear(layer.apply(params, current, x, train)[0], y, 1e-12)
  })
  it('plan, jit and gradients in evaluation, the vectors being constants', () => {
    checkLayer(spectralNorm(conv2d(2, { kernelSize: 2 })), [3, 3, 2])
    // Wherever σ is exact, W / σ does not change if W is scaled, so the gradient has no part along W.
    let current = state
    for (let i = 0; i < 100; i++) current = layer.apply(params, current, x, train)[1]
    const loss = (p: typeof params): Tensor => np.sum(np.tanh(layer.apply(p, current, x, evaluate)[0]))
    const slope = jit(grad(loss))(params).kernel
    expect(Math.abs(np.sum(slope.mul(params.kernel)).item())).toBeLessThan(1e-9)
  })
  it('starts with a norm of about 1, in stacks and deep inside as well', () => {
    const stretch = (kernel: Tensor): number => {
      const [, values] = np.linalg.svd(kernel)
      return (values as Tensor).slice(0).item()
    }
    const model = serial(dense(6), repeat(spectralNorm(dense(6, { useBias: false })), 3))
    const start = init(model, [4], random.key(2))
    const kernels = start.params[1].kernel
    for (let i = 0; i < 3; i++) {
      const vector = start.state[1].vector.kernel?.slice(i) as Tensor
      const estimate = np.linalg.norm(np.matmul(kernels.slice(i), vector)).item()
      expect(estimate / stretch(kernels.slice(i))).toBeGreaterThan(0.95)
    }
    const alone = init(layer, [5], random.key(3))
    const [y] = layer.apply(alone.params, alone.state, np.eye(5), evaluate)
    expect(stretch(y)).toBeLessThan(1.05)
  })
  it('passes the state of the layer through', () => {
    const [, next] = spectralNorm(dense(2)).apply(
      { kernel: sample(1, [5, 2]), bias: np.zeros([2]) },
      { layer: null, vector: { kernel: sample(2, [2]) } },
      x,
      train,
    )
    expect(next.layer).toBeNull()
    expect(Object.keys(next.vector)).toEqual(['kernel'])
  })
})
