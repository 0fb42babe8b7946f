/**
 * A layer is a value: a plan, which says what its parameters are for an input of some shape, and a pure function of those
 * parameters. It holds no numbers, so one layer serves any number of parameters.
 */
import type { MapLeaves, Shape, ShapeError, Tensor } from '@puregrad/core'
import type { Either } from 'fp-ts/lib/Either.js'
import { checkApply } from './arguments.js'
import type { Plan } from './plan.js'

/** A random key, as `random.key(seed)` makes it. */
export type Key = Tensor

/** Training needs a key; evaluation cannot even mention one. */
export type Ctx = { readonly mode: 'train'; readonly key: Key } | { readonly mode: 'eval' }

/** The shapes of a tree of tensors, without their batch axes. */
export type ShapeOf<I> = MapLeaves<I, Shape>

/** One line of a summary: a layer, where it stands, what comes out of it and how many parameters it has. */
export interface Part {
  /** Labels from the outermost layer inwards; empty for the layer itself. */
  readonly path: readonly string[]
  readonly name: string
  readonly out: unknown
  readonly parameters: number
}

/** What a layer will be made of for one shape of input. */
export interface Planned<P, S, O = Tensor> {
  readonly params: Plan<P>
  readonly state: Plan<S>
  readonly out: ShapeOf<O>
  /** What a composed layer consists of, in the order of computation. */
  readonly parts?: readonly Part[]
}

/**
 * A function from I to O with parameters P and a state S (`null` where there is none). The batch axis comes first.
 * @example
 * const layer: Layer<DenseParams, null> = dense(10)
 * const { params, state } = init(layer, [784], random.key(0))
 * const [logits] = layer.apply(params, state, np.ones([5, 784]), { mode: 'eval' })
 * logits.shape // [5, 10]
 */
export interface Layer<P, S, I = Tensor, O = Tensor> {
  readonly name: string
  /** Shapes without the batch axis. Describes parameters and state without allocating them. */
  readonly plan: (input: ShapeOf<I>) => Either<ShapeError, Planned<P, S, O>>
  readonly apply: (params: P, state: S, x: I, ctx: Ctx) => readonly [O, S]
}

/** Any layer, for bounds of type parameters. */
export interface SomeLayer {
  readonly name: string
  readonly plan: (
    input: never,
  ) => Either<ShapeError, { readonly params: unknown; readonly state: unknown; readonly out: unknown }>
  readonly apply: (params: never, state: never, x: never, ctx: Ctx) => readonly [unknown, unknown]
}

/** What combinators take: layers, and plain functions of one tensor such as `relu`. */
export type Stage = SomeLayer | ((x: Tensor) => Tensor)

type SomeFunction = (...args: never[]) => unknown

/** The parameters of a stage: `ParamsOf<typeof model>`. */
export type ParamsOf<L> = L extends SomeFunction
  ? null
  : L extends { readonly apply: (params: infer P, ...rest: never[]) => unknown }
    ? P
    : never

/** The state of a stage. */
export type StateOf<L> = L extends SomeFunction
  ? null
  : L extends { readonly apply: (params: never, state: infer S, ...rest: never[]) => unknown }
    ? S
    : never

/** What a stage takes. */
export type InputOf<L> = L extends SomeFunction
  ? Tensor
  : L extends { readonly apply: (params: never, state: never, x: infer I, ...rest: never[]) => unknown }
    ? I
    : never

/** What a stage gives. */
export type OutputOf<L> = L extends SomeFunction
  ? Tensor
  : L extends { readonly apply: (...args: never[]) => readonly [infer O, unknown] }
    ? O
    : never

/**
 * A layer without state, from its plan and a function of its parameters.
 * @example
 * const bias = stateless<{ readonly b: Tensor }>(
 *   'bias',
 *   (shape) => right({ params: { b: leaf('b', shape, initializers.zeros) }, out: shape }),
 *   ({ b }, x) => x.add(b),
 * )
 * init(bias, [3], random.key(0)).params // { b: [0, 0, 0] }
 */
export const stateless = <P, I = Tensor, O = Tensor>(
  name: string,
  plan: (input: ShapeOf<I>) => Either<ShapeError, Omit<Planned<P, null, O>, 'state'>>,
  apply: (params: P, x: I, ctx: Ctx) => O,
): Layer<P, null, I, O> => ({
  name,
  plan: (input) => {
    const planned = plan(input)
    return planned._tag === 'Left' ? planned : { _tag: 'Right', right: { ...planned.right, state: null } }
  },
  apply: (params, state, x, ctx) => {
    checkApply(name, params, state, x, ctx)
    return [apply(params, x, ctx), state]
  },
})
