/** Layers that what they compute depends on: features that a condition scales and shifts. */
import { operation, type Tensor } from '@puregrad/core'
import { block } from '../combinators/block.js'
import { ones, zeros } from '../initializers/constant.js'
import type { Initializer } from '../initializers/initializer.js'
import type { Layer } from '../layer.js'
import { type BatchNormOptions, type BatchNormState, batchNorm } from './batch-norm.js'
import { type DenseParams, type KernelOptions, projection, type WithBias } from './dense.js'
import { type EmbeddingParams, embedding } from './embedding.js'

/** Features, and what they depend on. */
export interface Conditioned {
  /** [batch, …, channels] */
  readonly x: Tensor
  /** [batch, size], or integers [batch] where classes are what it depends on. */
  readonly condition: Tensor
}

/** A tensor [batch, channels] beside [batch, …, channels]. */
const beside = (x: Tensor, perChannel: Tensor): Tensor => {
  const between = Array.from({ length: x.ndim - 2 }, () => 1)
  return perChannel.reshape([perChannel.shape[0] as number, ...between, perChannel.shape[1] as number])
}

export interface FilmParams<B extends boolean = true> {
  /** What is added to a scale of 1. */
  readonly scale: WithBias<DenseParams, B>
  readonly shift: WithBias<DenseParams, B>
}

export interface FilmOptions<B extends boolean = boolean> extends Pick<KernelOptions<B>, 'useBias' | 'biasInit'> {
  /** `zeros` unless said. */
  readonly kernelInit?: Initializer
}

/**
 * Feature-wise linear modulation (Perez et al. 2018): x · (1 + scale(condition)) + shift(condition), for every channel. It starts as
 * the identity.
 * @returns a layer from { x: [batch, …, channels], condition: [batch, size] } to [batch, …, channels]
 * @example
 * const layer = film()
 * const { params, state } = init(layer, { x: [8, 8, 4], condition: [3] }, random.key(0))
 * layer.apply(params, state, { x: np.ones([2, 8, 8, 4]), condition: np.ones([2, 3]) }, { mode: 'eval' })[0].shape // [2, 8, 8, 4]
 */
export const film = operation(
  'film',
  { at: 0, names: ['useBias', 'kernelInit', 'biasInit'] },
  <const B extends boolean = true>(
    options: FilmOptions<B> = {},
  ): Layer<FilmParams<B>, { readonly scale: null; readonly shift: null }, Conditioned, Tensor> => {
    const affine = projection<B>(([, x]) => x?.at(-1) as number, { kernelInit: zeros, ...options })
    return block(
      { scale: affine, shift: affine },
      (run, { x, condition }: Conditioned) =>
        x.mul(beside(x, run.scale([condition, x])).add(1)).add(beside(x, run.shift([condition, x]))),
      { name: 'film' },
    )
  },
)

export interface ConditionalBatchNormOptions extends Pick<BatchNormOptions, 'momentum' | 'epsilon' | 'axisName'> {
  /** How many classes there are, if the condition is integers [batch]; without it, the condition is vectors [batch, size]. */
  readonly classes?: number
  /** What scales start as, in every class: `ones` unless said. */
  readonly scaleInit?: Initializer
  /** What shifts start as, in every class: `zeros` unless said. */
  readonly biasInit?: Initializer
  /** Of the maps from vectors to scales and shifts: `zeros` unless said, so that all vectors start alike. */
  readonly kernelInit?: Initializer
}

export interface ConditionalBatchNormParams {
  readonly norm: Readonly<Record<string, never>>
  readonly scale: EmbeddingParams | DenseParams
  readonly shift: EmbeddingParams | DenseParams
}

/**
 * Batch normalisation whose scale and shift depend on a condition (de Vries et al. 2017; Miyato & Koyama 2018): on a class, each with
 * a scale and a shift of its own, or on a vector, of which both are affine maps (as in BigGAN). At first scales are 1 and shifts 0.
 * @returns a layer from { x: [batch, …, channels], condition } to [batch, …, channels], with the state of `batchNorm`
 * @example
 * const layer = conditionalBatchNorm({ classes: 10 })
 * const { params, state } = init(layer, { x: [4, 4, 8], condition: [] }, random.key(0))
 * const labels = np.array([3, 7], { dtype: 'int32' })
 * layer.apply(params, state, { x: np.ones([2, 4, 4, 8]), condition: labels }, { mode: 'eval' })[0].shape // [2, 4, 4, 8]
 */
export const conditionalBatchNorm = operation(
  'conditionalBatchNorm',
  { at: 0, names: ['classes', 'scaleInit', 'biasInit', 'kernelInit', 'momentum', 'epsilon', 'axisName'] },
  ({
    classes,
    scaleInit = ones,
    biasInit = zeros,
    kernelInit = zeros,
    ...options
  }: ConditionalBatchNormOptions = {}): Layer<
    ConditionalBatchNormParams,
    { readonly norm: BatchNormState; readonly scale: null; readonly shift: null },
    Conditioned,
    Tensor
  > => {
    return block(
      {
        norm: batchNorm({ ...options, affine: false }),
        scale: perChannel(classes, kernelInit, scaleInit),
        shift: perChannel(classes, kernelInit, biasInit),
      },
      (run, { x, condition }: Conditioned) =>
        run
          .norm(x)
          .mul(beside(x, run.scale([condition, x])))
          .add(beside(x, run.shift([condition, x]))),
      { name: 'conditionalBatchNorm' },
    )
  },
)

/** A number for every channel of the second input, by the class or the vector that the first is. */
const perChannel = (
  classes: number | undefined,
  kernelInit: Initializer,
  start: Initializer,
): Layer<EmbeddingParams | DenseParams, null, readonly Tensor[], Tensor> => {
  if (classes === undefined)
    return projection(([, x]) => x?.at(-1) as number, { kernelInit, biasInit: start }) as Layer<
      EmbeddingParams | DenseParams,
      null,
      readonly Tensor[],
      Tensor
    >
  const of = (channels: number) => embedding(classes, channels, { embeddingInit: start })
  return {
    name: `embedding(${classes})`,
    plan: (input) => {
      const [labels, x] = input as unknown as readonly (readonly number[])[]
      return of(x?.at(-1) as number).plan(labels as readonly number[])
    },
    apply: (params, state, [labels, x], ctx) =>
      of((x as Tensor).shape.at(-1) as number).apply(params as EmbeddingParams, state, labels as Tensor, ctx),
  }
}
