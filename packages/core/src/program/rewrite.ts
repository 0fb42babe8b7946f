/** Copying a program while replacing what its variables stand for; every pass is written with it. */
import { type Atom, type Equation, Literal, type Program, type Var } from './program.js'

/** Variables and what stands for them now. */
export class Substitution {
  private readonly atoms = new Map<Var, Atom>()
  set(v: Var, atom: Atom): void {
    this.atoms.set(v, atom)
  }
  read = (atom: Atom): Atom => (atom instanceof Literal ? atom : (this.atoms.get(atom) ?? atom))
}

/**
 * Runs over the equations in order. `step` gets each with its inputs already replaced; it returns the equation to keep, or
 * null after having said by `replace` what its outputs stand for.
 */
export const rewrite = (
  program: Program,
  step: (equation: Equation, replace: (outputs: readonly Atom[]) => null) => Equation | null,
): Program => {
  const substitution = new Substitution()
  const equations: Equation[] = []
  for (const equation of program.equations) {
    const kept = step({ ...equation, inputs: equation.inputs.map(substitution.read) }, (outputs) => {
      equation.outputs.forEach((v, i) => substitution.set(v, outputs[i] as Atom))
      return null
    })
    if (kept !== null) equations.push(kept)
  }
  return { inputs: program.inputs, equations, outputs: program.outputs.map(substitution.read) }
}
