import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arena, as, dtypes, floats, integers, out, type T, variants } from './arena.js'
import { value, values } from './values.js'

type Binary = (a: number, b: number, t: T) => number
const width = (t: T) => (t === 'u8' ? 8 : 32)
const signed = (x: number, t: T) => (t === 'u8' ? (x << 24) >> 24 : x | 0)

const common: Record<string, Binary> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  max: (a, b) => Math.max(a, b),
  min: (a, b) => Math.min(a, b),
}
const float: Record<string, Binary> = { ...common, mul: (a, b) => a * b, div: (a, b) => a / b }
const integer: Record<string, Binary> = {
  ...common,
  mul: (a, b) => Math.imul(a, b),
  div: (a, b) => (b === 0 ? -1 : Math.trunc(a / b)),
  rem: (a, b) => (b === 0 ? a : a % b),
  pow: (a, b) => {
    if (b < 0) return a === 1 ? 1 : a === -1 ? (b % 2 === 0 ? 1 : -1) : 0
    return Number(BigInt.asUintN(32, modularPower(BigInt(a), BigInt(b))))
  },
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b, t) => (b >>> 0 < width(t) ? a << b : 0),
  shrLogical: (a, b, t) => (b >>> 0 < width(t) ? a >>> b : 0),
  shrArithmetic: (a, b, t) => signed(a, t) >> (b >>> 0 < width(t) ? b : 31),
}

function modularPower(base: bigint, exponent: bigint): bigint {
  const modulus = 2n ** 32n
  let power = 1n
  for (let b = ((base % modulus) + modulus) % modulus, e = exponent; e > 0n; e >>= 1n, b = (b * b) % modulus)
    if (e & 1n) power = (power * b) % modulus
  return power
}

/** Shapes and strides: rows of `inner`, operands dense, one per row, one row for all, or one for all. */
const layout = fc.record({
  outer: fc.integer({ min: 0, max: 4 }),
  inner: fc.integer({ min: 0, max: 37 }),
  ai: fc.constantFrom(0, 1),
  bi: fc.constantFrom(0, 1),
  aRows: fc.boolean(),
  bRows: fc.boolean(),
  gap: fc.integer({ min: 0, max: 3 }),
})

const stride = (rows: boolean, inner: number, step: number, gap: number) =>
  rows ? inner * step + gap + (step ? 0 : 1) : 0

describe.each(variants)('binary arithmetic, %s', (variant) => {
  const { one } = arena(variant)
  const check = (name: string, t: T, reference: Binary) =>
    it(`${name}_${t} equals plain arithmetic at any shape and stride`, () => {
      fc.assert(
        fc.property(
          layout.chain((l) => {
            const ao = stride(l.aRows, l.inner, l.ai, l.gap),
              bo = stride(l.bRows, l.inner, l.bi, l.gap)
            const need = (o: number, i: number) => Math.max(0, l.outer - 1) * o + Math.max(0, l.inner - 1) * i + 1
            return fc.record({
              l: fc.constant({ ...l, ao, bo }),
              a: values(t, need(ao, l.ai)),
              b: values(t, need(bo, l.bi)),
            })
          }),
          ({ l, a, b }) => {
            const got = one(`${name}_${t}`, [a, b, out(t, l.outer * l.inner), l.outer, l.inner, l.ao, l.bo, l.ai, l.bi])
            const want: number[] = []
            for (let r = 0; r < l.outer; r++)
              for (let c = 0; c < l.inner; c++)
                want.push(as(t, reference(a[r * l.ao + c * l.ai] as number, b[r * l.bo + c * l.bi] as number, t)))
            expect(got).toEqual(want)
          },
        ),
        { numRuns: 60 },
      )
    })
  for (const t of floats) for (const [name, f] of Object.entries(float)) check(name, t, f)
  for (const t of integers) for (const [name, f] of Object.entries(integer)) check(name, t, f)

  it('writes over an operand of the same shape', () => {
    const { kernels } = arena(variant)
    const at = (kernels.heapBase + 15) & ~15
    const x = new Float32Array(kernels.memory.buffer, at, 11)
    x.set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    kernels.call.mul_f32(at, at, at, 1, 11, 11, 11, 1, 1)
    expect(Array.from(x)).toEqual([1, 4, 9, 16, 25, 36, 49, 64, 81, 100, 121])
  })
})

describe.each(variants)('unary integer functions, %s', (variant) => {
  const { one } = arena(variant)
  const bits = (x: number, t: T) =>
    (x >>> 0)
      .toString(2)
      .padStart(32, '0')
      .slice(32 - width(t))
  const reference: Record<string, (x: number, t: T) => number> = {
    abs: (x) => Math.abs(x),
    neg: (x) => -x,
    sign: (x) => Math.sign(x),
    square: (x) => Math.imul(x, x),
    not: (x) => ~x,
    popcount: (x, t) => bits(x, t).replaceAll('0', '').length,
    clz: (x, t) => `${bits(x, t)}1`.indexOf('1'),
  }
  for (const t of integers)
    for (const [name, f] of Object.entries(reference))
      it(`${name}_${t}`, () => {
        fc.assert(
          fc.property(fc.array(value(t), { maxLength: 40 }), (x) => {
            const input = new (t === 'i32' ? Int32Array : t === 'u32' ? Uint32Array : Uint8Array)(x)
            expect(one(`${name}_${t}`, [input, out(t, x.length), x.length])).toEqual(x.map((v) => as(t, f(v, t))))
          }),
          { numRuns: 50 },
        )
      })

  it('not_bool exchanges 0 and 1', () => {
    const x = Uint8Array.from({ length: 21 }, (_, i) => (i % 3 === 0 ? 1 : 0))
    expect(one('not_bool', [x, out('u8', 21), 21])).toEqual(Array.from(x, (v) => 1 - v))
  })
})

describe.each(variants)('select and clamp, %s', (variant) => {
  const { one } = arena(variant)
  const strides = fc.record({ rows: fc.boolean(), step: fc.constantFrom(0, 1) })
  const operand = (t: T, s: { rows: boolean; step: number }, outer: number, inner: number) => {
    const row = s.rows ? (s.step ? inner : 1) : 0
    const length = Math.max(0, outer - 1) * row + Math.max(0, inner - 1) * s.step + 1
    return values(t, length).map((data) => ({ data, row, step: s.step }))
  }
  const three = (first: T, t: T) =>
    fc
      .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 37 }), strides, strides, strides)
      .chain(([outer, inner, p, a, b]) =>
        fc.tuple(
          fc.constant({ outer, inner }),
          operand(first, p, outer, inner),
          operand(t, a, outer, inner),
          operand(t, b, outer, inner),
        ),
      )
  type Operand = { readonly data: ArrayLike<number>; readonly row: number; readonly step: number }
  const at = (x: Operand, r: number, c: number) => x.data[r * x.row + c * x.step] as number

  for (const [w, t] of [
    [8, 'u8'],
    [32, 'f32'],
    [64, 'f64'],
  ] as const)
    it(`select_${w} takes a where p, else b`, () => {
      fc.assert(
        fc.property(three('u8', t), ([{ outer, inner }, p, a, b]) => {
          const got = one(`select_${w}`, [
            p.data,
            a.data,
            b.data,
            out(t, outer * inner),
            outer,
            inner,
            p.row,
            a.row,
            b.row,
            p.step,
            a.step,
            b.step,
          ])
          const want: number[] = []
          for (let r = 0; r < outer; r++)
            for (let c = 0; c < inner; c++) want.push(at(p, r, c) ? at(a, r, c) : at(b, r, c))
          expect(got).toEqual(want)
        }),
      )
    })

  for (const t of dtypes)
    it(`clamp_${t} is min(max(x, lo), hi) and keeps NaN`, () => {
      fc.assert(
        fc.property(three(t, t), ([{ outer, inner }, lo, x, hi]) => {
          const got = one(`clamp_${t}`, [
            lo.data,
            x.data,
            hi.data,
            out(t, outer * inner),
            outer,
            inner,
            lo.row,
            x.row,
            hi.row,
            lo.step,
            x.step,
            hi.step,
          ])
          const want: number[] = []
          for (let r = 0; r < outer; r++)
            for (let c = 0; c < inner; c++) want.push(Math.min(Math.max(at(x, r, c), at(lo, r, c)), at(hi, r, c)))
          expect(got).toEqual(want)
        }),
      )
    })
})
