/** AlexNet in one column (Krizhevsky 2014, One weird trick), as torchvision has it. */
import { operation } from '@puregrad/core'
import { adaptiveAvgPool2d, conv2d, dense, dropout, maxPool2d, relu, serial } from '@puregrad/nn'
import { flattenChannelsFirst, network } from './network.js'
import { type ClassesOption, type DropoutOption, torchUniform } from './options.js'

export interface AlexnetOptions extends ClassesOption, DropoutOption {}

const convolution = (channels: number, kernelSize: number, padding: number, strides = 1) =>
  conv2d(channels, { kernelSize, padding, strides, kernelInit: torchUniform })

const wide = (features: number) => dense(features, { kernelInit: torchUniform })

/**
 * AlexNet: 61,100,840 parameters.
 * @returns a network from [height, width, 3] to the logits of `classes`
 * @example parameterCount(alexnet(), [224, 224, 3]) // right(61100840)
 */
export const alexnet = operation(
  'alexnet',
  { at: 0, names: ['classes', 'dropout'] },
  ({ classes = 1000, dropout: rate = 0.5 }: AlexnetOptions = {}) =>
    network('alexnet', {
      features: serial(
        convolution(64, 11, 2, 4),
        relu,
        maxPool2d(3, { strides: 2 }),
        convolution(192, 5, 2),
        relu,
        maxPool2d(3, { strides: 2 }),
        convolution(384, 3, 1),
        relu,
        convolution(256, 3, 1),
        relu,
        convolution(256, 3, 1),
        relu,
        maxPool2d(3, { strides: 2 }),
      ),
      avgpool: adaptiveAvgPool2d(6),
      flatten: flattenChannelsFirst,
      classifier: serial(dropout(rate), wide(4096), relu, dropout(rate), wide(4096), relu, wide(classes)),
    }),
)
