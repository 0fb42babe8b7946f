/** What every layer has to do: keep the promise of its plan, jit to the same numbers, and have the right gradients. */
import { jit, random, type Shape, Tensor, tree } from '@puregrad/core'
import { checkGrads } from '@puregrad/core/testing'
import { expect } from 'vitest'
import { type Ctx, init, type Layer, type ShapeOf } from '../src/index.js'

export const evaluate = { mode: 'eval' } as const
export const train = { mode: 'train', key: random.key(7) } as const

/** Normal numbers, float64. */
export const sample = (seed: number, shape: Shape): Tensor =>
  random.normal(random.key(seed), shape, { dtype: 'float64' })

const isShape = (x: unknown): x is Shape => Array.isArray(x) && x.every((n) => typeof n === 'number')

/** A tree of samples with two examples each, for a tree of shapes. */
export const samplesOf = (shapes: unknown, seed = 1): unknown => {
  if (isShape(shapes)) return sample(seed, [2, ...shapes])
  if (Array.isArray(shapes)) return shapes.map((shape, i) => samplesOf(shape, seed + i))
  return Object.fromEntries(
    Object.entries(shapes as object).map(([name, shape], i) => [name, samplesOf(shape, seed + i)]),
  )
}

const shapesOf = (x: unknown): unknown => {
  if (x instanceof Tensor) return x.shape.slice(1)
  if (Array.isArray(x)) return x.map(shapesOf)
  return Object.fromEntries(Object.entries(x as object).map(([name, child]) => [name, shapesOf(child)]))
}

const flat = (x: unknown): readonly number[] =>
  tree.leaves(x).flatMap((leaf) => Array.from((leaf as unknown as Tensor).data() as ArrayLike<number>))

/** Runs all checks for an input of these shapes, and gives parameters, state, input and output in float64. */
export const checkLayer = <P, S, I, O>(
  layer: Layer<P, S, I, O>,
  shapes: NoInfer<ShapeOf<I>>,
  { input, ctx = evaluate }: { readonly input?: I; readonly ctx?: Ctx } = {},
): { readonly params: P; readonly state: S; readonly x: I; readonly y: O } => {
  const { params, state } = init(layer, shapes, random.key(0), { dtype: 'float64' })
  const x = input ?? (samplesOf(shapes) as I)
  const apply = (p: P, v: I): O => layer.apply(p, state, v, ctx)[0]
  const y = apply(params, x)
  const planned = layer.plan(shapes)
  if (planned._tag === 'Left') throw planned.left
  expect(shapesOf(y)).toEqual(planned.right.out)
  const jitted = flat(jit(apply as never)(params as never, x as never))
  for (const [i, e] of flat(y).entries()) expect(jitted[i], `jit, element ${i}`).toBeCloseTo(e, 12)
  checkGrads(apply, [params, x], { order: 1 })
  return { params, state, x, y }
}

/** Why a plan fails. */
export const message = <P, S, I, O>(layer: Layer<P, S, I, O>, shapes: NoInfer<ShapeOf<I>>): string => {
  const planned = layer.plan(shapes)
  if (planned._tag === 'Right') throw new Error('the plan was expected to fail')
  return planned.left.message
}
