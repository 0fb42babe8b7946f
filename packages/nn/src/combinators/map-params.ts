/** Layers whose parameters go through a function first. */
import type { Layer } from '../layer.js'

/**
 * The same layer, seeing f(params) for its parameters: frozen ones, normalised ones, rounded ones. Gradients flow through f.
 * @example mapParams(dense(8), stopGradient) // does not learn
 */
export const mapParams = <P, S, I, O>(layer: Layer<P, S, I, O>, f: (params: P) => P): Layer<P, S, I, O> => ({
  ...layer,
  apply: (params, state, x, ctx) => layer.apply(f(params), state, x, ctx),
})
