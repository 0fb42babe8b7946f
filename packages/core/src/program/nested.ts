/** Programs inside of programs: the bodies of loops and the branches of choices. */
import type { Params } from '../primitives/primitive.js'
import type { Program } from './program.js'

const isProgram = (x: unknown): x is Program =>
  typeof x === 'object' && x !== null && 'equations' in x && 'outputs' in x

/** The program with `change` done to every program that its equations hold. Inputs and outputs of these have to stay. */
export const mapNested = (program: Program, change: (nested: Program) => Program): Program => {
  const one = (value: unknown): unknown => {
    if (isProgram(value)) return change(value)
    if (Array.isArray(value) && value.some(isProgram)) return value.map(one)
    return value
  }
  let changed = false
  const equations = program.equations.map((equation) => {
    if (equation.primitive.control === undefined) return equation
    const params: Params = Object.fromEntries(Object.entries(equation.params).map(([key, value]) => [key, one(value)]))
    changed = true
    return { ...equation, params }
  })
  return changed ? { ...program, equations } : program
}
