import { readFileSync } from 'node:fs'
import { lax, np, random, type Tensor } from '@puregrad/core'
import {
  bilinear,
  convTranspose2d,
  dense,
  gelu,
  gru,
  init,
  type Layer,
  layerNorm,
  lstm,
  multiHeadAttention,
  relu,
  repeat,
  simpleRnn,
  transformerDecoder,
  transformerEncoder,
} from '@puregrad/nn'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { exportWeights, importWeights, showWeightsError } from './mapping.js'
import type { Rule } from './rules.js'
import * as torch from './torch.js'

interface Dumped {
  readonly shape: readonly number[]
  readonly data: readonly number[]
}
interface Case {
  readonly name: string
  readonly state: Readonly<Record<string, Dumped>>
  readonly inputs: readonly Dumped[]
  readonly output: Dumped
}
const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('../../test/fixtures/torch.json', import.meta.url), 'utf8'),
)
const tensor = ({ shape, data }: Dumped): Tensor => np.array(Float32Array.from(data)).reshape(shape)
const golden = (name: string) => {
  const found = cases.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no case ${name}`)
  const state = new Map(Object.entries(found.state).map(([key, dumped]) => [key, tensor(dumped)]))
  return { state, inputs: found.inputs.map(tensor), output: tensor(found.output) }
}
const expectClose = (a: Tensor, b: Tensor): void => {
  expect(a.shape).toEqual(b.shape)
  expect(np.max(np.abs(a.sub(b))).item()).toBeLessThan(2e-5)
}
/** The weights of a case in a tree like the template, after checking that the rules give them back. */
const carried = <T>(rules: readonly Rule[], template: T, state: ReadonlyMap<string, Tensor>): T => {
  const result = importWeights(rules, template, state)
  if (E.isLeft(result)) throw new Error(showWeightsError(result.left))
  const back = exportWeights(rules, result.right)
  if (E.isLeft(back)) throw new Error(showWeightsError(back.left))
  for (const [name, x] of back.right) {
    // Of two biases that only act as their sum, the second comes back as 0.
    if (!name.includes('bias_')) expect([name, x.toArray()]).toEqual([name, state.get(name)?.toArray()])
  }
  expect([...back.right.keys()].sort()).toEqual([...state.keys()].sort())
  return result.right
}
const channelsLast = (x: Tensor): Tensor => np.moveaxis(x, 1, -1)
const post = { heads: 2, hidden: 6, norm: 'post', activation: relu, epsilon: 1e-5 } as const
const attention = ([query, key, value]: readonly Tensor[]) => ({ query, key, value })

/** A layer of ours, the rules that fill it, and what it is called with. */
interface Counterpart {
  readonly layer: Layer<never, never, never, never>
  readonly rules: readonly Rule[]
  /** What the layer takes, from what the module takes, and the result as the module gives it. */
  readonly input?: (inputs: readonly Tensor[]) => unknown
  readonly result?: (y: never) => Tensor
}
const counterpart = <P, S, I, O>(
  layer: Layer<P, S, I, O>,
  rules: readonly Rule[],
  input: (inputs: readonly Tensor[]) => unknown = ([x]) => x,
  result: (y: O) => Tensor = (y) => y as Tensor,
): Counterpart => ({ layer, rules, input, result }) as unknown as Counterpart

const images = { kernelSize: 3, strides: 2, padding: 'VALID' } as const
const unbiased = { bias: false } as const
const counterparts: Readonly<Record<string, readonly Counterpart[]>> = {
  linear: [counterpart(dense(2), torch.linear('m', '0'))],
  'linear as the whole model': [
    counterpart(dense(2), torch.linear('', '0')),
    counterpart(dense(2), torch.linear('', '')),
  ],
  'linear without bias': [
    counterpart(dense(2, { useBias: false }), torch.linear('m', '0')),
    counterpart(dense(2), torch.linear('m', '0', unbiased)),
  ],
  'convTranspose2d, square': [
    counterpart(
      convTranspose2d(3, { ...images, transposeKernel: true }),
      torch.convTranspose('m', '0'),
      ([x]) => channelsLast(x as Tensor),
      (y) => np.moveaxis(y, -1, 1),
    ),
    counterpart(
      convTranspose2d(3, images),
      torch.convTranspose('m', '0', { transposeKernel: false }),
      ([x]) => channelsLast(x as Tensor),
      (y) => np.moveaxis(y, -1, 1),
    ),
  ],
  'convTranspose2d without bias': [true, false].map((transposeKernel) =>
    counterpart(
      convTranspose2d(2, { ...images, transposeKernel }),
      torch.convTranspose('m', '0', { transposeKernel, bias: false }),
      ([x]) => channelsLast(x as Tensor),
      (y) => np.moveaxis(y, -1, 1),
    ),
  ),
  'bilinear, square': [counterpart(bilinear(3), torch.bilinear('m', '0'), (inputs) => inputs)],
  layerNorm: [counterpart(layerNorm({ epsilon: 1e-5 }), torch.norm('m', '0'))],
  'layerNorm without bias': [counterpart(layerNorm({ epsilon: 1e-5 }), torch.norm('m', '0', unbiased))],
  'lstm without bias': [counterpart(lstm(2), torch.lstm('m', '0', unbiased))],
  'gru without bias': [counterpart(gru(2), torch.gru('m', '0', unbiased))],
  rnn: [counterpart(simpleRnn(2), torch.rnn('m', '0'))],
  attention: [counterpart(multiHeadAttention({ heads: 2 }), torch.multiheadAttention('m', '0'), attention)],
  'attention without bias': [
    counterpart(multiHeadAttention({ heads: 2, useBias: false }), torch.multiheadAttention('m', '0'), attention),
    counterpart(multiHeadAttention({ heads: 2 }), torch.multiheadAttention('m', '0', unbiased), attention),
  ],
  'attention with kdim and vdim': [
    counterpart(multiHeadAttention({ heads: 2 }), torch.multiheadAttention('m', '0', { separate: true }), attention),
  ],
  'attention with kdim without bias': [
    counterpart(
      multiHeadAttention({ heads: 2 }),
      torch.multiheadAttention('m', '0', { separate: true, bias: false }),
      attention,
    ),
  ],
  'encoder layer': [counterpart(transformerEncoder(post), torch.encoderLayer('m', '0'))],
  'encoder layer, norm first': [
    counterpart(
      transformerEncoder({ ...post, norm: 'pre', activation: (x) => gelu(x, { approximate: false }) }),
      torch.encoderLayer('m', '0'),
    ),
  ],
  'encoder layer without bias': [counterpart(transformerEncoder(post), torch.encoderLayer('m', '0', unbiased))],
  'encoder of two layers': [
    counterpart(
      repeat(transformerEncoder(post), 2),
      torch.stacked(2, (i) => torch.encoderLayer(`m.layers.${i}`, '0')),
    ),
  ],
  'decoder layer': [
    counterpart(
      transformerDecoder(post),
      torch.decoderLayer('m', '0'),
      ([x, memory]) => ({ x, memory }),
      ({ x }) => x,
    ),
  ],
}

describe.each(Object.entries(counterparts))('rules for %s', (name, all) => {
  it.each(all.map((one, i) => [i, one] as const))(
    'give what PyTorch gives (%i)',
    (_, { layer, rules, input, result }) => {
      const { state, inputs, output } = golden(name)
      const x = input?.(inputs)
      const shape = JSON.parse(
        JSON.stringify(x, (_key, value) =>
          value instanceof Object && 'dtype' in value ? value.shape.slice(1) : value,
        ),
      )
      const variables = init(layer, shape as never, random.key(0)) as {
        readonly params: unknown
        readonly state: unknown
      }
      const whole = rules.some(({ ours }) => ours[0] === 'params.kernel')
      const template = whole ? variables : { params: [variables.params], state: [variables.state] }
      const filled = carried(rules, template, state) as { readonly params: unknown; readonly state: unknown }
      const [params, held] = whole
        ? [filled.params, filled.state]
        : [(filled.params as readonly unknown[])[0], (filled.state as readonly unknown[])[0]]
      const [y] = layer.apply(params as never, held as never, x as never, { mode: 'eval' })
      expectClose(result?.(y) as Tensor, output)
    },
  )
})

describe('rules for layers that we do not have', () => {
  it.each([
    ['convTranspose1d, grouped', [3], [2], ['NHC', 'HIO', 'NHC']],
    ['convTranspose2d, grouped', [2, 3], [2, 2], ['NHWC', 'HWIO', 'NHWC']],
  ] as const)('%s: a convolution of spread inputs in groups', (name, sizes, strides, dimensionNumbers) => {
    const { state, inputs, output } = golden(name)
    const [inputsPerGroup, outputs] = [2, output.shape[1] as number]
    const template = {
      params: { m: { kernel: np.zeros([...sizes, inputsPerGroup, outputs]), bias: np.zeros([outputs]) } },
    }
    const { params } = carried(torch.convTranspose('m', 'm', { groups: 2 }), template, state)
    const y = lax.convGeneralDilated(
      channelsLast(inputs[0] as Tensor),
      params.m.kernel,
      strides.map(() => 1),
      sizes.map((size) => [size - 1, size - 1] as const),
      { lhsDilation: strides, dimensionNumbers, featureGroupCount: 2 },
    )
    expectClose(np.moveaxis(y.add(params.m.bias), -1, 1), output)
  })

  it('an LSTM with proj_size: its output is multiplied by the projection', () => {
    const { state, inputs, output } = golden('lstm with proj_size')
    const template = {
      params: {
        inputKernel: np.zeros([3, 16]),
        recurrentKernel: np.zeros([2, 16]),
        bias: np.zeros([16]),
        projection: np.zeros([4, 2]),
      },
    }
    const { params } = carried(torch.lstm('m', ''), template, state)
    const sigmoid = (x: Tensor): Tensor => np.divide(1, np.exp(x.neg()).add(1))
    let [h, c] = [np.zeros([1, 2]), np.zeros([1, 4])]
    const steps = [0, 1, 2].map((t) => {
      const x = (inputs[0] as Tensor).slice('...', t, {})
      const z = np.matmul(x, params.inputKernel).add(np.matmul(h, params.recurrentKernel)).add(params.bias)
      const [i, f, g, o] = np.split(z, 4, { axis: 1 }) as [Tensor, Tensor, Tensor, Tensor]
      c = sigmoid(f)
        .mul(c)
        .add(sigmoid(i).mul(np.tanh(g)))
      h = np.matmul(sigmoid(o).mul(np.tanh(c)), params.projection)
      return h
    })
    expectClose(np.stack(steps, { axis: 1 }), output)
  })
})

describe('rules without biases', () => {
  it('give back only biases that are 0', () => {
    const filled = { params: [{ kernel: np.ones([3, 2]), bias: np.array([0, 1]) }] }
    const back = exportWeights(torch.linear('m', '0', unbiased), filled)
    expect(E.isLeft(back) && back.left.mismatched[0]?.found).toContain('params.0.bias is not 0')
  })
})

it('every case of the file is tested', () => {
  const others = ['convTranspose1d, grouped', 'convTranspose2d, grouped', 'lstm with proj_size']
  expect([...Object.keys(counterparts), ...others].sort()).toEqual(cases.map(({ name }) => name).sort())
})
