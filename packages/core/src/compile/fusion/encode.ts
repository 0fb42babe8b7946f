/** A WebAssembly binary of a few functions over one imported memory. WebAssembly Core Specification 2.0, chapter 5. */

/** The types of locals that generated functions use. */
export type LocalType = 'i32' | 'f32' | 'v128'

const typeCode: Readonly<Record<LocalType, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b }

/** One function: it takes pointers and returns nothing. */
export interface FunctionCode {
  readonly parameters: number
  readonly locals: readonly LocalType[]
  readonly body: readonly number[]
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

const vector = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()]
const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content]
const name = (text: string): number[] => vector([...text].map((c) => [c.charCodeAt(0)]))

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

/** The module; function i is exported as `fi`. Its memory is the import `env.memory`, of at most `maximumPages`. */
export const encodeModule = (functions: readonly FunctionCode[], maximumPages: number): Uint8Array<ArrayBuffer> => {
  const counts = [...new Set(functions.map((f) => f.parameters))]
  const types = counts.map((n) => [0x60, ...vector(Array.from({ length: n }, () => [typeCode.i32])), 0])
  const bodies = functions.map(({ locals, body }) => {
    const runs = localRuns(locals)
    return [...unsigned(runs.length + body.length + 1), ...runs, ...body, 0x0b]
  })
  // Bodies can be long: they are joined by hand instead of being spread into arguments.
  const code = [...unsigned(functions.length)]
  for (const body of bodies) for (const byte of body) code.push(byte)
  const head = [
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(2, vector([[...name('env'), ...name('memory'), 0x02, 0x01, ...unsigned(1), ...unsigned(maximumPages)]])),
    ...section(3, vector(functions.map((f) => unsigned(counts.indexOf(f.parameters))))),
    ...section(7, vector(functions.map((_, i) => [...name(`f${i}`), 0x00, ...unsigned(i)]))),
    ...[10, ...unsigned(code.length)],
  ]
  const bytes = new Uint8Array(head.length + code.length)
  bytes.set(head)
  bytes.set(code, head.length)
  return bytes
}
