/** The networks that learn the stories, and what their answers cost. */
import { np, random, type Tensor } from '@puregrad/core'
import { conv2d, dense, flatten, init, type Key, type Layer, lambda, losses, oneHot, relu, serial } from '@puregrad/nn'
import type { Examples, Story } from './tasks.js'

const unit = lambda((x: Tensor) => x.astype('float32').div(255), { name: 'bytesToUnit' })
const conv = (features: number) => conv2d(features, { kernelSize: 3, strides: 2, padding: 'SAME' })

/** Any parameters: which tree it is depends on the network. */
export type Params = readonly unknown[]

/** Images, their classes, and the heads that are asked: what a loss is given. */
export type Batch = readonly [x: Tensor, y: Tensor, head: Tensor]

export const batchOf = ({ x, y, head }: Examples): Batch => [x, y, head]

export interface Network {
  readonly start: (key: Key) => Params
  /** [n, heads, classes]. */
  readonly answers: (params: Params, x: Tensor) => Tensor
  /** [n, classes] of the heads that are asked. */
  readonly logits: (params: Params, x: Tensor, head: Tensor) => Tensor
  readonly loss: (params: Params, x: Tensor, y: Tensor, head: Tensor) => Tensor
  readonly accuracy: (params: Params, x: Tensor, y: Tensor, head: Tensor) => Tensor
}

const layersOf = ({ image, heads, classes }: Story): Layer<Params, unknown> => {
  const out = dense(heads * classes)
  return (image.length === 1
    ? serial(unit, dense(256), relu, dense(256), relu, out)
    : serial(unit, conv(16), relu, conv(32), relu, flatten(), dense(64), relu, out)) as unknown as Layer<
    Params,
    unknown
  >
}

/** Two hidden layers for rows of pixels, two convolutions and a hidden layer for images in colour. */
export const networkOf = (story: Story): Network => {
  const [layer, { heads, classes, image }] = [layersOf(story), story]
  const { state } = init(layer, image, random.key(0)) // of layers without any: a tree of nulls
  const answers = (params: Params, x: Tensor): Tensor =>
    layer.apply(params, state, x, { mode: 'eval' })[0].reshape([-1, heads, classes])
  const logits = (params: Params, x: Tensor, head: Tensor): Tensor =>
    np.sum(answers(params, x).mul(np.expandDims(oneHot(head, heads), 2)), { axis: 1 })
  return {
    start: (key) => init(layer, image, key).params,
    answers,
    logits,
    loss: (params, x, y, head) => np.mean(losses.softmaxCrossEntropyWithIntegerLabels(logits(params, x, head), y)),
    accuracy: (params, x, y, head) =>
      np.mean(
        np
          .argmax(logits(params, x, head), { axis: 1 })
          .eq(y)
          .astype('float32'),
      ),
  }
}
