/**
 * Types of parameters. Every primitive says beside its rules which parameters it takes and of which type, so that programs from
 * elsewhere are refused before a kernel runs on them.
 */
import { type DType, isDType } from '../dtype.js'
import { DTypeError, type PuregradError, RangeError, ShapeError } from '../errors.js'
import type { Program } from '../program/program.js'
import type { Shape } from '../shape.js'
import type { Abstract } from '../tensor.js'

/** What a parameter may be, given the operands that it stands beside. */
export interface ParameterType<T> {
  readonly accepts: (value: unknown, inputs: readonly Abstract[]) => value is T
  /** What is accepted, as in 'has to be …'. */
  readonly wanted: string
  /** What somebody who gives something else gets. */
  readonly error: ErrorClass
  /** The least and the greatest, if it is any whole number between them. */
  readonly range?: readonly [low: number, high: number]
}

type ErrorClass = new (message: string) => PuregradError
type Accepts = (value: unknown, inputs: readonly Abstract[]) => boolean

const parameterType = <T>(wanted: string, accepts: Accepts, error: ErrorClass = RangeError): ParameterType<T> => ({
  accepts: accepts as ParameterType<T>['accepts'],
  wanted,
  error,
})

/** Kernels count in int32. */
const largest = 2 ** 31 - 1

const isWhole = (x: unknown, low: number, high: number): x is number =>
  Number.isInteger(x) && (x as number) >= low && (x as number) <= high

/** Whether it is an array of whole numbers in this range: every operation asks, so that it is one loop. */
const areWhole = (list: unknown, low: number, high: number): list is readonly number[] => {
  if (!Array.isArray(list)) return false
  for (let i = 0; i < list.length; i++) {
    const x = list[i]
    if (!Number.isInteger(x) || x < low || x > high) return false
  }
  return true
}

/** Every element, holes included. */
const all = (list: unknown, accepts: (value: unknown) => boolean): boolean => {
  if (!Array.isArray(list)) return false
  for (let i = 0; i < list.length; i++) if (!accepts(list[i])) return false
  return true
}

const rankOf = (inputs: readonly Abstract[]): number => (inputs[0] as Abstract).shape.length

/** A whole number; any that fits into 32 bits unless said. */
export const integer = (low = -largest - 1, high = largest): ParameterType<number> => ({
  ...parameterType(high === largest ? `a whole number ≥ ${low}` : `a whole number from ${low} to ${high}`, (x) =>
    isWhole(x, low, high),
  ),
  range: [low, high],
})

/** How many of something. */
export const count: ParameterType<number> = integer(0)

/** Infinite ones included, but not NaN. */
export const number: ParameterType<number> = parameterType('a number', (x) => typeof x === 'number' && !Number.isNaN(x))

export const boolean: ParameterType<boolean> = parameterType('true or false', (x) => typeof x === 'boolean')

export const text: ParameterType<string> = parameterType('a string', (x) => typeof x === 'string')

export const oneOf = <T extends string>(...values: readonly T[]): ParameterType<T> =>
  parameterType(`one of ${values.join(', ')}`, (x) => values.includes(x as T))

export const dtype: ParameterType<DType> = parameterType('a dtype', isDType, DTypeError)

/** How much fits into memory is told elsewhere, by name: a size is any that numbers count. */
export const shape: ParameterType<Shape> = parameterType(
  'an array of whole numbers ≥ 0',
  (x) => areWhole(x, 0, Number.MAX_SAFE_INTEGER),
  ShapeError,
)

/** An axis of the first operand. */
export const axis: ParameterType<number> = parameterType(
  'an axis of the operand',
  (x, inputs) => isWhole(x, 0, rankOf(inputs) - 1),
  ShapeError,
)

/** Axes of the first operand, from the front to the back. */
export const axes: ParameterType<readonly number[]> = parameterType(
  'increasing axes of the operand',
  (x, inputs) => {
    if (!areWhole(x, 0, rankOf(inputs) - 1)) return false
    for (let i = 1; i < x.length; i++) if ((x[i] as number) <= (x[i - 1] as number)) return false
    return true
  },
  ShapeError,
)

/** Each axis of the first operand once. */
export const permutation: ParameterType<readonly number[]> = parameterType(
  'a permutation of the axes of the operand',
  (x, inputs) => {
    const rank = rankOf(inputs)
    if (!areWhole(x, 0, rank - 1) || x.length !== rank) return false
    for (let i = 1; i < rank; i++) if (x.indexOf(x[i] as number) !== i) return false
    return true
  },
  ShapeError,
)

export const listOf = <T>(type: ParameterType<T>): ParameterType<readonly T[]> => {
  const { range } = type
  return parameterType(
    `an array, each element ${type.wanted}`,
    range === undefined
      ? (x, inputs) => all(x, (element) => type.accepts(element, inputs))
      : (x) => areWhole(x, range[0], range[1]),
    type.error,
  )
}

export const tupleOf = <T extends readonly unknown[]>(
  ...types: { readonly [K in keyof T]: ParameterType<T[K]> }
): ParameterType<T> =>
  parameterType(
    `[${types.map((t) => t.wanted).join(', ')}]`,
    (x, inputs) =>
      Array.isArray(x) && x.length === types.length && types.every((type, i) => type.accepts(x[i], inputs)),
    ShapeError,
  )

export const nullable = <T>(type: ParameterType<T>): ParameterType<T | null> =>
  parameterType(`${type.wanted}, or null`, (x, inputs) => x === null || type.accepts(x, inputs), type.error)

/** A program in a parameter, such as the body of a loop. */
export const isProgram = (x: unknown): x is Program =>
  typeof x === 'object' && x !== null && 'inputs' in x && 'equations' in x && 'outputs' in x

export const program: ParameterType<Program> = parameterType('a program', isProgram)

/** Programs of which one runs. */
export const programs: ParameterType<readonly Program[]> = parameterType(
  'an array of programs, at least one',
  (x) => all(x, isProgram) && (x as []).length > 0,
)

/** What no program that was written down can hold. */
export const code = <T extends (...args: never[]) => unknown>(): ParameterType<T> =>
  parameterType('a function, which no program from elsewhere can hold', (x) => typeof x === 'function')

export const codes = <T extends object>(): ParameterType<T> =>
  parameterType(
    'functions, which no program from elsewhere can hold',
    (x) => typeof x === 'object' && x !== null && Object.values(x).every((f) => typeof f === 'function'),
  )

export const types: ParameterType<readonly Abstract[]> = parameterType('an array of types', (x) =>
  all(x, (t) => typeof t === 'object' && t !== null && 'dtype' in t && 'shape' in t && isDType(t.dtype)),
)

/** A value as messages show it, however large or deep it is. */
export const showValue = (x: unknown): string => {
  if (typeof x === 'string') return x.length > 40 ? `${JSON.stringify(x.slice(0, 40))}…` : JSON.stringify(x)
  if (Array.isArray(x)) {
    const simple = x.length <= 8 && Array.from(x).every((e) => typeof e !== 'object' || e === null)
    return simple ? `[${Array.from(x, showValue).join(', ')}]` : `an array of ${x.length}`
  }
  if (typeof x === 'object' && x !== null) return isProgram(x) ? 'a program' : 'an object'
  return typeof x === 'function' ? 'a function' : String(x)
}

type Named<P> = keyof { [K in keyof P as string extends K ? never : number extends K ? never : K]: P[K] }

/** A type for every parameter. */
export type ParameterTypes<P> = { readonly [K in Named<P>]: ParameterType<P[K]> } & Readonly<
  Record<string, ParameterType<unknown>>
>

/** How many operands: a number, or the fewest and the most. */
export type OperandCount = number | readonly [fewest: number, most: number]

/** As many as one likes. */
export const atLeast = (fewest: number): OperandCount => [fewest, Number.POSITIVE_INFINITY]
