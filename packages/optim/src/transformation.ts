/** Gradient transformations: pairs of pure functions, and their monoid. */
import type { Tensor } from '@puregrad/core'
import type { Monoid } from 'fp-ts/lib/Monoid.js'

/** A tree of the parameters' structure that an optimiser keeps: moments, sums of squares. */
export type Moments = Readonly<Record<string, Tensor>>

/**
 * One step of an optimiser: gradients in, updates out, and a state that is an ordinary pytree. `Parts` are the states of the
 * transformations it was chained from.
 */
export interface GradientTransformation<S, Parts extends readonly unknown[] = readonly [S]> {
  readonly init: (params: unknown) => S
  readonly update: <P>(grads: P, state: S, params?: P) => readonly [P, S]
  /** The transformations it was chained from. */
  readonly parts?: { readonly [K in keyof Parts]: GradientTransformation<Parts[K]> }
}

/** The state of a chain: of one transformation its own, of any other number the tuple of theirs. */
export type ChainState<Parts extends readonly unknown[]> = Parts extends readonly [infer S] ? S : Parts

type PartsOf<T extends readonly unknown[]> = T extends readonly [
  GradientTransformation<infer _S, infer P>,
  ...infer Rest,
]
  ? readonly [...P, ...PartsOf<Rest>]
  : readonly []

type AnyTransformation = GradientTransformation<never, never> | GradientTransformation<never>

/**
 * Transformations one after the other: each gets the updates of the one before. Chains of chains are flat, so `chain` is
 * associative with `identity` as its unit, states included.
 * @example chain(clipByGlobalNorm(1), adam(1e-3))
 */
export const chain = <const T extends readonly AnyTransformation[]>(
  ...transformations: T
): GradientTransformation<ChainState<PartsOf<T>>, PartsOf<T>> => {
  const parts = (transformations as readonly unknown[]).flatMap((t) => partsOf(t as GradientTransformation<unknown>))
  return fromParts(parts) as unknown as GradientTransformation<ChainState<PartsOf<T>>, PartsOf<T>>
}

const partsOf = (t: GradientTransformation<unknown>): readonly GradientTransformation<unknown>[] => t.parts ?? [t]

const fromParts = (
  parts: readonly GradientTransformation<unknown>[],
): GradientTransformation<unknown, readonly unknown[]> => {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only as GradientTransformation<unknown, readonly unknown[]>
  return {
    init: (params) => parts.map((t) => t.init(params)),
    update: <P>(grads: P, state: unknown, params?: P): readonly [P, unknown] => {
      let updates = grads
      const next = parts.map((t, i) => {
        const [u, s] = t.update(updates, (state as readonly unknown[])[i], params)
        updates = u
        return s
      })
      return [updates, next]
    },
    parts,
  }
}

/** Updates are the gradients. The unit of `chain`. */
export const identity: GradientTransformation<readonly [], readonly []> = chain()

/** `chain` of two as an fp-ts Monoid. Laws: associativity and both identities, for updates and states. */
export const monoid: Monoid<GradientTransformation<unknown, readonly unknown[]>> = {
  concat: (x, y) => fromParts([...partsOf(x as never), ...partsOf(y as never)]),
  empty: identity as unknown as GradientTransformation<unknown, readonly unknown[]>,
}

/** A transformation without state. */
export const stateless = (update: <P>(grads: P, params?: P) => P): GradientTransformation<null> => ({
  init: () => null,
  update: (grads, state, params) => [update(grads, params), state],
})
