/** The loop nest of a fused group as WebAssembly: rows of vectors, four at a time where registers allow, and a scalar tail. */
import { type FunctionCode, type LocalType, signed, unsigned } from '../../wasm/encode.js'
import { type Kind, localGet, localSet, type Operation, simd } from './operations.js'

/** An operand in memory: how far to step from row to row and from element to element, in elements. */
export interface MemoryOperand {
  readonly kind: Kind
  readonly rowStep: number
  readonly step: number
}

/** One operation of the group. Values are numbered: first the inputs, then the results of the steps in order. */
export interface Step {
  /** The primitive: it and the kinds of its operands name the operation. */
  readonly name: string
  readonly operation: Operation
  readonly operands: readonly number[]
}

export interface LoopNest {
  readonly rows: number
  readonly columns: number
  readonly inputs: readonly MemoryOperand[]
  readonly steps: readonly Step[]
  /** Values that are written out, row-major. */
  readonly outputs: readonly { readonly value: number; readonly kind: Kind }[]
}

const bytes: Readonly<Record<Kind, number>> = { number: 4, truth: 1 }

/** Loops with one key have one code. */
export const keyOf = ({ rows, columns, inputs, steps, outputs }: LoopNest): string =>
  [
    `${rows}x${columns}`,
    inputs.map((x) => `${x.kind} ${x.rowStep} ${x.step}`).join(),
    steps.map((s) => `${s.name} ${s.operands.join(' ')}`).join(),
    outputs.map((y) => `${y.kind} ${y.value}`).join(),
  ].join(';')

/** The pointers of the same loop from a later row on, or from a later column if there is one row. */
export const offsetPointers = (nest: LoopNest, pointers: readonly number[], first: number): readonly number[] =>
  pointers.map((pointer, i) => {
    const input = nest.inputs[i]
    const output = nest.outputs[i - nest.inputs.length]
    const kind = (input ?? output)?.kind as Kind
    const step = nest.rows > 1 ? (input?.rowStep ?? nest.columns) : (input?.step ?? 1)
    return pointer + first * step * bytes[kind]
  })

/** What an element takes, roughly: memory that streams, and an instruction a step. */
export const loopNanoseconds = ({ inputs, outputs, steps }: LoopNest): number =>
  0.08 * (inputs.length + outputs.length) + 0.06 * steps.length
const lanes = 4
/** Groups of more steps than this would spill registers if they worked on four vectors at once. */
const stepsForFour = 12

const memory = (alignment: number, offset: number): number[] => [alignment, ...unsigned(offset)]

/** Widens four truth bytes to lanes of all ones. */
const widen = [...simd(0x89), ...simd(0xa9), ...simd(0x0c), ...new Array<number>(16).fill(0), ...simd(0x38)]
/** Narrows lanes to four bytes of 0 or 1. */
const narrow = [
  ...simd(0x0c),
  ...new Array<number>(16).fill(0),
  ...simd(0x86),
  ...simd(0x0c),
  ...new Array<number>(16).fill(0),
  ...simd(0x66),
]

class Writer {
  readonly body: number[] = []
  readonly locals: LocalType[] = []
  constructor(private readonly parameters: number) {}

  emit(...parts: readonly (readonly number[])[]): void {
    for (const part of parts) for (const byte of part) this.body.push(byte)
  }
  local(type: LocalType): number {
    this.locals.push(type)
    return this.parameters + this.locals.length - 1
  }
  /** Runs `body` a known number of times. */
  repeat(count: number, body: () => void): void {
    if (count <= 0) return
    if (count === 1) {
      body()
      return
    }
    const left = this.local('i32')
    this.emit([0x41, ...signed(count)], localSet(left), [0x03, 0x40])
    body()
    this.emit(localGet(left), [0x41, 0x01, 0x6b, 0x22, ...unsigned(left)], [0x0d, 0x00, 0x0b])
  }
  advance(pointer: number, by: number): void {
    if (by !== 0) this.emit(localGet(pointer), [0x41, ...signed(by), 0x6a], localSet(pointer))
  }
}

/** The function; its parameters are the pointers of the inputs, then of the outputs. */
export const generate = (nest: LoopNest): FunctionCode => {
  const { inputs, outputs, rows, columns } = nest
  const w = new Writer(inputs.length + outputs.length)
  const pointer = (i: number): number => i
  const cursors = inputs.map((x) => (x.step === 1 ? w.local('i32') : -1))
  const outCursors = outputs.map(() => w.local('i32'))
  const repeated = inputs.map((x) =>
    x.step === 0 ? { vector: w.local('v128'), scalar: w.local(scalarType(x.kind)) } : null,
  )

  const loadRepeated = (i: number): void => {
    const x = inputs[i] as MemoryOperand
    const at = repeated[i] as { readonly vector: number; readonly scalar: number }
    if (x.kind === 'number') {
      w.emit(localGet(pointer(i)), [...simd(0x09), ...memory(2, 0)], localSet(at.vector))
      w.emit(localGet(pointer(i)), [0x2a, ...memory(2, 0)], localSet(at.scalar))
    } else {
      w.emit(localGet(pointer(i)), [0x2d, ...memory(0, 0)], localSet(at.scalar))
      w.emit([0x41, 0x00], localGet(at.scalar), [0x6b, ...simd(0x11)], localSet(at.vector))
    }
  }
  inputs.forEach((x, i) => {
    if (x.step === 0 && x.rowStep === 0) loadRepeated(i)
  })

  const vectorsAtOnce = nest.steps.length > stepsForFour ? 2 : 4
  const vectorCode = vectorBlocks(w, nest, cursors, outCursors, repeated)
  const scalarCode = scalarBlock(w, nest, cursors, outCursors, repeated)

  w.repeat(rows, () => {
    inputs.forEach((x, i) => {
      if (x.step === 0 && x.rowStep !== 0) loadRepeated(i)
      if (x.step === 1) w.emit(localGet(pointer(i)), localSet(cursors[i] as number))
    })
    outputs.forEach((_, i) => w.emit(localGet(pointer(inputs.length + i)), localSet(outCursors[i] as number)))
    const vectors = Math.floor(columns / lanes)
    w.repeat(Math.floor(vectors / vectorsAtOnce), () => vectorCode(vectorsAtOnce))
    w.repeat(vectors % vectorsAtOnce, () => vectorCode(1))
    w.repeat(columns % lanes, scalarCode)
    if (rows > 1) {
      inputs.forEach((x, i) => w.advance(pointer(i), x.rowStep * bytes[x.kind]))
      outputs.forEach((y, i) => w.advance(pointer(inputs.length + i), columns * bytes[y.kind]))
    }
  })
  return { parameters: inputs.length + outputs.length, locals: w.locals, body: w.body }
}

const scalarType = (kind: Kind): LocalType => (kind === 'number' ? 'f32' : 'i32')

type Repeated = readonly ({ readonly vector: number; readonly scalar: number } | null)[]

/** Code for some vectors side by side: all loads, then each step for all of them, then all stores, so that results may overwrite operands. */
const vectorBlocks = (
  w: Writer,
  { inputs, steps, outputs }: LoopNest,
  cursors: readonly number[],
  outCursors: readonly number[],
  repeated: Repeated,
): ((count: number) => void) => {
  const slots: number[][] = []
  const slot = (value: number, j: number): number => {
    const fixed = repeated[value]
    if (fixed) return fixed.vector
    slots[value] ??= []
    const list = slots[value] as number[]
    list[j] ??= w.local('v128')
    return list[j] as number
  }
  return (count) => {
    const each = (f: (j: number) => void): void => {
      for (let j = 0; j < count; j++) f(j)
    }
    inputs.forEach((x, i) => {
      if (x.step === 0) return
      each((j) => {
        const at = memory(0, j * lanes * bytes[x.kind])
        w.emit(localGet(cursors[i] as number))
        if (x.kind === 'number') w.emit([...simd(0x00), ...at])
        else w.emit([...simd(0x5c), ...at], widen)
        w.emit(localSet(slot(i, j)))
      })
    })
    steps.forEach(({ operation, operands }, s) => {
      each((j) => w.emit(operation.vector(operands.map((v) => slot(v, j))), localSet(slot(inputs.length + s, j))))
    })
    outputs.forEach(({ value, kind }, o) => {
      each((j) => {
        const at = memory(0, j * lanes * bytes[kind])
        w.emit(localGet(outCursors[o] as number), localGet(slot(value, j)))
        if (kind === 'number') w.emit([...simd(0x0b), ...at])
        else w.emit(oneBytes, narrow, [...simd(0x5a), ...at, 0])
      })
    })
    inputs.forEach((x, i) => {
      if (x.step === 1) w.advance(cursors[i] as number, count * lanes * bytes[x.kind])
    })
    outputs.forEach(({ kind }, o) => w.advance(outCursors[o] as number, count * lanes * bytes[kind]))
  }
}

/** Lanes of all ones become 1. */
const oneBytes = [...simd(0x0c), ...[0, 1, 2, 3].flatMap(() => [1, 0, 0, 0]), ...simd(0x4e)]

/** Code for one element. */
const scalarBlock = (
  w: Writer,
  { inputs, steps, outputs }: LoopNest,
  cursors: readonly number[],
  outCursors: readonly number[],
  repeated: Repeated,
): (() => void) => {
  const slots: number[] = []
  const slot = (value: number, kind: Kind): number => {
    const fixed = repeated[value]
    if (fixed) return fixed.scalar
    slots[value] ??= w.local(scalarType(kind))
    return slots[value] as number
  }
  const kindOfValue = (value: number): Kind =>
    value < inputs.length
      ? (inputs[value] as MemoryOperand).kind
      : (steps[value - inputs.length] as Step).operation.result
  return () => {
    inputs.forEach((x, i) => {
      if (x.step === 0) return
      const load = x.kind === 'number' ? [0x2a, ...memory(2, 0)] : [0x2d, ...memory(0, 0)]
      w.emit(localGet(cursors[i] as number), load, localSet(slot(i, x.kind)))
    })
    steps.forEach(({ operation, operands }, s) => {
      w.emit(
        operation.scalar(operands.map((v) => slot(v, kindOfValue(v)))),
        localSet(slot(inputs.length + s, operation.result)),
      )
    })
    outputs.forEach(({ value, kind }, o) => {
      const store = kind === 'number' ? [0x38, ...memory(2, 0)] : [0x3a, ...memory(0, 0)]
      w.emit(localGet(outCursors[o] as number), localGet(slot(value, kind)), store)
    })
    inputs.forEach((x, i) => {
      if (x.step === 1) w.advance(cursors[i] as number, bytes[x.kind])
    })
    outputs.forEach(({ kind }, o) => w.advance(outCursors[o] as number, bytes[kind]))
  }
}
