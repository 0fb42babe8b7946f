/** Control flow, implicit solutions, and collectives over named axes. */
export { associativeScan } from '../transforms/associative-scan.js'
export { allGather, axisIndex, type Collective, pmax, pmean, pmin, ppermute, psum } from '../transforms/collectives.js'
export { cond, switchCase } from '../transforms/cond.js'
export { customRoot } from '../transforms/custom-root.js'
export { customLinearSolve, type LinearSolveOptions } from '../transforms/linear-solve.js'
export { map, type ScanOptions, scan } from '../transforms/scan.js'
export { stopGradient } from '../transforms/stop-gradient.js'
export { foriLoop, whileLoop } from '../transforms/while.js'
