/** Lowering a planned program to a list of kernel calls over fixed addresses. */
import { linkModule } from '@puregrad/kernels-as'
import { bytesOf, type DType, type TypedArray } from '../dtype.js'
import { TransformError } from '../errors.js'
import type { Block, ControlEmitter, Operand } from '../primitives/primitive.js'
import { type Atom, Literal, type Program, Var } from '../program/program.js'
import { emitCopy, isRowMajor, keepsStrides } from '../runtime/layout.js'
import { align, claim, heapBase, kernelNamed, kernels, reserve, writeInt32 } from '../runtime/memory.js'
import { sizeOf } from '../shape.js'
import type { ConcreteTensor } from '../tensor.js'
import { encodeModule, type FunctionCode } from './fusion/encode.js'
import { generate } from './fusion/generate.js'
import { fuse, fused } from './fusion/group.js'
import { type FusedLoop, fusedLoop } from './fusion/lower.js'
import { optimise } from './optimise.js'
import { placeOf, planMemory } from './plan.js'

const maximumPages = 32768 // as the kernels' memory

type Kernel = (...args: number[]) => unknown

/** One kernel call, or one step of control flow. */
interface Instruction {
  run: Kernel
  readonly args: number[]
}

/** A constant and where it has to be before the program runs. */
export interface StaticData {
  readonly dtype: DType
  readonly array: TypedArray
  readonly rowMajor: boolean
  pointer: number
}

/** Addresses of constants are not known until everything else is placed; until then they are written from here up. */
const staticBase = 2 ** 40

const notLinked = (): never => {
  throw new Error('a fused loop runs before its program is finished')
}

/** The kernel calls of one program and everything nested in it. */
export class Assembly implements ControlEmitter {
  private instructions: Instruction[] = []
  private readonly all: Instruction[] = []
  private readonly operands: { pointer: number }[] = []
  private top: number
  private highest: number
  private staticBytes = 0
  private readonly tables = new Map<string, number>()
  private readonly ints: { readonly offset: number; readonly values: readonly number[] }[] = []
  private readonly constants = new Map<ConcreteTensor, StaticData[]>()
  private readonly loops: { readonly instruction: Instruction; readonly code: FunctionCode }[] = []
  kernelCalls = 0

  constructor() {
    this.top = heapBase()
    this.highest = this.top
  }

  call = (kernel: string, ...args: number[]): void => {
    this.kernelCalls++
    this.push({ run: kernelNamed(kernel), args })
  }
  step = (run: () => void): void => this.push({ run, args: [] })

  scratch = (bytes: number): number => {
    const pointer = this.top
    this.top += align(bytes)
    this.highest = Math.max(this.highest, this.top)
    return pointer
  }

  table = (ints: readonly number[]): number => {
    const key = ints.join()
    let pointer = this.tables.get(key)
    if (pointer === undefined) {
      pointer = this.reserveStatic(ints.length * 4)
      this.ints.push({ offset: pointer - staticBase, values: ints })
      this.tables.set(key, pointer)
    }
    return pointer
  }

  /** Runs a kernel now. Tables that it reads are put into memory first, where nothing else is while a program is compiled. */
  query = (kernel: string, ...args: number[]): number => {
    if (args.some((a) => a >= staticBase)) {
      // Whoever's constants were there has to write them again, even if this program never runs.
      claim(this)
      this.writeTables(heapBase())
    }
    const actual = args.map((a) => (a >= staticBase ? a - staticBase + heapBase() : a))
    return kernelNamed(kernel)(...actual)
  }

  contiguous = (operand: Operand): number => {
    if (isRowMajor(operand.shape, operand.strides)) return operand.pointer
    const pointer = this.scratch(sizeOf(operand.shape) * bytesOf(operand.dtype))
    emitCopy(this, operand, pointer)
    return pointer
  }

  block = (source: Program, bound: readonly (Operand | null)[] = []): Block => {
    const program = fuse(optimise(source))
    const outer = this.instructions
    const own: Instruction[] = []
    this.instructions = own
    const external = new Map(program.inputs.flatMap((v, i) => (bound[i] ? [[v, bound[i]] as const] : [])))
    const { inputs, outputs } = this.program(program, external, true)
    this.instructions = outer
    return { inputs, outputs, run: () => execute(own) }
  }

  /**
   * Plans and lowers a program at the current top of memory. Its outputs have buffers of their own, apart from the inputs,
   * and stay there until the equation that it belongs to is done. `external` inputs are read where they are; `keepInputs`
   * says that inputs must survive, because the program runs again.
   */
  program(
    program: Program,
    external: ReadonlyMap<Var, Operand> = new Map(),
    keepInputs = false,
  ): { readonly inputs: readonly Operand[]; readonly outputs: readonly Operand[] } {
    const pinned = ownBuffers(program)
    const survivors = new Set([...pinned.filter((v) => v !== null), ...(keepInputs ? program.inputs : [])])
    const plan = planMemory(program, survivors, new Set(external.keys()))
    const base = this.scratch(plan.bytes)
    const operand = (atom: Atom, keep: (strides: readonly number[]) => boolean): Operand => {
      const { root, strides } = placeOf(plan.places, atom)
      const { shape, dtype } = atom.abstract
      const kept = strides === null || keep(strides) ? strides : null
      if (!(root instanceof Literal)) {
        const outside = external.get(root)
        if (outside !== undefined) return this.remember({ pointer: outside.pointer, shape, dtype, strides: kept })
        return this.remember({ pointer: base + (plan.offsets.get(root) as number), shape, dtype, strides: kept })
      }
      return this.remember({
        pointer: this.constant(root.value, strides !== null && kept === null),
        shape,
        dtype,
        strides: kept,
      })
    }
    const rowMajor = (): boolean => false
    const floor = this.top
    for (const equation of program.equations) {
      if (plan.views.has(equation)) continue
      this.top = floor
      const { primitive, params } = equation
      const inputs = equation.inputs.map((a) => operand(a, (s) => keepsStrides(primitive, s, a.abstract.shape)))
      const outputs = equation.outputs.map((v) => operand(v, rowMajor))
      if (primitive === fused) this.loop(fusedLoop(this, equation, inputs, outputs))
      else if (primitive.control !== undefined) primitive.control(this, inputs, outputs, params)
      else if (primitive.lower !== undefined) primitive.lower(this, inputs, outputs, params)
      else
        throw new TransformError(
          `${primitive.name}: this operation has no kernels, so no program that holds it can run.`,
        )
    }
    this.top = floor
    const outputs = program.outputs.map((atom, i) => {
      if (pinned[i] !== null) return operand(atom, rowMajor)
      const source = operand(atom, () => true)
      const pointer = this.scratch(sizeOf(source.shape) * bytesOf(source.dtype))
      emitCopy(this, source, pointer)
      return this.remember({ ...source, pointer, strides: null })
    })
    // What runs after this program within the same equation must not overwrite it.
    this.top = this.highest
    return { inputs: program.inputs.map((v) => operand(v, rowMajor)), outputs }
  }

  /** Gives constants their final addresses and ends the program. */
  finish(): {
    readonly instructions: readonly Instruction[]
    readonly statics: readonly StaticData[]
    readonly end: number
    readonly writeTables: () => void
  } {
    this.link()
    const base = align(this.highest)
    const shift = base - staticBase
    for (const { args } of this.all) {
      for (let i = 0; i < args.length; i++) if ((args[i] as number) >= staticBase) args[i] = (args[i] as number) + shift
    }
    for (const operand of this.operands) if (operand.pointer >= staticBase) operand.pointer += shift
    const statics = [...this.constants.values()].flat()
    for (const s of statics) s.pointer += shift
    return {
      instructions: this.instructions,
      statics,
      end: base + this.staticBytes,
      writeTables: () => this.writeTables(base),
    }
  }

  private loop({ nest, pointers }: FusedLoop): void {
    this.kernelCalls++
    const instruction = { run: notLinked, args: [...pointers] }
    this.push(instruction)
    this.loops.push({ instruction, code: generate(nest) })
  }

  /** Compiles the fused loops of the program as one module, and puts them where they are called. */
  private link(): void {
    if (this.loops.length === 0) return
    const codes = this.loops.map((l) => l.code)
    const functions = linkModule(encodeModule(codes, maximumPages), kernels().memory)
    this.loops.forEach(({ instruction }, i) => {
      instruction.run = functions[`f${i}`] as Kernel
    })
  }

  private push(instruction: Instruction): void {
    this.instructions.push(instruction)
    this.all.push(instruction)
  }

  private remember(operand: Operand): Operand {
    this.operands.push(operand as { pointer: number })
    return operand
  }

  private reserveStatic(bytes: number): number {
    const pointer = staticBase + this.staticBytes
    this.staticBytes += align(bytes)
    return pointer
  }

  private constant(value: ConcreteTensor, rowMajor: boolean): number {
    const known = this.constants.get(value) ?? []
    let found = known.find((s) => s.rowMajor === rowMajor)
    if (found === undefined) {
      const array = rowMajor ? value.rowMajor() : value.view().array
      found = { dtype: value.dtype, array, rowMajor, pointer: this.reserveStatic(array.byteLength) }
      this.constants.set(value, [...known, found])
    }
    return found.pointer
  }

  private writeTables(base: number): void {
    reserve(base + this.staticBytes)
    for (const { offset, values } of this.ints) writeInt32(base + offset, values)
  }
}

/** For each output the variable that holds it alone; null if it has to be copied: a literal, an input, or one named twice. */
const ownBuffers = (program: Program): readonly (Var | null)[] => {
  const inputs = new Set(program.inputs)
  const taken = new Set<Var>()
  return program.outputs.map((atom) => {
    if (!(atom instanceof Var) || inputs.has(atom) || taken.has(atom)) return null
    taken.add(atom)
    return atom
  })
}

export const execute = (instructions: readonly Instruction[]): void => {
  for (let i = 0; i < instructions.length; i++) {
    const { run, args } = instructions[i] as Instruction
    run(...args)
  }
}
