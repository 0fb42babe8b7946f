/** One layer after another. */

import type { InputOf, Layer, OutputOf, ParamsOf, Stage, StateOf } from '../layer.js'
import type { CanAllStep, SteppingIf } from '../steps.js'
import { wired } from './composed.js'
import { type Child, children, type Erased, type Holding, stated, tuples } from './erased.js'

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
export const chain = (name: string, all: readonly Child[], holding: Holding = tuples): Erased =>
  wired({
    name,
    children: all,
    holding,
    body: (run, x) => all.reduce((value: unknown, _, i) => run(i, value), x),
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
  stated(chain('serial', children(layers as unknown as readonly Stage[])))
