import { loadKernels } from '@puregrad/kernels-as'
import { describe, expect, it } from 'vitest'
import { kernelNamed } from './arena.js'

const { POSITIVE_INFINITY: inf, NaN: nan } = Number
const tiny32 = 2 ** -149
const tiny64 = 2 ** -1074
const max32 = (2 - 2 ** -23) * 2 ** 127

type Dtype = 'f32' | 'f64'
const dtypes = ['f32', 'f64'] as const
const Typed = { f32: Float32Array, f64: Float64Array } as const

describe.each(['simd', 'auto'] as const)('%s build', (variant) => {
  const kernels = loadKernels({ variant })
  const { memory, heapBase } = kernels
  const base = (heapBase + 63) & ~63
  const kernel = (name: string) => kernelNamed(kernels, name)
  const unary = (op: string, dtype: Dtype, xs: readonly number[]): number[] => {
    const at = new Typed[dtype](memory.buffer, base, xs.length)
    at.set(xs)
    kernel(`${op}_${dtype}`)(base, base, xs.length)
    return Array.from(at)
  }
  const binary = (op: string, dtype: Dtype, pairs: readonly (readonly [number, number])[]): number[] => {
    const n = pairs.length
    const at = (i: number) => new Typed[dtype](memory.buffer, base + i * 4096, n)
    at(0).set(pairs.map(([a]) => a))
    at(1).set(pairs.map(([, b]) => b))
    kernel(`${op}_${dtype}`)(base, base + 4096, base + 8192, 1, n, 0, 0, 1, 1)
    return Array.from(at(2))
  }

  const limits: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
    exp: [
      [inf, inf],
      [-inf, 0],
      [0, 1],
      [-0, 1],
      [1000, inf],
      [-1000, 0],
    ],
    exp2: [
      [inf, inf],
      [-inf, 0],
      [0, 1],
      [10, 1024],
      [-3, 0.125],
      [2000, inf],
    ],
    expm1: [
      [inf, inf],
      [-inf, -1],
      [0, 0],
      [-0, -0],
      [-1000, -1],
      [1000, inf],
    ],
    logistic: [
      [inf, 1],
      [-inf, 0],
      [0, 0.5],
      [-0, 0.5],
      [1000, 1],
      [-1000, 0],
    ],
    log: [
      [inf, inf],
      [0, -inf],
      [-0, -inf],
      [1, 0],
      [-1, nan],
      [-inf, nan],
    ],
    log2: [
      [inf, inf],
      [0, -inf],
      [-0, -inf],
      [1, 0],
      [-1, nan],
      [8, 3],
      [0.25, -2],
    ],
    log10: [
      [inf, inf],
      [0, -inf],
      [-0, -inf],
      [1, 0],
      [-1, nan],
      [1000, 3],
    ],
    log1p: [
      [inf, inf],
      [-1, -inf],
      [0, 0],
      [-0, -0],
      [-2, nan],
      [-inf, nan],
    ],
    sqrt: [
      [inf, inf],
      [0, 0],
      [-0, -0],
      [-1, nan],
      [4, 2],
    ],
    rsqrt: [
      [inf, 0],
      [0, inf],
      [-0, -inf],
      [-1, nan],
      [4, 0.5],
    ],
    cbrt: [
      [inf, inf],
      [-inf, -inf],
      [0, 0],
      [-0, -0],
      [-27, -3],
    ],
    sin: [
      [inf, nan],
      [-inf, nan],
      [0, 0],
      [-0, -0],
    ],
    cos: [
      [inf, nan],
      [-inf, nan],
      [0, 1],
      [-0, 1],
    ],
    tan: [
      [inf, nan],
      [-inf, nan],
      [0, 0],
      [-0, -0],
    ],
    asin: [
      [2, nan],
      [-2, nan],
      [0, 0],
      [-0, -0],
    ],
    acos: [
      [2, nan],
      [-2, nan],
      [1, 0],
    ],
    atan: [
      [0, 0],
      [-0, -0],
    ],
    sinh: [
      [inf, inf],
      [-inf, -inf],
      [0, 0],
      [-0, -0],
      [1000, inf],
    ],
    cosh: [
      [inf, inf],
      [-inf, inf],
      [0, 1],
      [1000, inf],
    ],
    tanh: [
      [inf, 1],
      [-inf, -1],
      [0, 0],
      [-0, -0],
      [100, 1],
      [-100, -1],
    ],
    asinh: [
      [inf, inf],
      [-inf, -inf],
      [0, 0],
      [-0, -0],
    ],
    acosh: [
      [inf, inf],
      [1, 0],
      [0.5, nan],
      [-2, nan],
    ],
    atanh: [
      [1, inf],
      [-1, -inf],
      [0, 0],
      [-0, -0],
      [2, nan],
    ],
    erf: [
      [inf, 1],
      [-inf, -1],
      [0, 0],
      [-0, -0],
      [10, 1],
    ],
    erfc: [
      [inf, 0],
      [-inf, 2],
      [0, 1],
      [40, 0],
      [-10, 2],
    ],
    erfInv: [
      [1, inf],
      [-1, -inf],
      [0, 0],
      [-0, -0],
      [2, nan],
      [-2, nan],
    ],
    lgamma: [
      [inf, inf],
      [-inf, inf],
      [0, inf],
      [-0, inf],
      [-3, inf],
      [1, 0],
      [2, 0],
    ],
    digamma: [
      [inf, inf],
      [-inf, nan],
      [0, nan],
      [-3, nan],
    ],
    besselI0e: [
      [inf, 0],
      [-inf, 0],
      [0, 1],
    ],
    besselI1e: [
      [inf, 0],
      [-inf, -0],
      [0, 0],
      [-0, -0],
    ],
    floor: [
      [inf, inf],
      [-inf, -inf],
      [-0, -0],
      [1.5, 1],
      [-1.5, -2],
      [0.5, 0],
    ],
    ceil: [
      [inf, inf],
      [-inf, -inf],
      [-0, -0],
      [1.5, 2],
      [-1.5, -1],
      [-0.5, -0],
    ],
    trunc: [
      [inf, inf],
      [-0, -0],
      [1.5, 1],
      [-1.5, -1],
      [-0.5, -0],
    ],
    round: [
      [0.5, 0],
      [1.5, 2],
      [2.5, 2],
      [-0.5, -0],
      [-1.5, -2],
      [3.49, 3],
      [inf, inf],
    ],
    sign: [
      [inf, 1],
      [-inf, -1],
      [0, 0],
      [-0, -0],
      [3, 1],
      [-3, -1],
    ],
    abs: [
      [-inf, inf],
      [-0, 0],
      [-3, 3],
    ],
    neg: [
      [inf, -inf],
      [0, -0],
      [-0, 0],
      [3, -3],
    ],
    square: [
      [-inf, inf],
      [-0, 0],
      [-3, 9],
    ],
    reciprocal: [
      [inf, 0],
      [-inf, -0],
      [0, inf],
      [-0, -inf],
      [4, 0.25],
    ],
  }
  it.each(Object.keys(limits).flatMap((op) => dtypes.map((dtype) => [op, dtype] as const)))(
    '%s_%s: limits, signed zeros, NaN',
    (op, dtype) => {
      const cases = [...(limits[op] ?? []), [nan, nan] as const]
      expect(
        unary(
          op,
          dtype,
          cases.map(([x]) => x),
        ),
      ).toEqual(cases.map(([, y]) => y))
    },
  )

  it('tiny arguments of odd functions come back unchanged', () => {
    const xs = [1e-8, -1e-8, 1e-30, -1e-30, 2 ** -126, -(2 ** -126), tiny32, -tiny32, 3 * tiny32]
    for (const op of ['tanh', 'sin', 'tan', 'asin', 'atan', 'sinh', 'asinh', 'atanh'])
      expect(unary(op, 'f32', xs), op).toEqual(xs.map(Math.fround))
    const small = xs.slice(2)
    for (const op of ['expm1', 'log1p']) expect(unary(op, 'f32', small), op).toEqual(small.map(Math.fround))
    for (const op of ['expm1', 'log1p', 'tanh', 'sin'])
      expect(unary(op, 'f64', [tiny64, -tiny64, 1e-300]), op).toEqual([tiny64, -tiny64, 1e-300])
  })

  it('subnormal results are kept', () => {
    expect(unary('exp', 'f32', [-103, -88])).toEqual([Math.fround(Math.exp(-103)), Math.fround(Math.exp(-88))])
    expect(unary('exp2', 'f32', [-149, -148, -127, -150, -151])).toEqual([tiny32, 2 * tiny32, 2 ** -127, 0, 0])
    expect(unary('logistic', 'f32', [-103, -95])).toEqual([Math.fround(Math.exp(-103)), Math.fround(Math.exp(-95))])
    expect(unary('logistic', 'f64', [-200, -745])).toEqual([Math.exp(-200), tiny64])
    expect(unary('exp', 'f64', [-745])).toEqual([tiny64])
  })

  it('the largest finite results are finite, the next are infinite', () => {
    expect(unary('exp', 'f32', [88.72283172607422, 88.72283935546875])[0]).toBeLessThan(max32)
    expect(unary('exp', 'f32', [88.72283935546875])).toEqual([inf])
    expect(unary('expm1', 'f32', [88.72283935546875])).toEqual([inf])
    expect(unary('exp2', 'f32', [127.99999237060547, 128])[1]).toBe(inf)
    expect(unary('log', 'f32', [tiny32, max32])).toEqual([Math.fround(Math.log(tiny32)), Math.fround(Math.log(max32))])
  })

  it.each(dtypes)('isFinite_%s', (dtype) => {
    const xs = [0, -0, 1, -3e38, tiny32, inf, -inf, nan, -nan]
    new Typed[dtype](memory.buffer, base, xs.length).set(xs)
    kernel(`isFinite_${dtype}`)(base, base + 4096, xs.length)
    expect(Array.from(new Uint8Array(memory.buffer, base + 4096, xs.length))).toEqual([1, 1, 1, 1, 1, 0, 0, 0, 0])
  })

  it.each(dtypes)('pow_%s follows C99', (dtype) => {
    const cases: readonly (readonly [number, number, number])[] = [
      [0, 0, 1],
      [nan, 0, 1],
      [1, nan, 1],
      [1, inf, 1],
      [1, -inf, 1],
      [-1, inf, 1],
      [-1, -inf, 1],
      [2, nan, nan],
      [nan, 2, nan],
      [-2, 3, -8],
      [-2, 2, 4],
      [-2, -3, -0.125],
      [-2, 0.5, nan],
      [0, 3, 0],
      [-0, 3, -0],
      [-0, 2, 0],
      [0, -1, inf],
      [-0, -1, -inf],
      [-0, -2, inf],
      [-0, 0.5, 0],
      [2, inf, inf],
      [0.5, inf, 0],
      [2, -inf, 0],
      [0.5, -inf, inf],
      [-2, inf, inf],
      [inf, 2, inf],
      [inf, -2, 0],
      [-inf, 3, -inf],
      [-inf, 2, inf],
      [-inf, -3, -0],
      [-inf, 0.5, inf],
      [2, 10, 1024],
      [9, 0.5, 3],
      [4, -1, 0.25],
      [10, 3, 1000],
    ]
    expect(
      binary(
        'pow',
        dtype,
        cases.map(([a, b]) => [a, b] as const),
      ),
    ).toEqual(cases.map(([, , y]) => y))
  })

  it.each(dtypes)('pow_%s keeps exact powers exact', (dtype) => {
    const cases: (readonly [number, number, number])[] = []
    for (let i = 1; i < 4096; i += 7) cases.push([i, 1, i], [i, 2, i * i], [i * i, 0.5, i])
    for (let i = 1; i < 256; i++) cases.push([i, 3, i ** 3])
    for (let k = 0; k <= 10; k++) cases.push([10, k, 10 ** k])
    for (let k = -126; k <= 127; k++) cases.push([2, k, 2 ** k], [0.5, -k, 2 ** k])
    for (let at = 0; at < cases.length; at += 100) {
      const some = cases.slice(at, at + 100)
      expect(
        binary(
          'pow',
          dtype,
          some.map(([a, b]) => [a, b] as const),
        ),
      ).toEqual(some.map(([, , y]) => y))
    }
  })

  it('pow_f32 gives a pair the same bits whatever its neighbours are', () => {
    const pairs = [
      [1.5, 2.5],
      [-2, 3],
      [0, 2],
      [1e-41, 0.5],
      [7, Number.POSITIVE_INFINITY],
      [3, -40],
      [2, 1.1],
    ] as const
    const alone = pairs.map((pair) => binary('pow', 'f32', [pair])[0])
    for (let shift = 0; shift < pairs.length; shift++) {
      const turned = [...pairs.slice(shift), ...pairs.slice(0, shift)]
      expect(binary('pow', 'f32', turned)).toEqual([...alone.slice(shift), ...alone.slice(0, shift)])
    }
  })

  it.each(dtypes)('atan2_%s at the axes', (dtype) => {
    const round = dtype === 'f32' ? Math.fround : Number
    const values = [0, -0, 1, -1, inf, -inf, nan]
    const pairs = values.flatMap((y) => values.map((x) => [y, x] as const))
    expect(binary('atan2', dtype, pairs)).toEqual(pairs.map(([y, x]) => round(Math.atan2(y, x))))
  })

  it.each(dtypes)('rem_%s is the exact remainder with the sign of the dividend', (dtype) => {
    const round = dtype === 'f32' ? Math.fround : Number
    const values = [0, -0, 1, -1, 5.5, -5.5, 3, 0.1, 1e30, -1e-30, 1e-40, 7e37, inf, -inf, nan].map(round)
    const pairs = values.flatMap((a) => values.map((b) => [a, b] as const))
    expect(binary('rem', dtype, pairs)).toEqual(pairs.map(([a, b]) => round(a % b)))
  })

  it('rem_f32 is exact over random magnitudes', () => {
    const pairs = Array.from({ length: 1000 }, (_, i) => {
      const a = Math.fround(2 ** (((i * 0.618) % 1) * 60 - 30) * (1 + ((i * 0.377) % 1)))
      const b = Math.fround(2 ** (((i * 0.283) % 1) * 60 - 30) * (1 + ((i * 0.911) % 1)))
      return [i % 2 === 0 ? a : -a, b] as const
    })
    expect(binary('rem', 'f32', pairs)).toEqual(pairs.map(([a, b]) => a % b))
  })

  it('nextafter moves one float towards its target', () => {
    const next = (a: number, b: number): number | undefined => binary('nextafter', 'f32', [[a, b]])[0]
    expect([next(1, 2), next(1, 0), next(-1, -2), next(-1, 0)]).toEqual([
      1 + 2 ** -23,
      1 - 2 ** -24,
      -1 - 2 ** -23,
      -1 + 2 ** -24,
    ])
    expect([next(0, 1), next(0, -1), next(-0, 1), next(tiny32, 0)]).toEqual([tiny32, -tiny32, tiny32, 0])
    expect([next(max32, inf), next(inf, 0), next(3, 3), next(0, -0), next(nan, 1), next(1, nan)]).toEqual([
      inf,
      max32,
      3,
      -0,
      nan,
      nan,
    ])
    expect(
      binary('nextafter', 'f64', [
        [1, 2],
        [1, 0],
        [0, 1],
        [0, -1],
      ]),
    ).toEqual([1 + 2 ** -52, 1 - 2 ** -53, tiny64, -tiny64])
  })

  it('pow broadcasts by strides', () => {
    const a = new Float32Array(memory.buffer, base, 6)
    const b = new Float32Array(memory.buffer, base + 4096, 3)
    const o = new Float32Array(memory.buffer, base + 8192, 6)
    a.set([1, 2, 3, 4, 5, 6])
    b.set([1, 2, 3])
    const pow = kernel('pow_f32')
    pow(base, base + 4096, base + 8192, 2, 3, 3, 0, 1, 1) // rows against one row
    expect(Array.from(o)).toEqual([1, 4, 27, 4, 25, 216])
    pow(base, base + 4096 + 4, base + 8192, 2, 3, 3, 0, 1, 0) // against one number
    expect(Array.from(o)).toEqual([1, 4, 9, 16, 25, 36])
    pow(base + 4, base + 4096, base + 8192, 2, 3, 2, 0, 0, 1) // a column against a row
    expect(Array.from(o)).toEqual([2, 4, 8, 4, 16, 64])
  })
})
