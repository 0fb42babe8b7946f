/** Convolutions of each channel by itself, and those followed by a mixture of channels. */
import { operation } from '@puregrad/core'
import { type Layer, stateless } from '../layer.js'
import { under } from '../plan.js'
import { unlessRefused } from '../refusal.js'
import type { Stepping } from '../steps.js'
import type { ConvParams } from './conv.js'
import {
  causalSteps,
  channelsIn,
  convolve,
  type Geometry,
  geometryOf,
  type Rank,
  type WindowOptions,
} from './convolve.js'
import { type Affine, planKernel, type WithBias } from './dense.js'
import { sizesOf, windowSizes } from './windows.js'

export interface DepthwiseOptions<B extends boolean = boolean> extends WindowOptions<B> {
  /** How many features are made of each channel: 1 unless said. */
  readonly multiplier?: number
}

export interface SeparableParams<B extends boolean = true> {
  /** Kernel [sizes…, 1, channels · multiplier]. */
  readonly depthwise: Omit<ConvParams, 'bias'>
  /** Kernel [1…, channels · multiplier, features], and a bias. */
  readonly pointwise: WithBias<ConvParams, B>
}

const depthwise =
  (rank: 1 | 2) =>
  <const B extends boolean = true>(
    options: DepthwiseOptions<B>,
  ): Layer<WithBias<ConvParams, B>, null> & Stepping<WithBias<ConvParams, B>, null> => {
    const name = `depthwiseConv${rank}d`
    const geometry = geometryOf(name, rank, options)
    const multiplier = sizesOf(name, 'multiplier', options.multiplier ?? 1, 1)[0] as number
    const layer = stateless<WithBias<ConvParams, B>>(
      name,
      unlessRefused((input) => {
        const features = channelsIn(name, rank, input) * multiplier
        const sizes = windowSizes(name, input.slice(0, rank), geometry.reach, geometry.strides, geometry.pads)
        return { params: planKernel([...geometry.kernelSize, 1, features], options), out: [...sizes, features] }
      }),
      (params, x) => eachChannel(name, rank, geometry, multiplier, params, x),
    )
    const steps = causalSteps<WithBias<ConvParams, B>>(
      name,
      geometry,
      ({ kernel }) => kernel,
      (kernel) => (kernel.shape[rank + 1] as number) / multiplier,
      (params, x, open) => eachChannel(name, rank, { ...geometry, ...open }, multiplier, params, x),
    )
    return { ...layer, ...steps }
  }

const eachChannel = (
  name: string,
  rank: Rank,
  geometry: Geometry,
  multiplier: number,
  params: Affine,
  x: Parameters<typeof convolve>[5],
) => convolve(name, rank, geometry, (params.kernel.shape[rank + 1] as number) / multiplier, params, x)

/**
 * A convolution of each channel over time with kernels of its own: [batch, time, channels] to [batch, time, channels · multiplier].
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example init(depthwiseConv1d({ kernelSize: 3 }), [100, 4], random.key(0)).params.kernel.shape // [3, 1, 4]
 */
export const depthwiseConv1d = operation(
  'depthwiseConv1d',
  {
    at: 0,
    names: [
      'multiplier',
      'kernelSize',
      'strides',
      'padding',
      'dilation',
      'precision',
      'useBias',
      'kernelInit',
      'biasInit',
    ],
  },
  depthwise(1),
)

/**
 * A convolution of each channel of an image with kernels of its own.
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example init(depthwiseConv2d({ kernelSize: 3, multiplier: 2 }), [8, 8, 4], random.key(0)).params.kernel.shape // [3, 3, 1, 8]
 */
export const depthwiseConv2d = operation(
  'depthwiseConv2d',
  {
    at: 0,
    names: [
      'multiplier',
      'kernelSize',
      'strides',
      'padding',
      'dilation',
      'precision',
      'useBias',
      'kernelInit',
      'biasInit',
    ],
  },
  depthwise(2),
)

const separable =
  (rank: 1 | 2) =>
  <const B extends boolean = true>(
    features: number,
    options: DepthwiseOptions<B>,
  ): Layer<SeparableParams<B>, null> & Stepping<SeparableParams<B>, null> => {
    const name = `separableConv${rank}d(${features})`
    const geometry = geometryOf(name, rank, options)
    const { precision = null } = options
    const point = geometryOf(name, rank, { kernelSize: 1, precision })
    const multiplier = sizesOf(name, 'multiplier', options.multiplier ?? 1, 1)[0] as number
    const layer = stateless<SeparableParams<B>>(
      name,
      unlessRefused((input) => {
        const width = channelsIn(name, rank, input) * multiplier
        const sizes = windowSizes(name, input.slice(0, rank), geometry.reach, geometry.strides, geometry.pads)
        const first = planKernel([...geometry.kernelSize, 1, width], { ...options, useBias: false })
        const second = planKernel([...point.kernelSize, width, features], options)
        const params = { depthwise: under('depthwise', first), pointwise: under('pointwise', second) }
        return { params, out: [...sizes, features] }
      }),
      (params, x) => {
        const apart = eachChannel(`${name} depthwise`, rank, geometry, multiplier, params.depthwise, x)
        return convolve(`${name} pointwise`, rank, point, 1, params.pointwise, apart)
      },
    )
    const steps = causalSteps<SeparableParams<B>>(
      name,
      geometry,
      (params) => params.depthwise.kernel,
      (kernel) => (kernel.shape[rank + 1] as number) / multiplier,
      (params, x, open) => {
        const given = { ...geometry, ...open }
        const apart = eachChannel(`${name} depthwise`, rank, given, multiplier, params.depthwise, x)
        return convolve(`${name} pointwise`, rank, point, 1, params.pointwise, apart)
      },
    )
    return { ...layer, ...steps }
  }

/**
 * A depthwise convolution over time, then a mixture of channels (Chollet 2017): few parameters for large kernels.
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example init(separableConv1d(8, { kernelSize: 3 }), [100, 4], random.key(0)).params.pointwise.kernel.shape // [1, 4, 8]
 */
export const separableConv1d = operation(
  'separableConv1d',
  {
    at: 1,
    numbers: ['features'],
    names: [
      'multiplier',
      'kernelSize',
      'strides',
      'padding',
      'dilation',
      'precision',
      'useBias',
      'kernelInit',
      'biasInit',
    ],
  },
  separable(1),
)

/**
 * A depthwise convolution over an image, then a mixture of channels (Chollet 2017).
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example init(separableConv2d(8, { kernelSize: 3 }), [9, 9, 4], random.key(0)).params.depthwise.kernel.shape // [3, 3, 1, 4]
 */
export const separableConv2d = operation(
  'separableConv2d',
  {
    at: 1,
    numbers: ['features'],
    names: [
      'multiplier',
      'kernelSize',
      'strides',
      'padding',
      'dilation',
      'precision',
      'useBias',
      'kernelInit',
      'biasInit',
    ],
  },
  separable(2),
)
