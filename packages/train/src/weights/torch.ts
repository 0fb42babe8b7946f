/** Rules for PyTorch's state dicts. `ours` is the path of the layer inside both `params` and `state`, as `init` gives them. */
import { np, type Tensor } from '@puregrad/core'
import { channelsLast, flattened, type Layout, one, type Rule, same, swapped } from './rules.js'

/** `[weight, bias]` as `{ kernel, bias }`. */
const affine = (theirs: string, ours: string, layout: Layout): readonly Rule[] => [
  one(`${theirs}.weight`, `params.${ours}.kernel`, layout),
  one(`${theirs}.bias`, `params.${ours}.bias`),
]

/**
 * nn.Linear: [out, in] becomes [in, out].
 * @param options `image`: the [channels, height, width] that were flattened before it, which are in another order here
 * @example linear('classifier.1', '5', { image: [16, 5, 5] })[0]?.ours // ['params.5.kernel']
 */
export const linear = (
  theirs: string,
  ours: string,
  { image }: { readonly image?: readonly [channels: number, height: number, width: number] } = {},
): readonly Rule[] => affine(theirs, ours, image === undefined ? swapped : flattened(image))

/**
 * nn.Conv1d, 2d and 3d, grouped ones too: [out, in / groups, …sizes] becomes [...sizes, in / groups, out].
 * @example conv('layer{i}.conv', 'blocks.{i}')[0]?.ours // ['params.blocks.{i}.kernel']
 */
export const conv = (theirs: string, ours: string): readonly Rule[] => affine(theirs, ours, channelsLast)

/**
 * nn.ConvTranspose1d, 2d and 3d without groups: [in, out, …sizes] becomes [...sizes, out, in], which our transposed
 * convolutions take with `transposeKernel: true`.
 * @example convTranspose('up', '3')[0]?.ours // ['params.3.kernel']
 */
export const convTranspose = conv

/**
 * nn.Embedding: `weight` is `embedding`.
 * @example embedding('tok', '0')[0]?.ours // ['params.0.embedding']
 */
export const embedding = (theirs: string, ours: string): readonly Rule[] => [
  one(`${theirs}.weight`, `params.${ours}.embedding`),
]

/**
 * nn.LayerNorm, GroupNorm, and BatchNorm with its running statistics.
 * @example norm('bn1', '1')[3]?.ours // ['state.1.var']
 */
export const norm = (theirs: string, ours: string): readonly Rule[] => [
  one(`${theirs}.weight`, `params.${ours}.scale`),
  one(`${theirs}.bias`, `params.${ours}.bias`),
  one(`${theirs}.running_mean`, `state.${ours}.mean`),
  one(`${theirs}.running_var`, `state.${ours}.var`),
]

export interface RecurrentSelection {
  /** Which of stacked layers: 0 unless said. */
  readonly layer?: number
  /** The backward direction of a bidirectional layer. */
  readonly reverse?: boolean
}

const suffixOf = ({ layer = 0, reverse = false }: RecurrentSelection): string => `l${layer}${reverse ? '_reverse' : ''}`

/**
 * nn.RNN and nn.LSTM (gates i, f, g, o on both sides). Its two biases only ever act as their sum, which is ours; back from
 * ours, the second is zero.
 * @example lstm('encoder', '1', { layer: 1 })[0]?.theirs // ['encoder.weight_ih_l1']
 */
export const lstm = (theirs: string, ours: string, selection: RecurrentSelection = {}): readonly Rule[] => {
  const suffix = suffixOf(selection)
  return [
    one(`${theirs}.weight_ih_${suffix}`, `params.${ours}.inputKernel`, swapped),
    one(`${theirs}.weight_hh_${suffix}`, `params.${ours}.recurrentKernel`, swapped),
    {
      theirs: [`${theirs}.bias_ih_${suffix}`, `${theirs}.bias_hh_${suffix}`],
      ours: [`params.${ours}.bias`],
      toOurs: ([input, hidden]) => [np.add(input as Tensor, hidden as Tensor)],
      toTheirs: ([bias]) => [bias as Tensor, np.zerosLike(bias as Tensor)],
    },
  ]
}

/**
 * nn.RNN: the same tensors as nn.LSTM, with one gate.
 * @example rnn('rnn', '1')[1]?.theirs // ['rnn.weight_hh_l0']
 */
export const rnn = lstm

/**
 * nn.GRU (gates r, z, n on both sides): its hidden bias is `recurrentBias`.
 * @example gru('rnn', '1')[3]?.ours // ['params.1.recurrentBias']
 */
export const gru = (theirs: string, ours: string, selection: RecurrentSelection = {}): readonly Rule[] => {
  const suffix = suffixOf(selection)
  return [
    one(`${theirs}.weight_ih_${suffix}`, `params.${ours}.inputKernel`, swapped),
    one(`${theirs}.weight_hh_${suffix}`, `params.${ours}.recurrentKernel`, swapped),
    one(`${theirs}.bias_ih_${suffix}`, `params.${ours}.bias`),
    one(`${theirs}.bias_hh_${suffix}`, `params.${ours}.recurrentBias`),
  ]
}

const roles = ['query', 'key', 'value'] as const

/**
 * nn.MultiheadAttention: `in_proj` holds query, key and value one below the other.
 * @example multiheadAttention('attn', 'attention')[0]?.ours[2] // 'params.attention.value.kernel'
 */
export const multiheadAttention = (theirs: string, ours: string): readonly Rule[] => [
  {
    theirs: [`${theirs}.in_proj_weight`],
    ours: roles.map((role) => `params.${ours}.${role}.kernel`),
    toOurs: ([weight]) => np.split(weight as Tensor, 3).map((part) => np.transpose(part)),
    toTheirs: (kernels) => [np.concatenate(kernels.map((kernel) => np.transpose(kernel)))],
  },
  {
    theirs: [`${theirs}.in_proj_bias`],
    ours: roles.map((role) => `params.${ours}.${role}.bias`),
    toOurs: ([bias]) => np.split(bias as Tensor, 3),
    toTheirs: (biases) => [np.concatenate(biases)],
  },
  ...affine(`${theirs}.out_proj`, `${ours}.out`, swapped),
]

/**
 * Rules by rank, for models whose layers have the same paths on both sides: weights of rank 1 are scales, of rank 2 dense
 * kernels, of more convolutions. Put rules for embeddings before them: `[...torch.embedding('tok', 'tok'), ...torchRules]`.
 */
export const torchRules: readonly Rule[] = [
  one('{layer*}.weight', 'params.{layer*}.scale', same, 1),
  one('{layer*}.weight', 'params.{layer*}.kernel', rankAware(), [2]),
  one('{layer*}.bias', 'params.{layer*}.bias'),
  one('{layer*}.running_mean', 'state.{layer*}.mean'),
  one('{layer*}.running_var', 'state.{layer*}.var'),
]

/** The layout of a kernel by its rank, which is the same on both sides. */
function rankAware(): Layout {
  const layoutOf = (x: Tensor): Layout => (x.ndim === 2 ? swapped : channelsLast)
  return { toOurs: (x) => layoutOf(x).toOurs(x), toTheirs: (x) => layoutOf(x).toTheirs(x) }
}

/** Names that a state dict has and no model of ours needs, for the option `ignore`. */
export const torchIgnored: readonly string[] = ['{layer*}.num_batches_tracked', 'num_batches_tracked']
