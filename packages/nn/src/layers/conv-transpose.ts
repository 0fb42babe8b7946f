/** Transposed convolutions ("deconvolutions"): strides make the result larger, not smaller. */
import { lax, operation, type Shape, type Tensor } from '@puregrad/core'
import type { Padding, Resolved } from '../functions/padding.js'
import { type Layer, stateless } from '../layer.js'
import { refuse, unlessRefused } from '../refusal.js'
import type { ConvParams } from './conv.js'
import { channelsIn, checkInput, geometryOf, letters, type Rank, type WindowOptions } from './convolve.js'
import { type Affine, planKernel, type WithBias } from './dense.js'

export interface ConvTransposeOptions<B extends boolean = boolean> extends Omit<WindowOptions<B>, 'padding'> {
  /**
   * SAME gives sizes · strides, VALID every position that the kernel touches. A number is as many less at both ends of all axes, or
   * one for each axis, as in PyTorch; pairs pad the input between whose elements lie strides − 1 zeros. 'SAME' unless said.
   */
  readonly padding?: Padding
  /** Take the kernel of the convolution that this reverses: [sizes…, features, channels], as Keras and PyTorch hold it. */
  readonly transposeKernel?: boolean
}

const isCut = (padding: Padding): boolean =>
  typeof padding === 'number' || (Array.isArray(padding) && typeof padding[0] === 'number')

/** Pairs that leave out as much of what the kernel touches. */
const cutOff = (reach: Shape, pads: Resolved): Resolved =>
  typeof pads === 'string'
    ? pads
    : pads.map(([low, high], i) => [(reach[i] as number) - 1 - low, (reach[i] as number) - 1 - high] as const)

const outputSizes = (input: Shape, reach: Shape, strides: Shape, padding: Resolved): Shape =>
  input.map((n, i) => {
    const [stride, window] = [strides[i] as number, reach[i] as number]
    if (padding === 'SAME') return n * stride
    if (padding === 'VALID') return n * stride + Math.max(window - stride, 0)
    const [low, high] = padding[i] as readonly [number, number]
    return (n - 1) * stride + 1 + low + high - (window - 1)
  })

const convTranspose =
  (rank: Rank) =>
  <const B extends boolean = true>(
    features: number,
    options: ConvTransposeOptions<B>,
  ): Layer<WithBias<ConvParams, B>, null> => {
    const name = `convTranspose${rank}d(${features})`
    const { padding: given = 'SAME', transposeKernel = false } = options
    const { kernelSize, strides, dilation, reach, pads, precision } = geometryOf(name, rank, {
      ...options,
      padding: given,
    })
    const padding = isCut(given) ? cutOff(reach, pads) : pads
    return stateless<WithBias<ConvParams, B>>(
      name,
      unlessRefused((input) => {
        const channels = channelsIn(name, rank, input)
        const sizes = outputSizes(input.slice(0, rank), reach, strides, padding)
        if (sizes.some((n) => n < 1))
          refuse(name, `nothing comes out of [${input}], but [${sizes}].`, 'Pad more, or crop less.')
        const kernel = [...kernelSize, ...(transposeKernel ? [features, channels] : [channels, features])]
        const about = { layout: transposeKernel ? 'channelsLast' : 'spread' } as const
        return { params: planKernel(kernel, options, about, [features]), out: [...sizes, features] }
      }),
      (params, x): Tensor => {
        const { kernel, bias }: Affine = params
        checkInput(name, rank, x, kernel, kernel.shape[transposeKernel ? rank + 1 : rank] as number)
        const y = lax.convTranspose(x, kernel, strides, padding, {
          rhsDilation: dilation,
          dimensionNumbers: letters[rank] as readonly [string, string, string],
          transposeKernel,
          precision,
        })
        return bias === undefined ? y : y.add(bias)
      },
    )
  }

/**
 * A transposed convolution over time: [batch, time, channels] to [batch, time · strides, features].
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example init(convTranspose1d(8, { kernelSize: 4, strides: 2 }), [10, 4], random.key(0)).params.kernel.shape // [4, 4, 8]
 */
export const convTranspose1d = operation(
  'convTranspose1d',
  {
    at: 1,
    numbers: ['features'],
    names: [
      'padding',
      'transposeKernel',
      'useBias',
      'kernelInit',
      'biasInit',
      'kernelSize',
      'strides',
      'dilation',
      'precision',
    ],
  },
  convTranspose(1),
)

/**
 * A transposed convolution over images: [batch, height, width, channels] to [batch, height · strides, width · strides, features].
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example
 * const layer = convTranspose2d(3, { kernelSize: 4, strides: 2 })
 * const { params } = init(layer, [7, 7, 16], random.key(0))
 * layer.apply(params, null, np.ones([1, 7, 7, 16]), { mode: 'eval' })[0].shape // [1, 14, 14, 3]
 */
export const convTranspose2d = operation(
  'convTranspose2d',
  {
    at: 1,
    numbers: ['features'],
    names: [
      'padding',
      'transposeKernel',
      'useBias',
      'kernelInit',
      'biasInit',
      'kernelSize',
      'strides',
      'dilation',
      'precision',
    ],
  },
  convTranspose(2),
)

/**
 * A transposed convolution over volumes, as `convTranspose2d`.
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 * @example init(convTranspose3d(1, { kernelSize: 2, strides: 2 }), [2, 4, 4, 8], random.key(0)).params.kernel.shape // [2, 2, 2, 8, 1]
 */
export const convTranspose3d = operation(
  'convTranspose3d',
  {
    at: 1,
    numbers: ['features'],
    names: [
      'padding',
      'transposeKernel',
      'useBias',
      'kernelInit',
      'biasInit',
      'kernelSize',
      'strides',
      'dilation',
      'precision',
    ],
  },
  convTranspose(3),
)
