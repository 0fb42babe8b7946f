/**
 * Compiled and interpreted programs have the same bits: random programs of all dtypes, shapes, views, updates, transforms, and
 * loops within loops. PUREGRAD_FUZZ=100000 runs so many, PUREGRAD_SEED=7 others.
 */
import { jit, makeProgram, type Program, type Tensor } from '@puregrad/core'
import { passes, showProgram } from '@puregrad/core/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { interpret } from './interpret.js'
import { inputOf, programOf, type Recipe, recipes } from './recipes.js'
import { type Flat, outcome, ways } from './ways.js'

type Pass = (program: Program) => Program

const programs = Number(process.env.PUREGRAD_FUZZ ?? 400)
const seed = process.env.PUREGRAD_SEED === undefined ? {} : { seed: Number(process.env.PUREGRAD_SEED) }

/** Whether a program asks for the forward derivative of a function that has a pullback only. */
const asksForSlope = (program: Program): boolean => showProgram(program).includes('customPullback')

/** The same program without what nobody reads, inside of loops either. */
const pruned = (program: Program): Program => (passes.pruneNested as Pass)((passes.eliminateDeadCode as Pass)(program))

const isMissing = ([first]: readonly string[]): boolean => first === 'TransformError'

const check = (recipe: Recipe, way: string): number => {
  const inputs = recipe.inputs.map(inputOf)
  const f = ways[way]?.(programOf(recipe)) as Flat
  const eager = outcome(() => f(inputs))
  const program = (): Program => makeProgram((...xs: Tensor[]) => f(xs))(...inputs)
  const interpreted = outcome(() => interpret(program(), inputs))
  // A derivative that does not exist is told where it is read: eagerly at once; by the interpreter also where a loop carries
  // along what nobody reads; when compiling in branches that are not taken, too, but not where constants make it needless.
  const [expected, other] = isMissing(interpreted) ? [eager, interpreted] : [interpreted, eager]
  if (!isMissing(other)) expect(other).toEqual(expected)
  const compiled = jit((...xs: Tensor[]) => f(xs) as Tensor[])
  const found = outcome(() => compiled(...inputs))
  if (isMissing(found) === isMissing(expected)) expect(found).toEqual(expected)
  else expect(asksForSlope(isMissing(found) ? pruned(program()) : program())).toBe(true)
  const donating = jit((...xs: Tensor[]) => f(xs) as Tensor[], { donateArgnums: inputs.map((_, i) => i) })
  expect(outcome(() => donating(...recipe.inputs.map(inputOf)))).toEqual(found)
  return eager.length
}

it(`${programs} random programs give the bits that they give step by step`, () => {
  let computed = 0
  fc.assert(
    fc.property(recipes, fc.constantFrom('itself', ...Object.keys(ways)), (recipe, way) => {
      computed += check(recipe, way)
    }),
    { numRuns: programs, ...seed },
  )
  // Most programs have results.
  expect(computed).toBeGreaterThan(programs)
}, 3_600_000)
