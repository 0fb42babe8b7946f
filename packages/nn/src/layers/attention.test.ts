import { jit, np, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { checkLayer, evaluate, message, sample } from '../../test/check-layer.js'
import { expectNear, f64 } from '../../test/near.js'
import {
  additiveAttention,
  learnedPositions,
  multiHeadAttention,
  describe as parts,
  rope,
  selfAttention,
  sinusoidalEncoding,
  sinusoidalPositions,
  softmax,
} from '../index.js'

describe('selfAttention', () => {
  it('is made of its projections, which a summary lists', () => {
    const planned = parts(selfAttention({ heads: 4, keyValueHeads: 2 }), [3, 8])
    expect(
      planned._tag === 'Right' && planned.right.map(({ path, out, parameters }) => [...path, out, parameters]),
    ).toEqual([
      ['query', [3, 8], 72],
      ['key', [3, 4], 36],
      ['value', [3, 4], 36],
      ['out', [3, 8], 72],
    ])
  })
  it.each([
    ['plain', { heads: 2 }],
    ['causal', { heads: 2, causal: true }],
    ['rotary', { heads: 2, rope: true }],
    ['shared keys and values', { heads: 4, keyValueHeads: 2, useBias: false }],
  ] as const)('%s: plan, jit and gradients', (_, options) => {
    checkLayer(selfAttention(options), [3, 8])
  })
  it.each([
    ['plain', { heads: 2, causal: true }],
    ['rotary', { heads: 2, causal: true, rope: { base: 500 } }],
    ['shared keys and values', { heads: 4, causal: true, keyValueHeads: 1, rope: true }],
  ] as const)('%s: step by step is the whole at once', (_, options) => {
    const layer = selfAttention(options)
    const { params, y } = checkLayer(layer, [5, 8])
    const x = sample(1, [2, 5, 8])
    let cache = layer.startCache(params, 2, 5)
    const step = jit((c: typeof cache, v: Tensor) => layer.step(params, c, v))
    const found: Tensor[] = []
    for (const [start, stop] of [
      [0, 2],
      [2, 3],
      [3, 5],
    ] as const) {
      const [part, next] = step(cache, x.slice({}, { start, stop }))
      found.push(part)
      cache = next
    }
    expectNear(np.concatenate(found, { axis: 1 }), y, 1e-12)
    expect(cache.index.item()).toBe(5)
    expect(cache.key.shape[2]).toBe(options.heads === 4 ? 1 : 2)
    expect(
      layer
        .step(params, cache, x.slice({}, { stop: 1 }))[0]
        .slice(0, 0, 0)
        .item(),
    ).toBeNaN()
  })
  it.each([1, 2])('%i heads of keys and values are 4, each of them repeated', (keyValueHeads) => {
    const shared = checkLayer(selfAttention({ heads: 4, keyValueHeads }), [3, 8])
    const { query, key, value, out } = shared.params
    const repeated = (x: Tensor): Tensor =>
      np
        .repeat(x.reshape([...x.shape.slice(0, -1), keyValueHeads, 2]), 4 / keyValueHeads, { axis: -2 })
        .reshape([...x.shape.slice(0, -1), 8])
    const each = ({ kernel, bias }: typeof key) => ({ kernel: repeated(kernel), bias: repeated(bias) })
    expect(key.kernel.shape).toEqual([8, 2 * keyValueHeads])
    const params = { query, key: each(key), value: each(value), out }
    expectNear(selfAttention({ heads: 4 }).apply(params, null, shared.x, evaluate)[0], shared.y, 1e-12)
  })
  it('rotary: equal tokens see equal values', () => {
    const layer = selfAttention({ heads: 2, rope: true })
    const { params } = checkLayer(layer, [4, 8])
    const row = sample(1, [1, 1, 8])
    // Equal tokens: whatever turns them, everyone sees the same values.
    const [y] = layer.apply(params, null, np.tile(row, [1, 4, 1]), evaluate)
    expectNear(y.slice(0, 3), y.slice(0, 0), 1e-12)
  })
  it('names what does not fit', () => {
    expect(message(selfAttention({ heads: 2, rope: true }), [4, 6])).toContain('heads of even size, and it is 3')
    expect(() => selfAttention({ heads: 4, keyValueHeads: 3 })).toThrow('3 heads of keys and values')
  })
})

describe('multiHeadAttention', () => {
  const shapes = { query: [3, 8], key: [5, 6] } as const
  it('looks from one sequence at another: plan, jit and gradients', () => {
    const { params, y } = checkLayer(multiHeadAttention({ heads: 2 }), shapes)
    expect(params.key.kernel.shape).toEqual([6, 8])
    expect(y.shape).toEqual([2, 3, 8])
    checkLayer(multiHeadAttention({ heads: 2 }), { query: [3, 8], key: [5, 6], value: [5, 7] })
  })
  it('of one sequence is selfAttention', () => {
    const { params, x, y } = checkLayer(selfAttention({ heads: 2 }), [3, 8])
    expectNear(multiHeadAttention({ heads: 2 }).apply(params, null, { query: x, key: x }, evaluate)[0], y, 0)
  })
  it('masked keys count nothing, by example, by query or by head', () => {
    const layer = multiHeadAttention({ heads: 2 })
    const { params, x } = checkLayer(layer, shapes)
    const mask = np.array([
      [1, 1, 1, 0, 0],
      [1, 1, 1, 0, 0],
    ])
    const [short] = layer.apply(params, null, { query: x.query, key: x.key.slice({}, { stop: 3 }) }, evaluate)
    const wide = np.broadcastTo(np.expandDims(mask, 1), [2, 3, 5])
    for (const m of [mask, wide, np.expandDims(wide, 1)]) {
      expectNear(layer.apply(params, null, { ...x, mask: m }, evaluate)[0], short, 1e-12)
    }
  })
  it('names what does not fit', () => {
    expect(message(multiHeadAttention({ heads: 2 }), { query: [3, 8], key: [5, 6], value: [4, 6] })).toContain(
      'a value for every key',
    )
    expect(message(multiHeadAttention({ heads: 3 }), shapes)).toContain('3 heads do not divide the 8 features')
  })
})

describe('additiveAttention', () => {
  it('weighs by a small network', () => {
    const layer = additiveAttention(4)
    const { params, x, y } = checkLayer(layer, { query: [3, 5], key: [4, 6], value: [4, 2] })
    const rows = [0, 1, 2].map((q) => {
      const scores = [0, 1, 2, 3].map((k) => {
        const hidden = x.query
          .slice(0, q)
          .matmul(params.query.kernel)
          .add(x.key.slice(0, k).matmul(params.key.kernel))
          .add(params.key.bias)
        return np.tanh(hidden).matmul(params.score.kernel).slice(0).item()
      })
      return softmax(f64(scores)).matmul((x.value as Tensor).slice(0))
    })
    expectNear(y.slice(0), np.stack(rows), 1e-13)
  })
  it('does not see masked keys', () => {
    const layer = additiveAttention(4)
    const { params, x } = checkLayer(layer, { query: [3, 5], key: [4, 6] })
    const mask = np.array([
      [1, 1, 0, 0],
      [1, 1, 0, 0],
    ])
    const [short] = layer.apply(params, null, { query: x.query, key: x.key.slice({}, { stop: 2 }) }, evaluate)
    expectNear(layer.apply(params, null, { ...x, mask }, evaluate)[0], short, 1e-13)
    expect(message(layer, { query: [3], key: [4, 6] })).toContain('takes { query: [time, features]')
  })
})

describe('positions', () => {
  it('sinusoidal ones are sines and cosines of slower and slower waves', () => {
    const p = sinusoidalPositions(4, 6, { dtype: 'float64' })
    for (let t = 0; t < 4; t++) {
      const angles = [1, 10000 ** (-2 / 6), 10000 ** (-4 / 6)].map((speed) => t * speed)
      expectNear(
        p.slice(t),
        angles.flatMap((a) => [Math.sin(a), Math.cos(a)]),
        1e-14,
      )
    }
    const { x, y } = checkLayer(sinusoidalEncoding(), [4, 6])
    expectNear(y.sub(x).slice(1), p, 1e-14)
    expect(message(sinusoidalEncoding(), [4, 5])).toContain('are odd')
  })
  it('learnt ones are rows of a matrix', () => {
    const { params, x, y } = checkLayer(learnedPositions(7), [4, 3])
    expectNear(y.sub(x).slice(0), params.embedding.slice({ stop: 4 }), 1e-14)
    expect(message(learnedPositions(7), [8, 3])).toContain('a sequence of 8 is longer')
    expect(() => learnedPositions(3).apply(params, null, np.ones([1, 4, 3]), evaluate)).toThrow('learnedPositions(3)')
  })
  it('rope keeps lengths, and products of turned vectors depend on distances alone', () => {
    const [q, k] = [sample(1, [1, 1, 6]), sample(2, [1, 1, 6])]
    const at = (x: Tensor, t: number): Tensor => rope(x, { positions: np.array([t], { dtype: 'int32' }) }).reshape([6])
    const dot = (a: number, b: number): number => np.dot(at(q, a), at(k, b)).item()
    expect(dot(5, 3)).toBeCloseTo(dot(12, 10), 12)
    expect(dot(5, 3)).not.toBeCloseTo(dot(5, 4), 3)
    expect(np.linalg.norm(at(q, 9)).item()).toBeCloseTo(np.linalg.norm(q.reshape([6])).item(), 12)
    const angle = 2 * 100 ** (-1 / 2)
    expectNear(
      rope(f64([[[1, 2, 3, 4]]]), { base: 100, positions: np.array([2], { dtype: 'int32' }) }).reshape([-1]),
      [
        Math.cos(2) - 3 * Math.sin(2),
        2 * Math.cos(angle) - 4 * Math.sin(angle),
        3 * Math.cos(2) + Math.sin(2),
        4 * Math.cos(angle) + 2 * Math.sin(angle),
      ],
      1e-13,
    )
    expect(() => rope(np.ones([2, 3, 5]))).toThrow('of even size')
  })
})
