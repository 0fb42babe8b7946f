/** Lowering a program to a tree of kernel calls, loops and branches, and that to one WebAssembly module. */
import { bytesOf, type DType, type TypedArray } from '../dtype.js'
import { TransformError } from '../errors.js'
import type { ControlEmitter, Cursor, Emitter, Operand } from '../primitives/primitive.js'
import { type Atom, Literal, type Program, Var } from '../program/program.js'
import { align } from '../runtime/align.js'
import { chunkCount, smallestChunk, smallestFork, startsOf } from '../runtime/chunks.js'
import { threadCount } from '../runtime/configuration.js'
import { emitCopy, isRowMajor, keepsStrides } from '../runtime/layout.js'
import {
  claim,
  controlBlock,
  heapBase,
  kernelNamed,
  kernelSignature,
  maximumBytes,
  writeInt32,
} from '../runtime/memory.js'
import { reserveArena } from '../runtime/residency.js'
import { mayBlock, nextProgram } from '../runtime/threads.js'
import { sizeOf } from '../shape.js'
import type { ConcreteTensor } from '../tensor.js'
import type { FunctionCode, FunctionImport } from '../wasm/encode.js'
import { addressOf, fromCell, inConstants } from './address.js'
import { arrange } from './arrange.js'
import { type Placement, programFunctions } from './body.js'
import type { Code } from './code.js'
import { generate, keyOf, type LoopNest } from './fusion/generate.js'
import { fused } from './fusion/group.js'
import { type FusedLoop, fusedLoop } from './fusion/lower.js'
import { interfere, nanosecondsOf, partOf, unitsOf } from './fusion/parts.js'
import { placeOf, planMemory } from './plan.js'
import { Room } from './room.js'
import { relocate, type Tile } from './tiling/relocate.js'
import { type TiledParams, tiled } from './tiling/tile.js'
import { titleOf } from './title.js'

/** A constant tensor and where it has to be before the program runs. */
export interface ConstantData {
  readonly dtype: DType
  readonly array: TypedArray
  readonly pointer: number
}

/** The functions of a program, with what has to be in memory when they run. */
export interface Assembled {
  /** The last one runs the program. */
  readonly functions: readonly FunctionCode[]
  /** Kernels that they call, in the order in which a module imports them. */
  readonly imports: readonly FunctionImport[]
  /** Names of the kernels among them. */
  readonly kernels: readonly string[]
  /** How threads help with it: under what number, and by which of its functions; null if it never forks. */
  readonly threads: { readonly program: number; readonly work: number } | null
  readonly constants: readonly ConstantData[]
  /** Shapes and strides that kernels read: int32s and where they start. */
  readonly tables: readonly { readonly pointer: number; readonly values: readonly number[] }[]
  /** Where the pointers of inputs, then of outputs, are read from: one int32 each. */
  readonly pointers: number
  /** First byte that the program does not use. */
  readonly end: number
}

/** Numbers of functions that exist already: a kernel binary's own, if the program becomes a part of it. */
export interface LinkTarget {
  readonly kernel: (name: string) => number
  readonly functions: number
}

/** The code of one program and everything nested in it, as it is being lowered. */
export class Assembly implements ControlEmitter {
  private code: Code[] = []
  /** Loops that come after the code, in any order. */
  private waiting: FusedLoop[] = []
  private top = heapBase()
  private highest = heapBase()
  private cells = 0
  private constantBytes = 0
  private readonly tables = new Map<string, number>()
  private readonly tableData: { readonly offset: number; readonly values: readonly number[] }[] = []
  private readonly constants = new Map<
    ConcreteTensor,
    { readonly rowMajor: boolean; readonly array: TypedArray; readonly offset: number }[]
  >()
  private readonly imports = new Map<string, number>()
  private readonly functions: FunctionCode[] = []
  private readonly loops = new Map<string, number>()
  private forking = false
  private forks = false
  kernelCalls = 0
  /** Keeps account of what has to fit into memory. */
  readonly room = new Room()

  /** @param target where the program becomes a part of; a module of its own imports its kernels instead. */
  constructor(private readonly target?: LinkTarget) {}

  call = (kernel: string, ...args: number[]): void => {
    this.kernelCalls++
    this.importKernel(kernel)
    this.append({ kind: 'call', target: kernel, args })
  }

  parallel = (
    units: number,
    nanoseconds: number,
    body: (emit: Emitter, first: number, count: number) => void,
    grain = 1,
  ): void => {
    const chunks = this.mayFork() ? chunkCount(units, nanoseconds, grain) : 1
    if (chunks === 1) {
      body(this, 0, units)
      return
    }
    this.flush()
    this.forking = true
    const starts = startsOf(units, chunks, grain)
    this.append({
      kind: 'fork',
      chunks: starts.map((first, i) => this.nested(() => body(this, first, (starts[i + 1] ?? units) - first))),
    })
    this.forking = false
    this.forks = true
  }

  scratch = (bytes: number): number => {
    const pointer = this.top
    const { base, offset } = addressOf(pointer)
    this.room.check(base === 'memory' ? offset + bytes : bytes)
    this.top += align(bytes)
    this.highest = Math.max(this.highest, this.top)
    return pointer
  }

  table = (ints: readonly number[]): number => {
    const key = ints.join()
    let pointer = this.tables.get(key)
    if (pointer === undefined) {
      const offset = this.reserveConstant(ints.length * 4)
      pointer = inConstants(offset)
      this.tableData.push({ offset, values: ints })
      this.tables.set(key, pointer)
    }
    return pointer
  }

  /** Runs a kernel now. Tables that it reads are put into memory first, where nothing else is while a program is compiled. */
  query = (kernel: string, ...args: number[]): number => {
    const addresses = args.map(addressOf)
    if (addresses.some((a) => a.base === 'constants')) {
      // Whoever's constants were there has to write them again, even if this program never runs.
      claim(this)
      reserveArena(heapBase() + this.constantBytes)
      for (const { offset, values } of this.tableData) writeInt32(heapBase() + offset, values)
    }
    // Bytes, which may be more than an int32 says.
    return (
      kernelNamed(kernel)(...addresses.map((a) => (a.base === 'constants' ? heapBase() + a.offset : a.offset))) >>> 0
    )
  }

  contiguous = (operand: Operand): number => {
    if (isRowMajor(operand.shape, operand.strides)) return operand.pointer
    const pointer = this.scratch(bytesOfOperand(operand))
    emitCopy(this, operand, pointer)
    return pointer
  }

  copy = (from: Operand, to: Operand): void => {
    const bytes = bytesOfOperand(to)
    if (bytes === 0 || from.pointer === to.pointer) return
    if (isRowMajor(from.shape, from.strides)) this.append({ kind: 'copy', from: from.pointer, to: to.pointer, bytes })
    else emitCopy(this, from, to.pointer)
  }

  cursor = (): Cursor => {
    const cell = this.cells++
    const pointer = fromCell(cell)
    return { cell, pointer, point: (to) => this.append({ kind: 'point', cell, to }) }
  }

  swap = (a: Cursor, b: Cursor): void => {
    this.append({ kind: 'swap', cells: [a.cell, b.cell] })
  }

  repeat = (count: number, body: () => void): void => {
    this.append({ kind: 'repeat', count, body: this.nested(body) })
  }

  whileTrue = (flag: number, test: () => void, body: () => void): void => {
    this.append({ kind: 'while', test: this.nested(test), flag, body: this.nested(body) })
  }

  branch = (index: number, branches: readonly (() => void)[]): void => {
    this.append({ kind: 'branch', index, branches: branches.map(this.nested) })
  }

  run = (source: Program, inputs: readonly Operand[], outputs: readonly Operand[]): void => {
    this.program(arrange(source), inputs, outputs)
  }

  /** The kernel's number as instructions name it; the module imports it from now on. */
  importKernel = (kernel: string): number => {
    let index = this.imports.get(kernel)
    if (index === undefined) {
      kernelNamed(kernel)
      index = this.target?.kernel(kernel) ?? this.imports.size
      this.imports.set(kernel, index)
    }
    return index
  }

  /**
   * Plans and lowers a program here: it reads its inputs where they are, never writes to them, and leaves its results in
   * `outputs`. Its own buffers are taken from the current top of memory, and stay taken until the equation that it belongs to
   * is done.
   */
  program(program: Program, inputs: readonly Operand[], outputs: readonly Operand[]): void {
    const given = new Map<Var, Operand>()
    program.inputs.forEach((v, i) => given.set(v, inputs[i] as Operand))
    const own = ownBuffers(program)
    own.forEach((v, i) => {
      if (v !== null) given.set(v, outputs[i] as Operand)
    })
    const plan = planMemory(program, new Set(given.keys()))
    for (const equation of program.equations) {
      for (const { abstract } of equation.outputs) {
        // A view takes no room, but what reads it counts its elements.
        const isSmallView = plan.views.has(equation) && sizeOf(abstract.shape) < maximumBytes()
        if (!isSmallView) this.room.enter(abstract, () => titleOf(equation))
      }
    }
    const base = this.scratch(plan.bytes)
    const operand = (atom: Atom, keep: (strides: readonly number[]) => boolean): Operand => {
      const { root, offset, strides } = placeOf(plan.places, atom)
      const { shape, dtype } = atom.abstract
      const kept = strides === null || keep(strides) ? strides : null
      if (root instanceof Literal) {
        return { pointer: this.constant(root.value, strides !== null && kept === null), shape, dtype, strides: kept }
      }
      const start = given.get(root)?.pointer ?? base + (plan.offsets.get(root) as number)
      return { pointer: start + offset * bytesOf(dtype), shape, dtype, strides: kept }
    }
    const floor = this.top
    for (const equation of program.equations) {
      if (plan.views.has(equation)) continue
      this.top = floor
      const { primitive, params } = equation
      const operands = equation.inputs.map((a) => operand(a, (s) => keepsStrides(primitive, s, a.abstract.shape)))
      const results = equation.outputs.map((v) => operand(v, () => false))
      if (primitive === fused) this.loop(fusedLoop(this, equation, operands, results))
      else if (primitive === tiled) this.tiles(params as TiledParams, operands, results)
      else if (primitive.control !== undefined) primitive.control(this, operands, results, params)
      else if (primitive.lower !== undefined) primitive.lower(this, operands, results, params)
      else
        throw new TransformError(
          `${primitive.name}: this operation has no kernels, so no program that holds it can run.`,
        )
    }
    this.top = floor
    program.outputs.forEach((atom, i) => {
      if (own[i] === null)
        this.copy(
          operand(atom, () => true),
          outputs[i] as Operand,
        )
    })
    // What runs after this program within the same equation must not overwrite it.
    this.top = this.highest
  }

  /** Ends the program: places the pointer table and constants behind the buffers, and writes the functions. */
  finish(): Assembled {
    this.flush()
    const pointers = align(this.highest)
    const constants = align(pointers + 4 * this.cells)
    this.room.check(constants + this.constantBytes)
    const kernels = [...this.imports.keys()]
    const threadImports = this.forks ? threadNames : []
    const before = this.target?.functions ?? kernels.length + threadImports.length
    const [publish, claim, finish, join] = threadNames.map((_, i) => kernels.length + i) as [
      number,
      number,
      number,
      number,
    ]
    const program = this.forks ? nextProgram() : -1
    const placement: Placement = {
      constants,
      table: pointers,
      functionIndex: (target: string | number) =>
        typeof target === 'number' ? before + target : (this.imports.get(target) as number),
      returns: (target: string | number) => typeof target === 'string' && kernelSignature(target).result,
      threads: this.forks
        ? { program, control: controlBlock(), mayBlock: mayBlock(), publish, claim, finish, join }
        : null,
    }
    const own = programFunctions(this.code, placement, this.functions.length)
    return {
      functions: [...this.functions, ...own.functions],
      imports: [
        ...kernels.map((name) => ({ module: 'kernels', name, ...kernelSignature(name) })),
        ...threadImports.map(([name, parameters, result]) => ({ module: 'threads', name, parameters, result })),
      ],
      kernels,
      threads: own.work === null ? null : { program, work: own.work },
      constants: [...this.constants].flatMap(([{ dtype }, variants]) =>
        variants.map(({ array, offset }) => ({ dtype, array, pointer: constants + offset })),
      ),
      tables: this.tableData.map(({ offset, values }) => ({ pointer: constants + offset, values })),
      pointers,
      end: constants + this.constantBytes,
    }
  }

  private nested = (body: () => void): readonly Code[] => {
    const [outer, waiting] = [this.code, this.waiting]
    this.code = []
    this.waiting = []
    body()
    this.flush()
    const own = this.code
    this.code = outer
    this.waiting = waiting
    return own
  }

  private append(code: Code): void {
    this.flush()
    this.code.push(code)
  }

  /** Loops that do not touch each other's results wait for one another, so that threads take them together. */
  private loop(loop: FusedLoop): void {
    const full = this.waiting.length >= mostWaiting
    if (full || this.waiting.some((other) => interfere(loop, other))) this.flush()
    this.waiting.push(loop)
  }

  private flush(): void {
    const loops = this.waiting
    if (loops.length === 0) return
    this.waiting = []
    const nanoseconds = loops.reduce((sum, { nest }) => sum + nanosecondsOf(nest), 0)
    const forks = this.mayFork() && nanoseconds >= smallestFork
    const chunks: Code[][] = []
    let room = 0
    for (const loop of loops) {
      const pieces = forks ? piecesOf(loop.nest) : 1
      for (const piece of partsOf(loop, pieces)) {
        if (room <= 0) {
          chunks.push([])
          room = smallestChunk
        }
        chunks[chunks.length - 1]?.push(this.loopCall(piece))
        room -= nanosecondsOf(piece.nest)
      }
    }
    if (forks && chunks.length > 1) {
      this.code.push({ kind: 'fork', chunks })
      this.forks = true
    } else for (const chunk of chunks) this.code.push(...chunk)
  }

  private loopCall({ nest, pointers }: FusedLoop): Code {
    this.kernelCalls++
    return { kind: 'call', target: this.loopFunction(nest), args: pointers }
  }

  private mayFork(): boolean {
    return this.target === undefined && threadCount() > 1 && !this.forking
  }

  /** Runs tile after tile: cursors move over the rows of the operands and results, and one more cell holds where the scratch is. */
  private tiles(
    { rows, perTile, uses, program, nanoseconds }: TiledParams,
    inputs: readonly Operand[],
    outputs: readonly Operand[],
  ): void {
    const moving = [...inputs.filter((_, i) => uses[i] === 'own'), ...outputs]
    const steps = moving.map((x) => (bytesOfOperand(x) / rows) * perTile)
    const known = new Map<number, Tile>()
    /** A tile of `size` rows whose cells are those from `cell` on; lowered once. */
    const tileAt = (size: number, cell: number): Tile => {
      const tile = known.get(size) ?? this.lowerTile(program(size), uses, inputs, outputs, cell)
      known.set(size, tile)
      const own = relocate(tile, cell)
      this.kernelCalls += own.code.filter((c) => c.kind === 'call').length
      return own
    }
    this.parallel(Math.ceil(rows / perTile), nanoseconds, (_, first, count) => {
      const cursors = moving.map(() => this.cursor())
      const scratch = this.cursor()
      const cell = scratch.cell - cursors.length
      const full = Math.min(first + count, Math.floor(rows / perTile)) - first
      const whole = full > 0 ? tileAt(perTile, cell) : null
      const rest = full < count ? tileAt(rows % perTile, cell) : null
      scratch.point(this.scratch(Math.max(whole?.bytes ?? 0, rest?.bytes ?? 0)))
      cursors.forEach(({ point }, i) => {
        point((moving[i] as Operand).pointer + first * (steps[i] as number))
      })
      if (whole !== null) {
        this.repeat(full, () => {
          this.code.push(...whole.code)
          cursors.forEach(({ pointer, point }, i) => {
            point(pointer + (steps[i] as number))
          })
        })
      }
      if (rest !== null) this.code.push(...rest.code)
    })
  }

  /** The code of a tile; its cells are the cursors of the operands that move, of the results, and of the scratch. */
  private lowerTile(
    program: Program,
    uses: TiledParams['uses'],
    inputs: readonly Operand[],
    outputs: readonly Operand[],
    cell: number,
  ): Tile {
    let next = cell
    const at = (x: Operand, atom: Atom, moves: boolean): Operand => ({
      ...x,
      pointer: moves ? fromCell(next++) : x.pointer,
      shape: atom.abstract.shape,
    })
    const sources = inputs.map((x, i) => at(x, program.inputs[i] as Var, uses[i] === 'own'))
    const targets = outputs.map((x, i) => at(x, program.outputs[i] as Atom, true))
    const [top, highest, calls] = [this.top, this.highest, this.kernelCalls]
    const base = fromCell(next)
    this.top = base
    this.highest = base
    const code = this.nested(() => this.program(program, sources, targets))
    const bytes = this.highest - base
    this.top = top
    this.highest = highest
    this.kernelCalls = calls
    return { code, bytes, cell, cells: next + 1 - cell }
  }

  /** The number of the function that runs a loop; equal loops share it. */
  private loopFunction(nest: LoopNest): number {
    const key = keyOf(nest)
    let target = this.loops.get(key)
    if (target === undefined) {
      target = this.functions.push(generate(nest)) - 1
      this.loops.set(key, target)
    }
    return target
  }

  private reserveConstant(bytes: number): number {
    const offset = this.constantBytes
    this.room.check(offset + bytes)
    this.constantBytes += align(bytes)
    return offset
  }

  private constant(value: ConcreteTensor, rowMajor: boolean): number {
    const known = this.constants.get(value) ?? []
    let found = known.find((s) => s.rowMajor === rowMajor)
    if (found === undefined) {
      const elements = rowMajor ? sizeOf(value.sizes) : value.view().array.length
      this.room.enter({ shape: rowMajor ? value.sizes : [elements], dtype: value.dtype }, () => 'a constant')
      const offset = this.reserveConstant(elements * bytesOf(value.dtype))
      found = { array: rowMajor ? value.rowMajor() : value.view().array, rowMajor, offset }
      this.constants.set(value, [...known, found])
    }
    return inConstants(found.offset)
  }
}

/** Imported by programs that fork: name, parameters, and whether it returns an int32. */
const threadNames = [
  ['publish', 4, true],
  ['claim', 2, true],
  ['finish', 1, false],
  ['join', 3, true],
] as const

/** More would only make it longer to see which of them interfere. */
const mostWaiting = 64

const piecesOf = (nest: LoopNest): number => {
  const { units, grain } = unitsOf(nest)
  return chunkCount(units, nanosecondsOf(nest), grain)
}

const partsOf = (loop: FusedLoop, pieces: number): readonly FusedLoop[] => {
  const { units, grain } = unitsOf(loop.nest)
  const starts = startsOf(units, pieces, grain)
  return starts.map((first, i) => partOf(loop, first, (starts[i + 1] ?? units) - first))
}

const bytesOfOperand = (x: Operand): number => sizeOf(x.shape) * bytesOf(x.dtype)

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
