/** Compiling a program for other hosts: one binary with fixed places for inputs and outputs. */
import { bytesOf, type DType } from '../dtype.js'
import type { Operand } from '../primitives/primitive.js'
import type { Atom, Equation, Program } from '../program/program.js'
import { portableKernels } from '../runtime/memory.js'
import { type Shape, sizeOf } from '../shape.js'
import { exportedFunctions } from '../wasm/signatures.js'
import { arrange } from './arrange.js'
import { Assembly } from './emit.js'
import { KernelBinary, linkStandalone, pageBytes } from './standalone.js'
import { titleOf } from './title.js'

/** Where one tensor is. */
export interface Placed {
  readonly shape: Shape
  readonly dtype: DType
  readonly pointer: number
  readonly bytes: number
}

export interface Standalone {
  readonly wasm: Uint8Array<ArrayBuffer>
  readonly memoryBytes: number
  readonly inputs: readonly Placed[]
  readonly outputs: readonly Placed[]
}

/** The program with its kernels, those without relaxed SIMD, which every engine has and which give the same bits everywhere. */
export const compileStandalone = (source: Program): Standalone => {
  const binary = new KernelBinary(portableKernels())
  const exported = exportedFunctions(binary.bytes)
  const index = (kernel: string): number => exported.get(kernel)?.index as number
  const program = arrange(source)
  const assembly = new Assembly({ kernel: index, functions: binary.bodies.length })
  const makers = new Map<Atom, Equation>(program.equations.flatMap((e) => e.outputs.map((v) => [v, e] as const)))
  const place = (atom: Atom): Placed => {
    const { shape, dtype } = atom.abstract
    const bytes = sizeOf(shape) * bytesOf(dtype)
    const maker = makers.get(atom)
    assembly.room.enter(atom.abstract, () => (maker === undefined ? 'an argument' : titleOf(maker)))
    return { shape, dtype, pointer: assembly.scratch(bytes), bytes }
  }
  const operand = ({ shape, dtype, pointer }: Placed): Operand => ({ shape, dtype, pointer, strides: null })
  const inputs = program.inputs.map(place)
  const outputs = program.outputs.map(place)
  assembly.program(program, inputs.map(operand), outputs.map(operand))
  const { functions, kernels, constants, tables, end } = assembly.finish()
  const data = [
    ...constants.map(({ pointer, array }) => ({
      pointer,
      bytes: new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
    })),
    ...tables.map(({ pointer, values }) => ({ pointer, bytes: new Uint8Array(Int32Array.from(values).buffer) })),
  ]
  return {
    wasm: linkStandalone(binary, functions, kernels.map(index), data, end),
    memoryBytes: Math.ceil(end / pageBytes) * pageBytes,
    inputs,
    outputs,
  }
}
