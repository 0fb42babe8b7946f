/**
 * A primitive is an operation that transforms know by its rules; a trace is one way to interpret primitives. Every operation
 * of the library ends in `bind`, which hands it to the current trace: evaluate it, differentiate it, batch it, write it down.
 */

import type { DType } from '../dtype.js'
import { LeakedTracerError, OperandError, ShapeError } from '../errors.js'
import type { Program } from '../program/program.js'
import type { Shape } from '../shape.js'
import { type Abstract, notATensor, Tensor } from '../tensor.js'
import { type OperandCount, type ParameterType, type ParameterTypes, showValue } from './parameters.js'

/** Parameters of an equation: static values such as axes, shapes, dtypes and nested programs. */
export type Params = Readonly<Record<string, unknown>>

/** An operand in WebAssembly memory. `strides` are in elements; null means row-major. */
export interface Operand {
  readonly pointer: number
  readonly shape: Shape
  readonly dtype: DType
  readonly strides: readonly number[] | null
}

/**
 * What lowering writes to: it runs kernels at once in eager mode and records them when a program is compiled.
 * All pointers it hands out are 16-byte aligned.
 */
export interface Emitter {
  /** Calls a kernel by its exported name. */
  readonly call: (kernel: string, ...args: number[]) => void
  /**
   * Work that may be done in any parts, `count` of `units` from `first` on, by several threads: every part gives the bits that it
   * has in the whole. `nanoseconds` is what all of it takes, roughly; parts start at multiples of `grain`. They call kernels, and
   * take scratch, with the emitter that they are given.
   */
  readonly parallel: (
    units: number,
    nanoseconds: number,
    body: (emit: Emitter, first: number, count: number) => void,
    grain?: number,
  ) => void
  /** Room that is free again after this equation. */
  readonly scratch: (bytes: number) => number
  /** A constant table of int32 in memory, for shapes and strides; returns its pointer. */
  readonly table: (ints: readonly number[]) => number
  /** A kernel that only computes a number now, such as the scratch bytes that a GEMM needs. */
  readonly query: (kernel: string, ...args: number[]) => number
  /** The pointer of a row-major copy of a strided operand (its own pointer if it is row-major already). */
  readonly contiguous: (operand: Operand) => number
}

/** A cell that holds an address while a program runs, so that a loop can move it. Its `pointer` is that address. */
export interface Cursor {
  readonly cell: number
  readonly pointer: number
  /** From here on the cell holds `to`, which may be an offset from another cursor, or from this one. */
  readonly point: (to: number) => void
}

/** What control flow lowers to: nested programs, loops and branches. Their bodies are emitted by the functions given. */
export interface ControlEmitter extends Emitter {
  /** Lowers a nested program: it reads `inputs` in place, never writes to them, and leaves its results in `outputs`, apart from the inputs. */
  readonly run: (program: Program, inputs: readonly Operand[], outputs: readonly Operand[]) => void
  readonly cursor: () => Cursor
  /** Exchanges what two cursors point to. */
  readonly swap: (a: Cursor, b: Cursor) => void
  readonly copy: (from: Operand, to: Operand) => void
  readonly repeat: (count: number, body: () => void) => void
  /** Runs `test`, then `body` if the bool at `flag` holds, and again. */
  readonly whileTrue: (flag: number, test: () => void, body: () => void) => void
  /** Runs the branch whose number is the int32 at `index`, the last one for numbers beyond. */
  readonly branch: (index: number, branches: readonly (() => void)[]) => void
}

/** A tangent or cotangent that is known to be zero is `null`, so that rules can leave work out. */
export type MaybeZero = Tensor | null

/** Stands for an input that a transpose rule is linear in: it has a type and no value. */
export class LinearInput {
  constructor(readonly abstract: Abstract) {}
}

/** The axis of an operand that a batch runs along; `null` if it is not batched. */
export type BatchAxis = number | null

/** The axis name and size of a `vmap`. */
export interface AxisData {
  readonly size: number
  readonly name: string | null
}

/** Where a part of a tensor is: elements before its first one, and its strides. */
export interface Region {
  readonly offset: number
  readonly strides: readonly number[]
}

/** What a part of the rows of a result needs of an operand: the same part of its rows, or all of it. */
export type RowUse = 'own' | 'all'

/**
 * What an element of a result needs of an operand. 'own': the operand has the result's shape, and its element at a position is read
 * before any result has its own there, and never after. 'all': any element of it may be read when the result has begun.
 */
export type ElementUse = 'own' | 'all'

/** How rows, the leading axis, of results depend on operands. */
export interface Rows<P extends Params> {
  readonly uses: readonly RowUse[]
  /** The parameters with which the result has so many rows; the same if it says nothing. */
  readonly resized?: (rows: number) => P
}

/** Every rule of one primitive, side by side. `P` are its parameters. */
export interface Primitive<P extends Params = Params> {
  readonly name: string
  readonly operands: OperandCount
  /** The types of its parameters; each is checked before `abstract` sees it. */
  readonly parameters: ParameterTypes<P>
  /**
   * Types of the results; checks that operands and parameters fit each other, so that whatever it accepts can be evaluated.
   * @throws ShapeError, DTypeError that teach
   */
  readonly abstract: (inputs: readonly Abstract[], params: P) => readonly Abstract[]
  /** Emits kernels that read `inputs` and fill `outputs`. */
  readonly lower?: (emit: Emitter, inputs: readonly Operand[], outputs: readonly Operand[], params: P) => void
  /** Which strides `lower` takes: none (the default), those that two loops walk, such as zeros of broadcasts, or any. */
  readonly accepts?: 'none' | 'broadcast' | 'any'
  /** How its rows are made, if a part of them can be made, with the bits of the whole, without the others; null if not. */
  readonly rows?: (inputs: readonly Abstract[], outputs: readonly Abstract[], params: P) => Rows<P> | null
  /** Floating-point operations, by the textbook's count; one per element of the results if it says nothing, none for views. */
  readonly flops?: (inputs: readonly Abstract[], outputs: readonly Abstract[], params: P) => number
  /** For control flow: the programs that it runs, and how often each, as far as that is known; alternatives in equal parts. */
  readonly runs?: (params: P) => readonly (readonly [program: Program, times: number])[]
  /** What elements of its results need of each operand: a result may be written over one that is 'own'. Without it all are 'all'. */
  readonly elements?: (inputs: readonly Abstract[]) => readonly ElementUse[]
  /** Emits loops and branches over nested programs; such a primitive has no `lower`. */
  readonly control?: (emit: ControlEmitter, inputs: readonly Operand[], outputs: readonly Operand[], params: P) => void
  /** For loops: the program of a step, how many of its first inputs are the same in every step, and the loop with another such program. */
  readonly invariant?: (params: P) => {
    readonly body: Program
    readonly shared: number
    readonly withBody: (body: Program, shared: number) => P
  } | null
  /** With results that nobody reads, those with false in `used`: which inputs and results are left, and the parameters then. */
  readonly prune?: (
    params: P,
    used: readonly boolean[],
  ) => { readonly inputs: readonly boolean[]; readonly outputs: readonly boolean[]; readonly params: P } | null
  /** A call of a nested program with these inputs, which a compiler may write out in its place. */
  readonly inline?: (params: P, inputs: readonly Abstract[]) => Program
  /** Written out or not, its equations are not shared with equal ones outside: `checkpoint` computes again on purpose. */
  readonly isolated?: boolean
  /** A result that is only another view of the operand: its strides over the same memory, or null if it has to be computed. */
  readonly view?: (
    strides: readonly number[] | null,
    shape: Shape,
    params: P,
  ) => { readonly strides: readonly number[] | null } | null
  /**
   * Results that are parts of the operand: where each starts in its memory, and its strides there. A compiled program reads them
   * in place if whoever reads them can, and copies them with `lower` if not.
   */
  readonly regions?: (strides: readonly number[] | null, shape: Shape, params: P) => readonly Region[]
  /** Evaluates on concrete tensors without kernels, where that is better; `null` falls back to `lower`. */
  readonly evaluate?: (inputs: readonly Tensor[], params: P) => readonly Tensor[] | null
  /** Results and their tangents, linear in `tangents` (of which at least one is not null). */
  readonly jvp: (
    primals: readonly Tensor[],
    tangents: readonly MaybeZero[],
    params: P,
  ) => readonly [readonly Tensor[], readonly MaybeZero[]]
  /** Cotangents of the inputs that are `LinearInput`s (null for others). At least one of `cotangents` is not null. */
  readonly transpose?: (
    cotangents: readonly MaybeZero[],
    inputs: readonly (Tensor | LinearInput)[],
    params: P,
  ) => readonly MaybeZero[]
  /** The operation over operands with an extra axis each (where `axes` is not null); gives results and their batch axes. */
  readonly batch: (
    inputs: readonly Tensor[],
    axes: readonly BatchAxis[],
    params: P,
    axis: AxisData,
  ) => readonly [readonly Tensor[], readonly BatchAxis[]]
  /** What functions among its parameters close over: values that are not among its inputs. */
  readonly captures?: (inputs: readonly Tensor[], params: P) => readonly Tensor[]
  /** How a linearising trace splits it into what is known now and what depends on tangents; by default it is recorded whole. */
  readonly partial?: (trace: RecordingTrace, inputs: readonly Tensor[], params: P) => readonly Tensor[]
  /** How a staging trace writes it down, if parameters hold functions that have to become programs first. */
  readonly stage?: (trace: RecordingTrace, inputs: readonly Tensor[], params: P) => readonly Tensor[]
}

/** One interpretation of primitives. */
export interface Trace {
  /** For messages: 'jit', 'grad', 'vmap' … */
  readonly name: string
  readonly process: (primitive: Primitive, inputs: readonly Tensor[], params: Params) => readonly Tensor[]
}

/** A trace that writes equations down. */
export interface RecordingTrace extends Trace {
  /** Appends an equation; gives tracers of its results. */
  readonly record: (primitive: Primitive, inputs: readonly Tensor[], params: Params) => readonly Tensor[]
  /** `true` for tracers that stand for a variable of the program being written. */
  readonly owns: (x: Tensor) => boolean
  /** Where inputs that it does not own are interpreted. */
  readonly parent: Trace
}

/** Rows of elementwise operations: each from the same one of every operand. */
export const ownRows = (inputs: readonly Abstract[]): { readonly uses: readonly RowUse[] } => ({
  uses: inputs.map(() => 'own'),
})

/** Elements of elementwise operations: each from those at its position. */
export const ownElements = (inputs: readonly Abstract[]): readonly ElementUse[] => inputs.map(() => 'own')

/** Elements of operations that change their first operand in some places: what they change it by may come from anywhere. */
export const firstElements = (inputs: readonly Abstract[]): readonly ElementUse[] =>
  inputs.map((_, i) => (i === 0 ? 'own' : 'all'))

/** Rows of operations along an axis: those of others than the leading one. */
export const rowsUnless =
  <P>(along: (params: P) => boolean) =>
  (inputs: readonly Abstract[], _: readonly Abstract[], params: P): { readonly uses: readonly RowUse[] } | null =>
    along(params) ? null : ownRows(inputs)

/** A tensor that stands for a value inside a transform. */
export abstract class Tracer extends Tensor {
  abstract readonly trace: Trace
}

const registry = new Map<string, Primitive>()

/** The fewest and the most operands. */
export const operandRange = (operands: OperandCount): readonly [fewest: number, most: number] =>
  typeof operands === 'number' ? [operands, operands] : operands

/** What is wrong with a parameter, or null. */
export const parameterFault = (
  name: string,
  type: ParameterType<unknown>,
  value: unknown,
  inputs: readonly Abstract[],
): string | null =>
  type.accepts(value, inputs) ? null : `${name} is ${showValue(value)}, and has to be ${type.wanted}`

/** Abstract evaluation that looks at the number of operands and at every parameter first. */
const checked = <P extends Params>({
  name,
  operands,
  parameters,
  abstract,
}: Primitive<P>): Primitive<P>['abstract'] => {
  const [fewest, most] = operandRange(operands)
  const types = Object.entries<ParameterType<unknown>>(parameters)
  return (inputs, params) => {
    if (inputs.length < fewest || inputs.length > most) {
      const wanted = fewest === most ? `${fewest}` : `at least ${fewest}`
      throw new ShapeError(`${name}: takes ${wanted} operands, not ${inputs.length}.`)
    }
    for (let i = 0; i < types.length; i++) {
      const [key, type] = types[i] as (typeof types)[number]
      if (type.accepts(params[key], inputs)) continue
      throw new type.error(`${name}: ${parameterFault(key, type, params[key], inputs)}.`)
    }
    return abstract(inputs, params)
  }
}

/** Adds a primitive to the table from which programs are read and the rule matrix is generated. */
export const primitive = <P extends Params>(definition: Primitive<P>): Primitive<P> => {
  if (registry.has(definition.name)) throw new Error(`primitive ${definition.name} is defined twice`)
  // Frozen with the first program in which somebody sees it.
  const sound: Primitive<P> = { ...definition, abstract: checked(definition) }
  registry.set(sound.name, sound as unknown as Primitive)
  return sound
}

/** All primitives by name. */
export const primitives: ReadonlyMap<string, Primitive> = registry

let current: Trace
let base: Trace

/** The trace that interprets operations now. */
export const currentTrace = (): Trace => current

/** The trace at the bottom, which evaluates. */
export const baseTrace = (): Trace => base

/** Sets the trace at the bottom, which evaluates; called once, when `trace/evaluate.ts` loads. */
export const installBaseTrace = (trace: Trace): void => {
  base = trace
  current = trace
}

/** Runs `f` under another interpretation. */
export const withTrace = <R>(trace: Trace, f: () => R): R => {
  const outer = current
  current = trace
  try {
    return f()
  } finally {
    current = outer
  }
}

/** Applies a primitive under the current trace. */
export const bind = <P extends Params>(p: Primitive<P>, inputs: readonly Tensor[], params: P): readonly Tensor[] =>
  current.process(p as unknown as Primitive, inputs, params)

/** Applies a primitive with one result. */
export const bind1 = <P extends Params>(p: Primitive<P>, inputs: readonly Tensor[], params: P): Tensor =>
  bind(p, inputs, params)[0] as Tensor

export const leaked = (x: Tensor, operation: string): LeakedTracerError | OperandError =>
  x instanceof Tensor
    ? new LeakedTracerError(
        `${operation}: ${x.describe() ?? 'a tracer'} is used outside the transform that made it. ` +
          'Return the value from the transformed function instead of storing it in an outer variable. ' +
          'What a function given to customJvp or customVjp closes over has no derivative: pass it as an argument.',
      )
    : new OperandError(x, notATensor(x), `${operation}: an operand`)
