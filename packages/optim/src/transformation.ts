/** Gradient transformations: pairs of pure functions, and the monoid in which they are chained. */
import { type Tensor, TreeError } from '@puregrad/core'
import type { Monoid as MonoidOf } from 'fp-ts/lib/Monoid.js'

/**
 * A tree of tensors shaped like the parameters: what an optimiser remembers of gradients. Its keys are those of the
 * parameters, whose type is not known before `init`.
 */
export interface Moments {
  readonly [key: string]: Tensor
}

/** What a few transformations look at besides gradients and parameters; `chain` hands it to all. */
export interface ExtraArgs<P> {
  /** The loss at the parameters: `reduceOnPlateau` watches it, line searches start from it. */
  readonly value?: Tensor | number
  /** The gradient at the parameters, as it was before other transformations changed it: for line searches. */
  readonly grad?: P
  /** The loss as a function of the parameters: line searches try steps with it. */
  readonly valueFn?: (params: P) => Tensor
  /** The gradient as a function of the parameters and of how many were taken before it: for `sam` in opaque mode. */
  readonly gradFn?: (params: P, step: number) => P
}

/**
 * One step of an optimiser: gradients in, updates out, and a state that is an ordinary pytree, so that a whole training step
 * jits, vmaps and replays.
 * @example
 * const params = { w: np.array([1, 2]) }
 * const optimizer = adam(1e-3)
 * const [updates, state] = optimizer.update({ w: np.array([5, -5]) }, optimizer.init(params), params)
 * applyUpdates(params, updates) // { w: [0.999, 2.001] }
 */
export interface GradientTransformation<S> {
  /** The state before the first step. */
  readonly init: (params: unknown) => S
  /** Updates to add to the parameters, and the next state. Only transformations that look at parameters, or at more, need them. */
  readonly update: <P>(grads: P, state: S, params?: P, extra?: ExtraArgs<P>) => readonly [P, S]
}

/** Several transformations as one; its state is the tuple of theirs. */
export interface Chain<States extends readonly unknown[]> extends GradientTransformation<States> {
  /** The transformations it was chained from, none of them a chain. */
  readonly parts: readonly SomeTransformation[]
}

/** Any transformation, for bounds of type parameters. */
export interface SomeTransformation {
  readonly init: (params: unknown) => unknown
  readonly update: (grads: never, state: never, params?: never, extra?: never) => readonly [unknown, unknown]
}

/** The state of a transformation: `StateOf<typeof optimizer>`. */
export type StateOf<T extends SomeTransformation> = ReturnType<T['init']>

/** The states of several transformations, those of chains spread out. */
export type StatesOf<T extends readonly unknown[]> = T extends readonly [infer First, ...infer Rest]
  ? First extends Chain<infer States>
    ? readonly [...States, ...StatesOf<Rest>]
    : First extends GradientTransformation<infer S>
      ? readonly [S, ...StatesOf<Rest>]
      : never
  : T extends readonly []
    ? readonly []
    : readonly unknown[]

/** What `chain` makes of these: the one that is given, or a chain. */
export type Chained<T extends readonly SomeTransformation[]> = T extends readonly [infer Only]
  ? Only
  : Chain<StatesOf<T>>

/** A transformation of which the inside of `chain` knows no types. */
interface Erased {
  readonly init: (params: unknown) => unknown
  readonly update: (
    grads: unknown,
    state: unknown,
    params?: unknown,
    extra?: ExtraArgs<unknown>,
  ) => readonly [unknown, unknown]
  readonly parts?: readonly Erased[]
}

const partsOf = (t: Erased): readonly Erased[] => t.parts ?? [t]

const fromParts = (parts: readonly Erased[]): Erased => {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  return Object.freeze<Erased>({
    init: (params) => parts.map((t) => t.init(params)),
    update: (grads, state, params, extra) => {
      let updates = grads
      const next = parts.map((t, i) => {
        const [changed, s] = t.update(updates, (state as readonly unknown[])[i], params, extra)
        updates = changed
        return s
      })
      return [updates, next]
    },
    parts: Object.freeze(parts),
  })
}

/**
 * Transformations one after the other: each gets the updates of the one before. Chains of chains are flat, which makes
 * `chain` associative with `identity` as its unit, states included; a chain of one is that one.
 * @example
 * const optimizer = chain(clipByGlobalNorm(1), adam(1e-3))
 * optimizer.init({ w: np.zeros([2]) }) // [null, { count: 0, mu: { w: [0, 0] }, nu: { w: [0, 0] } }, null]
 */
export const chain = <const T extends readonly SomeTransformation[]>(...transformations: T): Chained<T> =>
  fromParts((transformations as unknown as readonly Erased[]).flatMap(partsOf)) as unknown as Chained<T>

/** Updates are the gradients: the unit of `chain`. */
export const identity: Chain<readonly []> = chain()

/**
 * `chain` of two as an fp-ts Monoid. Laws: associativity and both identities, for updates and for states.
 * @example
 * const both = Monoid.concat(scale(2), scale(-0.1))
 * both.update({ w: np.array([1, 2]) } as never, both.init({}) as never)[0] // { w: [-0.2, -0.4] }
 */
export const Monoid: MonoidOf<SomeTransformation> = Object.freeze({
  concat: (x: SomeTransformation, y: SomeTransformation) => chain(x, y),
  empty: identity,
})

/**
 * A transformation without state, from a function of updates and parameters.
 * @example
 * const halved = stateless((grads) => tree.map((g) => np.divide(g as Tensor, 2), grads) as typeof grads)
 * halved.update({ w: np.array([1, 2]) }, null)[0] // { w: [0.5, 1] }
 */
export const stateless = (update: <P>(grads: P, params?: P) => P): GradientTransformation<null> => ({
  init: () => null,
  update: (grads, state, params) => [update(grads, params), state],
})

/** The parameters, for a transformation that cannot do without. @throws TreeError if they are missing */
export const requiredParams = <P>(operation: string, params: P | undefined): P => {
  if (params !== undefined) return params
  throw new TreeError(
    `${operation}: the parameters are missing. Pass them as third argument: update(grads, state, params).`,
  )
}

/** One of the extra arguments, for a transformation that cannot do without. @throws TreeError if it is missing */
export const requiredExtra = <P, K extends keyof ExtraArgs<P>>(
  operation: string,
  name: K,
  extra: ExtraArgs<P> | undefined,
): NonNullable<ExtraArgs<P>[K]> => {
  const given = extra?.[name]
  if (given !== undefined) return given as NonNullable<ExtraArgs<P>[K]>
  throw new TreeError(
    `${operation}: ${name} is missing. Pass it in a fourth argument: update(grads, state, params, { ${name} }).`,
  )
}
