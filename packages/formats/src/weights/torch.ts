/**
 * Rules for PyTorch's state dicts. `ours` is the path of the layer inside both `params` and `state`, as `init` gives them; an
 * empty name stands for a layer that is the whole model.
 */
import { freezeDeep, np, operation, RangeError, type Tensor } from '@puregrad/core'
import { channelsLast, flattened, inside, type Layout, one, type Rule, same, swapped } from './rules.js'
import { refusedParametrizations } from './torch-parametrizations.js'

const theirsOf = (theirs: string, name: string): string => inside('.', theirs, name)
const paramsOf = (ours: string, name: string): string => inside('.', 'params', ours, name)

export interface BiasOption {
  /** False for a layer made with `bias=False` where ours has one, which becomes 0: true unless said. */
  readonly bias?: boolean
}

/** Biases that a layer without them can take back. */
const checkZeros = (names: readonly string[], biases: readonly Tensor[]): void => {
  biases.forEach((bias, i) => {
    if (np.any(np.notEqual(bias, 0)).item())
      throw new RangeError(`weights: ${names[i]} is not 0, and its layer has no bias there. Leave the option bias out.`)
  })
}

/** A weight beside which ours has a bias and theirs has not: 0 here, and only 0 can be taken back. */
const withZeroBias = (
  theirs: string,
  ours: string,
  layout: Layout,
  bias: string,
  size: (kernel: Tensor) => number,
): Rule => ({
  theirs: [theirs],
  ours: [ours, bias],
  toOurs: ([x]) => {
    const kernel = layout.toOurs(x as Tensor)
    return [kernel, np.zeros([size(kernel)], { dtype: kernel.dtype })]
  },
  toTheirs: ([kernel, zeros]) => {
    checkZeros([bias], [zeros as Tensor])
    return [layout.toTheirs(kernel as Tensor)]
  },
})

/** `[weight, bias]` as `{ kernel, bias }`; without a bias on either side, none is needed. */
const affine = (
  theirs: string,
  ours: string,
  layout: Layout,
  { bias = true, declared }: BiasOption & { readonly declared?: NonNullable<Rule['layout']> } = {},
  outputAxis = -1,
): readonly Rule[] => {
  const [weight, kernel, offset] = [theirsOf(theirs, 'weight'), paramsOf(ours, 'kernel'), paramsOf(ours, 'bias')]
  const [first, ...others]: readonly [Rule, ...Rule[]] = bias
    ? [one(weight, kernel, layout), one(theirsOf(theirs, 'bias'), offset)]
    : [withZeroBias(weight, kernel, layout, offset, ({ shape }) => shape.at(outputAxis) as number)]
  const kernels = declared === undefined ? first : { ...first, layout: declared }
  return [kernels, ...others, ...refusedParametrizations(weight)]
}

export interface LinearOptions extends BiasOption {
  /** The image that was flattened before it, whose numbers are in another order here. */
  readonly image?: readonly [channels: number, height: number, width: number]
}

/**
 * nn.Linear: [out, in] becomes [in, out].
 * @example linear('classifier.1', '5', { image: [16, 5, 5] })[0]?.ours // ['params.5.kernel']
 */
export const linear = operation(
  'weights.torch.linear',
  { at: 2, names: ['image', 'bias'] },
  (theirs: string, ours: string, { image, ...options }: LinearOptions = {}): readonly Rule[] =>
    affine(theirs, ours, image === undefined ? swapped : flattened(image), options),
)

/**
 * nn.Conv1d, 2d and 3d, grouped ones too: [out, in / groups, …sizes] becomes [...sizes, in / groups, out].
 * @example conv('layer{i}.conv', 'blocks.{i}')[0]?.ours // ['params.blocks.{i}.kernel']
 */
export const conv = operation(
  'weights.torch.conv',
  { at: 2, names: ['bias'] },
  (theirs: string, ours: string, options: BiasOption = {}): readonly Rule[] =>
    affine(theirs, ours, channelsLast, { ...options, declared: 'channelsLast' }),
)

export interface ConvTransposeOptions extends BiasOption {
  /** The option of our layer: true unless said, false for a layer that was made without it. */
  readonly transposeKernel?: boolean
  /** How many groups: 1 unless said. More of them have the layout of `transposeKernel: false`. */
  readonly groups?: number
}

const flippedSizes = (x: Tensor): Tensor =>
  x.ndim === 2 ? x : np.flip(x, { axis: Array.from({ length: x.ndim - 2 }, (_, i) => i) })

/** [in, out / groups, …sizes] there; here [...sizes, in / groups, out], turned round, as a convolution of spread inputs takes it. */
const spreadKernel = (groups: number): Layout => ({
  toOurs: (x) => {
    const [inputs, outputs, ...sizes] = x.shape as readonly [number, number, ...number[]]
    const grouped = x.reshape([groups, inputs / groups, outputs, ...sizes])
    const last = np.transpose(grouped, [...sizes.map((_, i) => 3 + i), 1, 0, 2])
    return flippedSizes(last.reshape([...sizes, inputs / groups, groups * outputs]))
  },
  toTheirs: (x) => {
    const [outputs, inputs, ...sizes] = [...x.shape].reverse() as unknown as readonly [number, number, ...number[]]
    const rank = sizes.length
    const grouped = flippedSizes(x).reshape([...x.shape.slice(0, rank), inputs, groups, outputs / groups])
    const first = np.transpose(grouped, [rank + 1, rank, rank + 2, ...sizes.map((_, i) => i)])
    return first.reshape([groups * inputs, outputs / groups, ...x.shape.slice(0, rank)])
  },
})

/**
 * nn.ConvTranspose1d, 2d and 3d. Without groups [in, out, …sizes] becomes [...sizes, out, in], which our transposed
 * convolutions take with `transposeKernel: true`, or, with that option false here too, what they take without it:
 * [...sizes, in, out], turned round. With groups it becomes [...sizes, in / groups, out], turned round, for
 * `lax.convGeneralDilated` with `lhsDilation` and `featureGroupCount`.
 * @example convTranspose('up', '3')[0]?.ours // ['params.3.kernel']
 */
export const convTranspose = operation(
  'weights.torch.convTranspose',
  { at: 2, names: ['transposeKernel', 'groups', 'bias'] },
  (
    theirs: string,
    ours: string,
    { transposeKernel = true, groups = 1, bias = true }: ConvTransposeOptions = {},
  ): readonly Rule[] => {
    const asTheirs = transposeKernel && groups === 1
    const declared = asTheirs ? 'channelsLast' : 'spread'
    return affine(theirs, ours, asTheirs ? channelsLast : spreadKernel(groups), { bias, declared }, asTheirs ? -2 : -1)
  },
)

/** [out, n, m] there, [n, m, out] here. */
const outLast: Layout = {
  toOurs: (x) => np.transpose(x, [1, 2, 0]),
  toTheirs: (x) => np.transpose(x, [2, 0, 1]),
}

/**
 * nn.Bilinear: [out, n, m] becomes [n, m, out].
 * @example bilinear('pair', '0')[0]?.ours // ['params.0.kernel']
 */
export const bilinear = operation(
  'weights.torch.bilinear',
  { at: 2, names: ['bias'] },
  (theirs: string, ours: string, options: BiasOption = {}): readonly Rule[] =>
    affine(theirs, ours, outLast, { ...options, declared: 'bilinear' }),
)

/**
 * nn.Embedding: `weight` is `embedding`.
 * @example embedding('tok', '0')[0]?.ours // ['params.0.embedding']
 */
export const embedding = (theirs: string, ours: string): readonly Rule[] => [
  one(theirsOf(theirs, 'weight'), paramsOf(ours, 'embedding')),
]

// torch.nn.LayerNorm, GroupNorm and BatchNorm: eps=1e-05.
const torchEpsilon = 1e-5

export interface NormOptions extends BiasOption {
  /** What theirs adds to the variance: 1e-5 unless said. */
  readonly epsilon?: number
}

/**
 * nn.LayerNorm, GroupNorm, and BatchNorm with its running statistics. Weights do not say what is added
 * to the variance: 1e-5 in PyTorch unless said there, and 1e-6 in our `layerNorm`, `groupNorm` and `instanceNorm`. If it
 * differs, `importWeights` notes it: make ours with `{ epsilon: 1e-5 }`, or tell the rule what theirs has.
 * @param options `bias: false` for a norm of theirs without one
 * @example norm('bn1', '1')[3]?.ours // ['state.1.var']
 */
export const norm = operation(
  'weights.torch.norm',
  { at: 2, names: ['epsilon', 'bias'] },
  (theirs: string, ours: string, { bias = true, epsilon = torchEpsilon }: NormOptions = {}): readonly Rule[] => {
    const [weight, scale, offset] = [theirsOf(theirs, 'weight'), paramsOf(ours, 'scale'), paramsOf(ours, 'bias')]
    const affected = bias ? one(weight, scale) : withZeroBias(weight, scale, same, offset, ({ size }) => size)
    return [
      { ...affected, epsilon },
      ...(bias ? [one(theirsOf(theirs, 'bias'), offset)] : []),
      one(theirsOf(theirs, 'running_mean'), inside('.', 'state', ours, 'mean')),
      one(theirsOf(theirs, 'running_var'), inside('.', 'state', ours, 'var')),
    ]
  },
)

export interface RecurrentSelection extends BiasOption {
  /** Which of stacked layers: 0 unless said. */
  readonly layer?: number
  /** The backward direction of a bidirectional layer. */
  readonly reverse?: boolean
}

const suffixOf = ({ layer = 0, reverse = false }: RecurrentSelection): string => `l${layer}${reverse ? '_reverse' : ''}`

/** The two kernels of a recurrent layer; without biases there, those named `zeros` are 0. */
const recurrentKernels = (
  theirs: string,
  ours: string,
  selection: RecurrentSelection,
  zeros: readonly [input: string, hidden?: string],
): readonly Rule[] => {
  const suffix = suffixOf(selection)
  const names = [
    [theirsOf(theirs, `weight_ih_${suffix}`), paramsOf(ours, 'inputKernel'), zeros[0]],
    [theirsOf(theirs, `weight_hh_${suffix}`), paramsOf(ours, 'recurrentKernel'), zeros[1]],
  ] as const
  return names.map(([from, to, zero]) =>
    selection.bias === false && zero !== undefined
      ? withZeroBias(from, to, swapped, paramsOf(ours, zero), (kernel) => kernel.shape[1] as number)
      : one(from, to, swapped),
  )
}

const refusedKernels = (theirs: string, selection: RecurrentSelection): readonly Rule[] =>
  ['ih', 'hh'].flatMap((part) => refusedParametrizations(theirsOf(theirs, `weight_${part}_${suffixOf(selection)}`)))

/**
 * nn.RNN and nn.LSTM (gates i, f, g, o on both sides). Its two biases only ever act as their sum, which is ours; back from
 * ours, the second is zero. The projection of an LSTM with `proj_size` becomes `projection` [features, proj_size], for a cell
 * that multiplies its output by it.
 * @example lstm('encoder', '1', { layer: 1 })[0]?.theirs // ['encoder.weight_ih_l1']
 */
export const lstm = operation(
  'weights.torch.lstm',
  { at: 2, names: ['layer', 'reverse', 'bias'] },
  (theirs: string, ours: string, selection: RecurrentSelection = {}): readonly Rule[] => {
    const suffix = suffixOf(selection)
    return [
      ...recurrentKernels(theirs, ours, selection, ['bias']),
      one(theirsOf(theirs, `weight_hr_${suffix}`), paramsOf(ours, 'projection'), swapped),
      ...(selection.bias === false
        ? []
        : [
            {
              theirs: [theirsOf(theirs, `bias_ih_${suffix}`), theirsOf(theirs, `bias_hh_${suffix}`)],
              ours: [paramsOf(ours, 'bias')],
              toOurs: ([input, hidden]: readonly Tensor[]) => [np.add(input as Tensor, hidden as Tensor)],
              toTheirs: ([bias]: readonly Tensor[]) => [bias as Tensor, np.zerosLike(bias as Tensor)],
            },
          ]),
      ...refusedKernels(theirs, selection),
    ]
  },
)

/**
 * nn.RNN: the same tensors as nn.LSTM, with one gate.
 * @example rnn('rnn', '1')[1]?.theirs // ['rnn.weight_hh_l0']
 */
export const rnn = lstm

/**
 * nn.GRU (gates r, z, n on both sides): its hidden bias is `recurrentBias`.
 * @example gru('rnn', '1')[3]?.ours // ['params.1.recurrentBias']
 */
export const gru = operation(
  'weights.torch.gru',
  { at: 2, names: ['layer', 'reverse', 'bias'] },
  (theirs: string, ours: string, selection: RecurrentSelection = {}): readonly Rule[] => {
    const suffix = suffixOf(selection)
    return [
      ...recurrentKernels(theirs, ours, selection, ['bias', 'recurrentBias']),
      ...(selection.bias === false
        ? []
        : [
            one(theirsOf(theirs, `bias_ih_${suffix}`), paramsOf(ours, 'bias')),
            one(theirsOf(theirs, `bias_hh_${suffix}`), paramsOf(ours, 'recurrentBias')),
          ]),
      ...refusedKernels(theirs, selection),
    ]
  },
)

const roles = ['query', 'key', 'value'] as const

export interface AttentionOptions extends BiasOption {
  /** True to write a weight for each of query, key and value, as layers with `kdim` or `vdim` have them: false unless said. */
  readonly separate?: boolean
}

/** Query, key and value one below the other. */
const stackedRoles = (theirs: string, ours: string, name: 'kernel' | 'bias', layout: Layout): Rule => ({
  theirs: [theirs],
  ours: roles.map((role) => paramsOf(ours, `${role}.${name}`)),
  toOurs: ([x]) => np.split(x as Tensor, 3).map((part) => layout.toOurs(part)),
  toTheirs: (parts) => [np.concatenate(parts.map((part) => layout.toTheirs(part)))],
})

/** The same without biases there, which are 0 here. */
const unbiased = (rule: Rule, biases: readonly string[]): Rule => ({
  theirs: rule.theirs,
  ours: [...rule.ours, ...biases],
  toOurs: (tensors) => {
    const kernels = rule.toOurs(tensors)
    return [...kernels, ...kernels.map(({ shape, dtype }) => np.zeros([shape.at(-1) as number], { dtype }))]
  },
  toTheirs: (tensors) => {
    const count = rule.ours.length
    checkZeros(biases, tensors.slice(count))
    return rule.toTheirs(tensors.slice(0, count))
  },
})

/**
 * nn.MultiheadAttention: `in_proj` holds query, key and value one below the other; with `kdim` or `vdim` each has a weight of
 * its own. With `bias=False` there, make ours with `useBias: false`, or take the option `bias: false`. A layer made with
 * `add_bias_kv=True` is refused: it attends to a key of its own, and ours has none.
 * @example multiheadAttention('attn', 'attention')[0]?.ours[2] // 'params.attention.value.kernel'
 */
export const multiheadAttention = operation(
  'weights.torch.multiheadAttention',
  { at: 2, names: ['separate', 'bias'] },
  (theirs: string, ours: string, { bias = true, separate = false }: AttentionOptions = {}): readonly Rule[] => {
    const biasOf = (role: string): string => paramsOf(ours, `${role}.bias`)
    const joined = stackedRoles(theirsOf(theirs, 'in_proj_weight'), ours, 'kernel', swapped)
    const apart = roles.map((role) => {
      const rule = one(theirsOf(theirs, `${role.charAt(0)}_proj_weight`), paramsOf(ours, `${role}.kernel`), swapped)
      return bias ? rule : unbiased(rule, [biasOf(role)])
    })
    return [
      ...(separate ? [] : [bias ? joined : unbiased(joined, roles.map(biasOf))]),
      ...apart,
      ...(bias ? [stackedRoles(theirsOf(theirs, 'in_proj_bias'), ours, 'bias', same)] : []),
      ...affine(theirsOf(theirs, 'out_proj'), inside('.', ours, 'out'), swapped, { bias }),
      ...refusedParametrizations(theirsOf(theirs, 'in_proj_weight')),
      {
        theirs: [theirsOf(theirs, 'bias_k'), theirsOf(theirs, 'bias_v')],
        ours: [],
        refused:
          'attention without add_bias_kv: ours adds no key and value of its own to those that it is given. Train it without.',
        toOurs: () => [],
        toTheirs: () => [],
      },
    ]
  },
)

/**
 * nn.TransformerEncoderLayer, for `transformerEncoder({ heads, hidden: 2048, norm: 'post', activation: relu, epsilon: 1e-5 })`:
 * these are PyTorch's defaults and not ours. `norm: 'pre'` stands for `norm_first=True`.
 * @param options `bias: false` for a layer of theirs made with `bias=False`: all biases are 0 here
 * @example encoderLayer('encoder.layers.0', '0')[0]?.theirs // ['encoder.layers.0.self_attn.in_proj_weight']
 */
export const encoderLayer = operation(
  'weights.torch.encoderLayer',
  { at: 2, names: ['epsilon', 'bias'] },
  (theirs: string, ours: string, options: NormOptions = {}): readonly Rule[] => [
    ...multiheadAttention(theirsOf(theirs, 'self_attn'), inside('.', ours, 'attention'), options),
    ...linear(theirsOf(theirs, 'linear1'), inside('.', ours, 'mlp.hidden'), options),
    ...linear(theirsOf(theirs, 'linear2'), inside('.', ours, 'mlp.out'), options),
    ...norm(theirsOf(theirs, 'norm1'), inside('.', ours, 'attentionNorm'), options),
    ...norm(theirsOf(theirs, 'norm2'), inside('.', ours, 'mlpNorm'), options),
  ],
)

/**
 * nn.TransformerDecoderLayer, for `transformerDecoder` with the options of `encoderLayer`.
 * @example decoderLayer('decoder.layers.0', '0')[0]?.ours[0] // 'params.0.attention.query.kernel'
 */
export const decoderLayer = operation(
  'weights.torch.decoderLayer',
  { at: 2, names: ['epsilon', 'bias'] },
  (theirs: string, ours: string, options: NormOptions = {}): readonly Rule[] => [
    ...multiheadAttention(theirsOf(theirs, 'self_attn'), inside('.', ours, 'attention'), options),
    ...multiheadAttention(theirsOf(theirs, 'multihead_attn'), inside('.', ours, 'cross'), options),
    ...linear(theirsOf(theirs, 'linear1'), inside('.', ours, 'mlp.hidden'), options),
    ...linear(theirsOf(theirs, 'linear2'), inside('.', ours, 'mlp.out'), options),
    ...norm(theirsOf(theirs, 'norm1'), inside('.', ours, 'attentionNorm'), options),
    ...norm(theirsOf(theirs, 'norm2'), inside('.', ours, 'crossNorm'), options),
    ...norm(theirsOf(theirs, 'norm3'), inside('.', ours, 'mlpNorm'), options),
  ],
)

/**
 * The layers of a stack, such as nn.TransformerEncoder or nn.Sequential, for our `repeat`, whose tensors are stacked.
 * @param rulesOf the rules of layer i, all of one kind
 * @example stacked(2, (i) => linear(`layers.${i}`, '0'))[0]?.theirs // ['layers.0.weight', 'layers.1.weight']
 */
export const stacked = (count: number, rulesOf: (i: number) => readonly Rule[]): readonly Rule[] => {
  const layers = Array.from({ length: count }, (_, i) => rulesOf(i))
  return (layers[0] ?? []).map((first, r): Rule => {
    const width = first.theirs.length
    return {
      theirs: layers.flatMap((rules) => rules[r]?.theirs ?? []),
      ours: first.ours,
      ...(first.layout === undefined ? {} : { layout: first.layout }),
      ...(first.epsilon === undefined ? {} : { epsilon: first.epsilon }),
      ...(first.refused === undefined ? {} : { refused: first.refused }),
      toOurs: (tensors) => {
        const each = layers.map((_, i) => first.toOurs(tensors.slice(i * width, (i + 1) * width)))
        return first.ours.map((_, k) => np.stack(each.map((made) => made[k] as Tensor)))
      },
      toTheirs: (tensors) => layers.flatMap((_, i) => first.toTheirs(tensors.map((x) => x.slice(i)))),
    }
  })
}

/** The layout of a kernel by its rank, which is the same on both sides. */
const layoutByRank: Layout = {
  toOurs: (x) => (x.ndim === 2 ? swapped : channelsLast).toOurs(x),
  toTheirs: (x) => (x.ndim === 2 ? swapped : channelsLast).toTheirs(x),
}

/**
 * Rules by rank, for models whose layers have the same paths on both sides: weights of rank 1 are scales, of rank 2 dense
 * kernels, of more convolutions. Put rules for embeddings before them: `[...torch.embedding('tok', 'tok'), ...torchRules]`.
 * So too for transposed convolutions and bilinear layers, whose weights have the shapes of convolutions: where a leaf of
 * `init` is known to be one of these, or a shape does not tell a convolution over time from a bilinear layer, a rule of its
 * own is asked for.
 */
export const torchRules: readonly Rule[] = freezeDeep<readonly Rule[]>([
  { ...one('{layer*}.weight', 'params.{layer*}.scale', same, 1), epsilon: torchEpsilon },
  { ...one('{layer*}.weight', 'params.{layer*}.kernel', layoutByRank, [2]), layout: 'byRank' },
  one('{layer*}.bias', 'params.{layer*}.bias'),
  one('{layer*}.running_mean', 'state.{layer*}.mean'),
  one('{layer*}.running_var', 'state.{layer*}.var'),
  ...refusedParametrizations('{layer*}.weight'),
])

/** Names that a state dict has and no model of ours needs, for the option `ignore`. */
export const torchIgnored: readonly string[] = Object.freeze(['{layer*}.num_batches_tracked', 'num_batches_tracked'])

export { type ParametrizationOptions, type RulesOf, spectralNorm, weightNorm } from './torch-parametrizations.js'
