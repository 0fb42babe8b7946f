/** Dead code elimination: keeps the equations that outputs need. */
import { type Atom, type Equation, Literal, type Program, type Var } from './program.js'

/** A pruned program and, for each of its first inputs, whether it was kept. */
export interface Pruned {
  readonly program: Program
  readonly kept: readonly boolean[]
}

/** Drops equations nobody reads, and those of the first `removable` inputs that nobody reads. The other inputs stay. */
export const eliminateDeadCode = (program: Program, removable = 0): Pruned => {
  const live = new Set<Var>()
  const mark = (atom: Atom): void => {
    if (!(atom instanceof Literal)) live.add(atom)
  }
  program.outputs.forEach(mark)
  const equations: Equation[] = []
  for (let i = program.equations.length - 1; i >= 0; i--) {
    const equation = program.equations[i] as Equation
    if (!equation.outputs.some((v) => live.has(v))) continue
    equation.inputs.forEach(mark)
    equations.push(equation)
  }
  const kept = program.inputs.map((v, i) => i >= removable || live.has(v))
  return {
    program: {
      inputs: program.inputs.filter((_, i) => kept[i]),
      equations: equations.reverse(),
      outputs: program.outputs,
    },
    kept,
  }
}
