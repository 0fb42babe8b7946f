/** LeNet-5 (LeCun et al. 1998), with today's relu and largest values in place of its sigmoids and means. */
import { operation } from '@puregrad/core'
import { conv2d, dense, maxPool2d, relu } from '@puregrad/nn'
import { flattenChannelsFirst, network } from './network.js'
import type { ClassesOption } from './options.js'

/**
 * LeNet-5: 61,706 parameters for 28 × 28 images of one channel and 10 classes.
 * @returns a network from [height, width, channels] to the logits of `classes`, 10 unless said
 * @example parameterCount(lenet(), [28, 28, 1]) // right(61706)
 */
export const lenet = operation('lenet', { at: 0, names: ['classes'] }, ({ classes = 10 }: ClassesOption = {}) =>
  network('lenet', {
    conv1: conv2d(6, { kernelSize: 5, padding: 2 }),
    relu1: relu,
    pool1: maxPool2d(2),
    conv2: conv2d(16, { kernelSize: 5, padding: 0 }),
    relu2: relu,
    pool2: maxPool2d(2),
    flatten: flattenChannelsFirst,
    fc1: dense(120),
    relu3: relu,
    fc2: dense(84),
    relu4: relu,
    fc: dense(classes),
  }),
)
