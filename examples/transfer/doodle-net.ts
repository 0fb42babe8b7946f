/** DoodleNet: a convolutional network for 345 kinds of sketches (Quick, Draw!), of which all but the last layer serve other drawings too. */
import type { Tensor } from '@puregrad/core'
import { network } from '@puregrad/models'
import { conv2d, dense, flatten, lambda, maxPool2d, relu, serial, tanh } from '@puregrad/nn'
import { weights } from '@puregrad/train'

const conv = (features: number) => conv2d(features, { kernelSize: 3, padding: 'SAME' })
const block = (features: number) => serial(conv(features), relu, conv(features), relu, maxPool2d(2))

/** The stages, each of which can be held still: [28, 28, 1] bytes to 512 features, and a head. */
export const doodleNet = network('doodleNet', {
  unit: lambda((x: Tensor) => x.astype('float32').div(255), { name: 'bytesToUnit' }),
  block1: block(16),
  block2: block(32),
  block3: block(64),
  flatten: flatten(),
  dense: dense(512),
  tanh,
  fc: dense(345),
})

/** Where the layers with parameters stand here, by their names in the file. */
const places = {
  conv2d: 'block1.0',
  conv2d_1: 'block1.2',
  conv2d_2: 'block2.0',
  conv2d_3: 'block2.2',
  conv2d_4: 'block3.0',
  conv2d_5: 'block3.2',
  dense: 'dense',
  dense_1: 'fc',
} as const

export const doodleRules = Object.entries(places).flatMap(([theirs, ours]) => [
  weights.one(`${theirs}/kernel`, `params.${ours}.kernel`),
  weights.one(`${theirs}/bias`, `params.${ours}.bias`),
])

export const image = [28, 28, 1] as const
