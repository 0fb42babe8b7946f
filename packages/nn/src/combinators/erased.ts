/** Layers whose types are known to the caller only: what the inside of a combinator works with. */
import { ArgumentError, ShapeError } from '@puregrad/core'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { checkHeld } from '../arguments.js'
import { partsOf } from '../init.js'
import { ctxAt, labels } from '../keys.js'
import type { Ctx, Part, SomeLayer, Stage } from '../layer.js'
import { under } from '../plan.js'
import { record } from '../recording.js'
import { evaluation, type Stepping } from '../steps.js'
import { toLayer } from './lambda.js'

export interface ErasedPlan {
  readonly params: unknown
  readonly state: unknown
  readonly out: unknown
  readonly parts?: readonly Part[]
}

export interface Erased {
  readonly name: string
  readonly plan: (input: unknown) => Either<ShapeError, ErasedPlan>
  readonly apply: (params: unknown, state: unknown, x: unknown, ctx: Ctx) => readonly [unknown, unknown]
  readonly startCache?: Steps['startCache']
  readonly step?: Steps['step']
}

export type Steps = Stepping<unknown, unknown, unknown, unknown>

/**
 * A layer as the type that its maker states. What a combinator makes of children whose types it is generic over, no compiler follows:
 * it is said here, and nowhere else.
 */
export const stated = <L>(layer: SomeLayer): L => layer as unknown as L

/** A layer inside another, with the label that its keys and summary lines carry. */
export interface Child {
  readonly label: string
  readonly layer: Erased
}

/** A layer as a child, labelled by its name unless said. */
export const childOf = (layer: SomeLayer, label = layer.name): Child => ({ label, layer: stated(layer) })

/** How the parameters, states or results of several children are held together. */
export interface Holding {
  readonly collect: (values: readonly unknown[]) => unknown
  readonly select: (held: unknown, index: number) => unknown
}

export const tuples: Holding = {
  collect: (values) => values,
  select: (held, i) => {
    checkHeld(held)
    return (held as readonly unknown[])[i]
  },
}

/** In a record with these names. */
export const byName = (names: readonly string[]): Holding => ({
  collect: (values) => Object.fromEntries(names.map((name, i) => [name, values[i]])),
  select: (held, i) => {
    checkHeld(held)
    return (held as Readonly<Record<string, unknown>>)[names[i] as string]
  },
})

/** That of the only child, as it is. */
export const alone: Holding = { collect: ([only]) => only, select: (held) => held }

/** The states of children that have none. */
export const none: Holding = { collect: () => null, select: () => null }

/** Whether something is a layer or a function, and not a record of them. */
export const isStage = (x: object): x is Stage => typeof x === 'function' || 'apply' in x

/** Stages as children, labelled by their names, or by the given ones. */
export const children = (stages: readonly Stage[], given?: readonly string[]): readonly Child[] => {
  const layers = stages.map(toLayer)
  const names = given ?? labels(layers.map(({ name }) => name))
  return layers.map((layer, i) => childOf(layer, names[i]))
}

/** A child's plan, its leaves and parts under its label, its error with its place in front. */
export const planChild = (
  parent: string,
  { label, layer }: Child,
  input: unknown,
): Either<ShapeError, Required<ErasedPlan>> => {
  const planned = layer.plan(input)
  if (isLeft(planned)) {
    const { message } = planned.left
    return left(new ShapeError(`${parent} › ${label === layer.name ? message : `${label}: ${message}`}`))
  }
  const { params, state, out } = planned.right
  const parts = partsOf(layer.name, planned.right).map((part) => ({ ...part, path: [label, ...part.path] }))
  return right({ params: under(label, params), state: under(label, state), out, parts })
}

/** A child's output and next state, with a key of its own, seen by `capture`. */
export const applyChild = (
  { label, layer }: Child,
  params: unknown,
  state: unknown,
  x: unknown,
  ctx: Ctx,
): readonly [unknown, unknown] => {
  const own = ctxAt(ctx, label)
  const result = layer.apply(params, state, x, own)
  record(own, result[0])
  return result
}

/** @throws ArgumentError if the child cannot run position by position */
export const stepsOf = (parent: string, { label, layer }: Child): Steps => {
  const { startCache, step } = layer
  if (startCache !== undefined && step !== undefined) return { startCache, step }
  throw new ArgumentError(
    `${parent}: ${label} cannot run position by position. Layers that see their input at once have no step: ` +
      'causal attention, recurrent layers, causal convolutions and what works on each position alone do.',
  )
}

/** A child's output for further positions and its next cache, with a key of its own. */
export const stepChild = (
  parent: string,
  child: Child,
  params: unknown,
  state: unknown,
  cache: unknown,
  x: unknown,
  ctx: Ctx = evaluation,
): readonly [unknown, unknown] => stepsOf(parent, child).step(params, state, cache, x, ctxAt(ctx, child.label))
