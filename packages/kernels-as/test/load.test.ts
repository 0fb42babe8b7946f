import { type KernelName, loadKernels } from '@puregrad/kernels-as'
import { describe, expect, it } from 'vitest'

describe('loadKernels', () => {
  it('gives each call its own memory, with room after the constants', () => {
    const a = loadKernels()
    const b = loadKernels()
    expect(a.memory).not.toBe(b.memory)
    expect(a.heapBase).toBeGreaterThan(0)
    expect(a.heapBase).toBeLessThan(a.memory.buffer.byteLength)
  })

  it('runs the build it was asked for', () => {
    expect(loadKernels({ variant: 'simd' }).variant).toBe('simd')
    expect(['simd', 'relaxed-simd']).toContain(loadKernels({ variant: 'auto' }).variant)
  })

  it('has the same kernels in both builds', () => {
    const names = (variant: 'simd' | 'auto'): string[] => Object.keys(loadKernels({ variant }).call).sort()
    expect(names('auto')).toEqual(names('simd'))
  })

  it('memory grows to what is reserved, at most a page less than 4 GiB, and no further', () => {
    const { memory, maximumPages } = loadKernels()
    expect(maximumPages).toBeLessThanOrEqual(65535)
    expect(() => memory.grow(maximumPages)).toThrow(RangeError)
    expect(memory.grow(16)).toBe(16)
  })

  it('names its kernels in the type KernelName', () => {
    const name: KernelName = 'exp_f32'
    const { call, memory, heapBase } = loadKernels()
    const at = (heapBase + 15) & ~15
    new Float32Array(memory.buffer, at, 1)[0] = 1
    call[name](at, at, 1)
    expect(new Float32Array(memory.buffer, at, 1)[0]).toBe(Math.fround(Math.E))
  })
})
