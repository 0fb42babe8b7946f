/** Layers that recompute instead of remembering. */
import { type CheckpointOptions, checkpoint } from '@puregrad/core'
import type { Key, Layer } from '../layer.js'

/**
 * The same layer, but its gradient computes the inside again instead of keeping it: less memory for more time, same numbers.
 * @example repeat(remat(residual(dense(64))), 12) // keeps one activation per block
 */
export const remat = <P, S, I, O>(layer: Layer<P, S, I, O>, options: CheckpointOptions = {}): Layer<P, S, I, O> => ({
  ...layer,
  apply: (params, state, x, ctx) => {
    const result =
      ctx.mode === 'eval'
        ? checkpoint((p: P, s: S, v: I) => layer.apply(p, s, v, ctx), options)(params, state, x)
        : checkpoint((p: P, s: S, v: I, key: Key) => layer.apply(p, s, v, { mode: 'train', key }), options)(
            params,
            state,
            x,
            ctx.key,
          )
    return result as readonly [O, S]
  },
})
