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

/** Squares of 2 × 2 pixels become one of four times the channels: a fourth of the places at which networks have to look, and nothing is lost. */
const folded = lambda(
  (x: Tensor) => {
    const [batch, height, width, channels] = x.shape as unknown as readonly [number, number, number, number]
    const squares = x.reshape([batch, height / 2, 2, width / 2, 2, channels]).transpose([0, 1, 3, 2, 4, 5])
    return squares.reshape([batch, height / 2, width / 2, 4 * channels])
  },
  { name: 'folded' },
)

const stage = (channels: number): readonly TensorStage[] =>
  [0, 1].flatMap(() => [
    conv2d(channels, { kernelSize: 3, padding: 1, useBias: false }),
    batchNorm({ momentum: 0.9 }),
    relu,
  ])

/** Pairs of convolutions with pooling between them, as in VGG; with batch normalisation, and one dense layer instead of three. */
const vggLike = serial(
  ...stage(32),
  maxPool2d(2),
  ...stage(64),
  maxPool2d(2),
  ...stage(128),
  globalAvgPool(),
  dense(10),
)

const families = {
  VGG: vggLike,
  ResNet: cifarResnet(8, { width: 32 }),
  DenseNet: cifarDensenet(22, { growth: 24 }),
} as const

/** The families as they are trained, and the one of which it is known what augmentation does to it. */
export const contestants = {
  VGG: serial(centred, augmented, folded, families.VGG),
  ResNet: serial(centred, augmented, folded, families.ResNet),
  DenseNet: serial(centred, augmented, folded, families.DenseNet),
  'ResNet, not augmented': serial(centred, folded, families.ResNet),
} as const

/** 56 weight layers, with half of the channels that the paper gives them. */
export const deep = {
  'ResNet-56': serial(centred, folded, cifarResnet(56, { width: 8 })),
  'plain-56': serial(centred, folded, cifarResnet(56, { width: 8, skip: false })),
} as const
