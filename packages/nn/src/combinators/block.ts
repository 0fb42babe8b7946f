/** Layers written as functions of their children. */
import { ArgumentError, isRecord, operation, type Tensor } from '@puregrad/core'
import type { Ctx, InputOf, Layer, OutputOf, Stage } from '../layer.js'
import type { CanAllStep, Stepping, SteppingIf } from '../steps.js'
import { computed } from './composed.js'
import { byName, children, type Erased, type Holding, none, stated } from './erased.js'
import { namesOf, type ParamsOfRecord, type StatesOfRecord } from './named.js'

/** The children of a block as functions of what they take. */
export type Run<C> = { readonly [K in keyof C]: (x: InputOf<C[K]>) => OutputOf<C[K]> }

/** What a block does with its children: a pure function of tensors. */
export type BlockBody<C, I, O> = (run: Run<C>, x: I, ctx: Ctx) => O

export interface BlockOptions {
  /** What summaries and errors call it: 'block' unless said. */
  readonly name?: string
}

type Layers = Readonly<Record<string, Stage>>

const blockOf = <C extends Layers, I, O>(
  name: string,
  layers: C,
  body: BlockBody<C, I, O>,
  states?: Holding,
): Erased => {
  const names = namesOf(name, layers)
  return computed({
    name,
    children: children(Object.values(layers), names),
    holding: byName(names),
    ...(states === undefined ? {} : { states }),
    body: (run, x, ctx) => {
      const runs: Readonly<Record<string, unknown>> = Object.fromEntries(
        names.map((label, i) => [label, (given: unknown) => run(i, given)]),
      )
      return body(runs as Run<C>, x as I, ctx)
    },
  })
}

/**
 * A layer of layers: `run.child(x)` runs a child with its own parameters, state and key, and the body says how the results come
 * together. Parameters and state are records of the children's. What `init` makes and `describe` lists follows from the body, which is
 * run on shapes alone; so its input may be a tensor, or a tree of tensors. A child that runs twice shares its parameters, and its state
 * passes through both runs in order. Inside loops of the body, such as `scan`, only children without state can run. If all children
 * have a `step`, the block has one, for which the body has to work on each position alone, too.
 * @param body a pure function of tensors; in training, `ctx.key` is random numbers for itself
 * @throws TreeError for names that JavaScript would move to the front, such as '0'
 * @throws ShapeError from `plan`'s left side if children or body do not fit
 * @example
 * const residualMlp = (d: number) =>
 *   block({ norm: layerNorm(), up: dense(4 * d), down: dense(d) }, (run, x: Tensor) => x.add(run.down(gelu(run.up(run.norm(x))))))
 * const layer = residualMlp(8)
 * const { params, state } = init(layer, [8], random.key(0))
 * params.up.kernel.shape // [8, 32]
 * layer.apply(params, state, np.ones([2, 8]), { mode: 'eval' })[0].shape // [2, 8]
 */
export const block = operation(
  'block',
  { at: 2, names: ['name'] },
  <const C extends Layers, I = Tensor, O = Tensor>(
    layers: C,
    body: (run: Run<C>, x: I, ctx: Ctx) => O,
    { name = 'block' }: BlockOptions = {},
  ): Layer<ParamsOfRecord<C>, StatesOfRecord<C>, I, O> &
    SteppingIf<CanAllStep<C>, ParamsOfRecord<C>, StatesOfRecord<C>, I, O> => {
    if (!isRecord(layers) || 'apply' in layers)
      throw new ArgumentError(
        `${name}: the children are a record of layers, such as { norm: nn.layerNorm(), out: nn.dense(10) }.`,
      )
    if (typeof body !== 'function')
      throw new ArgumentError(
        `${name}: the body, argument 2, is a function (run, x) => …, in which run.child(x) runs a child.`,
      )
    return stated(blockOf(name, layers, body))
  },
)

/** A block of children without state, whose own state is null in place of a record of nulls. */
export const statelessBlock = <const C extends Layers, I = Tensor, O = Tensor>(
  name: string,
  layers: C,
  body: (run: Run<C>, x: I, ctx: Ctx) => O,
): Layer<ParamsOfRecord<C>, null, I, O> & Stepping<ParamsOfRecord<C>, null, I, O> =>
  stated(blockOf(name, layers, body, none))
