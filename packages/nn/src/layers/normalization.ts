/** Normalisation of each example by itself. */
import { lax, np, operation, type Tensor } from '@puregrad/core'
import { standardize } from '../functions/softmax.js'
import { ones, zeros } from '../initializers/constant.js'
import type { Initializer } from '../initializers/initializer.js'
import { type Layer, stateless } from '../layer.js'
import { frozenLeaf, leaf, type OpenPlan } from '../plan.js'
import { refuse, unlessRefused } from '../refusal.js'
import { positionwise, type Stepping } from '../steps.js'

export interface NormParams {
  /** [channels] */
  readonly scale: Tensor
  /** [channels] */
  readonly bias: Tensor
}

/** The parameters of a norm, as far as it has them. */
export type NormParamsOf<A extends boolean, B extends boolean> = A extends false
  ? Omit<NormParams, 'scale' | 'bias'>
  : B extends false
    ? Omit<NormParams, 'bias'>
    : NormParams

/** What a norm does after it has normalised. */
export interface AffineOptions<A extends boolean = boolean, B extends boolean = boolean> {
  /** Whether there is a scale, and a bias, to learn: true unless said. */
  readonly affine?: A
  /** Whether there is a bias beside the scale: true unless said. */
  readonly useBias?: B
  /** `ones` unless said. */
  readonly scaleInit?: Initializer
  /** `zeros` unless said. */
  readonly biasInit?: Initializer
}

export interface NormOptions<A extends boolean = boolean, B extends boolean = boolean> extends AffineOptions<A, B> {
  /** Added to the variance: 1e-6 unless said, as in Flax; PyTorch adds 1e-5 and Keras 1e-3. */
  readonly epsilon?: number
}

/** The parameters of a norm as its computation sees them. */
export type SomeNormParams = Partial<NormParams>

/** The last size of a shape. @throws ShapeError if there is none */
export const channelsOf = (name: string, input: readonly number[]): number =>
  input.at(-1) ??
  refuse(
    name,
    'takes [..., channels] after the batch axis and the input is a single number, [].',
    'Give it an axis: nn.reshape([1]).',
  )

/** The plan of a scale and a bias, as far as there are any. */
export const planAffine = <A extends boolean, B extends boolean>(
  channels: number,
  epsilon: number,
  { affine, useBias = true as B, scaleInit = ones, biasInit = zeros }: AffineOptions<A, B>,
): OpenPlan<NormParamsOf<A, B>> => {
  const scale = frozenLeaf({ ...leaf('scale', [channels], scaleInit), about: Object.freeze({ epsilon }) })
  const whole = useBias ? { scale, bias: leaf('bias', [channels], biasInit) } : { scale }
  // Which of these it is, A and B say, and no compiler follows.
  return (affine === false ? {} : whole) as OpenPlan<NormParamsOf<A, B>>
}

/** scale · x + bias, as far as there are any. */
export const scaled = (x: Tensor, { scale, bias }: SomeNormParams): Tensor => {
  const y = scale === undefined ? x : x.mul(scale)
  return bias === undefined ? y : y.add(bias)
}

type Norm<P> = Layer<P, null> & Stepping<P, null, Tensor, Tensor, null>

/**
 * Zero mean and unit variance along the last axis, then scale and bias (Ba et al. 2016).
 * @example
 * const { params } = init(layerNorm(), [8], random.key(0))
 * layerNorm().apply(params, null, np.ones([2, 8]), { mode: 'eval' })[0].shape // [2, 8]
 */
export const layerNorm = operation(
  'layerNorm',
  { at: 0, names: ['epsilon', 'affine', 'useBias', 'scaleInit', 'biasInit'] },
  <const A extends boolean = true, const B extends boolean = true>(
    options: NormOptions<A, B> = {},
  ): Norm<NormParamsOf<A, B>> => {
    const { epsilon = 1e-6 } = options
    return positionwise(
      stateless<NormParamsOf<A, B>>(
        'layerNorm',
        unlessRefused((input) => ({
          params: planAffine(channelsOf('layerNorm', input), epsilon, options),
          out: input,
        })),
        (params, x) => scaled(standardize(x, { epsilon }), params),
      ),
    )
  },
)

export interface RmsNormParams {
  /** [channels] */
  readonly scale: Tensor
}

type RmsNormParamsOf<A extends boolean> = A extends false ? Omit<RmsNormParams, 'scale'> : RmsNormParams

/**
 * x / √(mean x² + epsilon) along the last axis, then scale (Zhang & Sennrich 2019). Its epsilon is 1e-6 unless said, as in Flax and
 * Keras; PyTorch adds the dtype's own, 1.2e-7 in float32.
 * @example
 * const { params } = init(rmsNorm(), [8], random.key(0))
 * rmsNorm().apply(params, null, np.ones([2, 8]), { mode: 'eval' })[0].shape // [2, 8]
 */
export const rmsNorm = operation(
  'rmsNorm',
  { at: 0, names: ['epsilon', 'affine', 'scaleInit'] },
  <const A extends boolean = true>({
    epsilon = 1e-6,
    affine,
    scaleInit = ones,
  }: Omit<NormOptions<A>, 'useBias' | 'biasInit'> = {}): Norm<RmsNormParamsOf<A>> =>
    positionwise(
      stateless<RmsNormParamsOf<A>>(
        'rmsNorm',
        unlessRefused((input) => {
          const scale = leaf('scale', [channelsOf('rmsNorm', input)], scaleInit)
          return { params: (affine === false ? {} : { scale }) as OpenPlan<RmsNormParamsOf<A>>, out: input }
        }),
        (params, x) =>
          scaled(x.mul(lax.rsqrt(np.mean(np.square(x), { axis: -1, keepdims: true }).add(epsilon))), params),
      ),
    ),
)

export interface GroupNormOptions<A extends boolean = boolean, B extends boolean = boolean> extends NormOptions<A, B> {
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
  { at: 0, names: ['groups', 'epsilon', 'affine', 'useBias', 'scaleInit', 'biasInit'] },
  <const A extends boolean = true, const B extends boolean = true>(
    options: GroupNormOptions<A, B> = {},
  ): Layer<NormParamsOf<A, B>, null> => {
    const { groups = 32, epsilon = 1e-6 } = options
    const name = `groupNorm(${groups})`
    return stateless<NormParamsOf<A, B>>(
      name,
      unlessRefused((input) => {
        const channels = channelsOf(name, input)
        return channels % groups === 0
          ? { params: planAffine(channels, epsilon, options), out: input }
          : refuse(
              name,
              `${groups} groups do not divide the ${channels} channels of [${input}].`,
              'Take groups that do.',
            )
      }),
      (params, x) => {
        const channels = x.shape[x.ndim - 1] as number
        const grouped = x.reshape([x.shape[0] as number, -1, groups, channels / groups])
        return scaled(standardize(grouped, { axis: [1, 3], epsilon }).reshape(x.shape), params)
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
  { at: 0, names: ['epsilon', 'affine', 'useBias', 'scaleInit', 'biasInit'] },
  <const A extends boolean = true, const B extends boolean = true>(
    options: NormOptions<A, B> = {},
  ): Layer<NormParamsOf<A, B>, null> => {
    const { epsilon = 1e-6 } = options
    return stateless<NormParamsOf<A, B>>(
      'instanceNorm',
      unlessRefused((input) =>
        input.length >= 2
          ? { params: planAffine(channelsOf('instanceNorm', input), epsilon, options), out: input }
          : refuse(
              'instanceNorm',
              `the input [${input}] has no axes between batch and channels to take a mean over.`,
              'Take layerNorm.',
            ),
      ),
      (params, x) =>
        scaled(standardize(x, { axis: Array.from({ length: x.ndim - 2 }, (_, i) => i + 1), epsilon }), params),
    )
  },
)
