/** SqueezeNet 1.1 (Iandola et al. 2016): few channels in, many out, and no dense layer. */
import { np, operation, type Tensor } from '@puregrad/core'
import { block, conv2d, dropout, flatten, globalAvgPool, initializers, maxPool2d, relu, serial } from '@puregrad/nn'
import { network } from './network.js'
import { type ClassesOption, type DropoutOption, small } from './options.js'

export interface SqueezenetOptions extends ClassesOption, DropoutOption {}

const convolution = (channels: number, kernelSize: number, strides = 1, padding = 0) =>
  conv2d(channels, { kernelSize, strides, padding, kernelInit: initializers.heUniform() })

/** Squeezes to few channels, then expands by two convolutions side by side. */
const fire = (few: number, many: number) =>
  block(
    { squeeze: convolution(few, 1), expand1x1: convolution(many, 1), expand3x3: convolution(many, 3, 1, 1) },
    (run, x: Tensor) => {
      const squeezed = relu(run.squeeze(x))
      return np.concatenate([relu(run.expand1x1(squeezed)), relu(run.expand3x3(squeezed))], { axis: -1 })
    },
    { name: `fire(${few}, ${many})` },
  )

const pool = () => maxPool2d(3, { strides: 2, ceilMode: true })

/**
 * SqueezeNet 1.1: 1,235,496 parameters.
 * @returns a network from [height, width, 3] to the logits of `classes`
 * @example parameterCount(squeezenet1_1(), [224, 224, 3]) // right(1235496)
 */
export const squeezenet1_1 = operation(
  'squeezenet1_1',
  { at: 0, names: ['classes', 'dropout'] },
  ({ classes = 1000, dropout: rate = 0.5 }: SqueezenetOptions = {}) =>
    network('squeezenet1_1', {
      features: serial(
        convolution(64, 3, 2),
        relu,
        pool(),
        fire(16, 64),
        fire(16, 64),
        pool(),
        fire(32, 128),
        fire(32, 128),
        pool(),
        fire(48, 192),
        fire(48, 192),
        fire(64, 256),
        fire(64, 256),
      ),
      classifier: serial(
        dropout(rate),
        conv2d(classes, { kernelSize: 1, kernelInit: small }),
        relu,
        globalAvgPool(),
        flatten(),
      ),
    }),
)
