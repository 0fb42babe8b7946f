/**
 * Whether a program that somebody hands in is one that could have been traced: every variable defined once and before it is
 * used, every parameter of its type, every result of the type that abstract evaluation gives, in nested programs too. What
 * passes can be evaluated, compiled and exported.
 */
import { bytesOf, isDType } from '../dtype.js'
import { ProgramError, ShapeError } from '../errors.js'
import { isProgram, showValue } from '../primitives/parameters.js'
import { operandRange, parameterFault, primitives } from '../primitives/primitive.js'
import { showType } from '../print.js'
import { sameShape, showShape, sizeOf } from '../shape.js'
import { type Abstract, ConcreteTensor, type Tensor } from '../tensor.js'
import { type Equation, Literal, type Program, Var } from './program.js'

/** Addresses have 32 bits. */
const memoryBytes = 2 ** 32
/** Programs in programs in programs: more than anybody writes, and less than a stack holds. */
export const deepestNesting = 64

/** @throws ProgramError unless it is the type of a tensor that memory could hold */
export const checkType = (type: unknown, path: string): Abstract => {
  const { dtype, shape, weakType } = (typeof type === 'object' && type !== null ? type : {}) as Partial<Abstract>
  if (!isDType(dtype)) throw new ProgramError(path, `${showValue(dtype)} is no dtype`)
  if (!Array.isArray(shape) || !Array.from(shape).every((n) => Number.isInteger(n) && n >= 0))
    throw new ProgramError(path, `the shape ${showValue(shape)} is no array of whole numbers ≥ 0`)
  // Strides of an empty tensor are as long as those of a full one.
  const elements = sizeOf(shape.map((n) => Math.max(n, 1)))
  if (elements * bytesOf(dtype) >= memoryBytes)
    throw new ProgramError(path, `${dtype}${showShape(shape)} is larger than memory, which has 4 GiB`)
  if (typeof weakType !== 'boolean') throw new ProgramError(path, `weakType ${showValue(weakType)} is no boolean`)
  return { dtype, shape, weakType }
}

const showTypes = (list: readonly Abstract[]): string =>
  list.map((t) => `${showType(t)}${t.weakType ? '*' : ''}`).join(', ') || 'nothing'

/** @throws ProgramError naming the equation and the parameter */
export const checkProgram = (program: Program, path = 'program', depth = 0): void => {
  if (depth > deepestNesting) throw new ProgramError(path, `programs are nested deeper than ${deepestNesting}`)
  if (!isProgram(program)) throw new ProgramError(path, `${showValue(program)} is no program`)
  for (const key of ['inputs', 'equations', 'outputs'] as const) {
    if (!Array.isArray(program[key])) throw new ProgramError(`${path}.${key}`, 'is no array')
  }
  const defined = new Set<Var>()
  const define = (v: Var, at: string): void => {
    if (!(v instanceof Var)) throw new ProgramError(at, 'is no variable')
    if (defined.has(v)) throw new ProgramError(at, 'is a variable that is defined already')
    checkType(v.abstract, at)
    defined.add(v)
  }
  const use = (atom: unknown, at: string): Abstract => {
    if (atom instanceof Literal) {
      checkLiteral(atom, at)
      return atom.abstract
    }
    if (!(atom instanceof Var)) throw new ProgramError(at, 'is neither a variable nor a constant')
    if (!defined.has(atom)) throw new ProgramError(at, 'is a variable that is used before it is defined')
    return atom.abstract
  }
  program.inputs.forEach((v, i) => {
    define(v, `${path}.inputs[${i}]`)
  })
  program.equations.forEach((equation, i) => {
    const at = `${path}.equations[${i}]`
    const types = equation.inputs.map((a, k) => use(a, `${at}.inputs[${k}]`))
    checkParameters(equation, types, at, depth)
    checkResults(equation, types, at)
    equation.outputs.forEach((v, k) => {
      define(v, `${at}.outputs[${k}]`)
    })
  })
  program.outputs.forEach((a, i) => {
    use(a, `${path}.outputs[${i}]`)
  })
}

const checkLiteral = ({ value, abstract }: Literal, at: string): void => {
  if (!(value instanceof ConcreteTensor)) throw new ProgramError(at, 'is a constant without numbers')
  const fits = value.dtype === abstract.dtype && sameShape(value.sizes, abstract.shape)
  if (!fits) throw new ProgramError(at, `is a constant ${showType(abstract)} that holds ${showType(value)}`)
}

/** Each parameter is of the type that its primitive declares, and there are no others. */
const checkParameters = (
  { primitive, params }: Equation,
  types: readonly Abstract[],
  at: string,
  depth: number,
): void => {
  if (primitives.get(primitive.name) !== primitive)
    throw new ProgramError(at, 'has a primitive that is not in the table')
  const { name, operands, parameters } = primitive
  const [fewest, most] = operandRange(operands)
  if (types.length < fewest || types.length > most) {
    const wanted = fewest === most ? fewest : `at least ${fewest}`
    throw new ProgramError(at, `${name}: takes ${wanted} operands, not ${types.length}`)
  }
  if (typeof params !== 'object' || params === null)
    throw new ProgramError(`${at}.params`, `${name}: ${showValue(params)} holds no parameters`)
  for (const key of Object.keys(params)) {
    if (!Object.hasOwn(parameters, key))
      throw new ProgramError(`${at}.params.${key}`, `${name}: there is no parameter ${showValue(key)}`)
  }
  for (const [key, type] of Object.entries(parameters)) {
    const fault = parameterFault(key, type, params[key], types)
    if (fault !== null) throw new ProgramError(`${at}.params.${key}`, `${name}: ${fault}`)
    for (const [place, nested] of programsOf(params[key]))
      checkProgram(nested, `${at}.params.${key}${place}`, depth + 1)
  }
}

const programsOf = (value: unknown): readonly (readonly [place: string, program: Program])[] => {
  if (isProgram(value)) return [['', value]]
  return Array.isArray(value) ? value.flatMap((v, i) => (isProgram(v) ? [[`[${i}]`, v] as const] : [])) : []
}

/** Operands and parameters fit the primitive, and give the types that the equation claims. */
const checkResults = ({ primitive, params, outputs }: Equation, types: readonly Abstract[], at: string): void => {
  let results: readonly Abstract[]
  try {
    results = primitive.abstract(types, params)
  } catch (error) {
    throw new ProgramError(at, error instanceof Error ? error.message : String(error))
  }
  const claimed = outputs.map((v) => checkType(v.abstract, at))
  if (showTypes(results) !== showTypes(claimed)) {
    throw new ProgramError(
      at,
      `${primitive.name} returns ${showTypes(results)}, and the equation says ${showTypes(claimed)}`,
    )
  }
}

/** The inputs, if they are those that the program takes. @throws ShapeError */
export const checkInputs = (program: Program, inputs: readonly Tensor[]): readonly Tensor[] => {
  const wanted = program.inputs.map((v) => v.abstract)
  const takes = `the program takes ${wanted.length} inputs (${wanted.map(showType).join(', ')})`
  if (inputs.length !== wanted.length) throw new ShapeError(`evaluateProgram: ${takes}, not ${inputs.length}.`)
  inputs.forEach((x, i) => {
    const type = wanted[i] as Abstract
    if (x.dtype === type.dtype && sameShape(x.sizes, type.shape)) return
    throw new ShapeError(`evaluateProgram: input ${i} is ${showType(x)}, and ${takes}.`)
  })
  return inputs
}
