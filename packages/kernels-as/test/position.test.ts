import { loadKernels } from '@puregrad/kernels-as'
import { describe, expect, it } from 'vitest'

const unary = [
  'exp',
  'exp2',
  'expm1',
  'log',
  'log2',
  'log10',
  'log1p',
  'sqrt',
  'rsqrt',
  'cbrt',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'tanh',
  'asinh',
  'acosh',
  'atanh',
  'logistic',
  'erf',
  'erfc',
  'erfInv',
  'lgamma',
  'digamma',
  'floor',
  'ceil',
  'round',
  'trunc',
  'sign',
  'abs',
  'neg',
  'square',
  'reciprocal',
  'besselI0e',
  'besselI1e',
] as const

describe.each(['simd', 'auto'] as const)('%s build', (variant) => {
  const { memory, heapBase, call } = loadKernels({ variant })
  const from = (heapBase + 63) & ~63
  const to = from + 8192

  it.each(unary.flatMap((op) => [[op, 'f32', Float32Array] as const, [op, 'f64', Float64Array] as const]))(
    '%s_%s gives each number the same bits at every position and length, and writes only its own output',
    (op, dtype, Typed) => {
      const run = call[`${op}_${dtype}`]
      if (!run) throw new Error(`no kernel ${op}_${dtype}`)
      // Ordinary numbers between ones that leave the fast forms
      const values = Array.from({ length: 67 }, (_, i) =>
        i % 13 === 5 ? ([3e7, 1e-41, -80, Number.NaN][i % 4] ?? 0) : ((i * 0.618) % 1) * 3 - 1,
      )
      const bits = (n: number): Uint8Array => new Uint8Array(memory.buffer, to, (n + 1) * Typed.BYTES_PER_ELEMENT)
      const alone = values.map((value) => {
        new Typed(memory.buffer, from, 1)[0] = value
        run(from, to, 1)
        return new Typed(memory.buffer, to, 1)[0]
      })
      for (const n of [0, 1, 2, 3, 4, 5, 15, 16, 17, 31, 66])
        for (const start of [0, 1]) {
          new Typed(memory.buffer, from, 67).set(values)
          bits(n).fill(0xab)
          const size = Typed.BYTES_PER_ELEMENT
          run(from + start * size, to, n)
          expect(Array.from(new Typed(memory.buffer, to, n))).toEqual(alone.slice(start, start + n))
          expect(Array.from(bits(n).slice(n * size))).toEqual(Array(size).fill(0xab))
        }
    },
  )

  it('unary kernels may work in place', () => {
    const x = new Float32Array(memory.buffer, from, 37)
    x.forEach((_, i) => {
      x[i] = i / 10
    })
    call.tanh_f32(from, to, 37)
    call.tanh_f32(from, from, 37)
    expect(Array.from(x)).toEqual(Array.from(new Float32Array(memory.buffer, to, 37)))
  })
})
