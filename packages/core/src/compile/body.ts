/** Code trees as WebAssembly function bodies. */

import { type FunctionCode, type LocalType, signed, unsigned } from '../wasm/encode.js'
import { addressOf } from './address.js'
import type { Code } from './code.js'

/** What is known once everything is placed. */
export interface Placement {
  /** Where constants start. */
  readonly constants: number
  /** Where the pointer table starts: one int32 a cell. */
  readonly table: number
  /** The number of a kernel or of a function that was there before, as instructions name it. */
  readonly functionIndex: (target: string | number) => number
  /** `true` if a call leaves an int32 behind. */
  readonly returns: (target: string | number) => boolean
  /** For programs that fork: how threads find their jobs. */
  readonly threads: ThreadPlacement | null
}

export interface ThreadPlacement {
  /** The program's number among those that threads know. */
  readonly program: number
  /** The address of the control block. */
  readonly control: number
  /** This thread may block. */
  readonly mayBlock: boolean
  /** The numbers of the imported functions that share out jobs. */
  readonly publish: number
  readonly claim: number
  readonly finish: number
  readonly join: number
}

/** The functions of a program. */
export interface ProgramFunctions {
  readonly functions: FunctionCode[]
  /** The number of the function that helps with a job, as threads call it; null if there are no jobs. */
  readonly work: number | null
}

/** A straight line of more steps is cut into functions, so that compiling one stays cheap. */
const longest = 256

const [block, loop, end, br, brIf, brTable, call, drop] = [0x02, 0x03, 0x0b, 0x0c, 0x0d, 0x0e, 0x10, 0x1a]
const [localGet, localSet, localTee] = [0x20, 0x21, 0x22]
const [i32Const, i32Add, i32Sub, i32Eqz, i32Load, i32Load8, i32Store] = [0x41, 0x6a, 0x6b, 0x45, 0x28, 0x2d, 0x36]
const [conditional, unreachable, i32GreaterEqual] = [0x04, 0x00, 0x4e]
const memoryCopy = [0xfc, 0x0a, 0x00, 0x00]
const nothing = 0x40 // a block without results
const int32Alignment = 2
const jobOffset = 8 // in the control block (kernels-as, assembly/threads)

/** The functions of a program, which come after `first` others, those of its loops; the last one runs it. */
export const programFunctions = (program: readonly Code[], placement: Placement, first: number): ProgramFunctions => {
  const functions: FunctionCode[] = []
  /** Functions that run a chunk, by job. */
  const jobs: number[] = []
  const { threads } = placement

  const add = (parameters: number, locals: readonly LocalType[], body: readonly number[]): number => {
    functions.push({ parameters, locals, body })
    return first + functions.length - 1
  }
  const define = (steps: readonly Code[]): number => {
    const body: number[] = []
    const locals: LocalType[] = []
    write(steps, body, locals)
    return add(0, locals, body)
  }
  // Code that forks calls it before all jobs are known, so it has its number first.
  const work = threads === null ? null : add(1, [], [])

  const write = (steps: readonly Code[], body: number[], locals: LocalType[]): void => {
    if (steps.length <= longest) {
      for (const step of steps) writeStep(step, body, locals)
      return
    }
    for (let at = 0; at < steps.length; at += longest) {
      push(body, [call, ...unsigned(placement.functionIndex(define(steps.slice(at, at + longest))))])
    }
  }

  const cell = (index: number): number => placement.table + 4 * index
  const load = (opcode: number, alignment: number, address: number, body: number[]): void => {
    if (address < 0) throw new Error('an address is negative')
    push(body, [i32Const, ...signed(0), opcode, alignment, ...unsigned(address)])
  }
  const pointer = (value: number, body: number[]): void => {
    const { base, offset } = addressOf(value)
    if (base === 'memory') push(body, [i32Const, ...signed(offset)])
    else if (base === 'constants') push(body, [i32Const, ...signed(placement.constants + offset)])
    else {
      load(i32Load, int32Alignment, cell(base), body)
      if (offset !== 0) push(body, [i32Const, ...signed(offset), i32Add])
    }
  }
  const storeCell = (index: number, value: () => void, body: number[]): void => {
    push(body, [i32Const, ...signed(0)])
    value()
    push(body, [i32Store, int32Alignment, ...unsigned(cell(index))])
  }

  const writeStep = (step: Code, body: number[], locals: LocalType[]): void => {
    if (step.kind === 'call') {
      for (const arg of step.args) pointer(arg, body)
      push(body, [call, ...unsigned(placement.functionIndex(step.target))])
      if (placement.returns(step.target)) body.push(drop)
    } else if (step.kind === 'copy') {
      pointer(step.to, body)
      pointer(step.from, body)
      push(body, [i32Const, ...signed(step.bytes), ...memoryCopy])
    } else if (step.kind === 'point') {
      storeCell(step.cell, () => pointer(step.to, body), body)
    } else if (step.kind === 'swap') {
      const [a, b] = step.cells
      const kept = locals.push('i32') - 1
      load(i32Load, int32Alignment, cell(a), body)
      push(body, [localSet, ...unsigned(kept)])
      storeCell(a, () => load(i32Load, int32Alignment, cell(b), body), body)
      storeCell(b, () => push(body, [localGet, ...unsigned(kept)]), body)
    } else if (step.kind === 'repeat') {
      if (step.count <= 0) return
      const left = locals.push('i32') - 1
      push(body, [i32Const, ...signed(step.count), localSet, ...unsigned(left), loop, nothing])
      write(step.body, body, locals)
      push(body, [localGet, ...unsigned(left), i32Const, 1, i32Sub, localTee, ...unsigned(left), brIf, 0, end])
    } else if (step.kind === 'while') {
      push(body, [block, nothing, loop, nothing])
      write(step.test, body, locals)
      pointer(step.flag, body)
      push(body, [i32Load8, 0, 0, i32Eqz, brIf, 1])
      write(step.body, body, locals)
      push(body, [br, 0, end, end])
    } else if (step.kind === 'fork') {
      if (threads === null) throw new Error('a program without threads forks')
      const locals: LocalType[] = []
      const chunk: number[] = []
      choose(
        step.chunks,
        () => push(chunk, [localGet, 0]),
        chunk,
        (steps) => write(steps, chunk, locals),
      )
      const job = jobs.push(add(1, locals, chunk)) - 1
      const { program: id, control, mayBlock, publish, join } = threads
      const count = step.chunks.length
      push(body, [
        i32Const,
        ...signed(control),
        i32Const,
        ...signed(id),
        i32Const,
        ...signed(job),
        i32Const,
        ...signed(count),
      ])
      push(body, [call, ...unsigned(publish), call, ...unsigned(placement.functionIndex(work as number))])
      push(body, [i32Const, ...signed(control), i32Const, ...signed(count), i32Const, Number(mayBlock)])
      push(body, [call, ...unsigned(join), conditional, nothing, unreachable, end])
    } else
      choose(
        step.branches,
        () => {
          pointer(step.index, body)
          push(body, [i32Load, int32Alignment, 0])
        },
        body,
        (steps) => write(steps, body, locals),
      )
  }

  /** Takes the alternative whose number `index` leaves on the stack, the last one for numbers beyond. */
  const choose = <T>(
    alternatives: readonly T[],
    index: () => void,
    body: number[],
    writeOne: (alternative: T) => void,
  ): void => {
    // Alternative k jumps to the end of the k-th innermost block, where its code is, and from there out of all.
    const count = alternatives.length
    for (let k = 0; k <= count; k++) push(body, [block, nothing])
    index()
    push(body, [brTable, ...unsigned(count - 1)])
    for (let k = 0; k < count; k++) push(body, unsigned(k))
    alternatives.forEach((alternative, k) => {
      body.push(end)
      writeOne(alternative)
      if (k < count - 1) push(body, [br, ...unsigned(count - 1 - k)])
    })
    body.push(end)
  }

  /** Takes chunks of the job of an epoch until none is left. */
  const helpWith = (own: ThreadPlacement): FunctionCode => {
    const [epoch, chunk, job] = [0, 1, 2]
    const body: number[] = [
      loop,
      nothing,
      i32Const,
      ...signed(own.control),
      localGet,
      epoch,
      call,
      ...unsigned(own.claim),
    ]
    push(body, [localTee, chunk, i32Const, 0, i32GreaterEqual, conditional, nothing])
    load(i32Load, int32Alignment, own.control + jobOffset, body)
    push(body, [localSet, job])
    choose(
      jobs,
      () => push(body, [localGet, job]),
      body,
      (f) => push(body, [localGet, chunk, call, ...unsigned(placement.functionIndex(f))]),
    )
    push(body, [i32Const, ...signed(own.control), call, ...unsigned(own.finish), br, 1, end, end])
    return { parameters: 1, locals: ['i32', 'i32'], body }
  }

  const main = define(program)
  if (threads !== null && work !== null) functions[work - first] = jobs.length > 0 ? helpWith(threads) : noHelp
  if (main !== first + functions.length - 1) throw new Error('the program is not its last function')
  return { functions, work: jobs.length > 0 ? work : null }
}

const noHelp: FunctionCode = { parameters: 1, locals: [], body: [] }

const push = (body: number[], bytes: readonly number[]): void => {
  for (const byte of bytes) body.push(byte)
}
