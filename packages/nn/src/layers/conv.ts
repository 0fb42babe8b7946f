/** Convolutions over one, two or three axes. Channels last; a kernel is [sizes…, channels in / groups, features]. */
import { lax, type Shape, ShapeError, type Tensor } from '@puregrad/core'
import { left, right } from 'fp-ts/lib/Either.js'
import { type Layer, stateless } from '../layer.js'
import { type DenseParams, type KernelOptions, planKernel, type WithBias } from './dense.js'
import { sizesOf, windowSizes } from './windows.js'

/** Widths on both sides of every axis, one for all axes, or a rule. CAUSAL (one axis only) sees nothing later. */
export type ConvPadding = 'SAME' | 'VALID' | 'CAUSAL' | number | readonly (readonly [low: number, high: number])[]

export interface ConvOptions<B extends boolean = boolean> extends KernelOptions<B> {
  /** One size per axis, or one for all. */
  readonly kernelSize: number | Shape
  /** 1 unless said. */
  readonly strides?: number | Shape
  /** 'SAME' unless said. */
  readonly padding?: ConvPadding
  /** Distance of the elements that the kernel sees: 1 unless said. */
  readonly dilation?: number | Shape
  /** Blocks of channels that see one another only: 1 unless said. */
  readonly groups?: number
}

/** [sizes…, channels in / groups, features], and [features]. */
export type ConvParams = DenseParams

type Pairs = readonly (readonly [number, number])[]

const inputNames = ['', '[time, channels]', '[height, width, channels]', '[depth, height, width, channels]']
const letters: readonly (readonly [string, string, string])[] = [
  ['NC', 'IO', 'NC'],
  ['NHC', 'HIO', 'NHC'],
  ['NHWC', 'HWIO', 'NHWC'],
  ['NDHWC', 'DHWIO', 'NDHWC'],
]

const resolve = (name: string, padding: ConvPadding, kernel: Shape, dilation: Shape): 'SAME' | 'VALID' | Pairs => {
  if (padding === 'CAUSAL') {
    if (kernel.length === 1) return [[((kernel[0] as number) - 1) * (dilation[0] as number), 0]]
    throw new ShapeError(
      `${name}: only time has a direction, so padding 'CAUSAL' is for conv1d. Take 'SAME', or pairs.`,
    )
  }
  return typeof padding === 'number' ? kernel.map(() => [padding, padding] as const) : padding
}

const conv =
  (rank: 1 | 2 | 3) =>
  <const B extends boolean = true>(features: number, options: ConvOptions<B>): Layer<WithBias<ConvParams, B>, null> => {
    const name = `conv${rank}d(${features})`
    const { padding = 'SAME', groups = 1 } = options
    const kernelSize = sizesOf(name, 'kernelSize', options.kernelSize, rank)
    const strides = sizesOf(name, 'strides', options.strides ?? 1, rank)
    const dilation = sizesOf(name, 'dilation', options.dilation ?? 1, rank)
    const pads = resolve(name, padding, kernelSize, dilation)
    const reach = kernelSize.map((n, i) => (n - 1) * (dilation[i] as number) + 1)
    const apply = ({ kernel, bias }: { kernel: Tensor; bias?: Tensor }, x: Tensor): Tensor => {
      if (x.ndim !== rank + 2 || x.shape[rank + 1] !== (kernel.shape[rank] as number) * groups) {
        throw new ShapeError(
          `${name}: x is ${x.dtype}[${x.shape}] and the kernel [${kernel.shape}] takes a batch of ${inputNames[rank]} with ` +
            `${(kernel.shape[rank] as number) * groups} channels. Check the batch axis, or call init with the shape of this input.`,
        )
      }
      const y = lax.convGeneralDilated(x, kernel, strides, pads, {
        dimensionNumbers: letters[rank] as readonly [string, string, string],
        rhsDilation: dilation,
        featureGroupCount: groups,
      })
      return bias === undefined ? y : y.add(bias)
    }
    const layer = stateless<{ kernel: Tensor; bias?: Tensor }>(
      name,
      (input) => {
        if (input.length !== rank + 1) {
          const cure =
            rank === 2 && input.length === 2
              ? ` nn.reshape([${input}, 1]) makes one channel.`
              : ' Put nn.reshape before it.'
          return left(
            new ShapeError(
              `${name}: takes ${inputNames[rank]} after the batch axis and the input is [${input}].${cure}`,
            ),
          )
        }
        const channels = input[rank] as number
        if (channels % groups !== 0 || features % groups !== 0) {
          return left(
            new ShapeError(
              `${name}: ${groups} groups have to divide both the ${channels} channels of [${input}] and the ${features} features. Take groups that do.`,
            ),
          )
        }
        const sizes = windowSizes(name, input.slice(0, rank), reach, strides, pads)
        if (sizes._tag === 'Left') return sizes
        const params = planKernel([...kernelSize, channels / groups, features], options)
        return right({ params: params as never, out: [...sizes.right, features] })
      },
      apply,
    )
    return layer as never
  }

/**
 * A convolution over time: [batch, time, channels] to [batch, time, features].
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example init(conv1d(8, { kernelSize: 3, padding: 'CAUSAL' }), [100, 4], random.key(0)).params.kernel.shape // [3, 4, 8]
 */
export const conv1d = conv(1)

/**
 * A convolution over images: [batch, height, width, channels] to [batch, height, width, features].
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example init(conv2d(32, { kernelSize: 3 }), [28, 28, 1], random.key(0)).params.kernel.shape // [3, 3, 1, 32]
 */
export const conv2d = conv(2)

/**
 * A convolution over volumes: [batch, depth, height, width, channels] to [batch, depth, height, width, features].
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example init(conv3d(4, { kernelSize: [1, 3, 3] }), [8, 16, 16, 2], random.key(0)).params.kernel.shape // [1, 3, 3, 2, 4]
 */
export const conv3d = conv(3)
