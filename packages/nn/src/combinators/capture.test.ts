import { grad, jit, np, random, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { evaluate, sample, train } from '../../test/check-layer.js'
import { expectNear } from '../../test/near.js'
import {
  additiveAttention,
  capture,
  concat,
  dense,
  dropout,
  fanOut,
  init,
  named,
  relu,
  remat,
  repeat,
  residual,
  serial,
  shared,
  tanh,
  transformerDecoder,
} from '../index.js'

const x = sample(1, [5, 4])
const inner = serial(relu)

describe('capture', () => {
  const model = serial(dense(4), relu, residual(dense(4)), dense(4), dropout(0.5))
  const { params, state } = init(model, [4], random.key(0), { dtype: 'float64' })
  it('gives what inner layers gave, and the same output', () => {
    const [{ out, intermediates }] = capture(model).apply(params, state, x, evaluate)
    expectNear(out, model.apply(params, state, x, evaluate)[0], 0)
    expect(Object.keys(intermediates)).toEqual([
      'dense(4)',
      'relu',
      'residual/body',
      'residual',
      'dense(4)#2',
      'dropout(0.5)',
    ])
    expectNear(intermediates.relu as Tensor, relu(dense(4).apply(params[0], null, x, evaluate)[0]), 0)
  })
  it('sees the weights of attention if it is asked to', () => {
    const block = transformerDecoder({ heads: 2 })
    const start = init(block, { x: [3, 4], memory: [2, 4] }, random.key(0), { dtype: 'float64' })
    const input = { x: sample(2, [1, 3, 4]), memory: sample(3, [1, 2, 4]) }
    const seen = (options: object) => capture(block, options).apply(start.params, start.state, input, evaluate)[0]
    const { out, intermediates } = seen({ attention: true })
    expectNear(out.x, seen({}).out.x, 0)
    expect(Object.keys(seen({}).intermediates).filter((path) => path.endsWith('weights'))).toEqual([])
    const [own, other] = [intermediates['attention/weights'], intermediates['cross/weights']] as [Tensor, Tensor]
    expect([own.shape, other.shape]).toEqual([
      [1, 2, 3, 3],
      [1, 2, 3, 2],
    ])
    expectNear(own.slice(0, 0, 0), np.array([1, 0, 0], { dtype: 'float64' }), 0)
    const { value, out: last } = start.params.cross
    const values = dense(4).apply(value, null, input.memory, evaluate)[0].reshape([1, 2, 2, 2])
    const mixed = np.einsum('bhqk,bkhd->bqhd', other, values).reshape([1, 3, 4])
    expectNear(intermediates.cross as Tensor, dense(4).apply(last, null, mixed, evaluate)[0], 1e-12)
  })
  it('sees what additive attention looks at', () => {
    const layer = additiveAttention(3)
    const { params: own } = init(layer, { query: [2, 4], key: [3, 4] }, random.key(0), { dtype: 'float64' })
    const input = { query: sample(2, [1, 2, 4]), key: sample(3, [1, 3, 4]), mask: np.array([[1, 1, 0]]) }
    const [{ out, intermediates }] = capture(layer, { attention: true }).apply(own, null, input, evaluate)
    const weights = intermediates.weights as Tensor
    expect(weights.slice(0, {}, 2).toArray()).toEqual([0, 0])
    expectNear(np.matmul(weights, input.key), out, 1e-12)
  })
  it('changes no key of training', () => {
    const [{ out }] = capture(model).apply(params, state, x, train)
    expectNear(out, model.apply(params, state, x, train)[0], 0)
  })
  it('sees named, parallel and shared layers', () => {
    const branches = named({ sides: serial(fanOut(dense(2), dense(3)), shared(inner), concat()), end: dense(1) })
    const start = init(branches, [4], random.key(0), { dtype: 'float64' })
    const [{ intermediates }] = capture(branches).apply(start.params, start.state, x, evaluate)
    expect(Object.keys(intermediates)).toEqual([
      'sides/fanOut/dense(2)',
      'sides/fanOut/dense(3)',
      'sides/fanOut',
      'sides/shared(serial)/serial[0]/relu',
      'sides/shared(serial)/serial[0]',
      'sides/shared(serial)/serial[1]/relu',
      'sides/shared(serial)/serial[1]',
      'sides/shared(serial)',
      'sides/concat',
      'sides',
      'end',
    ])
  })
  it('keeps only what the filter wants', () => {
    const [{ intermediates }] = capture(model, { filter: (path) => path.startsWith('dense') }).apply(
      params,
      state,
      x,
      evaluate,
    )
    expect(Object.keys(intermediates)).toEqual(['dense(4)', 'dense(4)#2'])
  })
  it('jits, and gradients flow through what it found', () => {
    const size = (p: typeof params): Tensor => {
      const [{ intermediates }] = capture(model).apply(p, state, x, evaluate)
      return np.sum(np.square(intermediates.relu as Tensor))
    }
    const [slopes, jitted] = [grad(size)(params), jit(grad(size))(params)]
    expect(np.max(np.abs(slopes[0].kernel)).item()).toBeGreaterThan(0)
    expectNear(jitted[0].kernel, slopes[0].kernel, 1e-12)
    expectNear(slopes[3].kernel, np.zeros([4, 4]), 0)
  })
  it('sees loops and recomputed parts as a whole', () => {
    const looped = serial(repeat(serial(dense(4), tanh), 3), remat(serial(dense(4), tanh)))
    const start = init(looped, [4], random.key(0), { dtype: 'float64' })
    for (const ctx of [evaluate, train]) {
      const [{ intermediates }] = capture(looped).apply(start.params, start.state, x, ctx)
      expect(Object.keys(intermediates)).toEqual(['repeat(serial, 3)', 'serial'])
    }
  })
})
