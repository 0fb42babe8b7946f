/**
 * What functions of the user close over. A rule runs long after it was given, when the transform whose value it closes over may
 * be over; so such values become inputs of the operation that has the rule, and the rule gets them from there.
 */
import { ConcretizationError, TransformError } from '../errors.js'
import type { MaybeZero } from '../primitives/primitive.js'
import { evaluateProgram } from '../program/evaluate.js'
import { type Program, Var } from '../program/program.js'
import type { Abstract, Tensor } from '../tensor.js'
import { stage } from '../trace/stage.js'

export type Flat = (inputs: readonly Tensor[]) => readonly Tensor[]

/** A rule is looked at once: those of functions that it calls, itself perhaps, are not. */
let looking = false

/** The tracers that a rule closes over; none if it fails, for then it fails in its own time too, if anybody asks for a derivative. */
const capturesOfRule = (rule: Flat, types: readonly Abstract[]): readonly Tensor[] => {
  if (looking) return []
  looking = true
  try {
    return stage(rule, types).constants
  } catch {
    return []
  } finally {
    looking = false
  }
}

/** The tracers that a function and its rule, as a function of `ruleTypes`, close over. */
export const capturesOf = (
  f: Flat,
  types: readonly Abstract[],
  rule: Flat,
  ruleTypes: readonly Abstract[],
): readonly Tensor[] => {
  try {
    return [...stage(f, types).constants, ...capturesOfRule(rule, ruleTypes)]
  } catch (error) {
    if (error instanceof ConcretizationError) return []
    throw error
  }
}

/** A function as a program whose first inputs are what it and its rule close over. */
export const closed = (
  f: Flat,
  types: readonly Abstract[],
  rule: Flat,
  ruleTypes: readonly Abstract[],
): { readonly program: Program; readonly captured: readonly Tensor[] } => {
  const { program, constants } = stage(f, types)
  const more = capturesOfRule(rule, ruleTypes).filter((c) => !constants.includes(c))
  const n = constants.length
  const inputs = [...program.inputs.slice(0, n), ...more.map((c) => new Var(c)), ...program.inputs.slice(n)]
  return { program: { ...program, inputs }, captured: [...constants, ...more] }
}

/** The function with `values` in the places of what it closes over. */
export const withCaptured =
  (f: Flat, captured: readonly Tensor[], values: readonly Tensor[]): Flat =>
  (inputs) => {
    if (captured.length === 0) return f(inputs)
    const { program, constants } = stage(f, inputs)
    const given = constants.map((c) => values[captured.indexOf(c)] ?? c)
    return evaluateProgram(program, [...given, ...inputs])
  }

/** @throws TransformError if a value that a custom rule closes over, and knows no derivative for, has a tangent */
export const checkConstant = (name: string, captured: readonly MaybeZero[]): void => {
  if (captured.every((t) => t === null)) return
  throw new TransformError(
    `${name}: its rule says nothing of values that the function closes over, and one of them is differentiated. Pass it as an argument.`,
  )
}
