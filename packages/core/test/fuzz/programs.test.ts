/**
 * Compiled and interpreted programs have the same bits: random programs of all dtypes, shapes, views, updates, transforms, and
 * loops within loops. PUREGRAD_FUZZ=100000 runs so many, PUREGRAD_SEED=7 others.
 */
import { jit, makeProgram, type Program, type Tensor } from '@puregrad/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { interpret } from './interpret.js'
import { inputOf, programOf, type Recipe, recipes } from './recipes.js'
import { type Flat, outcome, ways } from './ways.js'

const programs = Number(process.env.PUREGRAD_FUZZ ?? 400)
const seed = process.env.PUREGRAD_SEED === undefined ? {} : { seed: Number(process.env.PUREGRAD_SEED) }

const check = (recipe: Recipe, way: string): number => {
  const inputs = recipe.inputs.map(inputOf)
  const f = ways[way]?.(programOf(recipe)) as Flat
  const eager = outcome(() => f(inputs))
  const program = (): Program => makeProgram((...xs: Tensor[]) => f(xs))(...inputs)
  const interpreted = outcome(() => interpret(program(), inputs))
  // A derivative that does not exist is told where somebody reads it: at once eagerly, and by the interpreter also where a loop
  // carries along what nobody reads, which compiling leaves out. Whoever has numbers is right.
  const [expected, other] = interpreted[0] === 'TransformError' ? [eager, interpreted] : [interpreted, eager]
  if (other[0] !== 'TransformError') expect(other).toEqual(expected)
  const compiled = jit((...xs: Tensor[]) => f(xs) as Tensor[])
  expect(outcome(() => compiled(...inputs))).toEqual(expected)
  const donating = jit((...xs: Tensor[]) => f(xs) as Tensor[], { donateArgnums: inputs.map((_, i) => i) })
  expect(outcome(() => donating(...recipe.inputs.map(inputOf)))).toEqual(expected)
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
