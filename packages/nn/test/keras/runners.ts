/** Every kind of Keras layer that we have, as ours: what each makes of an input and Keras's weights. */
import { np, type Tensor } from '@puregrad/core'
import * as nn from '../../src/index.js'
import { activationOf, isTrue, numbers, setting, sizes } from './settings.js'

/** From an example (without a batch axis), weights and settings to the output for it. */
export type Runner = (x: Tensor, weights: readonly Tensor[], settings: string) => Tensor

const evaluate = { mode: 'eval' } as const

const apply = <P, S>(layer: nn.Layer<P, S>, params: unknown, x: Tensor, state: unknown = null): Tensor =>
  layer.apply(params as P, state as S, np.expandDims(x, 0), evaluate)[0].slice(0)

/** The same with channels last: ours are, and Keras's may be first. */
const channelsLast =
  (run: Runner): Runner =>
  (x, weights, settings) => {
    if (setting(settings, 'data_format') !== 'channels_first') return run(x, weights, settings)
    const y = run(np.moveaxis(x, 0, -1), weights, settings)
    return y.ndim === x.ndim ? np.moveaxis(y, -1, 0) : y
  }

const affine = ([kernel, bias]: readonly Tensor[]): object => (bias === undefined ? { kernel } : { kernel, bias })
const activated = (settings: string, y: Tensor): Tensor => activationOf(setting(settings, 'activation') ?? 'linear')(y)
const paddingOf = (settings: string): 'SAME' | 'VALID' => (setting(settings, 'padding') === 'same' ? 'SAME' : 'VALID')

const convs = { 1: nn.conv1d, 2: nn.conv2d, 3: nn.conv3d } as const

const windowOf = (settings: string, rank: number, kernelSize: readonly number[]) => ({
  kernelSize,
  strides: sizes(settings, 'strides', rank) ?? 1,
  dilation: sizes(settings, 'dilation_rate', rank) ?? 1,
  padding: paddingOf(settings),
})

const conv = (rank: 1 | 2 | 3): Runner =>
  channelsLast((x, weights, settings) => {
    const { shape } = weights[0] as Tensor
    const layer = convs[rank](shape.at(-1) as number, windowOf(settings, rank, shape.slice(0, rank)))
    return activated(settings, apply(layer as nn.Layer<unknown, null>, affine(weights), x))
  })

const transposed: Runner = channelsLast((x, weights, settings) => {
  const { shape } = weights[0] as Tensor
  const { dilation: _, ...window } = windowOf(settings, 2, shape.slice(0, 2))
  const layer = nn.convTranspose2d(shape[2] as number, { ...window, transposeKernel: true })
  return activated(settings, apply(layer, affine(weights), x))
})

const separable: Runner = channelsLast((x, [depthwise, ...pointwise], settings) => {
  const [height, width, channels, multiplier] = (depthwise as Tensor).shape as unknown as [
    number,
    number,
    number,
    number,
  ]
  const features = (pointwise[0] as Tensor).shape.at(-1) as number
  const layer = nn.separableConv2d(features, { ...windowOf(settings, 2, [height, width]), multiplier })
  const kernel = (depthwise as Tensor).reshape([height, width, 1, channels * multiplier])
  return activated(settings, apply(layer, { depthwise: { kernel }, pointwise: affine(pointwise) }, x))
})

const pools = {
  Max: { 1: nn.maxPool1d, 2: nn.maxPool2d, 3: nn.maxPool3d },
  Average: { 1: nn.avgPool1d, 2: nn.avgPool2d, 3: nn.avgPool3d },
} as const

const pooling = (kind: keyof typeof pools, rank: 1 | 2 | 3): Runner =>
  channelsLast((x, _, settings) => {
    const window = sizes(settings, 'pool_size', rank) as readonly number[]
    const strides = sizes(settings, 'strides', rank) ?? window
    // Keras's means leave padding out.
    const options = { strides, padding: paddingOf(settings), ...(kind === 'Average' ? { countIncludePad: false } : {}) }
    return apply(pools[kind][rank](window, options), null, x)
  })

/** "(1,2)" on one axis is a pair, on more a width for each; "((1,2),(3,4))" are pairs, and one number is for all. */
const edges = (text: string, rank: number): number | readonly (readonly [number, number])[] => {
  const list = numbers(text)
  if (list.length === 1) return list[0] as number
  if (list.length === 2 * rank)
    return Array.from({ length: rank }, (_, i) => [list[2 * i] as number, list[2 * i + 1] as number])
  return list.map((n) => [n, n] as const)
}

const edge = (make: typeof nn.pad | typeof nn.crop, rank: number): Runner =>
  channelsLast((x, _, settings) => {
    const text = /(?:cropping|padding) (.*) on/.exec(settings)?.[1] as string
    return apply(make(edges(text, rank)), null, x)
  })

const upSampling = (make: typeof nn.upSampling2d, rank: number): Runner =>
  channelsLast((x, _, settings) => {
    const factors = numbers(/size (\S+) upsampling/.exec(settings)?.[1] as string)
    return apply(make(factors.length === rank ? factors : (factors[0] as number)), null, x)
  })

const batchNorm: Runner = (x, weights, settings) => {
  const axis = Number(setting(settings, 'axis'))
  const at = axis < 0 ? axis : axis - 1
  const [center, scaled] = [isTrue(settings, 'center'), isTrue(settings, 'scale')]
  const channels = [(weights[0] as Tensor).shape[0] as number]
  const rest = [...weights]
  const scale = scaled ? rest.shift() : np.ones(channels)
  const bias = center ? rest.shift() : np.zeros(channels)
  const layer = nn.batchNorm({ epsilon: Number(setting(settings, 'epsilon')) })
  const y = apply(layer, { scale, bias }, np.moveaxis(x, at, -1), { mean: rest[0], var: rest[1] })
  return np.moveaxis(y, -1, at)
}

type Kind = 'SimpleRNN' | 'LSTM' | 'GRU'

const cellOf = (kind: Kind, features: number, settings: string): nn.RecurrentCell<unknown, unknown> => {
  const activation = activationOf(setting(settings, 'activation') ?? 'tanh')
  const recurrentActivation = activationOf(setting(settings, 'recurrent_activation') ?? 'hard_sigmoid')
  const cell = {
    SimpleRNN: () => nn.simpleRnnCell(features, { activation }),
    LSTM: () => nn.lstmCell(features, { activation, recurrentActivation }),
    GRU: () => nn.gruCell(features, { activation, recurrentActivation, reset: 'before' }),
  }[kind]
  return cell() as unknown as nn.RecurrentCell<unknown, unknown>
}

/** Keras 2 has the gates of a GRU in the order z, r, n. */
const ourGates = (kind: Kind, x: Tensor): Tensor => {
  if (kind !== 'GRU') return x
  const [z, r, n] = np.split(x, 3, { axis: -1 }) as [Tensor, Tensor, Tensor]
  return np.concatenate([r, z, n], { axis: -1 })
}

const recurrentParams = (kind: Kind, [input, recurrent, bias]: readonly Tensor[]): object => {
  const width = (input as Tensor).shape[1] as number
  return {
    inputKernel: ourGates(kind, input as Tensor),
    recurrentKernel: ourGates(kind, recurrent as Tensor),
    bias: bias === undefined ? np.zeros([width]) : ourGates(kind, bias),
    ...(kind === 'GRU' ? { recurrentBias: np.zeros([width]) } : {}),
  }
}

const recurrent =
  (kind: Kind): Runner =>
  (x, weights, settings) => {
    const features = (weights[1] as Tensor).shape[0] as number
    const [returnSequences, reverse] = [isTrue(settings, 'return_sequences'), isTrue(settings, 'go_backwards')]
    const cell = cellOf(kind, features, settings)
    const layer = nn.rnn(cell, { returnSequences, reverse, carry: true })
    const params = recurrentParams(kind, weights)
    const once = (carry: unknown) =>
      layer.apply(params, null, { x: np.expandDims(x, 0), carry }, evaluate)[0] as { y: Tensor; carry: unknown }
    const first = once(cell.start(np.zeros([1, features])))
    const y = (isTrue(settings, 'stateful') ? once(first.carry) : first).y.slice(0)
    // Keras leaves the outputs of backward layers in the order in which they were computed.
    return returnSequences && reverse ? np.flip(y, { axis: 0 }) : y
  }

const merges = { concat: 'concat', sum: 'sum', mul: 'mul', ave: 'mean' } as const

const bidirectional: Runner = (x, weights, settings) => {
  const kind = (['SimpleRNN', 'LSTM', 'GRU'] as const).find((name) => settings.includes(name)) as Kind
  const half = weights.length / 2
  const layer = nn.rnn(cellOf(kind, (weights[1] as Tensor).shape[0] as number, settings), {
    bidirectional: true,
    returnSequences: isTrue(settings, 'return_sequences'),
    merge: merges[setting(settings, 'merge_mode') as keyof typeof merges],
  })
  const [forward, backward] = [weights.slice(0, half), weights.slice(half)].map((part) => recurrentParams(kind, part))
  return apply(layer as unknown as nn.Layer<unknown, null>, { forward, backward }, x)
}

const dense: Runner = (x, weights, settings) => {
  const activation = setting(settings, 'activation') ?? /with (\w+) activation/.exec(settings)?.[1] ?? 'linear'
  const layer = nn.dense((weights[0] as Tensor).shape[1] as number)
  return activationOf(activation)(apply(layer, affine(weights), x))
}

/** Several dense layers on one input; where the settings speak of matrices, their outputs three times below one another. */
const branches = (x: Tensor, weights: readonly Tensor[], settings: string): readonly Tensor[] =>
  Array.from({ length: weights.length / 2 }, (_, i) => {
    const y = apply(nn.dense(2), affine(weights.slice(2 * i, 2 * i + 2)), x)
    return settings.includes('2D inputs') ? np.tile(y, [3, 1]) : y
  })

const merge =
  (combine: (ys: readonly Tensor[], settings: string) => Tensor): Runner =>
  (x, weights, settings) =>
    combine(branches(x, weights, settings), settings)

const folded = (f: (a: Tensor, b: Tensor) => Tensor): Runner => merge((ys) => ys.reduce(f))

const dot = merge(([a, b], settings) => {
  const axis = (numbers(setting(settings, 'axes') as string)[0] as number) - 1
  const unit = (x: Tensor): Tensor =>
    isTrue(settings, 'normalize') ? x.div(np.sqrt(np.sum(np.square(x), { axis, keepdims: true }))) : x
  return np.tensordot(unit(a as Tensor), unit(b as Tensor), { axes: [[axis], [axis]] })
})

const concatenate = merge((ys, settings) => {
  const axis = Number(setting(settings, 'axis'))
  const batched = ys.map((y) => np.expandDims(y, 0))
  return nn.concat({ axis }).apply(null, null, batched, evaluate)[0].slice(0)
})

/** In the order of the cases, which have no settings: their outputs tell. */
const activationCases = [
  'softmax',
  'elu',
  'selu',
  'softplus',
  'softsign',
  'relu',
  'tanh',
  'sigmoid',
  'hard_sigmoid',
  'linear',
]

const shaped =
  (layer: (settings: string) => nn.Layer<null, null>): Runner =>
  (x, _, settings) =>
    apply(layer(settings), null, x)

const runners: Readonly<Record<string, Runner>> = {
  'advanced_activations.ELU': (x, _, settings) => activationOf('elu', settings)(x),
  'advanced_activations.LeakyReLU': (x, _, settings) => activationOf('relu', settings)(x),
  'convolutional.Conv1D': conv(1),
  'convolutional.Conv2D': conv(2),
  'convolutional.Conv3D': conv(3),
  'convolutional.Conv2DTranspose': transposed,
  'convolutional.SeparableConv2D': separable,
  'convolutional.Cropping1D': edge(nn.crop, 1),
  'convolutional.Cropping2D': edge(nn.crop, 2),
  'convolutional.Cropping3D': edge(nn.crop, 3),
  'convolutional.ZeroPadding1D': edge(nn.pad, 1),
  'convolutional.ZeroPadding2D': edge(nn.pad, 2),
  'convolutional.ZeroPadding3D': edge(nn.pad, 3),
  'convolutional.UpSampling1D': upSampling(nn.upSampling1d, 1),
  'convolutional.UpSampling2D': upSampling(nn.upSampling2d, 2),
  'convolutional.UpSampling3D': upSampling(nn.upSampling3d, 3),
  'core.Dense': dense,
  'core.Dropout': (x, weights) =>
    apply(nn.serial(nn.dense(2), nn.dropout(0.5)), [affine(weights), null], x, [null, null]),
  'core.Flatten': shaped(() => nn.flatten()),
  'core.Permute': shaped((settings) => {
    const [from, to] = (settings.split('shape')[1] as string).split('->').map(numbers) as [number[], number[]]
    const axes = to.map((n, i) => {
      const before = to.slice(0, i).filter((m) => m === n).length
      return from.flatMap((m, j) => (m === n ? [j + 1] : []))[before] as number
    })
    return nn.lambda((x: Tensor): Tensor => x.transpose([0, ...axes]))
  }),
  'core.RepeatVector': shaped(() => nn.lambda((x: Tensor): Tensor => np.repeat(np.expandDims(x, 1), 7, { axis: 1 }))),
  'core.Reshape': shaped((settings) => nn.reshape(numbers(settings.split('->')[1] as string))),
  'embeddings.Embedding': (x, [embedding]) => {
    const [count, features] = (embedding as Tensor).shape as unknown as [number, number]
    return apply(nn.embedding(count, features), { embedding }, x.astype('int32'))
  },
  'merge.Add': folded((a, b) => a.add(b)),
  'merge.Subtract': folded((a, b) => a.sub(b)),
  'merge.Multiply': folded((a, b) => a.mul(b)),
  'merge.Maximum': folded((a, b) => np.maximum(a, b)),
  'merge.Minimum': folded((a, b) => np.minimum(a, b)),
  'merge.Average': merge((ys) => np.mean(np.stack(ys), { axis: 0 })),
  'merge.Concatenate': concatenate,
  'merge.Dot': dot,
  'noise.GaussianDropout': (x, weights) =>
    apply(nn.serial(nn.dense(2), nn.gaussianDropout(0.5)), [affine(weights), null], x, [null, null]),
  'noise.GaussianNoise': (x, weights) =>
    apply(nn.serial(nn.dense(2), nn.gaussianNoise(0.5)), [affine(weights), null], x, [null, null]),
  'normalization.BatchNormalization': batchNorm,
  'pooling.AveragePooling1D': pooling('Average', 1),
  'pooling.AveragePooling2D': pooling('Average', 2),
  'pooling.AveragePooling3D': pooling('Average', 3),
  'pooling.MaxPooling1D': pooling('Max', 1),
  'pooling.MaxPooling2D': pooling('Max', 2),
  'pooling.MaxPooling3D': pooling('Max', 3),
  ...Object.fromEntries(
    [1, 2, 3].flatMap((rank) => [
      [`pooling.GlobalAveragePooling${rank}D`, channelsLast(shaped(() => nn.globalAvgPool()))],
      [`pooling.GlobalMaxPooling${rank}D`, channelsLast(shaped(() => nn.globalMaxPool()))],
    ]),
  ),
  'recurrent.SimpleRNN': recurrent('SimpleRNN'),
  'recurrent.LSTM': recurrent('LSTM'),
  'recurrent.GRU': recurrent('GRU'),
  'wrappers.Bidirectional': bidirectional,
  // A layer at every time is our dense, whose other axes are all batches, and for images a batch of times.
  'wrappers.TimeDistributed': (x, weights) => {
    const features = (weights[0] as Tensor).shape.at(-1) as number
    if (x.ndim === 2) return apply(nn.dense(features), affine(weights), x)
    const layer = nn.conv2d(features, { kernelSize: 3, padding: 'VALID' })
    return layer.apply(affine(weights) as nn.DenseParams, null, x, evaluate)[0]
  },
}

/** What runs a case, by its name; null for layers that we have not, or of which nothing is said. */
export const runnerOf = (name: string): Runner | null => {
  const parts = name.split('.')
  const kind = parts.slice(0, -1).join('.')
  if (kind === 'core.Activation') {
    const activation = activationCases[Number(parts.at(-1))] as string
    return (x, weights) => activationOf(activation)(apply(nn.dense(2), affine(weights), x))
  }
  if (parts[0] === 'activations') return (x, _, settings) => activationOf(parts[1] as string, settings)(x)
  return runners[kind] ?? null
}
