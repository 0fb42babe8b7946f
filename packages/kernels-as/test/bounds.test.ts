import { loadKernels } from '@puregrad/kernels-as'
import { describe, expect, it } from 'vitest'
import { dtypes, floats, kernelNamed, variants } from './arena.js'

const bytes = { f32: 4, f64: 8, i32: 4, u32: 4, u8: 1, bool: 1 } as const

/** Inputs end at the last byte of memory, so a read past the end of one traps. */
describe.each(variants)('no kernel reads past the end of an input, %s', (variant) => {
  const kernels = loadKernels({ variant })
  const { memory, heapBase, call } = kernels
  const top = memory.buffer.byteLength
  const o = (heapBase + 255) & ~255
  const meta = o + (512 << 10)
  const ints = (...values: number[]) => new Int32Array(memory.buffer, meta, values.length).set(values)
  const run = (name: string, ...args: number[]) => {
    const kernel = kernelNamed(kernels, name)
    expect(() => kernel(...args), name).not.toThrow()
  }
  const sizes = [1, 2, 3, 5, 7, 15, 17, 31, 33, 65]

  it('is checked by an engine that traps', () => {
    expect(() => call.reduceSum_f32(top - 4, o, 1, 2, 1)).toThrow(/out of bounds/)
  })

  it.each(dtypes)('elementwise %s', (t) => {
    for (const n of sizes) {
      const x = top - n * bytes[t],
        one = top - bytes[t]
      for (const [b, bi] of [
        [x, 1],
        [one, 0],
      ] as const)
        for (const name of ['add', 'mul', 'max', 'div', 'lt', 'eq', 'ge']) {
          run(`${name}_${t}`, x, b, o, 1, n, 0, 0, 1, bi)
          run(`${name}_${t}`, b, x, o, 1, n, 0, 0, bi, 1)
        }
      run(`clamp_${t}`, one, x, one, o, 1, n, 0, 0, 0, 0, 1, 0)
      for (const to of [...dtypes, 'bool']) if (to !== t) run(`convert_${t}_${to}`, x, o, n)
      run(`select_${8 * bytes[t]}`, top - n, x, x, o, 1, n, 0, 0, 0, 1, 1, 1)
      run(`fill_${8 * bytes[t]}`, one, o, n)
    }
  })

  it.each(dtypes)('reductions, running reductions and sorting of %s', (t) => {
    for (const n of sizes)
      for (const inner of [1, 2, 3, 5, 9, 17, 33]) {
        const x = top - n * inner * bytes[t]
        for (const name of ['reduceSum', 'reduceProd', 'reduceMax', 'argmax', 'argmin'])
          run(`${name}_${t}`, x, o, 1, n, inner)
        for (const reverse of [0, 1])
          for (const name of ['cumsum', 'cumprod', 'cummax']) run(`${name}_${t}`, x, o, 1, n, inner, reverse)
        run(`sort_${t}`, top - n * bytes[t], o, 1, n, meta)
      }
  })

  it.each(floats)('softmax, softmaxOrZero and logsumexp of %s', (t) => {
    for (const n of sizes)
      for (const inner of [1, 2, 3, 5, 9]) {
        const x = top - n * inner * bytes[t]
        for (const name of ['softmax', 'softmaxOrZero', 'logsumexp']) run(`${name}_${t}`, x, o, 1, n, inner)
        run(`cumlogsumexp_${t}`, x, o, 1, n, inner, 0)
      }
  })

  it.each([8, 32, 64])('copyNd_%i, gather_%i and scatterSet of that width', (w) => {
    for (const m of sizes)
      for (const n of sizes) {
        const x = top - (m * n * w) / 8
        ints(n, m, 1, n, m, 1)
        run(`copyNd_${w}`, x, o, 2, meta)
        ints(m, n, n, 1, n, 1)
        run(`copyNd_${w}`, x, o, 2, meta)
        // one slice: all of x
        ints(n, 0, m, n, n, 1)
        run(`gather_${w}`, x, meta + 4, o, 1, 1, 2, meta, 0, o)
        run(`scatterSet_${w}`, o, meta + 4, x, 1, 1, 2, meta, 0)
      }
  })
})
