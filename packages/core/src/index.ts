/**
 * puregrad: pure functions of immutable tensors, and functions of such functions.
 * First the values, then the transforms, then the vocabulary that models are written in.
 */
import './trace/evaluate.js'
import './numpy/methods.js'

// Values
export { type DType, dtypes } from './dtype.js'
export * from './errors.js'
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
export * as tree from './tree/index.js'
export type { LeafOf, MapLeaves, Path, Tensors } from './tree/structure.js'
export { flow, pipe } from 'fp-ts/lib/function.js'

// Derivatives
export { grad, type GradAuxOptions, type GradOptions, valueAndGrad } from './transforms/grad.js'
export { jvp } from './transforms/jvp.js'
export { linearize, linearTranspose, vjp } from './transforms/vjp.js'
export { hessian, hvp, jacfwd, type Jacobian, type JacobianOptions, jacrev } from './transforms/jacobian.js'
export { checkpoint, type CheckpointOptions, type CheckpointPolicy } from './transforms/checkpoint.js'
export { customJvp } from './transforms/custom-jvp.js'
export { customVjp } from './transforms/custom-vjp.js'
export { stopGradient } from './transforms/stop-gradient.js'

// Batches and programs
export { type AxisTree, vmap, type VmapOptions } from './transforms/vmap.js'
export { jit, type JitOptions, type JitStats, type Jitted } from './transforms/jit.js'
export { evalShape, makeProgram, type ShapeDType, type TracedProgram } from './transforms/eval-shape.js'

// Control flow
export { map, scan, type ScanOptions } from './transforms/scan.js'
export { foriLoop, whileLoop } from './transforms/while.js'
export { cond, switchCase } from './transforms/cond.js'
export { associativeScan } from './transforms/associative-scan.js'

// The vocabulary
export * as np from './numpy/index.js'
export * as lax from './lax/index.js'
export * as random from './random/index.js'
