/** Layers side by side: on inputs of their own, on one input, or one layer on many inputs. */

import { ArgumentError, checkOptions, isRecord, np, type Shape, ShapeError, type Tensor, tree } from '@puregrad/core'
import { isLeft, left, map, right } from 'fp-ts/lib/Either.js'
import { checkApply } from '../arguments.js'
import { type InputOf, type Layer, type OutputOf, type Stage, stateless } from '../layer.js'
import { leavesOfPlan } from '../plan.js'
import { type CanAllStep, evaluation, positionwise, type Stepping, type SteppingIf, stepless } from '../steps.js'
import {
  applyChild,
  byName,
  type Child,
  children,
  type Erased,
  type Holding,
  isStage,
  joinParts,
  planAll,
  planChild,
  startAll,
  stepChild,
  stepsOf,
  tuples,
} from './erased.js'
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
  inputOf: (x: unknown, index: number) => unknown,
  holding: Holding = tuples,
): Erased => ({
  name,
  plan: (input) =>
    map((plans: Parameters<typeof joinParts>[0]) => ({
      params: holding.collect(plans.map(({ params }) => params)),
      state: holding.collect(plans.map(({ state }) => state)),
      out: holding.collect(plans.map(({ out }) => out)),
      parts: joinParts(plans),
    }))(planAll(name, all, (i) => inputOf(input, i))),
  apply: (params, state, x, ctx) => {
    checkApply(name, params, state, x, ctx)
    const results = all.map((child, i) =>
      applyChild(child, holding.select(params, i), holding.select(state, i), inputOf(x, i), ctx),
    )
    return [holding.collect(results.map(([y]) => y)), holding.collect(results.map(([, next]) => next))]
  },
  startCache: startAll(name, all, holding),
  step: (params, state, cache, x, ctx) => {
    const results = all.map((child, i) => {
      const [p, s, c] = [params, state, cache].map((held) => holding.select(held, i))
      return stepChild(name, child, p, s, c, inputOf(x, i), ctx)
    })
    return [holding.collect(results.map(([y]) => y)), holding.collect(results.map(([, next]) => next))]
  },
})

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
  const each = sideBySide('parallel', children(layers), (x, i) => (x as unknown[])[i])
  const layer: Erased = {
    ...each,
    plan: (input) => {
      const given = (input as readonly unknown[]).length
      if (given === layers.length && (input as readonly unknown[]).every((shape) => typeof shape === 'object'))
        return each.plan(input)
      return left(
        new ShapeError(
          `parallel: ${layers.length} layers side by side take as many inputs, and the shape given is ${JSON.stringify(input)}. ` +
            'Put fanOut before it, or pass a list of shapes.',
        ),
      )
    },
  }
  return layer as never
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
    return sideBySide('fanOut', children(layers as readonly Stage[]), (x) => x)
  const names = namesOf('fanOut', only)
  return sideBySide('fanOut', children(Object.values(only), names), (x) => x, byName(names))
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
export function shared<P, S, I, O>(layer: Layer<P, S, I, O>): Layer<P, S, readonly I[], readonly O[]> {
  const name = `shared(${layer.name})`
  const child = { label: layer.name, layer: layer as unknown as Erased }
  const result: Erased = {
    name,
    plan: (input) => {
      const inputs = input as readonly unknown[]
      if (inputs.length === 0 || inputs.some((shape) => typeof shape !== 'object')) {
        return left(
          new ShapeError(
            `${name}: takes a list of inputs, and the shape given is ${JSON.stringify(input)}. Pass a list of shapes, or put fanOut before it.`,
          ),
        )
      }
      const plans = inputs.map((shape) => planChild(name, child, shape))
      const failed = plans.find(isLeft)
      if (failed !== undefined) return failed
      const good = plans.flatMap((plan) => (isLeft(plan) ? [] : [plan.right]))
      const shapes = good.map(({ params }) => JSON.stringify(leavesOfPlan(params).map(({ shape }) => shape)))
      const other = shapes.findIndex((s) => s !== shapes[0])
      if (other >= 0) {
        return left(
          new ShapeError(
            `${name}: inputs [${inputs[0]}] and [${inputs[other]}] need parameters of different shapes, ${shapes[0]} and ${shapes[other]}. ` +
              'Bring them to one size before, or take parallel.',
          ),
        )
      }
      const [{ params, state, parts }] = good as [(typeof good)[number]]
      return right({ params, state, out: good.map(({ out }) => out), parts })
    },
    apply: (params, state, x, ctx) => {
      checkApply(name, params, state, x, ctx)
      let current = state
      const outputs = (x as readonly unknown[]).map((element, i) => {
        const [y, next] = applyChild({ ...child, label: `${layer.name}[${i}]` }, params, current, element, ctx)
        current = next
        return y
      })
      return [outputs, current]
    },
    startCache: (params, batch, length, options) => {
      const cache = stepsOf(name, child).startCache(params, batch, length, options)
      if (tree.leaves(cache).length === 0) return cache
      throw new ArgumentError(
        `${name} cannot run position by position: ${layer.name} remembers what it sees, and of how many inputs is not known before the first step. ` +
          'Take a block with a child for each input.',
      )
    },
    step: (params, state, cache, x, ctx = evaluation) => {
      let current = cache
      const outputs = (x as readonly unknown[]).map((element, i) => {
        const [y, next] = stepChild(
          name,
          { ...child, label: `${layer.name}[${i}]` },
          params,
          state,
          current,
          element,
          ctx,
        )
        current = next
        return y
      })
      return [outputs, current]
    },
  }
  return result as never
}

export interface ConcatOptions {
  /** Counted with the batch as 0: the last unless said. */
  readonly axis?: number
}

type Join = Layer<null, null, readonly Tensor[], Tensor> & Stepping<null, null, readonly Tensor[], Tensor, null>

/** A join, with steps if it is not one of sequences to longer ones. */
const join = (options: ConcatOptions): Join => {
  const { axis = -1 } = options
  const layer = joining(options)
  if (axis === -1 || axis > 1) return positionwise(layer)
  return {
    ...layer,
    ...stepless('concat', `axis ${axis} may be that of positions. Take one behind it, counted from 0.`),
  }
}

const joining = ({ axis = -1 }: ConcatOptions): Layer<null, null, readonly Tensor[], Tensor> =>
  stateless<null, readonly Tensor[], Tensor>(
    'concat',
    (input) => {
      const shapes = input as readonly Shape[]
      const [first] = shapes
      const fail = (why: string) =>
        left(new ShapeError(`concat: ${why} The shapes given are ${JSON.stringify(input)}.`))
      if (first === undefined || typeof first === 'number')
        return fail('takes a list of tensors. Put fanOut or parallel before it.')
      const at = axis < 0 ? axis + first.length : axis - 1
      if (at < 0 || at >= first.length) return fail(`there is no axis ${axis} besides the batch to join along.`)
      if (shapes.some((shape) => shape.length !== first.length || shape.some((n, i) => i !== at && n !== first[i]))) {
        return fail(`inputs have to agree in all sizes but that of axis ${axis}.`)
      }
      return right({
        params: null,
        out: first.map((n, i) => (i === at ? shapes.reduce((sum, s) => sum + (s[at] as number), 0) : n)),
      })
    },
    (_, xs) => np.concatenate([...xs], { axis }),
  )

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
    return join(first as ConcatOptions)
  }
  const branches = sideBySide('concat', children(args as readonly Stage[]), (x) => x)
  const joined = join({}) as unknown as Erased
  const layer: Erased = {
    name: 'concat',
    plan: (input) => {
      const planned = branches.plan(input)
      if (isLeft(planned)) return planned
      return map(({ out }: { readonly out: unknown }) => ({ ...planned.right, out }))(joined.plan(planned.right.out))
    },
    apply: (params, state, x, ctx) => {
      checkApply('concat', params, state, x, ctx)
      const [ys, next] = branches.apply(params, state, x, ctx)
      return [joined.apply(null, null, ys, ctx)[0], next]
    },
    ...(branches.startCache === undefined ? {} : { startCache: branches.startCache }),
    step: (params, state, cache, x, ctx = evaluation) => {
      const [ys, next] = (branches.step as NonNullable<Erased['step']>)(params, state, cache, x, ctx)
      return [joined.apply(null, null, ys, ctx)[0], next]
    },
  }
  return layer
}
