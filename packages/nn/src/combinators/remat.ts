/** Layers that recompute instead of remembering. */

import { type CheckpointOptions, checkpoint, operation } from '@puregrad/core'
import { checkApply } from '../arguments.js'
import type { Key, Layer } from '../layer.js'
import { unrecorded } from '../recording.js'

/**
 * The same layer, but its gradient computes the inside again instead of keeping it: less memory for more time, same numbers.
 * @example
 * const deep = repeat(remat(residual(dense(64))), 12)
 * const { params, state } = init(deep, [64], random.key(0))
 * deep.apply(params, state, np.ones([1, 64]), { mode: 'eval' })[0].shape // [1, 64]
 */
export const remat = operation(
  'remat',
  { at: 1, names: ['policy'] },
  <P, S, I, O, L>(layer: Layer<P, S, I, O> & L, options: CheckpointOptions = {}): Layer<P, S, I, O> & L => ({
    ...layer,
    apply: (params, state, x, ctx) => {
      checkApply(layer.name, params, state, x, ctx)
      const result =
        ctx.mode === 'eval'
          ? checkpoint((p: P, s: S, v: I) => layer.apply(p, s, v, unrecorded(ctx)), options)(params, state, x)
          : checkpoint((p: P, s: S, v: I, key: Key) => layer.apply(p, s, v, { mode: 'train', key }), options)(
              params,
              state,
              x,
              ctx.key,
            )
      return result as readonly [O, S]
    },
  }),
)
