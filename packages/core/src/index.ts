/**
 * puregrad: pure functions of immutable tensors, and functions of such functions.
 * First the values, then the transforms, then the vocabulary that models are written in.
 */
import './trace/evaluate.js'
import './numpy/methods.js'

export { flow, pipe } from 'fp-ts/lib/function.js'
// Values
export { type DType, dtypes } from './dtype.js'
export * from './errors.js'
export * as lax from './lax/index.js'
// The vocabulary
export * as np from './numpy/index.js'
export * as random from './random/index.js'
export type { Shape } from './shape.js'
export {
  type IndexEntry,
  type IndexMode,
  type NestedArray,
  type ReduceOptions,
  type Slice,
  Tensor,
  type TensorLike,
} from './tensor.js'
export { associativeScan } from './transforms/associative-scan.js'
export { type CheckpointOptions, type CheckpointPolicy, checkpoint } from './transforms/checkpoint.js'
export { cond, switchCase } from './transforms/cond.js'
export { customJvp } from './transforms/custom-jvp.js'
export { customVjp } from './transforms/custom-vjp.js'
export { evalShape, makeProgram, type ShapeDType, type TracedProgram } from './transforms/eval-shape.js'
export { type Configuration, configure } from './runtime/configuration.js'

// Derivatives
export { type GradAuxOptions, type GradOptions, grad, valueAndGrad } from './transforms/grad.js'
export { hessian, hvp, type Jacobian, type JacobianOptions, jacfwd, jacrev } from './transforms/jacobian.js'
export { type JitOptions, type JitStats, type Jitted, jit } from './transforms/jit.js'
export { jvp } from './transforms/jvp.js'

// Control flow
export { map, type ScanOptions, scan } from './transforms/scan.js'
export { stopGradient } from './transforms/stop-gradient.js'
export { linearize, linearTranspose, vjp } from './transforms/vjp.js'
// Batches and programs
export { type AxisTree, type VmapOptions, vmap } from './transforms/vmap.js'
export { foriLoop, whileLoop } from './transforms/while.js'
export * as tree from './tree/index.js'
export type { LeafOf, MapLeaves, Path, Tensors } from './tree/structure.js'
