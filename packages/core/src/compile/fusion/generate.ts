/** The loop nest of a fused group as WebAssembly: rows of vectors, some side by side where registers allow, and a tail of single elements. */
import { bytesOf, type DType } from '../../dtype.js'
import { type FunctionCode, type LocalType, signed, unsigned } from '../../wasm/encode.js'
import {
  type Lanes,
  localGet,
  localSet,
  type Operation,
  simd,
  upperHalf,
  type Vectors,
  vectorsOf,
} from './operations.js'

/** An operand in memory: how far to step from row to row and from element to element, in elements. */
export interface LoopOperand {
  readonly dtype: DType
  readonly rowStep: number
  readonly step: number
  /** It is not in memory: its pointer is its first value, and the steps are added to that. */
  readonly counted: boolean
}

/** One operation of the group. Values are numbered: first the inputs, then the results of the steps in order. */
export interface Step {
  readonly operation: Operation
  readonly operands: readonly number[]
}

export interface LoopNest {
  readonly rows: number
  readonly columns: number
  readonly inputs: readonly LoopOperand[]
  readonly steps: readonly Step[]
  /** Values that are written out, row-major. */
  readonly outputs: readonly { readonly value: number; readonly dtype: DType }[]
}

/** Loops with one key have one code. */
export const keyOf = ({ rows, columns, inputs, steps, outputs }: LoopNest): string =>
  [
    `${rows}x${columns}`,
    inputs.map((x) => `${x.counted ? '#' : ''}${x.dtype} ${x.rowStep} ${x.step}`).join(),
    steps.map((s) => `${s.operation.name} ${s.operands.join(' ')}`).join(),
    outputs.map((y) => `${y.dtype} ${y.value}`).join(),
  ].join(';')

/** How much a pointer grows when its operand steps by one element. */
export const unit = ({ dtype, counted }: LoopOperand): number => (counted ? 1 : bytesOf(dtype))

/** Groups of more steps than this would spill registers if they worked on four vectors at once. */
const stepsForFour = 12

/** How many blocks of four elements stand side by side. */
const blocksAtOnce = ({ inputs, steps }: LoopNest): number => {
  const wide = inputs.some((x) => x.dtype === 'float64') || steps.some((s) => s.operation.result === 'float64')
  return (steps.length > stepsForFour ? 2 : 4) / (wide ? 2 : 1)
}

const memory = (offset: number): number[] => [0, ...unsigned(offset)]
const sixteenBytes = (f: (i: number) => number): number[] => Array.from({ length: 16 }, (_, i) => f(i))
const constant = (f: (i: number) => number): number[] => [...simd(0x0c), ...sixteenBytes(f)]

const zeroExtendBytes = [...simd(0x89), ...simd(0xa9)]
const negateWords = simd(0xa1)
/** Lanes of all ones become bytes of 1, the first four of the vector. */
const narrowTruths = [
  ...constant((i) => (i % 4 === 0 ? 1 : 0)),
  ...simd(0x4e),
  ...constant(() => 0),
  ...simd(0x86),
  ...constant(() => 0),
  ...simd(0x66),
]
const splatWord = simd(0x11)

/** Instructions that load elements from an address on the stack, for each vector. */
const loads = (dtype: DType, lanes: Lanes, offset: number): readonly (readonly number[])[] => {
  if (dtype === 'float64') {
    if (lanes === 1) return [[...simd(0x5d), ...memory(offset)]]
    return [0, 16].map((half) => [...simd(0x00), ...memory(offset + half)])
  }
  if (bytesOf(dtype) === 4) return [[...simd(lanes === 4 ? 0x00 : 0x5c), ...memory(offset)]]
  const bytes =
    lanes === 4 ? [...simd(0x5c), ...memory(offset), ...zeroExtendBytes] : [0x2d, ...memory(offset), ...splatWord]
  return [dtype === 'bool' ? [...bytes, ...negateWords] : bytes]
}

/** Instructions that load one element into all lanes. */
const loadRepeated = (dtype: DType): readonly number[] =>
  dtype === 'float64'
    ? [...simd(0x0a), ...memory(0)]
    : bytesOf(dtype) === 4
      ? [...simd(0x09), ...memory(0)]
      : (loads(dtype, 1, 0)[0] as readonly number[])

/** Instructions that store vectors below which their address is on the stack. */
const stores = (dtype: DType, lanes: Lanes, offset: number): readonly (readonly number[])[] => {
  if (dtype === 'float64') {
    if (lanes === 1) return [[...simd(0x5b), ...memory(offset), 0]]
    return [0, 16].map((half) => [...simd(0x0b), ...memory(offset + half)])
  }
  if (dtype === 'bool') return [[...narrowTruths, ...simd(lanes === 4 ? 0x5a : 0x58), ...memory(offset), 0]]
  return [lanes === 4 ? [...simd(0x0b), ...memory(offset)] : [...simd(0x5a), ...memory(offset), 0]]
}

/** Instructions that turn counted int32 lanes into a dtype, for each vector. */
const countedAs = (dtype: DType, from: readonly number[], lanes: Lanes): readonly (readonly number[])[] => {
  if (dtype === 'float32') return [[...from, ...simd(0xfa)]]
  if (dtype !== 'float64') return [from]
  const upper = [...from, ...from, ...upperHalf, ...simd(0xfe)]
  return lanes === 1 ? [[...from, ...simd(0xfe)]] : [[...from, ...simd(0xfe)], upper]
}

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
  const cursors = inputs.map((x) => (x.step === 0 ? -1 : w.local('i32')))
  const outCursors = outputs.map(() => w.local('i32'))
  const repeated = inputs.map((x) => (x.step === 0 ? w.local('v128') : null))

  const repeat = (i: number): void => {
    const { dtype, counted } = inputs[i] as LoopOperand
    const value = counted
      ? (countedAs(dtype, [...localGet(i), ...splatWord], 1)[0] as readonly number[])
      : [...localGet(i), ...loadRepeated(dtype)]
    w.emit(value, localSet(repeated[i] as number))
  }
  inputs.forEach((x, i) => {
    if (x.step === 0 && x.rowStep === 0) repeat(i)
  })

  const blocks = blockWriter(w, nest, cursors, outCursors, repeated)
  const atOnce = blocksAtOnce(nest)
  w.repeat(rows, () => {
    inputs.forEach((x, i) => {
      if (x.step === 0 && x.rowStep !== 0) repeat(i)
      if (x.step !== 0) w.emit(localGet(i), localSet(cursors[i] as number))
    })
    outputs.forEach((_, i) => w.emit(localGet(inputs.length + i), localSet(outCursors[i] as number)))
    const fours = Math.floor(columns / 4)
    w.repeat(Math.floor(fours / atOnce), () => blocks(4, atOnce))
    w.repeat(fours % atOnce, () => blocks(4, 1))
    w.repeat(columns % 4, () => blocks(1, 1))
    if (rows > 1) {
      inputs.forEach((x, i) => w.advance(i, x.rowStep * unit(x)))
      outputs.forEach((y, i) => w.advance(inputs.length + i, columns * bytesOf(y.dtype)))
    }
  })
  return { parameters: inputs.length + outputs.length, locals: w.locals, body: w.body }
}

/** Code for blocks side by side: all loads, then each step for all of them, then all stores, so that results may overwrite operands. */
const blockWriter = (
  w: Writer,
  { inputs, steps, outputs }: LoopNest,
  cursors: readonly number[],
  outCursors: readonly number[],
  repeated: readonly (number | null)[],
): ((lanes: Lanes, count: number) => void) => {
  const slots: Vectors[][] = []
  const slot = (value: number, dtype: DType, j: number, lanes: Lanes): Vectors => {
    const fixed = repeated[value]
    if (typeof fixed === 'number') return Array.from({ length: vectorsOf(dtype, lanes) }, () => fixed)
    slots[value] ??= []
    const list = slots[value] as Vectors[]
    list[j] ??= Array.from({ length: vectorsOf(dtype, 4) }, () => w.local('v128'))
    return (list[j] as Vectors).slice(0, vectorsOf(dtype, lanes))
  }
  return (lanes, count) => {
    const each = (f: (j: number) => void): void => {
      for (let j = 0; j < count; j++) f(j)
    }
    inputs.forEach(({ dtype, step, counted }, i) => {
      if (step === 0) return
      const cursor = localGet(cursors[i] as number)
      each((j) => {
        const from = [...cursor, ...splatWord, ...constant((b) => (b % 4 === 0 ? j * lanes + b / 4 : 0)), ...simd(0xae)]
        const values = counted
          ? countedAs(dtype, from, lanes)
          : loads(dtype, lanes, j * lanes * bytesOf(dtype)).map((load) => [...cursor, ...load])
        slot(i, dtype, j, lanes).forEach((local, part) => w.emit(values[part] as readonly number[], localSet(local)))
      })
    })
    steps.forEach(({ operation, operands }, s) => {
      each((j) => {
        const x = operands.map((v, i) => slot(v, operation.operands[i] as DType, j, lanes))
        const results = slot(inputs.length + s, operation.result, j, lanes)
        operation.code(x, lanes).forEach((code, part) => w.emit(code, localSet(results[part] as number)))
      })
    })
    outputs.forEach(({ value, dtype }, o) => {
      each((j) => {
        const values = slot(value, dtype, j, lanes)
        stores(dtype, lanes, j * lanes * bytesOf(dtype)).forEach((store, part) => {
          w.emit(localGet(outCursors[o] as number), localGet(values[part] as number), store)
        })
      })
    })
    inputs.forEach((x, i) => {
      if (x.step !== 0) w.advance(cursors[i] as number, count * lanes * unit(x))
    })
    outputs.forEach(({ dtype }, o) => w.advance(outCursors[o] as number, count * lanes * bytesOf(dtype)))
  }
}
