import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arena, out, variants } from './arena.js'
import { noise } from './values.js'

/** A convolution with 3×3 kernels; `low` and `high` are the padding, which may crop. */
interface Case {
  readonly N: number
  readonly C: number
  readonly F: number
  readonly size: readonly [number, number]
  readonly low: readonly [number, number]
  readonly high: readonly [number, number]
}

const between = (min: number, max: number) => fc.integer({ min, max })
const both = (some: fc.Arbitrary<number>) => fc.tuple(some, some)
const outOf = ({ size, low, high }: Case): readonly [number, number] => [
  size[0] + low[0] + high[0] - 2,
  size[1] + low[1] + high[1] - 2,
]
const cases = fc
  .record({
    N: between(1, 3),
    C: between(4, 21),
    F: between(4, 21),
    size: both(between(3, 13)),
    low: both(between(-1, 3)),
    high: both(between(-1, 3)),
  })
  .filter((c) => Math.min(...outOf(c)) > 0)

const metaOf = (c: Case) =>
  new Int32Array([c.N, c.C, c.F, 1, 1, ...c.size, 3, 3, ...outOf(c), 1, 1, ...c.low, 1, 1, 1, 1])

const normal = (n: number, seed: number) => {
  const u = noise('f32', 2 * n, seed).map((v) => (Math.abs(v) % 1) * 0.999 + 0.0005)
  return Float32Array.from(
    { length: n },
    (_, i) => Math.sqrt(-2 * Math.log(u[2 * i] as number)) * Math.cos(2 * Math.PI * (u[2 * i + 1] as number)),
  )
}

/** Calls f with every pair of an output and an input pixel that a tap joins; -1 where the tap falls beside the image. */
const walk = (c: Case, f: (output: number, tap: number, input: number) => void) => {
  const [O, P] = outOf(c)
  const [H, W] = c.size
  for (let n = 0; n < c.N; n++)
    for (let y = 0; y < O; y++)
      for (let x = 0; x < P; x++)
        for (let t = 0; t < 9; t++) {
          const [i, j] = [y - c.low[0] + Math.floor(t / 3), x - c.low[1] + (t % 3)]
          const inside = i >= 0 && j >= 0 && i < H && j < W
          f((n * O + y) * P + x, t, inside ? (n * H + i) * W + j : -1)
        }
}

/** Σ of products in float64, and Σ of their absolute values. */
const forward = (c: Case, x: ArrayLike<number>, w: ArrayLike<number>) => {
  const [O, P] = outOf(c)
  const [y, scale] = [new Float64Array(c.N * O * P * c.F), new Float64Array(c.N * O * P * c.F)]
  walk(c, (output, t, input) => {
    for (let i = 0; i < c.C; i++)
      for (let f = 0; f < c.F; f++) {
        const term = (input < 0 ? 0 : (x[input * c.C + i] as number)) * (w[(t * c.C + i) * c.F + f] as number)
        y[output * c.F + f] = (y[output * c.F + f] as number) + term
        scale[output * c.F + f] = (scale[output * c.F + f] as number) + Math.abs(term)
      }
  })
  return { y, scale }
}

/** The gradient [C, 3, 3, F] of the kernel. */
const gradient = (c: Case, x: ArrayLike<number>, g: ArrayLike<number>) => {
  const [y, scale] = [new Float64Array(9 * c.C * c.F), new Float64Array(9 * c.C * c.F)]
  walk(c, (output, t, input) => {
    for (let i = 0; i < c.C; i++)
      for (let f = 0; f < c.F; f++) {
        const at = (i * 9 + t) * c.F + f
        const term = (input < 0 ? 0 : (x[input * c.C + i] as number)) * (g[output * c.F + f] as number)
        y[at] = (y[at] as number) + term
        scale[at] = (scale[at] as number) + Math.abs(term)
      }
  })
  return { y, scale }
}

const kind = (v: number) => (Number.isNaN(v) ? 'NaN' : Number.isFinite(v) ? 'finite' : v > 0 ? '∞' : '−∞')

/** Of an error that grows with the largest number of a tile, not with an output's own: 40 half ulps of the largest sum of sizes. */
const bound = (scale: Float64Array) => 40 * 2 ** -24 * scale.reduce((a, b) => Math.max(a, b), 0)

const expectNear = (got: readonly number[], { y, scale }: ReturnType<typeof forward>) => {
  const worst = got.reduce((m, v, i) => Math.max(m, Math.abs(v - (y[i] as number))), 0)
  expect(worst).toBeLessThanOrEqual(bound(scale))
}

describe.each(variants)('minimal filtering, %s', (variant) => {
  const { run, kernels } = arena(variant, 400)
  const { call, memory, heapBase } = kernels
  const query = (name: 'winogradScratch_f32' | 'winogradGradientScratch_f32', meta: Int32Array, count: number) => {
    const at = (heapBase + 15) & ~15
    new Int32Array(memory.buffer, at, meta.length).set(meta)
    return call[name](at, count)
  }
  const rowsOf = (c: Case) => c.N * Math.ceil(outOf(c)[0] / 4)
  const outputs = (c: Case) => c.N * outOf(c)[0] * outOf(c)[1] * c.F

  const transformed = (c: Case, w: Float32Array) => {
    const bytes = call.winogradKernelBytes_f32(c.C, c.F)
    const room = out('u8', call.winogradKernelScratch_f32())
    const [u] = run('winogradKernel_f32', [w, out('f32', bytes / 4), c.C, c.F, 0, Math.ceil(c.F / 8), room])
    return Float32Array.from(u as number[])
  }
  /** Rows of tiles from `first` on; the others stay as they are. */
  const conv = (c: Case, x: Float32Array, w: Float32Array, first = 0, count = rowsOf(c)) => {
    const meta = metaOf(c)
    const u = transformed(c, w)
    const room = out('u8', query('winogradScratch_f32', meta, count))
    return run('winogradConv_f32', [x, w, u, out('f32', outputs(c)), meta, first, count, room])[0] as number[]
  }
  const kernelGradient = (c: Case, x: Float32Array, g: Float32Array, first = 0, count = c.C) => {
    const meta = metaOf(c)
    const room = out('u8', query('winogradGradientScratch_f32', meta, count))
    return run('winogradGradient_f32', [x, g, out('f32', 9 * c.C * c.F), meta, first, count, room])[0] as number[]
  }
  const data = (c: Case, seed: number) => ({
    x: normal(c.N * c.size[0] * c.size[1] * c.C, seed),
    w: normal(9 * c.C * c.F, seed + 1),
    g: normal(outputs(c), seed + 2),
  })

  it('the error of convolutions of any size and padding is bounded', () => {
    fc.assert(
      fc.property(cases, fc.nat(), (c, seed) => {
        const { x, w } = data(c, seed)
        expectNear(conv(c, x, w), forward(c, x, w))
      }),
      { numRuns: 30 },
    )
  })

  it('the error of gradients of kernels is bounded', () => {
    fc.assert(
      fc.property(cases, fc.nat(), (c, seed) => {
        const { x, g } = data(c, seed)
        expectNear(kernelGradient(c, x, g), gradient(c, x, g))
      }),
      { numRuns: 30 },
    )
  })

  it('more than 512 channels and many tiles', () => {
    const c: Case = { N: 1, C: 530, F: 9, size: [9, 9], low: [1, 1], high: [1, 1] }
    const { x, w, g } = data(c, 5)
    expectNear(conv(c, x, w), forward(c, x, w))
    expectNear(kernelGradient(c, x, g), gradient(c, x, g))
    const tall: Case = { N: 3, C: 8, F: 12, size: [41, 37], low: [0, 1], high: [2, 0] }
    const many = data(tall, 7)
    expectNear(conv(tall, many.x, many.w), forward(tall, many.x, many.w))
    expectNear(kernelGradient(tall, many.x, many.g), gradient(tall, many.x, many.g))
  })

  it('parts have the bits of the whole', () => {
    const c: Case = { N: 3, C: 24, F: 13, size: [30, 33], low: [1, 1], high: [1, 1] }
    const { x, w, g } = data(c, 3)
    const [whole, rows] = [conv(c, x, w), rowsOf(c)]
    const parts = [0, 1, 9, 10].map((first, i, all) => [first, (all[i + 1] ?? rows) - first] as const)
    const [O, P] = outOf(c)
    // Where the outputs of a row of tiles begin: 8 rows of tiles an image, of four rows of outputs each.
    const begins = (r: number) => (Math.floor(r / 8) * O + Math.min((r % 8) * 4, O)) * P * c.F
    for (const [first, count] of parts) {
      const [from, to] = [begins(first), begins(first + count)]
      expect(conv(c, x, w, first, count).slice(from, to)).toEqual(whole.slice(from, to))
    }
    const all = kernelGradient(c, x, g)
    for (const [first, count] of [
      [0, 8],
      [8, 16],
    ] as const) {
      const part = kernelGradient(c, x, g, first, count)
      const [from, to] = [first * 9 * c.F, (first + count) * 9 * c.F]
      expect(part.slice(from, to)).toEqual(all.slice(from, to))
    }
  })

  it('what is not finite spreads as by the definition', () => {
    const special = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38)
    fc.assert(
      fc.property(cases, special, fc.nat(), fc.nat(), (c, value, place, seed) => {
        const { x, w, g } = data(c, seed)
        x[place % x.length] = value
        const wanted = forward(c, x, w).y.map(Math.fround)
        expect(conv(c, x, w).map(kind)).toEqual(Array.from(wanted, kind))
        const wantedGradient = gradient(c, x, g).y.map(Math.fround)
        expect(kernelGradient(c, x, g).map(kind)).toEqual(Array.from(wantedGradient, kind))
      }),
      { numRuns: 30 },
    )
    const c: Case = { N: 1, C: 5, F: 6, size: [7, 7], low: [1, 1], high: [1, 1] }
    const { x, w, g } = data(c, 1)
    w[17] = Number.NaN
    g[44] = Number.POSITIVE_INFINITY
    expect(conv(c, x, w).map(kind)).toEqual(Array.from(forward(c, x, w).y, kind))
    expect(kernelGradient(c, x, g).map(kind)).toEqual(Array.from(gradient(c, x, g).y, kind))
  })

  it('reads nothing past its operands, which may end where memory does', () => {
    fc.assert(
      fc.property(cases, fc.nat(), (c, seed) => {
        const { x, w, g } = data(c, seed)
        const meta = metaOf(c)
        const u = transformed(c, w)
        let top = (heapBase + 15) & ~15
        const place = (bytes: number) => {
          const at = top
          top = (top + bytes + 15) & ~15
          return at
        }
        const put = (a: Float32Array | Int32Array, at = place(a.byteLength)) => {
          new Uint8Array(memory.buffer, at, a.byteLength).set(new Uint8Array(a.buffer, a.byteOffset, a.byteLength))
          return at
        }
        const atEnd = (a: Float32Array) => put(a, memory.buffer.byteLength - a.byteLength)
        const [m, o] = [put(meta), place(4 * Math.max(outputs(c), 9 * c.C * c.F))]
        const [xs, ws, us, gs] = [put(x), put(w), put(u), put(g)]
        const room = top
        const rows = rowsOf(c)
        // a read beyond memory traps
        call.winogradConv_f32(atEnd(x), ws, us, o, m, 0, rows, room)
        call.winogradConv_f32(xs, atEnd(w), us, o, m, 0, rows, room)
        call.winogradKernel_f32(atEnd(w), us, c.C, c.F, 0, Math.ceil(c.F / 8), room)
        call.winogradGradient_f32(atEnd(x), gs, o, m, 0, c.C, room)
        call.winogradGradient_f32(xs, atEnd(g), o, m, 0, c.C, room)
        expect(Array.from(new Float32Array(memory.buffer, o, 9 * c.C * c.F))).toEqual(kernelGradient(c, x, g))
      }),
      { numRuns: 25 },
    )
  })
})
