/** Layers whose parameters go through a function first. */
import { checkApply } from '../arguments.js'
import type { Ctx, Layer } from '../layer.js'
import type { Stepping } from '../steps.js'

/**
 * The same layer, seeing f(params) for its parameters: frozen ones, normalised ones, rounded ones. Gradients flow through f.
 * @example
 * const frozen = mapParams(dense(8), stopGradient)
 * const { params, state } = init(frozen, [4], random.key(0))
 * const loss = (p: typeof params) => np.sum(frozen.apply(p, state, np.ones([1, 4]), { mode: 'eval' })[0])
 * grad(loss)(params).bias // [0, 0, 0, 0, 0, 0, 0, 0]
 */
export const mapParams = <P, S, I, O, L>(
  layer: Layer<P, S, I, O> & L,
  f: (params: NoInfer<P>) => NoInfer<P>,
): Layer<P, S, I, O> & L => {
  const { startCache, step } = layer as Layer<P, S, I, O> & Partial<Stepping<P, S, I, O>>
  return {
    ...layer,
    apply: (params: P, state: S, x: I, ctx: Ctx) => {
      checkApply(layer.name, params, state, x, ctx)
      return layer.apply(f(params), state, x, ctx)
    },
    ...(startCache === undefined || step === undefined
      ? {}
      : {
          startCache: (params: P, ...rest: Rest<typeof startCache>) => startCache(f(params), ...rest),
          step: (params: P, ...rest: Rest<typeof step>) => step(f(params), ...rest),
        }),
  }
}

type Rest<F> = F extends (first: never, ...rest: infer R) => unknown ? R : never
