/** Random programs: as data that shrinks, and run on values. */
import { type DType, np, PuregradError, type Tensor } from '@puregrad/core'
import fc from 'fast-check'
import { control } from './control.js'
import { elementwise } from './elementwise.js'
import { matrices } from './matrices.js'
import { dtypes, type Operation, type Operations, sizeOf } from './operation.js'
import { reductions } from './reductions.js'
import { shaping } from './shaping.js'
import { updates } from './updates.js'

export interface Step {
  readonly operation: string
  readonly a: number
  readonly b: number
  readonly n: number
  readonly body: readonly Step[]
}

export interface Input {
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly seed: number
}

export interface Recipe {
  readonly inputs: readonly Input[]
  readonly steps: readonly Step[]
  /** Which values are results. What is no result has memory that others may take. */
  readonly results: readonly number[]
}

const straight: Operations = { ...elementwise, ...shaping, ...updates, ...reductions, ...matrices }
const operations: Operations = { ...straight, ...control }
const levels = 3
const largestResult = 2000

/** One table as often as another, however long it is. */
const names = (...tables: readonly Operations[]): fc.Arbitrary<string> =>
  fc.oneof(...tables.map((table) => fc.constantFrom(...Object.keys(table))))

const stepOf = (operation: fc.Arbitrary<string>, body: fc.Arbitrary<readonly Step[]>): fc.Arbitrary<Step> =>
  fc.record({ operation, a: fc.nat(99), b: fc.nat(99), n: fc.nat(99), body })

const stepsOf = (level: number, longest: number): fc.Arbitrary<readonly Step[]> => {
  const flat = stepOf(names(elementwise, shaping, updates, updates, reductions, matrices), fc.constant([]))
  if (level === 0) return fc.array(flat, { minLength: 1, maxLength: longest })
  const nested = stepOf(fc.constantFrom(...Object.keys(control)), stepsOf(level - 1, 3))
  return fc.array(fc.oneof({ arbitrary: flat, weight: 4 }, { arbitrary: nested, weight: 1 }), {
    minLength: 1,
    maxLength: longest,
  })
}

const largestInput = 400

/** Any rank up to 5, often with sizes of 0 and 1; or a row that is longer than vectors and blocks of them. */
const shapes: fc.Arbitrary<readonly number[]> = fc.oneof(
  {
    arbitrary: fc
      .array(fc.constantFrom(0, 1, 1, 2, 2, 3, 3, 4, 5), { maxLength: 5 })
      .map((shape) => (sizeOf(shape) <= largestInput ? shape : shape.slice(0, 3))),
    weight: 4,
  },
  { arbitrary: fc.tuple(fc.constantFrom(1, 2, 3, 7), fc.integer({ min: 15, max: 70 })), weight: 1 },
  { arbitrary: fc.tuple(fc.integer({ min: 5, max: 90 })), weight: 1 },
)

export const recipesOf = (shape: fc.Arbitrary<readonly number[]>, level = levels): fc.Arbitrary<Recipe> =>
  fc.record({
    inputs: fc.array(
      fc.record({ shape, dtype: fc.constantFrom<DType>('float32', 'float32', ...dtypes), seed: fc.nat(1000) }),
      { minLength: 1, maxLength: 3 },
    ),
    steps: stepsOf(level, 8),
    results: fc.array(fc.nat(7), { minLength: 1, maxLength: 2 }),
  })

export const recipes = recipesOf(shapes)

const specials = [0, -0, 1, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 3.7, -2.25, 1e-40, 1e30]

export const inputOf = ({ shape, dtype, seed }: Input): Tensor => {
  const whole = dtype !== 'float32' && dtype !== 'float64'
  const values = Float64Array.from({ length: sizeOf(shape) }, (_, i) => {
    const wild = (seed * 31 + i * 17) % 23
    if (!whole && wild < specials.length && seed % 3 === 0) return specials[wild] as number
    const value = Math.sin(seed + i * 1.7) * 4
    return whole ? Math.floor(Math.abs(value)) : value
  })
  return np.array(values).astype(dtype).reshape(shape)
}

const fitting = (f: () => Tensor, largest: number): Tensor | null => {
  try {
    const result = f()
    return result.size <= largest ? result : null
  } catch (error) {
    // A derivative that does not exist is told when it is asked for: at once here, in a program only if it is read.
    if (error instanceof PuregradError && error._tag !== 'TransformError') return null
    throw error
  }
}

/** The value that a number names: mostly one of the last few, so that chains come about. */
const pick = (all: readonly Tensor[], n: number): Tensor =>
  all[n % 3 === 0 ? n % all.length : all.length - 1 - (n % Math.min(all.length, 3))] as Tensor

const run = (
  steps: readonly Step[],
  own: readonly Tensor[],
  outer: readonly Tensor[],
  largest: number,
): readonly Tensor[] => {
  const made: Tensor[] = []
  for (const { operation, a, b, n, body } of steps) {
    const all = [...outer, ...own, ...made]
    const inside =
      (around: readonly Tensor[]) =>
      (...values: readonly Tensor[]): Tensor => {
        const results = run(body, values, around, largest)
        return (results[results.length - 1] ?? values[0]) as Tensor
      }
    const f = operations[operation] as Operation
    const result = fitting(
      () => f({ a: pick(all, a), b: pick(all, b), n, body: inside(all), closed: inside([]) }),
      largest,
    )
    if (result !== null) made.push(result)
  }
  return made
}

/** The program of a recipe: some of the values that its steps make, the last one among them. */
export const programOf =
  ({ steps, results }: Recipe, largest = largestResult) =>
  (inputs: readonly Tensor[]): Tensor[] => {
    const made = run(steps, inputs, [], largest)
    const chosen = new Set(results.map((r) => made.length - 1 - (r % Math.max(made.length, 1))))
    return [...new Set([...chosen, made.length - 1])].flatMap((i) => made[i] ?? [])
  }
