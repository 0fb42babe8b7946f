/** Reverse mode's second half: a linear program run backwards, each primitive answering by its transpose rule. */
import { TransformError } from '../errors.js'
import { add } from '../primitives/arithmetic.js'
import { bind, LinearInput, type MaybeZero, type Params, type Primitive } from '../primitives/primitive.js'
import { eliminateDeadCode } from '../program/dce.js'
import { type Atom, inputTypes, Literal, memoByProgram, type Program, type Var } from '../program/program.js'
import { type Abstract, type Tensor, uniform } from '../tensor.js'
import { bits } from './jvp.js'
import { merge } from './partial.js'
import { stageClosed } from './stage.js'

/**
 * Cotangents of the linear inputs (null where zero) for cotangents of the outputs. `values` holds the other inputs in order.
 * Equations that do not depend on linear inputs are evaluated first, the others run in reverse.
 */
export const transposeFlat = (
  program: Program,
  linear: readonly boolean[],
  values: readonly Tensor[],
  cotangents: readonly MaybeZero[],
): readonly MaybeZero[] => {
  const known = new Map<Var, Tensor>()
  const isLinear = new Set<Var>()
  let next = 0
  program.inputs.forEach((v, i) => {
    if (linear[i]) isLinear.add(v)
    else known.set(v, values[next++] as Tensor)
  })
  const dependsOnLinear = (atom: Atom): boolean => !(atom instanceof Literal) && isLinear.has(atom)
  const read = (atom: Atom): Tensor => (atom instanceof Literal ? atom.value : (known.get(atom) as Tensor))
  const backward = program.equations.filter((equation) => {
    if (equation.inputs.some(dependsOnLinear)) {
      for (const v of equation.outputs) isLinear.add(v)
      return true
    }
    const results = bind(equation.primitive, equation.inputs.map(read), equation.params)
    equation.outputs.forEach((v, i) => known.set(v, results[i] as Tensor))
    return false
  })

  const sums = new Map<Var, Tensor>()
  const accumulate = (atom: Atom, cotangent: MaybeZero): void => {
    if (cotangent === null || atom instanceof Literal || !isLinear.has(atom)) return
    const sum = sums.get(atom)
    sums.set(atom, sum === undefined ? cotangent : add(sum, cotangent))
  }
  program.outputs.forEach((atom, i) => accumulate(atom, cotangents[i] ?? null))
  for (let i = backward.length - 1; i >= 0; i--) {
    const { primitive, inputs, params, outputs } = backward[i] as Program['equations'][number]
    const incoming = outputs.map((v) => take(sums, v))
    if (incoming.every((c) => c === null)) continue
    if (primitive.transpose === undefined) {
      throw new TransformError(
        `${primitive.name}: this operation is not linear, so it has no reverse-mode derivative here. Use jvp or jacfwd for it.`,
      )
    }
    const operands = inputs.map((a) => (dependsOnLinear(a) ? new LinearInput(a.abstract) : read(a)))
    const results = transposed(primitive, incoming, operands, params)
    inputs.forEach((atom, k) => accumulate(atom, results[k] ?? null))
  }
  return program.inputs.filter((_, i) => linear[i]).map((v) => sums.get(v) ?? null)
}

const transposed = (
  primitive: Primitive,
  cotangents: readonly MaybeZero[],
  inputs: readonly (Tensor | LinearInput)[],
  params: Params,
): readonly MaybeZero[] => {
  try {
    return (primitive.transpose as NonNullable<Primitive['transpose']>)(cotangents, inputs, params)
  } catch (error) {
    // A product of two linear inputs is not linear: its rule finds no number where it needs one.
    if (error instanceof TransformError || inputs.filter((x) => x instanceof LinearInput).length < 2) throw error
    throw new TransformError(
      `${primitive.name}: a product of two linear inputs is not linear, so it has no transpose. Use vjp for it.`,
    )
  }
}

const take = (sums: Map<Var, Tensor>, v: Var): MaybeZero => {
  const sum = sums.get(v) ?? null
  sums.delete(v)
  return sum
}

/** Zero cotangents as numbers. */
export const instantiate = (cotangent: MaybeZero, type: Abstract): Tensor => cotangent ?? uniform(0, type)

/** The transpose of a program that is linear in some of its inputs. */
export interface TransposedProgram {
  /** From the non-linear inputs, followed by the cotangents that are not zero, to cotangents of the linear inputs. */
  readonly program: Program
  readonly nonzeroOutputs: readonly boolean[]
}

/** Transposes a program; with `instantiate` every cotangent is there, zeros included. */
export const transposeProgram = memoByProgram(
  (linear: readonly boolean[], nonzero: readonly boolean[], all: boolean) => `${bits(linear)}|${bits(nonzero)}|${all}`,
  (program: Program, linear: readonly boolean[], nonzero: readonly boolean[], all: boolean): TransposedProgram => {
    const types = inputTypes(program)
    const known = types.filter((_, i) => !linear[i])
    const linearTypes = types.filter((_, i) => linear[i])
    let nonzeroOutputs: readonly boolean[] = []
    const derived = stageClosed(
      (inputs) => {
        const cotangents = merge(
          nonzero,
          inputs.slice(known.length),
          nonzero.map(() => null),
        )
        const results = transposeFlat(program, linear, inputs.slice(0, known.length), cotangents)
        const outputs = all ? results.map((c, i) => instantiate(c, linearTypes[i] as Abstract)) : results
        nonzeroOutputs = outputs.map((c) => c !== null)
        return outputs.filter((c) => c !== null)
      },
      [...known, ...program.outputs.map((o) => o.abstract).filter((_, i) => nonzero[i])],
    )
    return { program: eliminateDeadCode(derived).program, nonzeroOutputs }
  },
)
