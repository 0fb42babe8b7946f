/** Three families of one size, and two very deep networks of which one has no skip connections. */
import type { Tensor } from '@puregrad/core'
import { cifarDensenet, cifarResnet } from '@puregrad/models'
import {
  batchNorm,
  conv2d,
  dense,
  globalAvgPool,
  lambda,
  maxPool2d,
  relu,
  serial,
  type TensorStage,
} from '@puregrad/nn'
import { augmented } from './images.js'

/** Bytes to numbers around 0. */
const centred = lambda((x: Tensor) => x.astype('float32').div(64).sub(2), { name: 'centred' })

const stage = (channels: number): readonly TensorStage[] =>
  [0, 1].flatMap(() => [
    conv2d(channels, { kernelSize: 3, padding: 1, useBias: false }),
    batchNorm({ momentum: 0.9 }),
    relu,
  ])

/** Pairs of convolutions with pooling between them, as in VGG; with batch normalisation, and one dense layer instead of three. */
const vggLike = serial(...stage(16), maxPool2d(2), ...stage(32), maxPool2d(2), ...stage(64), globalAvgPool(), dense(10))

const families = {
  VGG: vggLike,
  ResNet: cifarResnet(8),
  DenseNet: cifarDensenet(22, { growth: 12 }),
} as const

/** The families as they are trained, and the one of which it is known what augmentation does to it. */
export const contestants = {
  VGG: serial(centred, augmented, families.VGG),
  ResNet: serial(centred, augmented, families.ResNet),
  DenseNet: serial(centred, augmented, families.DenseNet),
  'ResNet, not augmented': serial(centred, families.ResNet),
} as const

/** 56 weight layers, with a fourth of the channels that the paper gives them. */
export const deep = {
  'ResNet-56': serial(centred, cifarResnet(56, { width: 4 })),
  'plain-56': serial(centred, cifarResnet(56, { width: 4, skip: false })),
} as const
