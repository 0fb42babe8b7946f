/** One layer after another. */

import { map } from 'fp-ts/lib/Either.js'
import { checkApply } from '../arguments.js'
import type { InputOf, Layer, OutputOf, ParamsOf, Stage, StateOf } from '../layer.js'
import type { CanAllStep, SteppingIf } from '../steps.js'
import {
  applyChild,
  type Child,
  children,
  type Erased,
  type Holding,
  joinParts,
  planAll,
  startAll,
  stepChild,
  tuples,
} from './erased.js'

/** What the compiler shows in place of a layer that does not take what the one before it gives. */
export interface DoesNotFit<Given, Taken> {
  readonly 'this layer takes': Taken
  readonly 'but the layer before it gives': Given
}

type Chained<L extends readonly unknown[], Given, Done extends readonly unknown[] = []> = L extends readonly [
  infer Head,
  ...infer Tail,
]
  ? Chained<Tail, OutputOf<Head>, [...Done, Given extends InputOf<Head> ? Head : DoesNotFit<Given, InputOf<Head>>]>
  : Done

/** The same list if there is a layer, and every one takes what the one before it gives. */
export type Fits<L extends readonly unknown[]> = L extends readonly []
  ? readonly [Stage]
  : number extends L['length']
    ? L
    : L extends readonly [infer Head, ...infer Tail]
      ? Chained<Tail, OutputOf<Head>, [Head]>
      : L

/** The first of a tuple, any of an array. */
export type First<L extends readonly unknown[]> = L extends readonly [infer Head, ...unknown[]] ? Head : L[number]
type Last<L extends readonly unknown[]> = L extends readonly [...unknown[], infer End] ? End : L[number]

/** The parameters of each stage, in order. */
export type ParamsOfAll<L extends readonly unknown[]> = { readonly [K in keyof L]: ParamsOf<L[K]> }
/** The state of each stage, in order. */
export type StatesOfAll<L extends readonly unknown[]> = { readonly [K in keyof L]: StateOf<L[K]> }

/** A chain of children, each fed by the one before. */
export const chain = (name: string, all: readonly Child[], { collect, select }: Holding = tuples): Erased => ({
  name,
  plan: (input) =>
    map((plans: Parameters<typeof joinParts>[0]) => ({
      params: collect(plans.map(({ params }) => params)),
      state: collect(plans.map(({ state }) => state)),
      out: plans.at(-1)?.out ?? input,
      parts: joinParts(plans),
    }))(planAll(name, all, (i, previous) => (i === 0 ? input : previous))),
  apply: (params, state, x, ctx) => {
    checkApply(name, params, state, x, ctx)
    let value = x
    const states = all.map((child, i) => {
      const [y, next] = applyChild(child, select(params, i), select(state, i), value, ctx)
      value = y
      return next
    })
    return [value, collect(states)]
  },
  startCache: startAll(name, all, { collect, select }),
  step: (params, state, cache, x, ctx) => {
    let value = x
    const caches = all.map((child, i) => {
      const [y, next] = stepChild(name, child, select(params, i), select(state, i), select(cache, i), value, ctx)
      value = y
      return next
    })
    return [value, collect(caches)]
  },
})

/**
 * Layers one after another. Parameters and states are tuples, one entry per layer, `null` where a layer has none. Plain
 * functions such as `relu` are layers too. A layer that does not take what the one before it gives is a compile-time error;
 * arrays of layers may be spread.
 * @example
 * const model = serial(flatten(), dense(512), relu, dropout(0.2), dense(10))
 * const { params, state } = init(model, [28, 28], random.key(0))
 * const [logits] = model.apply(params, state, np.ones([5, 28, 28]), { mode: 'eval' })
 * logits.shape // [5, 10]
 */
export const serial = <const L extends readonly Stage[]>(
  ...layers: L & Fits<L>
): Layer<ParamsOfAll<L>, StatesOfAll<L>, InputOf<First<L>>, OutputOf<Last<L>>> &
  SteppingIf<CanAllStep<L>, ParamsOfAll<L>, StatesOfAll<L>, InputOf<First<L>>, OutputOf<Last<L>>> =>
  chain('serial', children(layers as unknown as readonly Stage[])) as never
