/** Compiling a program: passes, memory plan, one WebAssembly module; and running what came out. */
import { bytesOf } from '../dtype.js'
import type { Cursor, Operand } from '../primitives/primitive.js'
import { type Atom, Literal, type Program, type Var } from '../program/program.js'
import { enterRowMajor } from '../runtime/eager.js'
import { claim, copyIn, copyOut, encodeProgram, heapBase, linkProgram, writeInt32 } from '../runtime/memory.js'
import { discard, inherit, keepInKernels, reserveArena, resides, settle, unpin } from '../runtime/residency.js'
import { abandonJob, announce, startThreads, threadFunctions } from '../runtime/threads.js'
import { sizeOf } from '../shape.js'
import { ConcreteTensor, type Storage } from '../tensor.js'
import { arrange } from './arrange.js'
import { type Assembled, Assembly } from './emit.js'
import { givingUp } from './inherit.js'

export interface Executable {
  /** @param inputs those that are given up have storages of their own */
  readonly run: (inputs: readonly ConcreteTensor[]) => readonly ConcreteTensor[]
  /** Memory that it works in, inputs and results included. */
  readonly arenaBytes: number
  readonly kernelCalls: number
  /** The program after all passes. */
  readonly program: Program
}

const executables = new WeakMap<Program, Map<string, Executable>>()

/** What a program was compiled to so far. */
export const compiled = (program: Program): readonly Executable[] => [...(executables.get(program)?.values() ?? [])]

/**
 * Compiles a program; remembered for as long as the program lives.
 * @param givenUp positions of inputs whose places results may have: nobody reads them after a run
 */
export const compile = (program: Program, givenUp: readonly number[] = []): Executable => {
  const known = executables.get(program) ?? new Map<string, Executable>()
  const key = givenUp.join()
  let executable = known.get(key)
  if (executable === undefined) {
    executable = build(program, givenUp)
    executables.set(program, known.set(key, executable))
  }
  return executable
}

/** Where an input or a result is when the program runs. */
interface Port {
  /** Its position among the inputs, or the outputs. */
  readonly at: number
  /** A place of its own in the arena, or null: where residents are. */
  readonly slot: number | null
  /** Which entry of the pointer table says where. */
  readonly cursor: Cursor
}

interface ResultPort extends Port {
  /** The input, given up, in whose place it is; null if it has one of its own. */
  readonly of: Port | null
}

const bytesOfAtom = ({ abstract: { shape, dtype } }: Atom): number => sizeOf(shape) * bytesOf(dtype)
const unusedInput: Operand = { pointer: 0, shape: [], dtype: 'float32', strides: null }

const build = (source: Program, givenUp: readonly number[]): Executable => {
  const arranged = arrange(source)
  const { program, heirs } = givingUp(arranged, offered(arranged, givenUp))
  const used = usedInputs(program)
  const assembly = new Assembly()
  const port = (atom: Atom, at: number): Port => {
    const bytes = bytesOfAtom(atom)
    return { at, slot: resides(bytes) ? null : assembly.scratch(bytes), cursor: assembly.cursor() }
  }
  const inputPorts = program.inputs.flatMap((v, at) => {
    if (!used.has(v)) return []
    assembly.room.enter(v.abstract, () => 'an argument')
    return [port(v, at)]
  })
  const portOf = new Map(inputPorts.map((x) => [program.inputs[x.at] as Var, x]))
  // What comes straight from an input or a constant is handed on without being copied.
  const handedOn = program.outputs.map((a) => (a instanceof Literal ? -1 : program.inputs.indexOf(a)))
  const resultPorts = program.outputs.flatMap((a, at): readonly ResultPort[] => {
    if (a instanceof Literal || handedOn[at] !== -1) return []
    const heir = heirs.get(a)
    const of = heir !== undefined && program.outputs.indexOf(a) === at ? (portOf.get(heir) as Port) : null
    return [of === null ? { ...port(a, at), of } : { ...of, at, of }]
  })
  const operand = ({ abstract: { shape, dtype } }: Atom, { cursor }: Port): Operand => ({
    pointer: cursor.pointer,
    shape,
    dtype,
    strides: null,
  })
  const outputs = resultPorts.map(({ at }) => program.outputs[at] as Var)
  assembly.program(
    { ...program, outputs },
    program.inputs.map((v) => {
      const own = portOf.get(v)
      return own === undefined ? unusedInput : operand(v, own)
    }),
    resultPorts.map((own, i) => operand(outputs[i] as Var, own)),
  )
  const { functions, imports, threads, tables, constants, pointers, end } = assembly.finish()
  const elsewhere = [
    ...inputPorts.filter((x) => x.slot === null).map((x) => program.inputs[x.at] as Var),
    ...resultPorts.filter((x) => x.slot === null && x.of === null).map((x) => program.outputs[x.at] as Var),
  ].reduce((sum, v) => sum + bytesOfAtom(v), 0)
  assembly.room.check(end + elsewhere)
  const owner = {}
  const execute = link(owner, functions, imports, threads)
  const table = new Array<number>(inputPorts.length + resultPorts.filter((x) => x.of === null).length)

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
    const storages: (Storage | null)[] = []
    let begun = false
    try {
      for (const { at, slot, cursor } of inputPorts) {
        table[cursor.cell] = slot ?? enterRowMajor(values[at] as ConcreteTensor)
      }
      for (const { of } of resultPorts) if (of !== null) keepInKernels(storageOf(values[of.at] as ConcreteTensor))
      for (const { at, slot, of, cursor } of resultPorts) {
        const { shape, dtype } = (program.outputs[at] as Var).abstract
        const settled = slot === null && of === null ? settle(dtype, sizeOf(shape)) : null
        if (of === null) table[cursor.cell] = settled?.pointer ?? (slot as number)
        storages.push(settled?.storage ?? null)
      }
      prepare()
      for (const { at, slot } of inputPorts) {
        if (slot === null) continue
        const value = values[at] as ConcreteTensor
        copyIn(value.dtype, value.elements(), slot)
      }
      writeInt32(pointers, table)
      begun = true
      execute()
      let next = 0
      return program.outputs.map((atom, at) => {
        if (atom instanceof Literal) return atom.value
        const input = handedOn[at] as number
        if (input !== -1) return values[input] as ConcreteTensor
        const { shape, dtype, weakType } = atom.abstract
        const { of, cursor } = resultPorts[next] as ResultPort
        const storage =
          of === null
            ? (storages[next] ?? copyOut(dtype, table[cursor.cell] as number, sizeOf(shape)))
            : inherit(dtype, sizeOf(shape), storageOf(values[of.at] as ConcreteTensor))
        next++
        return new ConcreteTensor(shape, dtype, storage, weakType)
      })
    } catch (error) {
      discard(storages)
      if (begun)
        discard(resultPorts.flatMap(({ of }) => (of === null ? [] : [storageOf(values[of.at] as ConcreteTensor)])))
      throw error
    } finally {
      unpin()
    }
  }
  return { run, arenaBytes: end - heapBase() + elsewhere, kernelCalls: assembly.kernelCalls, program }
}

/** Where large tensors that have entered are. */
const storageOf = (x: ConcreteTensor): Storage => x.backing() as Storage

/** Those of the inputs that are given up in whose place a result may be: large ones that somebody reads. */
const offered = (program: Program, givenUp: readonly number[]): ReadonlySet<Var> => {
  if (givenUp.length === 0) return new Set()
  const used = usedInputs(program)
  return new Set(givenUp.map((i) => program.inputs[i] as Var).filter((v) => used.has(v) && resides(bytesOfAtom(v))))
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
