/**
 * puregrad: pure functions of immutable tensors, and functions of such functions.
 * First the values, then the transforms, then the vocabulary that models are written in.
 */
import './trace/evaluate.js'
import './numpy/methods.js'
import './comparable.js'

// Values
export {
  type IndexedUpdate,
  type IndexEntry,
  type IndexMode,
  type NestedArray,
  type ReduceOptions,
  type Slice,
  Tensor,
  type TensorLike,
} from './tensor.js'
export { type DType, dtypes, type TypedArray } from './dtype.js'
export type { Shape } from './shape.js'
export * as tree from './tree/index.js'
export type { LeafOf, MapLeaves, Path, Tensors, Unchanged, WithNumbers } from './tree/structure.js'
export type { Destructures, TupleOf } from './tuple.js'
export * from './errors.js'
export { checkOptions, isRecord, named, operation } from './operation.js'
export { freezeDeep } from './freeze.js'
export { show } from './show.js'
export { closest } from './spelling.js'
export { type About, aboutOf, withAbout } from './about.js'
export { flow, pipe } from 'fp-ts/lib/function.js'

// Derivatives
export { type GradAuxOptions, type GradOptions, grad, valueAndGrad } from './transforms/grad.js'
export { jvp } from './transforms/jvp.js'
export { linearize, linearTranspose, vjp } from './transforms/vjp.js'
export { hessian, hvp, type Jacobian, type JacobianOptions, jacfwd, jacrev } from './transforms/jacobian.js'
export type { Argnums, Chosen, Selected } from './transforms/arguments.js'
export { customJvp } from './transforms/custom-jvp.js'
export { customVjp } from './transforms/custom-vjp.js'
export { stopGradient } from './transforms/stop-gradient.js'
export { type CheckpointOptions, type CheckpointPolicy, checkpoint } from './transforms/checkpoint.js'

// Batches and programs
export { type AxisTree, type VmapOptions, vmap } from './transforms/vmap.js'
export { type JitOptions, type JitStats, type Jitted, jit } from './transforms/jit.js'
export type { Cost } from './compile/cost.js'
export { evalShape, makeProgram, type ShapeDType, type TracedProgram } from './transforms/eval-shape.js'
export { exportWasm, type WasmDescription, type WasmExport, type WasmTensor } from './transforms/export-wasm.js'
export type { Atom, Equation, Literal, Program, Var } from './program/program.js'
export { type Configuration, configure } from './runtime/configuration.js'
export { evaluateProgram } from './transforms/evaluate-program.js'
export { type ProgramJson, type ProgramJsonError, programToJson } from './program/json.js'
export { programFromJson } from './transforms/program-from-json.js'

// Control flow
export { map, type ScanOptions, scan } from './transforms/scan.js'
export { cond, switchCase } from './transforms/cond.js'
export { foriLoop, whileLoop } from './transforms/while.js'
export { type AssociativeScanOptions, associativeScan } from './transforms/associative-scan.js'

// The vocabulary
export * as np from './numpy/index.js'
export * as lax from './lax/index.js'
export * as random from './random/index.js'
export * as image from './image/index.js'
