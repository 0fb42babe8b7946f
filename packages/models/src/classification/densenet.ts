/** Densely connected networks (Huang et al. 2017): every layer of a block sees what all before it have made. */
import { np, operation, type Tensor } from '@puregrad/core'
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
  }
  let channels = width
  blocks.forEach((layers, i) => {
    stages[`denseblock${i + 1}`] = denseBlock(layers, growth, rate)
    channels += layers * growth
    if (i === blocks.length - 1) return
    channels = Math.floor(channels / 2)
    stages[`transition${i + 1}`] = transition(channels)
  })
  stages.norm5 = norm()
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
