/** Looking inside: what the layers of a model give on the way. */

import { operation } from '@puregrad/core'
import { map } from 'fp-ts/lib/Either.js'
import { checkApply } from '../arguments.js'
import type { Layer, Planned, ShapeOf } from '../layer.js'
import { recording } from '../recording.js'

/** Outputs of inner layers by their paths, such as 'serial/dense(8)', as `describe` lists them; 'path#2' for a second use. */
export type Intermediates = Readonly<Record<string, unknown>>

export interface Captured<O> {
  readonly out: O
  readonly intermediates: Intermediates
}

export interface CaptureOptions {
  /** Which paths to keep: all unless said. */
  readonly filter?: (path: string) => boolean
  /**
   * Whether attention gives its weights, too, under its path and '/weights': [batch, heads, queries, keys], of additive attention
   * [batch, queries, keys]. False unless said.
   */
  readonly attention?: boolean
}

/**
 * The same layer, with the same parameters, that also gives what its inner layers gave: for looking at features, their sizes, or
 * for losses on them. Gradients flow through. Inside `repeat` and `remat` it sees the whole only.
 * @example
 * const model = serial(dense(8), relu, dense(3))
 * const { params, state } = init(model, [4], random.key(0))
 * const [{ intermediates }] = capture(model).apply(params, state, np.ones([1, 4]), { mode: 'eval' })
 * Object.keys(intermediates) // ['dense(8)', 'relu', 'dense(3)']
 * @example
 * const model = transformerEncoder({ heads: 2 })
 * const { params, state } = init(model, [5, 8], random.key(0))
 * const [seen] = capture(model, { attention: true }).apply(params, state, np.ones([1, 5, 8]), { mode: 'eval' })
 * const weights = seen.intermediates['attention/weights'] as Tensor
 * weights.shape // [1, 2, 5, 5]
 */
export const capture = operation(
  'capture',
  { at: 1, names: ['filter', 'attention'] },
  <P, S, I, O>(
    layer: Layer<P, S, I, O>,
    { filter = () => true, attention = false }: CaptureOptions = {},
  ): Layer<P, S, I, Captured<O>> => ({
    name: `capture(${layer.name})`,
    plan: (input) =>
      map((planned: Planned<P, S, O>) => ({
        ...planned,
        // What will be found is known only when the layer runs.
        out: { out: planned.out, intermediates: {} } as unknown as ShapeOf<Captured<O>>,
      }))(layer.plan(input)),
    apply: (params, state, x, ctx) => {
      checkApply(`capture(${layer.name})`, params, state, x, ctx)
      const found: Record<string, unknown> = {}
      const write = (labels: readonly string[], value: unknown): void => {
        const path = labels.join('/')
        if (!filter(path)) return
        const before = Object.keys(found).filter((key) => key === path || key.startsWith(`${path}#`)).length
        found[before === 0 ? path : `${path}#${before + 1}`] = value
      }
      const [out, next] = layer.apply(params, state, x, recording(ctx, write, attention))
      return [{ out, intermediates: found }, next]
    },
  }),
)
