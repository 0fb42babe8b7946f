/**
 * The Program IR: typed equations in single-assignment form. Closed-over numbers are literals, closed-over tracers inputs.
 * It is what `jit` compiles, `makeProgram` prints, and reverse mode runs backwards.
 */
import type { Params, Primitive } from '../primitives/primitive.js'
import { type Abstract, abstractOf, type ConcreteTensor } from '../tensor.js'

let created = 0

/** A value that an equation or an input defines. Identity is what matters; `id` orders and names it. */
export class Var {
  readonly id = created++
  readonly abstract: Abstract
  constructor(abstract: Abstract) {
    this.abstract = abstractOf(abstract)
  }
}

/** A constant of any shape written into the program. */
export class Literal {
  readonly abstract: Abstract
  constructor(readonly value: ConcreteTensor) {
    this.abstract = value.type
  }
}

export type Atom = Var | Literal

export interface Equation {
  readonly primitive: Primitive
  readonly inputs: readonly Atom[]
  readonly params: Params
  readonly outputs: readonly Var[]
  /** Equations of different scopes are not merged even if they are equal. */
  readonly scope?: number
}

export interface Program {
  readonly inputs: readonly Var[]
  readonly equations: readonly Equation[]
  readonly outputs: readonly Atom[]
}

export const inputTypes = (program: Program): readonly Abstract[] => program.inputs.map((v) => v.abstract)
export const outputTypes = (program: Program): readonly Abstract[] => program.outputs.map((v) => v.abstract)

/** Remembers what was derived from a program for as long as the program lives; the key tells variants apart. */
export const memoByProgram = <A extends readonly unknown[], R>(
  key: (...args: A) => string,
  derive: (program: Program, ...args: A) => R,
): ((program: Program, ...args: A) => R) => {
  const memo = new WeakMap<Program, Map<string, R>>()
  return (program, ...args) => {
    let variants = memo.get(program)
    if (variants === undefined) {
      variants = new Map()
      memo.set(program, variants)
    }
    const k = key(...args)
    let result = variants.get(k)
    if (result === undefined) {
      result = derive(program, ...args)
      variants.set(k, result)
    }
    return result
  }
}
