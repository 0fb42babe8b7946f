/** One layer after another, by name. */
import { type Tensor, TreeError } from '@puregrad/core'
import type { Ctx, Layer, ParamsOf, SomeLayer, StateOf } from '../layer.js'
import type { CanAllStep, SteppingIf } from '../steps.js'
import { byName, children, stated } from './erased.js'
import { chain } from './serial.js'

/** A layer from one tensor to one tensor, or such a function. */
export type TensorStage =
  | (SomeLayer & { readonly apply: (params: never, state: never, x: Tensor, ctx: Ctx) => readonly [Tensor, unknown] })
  | ((x: Tensor) => Tensor)

/** The parameters of each layer, by name. */
export type ParamsOfRecord<R> = { readonly [K in keyof R]: ParamsOf<R[K]> }
/** The state of each layer, by name. */
export type StatesOfRecord<R> = { readonly [K in keyof R]: StateOf<R[K]> }

/**
 * The names of a record of layers, in its order.
 * @throws TreeError for names that JavaScript would move to the front
 */
export const namesOf = (operation: string, layers: Readonly<Record<string, unknown>>): readonly string[] => {
  const names = Object.keys(layers)
  const moved = names.find((name) => /^\d+$/.test(name))
  if (moved === undefined) return names
  throw new TreeError(
    `${operation}: JavaScript lists the key '${moved}' before all others. Give it a name, such as 'layer${moved}'.`,
  )
}

/**
 * Layers one after another, in the order in which the record lists them. Parameters and states are records with the same
 * names, and keys are folded from the names, so that adding or moving a layer changes the numbers of no other.
 * @throws TreeError for names that JavaScript would move to the front, such as '0'
 * @example
 * const model = named({ flat: flatten(), hidden: dense(512), relu, logits: dense(10) })
 * init(model, [28, 28], random.key(0)).params.logits.kernel.shape // [512, 10]
 */
export const named = <const R extends Readonly<Record<string, TensorStage>>>(
  layers: R,
): Layer<ParamsOfRecord<R>, StatesOfRecord<R>> &
  SteppingIf<CanAllStep<R>, ParamsOfRecord<R>, StatesOfRecord<R>, Tensor, Tensor> => {
  const names = namesOf('named', layers)
  return stated(chain('named', children(Object.values(layers), names), byName(names)))
}
