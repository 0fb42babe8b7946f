/** The instructions of a function body: where each starts and ends, and the numbers in it. */
import type { Reader } from './reader.js'

export interface Instruction {
  /** The opcode; with the prefix in the upper bytes if it has one, as in `0xfd0c` for `v128.const`, `0xfd0100` and up for relaxed SIMD. */
  readonly opcode: number
  readonly start: number
  readonly end: number
  /** Indices, alignments and offsets, labels; the value of an `i32.const`. Other constants are passed over. */
  readonly operands: readonly number[]
}

export const opcodes = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  branch: 0x0c,
  branchIf: 0x0d,
  branchTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i32Const: 0x41,
  refFunc: 0xd2,
} as const

type Immediates = (reader: Reader) => readonly number[]

const none: Immediates = () => []
const indices =
  (count: number): Immediates =>
  (r) =>
    Array.from({ length: count }, r.unsigned)
const skip =
  (bytes: number): Immediates =>
  (r) => {
    r.at += bytes
    return []
  }
const leb: Immediates = (r) => {
  r.skipLeb()
  return []
}
const memoryLane: Immediates = (r) => [r.unsigned(), r.unsigned(), r.byte()]

const within = (opcode: number, from: number, to: number): boolean => opcode >= from && opcode <= to

const plain = (opcode: number): Immediates => {
  if (within(opcode, 0x02, 0x04) || opcode === 0x42) return leb
  if (within(opcode, 0x0c, 0x0d) || opcode === 0x10) return indices(1)
  if (opcode === 0x0e) return (r) => [...r.list(r.unsigned), r.unsigned()]
  if (opcode === 0x11) return indices(2)
  if (opcode === 0x1c) return (r) => r.list(r.byte)
  if (within(opcode, 0x20, 0x26)) return indices(1)
  if (within(opcode, 0x28, 0x3e)) return indices(2)
  if (within(opcode, 0x3f, 0x40)) return indices(1)
  if (opcode === 0x41) return (r) => [r.signed()]
  if (opcode === 0x43) return skip(4)
  if (opcode === 0x44) return skip(8)
  if (opcode === 0xd0 || opcode === 0xd2) return indices(1)
  return none
}

/** Bulk memory and tables. */
const miscellaneous = (opcode: number): Immediates => {
  if (opcode === 8 || opcode === 10 || opcode === 12 || opcode === 14) return indices(2)
  return opcode > 7 ? indices(1) : none
}

const vector = (opcode: number): Immediates => {
  if (opcode <= 11 || within(opcode, 92, 93)) return indices(2)
  if (opcode === 12 || opcode === 13) return skip(16)
  if (within(opcode, 21, 34)) return (r) => [r.byte()]
  return within(opcode, 84, 91) ? memoryLane : none
}

const atomic = (opcode: number): Immediates => (opcode === 3 ? indices(1) : indices(2))

const prefixed: Readonly<Record<number, (opcode: number) => Immediates>> = {
  252: miscellaneous,
  253: vector,
  254: atomic,
}

/** The instructions from the reader's position up to `end`, which the last one has to meet. */
export const instructions = (reader: Reader, end: number): readonly Instruction[] => {
  const found: Instruction[] = []
  while (reader.at < end) {
    const start = reader.at
    const first = reader.byte()
    const family = prefixed[first]
    const second = family === undefined ? 0 : reader.unsigned()
    const operands = (family === undefined ? plain(first) : family(second))(reader)
    const opcode = family === undefined ? first : second < 0x100 ? first * 0x100 + second : first * 0x10000 + second
    found.push({ opcode, start, end: reader.at, operands })
  }
  if (reader.at !== end) throw new Error(`an instruction ends at ${reader.at}, after its function at ${end}`)
  return found
}
