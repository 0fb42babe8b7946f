/** A WebAssembly binary of functions over one imported memory. WebAssembly Core Specification 2.0, chapter 5. */

/** The types of locals that generated functions use. */
export type LocalType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128'

const typeCode: Readonly<Record<LocalType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b }

/** One function: it takes int32s (pointers, counts) and returns nothing. */
export interface FunctionCode {
  readonly parameters: number
  readonly locals: readonly LocalType[]
  readonly body: readonly number[]
}

/** A function that the module calls; imports are the module's first functions, in their order. */
export interface FunctionImport {
  readonly module: string
  readonly name: string
  readonly parameters: number
  /** It returns an int32. */
  readonly result: boolean
}

/** Unsigned LEB128. */
export const unsigned = (value: number): number[] => {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low | 0x80 : low)
  } while (rest > 0)
  return bytes
}

/** Signed LEB128 of an int32. */
export const signed = (value: number): number[] => {
  const bytes: number[] = []
  let rest = value | 0
  for (;;) {
    const low = rest & 0x7f
    rest >>= 7
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)
    bytes.push(done ? low : low | 0x80)
    if (done) return bytes
  }
}

export const vector = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()]
export const section = (id: number, content: readonly number[]): number[] => [
  id,
  ...unsigned(content.length),
  ...content,
]
export const name = (text: string): number[] => vector([...text].map((c) => [c.charCodeAt(0)]))
export const functionType = (parameters: number, result: boolean): number[] => [
  0x60,
  ...vector(Array.from({ length: parameters }, () => [typeCode.i32])),
  ...(result ? [1, typeCode.i32] : [0]),
]

/** Equal neighbours of the locals as (count, type) pairs. */
const localRuns = (locals: readonly LocalType[]): number[] => {
  const runs: [number, LocalType][] = []
  for (const type of locals) {
    const last = runs[runs.length - 1]
    if (last?.[1] === type) last[0]++
    else runs.push([1, type])
  }
  return vector(runs.map(([count, type]) => [...unsigned(count), typeCode[type]]))
}

/** The entry of a function in the code section. Bodies can be long: they are joined by hand instead of spread into arguments. */
export const functionBody = ({ locals, body }: FunctionCode, into: number[]): void => {
  const runs = localRuns(locals)
  for (const byte of unsigned(runs.length + body.length + 1)) into.push(byte)
  for (const byte of runs) into.push(byte)
  for (const byte of body) into.push(byte)
  into.push(0x0b)
}

/** The memory that a module imports as `env.memory`. */
export interface MemoryImport {
  readonly maximumPages: number
  readonly shared: boolean
}

/** The module. Functions are numbered after the imports, and exported as `f0`, `f1`, … */
export const encodeModule = (
  functions: readonly FunctionCode[],
  { maximumPages, shared }: MemoryImport,
  imports: readonly FunctionImport[] = [],
): Uint8Array<ArrayBuffer> => {
  const types: number[][] = []
  const numbers = new Map<string, number>()
  const typeNumber = (parameters: number, result: boolean): number => {
    const key = `${parameters}${result}`
    const known = numbers.get(key)
    if (known !== undefined) return known
    types.push(functionType(parameters, result))
    numbers.set(key, types.length - 1)
    return types.length - 1
  }
  const limits = [shared ? 0x03 : 0x01, ...unsigned(1), ...unsigned(maximumPages)]
  const memory = [...name('env'), ...name('memory'), 0x02, ...limits]
  const imported = imports.map((k) => [
    ...name(k.module),
    ...name(k.name),
    0x00,
    ...unsigned(typeNumber(k.parameters, k.result)),
  ])
  const declared = functions.map((f) => unsigned(typeNumber(f.parameters, false)))
  const code = [...unsigned(functions.length)]
  for (const f of functions) functionBody(f, code)
  const head = [
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(2, vector([memory, ...imported])),
    ...section(3, vector(declared)),
    ...section(7, vector(functions.map((_, i) => [...name(`f${i}`), 0x00, ...unsigned(imports.length + i)]))),
    ...[10, ...unsigned(code.length)],
  ]
  const bytes = new Uint8Array(head.length + code.length)
  bytes.set(head)
  bytes.set(code, head.length)
  return bytes
}
