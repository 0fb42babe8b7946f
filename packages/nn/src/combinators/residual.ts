/** Layers around which their input flows. */

import { type Shape, ShapeError, type Tensor } from '@puregrad/core'
import { isLeft, left, right } from 'fp-ts/lib/Either.js'
import { checkApply } from '../arguments.js'
import type { Layer } from '../layer.js'
import type { Stepping } from '../steps.js'
import { applyChild, type Child, type Erased, planChild, startAll, stepChild, stepsOf, tuples } from './erased.js'

const same = (a: unknown, b: unknown): boolean => (a as Shape).join() === (b as Shape).join()

const plain = (body: Child): Erased => ({
  name: 'residual',
  plan: (input) => {
    const planned = planChild('residual', body, input)
    if (isLeft(planned) || same(planned.right.out, input)) return planned
    return left(
      new ShapeError(
        `residual: ${body.layer.name} turns [${input}] into [${planned.right.out}], which cannot be added. ` +
          'Give a second layer for the way around: residual(layer, dense(n)), or a 1×1 convolution.',
      ),
    )
  },
  apply: (params, state, x, ctx) => {
    checkApply('residual', params, state, x, ctx)
    const [y, next] = applyChild(body, params, state, x, ctx)
    return [(x as Tensor).add(y as Tensor), next]
  },
  startCache: (params, batch, length, options) => stepsOf('residual', body).startCache(params, batch, length, options),
  step: (params, state, cache, x, ctx) => {
    const [y, next] = stepChild('residual', body, params, state, cache, x, ctx)
    return [(x as Tensor).add(y as Tensor), next]
  },
})

const projected = (body: Child, around: Child): Erased => ({
  name: 'residual',
  plan: (input) => {
    const [a, b] = [planChild('residual', body, input), planChild('residual', around, input)]
    if (isLeft(a)) return a
    if (isLeft(b)) return b
    if (!same(a.right.out, b.right.out)) {
      return left(
        new ShapeError(
          `residual: ${body.layer.name} turns [${input}] into [${a.right.out}] and ${around.layer.name} into [${b.right.out}]. ` +
            'Both have to give the same shape: check features and strides.',
        ),
      )
    }
    return right({
      params: [a.right.params, b.right.params],
      state: [a.right.state, b.right.state],
      out: a.right.out,
      parts: [...a.right.parts, ...b.right.parts],
    })
  },
  apply: (params, state, x, ctx) => {
    checkApply('residual', params, state, x, ctx)
    const [p, s] = [params as readonly unknown[], state as readonly unknown[]]
    const [y, next] = applyChild(body, p[0], s[0], x, ctx)
    const [z, other] = applyChild(around, p[1], s[1], x, ctx)
    return [(y as Tensor).add(z as Tensor), [next, other]]
  },
  startCache: startAll('residual', [body, around], tuples),
  step: (params, state, cache, x, ctx) => {
    const [p, s, c] = [params, state, cache] as readonly (readonly unknown[])[]
    const [y, next] = stepChild('residual', body, p?.[0], s?.[0], c?.[0], x, ctx)
    const [z, other] = stepChild('residual', around, p?.[1], s?.[1], c?.[1], x, ctx)
    return [(y as Tensor).add(z as Tensor), [next, other]]
  },
})

const child = (label: string, layer: unknown): Child => ({ label, layer: layer as Erased })

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
export function residual(layer: unknown, around?: unknown): unknown {
  const body = child('body', layer)
  return around === undefined ? plain(body) : projected(body, child('around', around))
}
