/** A program and the kernels that it calls as one binary that imports nothing. */
import {
  type FunctionCode,
  functionBody,
  functionType,
  name,
  section,
  signed,
  unsigned,
  vector,
} from '../wasm/encode.js'
import { instructions, opcodes } from '../wasm/instructions.js'
import { Reader, sections } from '../wasm/reader.js'
import { sectionIds } from '../wasm/signatures.js'

/** Bytes that are in memory before anything runs. */
export interface Data {
  readonly pointer: number
  readonly bytes: Uint8Array
}

export const pageBytes = 65536
const [functionKind, memoryKind] = [0, 2]
const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
/** A body without locals that only traps: what is left of a kernel that nobody calls, so that the others keep their numbers. */
const stub = [3, 0x00, 0x00, opcodes.end]

interface Range {
  readonly start: number
  readonly end: number
}

/** The kernels' binary by sections, and its function bodies, each with its size in front. */
export class KernelBinary {
  private readonly at: ReadonlyMap<number, Range>
  readonly bodies: readonly Range[]

  constructor(readonly bytes: Uint8Array) {
    this.at = new Map(sections(bytes).map((s) => [s.id, s]))
    const reader = this.reader(sectionIds.code) as Reader
    this.bodies = reader.list(() => {
      const start = reader.at
      const size = reader.unsigned()
      reader.at += size
      return { start, end: reader.at }
    })
  }

  reader(id: number): Reader | null {
    const range = this.at.get(id)
    return range === undefined ? null : new Reader(this.bytes, range.start)
  }
  /** The section as it is. */
  whole(id: number): readonly number[] {
    const range = this.at.get(id)
    return range === undefined ? [] : section(id, [...this.bytes.subarray(range.start, range.end)])
  }
  count(id: number): number {
    return this.reader(id)?.unsigned() ?? 0
  }
  /** The entries of a section without their number. */
  entries(id: number): Uint8Array {
    const reader = this.reader(id) as Reader
    reader.unsigned()
    return this.bytes.subarray(reader.at, this.at.get(id)?.end)
  }
}

/** The functions that can run: those called, those that these name, and those in tables, which need not be named. */
const reachable = (kernels: KernelBinary, called: readonly number[]): ReadonlySet<number> => {
  const live = new Set<number>()
  const waiting = [...called, ...inTables(kernels)]
  const start = kernels.reader(sectionIds.start)
  if (start !== null) waiting.push(start.unsigned())
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    if (live.has(index)) continue
    live.add(index)
    const { start: from, end } = kernels.bodies[index] as Range
    const reader = new Reader(kernels.bytes, from)
    reader.unsigned()
    reader.list(() => [reader.unsigned(), reader.byte()])
    for (const { opcode, operands } of instructions(reader, end)) {
      if (opcode === opcodes.call || opcode === opcodes.refFunc) waiting.push(operands[0] as number)
    }
  }
  return live
}

const inTables = (kernels: KernelBinary): readonly number[] => {
  const reader = kernels.reader(sectionIds.element)
  if (reader === null) return []
  return reader
    .list(() => {
      const kind = reader.unsigned()
      if (kind !== 0) throw new Error(`an element segment of kind ${kind}`)
      reader.byte()
      reader.skipLeb()
      reader.byte()
      return reader.list(reader.unsigned)
    })
    .flat()
}

/**
 * The kernels' binary with the functions of a program appended, the last of which is exported as `run`, and the memory as
 * `memory`. Kernels that nobody calls are left out.
 * @param called the kernels that the program calls, by their numbers in the binary
 * @param end the first byte of memory that the program does not use
 */
export const linkStandalone = (
  kernels: KernelBinary,
  program: readonly FunctionCode[],
  called: readonly number[],
  data: readonly Data[],
  end: number,
): Uint8Array<ArrayBuffer> => {
  const live = reachable(kernels, called)
  const arities = [...new Set(program.map((f) => f.parameters))]
  const types = arities.map((n) => functionType(n, false))
  const declared = program.map((f) => unsigned(kernels.count(sectionIds.type) + arities.indexOf(f.parameters)))
  const extended = (id: number, entries: readonly (readonly number[])[]): number[] =>
    section(id, [...unsigned(kernels.count(id) + entries.length), ...kernels.entries(id), ...entries.flat()])
  const segments = data
    .filter(({ bytes }) => bytes.length > 0)
    .map(({ pointer, bytes }) => ({
      head: [0x00, opcodes.i32Const, ...signed(pointer), opcodes.end, ...unsigned(bytes.length)],
      bytes,
    }))
  const segmentCount = unsigned(kernels.count(sectionIds.data) + segments.length)

  const code = [...unsigned(kernels.bodies.length + program.length)]
  kernels.bodies.forEach((body, index) => {
    for (const byte of live.has(index) ? kernels.bytes.subarray(body.start, body.end) : stub) code.push(byte)
  })
  for (const f of program) functionBody(f, code)

  const dataEntries = [kernels.entries(sectionIds.data), ...segments.flatMap(({ head, bytes }) => [head, bytes])]
  const dataBytes = dataEntries.reduce((n, part) => n + part.length, segmentCount.length)
  // Sections in the order that the specification sets.
  return join([
    header,
    extended(sectionIds.type, types),
    extended(sectionIds.function, declared),
    kernels.whole(sectionIds.table),
    section(sectionIds.memory, vector([[0x00, ...unsigned(Math.ceil(end / pageBytes))]])),
    kernels.whole(sectionIds.global),
    section(
      sectionIds.export,
      vector([
        [...name('memory'), memoryKind, 0],
        [...name('run'), functionKind, ...unsigned(kernels.bodies.length + program.length - 1)],
      ]),
    ),
    kernels.whole(sectionIds.start),
    kernels.whole(sectionIds.element),
    section(sectionIds.dataCount, segmentCount),
    [sectionIds.code, ...unsigned(code.length)],
    code,
    [sectionIds.data, ...unsigned(dataBytes), ...segmentCount],
    ...dataEntries,
  ])
}

const join = (parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(parts.reduce((n, part) => n + part.length, 0))
  let next = 0
  for (const part of parts) {
    bytes.set(part, next)
    next += part.length
  }
  return bytes
}
