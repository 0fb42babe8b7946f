/** What all networks of classification are asked. */
import { initializers, type Layer } from '@puregrad/nn'

export interface ClassesOption {
  /** How many classes: 1000, those of ImageNet, unless said. */
  readonly classes?: number
}

export interface DropoutOption {
  /** The part that is dropped before dense layers in training. */
  readonly dropout?: number
}

/** He et al. 2015, by the number of outputs, as torchvision starts convolutions before relu. */
export const heFanOut = initializers.varianceScaling(2, 'fan_out', 'normal')

/** Dense kernels of VGG, MobileNet and SqueezeNet in torchvision. */
export const small = initializers.normal({ stddev: 0.01 })

/** What PyTorch starts dense kernels and convolutions with unless told otherwise: uniform up to 1 / √inputs. */
export const torchUniform = initializers.varianceScaling(1 / 3, 'fan_in', 'uniform')

/** A norm of channels, such as `batchNorm` or `frozenBatchNorm`. */
export type NormLayer<P, S> = () => Layer<P, S>
