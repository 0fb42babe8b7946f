/** Parameters that learn and parameters that do not. */
import { type MapLeaves, stopGradient, Tensor, tree } from '@puregrad/core'
import type { Layer } from '../layer.js'
import { mapParams } from './map-params.js'

/** Chooses parameters by where they stand, such as ['0', 'kernel'], and what they are. */
export type Choose = (path: readonly string[], leaf: Tensor) => boolean

const chosen = (choose: Choose, path: readonly (string | number)[], leaf: unknown): boolean =>
  choose(path.map(String), leaf as Tensor)

/**
 * The same layer whose parameters, or those chosen, get no gradient: a feature extractor under a new head.
 * @example
 * const model = serial(freeze(dense(8)), relu, dense(2))
 * const { params, state } = init(model, [4], random.key(0))
 * const loss = (p: typeof params) => np.sum(model.apply(p, state, np.ones([1, 4]), { mode: 'eval' })[0])
 * np.sum(np.abs(grad(loss)(params)[0].kernel)).item() // 0
 */
export const freeze = <P, S, I, O, L>(
  layer: Layer<P, S, I, O> & L,
  choose: Choose = () => true,
): Layer<P, S, I, O> & L =>
  mapParams(
    layer,
    (params) =>
      tree.mapWithPath(
        (path, leaf) => (chosen(choose, path, leaf) ? stopGradient(leaf) : leaf),
        params,
      ) as unknown as P,
  )

/** A tree some of whose tensors are elsewhere. */
export type Part<P> = MapLeaves<P, Tensor | null>

/**
 * Two trees of the form of `params`: what is chosen, and the rest, with `null` where a tensor is in the other. `merge` puts them
 * together again, so that `grad` and an optimiser see only what learns.
 * @example
 * const { params } = init(dense(2), [3], random.key(0))
 * const [kernel, rest] = partition(params, ([name]) => name === 'kernel')
 * rest.kernel // null
 */
export const partition = <P>(params: P, choose: Choose): readonly [chosen: Part<P>, rest: Part<P>] => {
  const where = tree.mapWithPath((path, leaf) => chosen(choose, path, leaf), params)
  const keep = (kept: boolean): Part<P> =>
    tree.map((leaf, isChosen) => ((isChosen as unknown) === kept ? leaf : null), params, where) as unknown as Part<P>
  return [keep(true), keep(false)]
}

/**
 * What `partition` took apart.
 * @example
 * const { params } = init(dense(2), [3], random.key(0))
 * merge<typeof params>(...partition(params, ([name]) => name === 'kernel')).bias.shape // [2]
 */
export const merge = <P>(a: Part<P>, b: Part<P>): P => both(a, b) as P

const both = (a: unknown, b: unknown): unknown => {
  if (a === null || a === undefined) return b
  if (b === null || b === undefined || a instanceof Tensor || typeof a !== 'object') return a
  if (Array.isArray(a)) return a.map((child, i) => both(child, (b as readonly unknown[])[i]))
  return Object.fromEntries(
    Object.entries(a).map(([key, child]) => [key, both(child, (b as Readonly<Record<string, unknown>>)[key])]),
  )
}
