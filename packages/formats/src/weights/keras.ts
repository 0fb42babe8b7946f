/** Rules for the weights of Keras and TensorFlow. `ours` is the path of the layer inside both `params` and `state`. */
import { np, operation, type Tensor } from '@puregrad/core'
import { inside, type Layout, one, type Rule } from './rules.js'

/**
 * Dense and Conv layers: the same layouts on both sides. Conv2DTranspose too, for a layer with `transposeKernel: true`.
 * @example affine('conv2d', '0')[0]?.theirs // ['conv2d/kernel']
 */
export const affine = (theirs: string, ours: string): readonly Rule[] => [
  one(inside('/', theirs, 'kernel'), inside('.', 'params', ours, 'kernel')),
  one(inside('/', theirs, 'bias'), inside('.', 'params', ours, 'bias')),
]

/** [sizes…, channels, multiplier] there, [sizes…, 1, channels · multiplier] here: the numbers stay in their order. */
const depthwiseKernel = (theirs: string, ours: string, multiplier: number): Rule =>
  one(theirs, ours, {
    toOurs: (x) => x.reshape([...x.shape.slice(0, -2), 1, (x.shape.at(-2) ?? 0) * (x.shape.at(-1) ?? 0)]),
    toTheirs: (x) => x.reshape([...x.shape.slice(0, -2), (x.shape.at(-1) ?? 0) / multiplier, multiplier]),
  })

/**
 * DepthwiseConv2D, whose `depth_multiplier` is 1 unless said.
 * @example depthwise('dw', '1')[0]?.theirs // ['dw/depthwise_kernel']
 */
export const depthwise = operation(
  'weights.keras.depthwise',
  { at: 2, names: ['multiplier'] },
  (theirs: string, ours: string, { multiplier = 1 }: { readonly multiplier?: number } = {}): readonly Rule[] => [
    depthwiseKernel(inside('/', theirs, 'depthwise_kernel'), inside('.', 'params', ours, 'kernel'), multiplier),
    one(inside('/', theirs, 'bias'), inside('.', 'params', ours, 'bias')),
  ],
)

/**
 * SeparableConv1D and 2D, whose `depth_multiplier` is 1 unless said.
 * @example separable('sep', '1')[1]?.ours // ['params.1.pointwise.kernel']
 */
export const separable = operation(
  'weights.keras.separable',
  { at: 2, names: ['multiplier'] },
  (theirs: string, ours: string, { multiplier = 1 }: { readonly multiplier?: number } = {}): readonly Rule[] => [
    depthwiseKernel(
      inside('/', theirs, 'depthwise_kernel'),
      inside('.', 'params', ours, 'depthwise.kernel'),
      multiplier,
    ),
    one(inside('/', theirs, 'pointwise_kernel'), inside('.', 'params', ours, 'pointwise.kernel')),
    one(inside('/', theirs, 'bias'), inside('.', 'params', ours, 'pointwise.bias')),
  ],
)

/**
 * Embedding: `embeddings` is `embedding`.
 * @example embedding('tok', '0')[0]?.ours // ['params.0.embedding']
 */
export const embedding = (theirs: string, ours: string): readonly Rule[] => [
  one(inside('/', theirs, 'embeddings'), inside('.', 'params', ours, 'embedding')),
]

/**
 * BatchNormalization and LayerNormalization: gamma is `scale`, beta `bias`. What is added to the variance is 1e-3 in Keras
 * unless said there; if ours adds another number, `importWeights` notes it.
 * @example norm('bn', '1')[0]?.theirs // ['bn/gamma']
 */
export const norm = operation(
  'weights.keras.norm',
  { at: 2, names: ['epsilon'] },
  (theirs: string, ours: string, { epsilon = 1e-3 }: { readonly epsilon?: number } = {}): readonly Rule[] => [
    { ...one(inside('/', theirs, 'gamma'), inside('.', 'params', ours, 'scale')), epsilon },
    one(inside('/', theirs, 'beta'), inside('.', 'params', ours, 'bias')),
    one(inside('/', theirs, 'moving_mean'), inside('.', 'state', ours, 'mean')),
    one(inside('/', theirs, 'moving_variance'), inside('.', 'state', ours, 'var')),
  ],
)

/**
 * SimpleRNN and LSTM (gates i, f, c, o, which are ours).
 * @example lstm('lstm', '1')[1]?.theirs // ['lstm/recurrent_kernel']
 */
export const lstm = (theirs: string, ours: string): readonly Rule[] => [
  one(inside('/', theirs, 'kernel'), inside('.', 'params', ours, 'inputKernel')),
  one(inside('/', theirs, 'recurrent_kernel'), inside('.', 'params', ours, 'recurrentKernel')),
  one(inside('/', theirs, 'bias'), inside('.', 'params', ours, 'bias')),
]

/** Equal parts of the last axis in another order. */
const reordered = (x: Tensor, order: readonly number[]): Tensor => {
  const parts = np.split(x, order.length, { axis: -1 })
  return np.concatenate(
    order.map((i) => parts[i] as Tensor),
    { axis: -1 },
  )
}

const gates = (toOurs: readonly number[], toTheirs: readonly number[]): Layout => ({
  toOurs: (x) => reordered(x, toOurs),
  toTheirs: (x) => reordered(x, toTheirs),
})

// z, r, h there and r, z, n here; the order is its own inverse. Keras weighs the old state by z, as ours does.
const gruGates = gates([1, 0, 2], [1, 0, 2])

/**
 * GRU with `reset_after`, as Keras 2 and later make it: its bias is [2, 3 · features], for the input and the state.
 * @example gru('gru', '1')[2]?.ours // ['params.1.bias', 'params.1.recurrentBias']
 */
export const gru = (theirs: string, ours: string): readonly Rule[] => [
  one(inside('/', theirs, 'kernel'), inside('.', 'params', ours, 'inputKernel'), gruGates),
  one(inside('/', theirs, 'recurrent_kernel'), inside('.', 'params', ours, 'recurrentKernel'), gruGates),
  {
    theirs: [inside('/', theirs, 'bias')],
    ours: [inside('.', 'params', ours, 'bias'), inside('.', 'params', ours, 'recurrentBias')],
    toOurs: ([bias]) => {
      const width = ((bias as Tensor).shape[1] ?? 0) as number
      return np.split(gruGates.toOurs(bias as Tensor), 2).map((row) => row.reshape([width]))
    },
    toTheirs: (rows) => [gruGates.toTheirs(np.stack(rows))],
  },
]

/**
 * BasicLSTMCell of TensorFlow 1: `weights` [inputs + features, 4 · features] with gates i, g, f, o, and a bias to which it
 * adds `forgetBias` at f when it runs.
 * @example basicLstm('cell_0', '1', { inputs: 128 })[0]?.theirs // ['cell_0/weights']
 */
export const basicLstm = operation(
  'weights.keras.basicLstm',
  { at: 2, names: ['inputs', 'forgetBias'] },
  (
    theirs: string,
    ours: string,
    { inputs, forgetBias = 1 }: { readonly inputs: number; readonly forgetBias?: number },
  ): readonly Rule[] => {
    // i, g, f, o there and i, f, g, o here: its own inverse.
    const order = gates([0, 2, 1, 3], [0, 2, 1, 3])
    const forget = (bias: Tensor, by: number): Tensor => {
      const [i, f, g, o] = np.split(bias, 4) as [Tensor, Tensor, Tensor, Tensor]
      return np.concatenate([i, f.add(by), g, o])
    }
    return [
      {
        theirs: [inside('/', theirs, 'weights')],
        ours: [inside('.', 'params', ours, 'inputKernel'), inside('.', 'params', ours, 'recurrentKernel')],
        toOurs: ([weights]) => np.split(order.toOurs(weights as Tensor), [inputs]),
        toTheirs: (kernels) => [order.toTheirs(np.concatenate(kernels))],
      },
      one(inside('/', theirs, 'biases'), inside('.', 'params', ours, 'bias'), {
        toOurs: (bias) => forget(order.toOurs(bias), forgetBias),
        toTheirs: (bias) => order.toTheirs(forget(bias, -forgetBias)),
      }),
    ]
  },
)
