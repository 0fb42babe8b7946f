/** The largest error of a kernel over its sample points, against the oracle. */
import { type Kernels, loadKernels } from '@puregrad/kernels-as'
import { kernelNamed } from '../arena.js'
import { abs, type Big, big, div, less, sub, toNumber } from './big.js'
import { type Binary, bar64, binary, type Unary, unary } from './operations.js'

export interface Row {
  readonly op: string
  readonly dtype: 'float32' | 'float64'
  /** ulp for float32, relative error for float64 */
  readonly error: number
  readonly worst: string
  readonly domain: string
  readonly samples: number
  readonly bar: number
}

const kernelsOf = { simd: loadKernels({ variant: 'simd' }), 'relaxed-simd': loadKernels({ variant: 'auto' }) }
export const variants = ['simd', 'relaxed-simd'] as const
export type VariantName = (typeof variants)[number]

/** Copies the arguments into wasm memory, runs a kernel over them, copies the result out. */
const run = <T extends Float32Array | Float64Array>(kernels: Kernels, name: string, inputs: readonly T[]): T => {
  const [first] = inputs
  if (!first) throw new Error('run needs an input')
  const kernel = kernelNamed(kernels, name)
  const { memory, heapBase } = kernels
  const size = (first.byteLength + 63) & ~63
  const base = (heapBase + 63) & ~63
  const missing = base + size * (inputs.length + 1) - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / 65536))
  const Typed = first.constructor as new (buffer: ArrayBuffer, offset: number, length: number) => T
  const at = (i: number): T => new Typed(memory.buffer as ArrayBuffer, base + i * size, first.length)
  inputs.forEach((x, i) => {
    at(i).set(x)
  })
  const pointers = inputs.map((_, i) => base + i * size)
  const out = base + inputs.length * size
  if (inputs.length === 1) kernel(...pointers, out, first.length)
  else kernel(...pointers, out, 1, first.length, 0, 0, 1, 1)
  return at(inputs.length).slice() as T
}

const floats = new Float32Array(1)
const words = new Uint32Array(floats.buffer)
const fromBits = (bits: number): number => {
  words[0] = bits
  return floats[0] ?? 0
}
const doubles = new Float64Array(1)
const highWords = new Uint32Array(doubles.buffer) // little-endian: the exponent is in the second
const bitsOf = (x: number): number => {
  floats[0] = x
  return words[0] ?? 0
}

/** Error in units of the last place of the float32 nearest to `exact`; NaN where one is NaN and the other is not. */
export const ulps = (y: number, exact: number): number => {
  if (Number.isNaN(y) || Number.isNaN(exact)) return Number.isNaN(y) && Number.isNaN(exact) ? 0 : Number.NaN
  if (y === exact) return Object.is(y, exact) || exact !== 0 ? 0 : Number.NaN // a zero of the wrong sign
  if (!Number.isFinite(exact) && y === exact) return 0
  // An infinity stands for 2^128, the next float if the exponent went on.
  const clamp = (v: number): number => Math.max(-(2 ** 128), Math.min(2 ** 128, v))
  const target = clamp(exact)
  doubles[0] = Math.max(Math.abs(target), 2 ** -126)
  const exponent = Math.min(127, ((highWords[1] ?? 0) >>> 20) - 1023)
  return Math.abs(clamp(y) - target) / 2 ** (exponent - 23)
}

/** Sample points of a float32 function: every exponent and both signs, its core, and neighbourhoods of hard points. */
const points32 = (op: Unary): Float32Array => {
  const out: number[] = []
  for (let bits = 0; bits < 2 ** 32; bits += 32749) out.push(fromBits(bits)) // 131 149 patterns, prime stride
  const [lo, hi] = op.core
  const steps = 1 << 16
  for (let i = 0; i <= steps; i++) out.push(lo + ((hi - lo) * i) / steps)
  for (const x of [...(op.near ?? []), 0, 2 ** -126, 2 ** -149, 3.4028234663852886e38])
    for (const signed of [x, -x]) {
      const bits = bitsOf(signed)
      for (let k = -8; k <= 8; k++) out.push(fromBits(bits + k))
    }
  out.push(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN)
  return Float32Array.from(out)
}

/** A fixed sequence of uniform numbers in [0, 1) (splitmix32). */
const uniforms = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x9e3779b9) | 0
    let z = state ^ (state >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z ^= z >>> 15
    z = Math.imul(z, 0x735a2d97)
    z ^= z >>> 15
    return (z >>> 0) / 2 ** 32
  }
}

const points64 = (op: Unary): Float64Array => {
  const next = uniforms(64)
  const [lo, hi] = op.core
  const out: number[] = []
  for (let i = 0; i < 300; i++) out.push(lo + (hi - lo) * next())
  for (let i = 0; i < 200; i++) out.push((i % 2 === 0 ? 1 : -1) * 2 ** ((next() - 0.5) * (i < 100 ? 120 : 2040)))
  const near = op.near ?? []
  for (const x of near.filter((_, i) => near.length < 60 || i % 5 === 0))
    out.push(x * (1 - 2 ** -53), x, x * (1 + 2 ** -52))
  return Float64Array.from(out.filter(op.domain ?? (() => true)))
}

const interval = ({ core: [lo, hi] }: Unary): string => `[${lo}, ${hi}]`

const worstOf = (errors: Iterable<number>): readonly [number, number] => {
  let worst = 0
  let where = 0
  let i = 0
  for (const error of errors) {
    if (Number.isNaN(error)) return [Number.NaN, i]
    if (error > worst) {
      worst = error
      where = i
    }
    i++
  }
  return [worst, where]
}

const cache = new Map<string, unknown>()
const once = <T>(key: string, make: () => T): T => {
  if (!cache.has(key)) cache.set(key, make())
  return cache.get(key) as T
}

/** Float64 results; without `Math` the float64 kernel's, every 97th replaced by the 256-bit oracle's. */
const exact32 = (op: Unary, xs: Float32Array): Float64Array => {
  if (op.math) return Float64Array.from(xs, op.math)
  const ys = run(kernelsOf.simd, `${op.name}_f64`, [Float64Array.from(xs)])
  const inside = op.domain ?? (() => true)
  for (let i = 0; i < xs.length; i += 97) {
    const x = xs[i] ?? 0
    if (x !== 0 && Number.isFinite(x) && inside(x)) ys[i] = toNumber(op.precise(big(x)))
  }
  return ys
}

export const measure32 = (op: Unary, variant: VariantName): Row => {
  const xs = once(`${op.name} x`, () => points32(op))
  const exact = once(`${op.name} y`, () => exact32(op, xs))
  const ys = run(kernelsOf[variant], `${op.name}_f32`, [xs])
  const [error, at] = worstOf(ys.map((y, i) => ulps(y, exact[i] ?? 0)))
  return {
    op: op.name,
    dtype: 'float32',
    error,
    worst: String(xs[at]),
    domain: interval(op),
    samples: xs.length,
    bar: op.bar32,
  }
}

const tiny = big(2 ** -1022)
const relative = (y: number, exact: Big, floor: number): number => {
  if (!Number.isFinite(y)) return y === toNumber(exact) ? 0 : Number.NaN
  if (toNumber(exact) === Number.POSITIVE_INFINITY) return Number.NaN
  let size = abs(exact)
  for (const least of [tiny, big(floor)]) if (less(size, least)) size = least
  return toNumber(div(abs(sub(big(y), exact)), size))
}

export const measure64 = (op: Unary, variant: VariantName): Row => {
  const xs = once(`${op.name} x64`, () => points64(op))
  const exact = once(`${op.name} y64`, () => Array.from(xs, (x) => op.precise(big(x))))
  const ys = run(kernelsOf[variant], `${op.name}_f64`, [xs])
  const errors = Array.from(ys, (y, i) => relative(y, exact[i] ?? tiny, op.floor64?.(xs[i] ?? 0) ?? 0))
  const [error, at] = worstOf(errors)
  return {
    op: op.name,
    dtype: 'float64',
    error,
    worst: String(xs[at]),
    domain: interval(op),
    samples: xs.length,
    bar: bar64,
  }
}

const pairs = (op: Binary, n: number): readonly [number[], number[]] => {
  const next = uniforms(2)
  const a: number[] = []
  const b: number[] = []
  for (let i = 0; i < n; i++) {
    const [x, y] = op.pair(next(), next(), i)
    a.push(x)
    b.push(y)
  }
  return [a, b]
}

export const measureBinary32 = (op: Binary, variant: VariantName): Row => {
  const [a, b] = once(`${op.name} x`, () => {
    const [p, q] = pairs(op, 1 << 17)
    return [Float32Array.from(p), Float32Array.from(q)] as const
  })
  const ys = run(kernelsOf[variant], `${op.name}_f32`, [a, b])
  const [error, at] = worstOf(ys.map((y, i) => ulps(y, op.math(a[i] ?? 0, b[i] ?? 0))))
  return {
    op: op.name,
    dtype: 'float32',
    error,
    worst: `${a[at]}, ${b[at]}`,
    domain: op.domain,
    samples: a.length,
    bar: op.bar32,
  }
}

export const measureBinary64 = (op: Binary, variant: VariantName): Row => {
  const [a, b] = pairs(op, 600)
  const xs = Float64Array.from(a)
  const zs = Float64Array.from(b)
  const kept = xs.map((x, i) => (Number.isFinite(op.math(x, zs[i] ?? 0)) ? 1 : 0))
  const x = xs.filter((_, i) => kept[i])
  const z = zs.filter((_, i) => kept[i])
  const ys = run(kernelsOf[variant], `${op.name}_f64`, [x, z])
  const [error, at] = worstOf(Array.from(ys, (y, i) => relative(y, op.precise(big(x[i] ?? 0), big(z[i] ?? 0)), 0)))
  return {
    op: op.name,
    dtype: 'float64',
    error,
    worst: `${x[at]}, ${z[at]}`,
    domain: op.domain,
    samples: x.length,
    bar: bar64,
  }
}

/** Every measurement, lazily. */
export const measurements: readonly {
  readonly op: string
  readonly dtype: Row['dtype']
  readonly of: (v: VariantName) => Row
}[] = [
  ...unary.flatMap((op) => [
    { op: op.name, dtype: 'float32' as const, of: (v: VariantName) => measure32(op, v) },
    { op: op.name, dtype: 'float64' as const, of: (v: VariantName) => measure64(op, v) },
  ]),
  ...binary.flatMap((op) => [
    { op: op.name, dtype: 'float32' as const, of: (v: VariantName) => measureBinary32(op, v) },
    { op: op.name, dtype: 'float64' as const, of: (v: VariantName) => measureBinary64(op, v) },
  ]),
]
