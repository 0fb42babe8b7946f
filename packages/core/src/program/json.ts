/** Programs as plain data: written to JSON and read back, equation by equation. */
import * as E from 'fp-ts/lib/Either.js'
import { allocate, bytesOf, type DType, isDType, type TypedArray } from '../dtype.js'
import { type Params, primitives } from '../primitives/primitive.js'
import { showType } from '../print.js'
import { type Shape, sizeOf } from '../shape.js'
import { type Abstract, ConcreteTensor } from '../tensor.js'
import { type Atom, type Equation, Literal, type Program, Var } from './program.js'

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

const fail = (path: string, message: string): E.Either<ProgramJsonError, never> =>
  E.left({ _tag: 'ProgramJsonError', path, message })

class Failure extends Error {
  constructor(
    readonly path: string,
    message: string,
  ) {
    super(message)
  }
}

const attempt = <A>(f: () => A): E.Either<ProgramJsonError, A> => {
  try {
    return E.right(f())
  } catch (error) {
    if (error instanceof Failure) return fail(error.path, error.message)
    throw error
  }
}

const isProgram = (x: unknown): x is Program =>
  typeof x === 'object' && x !== null && 'equations' in x && 'outputs' in x

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
    throw new Failure(path, 'a function cannot be written to JSON; custom derivative rules have to be inlined first')
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
  attempt(() => read(json, 'program', families))

const record = (x: unknown, path: string): Readonly<Record<string, unknown>> => {
  if (typeof x !== 'object' || x === null || Array.isArray(x)) throw new Failure(path, 'expected an object')
  return x as Readonly<Record<string, unknown>>
}
const list = (x: unknown, path: string): readonly unknown[] => {
  if (!Array.isArray(x)) throw new Failure(path, 'expected an array')
  return x
}

const readType = (dtype: unknown, shape: unknown, weak: unknown, path: string): Abstract => {
  if (!isDType(dtype)) throw new Failure(path, `${JSON.stringify(dtype)} is no dtype`)
  const sizes = list(shape, path)
  if (!sizes.every((n) => Number.isInteger(n) && (n as number) >= 0))
    throw new Failure(path, 'a shape has whole numbers ≥ 0')
  return { dtype, shape: sizes as Shape, weakType: weak === true }
}

const read = (json: unknown, path: string, families: readonly string[]): Program => {
  const { version, inputs, equations, outputs } = record(json, path)
  if (version !== 1) throw new Failure(`${path}.version`, `version ${JSON.stringify(version)} is not 1`)
  const variables = new Map<number, Var>()
  const define = (x: unknown, at: string): Var => {
    const [id, dtype, shape, weak] = list(x, at)
    if (typeof id !== 'number' || variables.has(id))
      throw new Failure(at, `variable ${JSON.stringify(id)} is defined twice or is no number`)
    const v = new Var(readType(dtype, shape, weak, at))
    variables.set(id, v)
    return v
  }
  const atom = (x: unknown, at: string): Atom => {
    if (typeof x !== 'number') return readLiteral(record(x, at).value, at)
    const v = variables.get(x)
    if (v === undefined) throw new Failure(at, `variable ${x} is used before it is defined`)
    return v
  }
  const vars = list(inputs, `${path}.inputs`).map((x, i) => define(x, `${path}.inputs[${i}]`))
  const body = list(equations, `${path}.equations`).map((x, i): Equation => {
    const at = `${path}.equations[${i}]`
    const e = record(x, at)
    const primitive = typeof e.primitive === 'string' ? primitives.get(e.primitive) : undefined
    if (primitive === undefined)
      throw new Failure(at, `there is no primitive ${JSON.stringify(e.primitive)} in ${families.join(', ')}`)
    const operands = list(e.inputs, at).map((a, k) => atom(a, `${at}.inputs[${k}]`))
    const params = readParam(e.params, `${at}.params`, families) as Params
    const outputs = list(e.outputs, at).map((v, k) => define(v, `${at}.outputs[${k}]`))
    const equation = { primitive, inputs: operands, params, outputs }
    checkTypes(equation, at)
    return equation
  })
  return {
    inputs: vars,
    equations: body,
    outputs: list(outputs, `${path}.outputs`).map((a, i) => atom(a, `${path}.outputs[${i}]`)),
  }
}

/** Parameters and operands must fit the primitive, and give the types that the equation claims. */
const checkTypes = ({ primitive, inputs, params, outputs }: Equation, path: string): void => {
  const show = (types: readonly Abstract[]): string => types.map(showType).join(', ')
  let results: string
  try {
    const types = inputs.map((a) => a.abstract)
    results = show(primitive.abstract(types, params))
  } catch (error) {
    throw new Failure(path, error instanceof Error ? error.message : String(error))
  }
  if (results !== show(outputs.map((v) => v.abstract)))
    throw new Failure(path, `${primitive.name} returns ${results}, which the equation does not say`)
}

const readLiteral = (x: unknown, path: string): Literal => {
  const [dtype, shape, elements, weak] = list(x, path)
  const type = readType(dtype, shape, weak, path)
  const values = list(elements, path)
  const size = sizeOf(type.shape)
  if (values.length !== size || size * bytesOf(type.dtype) > 2 ** 31) {
    throw new Failure(path, `${values.length} elements for a constant of ${size}`)
  }
  const array: TypedArray = allocate(type.dtype, size)
  values.forEach((v, i) => {
    if (typeof v !== 'number' && typeof v !== 'string') throw new Failure(path, `${JSON.stringify(v)} is no number`)
    array[i] = Number(v)
  })
  return new Literal(new ConcreteTensor(type.shape, type.dtype, array, type.weakType))
}

const readParam = (value: unknown, path: string, families: readonly string[]): unknown => {
  if (Array.isArray(value)) return value.map((v, i) => readParam(v, `${path}[${i}]`, families))
  if (typeof value !== 'object' || value === null) return value
  if ('program' in value && Object.keys(value).length === 1 && 'version' in record(value.program, path))
    return read(value.program, path, families)
  if ('number' in value && Object.keys(value).length === 1 && typeof value.number === 'string')
    return Number(value.number)
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, readParam(v, `${path}.${k}`, families)]))
}
