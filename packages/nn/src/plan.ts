/** Plans: trees that describe tensors before they exist. */
import type { About, MapLeaves, Shape, Tensor } from '@puregrad/core'
import type { Initializer } from './initializers/initializer.js'

/** One tensor to be: where its key comes from, its shape, and who fills it. */
export interface LeafPlan {
  readonly _tag: 'LeafPlan'
  /** Labels from the outermost layer inwards, such as `['dense(512)', 'kernel']`. The key of the leaf is folded from them. */
  readonly path: readonly string[]
  readonly shape: Shape
  readonly init: Initializer
  /** What its shape does not say. */
  readonly about?: About
  /** What it starts as once another leaf of the same layer has started, whose path has the same beginning. */
  readonly after?: After
}

/** A leaf that another waits for, with its path in the layer that both are in, and what becomes of the other's start. */
export interface After {
  readonly leaf: LeafPlan
  /** How long the path of the waiting leaf is in that layer. */
  readonly depth: number
  readonly become: (leaf: Tensor, start: Tensor) => Tensor
}

/** A tree like P with plans for tensors. */
export type Plan<P> = unknown extends P ? unknown : MapLeaves<P, LeafPlan>

/** A plan for a P that type parameters leave open, so that the compiler takes it alone and inside other plans. */
export type OpenPlan<P> = Plan<P> & MapLeaves<P, LeafPlan>

/**
 * The plan of one tensor of a layer.
 * @example leaf('kernel', [784, 512], initializers.lecunNormal())
 */
export const leaf = (name: string, shape: Shape, init: Initializer): LeafPlan =>
  frozenLeaf({ _tag: 'LeafPlan', path: [name], shape: [...shape], init })

/** What plans hand out stays as it is: keys are folded from paths. */
export const frozenLeaf = (made: LeafPlan): LeafPlan => {
  Object.freeze(made.path)
  Object.freeze(made.shape)
  return Object.freeze(made)
}

const isLeafPlan = (x: object): x is LeafPlan => '_tag' in x && x._tag === 'LeafPlan'

/** The same tree with `f` applied to every leaf. */
export const mapPlan = (f: (leaf: LeafPlan) => unknown, plan: unknown): unknown => {
  if (typeof plan !== 'object' || plan === null) return plan
  if (isLeafPlan(plan)) return f(plan)
  if (Array.isArray(plan)) return Object.freeze(plan.map((child) => mapPlan(f, child)))
  return Object.freeze(Object.fromEntries(Object.entries(plan).map(([key, child]) => [key, mapPlan(f, child)])))
}

/** All leaves, in the order of the tree's keys. */
export const leavesOfPlan = (plan: unknown): readonly LeafPlan[] => {
  const leaves: LeafPlan[] = []
  mapPlan((found) => leaves.push(found), plan)
  return leaves
}

/** The same plan with a label in front of every path. */
export const under = <P>(label: string, plan: P): P =>
  mapPlan((found) => frozenLeaf({ ...found, path: [label, ...found.path] }), plan) as P

/** The number of elements of a shape. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1)

/**
 * How many numbers the tensors of a plan hold.
 * @example planSize({ bias: leaf('bias', [10], initializers.zeros) }) // 10
 */
export const planSize = (plan: unknown): number =>
  leavesOfPlan(plan).reduce((total, { shape }) => total + sizeOf(shape), 0)
