/** DCGAN: Radford, Metz & Chintala 2016, Unsupervised representation learning with deep convolutional generative adversarial networks. */
import { ArgumentError, operation, type Tensor } from '@puregrad/core'
import {
  batchNorm,
  type ConvParams,
  conv2d,
  convTranspose2d,
  initializers,
  type Layer,
  lambda,
  leakyRelu,
  type NormParams,
  named,
  relu,
  spectralNorm,
  type TensorStage,
  tanh,
} from '@puregrad/nn'
import { checkCounts, doublingOf } from './sizes.js'

export interface DcganOptions {
  /** Pixels a side, 4 to 7 times a power of two, such as 28, 32 or 64: 64 unless said. */
  readonly size?: number
  /** Channels of the images: 3 unless said. */
  readonly channels?: number
  /** Channels of the level next to the images; every level inwards has twice as many: 64 unless said. */
  readonly width?: number
}

export interface DcganGeneratorOptions extends DcganOptions {
  /** How much of the running statistics a step keeps: 0.9 unless said. */
  readonly momentum?: number
}

export interface DcganDiscriminatorOptions extends DcganGeneratorOptions {
  /** 'batch' as in the paper; 'spectral' for no norms and convolutions that do not stretch; 'none' for a critic with a penalty. 'batch' unless said. */
  readonly norm?: 'batch' | 'spectral' | 'none'
}

/** Convolutions conv1, conv2, … from the outside of a network inwards or outwards, and the norms behind all but the outermost ones. */
export interface DcganParams {
  readonly [layer: `conv${number}`]: ConvParams
  readonly [layer: `norm${number}`]: NormParams
}

/** Running statistics of the norms, by name. */
export type DcganState = Readonly<Record<string, unknown>>

// "All weights were initialized from a zero-centered Normal distribution with standard deviation 0.02."
const kernelInit = initializers.normal({ stddev: 0.02 })
// As PyTorch's DCGAN starts the scales of its norms.
const scaleInit: typeof kernelInit = (key, shape, options) => kernelInit(key, shape, options).add(1)

const slope = 0.2 // "the slope of the leak was set to 0.2"

/**
 * The generator of DCGAN: from noise [size of the latent] to images [size, size, channels] from −1 to 1, by transposed convolutions
 * that double them, batch normalisation and relu.
 * @returns a layer with parameters conv1, norm1, … from the noise outwards, for noise of any length (100 in the paper)
 * @throws RangeError for sizes that doubling does not give, naming the nearest that it does
 * @example
 * const generator = dcganGenerator({ size: 28, channels: 1, width: 8 })
 * const { params, state } = init(generator, [16], random.key(0))
 * generator.apply(params, state, np.ones([2, 16]), { mode: 'eval' })[0].shape // [2, 28, 28, 1]
 * @example parameterCount(dcganGenerator(), [100]) // right(3576704)
 */
export const dcganGenerator = operation(
  'dcganGenerator',
  { at: 0, names: ['size', 'channels', 'width', 'momentum'] },
  ({
    size = 64,
    channels = 3,
    width = 64,
    momentum = 0.9,
  }: DcganGeneratorOptions = {}): Layer<DcganParams, DcganState> => {
    checkCounts('dcganGenerator', { channels, width })
    const { base, doublings } = doublingOf('dcganGenerator', size)
    const doubled = (features: number): TensorStage =>
      convTranspose2d(features, {
        kernelSize: 4,
        strides: 2,
        padding: 1,
        useBias: false,
        transposeKernel: true,
        kernelInit,
      })
    const levels = Array.from({ length: doublings }, (_, i) => i + 1)
    const stages: Readonly<Record<string, TensorStage>> = Object.fromEntries([
      ['pixel', lambda((z: Tensor) => z.reshape([z.shape[0] as number, 1, 1, -1]), { name: 'reshape' })],
      ...levels.flatMap((i) => {
        const features = width * 2 ** (doublings - i)
        const first = { kernelSize: base, padding: 'VALID', useBias: false, transposeKernel: true, kernelInit } as const
        return [
          [`conv${i}`, i === 1 ? convTranspose2d(features, first) : doubled(features)],
          [`norm${i}`, batchNorm({ momentum, scaleInit })],
          [`relu${i}`, relu],
        ]
      }),
      [`conv${doublings + 1}`, doubled(channels)],
      ['tanh', tanh],
    ])
    return { ...named(stages), name: `dcganGenerator(${size})` } as unknown as Layer<DcganParams, DcganState>
  },
)

/**
 * The discriminator of DCGAN: from images [size, size, channels] to one logit each, [], by strided convolutions that halve them, batch
 * normalisation behind all but the first and the last, and leaky relu of slope 0.2.
 * @returns a layer with parameters conv1, conv2, norm2, … from the image inwards
 * @throws RangeError for sizes that halving does not bring to 4 to 7 pixels; ArgumentError for a norm that there is not
 * @example
 * const discriminator = dcganDiscriminator({ size: 28, channels: 1, width: 8 })
 * const { params, state } = init(discriminator, [28, 28, 1], random.key(0))
 * discriminator.apply(params, state, np.ones([2, 28, 28, 1]), { mode: 'eval' })[0].shape // [2]
 * @example parameterCount(dcganDiscriminator(), [64, 64, 3]) // right(2765568)
 */
export const dcganDiscriminator = operation(
  'dcganDiscriminator',
  { at: 0, names: ['size', 'channels', 'width', 'momentum', 'norm'] },
  ({
    size = 64,
    channels = 3,
    width = 64,
    momentum = 0.9,
    norm = 'batch',
  }: DcganDiscriminatorOptions = {}): Layer<DcganParams, DcganState> => {
    checkCounts('dcganDiscriminator', { channels, width })
    if (norm !== 'batch' && norm !== 'spectral' && norm !== 'none')
      throw new ArgumentError(`dcganDiscriminator: norm is '${norm}', and has to be 'batch', 'spectral' or 'none'.`)
    const { base, doublings } = doublingOf('dcganDiscriminator', size)
    const convolution = (features: number, kernelSize: number, strides: number, padding: number): TensorStage => {
      const layer = conv2d(features, { kernelSize, strides, padding, useBias: false, kernelInit })
      return norm === 'spectral' ? spectralNorm(layer) : layer
    }
    const stages: Readonly<Record<string, TensorStage>> = Object.fromEntries([
      ...Array.from({ length: doublings }, (_, i) => [
        [`conv${i + 1}`, convolution(width * 2 ** i, 4, 2, 1)],
        ...(i > 0 && norm === 'batch' ? [[`norm${i + 1}`, batchNorm({ momentum, scaleInit })]] : []),
        [`relu${i + 1}`, leaky],
      ]).flat(),
      [`conv${doublings + 1}`, convolution(1, base, 1, 0)],
      ['logit', lambda((x: Tensor) => x.reshape([x.shape[0] as number]), { name: 'reshape' })],
    ])
    const layer = named(stages) as unknown as Layer<DcganParams, DcganState>
    return { ...layer, name: `dcganDiscriminator(${size})` }
  },
)

const leaky = (x: Tensor): Tensor => leakyRelu(x, { negativeSlope: slope })
