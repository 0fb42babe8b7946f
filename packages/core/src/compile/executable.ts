/** Compiling a program: passes, memory plan, one WebAssembly module; and running what came out. */
import { bytesOf } from '../dtype.js'
import type { Operand } from '../primitives/primitive.js'
import { type Atom, Literal, type Program, type Var } from '../program/program.js'
import { enterRowMajor } from '../runtime/eager.js'
import { claim, copyIn, copyOut, encodeProgram, heapBase, linkProgram, writeInt32 } from '../runtime/memory.js'
import { discard, reserveArena, resides, settle, unpin } from '../runtime/residency.js'
import { abandonJob, announce, startThreads, threadFunctions } from '../runtime/threads.js'
import { sizeOf } from '../shape.js'
import { ConcreteTensor } from '../tensor.js'
import { arrange } from './arrange.js'
import { type Assembled, Assembly } from './emit.js'

export interface Executable {
  readonly run: (inputs: readonly ConcreteTensor[]) => readonly ConcreteTensor[]
  /** Memory that it works in, inputs and results included. */
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

/** Where an input or a result is: in a place of its own in the arena, or, if that is null, where residents are. */
interface Port {
  /** Its position among the inputs, or the outputs. */
  readonly at: number
  readonly slot: number | null
}

const bytesOfAtom = ({ abstract: { shape, dtype } }: Atom): number => sizeOf(shape) * bytesOf(dtype)

const build = (source: Program): Executable => {
  const program = arrange(source)
  const used = usedInputs(program)
  const assembly = new Assembly()
  const port = (atom: Atom, at: number): Port => {
    const bytes = bytesOfAtom(atom)
    return { at, slot: resides(bytes) ? null : assembly.scratch(bytes) }
  }
  const argument = (v: Var, at: number): Port => {
    assembly.room.enter(v.abstract, () => 'an argument')
    return port(v, at)
  }
  const operand = ({ abstract: { shape, dtype } }: Atom): Operand => ({
    pointer: assembly.cursor().pointer,
    shape,
    dtype,
    strides: null,
  })
  // What comes straight from an input or a constant is handed on without being copied.
  const handedOn = program.outputs.map((a) => (a instanceof Literal ? -1 : program.inputs.indexOf(a)))
  const isComputed = (a: Atom, i: number): boolean => !(a instanceof Literal) && handedOn[i] === -1
  const outputs = program.outputs.filter(isComputed)
  const inputPorts = program.inputs.flatMap((v, at) => (used.has(v) ? [argument(v, at)] : []))
  const outputPorts = program.outputs.flatMap((a, at) => (isComputed(a, at) ? [port(a, at)] : []))
  const unusedInput: Operand = { pointer: 0, shape: [], dtype: 'float32', strides: null }
  assembly.program(
    { ...program, outputs },
    program.inputs.map((v) => (used.has(v) ? operand(v) : unusedInput)),
    outputs.map(operand),
  )
  const { functions, imports, threads, tables, constants, pointers, end } = assembly.finish()
  const elsewhere = [
    ...inputPorts.map(({ at, slot }) => ({ atom: program.inputs[at] as Atom, slot })),
    ...outputPorts.map(({ at, slot }) => ({ atom: program.outputs[at] as Atom, slot })),
  ].reduce((sum, { atom, slot }) => (slot === null ? sum + bytesOfAtom(atom) : sum), 0)
  assembly.room.check(end + elsewhere)
  const owner = {}
  const execute = link(owner, functions, imports, threads)
  const table = new Array<number>(inputPorts.length + outputPorts.length)

  const prepare = (): void => {
    if (claim(owner)) return
    // Nobody's until all of it is there.
    claim(undefined)
    for (const { pointer, values } of tables) writeInt32(pointer, values)
    for (const { dtype, array, pointer } of constants) copyIn(dtype, array, pointer)
    claim(owner)
  }

  const run = (values: readonly ConcreteTensor[]): readonly ConcreteTensor[] => {
    reserveArena(end)
    const results: (ReturnType<typeof settle> | null)[] = []
    try {
      inputPorts.forEach(({ at, slot }, i) => {
        table[i] = slot ?? enterRowMajor(values[at] as ConcreteTensor)
      })
      outputPorts.forEach(({ at, slot }, i) => {
        const { shape, dtype } = (program.outputs[at] as Atom).abstract
        const resident = slot === null ? settle(dtype, sizeOf(shape)) : null
        table[inputPorts.length + i] = resident?.pointer ?? (slot as number)
        results.push(resident)
      })
      prepare()
      for (const { at, slot } of inputPorts) {
        if (slot === null) continue
        const value = values[at] as ConcreteTensor
        copyIn(value.dtype, value.elements(), slot)
      }
      writeInt32(pointers, table)
      execute()
      let next = 0
      return program.outputs.map((atom, at) => {
        if (atom instanceof Literal) return atom.value
        const input = handedOn[at] as number
        if (input !== -1) return values[input] as ConcreteTensor
        const { shape, dtype, weakType } = atom.abstract
        const storage =
          results[next]?.storage ?? copyOut(dtype, table[inputPorts.length + next] as number, sizeOf(shape))
        next++
        return new ConcreteTensor(shape, dtype, storage, weakType)
      })
    } catch (error) {
      discard(results.map((r) => r?.storage ?? null))
      throw error
    } finally {
      unpin()
    }
  }
  return { run, arenaBytes: end - heapBase() + elsewhere, kernelCalls: assembly.kernelCalls, program }
}

/** The program as a function. Threads that could help with it start when it first runs. */
const link = (
  owner: object,
  functions: Assembled['functions'],
  imports: Assembled['imports'],
  threads: Assembled['threads'],
): (() => void) => {
  const binary = encodeProgram(functions, imports)
  const exports = linkProgram(binary, threads === null ? null : threadFunctions())
  const main = exports[`f${functions.length - 1}`] as () => void
  if (threads === null) return main
  announce(owner, threads.program, binary, `f${threads.work}`)
  return () => {
    startThreads()
    try {
      main()
    } catch (error) {
      abandonJob()
      throw error
    }
  }
}

const usedInputs = (program: Program): ReadonlySet<Var> => {
  const used = new Set<Var>()
  for (const equation of program.equations) for (const a of equation.inputs) if (!(a instanceof Literal)) used.add(a)
  return used
}
