/** The compiler's passes over programs, for tests: every one of them keeps results, bit for bit. */
import { eliminateCommonSubexpressions } from '../program/cse.js'
import { eliminateDeadCode } from '../program/dce.js'
import { foldConstants } from '../program/fold.js'
import { hoistInvariants } from '../program/hoist.js'
import { inlineCalls } from '../program/inline.js'
import type { Program } from '../program/program.js'
import { pruneNested } from '../program/prune.js'
import { simplify } from '../program/simplify.js'

/** By name, in the order in which they run. */
export const passes: Readonly<Record<string, (program: Program) => Program>> = Object.freeze({
  inlineCalls,
  pruneNested,
  foldConstants,
  simplify,
  hoistInvariants,
  eliminateCommonSubexpressions,
  eliminateDeadCode: (program: Program) => eliminateDeadCode(program).program,
})
