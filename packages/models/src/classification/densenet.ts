/** Densely connected networks (Huang et al. 2017): every layer of a block sees what all before it have made. */
import { np, operation, RangeError, type Tensor } from '@puregrad/core'
import {
  avgPool2d,
  batchNorm,
  block,
  conv2d,
  dense,
  dropout,
  flatten,
  globalAvgPool,
  initializers,
  maxPool2d,
  named,
  relu,
  type TensorStage,
} from '@puregrad/nn'
import { network } from './network.js'
import type { ClassesOption, DropoutOption } from './options.js'

export interface DensenetOptions extends ClassesOption, DropoutOption {
  /** The channels that each layer adds. */
  readonly growth?: number
  /** The channels of the first convolution. */
  readonly width?: number
  /** How many layers each block has. */
  readonly blocks?: readonly number[]
}

const convolution = (channels: number, kernelSize: number, strides = 1, padding = (kernelSize - 1) / 2) =>
  conv2d(channels, { kernelSize, strides, padding, useBias: false, kernelInit: initializers.heNormal() })

const norm = () => batchNorm({ momentum: 0.9 })

const bottleneck = 4 // times the growth: bn_size

const denseLayer = (growth: number, rate: number) =>
  named({
    norm1: norm(),
    relu1: relu,
    conv1: convolution(bottleneck * growth, 1),
    norm2: norm(),
    relu2: relu,
    conv2: convolution(growth, 3),
    drop: dropout(rate),
  })

const denseBlock = (layers: number, growth: number, rate: number) => {
  const children = Object.fromEntries(
    Array.from({ length: layers }, (_, i) => [`denselayer${i + 1}`, denseLayer(growth, rate)] as const),
  )
  const order = Object.keys(children)
  return block(
    children,
    (run, x: Tensor) =>
      order.reduce((seen, name) => np.concatenate([seen, (run[name] as (x: Tensor) => Tensor)(seen)], { axis: -1 }), x),
    { name: `denseBlock(${layers})` },
  )
}

const transition = (channels: number) =>
  named({ norm: norm(), relu, conv: convolution(channels, 1), pool: avgPool2d(2) })

/** Blocks of layers with transitions that halve image and channels between them: by name. */
const denseBlocks = (
  blocks: readonly number[],
  growth: number,
  width: number,
  rate: number,
): Record<string, TensorStage> => {
  const stages: Record<string, TensorStage> = {}
  let channels = width
  blocks.forEach((layers, i) => {
    stages[`denseblock${i + 1}`] = denseBlock(layers, growth, rate)
    channels += layers * growth
    if (i === blocks.length - 1) return
    channels = Math.floor(channels / 2)
    stages[`transition${i + 1}`] = transition(channels)
  })
  return stages
}

const densenet = (
  name: string,
  usual: Required<Pick<DensenetOptions, 'growth' | 'width' | 'blocks'>>,
  options: DensenetOptions,
) => {
  const { classes = 1000, dropout: rate = 0, growth, width, blocks } = { ...usual, ...options }
  const stages: Record<string, TensorStage> = {
    conv0: convolution(width, 7, 2),
    norm0: norm(),
    relu0: relu,
    pool0: maxPool2d(3, { strides: 2, padding: 1 }),
    ...denseBlocks(blocks, growth, width, rate),
    norm5: norm(),
  }
  return network(name, {
    features: named(stages),
    relu,
    avgpool: globalAvgPool(),
    flatten: flatten(),
    classifier: dense(classes),
  })
}

const names = ['classes', 'dropout', 'growth', 'width', 'blocks'] as const

/**
 * DenseNet of 121 weight layers: 7,978,856 parameters.
 * @returns a network from [height, width, 3] to the logits of `classes`
 * @example parameterCount(densenet121(), [224, 224, 3]) // right(7978856)
 */
export const densenet121 = operation('densenet121', { at: 0, names }, (options: DensenetOptions = {}) =>
  densenet('densenet121', { growth: 32, width: 64, blocks: [6, 12, 24, 16] }, options),
)

/**
 * DenseNet of 161 weight layers: 28,681,000 parameters.
 * @example parameterCount(densenet161(), [224, 224, 3]) // right(28681000)
 */
export const densenet161 = operation('densenet161', { at: 0, names }, (options: DensenetOptions = {}) =>
  densenet('densenet161', { growth: 48, width: 96, blocks: [6, 12, 36, 24] }, options),
)

/**
 * DenseNet of 169 weight layers: 14,149,480 parameters.
 * @example parameterCount(densenet169(), [224, 224, 3]) // right(14149480)
 */
export const densenet169 = operation('densenet169', { at: 0, names }, (options: DensenetOptions = {}) =>
  densenet('densenet169', { growth: 32, width: 64, blocks: [6, 12, 32, 32] }, options),
)

/**
 * DenseNet of 201 weight layers: 20,013,928 parameters.
 * @example parameterCount(densenet201(), [224, 224, 3]) // right(20013928)
 */
export const densenet201 = operation('densenet201', { at: 0, names }, (options: DensenetOptions = {}) =>
  densenet('densenet201', { growth: 32, width: 64, blocks: [6, 12, 48, 32] }, options),
)

export interface CifarDensenetOptions extends ClassesOption, DropoutOption {
  /** The channels that each layer adds: 12 unless said. */
  readonly growth?: number
}

/**
 * A DenseNet-BC for small images (section 4.2): three blocks behind one convolution, 6n + 4 weight layers.
 * @returns a network from [height, width, 3] to the logits of `classes`, 10 unless said
 * @throws RangeError for other depths
 * @example parameterCount(cifarDensenet(100), [32, 32, 3]) // right(769162)
 */
export const cifarDensenet = operation(
  'cifarDensenet',
  { at: 1, numbers: ['depth'], names: ['classes', 'dropout', 'growth'] },
  (depth: number, { classes = 10, dropout: rate = 0, growth = 12 }: CifarDensenetOptions = {}) => {
    const layers = (depth - 4) / 6
    if (!Number.isInteger(layers) || layers < 1) {
      throw new RangeError(
        `cifarDensenet: the depth is ${depth}, and three blocks of pairs of layers, with four layers around them, have 6n + 4: 10, 16, 22, …`,
      )
    }
    return network(`cifarDensenet${depth}`, {
      features: named({
        conv0: convolution(2 * growth, 3),
        ...denseBlocks([layers, layers, layers], growth, 2 * growth, rate),
        norm5: norm(),
      }),
      relu,
      avgpool: globalAvgPool(),
      flatten: flatten(),
      classifier: dense(classes),
    })
  },
)
