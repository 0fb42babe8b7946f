/**
 * Layers of layers from one function of their children, the body. It is read in three ways: on shapes it is the plan, on tensors the
 * layer, on the next positions its step; so the three cannot differ.
 */
import { ArgumentError, DTypeError, evalShape, np, ShapeError, Tensor, tree } from '@puregrad/core'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { checkApply } from '../arguments.js'
import type { Ctx } from '../layer.js'
import { type LeafPlan, leavesOfPlan } from '../plan.js'
import { evaluation } from '../steps.js'
import { type Batched, batchOf, examples, outputsOf, shapesOf } from './batch.js'
import {
  applyChild,
  type Child,
  type Erased,
  type ErasedPlan,
  type Holding,
  planChild,
  type Steps,
  stepChild,
  stepsOf,
} from './erased.js'
import { isParameter, zerosOf } from './parameter.js'

/** What a body runs its children with, by their places. */
export type RunChild = (index: number, x: unknown) => unknown

export type Body = (run: RunChild, x: unknown, ctx: Ctx) => unknown

export interface Composition {
  readonly name: string
  readonly children: readonly Child[]
  /** How parameters, states and caches of the children are held together. */
  readonly holding: Holding
  /** How states are, if in another way. */
  readonly states?: Holding
  readonly body: Body
  /** The label of a child when it runs for the nth time, so that each run has a key, and a place in `capture`, of its own. */
  readonly again?: (label: string, nth: number) => string
}

const numbered = (label: string, nth: number): string => (nth === 1 ? label : `${label}#${nth}`)

/** What children are planned as, each from the first of its runs, in the order of computation. */
type Plans = Map<number, Required<ErasedPlan>>

const shapesIn = (plan: unknown): string => JSON.stringify(leavesOfPlan(plan).map(({ shape }: LeafPlan) => shape))

/** An error of a child's plan on its way through the body. */
class Unplanned extends Error {
  constructor(readonly error: ShapeError) {
    super(error.message)
  }
}

/** Plans a child for the shapes of one of its runs, and gives the shapes that come out. */
const planRun = (name: string, all: readonly Child[], plans: Plans, index: number, shapes: unknown): unknown => {
  const child = all[index] as Child
  const planned = planChild(name, child, shapes)
  if (isLeft(planned)) throw new Unplanned(planned.left)
  const before = plans.get(index)
  if (before === undefined) plans.set(index, planned.right)
  else if (shapesIn(before.params) !== shapesIn(planned.right.params))
    throw new Unplanned(
      new ShapeError(
        `${name}: ${child.label} runs on inputs that need parameters of different shapes, ${shapesIn(before.params)} and ${shapesIn(planned.right.params)}. ` +
          'Bring them to one size before, or take two children.',
      ),
    )
  return planned.right.out
}

/** What is made of a composition, once `read` has read its body and found what comes out. */
const planOf = (
  { name, children: all, holding, states = holding }: Composition,
  read: (plans: Plans) => unknown,
): Either<ShapeError, ErasedPlan> => {
  const plans: Plans = new Map()
  try {
    const out = read(plans)
    const held = (what: 'params' | 'state'): readonly unknown[] => all.map((_, i) => plans.get(i)?.[what])
    const parts = [...plans.values()].flatMap((planned) => planned.parts)
    return right({ params: holding.collect(held('params')), state: states.collect(held('state')), out, parts })
  } catch (error) {
    if (error instanceof Unplanned) return left(error.error)
    if (error instanceof ShapeError)
      return left(error.message.startsWith(name) ? error : new ShapeError(`${name}: ${error.message}`))
    throw error
  }
}

/** The plan of a body that only passes on what it is given: it may be shapes. */
const planOfWiring =
  (composition: Composition): Erased['plan'] =>
  (input) =>
    planOf(composition, (plans) =>
      composition.body((i, x) => planRun(composition.name, composition.children, plans, i, x), input, evaluation),
    )

/** How many examples a child is given, which may be other ones than the block's own: regions of images, or words of texts. */
const batchIn = (x: unknown): number =>
  tree.leaves(x as Tensor).find((leaf) => leaf instanceof Tensor)?.shape[0] ?? examples

/** The plan of a body that computes: it runs on tensors that have nothing but a type. */
const planOfComputing =
  (composition: Composition): Erased['plan'] =>
  (input) =>
    planOf(composition, (plans) => {
      const { name, children: all, body } = composition
      const run: RunChild = (i, x) => {
        const { label, layer } = all[i] as Child
        const out = planRun(name, all, plans, i, shapesOf(`${name} › ${label}`, x))
        return isParameter(layer) ? zerosOf(out) : batchOf(out, ([, ...shape]) => np.zeros([batchIn(x), ...shape]))
      }
      const trace = (ctx: Ctx, dtype: 'float32' | 'int32'): unknown => {
        const batch = batchOf(input, (shape): Batched => ({ shape, dtype }))
        return outputsOf(
          name,
          'body',
          evalShape((x: unknown) => body(run, x, ctx), batch),
        )
      }
      const traced = (ctx: Ctx): unknown => {
        try {
          return trace(ctx, 'float32')
        } catch (error) {
          // What the body does with its input may need integers, as looking up by them.
          if (error instanceof DTypeError) return trace(ctx, 'int32')
          throw error
        }
      }
      const out = traced(evaluation)
      const missing = (): number => all.findIndex((_, i) => !plans.has(i))
      if (missing() >= 0) traced({ mode: 'train', key: np.zeros([2], { dtype: 'uint32' }) })
      const never = all[missing()]
      if (never !== undefined)
        throw new ArgumentError(
          `${name}: ${never.label} never runs, neither in training nor in evaluation. Run it as run.${never.label}(x), or leave it out.`,
        )
      return out
    })

/** A child's cache before the first position, for its part of the parameters, and of the state if that is given. */
const startAll =
  ({ name, children: all, holding, states = holding }: Composition): Steps['startCache'] =>
  (params, batch, length, options = {}) =>
    holding.collect(
      all.map((child, i) =>
        stepsOf(name, child).startCache(
          holding.select(params, i),
          batch,
          length,
          options.state === undefined ? options : { ...options, state: states.select(options.state, i) },
        ),
      ),
    )

const remembers = (cache: unknown): boolean => tree.leaves(cache).length > 0

/** Runs of children: what each gives, and what it leaves behind for its next run, of which `after` are the last. */
const running = (
  composition: Composition,
  before: readonly unknown[],
  runOne: (child: Child, index: number, held: unknown, x: unknown, nth: number) => readonly [unknown, unknown],
): { readonly run: RunChild; readonly after: readonly unknown[] } => {
  const after = [...before]
  const counts = before.map(() => 0)
  const { children: all, again = numbered } = composition
  return {
    after,
    run: (i, x) => {
      const nth = (counts[i] as number) + 1
      counts[i] = nth
      const { label, layer } = all[i] as Child
      const [y, next] = runOne({ label: again(label, nth), layer }, i, after[i], x, nth)
      after[i] = next
      return y
    },
  }
}

const composed = (composition: Composition, plan: Erased['plan']): Erased => {
  const { name, children: all, holding, states = holding, body } = composition
  return {
    name,
    plan,
    apply: (params, state, x, ctx) => {
      checkApply(name, params, state, x, ctx)
      const before = all.map((_, i) => states.select(state, i))
      const { run, after } = running(composition, before, (child, i, held, given) =>
        applyChild(child, holding.select(params, i), held, given, ctx),
      )
      return [body(run, x, ctx), states.collect(after)]
    },
    startCache: startAll(composition),
    step: (params, state, cache, x, ctx = evaluation) => {
      const before = all.map((_, i) => holding.select(cache, i))
      const { run, after } = running(composition, before, (child, i, held, given, nth) => {
        const own = holding.select(params, i)
        const [y, next] = stepChild(name, child, own, states.select(state, i), held, given, ctx)
        if (nth > 1 && remembers(next))
          throw new ArgumentError(
            `${name}: ${all[i]?.label} runs twice and remembers what it sees, so that position by position it needs two caches. Make it two children.`,
          )
        return [y, next]
      })
      return [body(run, x, ctx), holding.collect(after)]
    },
  }
}

/** A layer whose body hands values from child to child, and does nothing else with them. */
export const wired = (composition: Composition): Erased => composed(composition, planOfWiring(composition))

/** A layer whose body computes with what its children give. */
export const computed = (composition: Composition): Erased => composed(composition, planOfComputing(composition))
