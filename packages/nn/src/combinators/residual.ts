/** Layers around which their input flows. */

import { Tensor } from '@puregrad/core'
import type { Layer, SomeLayer } from '../layer.js'
import { refuse } from '../refusal.js'
import type { Stepping } from '../steps.js'
import { computed } from './composed.js'
import { alone, childOf, type Erased, tuples } from './erased.js'

const name = 'residual'

/** A sum, unless its parts differ in shape. @param reason what the shapes without the batch axis mean, and what helps */
const sum = (
  a: unknown,
  b: unknown,
  reason: (a: string, b: string) => readonly [why: string, cure: string],
): Tensor => {
  if (!(a instanceof Tensor && b instanceof Tensor))
    return refuse(name, 'adds tensors, and is given a tree of them.', 'Add its parts in a block.')
  return a.shape.join() === b.shape.join()
    ? a.add(b)
    : refuse(name, ...reason(`[${a.shape.slice(1)}]`, `[${b.shape.slice(1)}]`))
}

const plain = (layer: SomeLayer): Erased =>
  computed({
    name,
    children: [childOf(layer, 'body')],
    holding: alone,
    body: (run, x) =>
      sum(x, run(0, x), (input, output) => [
        `${layer.name} turns ${input} into ${output}, which cannot be added.`,
        'Give a second layer for the way around: residual(layer, dense(n)), or a 1×1 convolution.',
      ]),
  })

const projected = (layer: SomeLayer, around: SomeLayer): Erased =>
  computed({
    name,
    children: [childOf(layer, 'body'), childOf(around, 'around')],
    holding: tuples,
    body: (run, x) =>
      sum(run(0, x), run(1, x), (inner, outer) => [
        `${layer.name} gives ${inner} and ${around.name} ${outer}.`,
        'Both have to give the same shape: check features and strides.',
      ]),
  })

/**
 * x ↦ x + f(x) (He et al. 2016); with a second layer, x ↦ f(x) + g(x), for an f that changes the shape.
 * @example
 * const layer = residual(serial(layerNorm(), dense(64), relu))
 * const { params, state } = init(layer, [64], random.key(0))
 * layer.apply(params, state, np.ones([5, 64]), { mode: 'eval' })[0].shape // [5, 64]
 * @example
 * const block = residual(conv2d(64, { kernelSize: 3, strides: 2 }), conv2d(64, { kernelSize: 1, strides: 2 }))
 * const { params, state } = init(block, [28, 28, 32], random.key(0))
 * block.apply(params, state, np.ones([1, 28, 28, 32]), { mode: 'eval' })[0].shape // [1, 14, 14, 64]
 */
export function residual<P, S>(layer: Layer<P, S> & Stepping<P, S>): Layer<P, S> & Stepping<P, S>
export function residual<P, S>(layer: Layer<P, S>): Layer<P, S>
export function residual<P, S, Q, T>(
  layer: Layer<P, S> & Stepping<P, S>,
  around: Layer<Q, T> & Stepping<Q, T>,
): Layer<readonly [P, Q], readonly [S, T]> & Stepping<readonly [P, Q], readonly [S, T]>
export function residual<P, S, Q, T>(layer: Layer<P, S>, around: Layer<Q, T>): Layer<readonly [P, Q], readonly [S, T]>
export function residual(layer: SomeLayer, around?: SomeLayer): unknown {
  return around === undefined ? plain(layer) : projected(layer, around)
}
