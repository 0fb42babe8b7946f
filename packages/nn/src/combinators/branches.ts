/** Layers side by side: on inputs of their own, on one input, or one layer on many inputs. */

import { ArgumentError, checkOptions, isRecord, np, Tensor, tree } from '@puregrad/core'
import type { InputOf, Layer, OutputOf, SomeLayer, Stage } from '../layer.js'
import { refuse } from '../refusal.js'
import { type CanAllStep, positionwise, type Stepping, type SteppingIf, stepless } from '../steps.js'
import { writtenShapes } from './batch.js'
import { computed, wired } from './composed.js'
import {
  alone,
  byName,
  type Child,
  childOf,
  children,
  type Erased,
  type Holding,
  isStage,
  stated,
  stepsOf,
  tuples,
} from './erased.js'
import { lambda } from './lambda.js'
import { namesOf, type ParamsOfRecord, type StatesOfRecord, type TensorStage } from './named.js'
import type { DoesNotFit, First, ParamsOfAll, StatesOfAll } from './serial.js'

type InputsOfAll<L extends readonly unknown[]> = { readonly [K in keyof L]: InputOf<L[K]> }
type OutputsOfAll<L extends readonly unknown[]> = { readonly [K in keyof L]: OutputOf<L[K]> }

/** The same list if every layer takes what the first takes. */
export type SameInput<L extends readonly unknown[]> = {
  readonly [K in keyof L]: InputOf<First<L>> extends InputOf<L[K]> ? L[K] : DoesNotFit<InputOf<First<L>>, InputOf<L[K]>>
}

/** Children side by side; what they have and give is a tuple, or a record of their labels. */
const sideBySide = (
  name: string,
  all: readonly Child[],
  inputsOf: (x: unknown) => readonly unknown[],
  holding: Holding = tuples,
): Erased =>
  wired({
    name,
    children: all,
    holding,
    body: (run, x) => {
      const inputs = inputsOf(x)
      return holding.collect(all.map((_, i) => run(i, inputs[i])))
    },
  })

/** One input for all of so many. */
const toAll =
  (all: readonly unknown[]) =>
  (x: unknown): readonly unknown[] =>
    all.map(() => x)

/** Whether something is a list of tensors, of shapes, or of trees of them, and not a shape. */
const isList = (x: unknown): x is readonly unknown[] => Array.isArray(x) && x.every((each) => typeof each === 'object')

/**
 * One layer for each element of a tuple: (x, y) ↦ (f(x), g(y)).
 * @example
 * const layer = parallel(dense(2), dense(3))
 * const { params, state } = init(layer, [[4], [5]], random.key(0))
 * const [[a, b]] = layer.apply(params, state, [np.ones([1, 4]), np.ones([1, 5])], { mode: 'eval' })
 */
export const parallel = <const L extends readonly Stage[]>(
  ...layers: L
): Layer<ParamsOfAll<L>, StatesOfAll<L>, InputsOfAll<L>, OutputsOfAll<L>> &
  SteppingIf<CanAllStep<L>, ParamsOfAll<L>, StatesOfAll<L>, InputsOfAll<L>, OutputsOfAll<L>> => {
  const inputsOf = (x: unknown): readonly unknown[] =>
    isList(x) && x.length === layers.length
      ? x
      : refuse(
          'parallel',
          `${layers.length} layers side by side take as many inputs, and the shape given is ${writtenShapes(x)}.`,
          'Put fanOut before it, or pass a list of shapes.',
        )
  return stated(sideBySide('parallel', children(layers), inputsOf))
}

/**
 * Several layers on the same input: x ↦ (f(x), g(x)), or by name: x ↦ { a: f(x), b: g(x) }.
 * @throws TreeError for names that JavaScript would move to the front, such as '0'
 * @example
 * const model = serial(fanOut(dense(2), dense(3)), concat())
 * const { params, state } = init(model, [4], random.key(0))
 * model.apply(params, state, np.ones([1, 4]), { mode: 'eval' })[0].shape // [1, 5]
 * @example
 * const encoder = serial(dense(8), fanOut({ mean: dense(2), logvar: dense(2) }))
 * const { params } = init(encoder, [4], random.key(0))
 * const [{ mean, logvar }] = encoder.apply(params, [null, { mean: null, logvar: null }], np.ones([1, 4]), { mode: 'eval' })
 * mean.shape // [1, 2]
 */
export function fanOut<const R extends Readonly<Record<string, Stage>>>(
  layers: R,
): Layer<ParamsOfRecord<R>, StatesOfRecord<R>, InputOf<R[keyof R]>, { readonly [K in keyof R]: OutputOf<R[K]> }> &
  SteppingIf<
    CanAllStep<R>,
    ParamsOfRecord<R>,
    StatesOfRecord<R>,
    InputOf<R[keyof R]>,
    { readonly [K in keyof R]: OutputOf<R[K]> }
  >
export function fanOut<const L extends readonly Stage[]>(
  ...layers: L & SameInput<L>
): Layer<ParamsOfAll<L>, StatesOfAll<L>, InputOf<First<L>>, OutputsOfAll<L>> &
  SteppingIf<CanAllStep<L>, ParamsOfAll<L>, StatesOfAll<L>, InputOf<First<L>>, OutputsOfAll<L>>
export function fanOut(...layers: readonly (Stage | Readonly<Record<string, Stage>>)[]): unknown {
  const [only] = layers
  if (layers.length !== 1 || only === undefined || isStage(only))
    return sideBySide('fanOut', children(layers as readonly Stage[]), toAll(layers))
  const names = namesOf('fanOut', only)
  return sideBySide('fanOut', children(Object.values(only), names), toAll(names), byName(names))
}

/**
 * One layer, with one set of parameters, on every element of a tuple: (x, y) ↦ (f(x), f(y)). State passes through in order.
 * @example
 * const twins = shared(dense(8))
 * const { params } = init(twins, [[4], [4]], random.key(0))
 * const [[a, b]] = twins.apply(params, null, [np.ones([1, 4]), np.ones([1, 4])], { mode: 'eval' })
 * np.arrayEqual(a as Tensor, b as Tensor) // true
 */
export function shared<P, S, I, O>(
  layer: Layer<P, S, I, O> & Stepping<P, S, I, O>,
): Layer<P, S, readonly I[], readonly O[]> & Stepping<P, S, readonly I[], readonly O[]>
export function shared<P, S, I, O>(layer: Layer<P, S, I, O>): Layer<P, S, readonly I[], readonly O[]>
export function shared(layer: SomeLayer): unknown {
  const name = `shared(${layer.name})`
  const child = childOf(layer)
  const each = wired({
    name,
    children: [child],
    holding: alone,
    again: (label, nth) => `${label}[${nth - 1}]`,
    body: (run, x) =>
      isList(x) && x.length > 0
        ? x.map((element) => run(0, element))
        : refuse(
            name,
            `takes a list of inputs, and the shape given is ${writtenShapes(x)}.`,
            'Pass a list of shapes, or put fanOut before it.',
          ),
  })
  const startCache: typeof each.startCache = (params, batch, length, options) => {
    const cache = stepsOf(name, child).startCache(params, batch, length, options)
    if (tree.leaves(cache).length === 0) return cache
    throw new ArgumentError(
      `${name} cannot run position by position: ${layer.name} remembers what it sees, and of how many inputs is not known before the first step. ` +
        'Take a block with a child for each input.',
    )
  }
  return { ...each, startCache }
}

export interface ConcatOptions {
  /** Counted with the batch as 0: the last unless said. */
  readonly axis?: number
}

type Join = Layer<null, null, readonly Tensor[], Tensor> & Stepping<null, null, readonly Tensor[], Tensor, null>

/** A join, with steps if it is not one of sequences to longer ones. */
const join = (axis: number): Join => {
  const layer = lambda<readonly Tensor[], Tensor>((xs) => joined(xs, axis), { name: 'concat' })
  if (axis === -1 || axis > 1) return positionwise(layer)
  return {
    ...layer,
    ...stepless('concat', `axis ${axis} may be that of positions. Take one behind it, counted from 0.`),
  }
}

/** Tensors as one, along an axis counted with the batch as 0. */
const joined = (xs: unknown, axis: number): Tensor => {
  const fail = (why: string, cure: string): never =>
    refuse('concat', `${why} The shapes given are ${writtenShapes(xs)}.`, cure)
  if (!isList(xs) || xs.length === 0 || !xs.every((x) => x instanceof Tensor))
    return fail('it takes a list of tensors.', 'Put fanOut or parallel before it.')
  const [first] = xs as readonly [Tensor]
  const at = axis < 0 ? axis + first.ndim : axis
  if (axis === 0 || at < 0 || at >= first.ndim)
    return fail(`there is no axis ${axis} besides the batch to join along.`, 'Take one of the others, counted from 0.')
  if (xs.some(({ shape }) => shape.length !== first.ndim || shape.some((n, i) => i !== at && n !== first.shape[i])))
    return fail(`inputs have to agree in all sizes but that of axis ${axis}.`, 'Bring them to one size before.')
  return np.concatenate([...xs], { axis })
}

/**
 * With layers: runs them on the same input and joins what they give along the last axis. Without: joins a list of tensors.
 * @example
 * const inception = concat(conv2d(8, { kernelSize: 1 }), conv2d(8, { kernelSize: 3 }))
 * const { params, state } = init(inception, [28, 28, 3], random.key(0))
 * inception.apply(params, state, np.ones([1, 28, 28, 3]), { mode: 'eval' })[0].shape // [1, 28, 28, 16]
 * @example
 * const model = serial(fanOut(dense(2), dense(3)), concat())
 * const { params, state } = init(model, [4], random.key(0))
 * model.apply(params, state, np.ones([1, 4]), { mode: 'eval' })[0].shape // [1, 5]
 */
export function concat(options?: ConcatOptions): Join
export function concat<const L extends readonly TensorStage[]>(
  ...layers: L
): Layer<ParamsOfAll<L>, StatesOfAll<L>> & SteppingIf<CanAllStep<L>, ParamsOfAll<L>, StatesOfAll<L>, Tensor, Tensor>
export function concat(...args: readonly unknown[]): unknown {
  const [first = {}] = args
  if (typeof first !== 'function' && !(isRecord(first) && 'apply' in first)) {
    checkOptions('concat', first, ['axis'])
    return join((first as ConcatOptions).axis ?? -1)
  }
  const all = children(args as readonly Stage[])
  return computed({
    name: 'concat',
    children: all,
    holding: tuples,
    body: (run, x) =>
      joined(
        all.map((_, i) => run(i, x)),
        -1,
      ),
  })
}
