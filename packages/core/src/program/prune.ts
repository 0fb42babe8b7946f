/** Dead code inside of loops and branches: results that nobody reads are not computed there, operands that nobody needs are not passed. */
import { eliminateDeadCode } from './dce.js'
import { type Equation, Literal, type Program, type Var } from './program.js'

/** The program without dead equations, its own and those of the programs that it holds. */
export const pruneNested = (program: Program): Program => {
  const live = new Set<Var>()
  const mark = (atoms: readonly unknown[]): void => {
    for (const a of atoms) if (!(a instanceof Literal)) live.add(a as Var)
  }
  mark(program.outputs)
  const equations: Equation[] = []
  for (let i = program.equations.length - 1; i >= 0; i--) {
    const equation = program.equations[i] as Equation
    const used = equation.outputs.map((v) => live.has(v))
    if (!used.some((u) => u)) continue
    const pruned = equation.primitive.prune?.(equation.params, used)
    const left: Equation =
      pruned === undefined || pruned === null
        ? equation
        : {
            ...equation,
            inputs: equation.inputs.filter((_, k) => pruned.inputs[k]),
            outputs: equation.outputs.filter((_, k) => pruned.outputs[k]),
            params: pruned.params,
          }
    mark(left.inputs)
    equations.push(left)
  }
  return { ...program, equations: equations.reverse() }
}

/** A nested program with these outputs only, and which of its inputs it still reads. */
export const withOutputs = (
  program: Program,
  outputs: readonly boolean[],
): { readonly program: Program; readonly reads: readonly boolean[] } => {
  const wanted = { ...program, outputs: program.outputs.filter((_, i) => outputs[i]) }
  const { kept } = eliminateDeadCode(wanted, program.inputs.length)
  return { program: eliminateDeadCode(wanted).program, reads: kept }
}
