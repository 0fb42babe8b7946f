/** Programs as plain data: written to JSON and read back, equation by equation. */
import * as E from 'fp-ts/lib/Either.js'
import { allocate, type DType, isFloat, type TypedArray } from '../dtype.js'
import { ProgramError } from '../errors.js'
import { isProgram, showValue } from '../primitives/parameters.js'
import { type Params, primitives } from '../primitives/primitive.js'
import { type Shape, sizeOf } from '../shape.js'
import { type Abstract, ConcreteTensor } from '../tensor.js'
import { checkProgram, checkType, deepestNesting } from './check.js'
import { type Atom, type Equation, Literal, type Program, Var } from './program.js'
import { seal } from './seal.js'

/** What a program looks like in JSON. Variables are numbers, constants `{ value }`. */
export interface ProgramJson {
  readonly version: 1
  readonly inputs: readonly VariableJson[]
  readonly equations: readonly EquationJson[]
  readonly outputs: readonly AtomJson[]
}
type VariableJson = readonly [id: number, dtype: DType, shape: Shape, weak?: true]
type AtomJson =
  | number
  | { readonly value: readonly [dtype: DType, shape: Shape, elements: readonly (number | string)[], weak?: true] }
interface EquationJson {
  readonly primitive: string
  readonly inputs: readonly AtomJson[]
  readonly params: unknown
  readonly outputs: readonly VariableJson[]
}

/** Why a program could not be written or read; `path` says where. */
export interface ProgramJsonError {
  readonly _tag: 'ProgramJsonError'
  readonly path: string
  readonly message: string
}

/** Levels of JSON: a program in a program is four. */
const deepest = 4 * deepestNesting

const fail = (path: string, message: string): E.Either<ProgramJsonError, never> =>
  E.left({ _tag: 'ProgramJsonError', path, message })

const attempt = <A>(f: () => A): E.Either<ProgramJsonError, A> => {
  try {
    return E.right(f())
  } catch (error) {
    if (error instanceof ProgramError) return fail(error.path, error.fault)
    throw error
  }
}

/**
 * The program as plain data; left if a parameter is a function, as custom derivative rules are.
 * @example E.isRight(programToJson(makeProgram((x: Tensor) => x.mul(2))(np.array(1)))) // true
 */
export const programToJson = (program: Program): E.Either<ProgramJsonError, ProgramJson> =>
  attempt(() => write(program, 'program'))

const write = (program: Program, path: string): ProgramJson => {
  const ids = new Map<Var, number>()
  const variable = (v: Var): VariableJson => {
    ids.set(v, ids.size)
    const { dtype, shape, weakType } = v.abstract
    const id = ids.get(v) as number
    return weakType ? [id, dtype, shape, true] : [id, dtype, shape]
  }
  const atom = (a: Atom): AtomJson => {
    if (a instanceof Var) return ids.get(a) as number
    const { dtype, shape, weakType } = a.abstract
    const elements = Array.from(a.value.rowMajor(), (x) =>
      Number.isFinite(x) && !Object.is(x, -0) ? x : Object.is(x, -0) ? '-0' : String(x),
    )
    return { value: weakType ? [dtype, shape, elements, true] : [dtype, shape, elements] }
  }
  return {
    version: 1,
    inputs: program.inputs.map(variable),
    equations: program.equations.map((e, i) => ({
      primitive: e.primitive.name,
      inputs: e.inputs.map(atom),
      params: writeParam(e.params, `${path}.equations[${i}].${e.primitive.name}`),
      outputs: e.outputs.map(variable),
    })),
    outputs: program.outputs.map(atom),
  }
}

const writeParam = (value: unknown, path: string): unknown => {
  if (typeof value === 'function')
    throw new ProgramError(
      path,
      'a function cannot be written to JSON; custom derivative rules have to be inlined first',
    )
  if (typeof value === 'number' && !Number.isFinite(value)) return { number: String(value) }
  if (isProgram(value)) return { program: write(value, path) }
  if (Array.isArray(value)) return value.map((v, i) => writeParam(v, `${path}[${i}]`))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, writeParam(v, `${path}.${k}`)]))
  }
  return value
}

/** The program that `programToJson` wrote, of the primitives in `families`, whose modules have been loaded. */
export const readProgram = (json: unknown, families: readonly string[]): E.Either<ProgramJsonError, Program> =>
  attempt(() => {
    const program = read(json, 'program', families, 0)
    checkProgram(program)
    return seal(program)
  })

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x)
const record = (x: unknown, path: string): Readonly<Record<string, unknown>> => {
  if (!isRecord(x)) throw new ProgramError(path, 'expected an object')
  return x
}
const list = (x: unknown, path: string): readonly unknown[] => {
  if (!Array.isArray(x)) throw new ProgramError(path, 'expected an array')
  return x
}

const readType = (dtype: unknown, shape: unknown, weak: unknown, path: string): Abstract => {
  if (weak !== undefined && weak !== true)
    throw new ProgramError(path, `${showValue(weak)} says nothing about weakness`)
  return checkType({ dtype, shape, weakType: weak === true }, path)
}

const read = (json: unknown, path: string, families: readonly string[], depth: number): Program => {
  if (depth > deepest) throw new ProgramError(path, `is nested deeper than ${deepest}`)
  const { version, inputs, equations, outputs } = record(json, path)
  if (version !== 1) throw new ProgramError(`${path}.version`, `version ${showValue(version)} is not 1`)
  const variables = new Map<number, Var>()
  const define = (x: unknown, at: string): Var => {
    const [id, dtype, shape, weak] = list(x, at)
    if (!Number.isInteger(id) || variables.has(id as number))
      throw new ProgramError(at, `variable ${showValue(id)} is defined twice or is no whole number`)
    const v = new Var(readType(dtype, shape, weak, at))
    variables.set(id as number, v)
    return v
  }
  const atom = (x: unknown, at: string): Atom => {
    if (typeof x !== 'number') return readLiteral(record(x, at).value, at)
    const v = variables.get(x)
    if (v === undefined) throw new ProgramError(at, `variable ${x} is used before it is defined`)
    return v
  }
  const vars = list(inputs, `${path}.inputs`).map((x, i) => define(x, `${path}.inputs[${i}]`))
  const body = list(equations, `${path}.equations`).map((x, i): Equation => {
    const at = `${path}.equations[${i}]`
    const e = record(x, at)
    const primitive = typeof e.primitive === 'string' ? primitives.get(e.primitive) : undefined
    if (primitive === undefined)
      throw new ProgramError(at, `there is no primitive ${showValue(e.primitive)} in ${families.join(', ')}`)
    const operands = list(e.inputs, at).map((a, k) => atom(a, `${at}.inputs[${k}]`))
    const params = readParam(record(e.params, `${at}.params`), `${at}.params`, families, depth + 1) as Params
    const outputs = list(e.outputs, at).map((v, k) => define(v, `${at}.outputs[${k}]`))
    return { primitive, inputs: operands, params, outputs }
  })
  return {
    inputs: vars,
    equations: body,
    outputs: list(outputs, `${path}.outputs`).map((a, i) => atom(a, `${path}.outputs[${i}]`)),
  }
}

/** What JSON has no number for. */
const written: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
])

const readLiteral = (x: unknown, path: string): Literal => {
  const [dtype, shape, elements, weak] = list(x, path)
  const type = readType(dtype, shape, weak, path)
  const values = list(elements, path)
  const size = sizeOf(type.shape)
  if (values.length !== size) throw new ProgramError(path, `${values.length} elements for a constant of ${size}`)
  const array: TypedArray = allocate(type.dtype, size)
  for (let i = 0; i < size; i++) {
    const value = typeof values[i] === 'number' ? values[i] : isFloat(type.dtype) ? written.get(values[i]) : undefined
    array[i] = value as number
    if (!holds(type.dtype, array[i] as number, value)) {
      throw new ProgramError(path, `element ${i}, ${showValue(values[i])}, is no ${type.dtype}`)
    }
  }
  return new Literal(new ConcreteTensor(type.shape, type.dtype, array, type.weakType))
}

/** An element is the number that was written: a bool 0 or 1, an integer whole and in range, a float finite if that was. */
const holds = (dtype: DType, element: number, value: unknown): boolean => {
  if (isFloat(dtype)) return typeof value === 'number' && Number.isFinite(value) === Number.isFinite(element)
  return element === value && (dtype !== 'bool' || element <= 1)
}

/** Parameters as they were before they were written; whether they fit their primitive is seen later. */
const readParam = (value: unknown, path: string, families: readonly string[], depth: number): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (depth > deepest) throw new ProgramError(path, `is nested deeper than ${deepest}`)
  if (Array.isArray(value)) return Array.from(value, (v, i) => readParam(v, `${path}[${i}]`, families, depth + 1))
  if ('program' in value && Object.keys(value).length === 1 && isRecord(value.program) && 'version' in value.program)
    return read(value.program, path, families, depth + 1)
  if ('number' in value && Object.keys(value).length === 1 && written.has(value.number))
    return written.get(value.number)
  return Object.fromEntries(
    Object.entries(value).map(([k, v]) => [k, readParam(v, `${path}.${k}`, families, depth + 1)]),
  )
}
