/** What all convolutions share: their options resolved, the checks of their inputs, and the product itself. */
import { lax, np, type Shape, type Tensor } from '@puregrad/core'
import { type Padding, type Resolved, resolvePadding } from '../functions/padding.js'
import { refuse } from '../refusal.js'
import { queued, type Stepping, stepless } from '../steps.js'
import type { Affine, KernelOptions } from './dense.js'
import { sizesOf } from './windows.js'

export type Rank = 1 | 2 | 3

/** As `Padding`; CAUSAL (one axis only) sees nothing later. */
export type ConvPadding = Padding | 'CAUSAL'

/** How a kernel slides. */
export interface WindowOptions<B extends boolean = boolean> extends KernelOptions<B> {
  /** One size per axis, or one for all. */
  readonly kernelSize: number | Shape
  /** 1 unless said. */
  readonly strides?: number | Shape
  /** 'SAME' unless said. */
  readonly padding?: ConvPadding
  /** Distance of the elements that the kernel sees: 1 unless said. */
  readonly dilation?: number | Shape
  /** 'highest' are the sums of the definition; 'default', unless said, may take fewer multiplications. */
  readonly precision?: lax.Precision
}

const inputNames = ['', '[time, channels]', '[height, width, channels]', '[depth, height, width, channels]']
export const letters: readonly (readonly [string, string, string])[] = [
  ['NC', 'IO', 'NC'],
  ['NHC', 'HIO', 'NHC'],
  ['NHWC', 'HWIO', 'NHWC'],
  ['NDHWC', 'DHWIO', 'NDHWC'],
]

const resolve = (name: string, padding: ConvPadding, kernel: Shape, dilation: Shape): Resolved => {
  if (padding === 'CAUSAL') {
    if (kernel.length === 1) return [[((kernel[0] as number) - 1) * (dilation[0] as number), 0]]
    return refuse(name, "only time has a direction, so padding 'CAUSAL' is for conv1d.", "Take 'SAME', or pairs.")
  }
  return resolvePadding(name, padding, kernel.length)
}

/** The options of a convolution with a number for every axis. */
export interface Geometry {
  readonly kernelSize: Shape
  readonly strides: Shape
  readonly dilation: Shape
  readonly pads: Resolved
  /** Kernel sizes with their holes. */
  readonly reach: Shape
  readonly precision: lax.Precision
}

/**
 * Options with a number for every axis.
 * @throws ShapeError if sizes are no whole numbers ≥ 1
 */
export const geometryOf = (name: string, rank: Rank, options: WindowOptions): Geometry => {
  const kernelSize = sizesOf(name, 'kernelSize', options.kernelSize, rank)
  const strides = sizesOf(name, 'strides', options.strides ?? 1, rank)
  const dilation = sizesOf(name, 'dilation', options.dilation ?? 1, rank)
  const pads = resolve(name, options.padding ?? 'SAME', kernelSize, dilation)
  const reach = kernelSize.map((n, i) => (n - 1) * (dilation[i] as number) + 1)
  return { kernelSize, strides, dilation, pads, reach, precision: options.precision ?? null }
}

/** How many channels an input has. @throws ShapeError unless it has `rank` axes before them */
export const channelsIn = (name: string, rank: Rank, input: Shape): number => {
  if (input.length === rank + 1) return input[rank] as number
  const cure =
    rank === 2 && input.length === 2 ? `nn.reshape([${input}, 1]) makes one channel.` : 'Put nn.reshape before it.'
  return refuse(name, `takes ${inputNames[rank]} after the batch axis and the input is [${input}].`, cure)
}

/**
 * Nothing, if x has as many axes and channels as a kernel was made for.
 * @throws ShapeError naming the layer
 */
export const checkInput = (name: string, rank: Rank, x: Tensor, kernel: Tensor, channels: number): void => {
  if (x.ndim === rank + 2 && x.shape[rank + 1] === channels) return
  refuse(
    name,
    `x is ${x.dtype}[${x.shape}] and the kernel [${kernel.shape}] takes a batch of ${inputNames[rank]} with ${channels} channels.`,
    'Check the batch axis, or call init with the shape of this input.',
  )
}

/**
 * Steps of a convolution over time that sees nothing later: its cache is a queue of the last inputs.
 * @param params those that its kernel is among  @param channels how many channels it takes
 */
export const causalSteps = <P>(
  name: string,
  { strides, pads, reach }: Geometry,
  kernelOf: (params: P) => Tensor,
  channelsOf: (kernel: Tensor) => number,
  apply: (params: P, x: Tensor, geometry: Pick<Geometry, 'pads'>) => Tensor,
): Stepping<P, null, Tensor, Tensor, Tensor> => {
  const before = (reach[0] as number) - 1
  const isCausal = typeof pads !== 'string' && pads[0]?.[0] === before && pads[0]?.[1] === 0
  if (reach.length !== 1) return stepless(name, 'it has more axes than time.')
  if (strides[0] !== 1) return stepless(name, `a stride of ${strides[0]} leaves positions out.`)
  if (!isCausal && before > 0) return stepless(name, "it sees later positions. Take padding: 'CAUSAL'.")
  return {
    startCache: (params, batch) => {
      const kernel = kernelOf(params)
      return np.zeros([batch, before, channelsOf(kernel)], { dtype: kernel.dtype })
    },
    step: (params, _, queue, x) => {
      const [all, next] = queued(queue, x)
      return [apply(params, all, { pads: 'VALID' }), next]
    },
  }
}

/** x convolved with a kernel in groups of channels, plus a bias if there is one. */
export const convolve = (
  name: string,
  rank: Rank,
  { strides, dilation, pads, precision }: Geometry,
  groups: number,
  { kernel, bias }: Affine,
  x: Tensor,
): Tensor => {
  checkInput(name, rank, x, kernel, (kernel.shape[rank] as number) * groups)
  const y = lax.convGeneralDilated(x, kernel, strides, pads, {
    dimensionNumbers: letters[rank] as readonly [string, string, string],
    rhsDilation: dilation,
    featureGroupCount: groups,
    precision,
  })
  return bias === undefined ? y : y.add(bias)
}
