/** Programs that were traced or checked, and can no longer be changed. */
import { freezeDeep } from '../freeze.js'
import { checkProgram } from './check.js'
import { Literal, type Program, Var } from './program.js'

const sealed = new WeakSet<Program>()

/**
 * A program that is right, to be handed out, with what else its record has. It stays right: it is frozen with everything in it, when
 * somebody first looks inside.
 */
export const seal = <E extends object>(program: Program, more: E): Program & E => {
  let inside: Program | undefined
  const look = (): Program => {
    inside ??= freezeDeep(program, [Var, Literal])
    return inside
  }
  const handed: Program & E = Object.freeze({
    get inputs() {
      return look().inputs
    },
    get equations() {
      return look().equations
    },
    get outputs() {
      return look().outputs
    },
    ...more,
  })
  sealed.add(handed)
  return handed
}

/** @throws ProgramError unless the program is known to be right, or is found to be */
export const ensureSound = (program: Program): void => {
  if (!sealed.has(program)) checkProgram(program)
}
