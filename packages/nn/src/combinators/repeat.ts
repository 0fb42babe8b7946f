/** The same kind of layer many times. */

import { isRecord, np, RangeError, random, type Shape, ShapeError, scan, type Tensor, tree, vmap } from '@puregrad/core'
import { isLeft, left, right } from 'fp-ts/lib/Either.js'
import { checkApply } from '../arguments.js'
import type { Initializer } from '../initializers/initializer.js'
import type { Ctx, Key, Layer } from '../layer.js'
import { type LeafPlan, mapPlan } from '../plan.js'
import { unrecorded } from '../recording.js'
import { type Cache, evaluation, type Stepping } from '../steps.js'
import { type Erased, planChild, stepsOf } from './erased.js'

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
export function repeat<P, S, X>(layer: Layer<P, S, X, X>, count: number): Layer<P, S, X, X> & Stepping<P, S, X, X> {
  const name = `repeat(${layer.name}, ${count})`
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`${name}: the count has to be a whole number ≥ 1.`)
  const child = { label: layer.name, layer: layer as unknown as Erased }
  const stackLeaf = ({ after, ...leaf }: LeafPlan): LeafPlan => ({
    ...leaf,
    shape: [count, ...leaf.shape] satisfies Shape,
    init: eachOf(leaf.init),
    ...(after === undefined ? {} : { after: { ...after, leaf: stackLeaf(after.leaf), become: vmap(after.become) } }),
  })
  const stack = (plan: unknown): unknown => mapPlan(stackLeaf, plan)
  /** What a tree has along its first axis, for one layer after another. */
  const eachLayer = <T>(held: T): readonly T[] =>
    Array.from({ length: count }, (_, i) => tree.map((x) => (x as unknown as Tensor).slice(i), held) as T)
  return {
    name,
    plan: (input) => {
      const planned = planChild(name, child, input)
      if (isLeft(planned)) return planned
      const { params, state, out, parts } = planned.right
      if (canonical(out) !== canonical(input)) {
        return left(
          new ShapeError(
            `${name}: the layer turns ${JSON.stringify(input)} into ${JSON.stringify(out)}, and a repeated one has to keep the shape. ` +
              'Put a layer that changes it before.',
          ),
        )
      }
      return right({
        params: stack(params),
        state: stack(state),
        out,
        parts: parts.map((part) => ({ ...part, parameters: part.parameters * count })),
      } as never)
    },
    apply: (params, state, x, ctx) => {
      checkApply(name, params, state, x, ctx)
      const [y, next] =
        ctx.mode === 'eval'
          ? scan(
              (carry: X, [p, s]: readonly [P, S]) => layer.apply(p, s, carry, unrecorded(ctx)),
              x,
              [params, state] as const,
              {
                length: count,
              },
            )
          : scan(
              (carry: X, [p, s, key]: readonly [P, S, typeof ctx.key]) =>
                layer.apply(p, s, carry, { mode: 'train', key }),
              x,
              [params, state, random.split(ctx.key, count)] as const,
            )
      return [y as X, next as S]
    },
    startCache: (params, batch, length, options) => {
      const { startCache } = stepsOf(name, child)
      return eachLayer(params).map((own) => startCache(own, batch, length, options))
    },
    step: (params, state, cache, x, ctx = evaluation) => {
      const { step } = stepsOf(name, child)
      const run = (carry: X, p: P, s: S, c: Cache, own: Ctx): [X, Cache] => step(p, s, c, carry, own) as [X, Cache]
      const caches = stacked(cache as readonly Cache[])
      const [y, next] =
        ctx.mode === 'eval'
          ? scan(
              (carry: X, [p, s, c]: readonly [P, S, Cache]) => run(carry, p, s, c, ctx),
              x,
              [params, state, caches] as const,
              { length: count },
            )
          : scan(
              (carry: X, [p, s, c, key]: readonly [P, S, Cache, Key]) => run(carry, p, s, c, { mode: 'train', key }),
              x,
              [params, state, caches, random.split(ctx.key, count)] as const,
            )
      return [y as X, eachLayer(next)]
    },
  }
}
