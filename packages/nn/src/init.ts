/** From plans to numbers. */

import type { DType, ShapeError, Tensor } from '@puregrad/core'
import { np, operation, withAbout } from '@puregrad/core'
import { type Either, map } from 'fp-ts/lib/Either.js'
import { checkInputShape, checkKey, checkLayer } from './arguments.js'
import { keyAt } from './keys.js'
import type { Key, Layer, Part, Planned, ShapeOf } from './layer.js'
import { type After, type LeafPlan, mapPlan, planSize } from './plan.js'

export interface InitOptions {
  /** 'float32' unless said. */
  readonly dtype?: DType
}

/** The numbers that a layer starts from. */
export interface Variables<P, S> {
  readonly params: P
  readonly state: S
}

/** The plan of a layer for a shape, once both are what they should be. */
const planOf = <P, S, I, O>(
  operation: string,
  layer: Layer<P, S, I, O>,
  inputShape: NoInfer<ShapeOf<I>>,
): Either<ShapeError, Planned<P, S, O>> => {
  checkLayer(operation, layer)
  checkInputShape(operation, inputShape)
  return layer.plan(inputShape)
}

/**
 * The parameters and the state that a layer starts from. The key of each tensor is folded from its path, so adding a layer
 * changes the numbers of no other.
 * @param inputShape without the batch axis; a tree of shapes for layers that take a tree
 * @throws ShapeError if the layer does not fit the input
 * @example
 * const { params } = init(dense(2), [3], random.key(0))
 * params.kernel.shape // [3, 2]
 */
export const init = operation(
  'init',
  { at: 3, names: ['dtype'] },
  <P, S, I, O>(
    layer: Layer<P, S, I, O>,
    inputShape: NoInfer<ShapeOf<I>>,
    key: Key,
    { dtype = 'float32' }: InitOptions = {},
  ): Variables<P, S> => {
    checkKey('init', key)
    const planned = planOf('init', layer, inputShape)
    if (planned._tag === 'Left') throw planned.left
    const fill = ({ path, shape, init: initializer }: LeafPlan): Tensor =>
      initializer(keyAt(key, path), shape, { dtype })
    const start = (leaf: LeafPlan): unknown => {
      const { path, about, after } = leaf
      const first = fill(leaf)
      const x = after === undefined ? first : after.become(fill(inside(path, after)), first)
      return about === undefined ? x : withAbout(x, about)
    }
    return {
      params: mapPlan(start, planned.right.params) as P,
      state: mapPlan(start, planned.right.state) as S,
    }
  },
)

/**
 * Variables of zeros, made of no key: what weights from elsewhere are put in place of.
 * @param inputShape without the batch axis
 * @throws ShapeError if the layer does not fit the input
 * @example blank(dense(2), [3]).params.bias // [0, 0]
 */
export const blank = operation(
  'blank',
  { at: 2, names: ['dtype'] },
  <P, S, I, O>(
    layer: Layer<P, S, I, O>,
    inputShape: NoInfer<ShapeOf<I>>,
    { dtype = 'float32' }: InitOptions = {},
  ): Variables<P, S> => {
    const planned = planOf('blank', layer, inputShape)
    if (planned._tag === 'Left') throw planned.left
    const start = ({ shape, about }: LeafPlan): unknown => {
      const x = np.zeros(shape, { dtype })
      return about === undefined ? x : withAbout(x, about)
    }
    return { params: mapPlan(start, planned.right.params) as P, state: mapPlan(start, planned.right.state) as S }
  },
)

/**
 * How many parameters a layer has, without making them.
 * @example parameterCount(dense(512), [784]) // right(401920)
 */
export const parameterCount = <P, S, I, O>(
  layer: Layer<P, S, I, O>,
  inputShape: NoInfer<ShapeOf<I>>,
): Either<ShapeError, number> =>
  map(({ params }: Planned<P, S, O>) => planSize(params))(planOf('parameterCount', layer, inputShape))

/** The leaf that another waits for, where both stand now. */
const inside = (path: readonly string[], { leaf, depth }: After): LeafPlan => ({
  ...leaf,
  path: [...path.slice(0, path.length - depth), ...leaf.path],
})

/** A layer as one line, and a composed one as the lines of its parts. */
export const partsOf = (
  name: string,
  planned: { readonly params: unknown; readonly out: unknown; readonly parts?: readonly Part[] },
): readonly Part[] => planned.parts ?? [{ path: [], name, out: planned.out, parameters: planSize(planned.params) }]

/**
 * The layers inside a layer in the order of computation: paths, names, output shapes and numbers of parameters.
 * @example
 * describe(dense(4), [3]) // right([{ path: [], name: 'dense(4)', out: [4], parameters: 16 }])
 */
export const describe = <P, S, I, O>(
  layer: Layer<P, S, I, O>,
  inputShape: NoInfer<ShapeOf<I>>,
): Either<ShapeError, readonly Part[]> =>
  map((planned: Planned<P, S, O>) => partsOf(layer.name, planned))(planOf('describe', layer, inputShape))
