import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arena, arrays, out, type T, type Typed, update, variants } from './arena.js'
import { noise } from './values.js'

const products = ['f32', 'f64', 'i32', 'u8'] as const
type Product = (typeof products)[number]

interface Case {
  readonly batch: number
  readonly ta: 0 | 1
  readonly tb: 0 | 1
  readonly M: number
  readonly N: number
  readonly K: number
  readonly lda: number
  readonly ldb: number
  readonly ldc: number
  readonly sA: number
  readonly sB: number
  readonly sC: number
  readonly acc: 0 | 1
}

const bit = fc.constantFrom<0 | 1>(0, 1)
const gap = fc.constantFrom(0, 0, 1, 3)

/** Any product whose sizes come from `size` (rows, columns) and `depth`; operands may be padded, shared or both. */
const cases = (size: fc.Arbitrary<number>, depth: fc.Arbitrary<number>): fc.Arbitrary<Case> =>
  fc
    .tuple(
      fc.integer({ min: 0, max: 3 }),
      bit,
      bit,
      size,
      size,
      depth,
      fc.tuple(gap, gap, gap),
      fc.boolean(),
      fc.boolean(),
      bit,
    )
    .map(([batch, ta, tb, M, N, K, [ga, gb, gc], shareA, shareB, acc]) => {
      const lda = (ta ? M : K) + ga,
        ldb = (tb ? K : N) + gb,
        ldc = N + gc
      const sA = shareA ? 0 : lda * (ta ? K : M),
        sB = shareB ? 0 : ldb * (tb ? N : K)
      return { batch, ta, tb, M, N, K, lda, ldb, ldc, sA, sB, sC: M * ldc, acc }
    })

const lengths = (c: Case) => ({
  a: c.sA * Math.max(0, c.batch - 1) + c.lda * (c.ta ? c.K : c.M),
  b: c.sB * Math.max(0, c.batch - 1) + c.ldb * (c.tb ? c.N : c.K),
  c: c.sC * c.batch,
})

/** Small integers: every sum is exact in every dtype, so results compare with ===. */
const digits = (t: T, n: number, seed: number): Typed =>
  new arrays[t](noise('i32', n, seed).map((v) => (t === 'u8' ? v & 255 : (v % 17) - 8)))

function reference(t: Product, c: Case, A: Typed, B: Typed, C: Typed): { want: number[]; magnitude: number[] } {
  const want = Array.from(C),
    magnitude = Array.from(C, Math.abs)
  for (let n = 0; n < c.batch; n++)
    for (let i = 0; i < c.M; i++)
      for (let j = 0; j < c.N; j++) {
        const at = n * c.sC + i * c.ldc + j
        let sum = c.acc ? (C[at] as number) : 0,
          size = Math.abs(sum)
        for (let k = 0; k < c.K; k++) {
          const a = A[n * c.sA + (c.ta ? k * c.lda + i : i * c.lda + k)] as number
          const b = B[n * c.sB + (c.tb ? j * c.ldb + k : k * c.ldb + j)] as number
          sum += a * b
          size += Math.abs(a * b)
        }
        want[at] = t === 'u8' ? sum & 255 : sum
        magnitude[at] = size
      }
  return { want, magnitude }
}

describe.each(variants)('matrix products, %s', (variant) => {
  const { run, kernels } = arena(variant, 400)

  const gemm = (t: Product, c: Case, A: Typed, B: Typed, C: Typed): number[] => {
    const bytes = kernels.call[`gemmScratch_${t}`](c.M, c.N, c.K)
    const args = [c.batch, c.ta, c.tb, c.M, c.N, c.K, A, c.lda, c.sA, B, c.ldb, c.sB, update(t, C), c.ldc, c.sC, c.acc]
    // the scratch is an output too, so that writing past its end is noticed
    return run(`gemm_${t}`, [...args, out('u8', bytes)])[0] as number[]
  }
  const exact = (t: Product, c: Case, seed: number) => {
    const n = lengths(c)
    const A = digits(t, n.a, seed),
      B = digits(t, n.b, seed + 1),
      C = digits(t, n.c, seed + 2)
    expect(gemm(t, c, A, B, C)).toEqual(reference(t, c, A, B, C).want)
  }

  for (const t of products) {
    it(`gemm_${t}: any size from 0, transposed, padded, batched, accumulating`, () => {
      const size = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 37 }))
      fc.assert(
        fc.property(cases(size, size), fc.nat(), (c, seed) => exact(t, c, seed)),
        { numRuns: 300 },
      )
    })
    it(`gemm_${t}: sizes past the packing thresholds and block edges`, () => {
      const size = fc.constantFrom(1, 2, 9, 33, 64, 131),
        depth = fc.constantFrom(63, 257, 513, 600)
      fc.assert(
        fc.property(cases(size, depth), fc.nat(), (c, seed) => exact(t, c, seed)),
        { numRuns: 30 },
      )
    })
  }

  for (const t of ['f32', 'f64'] as const) {
    const unit = t === 'f32' ? 2 ** -24 : 2 ** -53

    it(`gemm_${t}: rounding errors stay within (K + 2)·u·Σ|a·b|`, () => {
      const size = fc.integer({ min: 1, max: 40 })
      fc.assert(
        fc.property(cases(size, fc.integer({ min: 1, max: 700 })), fc.nat(), (c, seed) => {
          const n = lengths(c)
          const A = noise(t, n.a, seed),
            B = noise(t, n.b, seed + 1),
            C = noise(t, n.c, seed + 2)
          const { want, magnitude } = reference(t, c, A, B, C)
          // the float64 reference has rounding errors of its own
          const bound = (t === 'f64' ? 2 : 1) * (c.K + 2) * unit
          gemm(t, c, A, B, C).forEach((v, i) => {
            expect(Math.abs(v - (want[i] as number))).toBeLessThanOrEqual(bound * (magnitude[i] as number))
          })
        }),
        { numRuns: 25 },
      )
    })

    it(`gemm_${t}: a row's bits do not depend on which other rows are computed with it`, () => {
      const size = fc.oneof(fc.integer({ min: 2, max: 20 }), fc.constantFrom(66, 140))
      const one = cases(size, fc.integer({ min: 1, max: 560 })).map((c) => ({ ...c, batch: 1 }))
      fc.assert(
        fc.property(one, fc.nat(), fc.nat(), (c, seed, at) => {
          const n = lengths(c)
          const A = noise(t, n.a, seed),
            B = noise(t, n.b, seed + 1),
            C = noise(t, n.c, seed + 2)
          const whole = gemm(t, c, A, B, C)
          const cut = 1 + (at % (c.M - 1))
          const top = gemm(t, { ...c, M: cut }, A, B, C.slice(0, cut * c.ldc))
          const bottom = gemm(t, { ...c, M: c.M - cut }, A.slice(cut * (c.ta ? 1 : c.lda)), B, C.slice(cut * c.ldc))
          expect([...top, ...bottom]).toEqual(whole)
        }),
        { numRuns: 40 },
      )
    })

    it(`gemm_${t}: reads nothing past its operands, which may end where memory does`, () => {
      const { memory, heapBase, call } = kernels
      const start = (heapBase + 15) & ~15
      const size = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(40, 66))
      fc.assert(
        fc.property(cases(size, size), fc.boolean(), fc.nat(), (given, leftLast, seed) => {
          const c = {
            ...given,
            batch: 1,
            acc: 0 as const,
            lda: given.ta ? given.M : given.K,
            ldb: given.tb ? given.K : given.N,
          }
          const n = lengths(c)
          const A = digits(t, n.a, seed),
            B = digits(t, n.b, seed + 1)
          const [last, first] = leftLast ? [A, B] : [B, A]
          const end = memory.buffer.byteLength - last.byteLength
          const other = (start + n.c * A.BYTES_PER_ELEMENT + 15) & ~15
          new arrays[t](memory.buffer, other, first.length).set(first)
          new arrays[t](memory.buffer, end, last.length).set(last)
          const C = new arrays[t](memory.buffer, start, n.c).fill(0)
          const want = reference(t, c, A, B, C).want
          const ws = (other + first.byteLength + 15) & ~15
          const a = leftLast ? end : other,
            b = leftLast ? other : end
          // a read beyond memory traps
          call[`gemm_${t}`](1, c.ta, c.tb, c.M, c.N, c.K, a, c.lda, 0, b, c.ldb, 0, start, c.ldc, 0, 0, ws)
          expect(Array.from(C, (v) => v + 0)).toEqual(want.map((v) => v + 0))
        }),
        { numRuns: 60 },
      )
    })

    it(`gemm_${t}: NaN and infinity spread as in plain arithmetic`, () => {
      const c = {
        batch: 1,
        ta: 0,
        tb: 0,
        M: 5,
        N: 5,
        K: 2,
        lda: 2,
        ldb: 5,
        ldc: 5,
        sA: 0,
        sB: 0,
        sC: 25,
        acc: 0,
      } as const
      const A = new arrays[t]([NaN, 0, 0, Infinity, 1, 1, Infinity, 0, 2, 2]),
        B = new arrays[t](10).fill(1)
      B[0] = 0
      expect(gemm(t, c, A, B, new arrays[t](25))).toEqual(reference(t, c, A, B, new arrays[t](25)).want)
    })
  }
})
