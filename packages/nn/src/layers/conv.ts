/** Convolutions over one, two or three axes. Channels last; a kernel is [sizes…, channels in / groups, features]. */
import { operation } from '@puregrad/core'
import { type Layer, stateless } from '../layer.js'
import { refuse, unlessRefused } from '../refusal.js'
import type { Stepping } from '../steps.js'
import { causalSteps, channelsIn, convolve, geometryOf, type Rank, type WindowOptions } from './convolve.js'
import { type DenseParams, planKernel, type WithBias } from './dense.js'
import { windowSizes } from './windows.js'

export type { ConvPadding } from './convolve.js'

export interface ConvOptions<B extends boolean = boolean> extends WindowOptions<B> {
  /** Blocks of channels that see one another only: 1 unless said. */
  readonly groups?: number
}

/** [sizes…, channels in / groups, features], and [features]. */
export type ConvParams = DenseParams

const conv =
  (rank: Rank) =>
  <const B extends boolean = true>(
    features: number,
    options: ConvOptions<B>,
  ): Layer<WithBias<ConvParams, B>, null> & Stepping<WithBias<ConvParams, B>, null> => {
    const name = `conv${rank}d(${features})`
    const { groups = 1 } = options
    const geometry = geometryOf(name, rank, options)
    const layer = stateless<WithBias<ConvParams, B>>(
      name,
      unlessRefused((input) => {
        const channels = channelsIn(name, rank, input)
        if (channels % groups !== 0 || features % groups !== 0)
          refuse(
            name,
            `${groups} groups have to divide both the ${channels} channels of [${input}] and the ${features} features.`,
            'Take groups that do.',
          )
        const sizes = windowSizes(name, input.slice(0, rank), geometry.reach, geometry.strides, geometry.pads)
        const kernel = [...geometry.kernelSize, channels / groups, features]
        return { params: planKernel(kernel, options, { layout: 'channelsLast' }), out: [...sizes, features] }
      }),
      (params, x) => convolve(name, rank, geometry, groups, params, x),
    )
    const steps = causalSteps<WithBias<ConvParams, B>>(
      name,
      geometry,
      ({ kernel }) => kernel,
      (kernel) => (kernel.shape[rank] as number) * groups,
      (params, x, open) => convolve(name, rank, { ...geometry, ...open }, groups, params, x),
    )
    return { ...layer, ...steps }
  }

/**
 * A convolution over time: [batch, time, channels] to [batch, time, features].
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example init(conv1d(8, { kernelSize: 3, padding: 'CAUSAL' }), [100, 4], random.key(0)).params.kernel.shape // [3, 4, 8]
 */
export const conv1d = operation(
  'conv1d',
  {
    at: 1,
    numbers: ['features'],
    names: ['groups', 'kernelSize', 'strides', 'padding', 'dilation', 'precision', 'useBias', 'kernelInit', 'biasInit'],
  },
  conv(1),
)

/**
 * A convolution over images: [batch, height, width, channels] to [batch, height, width, features].
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example init(conv2d(32, { kernelSize: 3 }), [28, 28, 1], random.key(0)).params.kernel.shape // [3, 3, 1, 32]
 */
export const conv2d = operation(
  'conv2d',
  {
    at: 1,
    numbers: ['features'],
    names: ['groups', 'kernelSize', 'strides', 'padding', 'dilation', 'precision', 'useBias', 'kernelInit', 'biasInit'],
  },
  conv(2),
)

/**
 * A convolution over volumes: [batch, depth, height, width, channels] to [batch, depth, height, width, features].
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example init(conv3d(4, { kernelSize: [1, 3, 3] }), [8, 16, 16, 2], random.key(0)).params.kernel.shape // [1, 3, 3, 2, 4]
 */
export const conv3d = operation(
  'conv3d',
  {
    at: 1,
    numbers: ['features'],
    names: ['groups', 'kernelSize', 'strides', 'padding', 'dilation', 'precision', 'useBias', 'kernelInit', 'biasInit'],
  },
  conv(3),
)
