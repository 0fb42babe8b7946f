/** Programs that were traced or checked, and can no longer be changed. */
import { freezeDeep } from '../freeze.js'
import { checkProgram } from './check.js'
import { showProgram } from './print.js'
import { Literal, type Program, Var } from './program.js'

/** A program that is right, to be handed out. It stays right: it is frozen with everything in it, when somebody first looks inside. */
class SealedProgram {
  readonly #program: Program

  constructor(program: Program) {
    this.#program = program
    Object.freeze(Object.defineProperties(this, parts))
  }
  static inside(sealed: SealedProgram): Program {
    return freezeDeep(sealed.#program, [Var, Literal])
  }
  static is(x: object): boolean {
    return #program in x
  }
  toString(): string {
    return showProgram(this.#program)
  }
}

// Properties of their own, so that records may be made of them; the same functions for all, which then are of one hidden class.
const parts: PropertyDescriptorMap = Object.fromEntries(
  (['inputs', 'equations', 'outputs'] as const).map((part) => [
    part,
    {
      enumerable: true,
      get(this: SealedProgram) {
        return SealedProgram.inside(this)[part]
      },
    },
  ]),
)

/** The program, which is right, for others to look at. */
export const seal = (program: Program): Program => new SealedProgram(program) as unknown as Program

/** @throws ProgramError unless the program is known to be right, or is found to be */
export const ensureSound = (program: Program): void => {
  if (!SealedProgram.is(program)) checkProgram(program)
}
