/** Running a program under the current trace, equation by equation: on numbers, on tracers, or into another program. */
import { bind } from '../primitives/primitive.js'
import type { Tensor } from '../tensor.js'
import { type Atom, Literal, type Program, type Var } from './program.js'

/**
 * The outputs of a program that is known to be right for these inputs, leaf by leaf, under whatever transform is running. Values
 * are forgotten after their last use.
 */
export const evaluateProgram = (program: Program, inputs: readonly Tensor[]): readonly Tensor[] => {
  const values = new Map<Var, Tensor>()
  program.inputs.forEach((v, i) => values.set(v, inputs[i] as Tensor))
  const lastUse = lastUses(program)
  const read = (atom: Atom): Tensor => (atom instanceof Literal ? atom.value : (values.get(atom) as Tensor))
  program.equations.forEach((equation, index) => {
    const results = bind(equation.primitive, equation.inputs.map(read), equation.params)
    equation.outputs.forEach((v, i) => values.set(v, results[i] as Tensor))
    for (const atom of [...equation.inputs, ...equation.outputs]) {
      if (!(atom instanceof Literal) && lastUse.get(atom) === index) values.delete(atom)
    }
  })
  return program.outputs.map(read)
}

/** The index of the equation that reads a variable last; its definition's if nobody does, Infinity if it is an output. */
const lastUses = (program: Program): ReadonlyMap<Var, number> => {
  const last = new Map<Var, number>()
  for (const v of program.inputs) last.set(v, -1)
  program.equations.forEach((equation, index) => {
    for (const atom of equation.inputs) if (!(atom instanceof Literal)) last.set(atom, index)
    for (const v of equation.outputs) last.set(v, index)
  })
  for (const atom of program.outputs) if (!(atom instanceof Literal)) last.set(atom, Number.POSITIVE_INFINITY)
  return last
}
