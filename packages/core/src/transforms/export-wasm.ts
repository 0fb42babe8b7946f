/** `exportWasm`: a function as a WebAssembly binary of its own, which runs without this library. */
import { compileStandalone } from '../compile/export.js'
import type { DType } from '../dtype.js'
import { TransformError } from '../errors.js'
import { frozenShape, type Shape } from '../shape.js'
import { stage } from '../trace/stage.js'
import { flatFunction, flattenTensors } from '../tree/flat-function.js'
import { leafPaths, type Structure, showPath, unflatten } from '../tree/structure.js'

/** Where one tensor is in the memory of an exported function. */
export interface WasmTensor {
  /** Its place among the arguments or in the result, as in `[0].kernel`; empty for a result that is one tensor. */
  readonly path: string
  readonly shape: Shape
  readonly dtype: DType
  /** The address of its first element; elements follow one another row-major, little-endian, bool as bytes of 0 and 1. */
  readonly pointer: number
  readonly bytes: number
}

/** What a host has to know to call an exported function; plain data. */
export interface WasmDescription {
  readonly version: 1
  /** The exported function to call, without arguments, once the inputs are in memory. */
  readonly run: 'run'
  /** The exported memory. */
  readonly memory: 'memory'
  /** Bytes of memory that the module has from the start; it never grows. */
  readonly memoryBytes: number
  readonly inputs: readonly WasmTensor[]
  /** Written anew by every run, which leaves the inputs as they are. */
  readonly outputs: readonly WasmTensor[]
}

export interface WasmExport {
  /** A binary without imports: WebAssembly 2.0 (128-bit SIMD, bulk memory). */
  readonly wasm: ReturnType<Uint8ArrayConstructor['of']> // Uint8Array<ArrayBuffer>, which TypeScript 5.4 has no parameter for
  readonly description: WasmDescription
}

/**
 * Compiles a pure function with the kernels that it needs into one WebAssembly binary that imports nothing: a trained
 * `predict`, or a whole training step, for any WebAssembly runtime. Shapes and dtypes are those of the example arguments;
 * tensors that the function closes over become part of the binary. Its results have the same bits as with
 * `configure({ deterministic: true })`, on every machine.
 * @returns the binary, and where inputs and outputs are in its memory
 * @throws ConcretizationError if the function needs the number of a traced value, TransformError inside another transform
 * @example
 * const { wasm, description } = exportWasm((x: Tensor) => np.tanh(x).sum(), np.zeros([3]))
 * const { memory, run } = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as never as {
 *   memory: WebAssembly.Memory
 *   run: () => void
 * }
 * new Float32Array(memory.buffer, description.inputs[0]?.pointer, 3).set([0, 1, 2])
 * run()
 * new Float32Array(memory.buffer, description.outputs[0]?.pointer, 1)[0] // 1.7256217
 */
export const exportWasm = <A extends readonly unknown[]>(f: (...args: A) => unknown, ...exampleArgs: A): WasmExport => {
  const [leaves, structure] = flattenTensors(exampleArgs)
  const flat = flatFunction(f as (...args: never[]) => unknown, structure)
  const { program, constants } = stage(flat.call, leaves)
  if (constants.length > 0) {
    throw new TransformError(
      'exportWasm: the function closes over a traced value. Export outside of grad, vmap and jit, or pass the value as an argument.',
    )
  }
  const { wasm, memoryBytes, inputs, outputs } = compileStandalone(program)
  const described = (tensors: typeof inputs, paths: readonly string[]): readonly WasmTensor[] =>
    Object.freeze(tensors.map((x, i) => Object.freeze({ path: paths[i] as string, ...x, shape: frozenShape(x.shape) })))
  return {
    wasm,
    description: Object.freeze({
      version: 1,
      run: 'run',
      memory: 'memory',
      memoryBytes,
      inputs: described(inputs, pathsOf(structure)),
      outputs: described(outputs, pathsOf(flat.outputStructure())),
    }),
  }
}

const pathsOf = (structure: Structure): readonly string[] =>
  leafPaths(unflatten(structure, new Array<number>(structure.leafCount).fill(0) as never)).map((p) => showPath(p, ''))
