/** Compiling a program: passes, memory plan, one WebAssembly module; and running what came out. */

import { bytesOf } from '../dtype.js'
import type { Operand } from '../primitives/primitive.js'
import { type Atom, Literal, type Program, type Var } from '../program/program.js'
import { claim, copyIn, copyOut, heapBase, linkProgram, reserve, writeInt32 } from '../runtime/memory.js'
import { sizeOf } from '../shape.js'
import { ConcreteTensor } from '../tensor.js'
import { Assembly } from './emit.js'
import { fuse } from './fusion/group.js'
import { optimise } from './optimise.js'

export interface Executable {
  readonly run: (inputs: readonly ConcreteTensor[]) => readonly ConcreteTensor[]
  readonly arenaBytes: number
  readonly kernelCalls: number
  /** The program after all passes. */
  readonly program: Program
}

const executables = new WeakMap<Program, Executable>()

/** What a program was compiled to, if it was. */
export const compiled = (program: Program): Executable | undefined => executables.get(program)

/** Compiles a program; remembered for as long as the program lives. */
export const compile = (program: Program): Executable => {
  let executable = executables.get(program)
  if (executable === undefined) {
    executable = build(program)
    executables.set(program, executable)
  }
  return executable
}

const build = (source: Program): Executable => {
  const program = fuse(optimise(source))
  const used = usedInputs(program)
  const assembly = new Assembly()
  const slot = (atom: Atom): number => assembly.scratch(sizeOf(atom.abstract.shape) * bytesOf(atom.abstract.dtype))
  // What comes straight from an input or a constant is handed on without being copied.
  const computed = program.outputs.map((a) => !(a instanceof Literal) && !program.inputs.includes(a))
  const inputSlots = program.inputs.map((v) => (used.has(v) ? slot(v) : 0))
  const outputSlots = program.outputs.map((a, i) => (computed[i] ? slot(a) : 0))
  const bound = (atom: Atom): Operand => {
    const { shape, dtype } = atom.abstract
    return { pointer: assembly.cursor().pointer, shape, dtype, strides: null }
  }
  const inputs = program.inputs.map(bound)
  const outputs = program.outputs.filter((_, i) => computed[i]).map(bound)
  assembly.program({ ...program, outputs: program.outputs.filter((_, i) => computed[i]) }, inputs, outputs)
  const assembled = assembly.finish()
  const execute = linkProgram(assembled.functions, assembled.kernels)
  const pointers = [...inputSlots, ...outputSlots.filter((_, i) => computed[i])]
  const owner = {}

  const prepare = (): void => {
    reserve(assembled.end)
    if (claim(owner)) return
    for (const { pointer, values } of assembled.tables) writeInt32(pointer, values)
    for (const { dtype, array, pointer } of assembled.constants) copyIn(dtype, array, pointer)
  }

  const run = (values: readonly ConcreteTensor[]): readonly ConcreteTensor[] => {
    const arrays = values.map((x, i) => (used.has(program.inputs[i] as Var) ? x.elements() : null))
    prepare()
    writeInt32(assembled.pointers, pointers)
    arrays.forEach((array, i) => {
      if (array !== null) copyIn((values[i] as ConcreteTensor).dtype, array, inputSlots[i] as number)
    })
    execute()
    return program.outputs.map((atom, i) => {
      if (atom instanceof Literal) return atom.value
      if (!computed[i]) return values[program.inputs.indexOf(atom)] as ConcreteTensor
      const { shape, dtype, weakType } = atom.abstract
      return new ConcreteTensor(shape, dtype, copyOut(dtype, outputSlots[i] as number, sizeOf(shape)), weakType)
    })
  }
  return { run, arenaBytes: assembled.end - heapBase(), kernelCalls: assembly.kernelCalls, program }
}

const usedInputs = (program: Program): ReadonlySet<Var> => {
  const used = new Set<Var>()
  for (const equation of program.equations) for (const a of equation.inputs) if (!(a instanceof Literal)) used.add(a)
  return used
}
