/** What happens to every program before it is lowered, those that loops and branches hold included. */
import { eliminateCommonSubexpressions } from '../program/cse.js'
import { eliminateDeadCode } from '../program/dce.js'
import { foldConstants } from '../program/fold.js'
import { inlineCalls } from '../program/inline.js'
import { memoByProgram, type Program } from '../program/program.js'

/** The passes, in the order in which they run. Inputs and outputs stay what they are. */
export const optimise = memoByProgram(
  () => '',
  (program: Program): Program =>
    eliminateDeadCode(eliminateCommonSubexpressions(foldConstants(inlineCalls(program)))).program,
)
