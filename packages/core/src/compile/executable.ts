/** Compiling a program: passes, memory plan, kernel calls; and running what came out. */
import { Literal, type Program, type Var } from '../program/program.js'
import { claim, copyIn, copyOut, heapBase, reserve } from '../runtime/memory.js'
import { sizeOf } from '../shape.js'
import { ConcreteTensor } from '../tensor.js'
import { Assembly, execute } from './emit.js'
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
  const assembly = new Assembly()
  const { inputs, outputs } = assembly.program(program)
  const { instructions, statics, end, writeTables } = assembly.finish()
  const used = usedInputs(program)
  const owner = {}

  const prepare = (): void => {
    reserve(end)
    if (claim(owner)) return
    writeTables()
    for (const { dtype, array, pointer } of statics) copyIn(dtype, array, pointer)
  }

  const run = (values: readonly ConcreteTensor[]): readonly ConcreteTensor[] => {
    const arrays = values.map((x, i) => (used.has(program.inputs[i] as Var) ? x.elements() : null))
    prepare()
    arrays.forEach((array, i) => {
      if (array !== null) copyIn((values[i] as ConcreteTensor).dtype, array, (inputs[i] as { pointer: number }).pointer)
    })
    execute(instructions)
    return program.outputs.map((atom, i) => {
      if (atom instanceof Literal) return atom.value
      const passed = program.inputs.indexOf(atom)
      if (passed !== -1) return values[passed] as ConcreteTensor
      const { pointer, shape, dtype } = outputs[i] as {
        pointer: number
        shape: readonly number[]
        dtype: ConcreteTensor['dtype']
      }
      return new ConcreteTensor(shape, dtype, copyOut(dtype, pointer, sizeOf(shape)), atom.abstract.weakType)
    })
  }
  return { run, arenaBytes: end - heapBase(), kernelCalls: assembly.kernelCalls, program }
}

const usedInputs = (program: Program): ReadonlySet<Var> => {
  const used = new Set<Var>()
  for (const equation of program.equations) for (const a of equation.inputs) if (!(a instanceof Literal)) used.add(a)
  return used
}
