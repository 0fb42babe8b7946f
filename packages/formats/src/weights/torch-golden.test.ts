import { readFileSync } from 'node:fs'
import { lax, np, random, type Tensor } from '@puregrad/core'
import {
  batchNorm,
  bilinear,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  dense,
  embedding,
  flatten,
  gelu,
  groupNorm,
  gru,
  gruCell,
  init,
  initializers,
  instanceNorm,
  type Layer,
  layerNorm,
  leaf,
  lstm,
  lstmCell,
  multiHeadAttention,
  type RecurrentCell,
  relu,
  repeat,
  rnn,
  serial,
  simpleRnn,
  simpleRnnCell,
  spectralNorm,
  transformerDecoder,
  transformerEncoder,
  weightNorm,
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
/** The older name of what a parametrization saves: the way back takes that. */
const withoutParametrizations = (name: string): string =>
  name
    .replace('parametrizations.weight.original0', 'weight_g')
    .replace('parametrizations.weight.original1', 'weight_v')
    .replace('parametrizations.weight.original', 'weight_orig')
    .replace('parametrizations.weight.0._', 'weight_')
/** The weights of a case in a tree like the template, after checking that the rules give them back. */
const carried = <T>(rules: readonly Rule[], template: T, state: ReadonlyMap<string, Tensor>, oneWay = false): T => {
  const result = importWeights(rules, template, state)
  if (E.isLeft(result)) throw new Error(showWeightsError(result.left))
  if (oneWay) return result.right
  const back = exportWeights(rules, result.right)
  if (E.isLeft(back)) throw new Error(showWeightsError(back.left))
  const asBefore = new Map([...state].map(([name, x]) => [withoutParametrizations(name), x]))
  for (const [name, x] of back.right) {
    const theirs = asBefore.get(name) as Tensor
    if (name.endsWith('weight_v')) expectClose(x, theirs)
    // Of two biases that only act as their sum, the second comes back as 0.
    else if (!name.includes('bias_')) expect([name, x.toArray()]).toEqual([name, theirs.toArray()])
  }
  expect([...back.right.keys()].sort()).toEqual([...asBefore.keys()].sort())
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
  /** Whether the weights cannot come back as they were: a kernel does not tell what it was computed from. */
  readonly oneWay?: boolean
}
const counterpart = <P, S, I, O>(
  layer: Layer<P, S, I, O>,
  rules: readonly Rule[],
  input: (inputs: readonly Tensor[]) => unknown = ([x]) => x,
  result: (y: O) => Tensor = (y) => y as Tensor,
): Counterpart => ({ layer, rules, input, result }) as unknown as Counterpart

const folded = (one: Counterpart): Counterpart => ({ ...one, oneWay: true })
const both = { bidirectional: true } as const
/** Two layers in both directions: the rules of each by its place. */
const stackOf = (rules: typeof torch.lstm, theirs = 'm'): readonly Rule[] =>
  [0, 1].flatMap((layer) => [
    ...rules(theirs, `0.${layer}.forward`, { layer }),
    ...rules(theirs, `0.${layer}.backward`, { layer, reverse: true }),
  ])
const twice = <P, C>(cell: RecurrentCell<P, C>) => serial(rnn(cell, both), rnn(cell, both))

interface ProjectedParams {
  readonly inputKernel: Tensor
  readonly recurrentKernel: Tensor
  readonly bias: Tensor
  readonly projection: Tensor
}
/** An LSTM whose output is multiplied by a projection: a cell that anyone can write, for weights that PyTorch has. */
const projectedCell = (hidden: number, features: number): RecurrentCell<ProjectedParams, { c: Tensor; h: Tensor }> => {
  const inner = lstmCell(hidden)
  const zeros = initializers.zeros
  return {
    ...inner,
    name: 'projected lstm',
    features,
    plan: (inputs) => ({
      inputKernel: leaf('inputKernel', [inputs, 4 * hidden], zeros),
      recurrentKernel: leaf('recurrentKernel', [features, 4 * hidden], zeros),
      bias: leaf('bias', [4 * hidden], zeros),
      projection: leaf('projection', [hidden, features], zeros),
    }),
    start: (zero) => ({ c: np.zeros([zero.shape[0] as number, hidden], { dtype: zero.dtype }), h: zero }),
    step: (params, carry, x) => {
      const { c, h } = inner.step(params, carry, x)
      return { c, h: np.matmul(h, params.projection) }
    },
  }
}

const firstToLast = ([x]: readonly Tensor[]): Tensor => channelsLast(x as Tensor)
const lastToFirst = (y: Tensor): Tensor => np.moveaxis(y, -1, 1)
const ofImages = <P, S>(layer: Layer<P, S>, rules: readonly Rule[]): Counterpart =>
  counterpart(layer, rules, firstToLast, lastToFirst)
const memory = ([x, given]: readonly Tensor[]) => ({ x, memory: given })
const tokens = ({ x }: { readonly x: Tensor }): Tensor => x
const valid = { padding: 'VALID' } as const
const norms = { epsilon: 1e-5 } as const
const plainNorms = { ...norms, affine: false } as const

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
  'encoder layer, norm first without bias': [
    counterpart(transformerEncoder({ ...post, norm: 'pre', useBias: false }), torch.encoderLayer('m', '0')),
    counterpart(transformerEncoder({ ...post, norm: 'pre' }), torch.encoderLayer('m', '0', unbiased)),
  ],
  'encoder with a norm at its end': [
    counterpart(serial(repeat(transformerEncoder(post), 2), layerNorm(norms)), [
      ...torch.stacked(2, (i) => torch.encoderLayer(`m.layers.${i}`, '0.0')),
      ...torch.norm('m.norm', '0.1'),
    ]),
  ],
  'decoder layer, norm first': [
    counterpart(transformerDecoder({ ...post, norm: 'pre' }), torch.decoderLayer('m', '0'), memory, tokens),
  ],
  'decoder layer without bias': [
    counterpart(transformerDecoder({ ...post, useBias: false }), torch.decoderLayer('m', '0'), memory, tokens),
    counterpart(transformerDecoder(post), torch.decoderLayer('m', '0', unbiased), memory, tokens),
  ],
  'decoder of two layers': [
    counterpart(
      repeat(transformerDecoder(post), 2),
      torch.stacked(2, (i) => torch.decoderLayer(`m.layers.${i}`, '0')),
      memory,
      tokens,
    ),
  ],
  'attention with vdim alone': [
    counterpart(multiHeadAttention({ heads: 2 }), torch.multiheadAttention('m', '0', { separate: true }), attention),
  ],
  embedding: [counterpart(embedding(5, 3), torch.embedding('m', '0'), ([ids]) => (ids as Tensor).astype('int32'))],
  'conv1d, grouped': [ofImages(conv1d(6, { kernelSize: 3, groups: 2, ...valid }), torch.conv('m', '0'))],
  conv2d: [ofImages(conv2d(4, { kernelSize: [2, 3], strides: 2, ...valid }), torch.conv('m', '0'))],
  'conv2d without bias': [
    ofImages(conv2d(3, { kernelSize: 2, useBias: false, ...valid }), torch.conv('m', '0')),
    ofImages(conv2d(3, { kernelSize: 2, ...valid }), torch.conv('m', '0', unbiased)),
  ],
  conv3d: [ofImages(conv3d(3, { kernelSize: 2, ...valid }), torch.conv('m', '0'))],
  'linear behind an image': [
    counterpart(serial(flatten(), dense(2)), torch.linear('m.1', '0.1', { image: [2, 2, 3] }), firstToLast),
  ],
  convTranspose1d: [
    ofImages(convTranspose1d(2, { ...images, transposeKernel: true }), torch.convTranspose('m', '0')),
    ofImages(convTranspose1d(2, images), torch.convTranspose('m', '0', { transposeKernel: false })),
  ],
  convTranspose3d: [
    ofImages(
      convTranspose3d(3, { kernelSize: 2, strides: 2, transposeKernel: true, ...valid }),
      torch.convTranspose('m', '0'),
    ),
    ofImages(
      convTranspose3d(3, { kernelSize: 2, strides: 2, ...valid }),
      torch.convTranspose('m', '0', { transposeKernel: false }),
    ),
  ],
  bilinear: [counterpart(bilinear(4), torch.bilinear('m', '0'), (inputs) => inputs)],
  'bilinear without bias': [
    counterpart(bilinear(2, { useBias: false }), torch.bilinear('m', '0'), (inputs) => inputs),
    counterpart(bilinear(2), torch.bilinear('m', '0', unbiased), (inputs) => inputs),
  ],
  'layerNorm without affine': [counterpart(layerNorm(plainNorms), torch.norm('m', '0'))],
  batchNorm: [ofImages(batchNorm(norms), torch.norm('m', '0'))],
  'batchNorm without affine': [counterpart(batchNorm(plainNorms), torch.norm('m', '0'))],
  groupNorm: [ofImages(groupNorm({ groups: 2, ...norms }), torch.norm('m', '0'))],
  'groupNorm without affine': [ofImages(groupNorm({ groups: 2, ...plainNorms }), torch.norm('m', '0'))],
  instanceNorm: [ofImages(instanceNorm(norms), torch.norm('m', '0'))],
  'instanceNorm without affine': [ofImages(instanceNorm(plainNorms), torch.norm('m', '0'))],
  lstm: [counterpart(lstm(2), torch.lstm('m', '0'))],
  gru: [counterpart(gru(2), torch.gru('m', '0'))],
  'rnn without bias': [
    counterpart(simpleRnn(2, { useBias: false }), torch.rnn('m', '0')),
    counterpart(simpleRnn(2), torch.rnn('m', '0', unbiased)),
  ],
  'lstm of two layers in both directions': [counterpart(twice(lstmCell(2)), stackOf(torch.lstm))],
  'gru of two layers in both directions': [counterpart(twice(gruCell(2)), stackOf(torch.gru))],
  'rnn of two layers in both directions': [counterpart(twice(simpleRnnCell(2)), stackOf(torch.rnn))],
  'lstm with proj_size': [counterpart(rnn(projectedCell(4, 2)), torch.lstm('m', '0'))],
  'lstm with proj_size of two layers in both directions': [
    counterpart(twice(projectedCell(4, 2)), stackOf(torch.lstm)),
  ],
  'linear under weight norm': [
    counterpart(weightNorm(dense(2)), torch.weightNorm('m', '0', torch.linear)),
    folded(counterpart(dense(2), torch.weightNorm('m', '0', torch.linear, { folded: true }))),
  ],
  'linear under weight norm, parametrized': [
    counterpart(weightNorm(dense(2)), torch.weightNorm('m', '0', torch.linear)),
  ],
  'conv2d under weight norm': [
    ofImages(weightNorm(conv2d(3, { kernelSize: 2, ...valid })), torch.weightNorm('m', '0', torch.conv)),
    folded(ofImages(conv2d(3, { kernelSize: 2, ...valid }), torch.weightNorm('m', '0', torch.conv, { folded: true }))),
  ],
  'convTranspose2d under weight norm': [
    ofImages(
      weightNorm(convTranspose2d(2, { ...images, transposeKernel: true })),
      torch.weightNorm('m', '0', torch.convTranspose),
    ),
    folded(
      ofImages(
        convTranspose2d(2, { ...images, transposeKernel: true }),
        torch.weightNorm('m', '0', torch.convTranspose, { folded: true }),
      ),
    ),
  ],
  'linear under spectral norm': [
    counterpart(spectralNorm(dense(2)), torch.spectralNorm('m', '0', torch.linear)),
    folded(counterpart(dense(2), torch.spectralNorm('m', '0', torch.linear, { folded: true }))),
  ],
  'linear under spectral norm, parametrized': [
    counterpart(spectralNorm(dense(2)), torch.spectralNorm('m', '0', torch.linear)),
    folded(counterpart(dense(2), torch.spectralNorm('m', '0', torch.linear, { folded: true }))),
  ],
  'conv2d under spectral norm': [
    ofImages(spectralNorm(conv2d(3, { kernelSize: 2, ...valid })), torch.spectralNorm('m', '0', torch.conv)),
    folded(
      ofImages(conv2d(3, { kernelSize: 2, ...valid }), torch.spectralNorm('m', '0', torch.conv, { folded: true })),
    ),
  ],
  'convTranspose2d under spectral norm': [
    ofImages(
      spectralNorm(convTranspose2d(2, images)),
      torch.spectralNorm('m', '0', (a, b) => torch.convTranspose(a, b, { transposeKernel: false }), { dim: 1 }),
    ),
    folded(
      ofImages(
        convTranspose2d(2, { ...images, transposeKernel: true }),
        torch.spectralNorm('m', '0', torch.convTranspose, { folded: true, dim: 1 }),
      ),
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
    (_, { layer, rules, input, result, oneWay }) => {
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
      const filled = carried(rules, template, state, oneWay) as { readonly params: unknown; readonly state: unknown }
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
})

describe('what is refused, says why', () => {
  const mismatch = (rules: readonly Rule[], name: string, template: unknown = { params: [] }) => {
    const { state } = golden(name)
    const result = importWeights(rules, template, state)
    return E.isLeft(result) ? result.left.mismatched : []
  }

  it('attention with a key and a value of its own', () => {
    expect(mismatch(torch.multiheadAttention('m', '0'), 'attention with biases as keys')).toContainEqual({
      name: 'm.bias_k, m.bias_v',
      expected: expect.stringContaining('attention without add_bias_kv'),
      found: 'float32[1,1,4], float32[1,1,4]',
    })
  })

  it.each([
    ['linear under weight norm', 'm.weight_g, m.weight_v', 'weightNorm'],
    [
      'linear under weight norm, parametrized',
      'm.parametrizations.weight.original0, m.parametrizations.weight.original1',
      'weightNorm',
    ],
    ['linear under spectral norm', 'm.weight_orig, m.weight_u, m.weight_v', 'spectralNorm'],
    [
      'linear under spectral norm, parametrized',
      'm.parametrizations.weight.original, m.parametrizations.weight.0._u, m.parametrizations.weight.0._v',
      'spectralNorm',
    ],
  ])('%s, by rules of plain layers', (name, names, norm) => {
    for (const rules of [torch.linear('m', '0'), torch.torchRules, torch.stacked(1, () => torch.linear('m', '0'))])
      expect(mismatch(rules, name)).toEqual([
        expect.objectContaining({
          name: names,
          expected: expect.stringContaining(`torch.${norm}('fc', '0', torch.linear)`),
        }),
      ])
  })

  it('lengths of inputs, for a layer with lengths of outputs', () => {
    const spread = (theirs: string, ours: string) => torch.convTranspose(theirs, ours, { transposeKernel: false })
    const lengths = mismatch(torch.weightNorm('m', '0', spread), 'convTranspose2d under weight norm')
    expect(lengths[0]?.found).toContain('weightNorm: theirs goes along axis 0 of the weight and ours along its axis 1')
    const rules = torch.spectralNorm('m', '0', torch.convTranspose, { dim: 1 })
    expect(mismatch(rules, 'convTranspose2d under spectral norm')[0]?.found).toContain('{ folded: true }')
  })

  it('the way back from a kernel that was divided', () => {
    const filled = { params: [{ kernel: np.ones([3, 2]), bias: np.zeros([2]) }] }
    const back = exportWeights(torch.spectralNorm('m', '0', torch.linear, { folded: true }), filled)
    expect(E.isLeft(back) && back.left.mismatched[0]?.found).toContain('folded into it')
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
  const others = ['convTranspose1d, grouped', 'convTranspose2d, grouped', 'attention with biases as keys']
  expect([...Object.keys(counterparts), ...others].sort()).toEqual(cases.map(({ name }) => name).sort())
})
