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
}

/** A straight line of more steps is cut into functions, so that compiling one stays cheap. */
const longest = 256

const [block, loop, end, br, brIf, brTable, call, drop] = [0x02, 0x03, 0x0b, 0x0c, 0x0d, 0x0e, 0x10, 0x1a]
const [localGet, localSet, localTee] = [0x20, 0x21, 0x22]
const [i32Const, i32Add, i32Sub, i32Eqz, i32Load, i32Load8, i32Store] = [0x41, 0x6a, 0x6b, 0x45, 0x28, 0x2d, 0x36]
const memoryCopy = [0xfc, 0x0a, 0x00, 0x00]
const nothing = 0x40 // a block without results
const int32Alignment = 2

/** Appends the functions of a program to those of its loops; the last one runs it. */
export const programFunctions = (program: readonly Code[], placement: Placement, first: number): FunctionCode[] => {
  const functions: FunctionCode[] = []

  const define = (steps: readonly Code[]): number => {
    const body: number[] = []
    const locals: LocalType[] = []
    write(steps, body, locals)
    functions.push({ parameters: 0, locals, body })
    return first + functions.length - 1
  }

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
    } else {
      // Branch k jumps to the end of the k-th innermost block, where its code is, and from there out of all.
      const count = step.branches.length
      for (let k = 0; k <= count; k++) push(body, [block, nothing])
      pointer(step.index, body)
      push(body, [i32Load, int32Alignment, 0, brTable, ...unsigned(count - 1)])
      for (let k = 0; k < count; k++) push(body, unsigned(k))
      step.branches.forEach((branch, k) => {
        body.push(end)
        write(branch, body, locals)
        if (k < count - 1) push(body, [br, ...unsigned(count - 1 - k)])
      })
      body.push(end)
    }
  }

  define(program)
  return functions
}

const push = (body: number[], bytes: readonly number[]): void => {
  for (const byte of bytes) body.push(byte)
}
