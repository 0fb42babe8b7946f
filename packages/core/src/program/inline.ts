/** Inlining: calls of nested programs are written out in their place. */
import { type Atom, type Equation, Literal, type Program, Var } from './program.js'

/** The program without calls. */
export const inlineCalls = (program: Program): Program => {
  if (!program.equations.some((e) => e.primitive.inline !== undefined)) return program
  const equations: Equation[] = []
  let scopes = 0
  const expand = (p: Program, inputs: readonly Atom[], fresh: boolean, scope?: number): readonly Atom[] => {
    const atoms = new Map<Var, Atom>()
    p.inputs.forEach((v, i) => atoms.set(v, inputs[i] as Atom))
    const read = (a: Atom): Atom => (a instanceof Literal ? a : (atoms.get(a) ?? a))
    for (const equation of p.equations) {
      const operands = equation.inputs.map(read)
      const nested = equation.primitive.inline?.(
        equation.params,
        operands.map((a) => a.abstract),
      )
      if (nested !== undefined) {
        const inner = equation.primitive.isolated ? scopes++ : scope
        expand(nested, operands, true, inner).forEach((a, i) => atoms.set(equation.outputs[i] as Var, a))
        continue
      }
      // A nested program may be called twice, so its variables are made anew.
      const outputs = fresh ? equation.outputs.map((v) => new Var(v.abstract)) : equation.outputs
      if (fresh) equation.outputs.forEach((v, i) => atoms.set(v, outputs[i] as Var))
      equations.push({ ...equation, inputs: operands, outputs, ...(scope === undefined ? {} : { scope }) })
    }
    return p.outputs.map(read)
  }
  const outputs = expand(program, program.inputs, false)
  return { inputs: program.inputs, equations, outputs }
}
