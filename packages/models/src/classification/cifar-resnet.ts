/** Residual networks for small images (He et al. 2016, section 4.2): three stages of 16, 32 and 64 channels. */
import { operation, RangeError, type Tensor } from '@puregrad/core'
import { block, conv2d, dense, flatten, globalAvgPool, relu, serial } from '@puregrad/nn'
import { network } from './network.js'
import { type ClassesOption, heFanOut, torchUniform } from './options.js'
import { basicBlock, type ResnetNorm, usualNorm } from './resnet.js'

export interface CifarResnetOptions extends ClassesOption {
  /** The channels of the first stage: 16 unless said. */
  readonly width?: number
  /** `batchNorm` unless said. */
  readonly norm?: ResnetNorm
  /** Without it, what the blocks are around: plain networks, which get worse as they get deeper. True unless said. */
  readonly skip?: boolean
}

/** A block whose input does not flow around it. */
const plainBlock = (channels: number, strides: number, norm: ResnetNorm) => {
  const conv = (step: number) =>
    conv2d(channels, { kernelSize: 3, strides: step, padding: 1, useBias: false, kernelInit: heFanOut })
  return block(
    { conv1: conv(strides), bn1: norm(), conv2: conv(1), bn2: norm() },
    (run, x: Tensor) => relu(run.bn2(run.conv2(relu(run.bn1(run.conv1(x)))))),
    { name: `plainBlock(${channels})` },
  )
}

const residual = (depth: number, { classes = 10, width = 16, norm = usualNorm, skip = true }: CifarResnetOptions) => {
  if (!Number.isInteger(depth) || depth < 8 || (depth - 2) % 6 !== 0) {
    throw new RangeError(
      `cifarResnet: the depth is ${depth}, and three stages of blocks of two layers, with a layer before and behind them, have 6n + 2: 8, 14, 20, …`,
    )
  }
  const stage = (index: number) => {
    const channels = width * 2 ** index
    return serial(
      ...Array.from({ length: (depth - 2) / 6 }, (_, i) => {
        const strides = i === 0 && index > 0 ? 2 : 1
        return skip ? basicBlock(channels, strides, strides === 2, norm) : plainBlock(channels, strides, norm)
      }),
    )
  }
  return network(`cifarResnet${depth}`, {
    conv1: conv2d(width, { kernelSize: 3, padding: 1, useBias: false, kernelInit: heFanOut }),
    bn1: norm(),
    relu,
    layer1: stage(0),
    layer2: stage(1),
    layer3: stage(2),
    avgpool: globalAvgPool(),
    flatten: flatten(),
    fc: dense(classes, { kernelInit: torchUniform }),
  })
}

const names = ['classes', 'width', 'norm', 'skip'] as const

/**
 * A residual network of any depth that its three stages give, 6n + 2 weight layers.
 * @returns a network from [height, width, 3] to the logits of `classes`, 10 unless said
 * @throws RangeError for other depths
 * @example parameterCount(cifarResnet(8), [32, 32, 3]) // right(78042)
 */
export const cifarResnet = operation(
  'cifarResnet',
  { at: 1, numbers: ['depth'], names },
  (depth: number, options: CifarResnetOptions = {}) => residual(depth, options),
)

/**
 * 20 weight layers, 272,474 parameters, with projections where the shape changes.
 * @returns a network from [height, width, 3] to the logits of `classes`, 10 unless said
 * @example parameterCount(cifarResnet20(), [32, 32, 3]) // right(272474)
 */
export const cifarResnet20 = operation('cifarResnet20', { at: 0, names }, (options: CifarResnetOptions = {}) =>
  residual(20, options),
)

/**
 * 32 weight layers.
 * @example parameterCount(cifarResnet32(), [32, 32, 3]) // right(466906)
 */
export const cifarResnet32 = operation('cifarResnet32', { at: 0, names }, (options: CifarResnetOptions = {}) =>
  residual(32, options),
)

/**
 * 44 weight layers.
 * @example parameterCount(cifarResnet44(), [32, 32, 3]) // right(661338)
 */
export const cifarResnet44 = operation('cifarResnet44', { at: 0, names }, (options: CifarResnetOptions = {}) =>
  residual(44, options),
)

/**
 * 56 weight layers.
 * @example parameterCount(cifarResnet56(), [32, 32, 3]) // right(855770)
 */
export const cifarResnet56 = operation('cifarResnet56', { at: 0, names }, (options: CifarResnetOptions = {}) =>
  residual(56, options),
)

/**
 * 110 weight layers.
 * @example parameterCount(cifarResnet110(), [32, 32, 3]) // right(1730714)
 */
export const cifarResnet110 = operation('cifarResnet110', { at: 0, names }, (options: CifarResnetOptions = {}) =>
  residual(110, options),
)
