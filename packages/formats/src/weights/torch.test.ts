import { lax, np, random, type Tensor } from '@puregrad/core'
import {
  batchNorm,
  conv2d,
  convTranspose1d,
  dense,
  depthwiseConv2d,
  flatten,
  gru,
  init,
  separableConv2d,
  serial,
} from '@puregrad/nn'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import * as keras from './keras.js'
import { exportWeights, importWeights, showWeightsError } from './mapping.js'
import type { Rule } from './rules.js'
import * as torch from './torch.js'

type Weights = Readonly<Record<string, Tensor>>

const normal = (seed: number, ...shape: readonly number[]): Tensor => random.normal(random.key(seed), shape)

const imported = <T>(rules: readonly Rule[], template: T, weights: Weights): T => {
  const result = importWeights(rules, template, new Map(Object.entries(weights)))
  if (E.isLeft(result)) throw new Error(showWeightsError(result.left))
  return result.right
}
/** Our tree of these weights, after checking that it gives the weights back. */
const carried = <T>(rules: readonly Rule[], template: T, weights: Weights, back: Weights = weights): T => {
  const tree = imported(rules, template, weights)
  const exported = exportWeights(rules, tree)
  if (E.isLeft(exported)) throw new Error(showWeightsError(exported.left))
  expect([...exported.right.keys()].sort()).toEqual(Object.keys(back).sort())
  for (const [name, x] of Object.entries(back)) expect(exported.right.get(name)?.toArray()).toEqual(x.toArray())
  return tree
}
const expectClose = (a: Tensor, b: Tensor): void => {
  expect(a.shape).toEqual(b.shape)
  expect(np.max(np.abs(a.sub(b))).item()).toBeLessThan(1e-5)
}
const zeros = (...shape: readonly number[]): Tensor => np.zeros(shape)
const sigmoid = (x: Tensor): Tensor => np.divide(1, np.exp(x.neg()).add(1))

describe('rules for PyTorch', () => {
  it('linear: x · Wᵀ there is x · kernel here', () => {
    const weights = { 'fc.weight': normal(0, 3, 2), 'fc.bias': normal(1, 3) }
    const { params } = carried(torch.linear('fc', '0'), { params: [{ kernel: zeros(2, 3), bias: zeros(3) }] }, weights)
    const x = normal(2, 4, 2)
    expectClose(np.matmul(x, params[0]?.kernel as Tensor), np.matmul(x, weights['fc.weight'].T))
  })

  it('linear behind an image: channels first there, last here', () => {
    const weights = { 'fc.weight': normal(0, 5, 24), 'fc.bias': normal(1, 5) }
    const template = { params: { fc: { kernel: zeros(24, 5), bias: zeros(5) } } }
    const { params } = carried(torch.linear('fc', 'fc', { image: [2, 3, 4] }), template, weights)
    const nhwc = normal(2, 1, 3, 4, 2)
    const nchw = np.transpose(nhwc, [0, 3, 1, 2])
    expectClose(
      np.matmul(nhwc.reshape([1, 24]), params.fc.kernel),
      np.matmul(nchw.reshape([1, 24]), weights['fc.weight'].T),
    )
  })

  it.each([[1], [2], [3]])('convolution over %i axes, grouped', (rank) => {
    const sizes = [3, 2, 1].slice(0, rank)
    const weights = { 'c.weight': normal(0, 4, 1, ...sizes), 'c.bias': normal(1, 4) }
    const template = { params: { c: { kernel: zeros(...sizes, 1, 4), bias: zeros(4) } } }
    const { params } = carried(torch.conv('c', 'c'), template, weights)
    const x = normal(2, 1, 2, ...[5, 4, 3].slice(0, rank))
    const theirs = lax.convGeneralDilated(
      x,
      weights['c.weight'],
      sizes.map(() => 1),
      'VALID',
      { featureGroupCount: 2 },
    )
    const letters = ['NHC', 'NHWC', 'NDHWC'][rank - 1] as string
    const kernel = ['HIO', 'HWIO', 'DHWIO'][rank - 1] as string
    const last = [0, ...sizes.map((_, i) => i + 2), 1]
    const ours = lax.convGeneralDilated(
      np.transpose(x, last),
      params.c.kernel,
      sizes.map(() => 1),
      'VALID',
      {
        dimensionNumbers: [letters, kernel, letters],
        featureGroupCount: 2,
      },
    )
    expectClose(ours, np.transpose(theirs, last))
  })

  it('norms and embeddings by their other names', () => {
    const weights = {
      'bn.weight': normal(0, 3),
      'bn.bias': normal(1, 3),
      'bn.running_mean': normal(2, 3),
      'bn.running_var': normal(3, 3),
      'tok.weight': normal(4, 7, 2),
    }
    const template = {
      params: [{ scale: zeros(3), bias: zeros(3) }, { embedding: zeros(7, 2) }],
      state: [{ mean: zeros(3), var: zeros(3) }, null],
    }
    const tree = carried([...torch.norm('bn', '0'), ...torch.embedding('tok', '1')], template, weights)
    expect(tree.state[0]?.var.toArray()).toEqual(weights['bn.running_var'].toArray())
    expect(tree.params[1]?.embedding?.toArray()).toEqual(weights['tok.weight'].toArray())
  })

  it('lstm: two biases there, their sum here', () => {
    const names = { ih: 'r.weight_ih_l1', hh: 'r.weight_hh_l1', bi: 'r.bias_ih_l1', bh: 'r.bias_hh_l1' }
    const weights = {
      [names.ih]: normal(0, 8, 3),
      [names.hh]: normal(1, 8, 2),
      [names.bi]: normal(2, 8),
      [names.bh]: normal(3, 8),
    }
    const template = { params: { r: { inputKernel: zeros(3, 8), recurrentKernel: zeros(2, 8), bias: zeros(8) } } }
    const sum = (weights[names.bi] as Tensor).add(weights[names.bh] as Tensor)
    const back = { ...weights, [names.bi]: sum, [names.bh]: zeros(8) }
    const { params } = carried(torch.lstm('r', 'r', { layer: 1 }), template, weights, back)
    expectClose(params.r.bias, sum)
    expectClose(params.r.inputKernel, (weights[names.ih] as Tensor).T)
  })

  it('gru: the hidden bias stays apart', () => {
    const weights = {
      'r.weight_ih_l0_reverse': normal(0, 6, 3),
      'r.weight_hh_l0_reverse': normal(1, 6, 2),
      'r.bias_ih_l0_reverse': normal(2, 6),
      'r.bias_hh_l0_reverse': normal(3, 6),
    }
    const r = { inputKernel: zeros(3, 6), recurrentKernel: zeros(2, 6), bias: zeros(6), recurrentBias: zeros(6) }
    const { params } = carried(torch.gru('r', 'r', { reverse: true }), { params: { r } }, weights)
    expect(params.r.recurrentBias.toArray()).toEqual(weights['r.bias_hh_l0_reverse'].toArray())
  })

  it('multi-head attention: one projection there, three here', () => {
    const weights = {
      'a.in_proj_weight': normal(0, 12, 4),
      'a.in_proj_bias': normal(1, 12),
      'a.out_proj.weight': normal(2, 4, 4),
      'a.out_proj.bias': normal(3, 4),
    }
    const part = { kernel: zeros(4, 4), bias: zeros(4) }
    const template = { params: { a: { query: part, key: part, value: part, out: part } } }
    const { params } = carried(torch.multiheadAttention('a', 'a'), template, weights)
    const x = normal(4, 2, 4)
    const projected = np.matmul(x, weights['a.in_proj_weight'].T).add(weights['a.in_proj_bias'])
    const { query, key, value } = params.a
    const ours = [query, key, value].map(({ kernel, bias }) => np.matmul(x, kernel).add(bias))
    expectClose(np.concatenate(ours, { axis: 1 }), projected)
  })
})

describe('rules for Keras and TensorFlow', () => {
  it('dense, norm and embedding by their other names', () => {
    const weights = {
      'd/kernel': normal(0, 2, 3),
      'd/bias': normal(1, 3),
      'n/gamma': normal(2, 3),
      'n/beta': normal(3, 3),
      'n/moving_mean': normal(4, 3),
      'n/moving_variance': normal(5, 3),
      'e/embeddings': normal(6, 5, 2),
    }
    const template = {
      params: {
        d: { kernel: zeros(2, 3), bias: zeros(3) },
        n: { scale: zeros(3), bias: zeros(3) },
        e: { embedding: zeros(5, 2) },
      },
      state: { n: { mean: zeros(3), var: zeros(3) } },
    }
    const rules = [...keras.affine('d', 'd'), ...keras.norm('n', 'n'), ...keras.embedding('e', 'e')]
    expect(carried(rules, template, weights).params.d.kernel.toArray()).toEqual(weights['d/kernel'].toArray())
  })

  it('lstm has our gates; gru has them in another order', () => {
    const lstm = { 'l/kernel': normal(0, 3, 8), 'l/recurrent_kernel': normal(1, 2, 8), 'l/bias': normal(2, 8) }
    const l = { inputKernel: zeros(3, 8), recurrentKernel: zeros(2, 8), bias: zeros(8) }
    expect(carried(keras.lstm('l', 'l'), { params: { l } }, lstm).params.l.bias.toArray()).toEqual(
      lstm['l/bias'].toArray(),
    )

    const gru = { 'g/kernel': normal(0, 3, 6), 'g/recurrent_kernel': normal(1, 2, 6), 'g/bias': normal(2, 2, 6) }
    const g = { inputKernel: zeros(3, 6), recurrentKernel: zeros(2, 6), bias: zeros(6), recurrentBias: zeros(6) }
    const { params } = carried(keras.gru('g', 'g'), { params: { g } }, gru)
    const [z, r, h] = np.split(gru['g/kernel'], 3, { axis: 1 }) as [Tensor, Tensor, Tensor]
    expect(params.g.inputKernel.toArray()).toEqual(np.concatenate([r, z, h], { axis: 1 }).toArray())
    const [bz, br, bh] = np.split(gru['g/bias'].slice(1), 3) as [Tensor, Tensor, Tensor]
    expect(params.g.recurrentBias.toArray()).toEqual(np.concatenate([br, bz, bh]).toArray())
  })

  it('the basic LSTM cell computes the same step', () => {
    const [inputs, features] = [3, 2]
    const weights = {
      'c/weights': normal(0, inputs + features, 4 * features),
      'c/biases': np.arange(8).astype('float32'),
    }
    const c = { inputKernel: zeros(inputs, 8), recurrentKernel: zeros(features, 8), bias: zeros(8) }
    const { params } = carried(keras.basicLstm('c', 'c', { inputs }), { params: { c } }, weights)
    const [x, h, cell] = [normal(1, 1, inputs), normal(2, 1, features), normal(3, 1, features)]
    const z = np.matmul(np.concatenate([x, h], { axis: 1 }), weights['c/weights']).add(weights['c/biases'])
    const [i, j, f, o] = np.split(z, 4, { axis: 1 }) as [Tensor, Tensor, Tensor, Tensor]
    const theirs = cell.mul(sigmoid(f.add(1))).add(sigmoid(i).mul(np.tanh(j)))
    const y = np.matmul(x, params.c.inputKernel).add(np.matmul(h, params.c.recurrentKernel)).add(params.c.bias)
    const [ours_i, ours_f, ours_g, ours_o] = np.split(y, 4, { axis: 1 }) as [Tensor, Tensor, Tensor, Tensor]
    const ours = cell.mul(sigmoid(ours_f)).add(sigmoid(ours_i).mul(np.tanh(ours_g)))
    expectClose(ours, theirs)
    expectClose(sigmoid(ours_o), sigmoid(o))
  })
})

describe('our layers with weights from elsewhere', () => {
  const evaluate = { mode: 'eval' } as const

  it('a transposed convolution adds the kernel at every step of the input, as in PyTorch', () => {
    const weights = { 'up.weight': normal(0, 2, 3, 4), 'up.bias': normal(1, 3) }
    const layer = convTranspose1d(3, { kernelSize: 4, strides: 2, padding: 'VALID', transposeKernel: true })
    const template = { params: { up: init(layer, [5, 2], random.key(0)).params } }
    const { params } = carried(torch.convTranspose('up', 'up'), template, weights)
    const x = normal(2, 1, 5, 2)
    const [input, kernel] = [x.toArray() as number[][][], weights['up.weight'].toArray() as number[][][]]
    const expected = Array.from({ length: 12 }, () => weights['up.bias'].toArray() as number[])
    const at = (t: number, channel: number): number => input[0]?.[t]?.[channel] as number
    const y = expected.map((bias, place) =>
      bias.map((b, feature) => {
        let sum = b
        for (let t = 0; t < 5; t++) {
          const k = place - 2 * t
          if (k < 0 || k >= 4) continue
          for (let channel = 0; channel < 2; channel++)
            sum += at(t, channel) * (kernel[channel]?.[feature]?.[k] as number)
        }
        return sum
      }),
    )
    expectClose(layer.apply(params.up, null, x, evaluate)[0], np.array([y]))
  })

  it('a depthwise convolution takes the kernel of Keras', () => {
    const weights = { 'd/depthwise_kernel': normal(0, 3, 3, 2, 2), 'd/bias': normal(1, 4) }
    const layer = depthwiseConv2d({ kernelSize: 3, multiplier: 2, padding: 'VALID' })
    const template = { params: { d: init(layer, [3, 3, 2], random.key(0)).params } }
    const { params } = carried(keras.depthwise('d', 'd', { multiplier: 2 }), template, weights)
    const x = normal(2, 1, 3, 3, 2)
    const summed = np.sum(np.expandDims(x, -1).mul(weights['d/depthwise_kernel']), { axis: [1, 2] }).reshape([4])
    expectClose(layer.apply(params.d, null, x, evaluate)[0].reshape([4]), summed.add(weights['d/bias']))
  })

  it('a separable convolution takes both kernels of Keras', () => {
    const weights = {
      's/depthwise_kernel': normal(0, 3, 3, 2, 2),
      's/pointwise_kernel': normal(1, 1, 1, 4, 5),
      's/bias': normal(2, 5),
    }
    const template = {
      params: { s: init(separableConv2d(5, { kernelSize: 3, multiplier: 2 }), [4, 4, 2], random.key(0)).params },
    }
    const { params } = carried(keras.separable('s', 's', { multiplier: 2 }), template, weights)
    expect(params.s.depthwise.kernel.slice(1, 2, 0, 3).item()).toBe(
      weights['s/depthwise_kernel'].slice(1, 2, 1, 1).item(),
    )
  })

  it('a network of several layers is filled by one rule for each', () => {
    const model = serial(conv2d(4, { kernelSize: 3 }), batchNorm(), flatten(), dense(5))
    const template = init(model, [2, 2, 3], random.key(0))
    const weights = {
      'features.0.weight': normal(0, 4, 3, 3, 3),
      'features.0.bias': normal(1, 4),
      'features.1.weight': normal(2, 4),
      'features.1.bias': normal(3, 4),
      'features.1.running_mean': normal(4, 4),
      'features.1.running_var': np.square(normal(5, 4)),
      'head.weight': normal(6, 5, 16),
      'head.bias': normal(7, 5),
    }
    const rules = [
      ...torch.conv('features.0', '0'),
      ...torch.norm('features.1', '1'),
      ...torch.linear('head', '3', { image: [4, 2, 2] }),
    ]
    const { params, state } = carried(rules, template, weights)
    const x = normal(8, 1, 2, 2, 3)
    const same = lax.convGeneralDilated(np.transpose(x, [0, 3, 1, 2]), weights['features.0.weight'], [1, 1], 'SAME')
    const column = (v: Tensor): Tensor => v.reshape([4, 1, 1])
    const normalized = same
      .add(column(weights['features.0.bias']))
      .sub(column(weights['features.1.running_mean']))
      .div(np.sqrt(column(weights['features.1.running_var'].add(1e-5))))
      .mul(column(weights['features.1.weight']))
      .add(column(weights['features.1.bias']))
    const theirs = np.matmul(normalized.reshape([1, 16]), weights['head.weight'].T).add(weights['head.bias'])
    const ours = model.apply(params, state, x, evaluate)[0]
    expect(np.max(np.abs(ours.sub(theirs))).item()).toBeLessThan(1e-3)
  })

  it('a GRU makes the step of PyTorch', () => {
    const weights = {
      'r.weight_ih_l0': normal(0, 6, 3),
      'r.weight_hh_l0': normal(1, 6, 2),
      'r.bias_ih_l0': normal(2, 6),
      'r.bias_hh_l0': normal(3, 6),
    }
    const layer = gru(2)
    const template = { params: { r: init(layer, [2, 3], random.key(0)).params } }
    const { params } = carried(torch.gru('r', 'r'), template, weights)
    const x = normal(4, 1, 2, 3)
    let h = zeros(1, 2)
    for (const t of [0, 1]) {
      const own = np.matmul(x.slice('...', t, {}), weights['r.weight_ih_l0'].T).add(weights['r.bias_ih_l0'])
      const past = np.matmul(h, weights['r.weight_hh_l0'].T).add(weights['r.bias_hh_l0'])
      const [ri, zi, ni] = np.split(own, 3, { axis: 1 }) as [Tensor, Tensor, Tensor]
      const [rh, zh, nh] = np.split(past, 3, { axis: 1 }) as [Tensor, Tensor, Tensor]
      const z = sigmoid(zi.add(zh))
      const n = np.tanh(ni.add(sigmoid(ri.add(rh)).mul(nh)))
      h = np.subtract(1, z).mul(n).add(z.mul(h))
    }
    const y = layer.apply(params.r as never, null as never, x, evaluate)[0] as Tensor
    expectClose(y.slice('...', -1, {}), h)
  })
})
