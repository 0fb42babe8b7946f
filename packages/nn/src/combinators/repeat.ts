/** The same kind of layer many times. */

import { isRecord, np, RangeError, random, type Shape, scan, type Tensor, tree, vmap } from '@puregrad/core'
import { checkApply } from '../arguments.js'
import type { Initializer } from '../initializers/initializer.js'
import type { Ctx, Key, Layer, SomeLayer } from '../layer.js'
import { type LeafPlan, mapPlan } from '../plan.js'
import { unrecorded } from '../recording.js'
import { refuse } from '../refusal.js'
import { type Cache, evaluation, type Stepping } from '../steps.js'
import { planAround } from './around.js'
import { childOf, type Erased, stepsOf } from './erased.js'

/** A tree of shapes as text, whatever the order of its names. */
const canonical = (shapes: unknown): string =>
  JSON.stringify(shapes, (_, x: unknown) =>
    isRecord(x) ? Object.fromEntries(Object.entries(x).sort(([a], [b]) => (a < b ? -1 : 1))) : x,
  )

/** As many tensors as the first axis says, each from a key of its own. */
const eachOf =
  (init: Initializer): Initializer =>
  (key, [count = 0, ...shape], options) =>
    np.stack(Array.from({ length: count }, (_, i) => init(random.foldIn(key, i), shape, options)))

/** The caches of several layers as one, with the layer first: what the loop goes along. */
const stacked = ([first, ...others]: readonly Cache[]): Cache =>
  tree.map((...each) => np.stack(each as unknown as readonly Tensor[]), first, ...others)

/**
 * `count` layers like this one after another, each with its own parameters, which are stacked along a first axis. It runs as
 * a `scan`, so that it is traced and compiled once, however deep.
 * @throws RangeError unless count is a whole number ≥ 1
 * @example init(repeat(residual(dense(64)), 12), [64], random.key(0)).params.kernel.shape // [12, 64, 64]
 */
export function repeat<P, S, X>(
  layer: Layer<P, S, X, X> & Stepping<P, S, X, X>,
  count: number,
): Layer<P, S, X, X> & Stepping<P, S, X, X>
export function repeat<P, S, X>(layer: Layer<P, S, X, X>, count: number): Layer<P, S, X, X>
export function repeat(layer: SomeLayer, count: number): unknown {
  const name = `repeat(${layer.name}, ${count})`
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`${name}: the count has to be a whole number ≥ 1.`)
  const child = childOf(layer)
  const stackLeaf = ({ after, ...leaf }: LeafPlan): LeafPlan => ({
    ...leaf,
    shape: [count, ...leaf.shape] satisfies Shape,
    init: eachOf(leaf.init),
    ...(after === undefined ? {} : { after: { ...after, leaf: stackLeaf(after.leaf), become: vmap(after.become) } }),
  })
  /** What a tree has along its first axis, for one layer after another. */
  const eachLayer = <T>(held: T): readonly T[] =>
    Array.from({ length: count }, (_, i) => tree.map((x) => (x as unknown as Tensor).slice(i), held) as T)
  /** One layer after another, each with its part of what is held for all, and in training a key of its own. */
  const through = <H>(
    ctx: Ctx,
    f: (x: unknown, held: H, own: Ctx) => readonly [unknown, unknown],
    x: unknown,
    held: H,
  ): readonly [unknown, unknown] =>
    ctx.mode === 'eval'
      ? scan((carry: unknown, each: H) => f(carry, each, unrecorded(ctx)), x, held, { length: count })
      : scan((carry: unknown, [each, key]: readonly [H, Key]) => f(carry, each, { mode: 'train', key }), x, [
          held,
          random.split(ctx.key, count),
        ] as const)
  const repeated: Erased = {
    name,
    plan: planAround(name, child, ({ params, state, out, parts }, input) =>
      canonical(out) === canonical(input)
        ? {
            params: mapPlan(stackLeaf, params),
            state: mapPlan(stackLeaf, state),
            out,
            parts: parts.map((part) => ({ ...part, parameters: part.parameters * count })),
          }
        : refuse(
            name,
            `the layer turns ${JSON.stringify(input)} into ${JSON.stringify(out)}, and a repeated one has to keep the shape.`,
            'Put a layer that changes it before.',
          ),
    ),
    apply: (params, state, x, ctx) => {
      checkApply(name, params, state, x, ctx)
      return through(ctx, (v, [p, s], own) => child.layer.apply(p, s, v, own), x, [params, state] as const)
    },
    startCache: (params, batch, length, options = {}) => {
      const { startCache } = stepsOf(name, child)
      if (options.state === undefined) return eachLayer(params).map((own) => startCache(own, batch, length, options))
      const states = eachLayer(options.state)
      return eachLayer(params).map((own, i) => startCache(own, batch, length, { ...options, state: states[i] }))
    },
    step: (params, state, cache, x, ctx = evaluation) => {
      const { step } = stepsOf(name, child)
      const held = [params, state, stacked(cache as readonly Cache[])] as const
      const [y, next] = through(ctx, (v, [p, s, c], own) => step(p, s, c, v, own), x, held)
      return [y, eachLayer(next)]
    },
  }
  return repeated
}
