/** Normalisation of each example by itself. */
import { lax, np, operation, ShapeError, type Tensor } from '@puregrad/core'
import { left, right } from 'fp-ts/lib/Either.js'
import { standardize } from '../functions/softmax.js'
import { ones, zeros } from '../initializers/constant.js'
import { type Layer, stateless } from '../layer.js'
import { type LeafPlan, leaf } from '../plan.js'

export interface NormParams {
  /** [channels] */
  readonly scale: Tensor
  /** [channels] */
  readonly bias: Tensor
}

export interface NormOptions {
  /** Added to the variance: 1e-6 unless said. */
  readonly epsilon?: number
}

/** The last size of a shape, or an error. */
export const channelsOf = (name: string, input: readonly number[]): number | ShapeError =>
  input.at(-1) ??
  new ShapeError(
    `${name}: takes [..., channels] after the batch axis and the input is a single number, []. Give it an axis: nn.reshape([1]).`,
  )

export const planScaleAndBias = (
  channels: number,
  epsilon: number,
): { readonly scale: LeafPlan; readonly bias: LeafPlan } => ({
  scale: { ...leaf('scale', [channels], ones), about: { epsilon } },
  bias: leaf('bias', [channels], zeros),
})

/**
 * Zero mean and unit variance along the last axis, then scale and bias (Ba et al. 2016).
 * @example
 * const { params } = init(layerNorm(), [8], random.key(0))
 * layerNorm().apply(params, null, np.ones([2, 8]), { mode: 'eval' })[0].shape // [2, 8]
 */
export const layerNorm = operation(
  'layerNorm',
  { at: 0, names: ['epsilon'] },
  ({ epsilon = 1e-6 }: NormOptions = {}): Layer<NormParams, null> =>
    stateless(
      'layerNorm',
      (input) => {
        const channels = channelsOf('layerNorm', input)
        return typeof channels === 'number'
          ? right({ params: planScaleAndBias(channels, epsilon), out: input })
          : left(channels)
      },
      ({ scale, bias }, x) => standardize(x, { epsilon }).mul(scale).add(bias),
    ),
)

export interface RmsNormParams {
  /** [channels] */
  readonly scale: Tensor
}

/**
 * x / √(mean x² + epsilon) along the last axis, then scale (Zhang & Sennrich 2019).
 * @example
 * const { params } = init(rmsNorm(), [8], random.key(0))
 * rmsNorm().apply(params, null, np.ones([2, 8]), { mode: 'eval' })[0].shape // [2, 8]
 */
export const rmsNorm = operation(
  'rmsNorm',
  { at: 0, names: ['epsilon'] },
  ({ epsilon = 1e-6 }: NormOptions = {}): Layer<RmsNormParams, null> =>
    stateless(
      'rmsNorm',
      (input) => {
        const channels = channelsOf('rmsNorm', input)
        return typeof channels === 'number'
          ? right({ params: { scale: leaf('scale', [channels], ones) }, out: input })
          : left(channels)
      },
      ({ scale }, x) => x.mul(lax.rsqrt(np.mean(np.square(x), { axis: -1, keepdims: true }).add(epsilon))).mul(scale),
    ),
)

export interface GroupNormOptions extends NormOptions {
  /** Into how many blocks the channels are divided: 32 unless said. 1 normalises whole examples. */
  readonly groups?: number
}

/**
 * Zero mean and unit variance over all axes but the batch, in groups of channels, then scale and bias (Wu & He 2018).
 * @example
 * const { params } = init(groupNorm({ groups: 4 }), [6, 6, 8], random.key(0))
 * groupNorm({ groups: 4 }).apply(params, null, np.ones([2, 6, 6, 8]), { mode: 'eval' })[0].shape // [2, 6, 6, 8]
 */
export const groupNorm = operation(
  'groupNorm',
  { at: 0, names: ['groups', 'epsilon'] },
  ({ groups = 32, epsilon = 1e-6 }: GroupNormOptions = {}): Layer<NormParams, null> => {
    const name = `groupNorm(${groups})`
    return stateless(
      name,
      (input) => {
        const channels = channelsOf(name, input)
        if (typeof channels !== 'number') return left(channels)
        if (channels % groups === 0) return right({ params: planScaleAndBias(channels, epsilon), out: input })
        return left(
          new ShapeError(
            `${name}: ${groups} groups do not divide the ${channels} channels of [${input}]. Take groups that do.`,
          ),
        )
      },
      ({ scale, bias }, x) => {
        const channels = x.shape[x.ndim - 1] as number
        const grouped = x.reshape([x.shape[0] as number, -1, groups, channels / groups])
        return standardize(grouped, { axis: [1, 3], epsilon })
          .reshape(x.shape)
          .mul(scale)
          .add(bias)
      },
    )
  },
)

/**
 * Zero mean and unit variance of each channel of each example over its other axes, then scale and bias (Ulyanov et al. 2016).
 * @throws ShapeError from `plan`'s left side for inputs without axes between batch and channels
 * @example
 * const { params } = init(instanceNorm(), [6, 6, 8], random.key(0))
 * instanceNorm().apply(params, null, np.ones([2, 6, 6, 8]), { mode: 'eval' })[0].shape // [2, 6, 6, 8]
 */
export const instanceNorm = operation(
  'instanceNorm',
  { at: 0, names: ['epsilon'] },
  ({ epsilon = 1e-6 }: NormOptions = {}): Layer<NormParams, null> =>
    stateless(
      'instanceNorm',
      (input) => {
        const channels = input.at(-1)
        if (input.length >= 2 && channels !== undefined)
          return right({ params: planScaleAndBias(channels, epsilon), out: input })
        return left(
          new ShapeError(
            `instanceNorm: the input [${input}] has no axes between batch and channels to take a mean over. Take layerNorm.`,
          ),
        )
      },
      ({ scale, bias }, x) =>
        standardize(x, { axis: Array.from({ length: x.ndim - 2 }, (_, i) => i + 1), epsilon })
          .mul(scale)
          .add(bias),
    ),
)
