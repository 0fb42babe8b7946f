import { loadKernels } from '@puregrad/kernels-as'
import { describe, expect, it } from 'vitest'
import { instructions, opcodes } from './instructions.js'
import { Reader, sections } from './reader.js'
import { sectionIds } from './signatures.js'

/** Every function of a binary as instructions. */
const functionsOf = (binary: Uint8Array): readonly (readonly ReturnType<typeof instructions>[number][])[] => {
  const code = sections(binary).find(({ id }) => id === sectionIds.code)
  const reader = new Reader(binary, code?.start)
  return reader.list(() => {
    const size = reader.unsigned()
    const end = reader.at + size
    reader.list(() => [reader.unsigned(), reader.byte()])
    return instructions(reader, end)
  })
}

describe('instructions', () => {
  it.each(['simd', 'auto'] as const)('are read of every kernel to its end (%s)', (variant) => {
    const functions = functionsOf(loadKernels({ variant }).binary)
    expect(functions.length).toBeGreaterThan(300)
    for (const body of functions) {
      const opened = body.filter(({ opcode }) => opcode >= opcodes.block && opcode <= opcodes.if).length
      expect(body.filter(({ opcode }) => opcode === opcodes.end).length).toBe(opened + 1)
      expect(body.at(-1)?.opcode).toBe(opcodes.end)
    }
  })
  it('have their numbers', () => {
    const read = (...bytes: number[]) => instructions(new Reader(new Uint8Array(bytes)), bytes.length)[0]
    expect(read(0x41, 0x7f)?.operands).toEqual([-1])
    expect(read(0x41, 0x80, 0x80, 0x80, 0x80, 0x78)?.operands).toEqual([-(2 ** 31)])
    expect(read(0x41, 0xe5, 0x8e, 0x26)?.operands).toEqual([624485])
    expect(read(0x0e, 2, 0, 1, 2)?.operands).toEqual([0, 1, 2])
    expect(read(0x10, 0x80, 0x01)).toMatchObject({ opcode: opcodes.call, operands: [128] })
    expect(read(0xfd, 0x5b, 0, 16, 1)?.operands).toEqual([0, 16, 1])
    expect(read(0xfd, 0x85, 0x02)?.opcode).toBe(0xfd0105)
    expect(read(0xfc, 10, 0, 0)?.end).toBe(4)
  })
  it('that reach past their function are an error', () => {
    expect(() => instructions(new Reader(new Uint8Array([0x43, 0, 0])), 3)).toThrow('after its function')
  })
})
