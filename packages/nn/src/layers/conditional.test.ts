import { np, random } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { checkLayer, evaluate, sample, train } from '../../test/check-layer.js'
import { expectNear } from '../../test/near.js'
import {
  batchNorm,
  conditionalBatchNorm,
  film,
  gatedCausalConv,
  init,
  initializers,
  selfAttention2d,
  sigmoid,
  softmax,
} from '../index.js'

const labels = np.array([2, 0], { dtype: 'int32' })

describe('film', () => {
  it('starts as the identity, then scales and shifts each channel', () => {
    const { params, x, y } = checkLayer(film(), { x: [3, 2, 4], condition: [3] })
    expectNear(y, x.x, 0)
    const moved = {
      scale: { kernel: sample(1, [3, 4]), bias: sample(2, [4]) },
      shift: { kernel: sample(3, [3, 4]), bias: sample(4, [4]) },
    }
    const [z] = film().apply({ ...params, ...moved }, { scale: null, shift: null }, x, evaluate)
    const affine = ({ kernel, bias }: typeof moved.scale) =>
      np.matmul(x.condition, kernel).add(bias).reshape([2, 1, 1, 4])
    expectNear(z, x.x.mul(affine(moved.scale).add(1)).add(affine(moved.shift)), 1e-12)
  })
})

describe('conditionalBatchNorm', () => {
  it('starts as batchNorm without parameters, by classes and by vectors', () => {
    for (const [options, condition, shape] of [
      [{ classes: 3 }, labels, []],
      [{}, sample(3, [2, 5]), [5]],
    ] as const) {
      const input = { x: sample(1, [2, 4, 3]), condition }
      const { params, state, y } = checkLayer(
        conditionalBatchNorm(options),
        { x: [4, 3], condition: shape },
        { input, ctx: train },
      )
      const plain = batchNorm({ affine: false })
      expectNear(y, plain.apply({}, state.norm, input.x, train)[0], 1e-12)
      const [, next] = conditionalBatchNorm(options).apply(params, state, input, train)
      expectNear(next.norm.mean, plain.apply({}, state.norm, input.x, train)[1].mean, 1e-12)
    }
  })

  it('starts as its initialisers say, for classes and vectors', () => {
    const [scaleInit, biasInit] = [initializers.constant(2), initializers.constant(3)]
    for (const [options, condition, shape] of [
      [{ classes: 3 }, labels, []],
      [{}, sample(3, [2, 5]), [5]],
    ] as const) {
      const layer = conditionalBatchNorm({ ...options, scaleInit, biasInit, epsilon: 0 })
      const { params, state } = init(layer, { x: [4, 3], condition: shape }, random.key(0), { dtype: 'float64' })
      const x = sample(1, [2, 4, 3])
      expectNear(layer.apply(params, state, { x, condition }, evaluate)[0], x.mul(2).add(3), 1e-12)
    }
  })

  it('takes the scale and shift of each class', () => {
    const layer = conditionalBatchNorm({ classes: 3, epsilon: 0 })
    const { state } = init(layer, { x: [4, 2], condition: [] }, random.key(0), { dtype: 'float64' })
    const [scale, shift] = [sample(1, [3, 2]), sample(2, [3, 2])]
    const x = sample(3, [2, 4, 2])
    const [y] = layer.apply(
      { norm: {}, scale: { embedding: scale }, shift: { embedding: shift } },
      state,
      { x, condition: labels },
      evaluate,
    )
    const of = (table: typeof scale) => np.take(table, labels, { axis: 0 }).reshape([2, 1, 2])
    expectNear(y, x.mul(of(scale)).add(of(shift)), 1e-12)
  })
})

describe('selfAttention2d', () => {
  it('starts as the identity, then mixes all places', () => {
    const layer = selfAttention2d({ reduction: 2 })
    const { params, x, y } = checkLayer(layer, [2, 3, 4])
    expectNear(y, x, 0)
    const open = { ...params, gate: np.array(0.5, { dtype: 'float64' }) }
    const flat = x.reshape([2, 6, 4])
    const f = (p: typeof params.query) => np.matmul(flat, p.kernel).add(p.bias)
    const mixed = np.matmul(softmax(np.matmul(f(params.query), np.swapaxes(f(params.key), 1, 2))), f(params.value))
    const expected = flat.add(np.matmul(mixed, params.out.kernel).add(params.out.bias).mul(0.5))
    expectNear(layer.apply(open, null, x, evaluate)[0].reshape([2, 6, 4]), expected, 1e-12)
    expect(() => selfAttention2d({ reduction: 0 })).toThrow(/reduction is 0/)
  })
})

describe('gatedCausalConv', () => {
  it("is WaveNet's unit, with a condition and without", () => {
    const unit = gatedCausalConv(3, { dilation: 2, skip: 5 })
    for (const shape of [{ x: [6, 4] }, { x: [6, 4], condition: [2] }, { x: [6, 4], condition: [6, 2] }]) {
      const { params, x, y } = checkLayer(unit, shape)
      const before = np.concatenate([np.zeros([2, 2, 4], { dtype: 'float64' }), x.x], { axis: 1 })
      const at = (i: number) =>
        np.matmul(before.slice({}, { start: 2 * i, stop: 2 * i + 6 }), params.conv.kernel.slice(i))
      const both = at(0).add(at(1)).add(params.conv.bias)
      const each =
        x.condition === undefined
          ? 0
          : np.matmul(
              x.condition.ndim === 2 ? np.expandDims(x.condition, 1) : x.condition,
              params.condition.kernel as typeof before,
            )
      const [filter, gate] = np.split(both.add(each), 2, { axis: -1 }) as [typeof before, typeof before]
      const z = np.tanh(filter).mul(sigmoid(gate))
      expectNear(y.skip, np.matmul(z, params.skip.kernel).add(params.skip.bias), 1e-12)
      expectNear(y.x, x.x.add(np.matmul(z, params.residual.kernel).add(params.residual.bias)), 1e-12)
    }
  })
})
