/** What happens to every program before it is lowered, those that loops and branches hold included. */
import { eliminateCommonSubexpressions } from '../program/cse.js'
import { foldConstants } from '../program/fold.js'
import { hoistInvariants } from '../program/hoist.js'
import { inlineCalls } from '../program/inline.js'
import { mapNested } from '../program/nested.js'
import { memoByProgram, type Program } from '../program/program.js'
import { pruneNested } from '../program/prune.js'
import { simplify } from '../program/simplify.js'

/**
 * The passes, in the order in which they run: calls are written out and dead code goes before anything is looked at; what loops
 * hold is optimised before it is moved out of them; what was moved out may be there already. Inputs and outputs stay what they are.
 */
export const optimise: (program: Program) => Program = memoByProgram(
  () => '',
  (program: Program): Program => {
    const own = simplify(foldConstants(pruneNested(inlineCalls(program))))
    return pruneNested(eliminateCommonSubexpressions(hoistInvariants(mapNested(own, optimise))))
  },
)
