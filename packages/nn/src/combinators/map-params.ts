/** Layers whose parameters go through a function first. */
import type { Layer } from '../layer.js'

/**
 * The same layer, seeing f(params) for its parameters: frozen ones, normalised ones, rounded ones. Gradients flow through f.
 * @example
 * const frozen = mapParams(dense(8), stopGradient)
 * const { params, state } = init(frozen, [4], random.key(0))
 * const loss = (p: typeof params) => np.sum(frozen.apply(p, state, np.ones([1, 4]), { mode: 'eval' })[0])
 * grad(loss)(params).bias // [0, 0, 0, 0, 0, 0, 0, 0]
 */
export const mapParams = <P, S, I, O>(
  layer: Layer<P, S, I, O>,
  f: (params: NoInfer<P>) => NoInfer<P>,
): Layer<P, S, I, O> => ({
  ...layer,
  apply: (params, state, x, ctx) => layer.apply(f(params), state, x, ctx),
})
