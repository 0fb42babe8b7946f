import { np, random, type Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { checkLayer, evaluate, message, sample, train } from '../../test/check-layer.js'
import { expectNear } from '../../test/near.js'
import {
  type DecoderInput,
  dense,
  gelu,
  initializers,
  lambda,
  layerNorm,
  multiHeadAttention,
  repeat,
  selfAttention,
  serial,
  init as start,
  transformerDecoder,
  transformerEncoder,
} from '../index.js'

describe('transformerEncoder', () => {
  it.each(['pre', 'post'] as const)('%s-norm: plan, jit and gradients', (norm) => {
    checkLayer(transformerEncoder({ heads: 2, hidden: 5, norm }), [3, 4])
  })
  it('is attention and a small network around residual connections', () => {
    for (const norm of ['pre', 'post'] as const) {
      const { params, x, y } = checkLayer(transformerEncoder({ heads: 2, norm, causal: true }), [3, 4])
      const normed = (p: typeof params.mlpNorm, v: Tensor): Tensor => layerNorm().apply(p, null, v, evaluate)[0]
      const attend = (v: Tensor): Tensor =>
        selfAttention({ heads: 2, causal: true }).apply(params.attention, null, v, evaluate)[0]
      const network = (v: Tensor): Tensor =>
        dense(4).apply(
          params.mlp.out,
          null,
          gelu(dense(16).apply(params.mlp.hidden, null, v, evaluate)[0]),
          evaluate,
        )[0]
      const add = (p: typeof params.mlpNorm, v: Tensor, f: (v: Tensor) => Tensor): Tensor =>
        norm === 'pre' ? v.add(f(normed(p, v))) : normed(p, v.add(f(v)))
      expectNear(y, add(params.mlpNorm, add(params.attentionNorm, x, attend), network), 1e-12)
    }
  })
  it('starts the ends of its branches by outInit alone', () => {
    const begun = (options: object) => start(transformerEncoder({ heads: 2, ...options }), [3, 4], random.key(0)).params
    const [whole, ended] = [begun({}), begun({ outInit: initializers.zeros })]
    for (const kernel of [ended.attention.out.kernel, ended.mlp.out.kernel]) expect(np.any(kernel).item()).toBe(false)
    expectNear(ended.attention.value.kernel, whole.attention.value.kernel, 0)
    expectNear(ended.mlp.hidden.kernel, whole.mlp.hidden.kernel, 0)
    expect(np.any(whole.attention.out.kernel).item()).toBe(true)
  })
  it('with a mask, padding changes nothing, through a stack too', () => {
    const model = repeat(transformerEncoder({ heads: 2, mask: true }), 2)
    const x = sample(1, [2, 5, 4])
    const mask = np.array([
      [1, 1, 1, 0, 0],
      [1, 1, 1, 1, 1],
    ])
    const { params, state } = start(model, { x: [5, 4], mask: [5] }, random.key(0), { dtype: 'float64' })
    const [{ x: y }] = model.apply(params, state, { x, mask }, evaluate)
    const plain = repeat(transformerEncoder({ heads: 2 }), 2)
    const [short] = plain.apply(params, state, x.slice({ stop: 1 }, { stop: 3 }), evaluate)
    expectNear(y.slice(0, { stop: 3 }), short.slice(0), 1e-12)
    expectNear(y.slice(1), plain.apply(params, state, x.slice({ start: 1 }), evaluate)[0].slice(0), 1e-12)
  })
  it('drops in training only, differently in each branch', () => {
    const layer = transformerEncoder({ heads: 2, dropout: 0.5 })
    const { params, x, y } = checkLayer(layer, [3, 4])
    expect(np.allclose(layer.apply(params, null, x, train)[0], y).item()).toBeFalsy()
    checkLayer(layer, [3, 4], { ctx: train })
  })
  it.each(['pre', 'post'] as const)('%s-norm, causal: step by step is the whole at once', (norm) => {
    const layer = transformerEncoder({ heads: 2, causal: true, rope: true, norm })
    const { params, x, y } = checkLayer(layer, [4, 4])
    let cache = layer.startCache(params, 2, 4)
    for (let t = 0; t < 4; t++) {
      const [part, next] = layer.step(params, cache, x.slice({}, { start: t, stop: t + 1 }))
      expectNear(part, y.slice({}, { start: t, stop: t + 1 }), 1e-12)
      cache = next
    }
  })
  it('names what does not fit', () => {
    expect(message(transformerEncoder({ heads: 3 }), [3, 4])).toContain('3 heads do not divide the 4 features')
    expect(message(transformerEncoder({ heads: 2 }), [4])).toContain('Put an embedding before it')
  })
})

describe('transformerDecoder', () => {
  const shapes = { x: [3, 4], memory: [5, 6] } as const
  it.each(['pre', 'post'] as const)('%s-norm: plan, jit and gradients', (norm) => {
    const { y } = checkLayer(transformerDecoder({ heads: 2, hidden: 5, norm, rope: true }), shapes)
    expect(y.memory.shape).toEqual([2, 5, 6])
  })
  it('is causal, and sees of the encoder what counts', () => {
    const layer = transformerDecoder({ heads: 2 })
    const { params, x, y } = checkLayer(layer, shapes)
    const [later] = layer.apply(params, null, { ...x, x: x.x.at([0, 1], 2).set(9) }, evaluate)
    expectNear(later.x.slice({}, { stop: 2 }), y.x.slice({}, { stop: 2 }), 1e-12)
    const memoryMask = np.array([
      [1, 1, 0, 0, 0],
      [1, 1, 0, 0, 0],
    ])
    const [masked] = layer.apply(params, null, { ...x, memoryMask }, evaluate)
    const [short] = layer.apply(params, null, { ...x, memory: x.memory.slice({}, { stop: 2 }) }, evaluate)
    expectNear(masked.x, short.x, 1e-12)
    const cross = multiHeadAttention({ heads: 2 })
    expect(cross.plan({ query: [3, 4], key: [5, 6] })._tag).toBe('Right')
  })
  it('own padding counts nothing', () => {
    const layer = transformerDecoder({ heads: 2, causal: false })
    const { params, x } = checkLayer(layer, shapes)
    const mask = np.array([
      [1, 1, 0],
      [1, 1, 0],
    ])
    const [masked] = layer.apply(params, null, { ...x, mask }, evaluate)
    const [short] = layer.apply(params, null, { ...x, x: x.x.slice({}, { stop: 2 }) }, evaluate)
    expectNear(masked.x.slice({}, { stop: 2 }), short.x, 1e-12)
  })
  it('step by step is the whole at once', () => {
    const layer = transformerDecoder({ heads: 2, rope: true })
    const { params, x, y } = checkLayer(layer, shapes)
    let cache = layer.startCache(params, 2, 3)
    for (let t = 0; t < 3; t++) {
      const [part, next] = layer.step(params, cache, { ...x, x: x.x.slice({}, { start: t, stop: t + 1 }) })
      expectNear(part, y.x.slice({}, { start: t, stop: t + 1 }), 1e-12)
      cache = next
    }
  })
  it('keeps the mask of a memory that was given before the first step, and hears nothing behind it', () => {
    const layer = repeat(transformerDecoder({ heads: 2 }), 2)
    const { params, x } = checkLayer(layer, shapes)
    const memoryMask = np.array([
      [1, 1, 0, 0, 1],
      [1, 0, 0, 0, 0],
    ])
    const [whole] = layer.apply(params, null, { ...x, memoryMask }, evaluate)
    const memory = np.where(np.expandDims(memoryMask, 2).astype('bool'), x.memory, Number.NaN)
    let cache = layer.startCache(params, 2, 3, { memory, memoryMask })
    for (let t = 0; t < 3; t++) {
      const part = x.x.slice({}, { start: t, stop: t + 1 })
      const [y, next] = layer.step(params, null, cache, { x: part, memory: np.zeros([2, 0, 6], { dtype: 'float64' }) })
      expectNear(y.x, whole.x.slice({}, { start: t, stop: t + 1 }), 1e-12)
      cache = next
    }
  })
  it('stacks', () => {
    const model = serial(
      repeat(transformerDecoder({ heads: 2 }), 2),
      lambda(({ x }: DecoderInput): Tensor => x),
      dense(3),
    )
    const { y } = checkLayer(model, shapes)
    expect(y.shape).toEqual([2, 3, 3])
    expect(message(transformerDecoder({ heads: 2 }), { x: [3, 4] } as never)).toContain('memory')
  })
})
