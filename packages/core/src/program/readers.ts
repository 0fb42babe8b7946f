/** Who reads what in a program. */
import { type Atom, type Equation, Literal, type Program, type Var } from './program.js'

/** Who reads each variable: equations, and null for the caller, who gets the outputs. */
export const readersOf = (program: Program): ReadonlyMap<Var, readonly (Equation | null)[]> => {
  const readers = new Map<Var, (Equation | null)[]>()
  const note = (atom: Atom, reader: Equation | null): void => {
    if (atom instanceof Literal) return
    const list = readers.get(atom)
    if (list === undefined) readers.set(atom, [reader])
    else list.push(reader)
  }
  for (const equation of program.equations) for (const atom of equation.inputs) note(atom, equation)
  for (const atom of program.outputs) note(atom, null)
  return readers
}
