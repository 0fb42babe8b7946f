/** Programs that were traced or checked, and can no longer be changed. */
import { freezeDeep } from '../freeze.js'
import { checkProgram } from './check.js'
import { Literal, type Program, Var } from './program.js'

const sealed = new WeakSet<Program>()

/** A program that is right, frozen with everything in it, so that it stays so. */
export const seal = <P extends Program>(program: P): P => {
  sealed.add(freezeDeep(program, [Var, Literal]))
  return program
}

/** @throws ProgramError unless the program is known to be right, or is found to be */
export const ensureSound = (program: Program): void => {
  if (!sealed.has(program)) checkProgram(program)
}
