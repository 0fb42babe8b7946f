/** Layers written as functions of their children. */
import { ArgumentError, DTypeError, evalShape, isRecord, np, operation, ShapeError, Tensor, tree } from '@puregrad/core'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { checkApply, checkHeld } from '../arguments.js'
import type { Initializer } from '../initializers/initializer.js'
import type { Ctx, InputOf, Layer, OutputOf, Part, Stage } from '../layer.js'
import { type LeafPlan, leaf, leavesOfPlan } from '../plan.js'
import { type CanAllStep, evaluation, positionwise, type Stepping, type SteppingIf } from '../steps.js'
import { type Batched, batchOf, examples, outputsOf, shapesOf } from './batch.js'
import {
  applyChild,
  byName,
  type Child,
  children,
  type Erased,
  type ErasedPlan,
  noStates,
  planChild,
  startAll,
  stepChild,
} from './erased.js'
import { namesOf, type ParamsOfRecord, type StatesOfRecord } from './named.js'

/** The children of a block as functions of what they take. */
export type Run<C> = { readonly [K in keyof C]: (x: InputOf<C[K]>) => OutputOf<C[K]> }

export interface BlockOptions {
  /** What summaries and errors call it: 'block' unless said. */
  readonly name?: string
}

/** A tensor of its own for a block, of which nothing but `block` knows what to do with: it has no batch axis. */
const ownTensors = new WeakSet<object>()

/**
 * A tensor that a block learns beside what its children learn: `run.scale(x)` gives it.
 * @param shape its shape, or that of the input without the batch axis as its function
 * @example
 * const scaled = block({ scale: parameter((shape) => shape.slice(-1), initializers.ones) }, (run, x: Tensor) => x.mul(run.scale(x)))
 * init(scaled, [5, 3], random.key(0)).params // { scale: [1, 1, 1] }
 */
export const parameter = operation(
  'parameter',
  {},
  (
    shape: readonly number[] | ((input: readonly number[]) => readonly number[]),
    initializer: Initializer,
  ): Layer<Tensor, null> & Stepping<Tensor, null, Tensor, Tensor, null> => {
    const layer = positionwise<Tensor, null, Tensor, Tensor>({
      name: 'parameter',
      plan: (input) => {
        const wanted = typeof shape === 'function' ? shape(input) : shape
        return right({ params: { ...leaf('', wanted, initializer), path: [] } as never, state: null, out: wanted })
      },
      apply: (params, state, x, ctx) => {
        checkApply('parameter', params, state, x, ctx)
        return [params, state]
      },
    })
    ownTensors.add(layer)
    return layer
  },
)

/** What a child is planned as, from the first of its runs. */
type Plans = Map<string, Required<ErasedPlan>>

const shapesIn = (plan: unknown): string => JSON.stringify(leavesOfPlan(plan).map(({ shape }: LeafPlan) => shape))

/** An error of a child's plan on its way through the body. */
class Unplanned extends Error {
  constructor(readonly error: ShapeError) {
    super(error.message)
  }
}

/** How many examples a child is given, which may be other ones than the block's own: regions of images, or words of texts. */
const batchIn = (x: unknown): number =>
  tree.leaves(x as Tensor).find((leaf) => leaf instanceof Tensor)?.shape[0] ?? examples

/** The children as functions that plan themselves, and give zeros of the shape that would come out. */
const planning = (
  name: string,
  all: readonly Child[],
  plans: Plans,
): Readonly<Record<string, (x: unknown) => unknown>> =>
  Object.fromEntries(
    all.map((child) => {
      const { label, layer } = child
      return [
        label,
        (x: unknown): unknown => {
          const planned = planChild(name, child, shapesOf(`${name} › ${label}`, x))
          if (isLeft(planned)) throw new Unplanned(planned.left)
          const before = plans.get(label)
          if (before === undefined) plans.set(label, planned.right)
          else if (shapesIn(before.params) !== shapesIn(planned.right.params))
            throw new Unplanned(
              new ShapeError(
                `${name}: ${label} runs on inputs that need parameters of different shapes, ${shapesIn(before.params)} and ${shapesIn(planned.right.params)}. ` +
                  'Bring them to one size before, or take two children.',
              ),
            )
          return ownTensors.has(layer)
            ? np.zeros(planned.right.out as readonly number[])
            : batchOf(planned.right.out, ([, ...shape]) => np.zeros([batchIn(x), ...shape]))
        },
      ]
    }),
  )

/** What a block is made of for inputs of these shapes: its body runs on nothing but shapes. */
const planOf = (
  name: string,
  all: readonly Child[],
  body: (run: never, x: never, ctx: Ctx) => unknown,
  input: unknown,
): Either<ShapeError, Required<ErasedPlan>> => {
  const plans: Plans = new Map()
  const trace = (ctx: Ctx, dtype: 'float32' | 'int32'): unknown =>
    outputsOf(
      name,
      'body',
      evalShape(
        (x: never) => body(planning(name, all, plans) as never, x, ctx),
        batchOf(input, (shape): Batched => ({ shape, dtype })),
      ),
    )
  const traced = (ctx: Ctx): unknown => {
    try {
      return trace(ctx, 'float32')
    } catch (error) {
      // What the body does with its input may need integers, as looking up by them.
      if (error instanceof DTypeError) return trace(ctx, 'int32')
      throw error
    }
  }
  try {
    const out = traced({ mode: 'eval' })
    const missing = (): Child | undefined => all.find(({ label }) => !plans.has(label))
    if (missing() !== undefined) traced({ mode: 'train', key: np.zeros([2], { dtype: 'uint32' }) })
    const never = missing()
    if (never !== undefined)
      throw new ArgumentError(
        `${name}: ${never.label} never runs, neither in training nor in evaluation. Run it as run.${never.label}(x), or leave it out.`,
      )
    const held = <K extends 'params' | 'state'>(what: K): unknown =>
      Object.fromEntries(all.map(({ label }) => [label, plans.get(label)?.[what]]))
    // In the order of computation.
    const parts = [...plans.values()].flatMap((planned): readonly Part[] => planned.parts)
    return right({ params: held('params'), state: held('state'), out, parts })
  } catch (error) {
    if (error instanceof Unplanned) return left(error.error)
    if (error instanceof ShapeError)
      return left(error.message.startsWith(name) ? error : new ShapeError(`${name}: ${error.message}`))
    throw error
  }
}

/** A block of layers whose types are known to the caller. */
export const erasedBlock = (
  name: string,
  all: readonly Child[],
  body: (run: never, x: never, ctx: Ctx) => unknown,
): Erased => ({
  name,
  plan: (input) => planOf(name, all, body, input),
  apply: (params, state, x, ctx) => {
    checkApply(name, params, state, x, ctx)
    checkHeld(params)
    checkHeld(state)
    const [own, states] = [params as Readonly<Record<string, unknown>>, state as Readonly<Record<string, unknown>>]
    const next: Record<string, unknown> =
      states === noStates ? Object.fromEntries(all.map(({ label }) => [label, null])) : { ...states }
    const runs: Record<string, number> = {}
    const run: Record<string, (x: unknown) => unknown> = {}
    for (const { label, layer } of all) {
      run[label] = (given) => {
        const count = (runs[label] ?? 0) + 1
        runs[label] = count
        // A second run has a key, and a place in `capture`, of its own.
        const child = { label: count === 1 ? label : `${label}#${count}`, layer }
        const [y, after] = applyChild(child, own[label], next[label], given, ctx)
        next[label] = after
        return y
      }
    }
    return [body(run as never, x as never, ctx), next]
  },
  startCache: startAll(name, all, byName(all.map(({ label }) => label))),
  step: (params, state, cache, x, ctx = evaluation) => {
    const held = [params, state, cache] as readonly Readonly<Record<string, unknown>>[]
    const next: Record<string, unknown> = {}
    const run = Object.fromEntries(
      all.map((child) => {
        const { label } = child
        const [own, states, caches] = held.map((each) => (each === noStates ? null : each[label]))
        return [
          label,
          (given: unknown) => {
            const [y, after] = stepChild(name, child, own, states, caches, given, ctx)
            if (after !== null && label in next)
              throw new ArgumentError(
                `${name}: ${label} runs twice and remembers what it sees, so that position by position it needs two caches. Make it two children.`,
              )
            next[label] = after
            return y
          },
        ]
      }),
    )
    const y = body(run as never, x as never, ctx)
    return [y, { ...held[2], ...next }]
  },
})

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
  <const C extends Readonly<Record<string, Stage>>, I = Tensor, O = Tensor>(
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
    const names = namesOf(name, layers)
    return erasedBlock(name, children(Object.values(layers), names), body) as never
  },
)
