/** DoodleNet: a convolutional network for 345 kinds of sketches (Quick, Draw!), of which all but the last layer serve other drawings too. */
import type { Tensor } from '@puregrad/core'
import { conv2d, dense, flatten, lambda, maxPool2d, relu, serial, tanh } from '@puregrad/nn'
import { weights } from '@puregrad/train'

const conv = (features: number) => conv2d(features, { kernelSize: 3, padding: 'SAME' })

/** [28, 28, 1] bytes to 512 features. */
export const features = serial(
  lambda((x: Tensor) => x.astype('float32').div(255), { name: 'bytesToUnit' }),
  conv(16),
  relu,
  conv(16),
  relu,
  maxPool2d(2),
  conv(32),
  relu,
  conv(32),
  relu,
  maxPool2d(2),
  conv(64),
  relu,
  conv(64),
  relu,
  maxPool2d(2),
  flatten(),
  dense(512),
  tanh,
)

/** Where the layers with parameters stand in `features`, by their names in the file. */
const places = { conv2d: 1, conv2d_1: 3, conv2d_2: 6, conv2d_3: 8, conv2d_4: 11, conv2d_5: 13, dense: 17 } as const

export const doodleRules = Object.entries(places).flatMap(([theirs, at]) => [
  weights.one(`${theirs}/kernel`, `params.${at}.kernel`),
  weights.one(`${theirs}/bias`, `params.${at}.bias`),
])

/** Tensors of the file that the features do without: the head for its own 345 classes. */
export const doodleHead = ['dense_1/kernel', 'dense_1/bias']

export const image = [28, 28, 1] as const
