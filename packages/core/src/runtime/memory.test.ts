import { describe, expect, it } from 'vitest'
import { align } from './align.js'
import { claim, copyIn, copyOut, heapBase, kernelNamed, readInt32, reserve, writeInt32 } from './memory.js'

describe('kernel memory', () => {
  it('begins after the constants of the kernels, aligned for vectors', () => {
    expect(heapBase()).toBeGreaterThan(0)
    expect(heapBase() % 16).toBe(0)
    expect([align(0), align(1), align(16), align(17)]).toEqual([0, 16, 16, 32])
  })

  it('keeps what was written when it grows', () => {
    const at = heapBase()
    copyIn('float64', new Float64Array([1, 2, 3]), at)
    reserve(at + 2 ** 24)
    expect(Array.from(copyOut('float64', at, 3))).toEqual([1, 2, 3])
    writeInt32(at, [7, -7])
    expect([readInt32(at), readInt32(at + 4)]).toEqual([7, -7])
  })

  it('names the cure when it cannot grow', () => {
    expect(() => reserve(2 ** 40)).toThrow(/memory ends at 4096 MiB/)
  })

  it('tells an owner whether somebody else wrote since its last claim', () => {
    const [a, b] = [{}, {}]
    expect(claim(a)).toBe(false)
    expect(claim(a)).toBe(true)
    expect(claim(b)).toBe(false)
    expect(claim(a)).toBe(false)
  })
})

describe('kernelNamed', () => {
  it('finds a kernel by a name that was put together', () => {
    const at = heapBase()
    copyIn('float32', new Float32Array([4]), at)
    kernelNamed(`sqrt_${'f32'}`)(at, at, 1)
    expect(Array.from(copyOut('float32', at, 1))).toEqual([2])
  })

  it('names the kernel that does not exist', () => {
    expect(() => kernelNamed('exp_i32')).toThrow(
      expect.objectContaining({ name: 'DTypeError', message: expect.stringContaining('no kernel exp_i32') }),
    )
  })
})
