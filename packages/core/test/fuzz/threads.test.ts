/** Large random programs on several threads give the bits that they give step by step. */
import { configure, jit, makeProgram, type Tensor } from '@puregrad/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { interpret } from './interpret.js'
import { inputOf, programOf, type Recipe, recipesOf } from './recipes.js'
import { type Flat, outcome, ways } from './ways.js'

const programs = Number(process.env.PUREGRAD_FUZZ ?? 400) / 50
const seed = process.env.PUREGRAD_SEED === undefined ? {} : { seed: Number(process.env.PUREGRAD_SEED) }
const largestResult = 300_000

configure({ threads: 3 })

/** Sizes that are cut into parts, evenly or not. */
const shapes = fc.constantFrom<readonly number[]>([300, 257], [70_001], [3, 5, 67, 101], [64, 1, 1024], [1, 50_000])

const check = (recipe: Recipe, way: string): void => {
  const inputs = recipe.inputs.map(inputOf)
  const f = ways[way]?.(programOf(recipe, largestResult)) as Flat
  const run = (...xs: Tensor[]): Tensor[] => f(xs) as Tensor[]
  const compiled = jit(run)
  const expected = outcome(() => interpret(makeProgram(run)(...inputs), inputs))
  for (let turn = 0; turn < 2; turn++) expect(outcome(() => compiled(...inputs))).toEqual(expected)
}

it(`${programs} large random programs give the bits that they give step by step`, () => {
  fc.assert(
    fc.property(recipesOf(shapes, 0), fc.constantFrom('itself', 'itself', 'gradient'), (recipe, way) =>
      check(recipe, way),
    ),
    { numRuns: programs, ...seed },
  )
}, 3_600_000)
