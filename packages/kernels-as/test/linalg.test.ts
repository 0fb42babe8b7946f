import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Argument, arena, arrays, kernelNamed, out, type Typed, variants } from './arena.js'
import { noise } from './values.js'

type Matrix = { readonly rows: number; readonly columns: number; readonly data: Float64Array }
type F = 'f32' | 'f64'

const matrix = (rows: number, columns: number, at: (i: number, j: number) => number): Matrix => {
  const data = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) data[i * columns + j] = at(i, j)
  return { rows, columns, data }
}
const entry = (a: Matrix, i: number, j: number) => a.data[i * a.columns + j] as number
const wrap = (rows: number, columns: number, data: ArrayLike<number>): Matrix => ({
  rows,
  columns,
  data: Float64Array.from(data),
})
const transpose = (a: Matrix) => matrix(a.columns, a.rows, (i, j) => entry(a, j, i))
const identity = (n: number) => matrix(n, n, (i, j) => (i === j ? 1 : 0))
const norm = (a: Matrix) => Math.hypot(...a.data)
const times = (a: Matrix, b: Matrix) =>
  matrix(a.rows, b.columns, (i, j) => {
    let s = 0
    for (let k = 0; k < a.columns; k++) s += entry(a, i, k) * entry(b, k, j)
    return s
  })
const distance = (a: Matrix, b: Matrix) => norm(matrix(a.rows, a.columns, (i, j) => entry(a, i, j) - entry(b, i, j)))

const unit: Record<F, number> = { f32: 2 ** -24, f64: 2 ** -53 }
/** Residuals in units of n·u·‖A‖ that LAPACK's own test programs accept. */
const threshold = 30
const close = (t: F, got: Matrix, want: Matrix, size: number, inner: number) =>
  expect(distance(got, want)).toBeLessThanOrEqual(threshold * unit[t] * Math.max(1, inner) * size)
const near = (got: readonly number[] | undefined, want: readonly number[]) =>
  expect(got).toEqual(want.map((v) => expect.closeTo(v, 5)))
const orthonormalColumns = (t: F, q: Matrix) =>
  close(t, times(transpose(q), q), identity(q.columns), Math.sqrt(Math.max(1, q.columns)), q.rows)

const size = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 24 }))
const random = (rows: number, columns: number, seed: number) => wrap(rows, columns, noise('f64', rows * columns, seed))

/** General matrices: random, rank-deficient, small integers (exact ties), graded over 12 orders, constant, tiny or huge. */
const general = fc
  .tuple(size, size, fc.constantFrom('random', 'deficient', 'integer', 'graded', 'constant', 'scaled'), fc.nat())
  .map(([m, n, kind, seed]) => {
    const a = random(m, n, seed)
    const of = (at: (i: number, j: number) => number) => ({ kind, a: matrix(m, n, at) })
    if (kind === 'deficient') {
      const rank = 1 + (seed % Math.max(1, Math.min(m, n) - 1))
      return { kind, a: times(random(m, rank, seed + 1), random(rank, n, seed + 2)) }
    }
    if (kind === 'integer') return of((i, j) => Math.round(2 * entry(a, i, j)))
    if (kind === 'graded') return of((i, j) => entry(a, i, j) * 10 ** (-12 * (j / n)))
    if (kind === 'constant') return of(() => seed % 2)
    if (kind === 'scaled') return of((i, j) => entry(a, i, j) * 2 ** (seed % 2 ? 60 : -60))
    return { kind, a }
  })

const symmetric = general.map(({ a }) => {
  const n = Math.min(a.rows, a.columns)
  return matrix(n, n, (i, j) => (entry(a, i, j) + entry(a, j, i)) / 2)
})
const definite = fc.tuple(size, fc.nat()).map(([n, seed]) => {
  const g = random(n, n, seed)
  const square = times(g, transpose(g))
  return matrix(n, n, (i, j) => entry(square, i, j) + (i === j ? 0.5 : 0))
})

const stack = (t: F, all: readonly Matrix[]): Typed => new arrays[t](all.flatMap((a) => Array.from(a.data)))
/** The matrix as the kernel sees it, rounded to its dtype. */
const rounded = (t: F, a: Matrix): Matrix => wrap(a.rows, a.columns, new arrays[t](a.data))

describe.each(variants)('linear algebra, %s', (variant) => {
  const { run: runAll, one, kernels } = arena(variant)
  /** Scratch is an output too, so that writing past its end is noticed; it comes last and is not a result. */
  const scratch = (name: string, ...args: number[]) => ({
    ...out('u8', kernelNamed(kernels, name)(...args)),
    scratched: true,
  })
  const run = (name: string, args: readonly Argument[]): number[][] => {
    const last = args.at(-1)
    const results = runAll(name, args)
    return typeof last === 'object' && 'scratched' in last ? results.slice(0, -1) : results
  }

  describe.each(['f32', 'f64'] as const)('%s', (t) => {
    const cholesky = (a: Matrix) =>
      wrap(a.rows, a.rows, one(`cholesky_${t}`, [stack(t, [a]), out(t, a.data.length), 1, a.rows]))

    it('cholesky: L·Lᵀ = A with L lower triangular', () => {
      fc.assert(
        fc.property(definite, (given) => {
          const a = rounded(t, given)
          const l = cholesky(a)
          close(t, times(l, transpose(l)), a, norm(a), a.rows)
          for (let i = 0; i < a.rows; i++) for (let j = i + 1; j < a.rows; j++) expect(entry(l, i, j)).toBe(0)
        }),
      )
    })
    it('cholesky: NaN throughout where A is not positive definite or holds NaN, other matrices of the batch untouched', () => {
      const good = matrix(3, 3, (i, j) => (i === j ? 4 : 1))
      for (const bad of [-1, 0, NaN]) {
        const broken = matrix(3, 3, (i, j) => (i === 2 && j === 2 ? bad : i === j ? 4 : 1))
        const got = one(`cholesky_${t}`, [stack(t, [broken, good]), out(t, 18), 2, 3])
        expect(got.slice(0, 9).every(Number.isNaN)).toBe(true)
        expect(got.slice(9)).toEqual(Array.from(cholesky(good).data))
      }
    })

    it('triangularSolve: op(A)·X = B from the named triangle alone', () => {
      const flag = fc.constantFrom(0, 1)
      fc.assert(
        fc.property(
          size,
          fc.integer({ min: 0, max: 9 }),
          flag,
          flag,
          flag,
          fc.nat(),
          (n, m, lower, trans, ones, seed) => {
            const full = rounded(
              t,
              matrix(n, n, (i, j) => (i === j ? 1.5 : 1 / (n + 1)) * (1 + 0.3 * Math.sin(seed + 7 * i + j))),
            )
            const b = rounded(t, random(n, m, seed + 1))
            // the other triangle (and a unit diagonal) must not be read
            const poisoned = matrix(n, n, (i, j) => {
              const used = (lower ? i > j : i < j) || (i === j && !ones)
              return used ? entry(full, i, j) : NaN
            })
            const triangle = matrix(n, n, (i, j) =>
              i === j ? (ones ? 1 : entry(full, i, j)) : (lower ? i > j : i < j) ? entry(full, i, j) : 0,
            )
            const args = [
              stack(t, [poisoned, poisoned]),
              stack(t, [b, b]),
              out(t, 2 * n * m),
              2,
              n,
              m,
              lower,
              trans,
              ones,
            ]
            const x = one(`triangularSolve_${t}`, args)
            const first = wrap(n, m, x.slice(0, n * m))
            const op = trans ? transpose(triangle) : triangle
            close(t, times(op, first), b, norm(op) * norm(first), n)
            expect(x.slice(n * m)).toEqual(x.slice(0, n * m))
          },
        ),
      )
    })

    it('lu: P·A = L·U with |L| ≤ 1, perm the product of the row swaps', () => {
      fc.assert(
        fc.property(general, ({ a: given }) => {
          const a = rounded(t, given)
          const { rows: m, columns: n } = a
          const k = Math.min(m, n)
          const args = [stack(t, [a]), out(t, m * n), out('i32', k), out('i32', m), 1, m, n]
          const [packed, pivots, perm] = run(`lu_${t}`, args) as [number[], number[], number[]]
          const f = wrap(m, n, packed)
          const l = matrix(m, k, (i, j) => (i === j ? 1 : i > j ? entry(f, i, j) : 0))
          const u = matrix(k, n, (i, j) => (i <= j ? entry(f, i, j) : 0))
          close(
            t,
            times(l, u),
            matrix(m, n, (i, j) => entry(a, perm[i] as number, j)),
            norm(a) + norm(l) * norm(u),
            k,
          )
          for (const v of l.data) expect(Math.abs(v)).toBeLessThanOrEqual(1)
          const order = Array.from({ length: m }, (_, i) => i)
          pivots.forEach((p, i) => {
            const kept = order[i] as number
            order[i] = order[p] as number
            order[p] = kept
          })
          expect(perm).toEqual(order)
        }),
      )
    })

    it('qr: Q·R = A, Q orthonormal, R upper triangular, full and reduced', () => {
      fc.assert(
        fc.property(general, fc.constantFrom(0, 1), ({ a: given }, full) => {
          const a = rounded(t, given)
          const { rows: m, columns: n } = a
          const c = full ? m : Math.min(m, n)
          const args = [stack(t, [a]), out(t, m * c), out(t, c * n), 1, m, n, full, scratch('qrScratch', m, n)]
          const [q, r] = run(`qr_${t}`, args) as [number[], number[]]
          const Q = wrap(m, c, q),
            R = wrap(c, n, r)
          close(t, times(Q, R), a, norm(a), Math.max(m, n))
          orthonormalColumns(t, Q)
          for (let i = 0; i < c; i++) for (let j = 0; j < Math.min(i, n); j++) expect(entry(R, i, j)).toBe(0)
        }),
      )
    })
    it('qr: signs as LAPACK gives them', () => {
      // numpy.linalg.qr([[3, 1], [4, 2]])
      const a = wrap(2, 2, [3, 1, 4, 2])
      const [q, r] = run(`qr_${t}`, [stack(t, [a]), out(t, 4), out(t, 4), 1, 2, 2, 0, scratch('qrScratch', 2, 2)])
      near(q, [-0.6, -0.8, -0.8, 0.6])
      near(r, [-5, -2.2, 0, 0.4])
    })

    it('eigh: A·V = V·diag(w), w ascending, V orthonormal', () => {
      fc.assert(
        fc.property(symmetric, (given) => {
          const a = rounded(t, given)
          const n = a.rows
          const args = [stack(t, [a]), out(t, n), out(t, n * n), 1, n, scratch('eighScratch', n)]
          const [w, v] = run(`eigh_${t}`, args) as [number[], number[]]
          const V = wrap(n, n, v)
          close(
            t,
            times(a, V),
            matrix(n, n, (i, j) => entry(V, i, j) * (w[j] as number)),
            norm(a),
            n,
          )
          orthonormalColumns(t, V)
          expect(w).toEqual(w.toSorted((p, q) => p - q))
        }),
      )
    })

    it('svd: U·diag(s)·Vᵀ = A, s descending, U and V orthonormal, also where A is rank-deficient', () => {
      fc.assert(
        fc.property(general, fc.constantFrom(0, 1), ({ a: given }, full) => {
          const a = rounded(t, given)
          const { rows: m, columns: n } = a
          const k = Math.min(m, n)
          const left = full ? m : k,
            right = full ? n : k
          const args = [
            stack(t, [a]),
            out(t, m * left),
            out(t, k),
            out(t, right * n),
            1,
            m,
            n,
            full,
            scratch('svdScratch', m, n),
          ]
          const [u, s, vt] = run(`svd_${t}`, args) as [number[], number[], number[]]
          const U = wrap(m, left, u),
            Vt = wrap(right, n, vt)
          const product = times(
            matrix(m, k, (i, j) => entry(U, i, j) * (s[j] as number)),
            wrap(k, n, vt.slice(0, k * n)),
          )
          close(t, product, a, norm(a), Math.max(m, n))
          orthonormalColumns(t, U)
          orthonormalColumns(t, transpose(Vt))
          expect(s).toEqual(s.toSorted((p, q) => q - p))
          for (const v of s) expect(v).toBeGreaterThanOrEqual(0)
        }),
        { numRuns: 200 },
      )
    })
    it('qr, svd and eigh stay orthonormal where rounding leftovers fade into subnormal numbers', () => {
      const m = 48
      const n = 40
      for (let seed = 1; seed <= 5; seed++) {
        const x = noise('f64', m, seed).map((v) => Math.round(3 * v))
        const y = noise('f64', n, seed + 1).map((v) => Math.round(2 * v))
        const a = matrix(m, n, (i, j) => (x[i] as number) * (y[j] as number))
        const [q] = run(`qr_${t}`, [
          stack(t, [a]),
          out(t, m * n),
          out(t, n * n),
          1,
          m,
          n,
          0,
          scratch('qrScratch', m, n),
        ])
        orthonormalColumns(t, wrap(m, n, q as number[]))
        const sizes = [out(t, m * n), out(t, n), out(t, n * n)]
        const [u, , vt] = run(`svd_${t}`, [stack(t, [a]), ...sizes, 1, m, n, 0, scratch('svdScratch', m, n)])
        orthonormalColumns(t, wrap(m, n, u as number[]))
        orthonormalColumns(t, transpose(wrap(n, n, vt as number[])))
        const square = matrix(n, n, (i, j) => (y[i] as number) * (y[j] as number))
        const [, v] = run(`eigh_${t}`, [stack(t, [square]), out(t, n), out(t, n * n), 1, n, scratch('eighScratch', n)])
        orthonormalColumns(t, wrap(n, n, v as number[]))
      }
    })
    it('svd: singular values are the square roots of the eigenvalues of AᵀA', () => {
      const a = rounded(t, random(9, 5, 12))
      const [, s] = run(`svd_${t}`, [
        stack(t, [a]),
        out(t, 45),
        out(t, 5),
        out(t, 25),
        1,
        9,
        5,
        0,
        scratch('svdScratch', 9, 5),
      ])
      const gram = times(transpose(a), a)
      const [w] = run('eigh_f64', [gram.data, out('f64', 5), out('f64', 25), 1, 5, scratch('eighScratch', 5)])
      near(s, w?.map(Math.sqrt).reverse() ?? [])
    })

    it('decompositions of a batch are those of its matrices', () => {
      const list = [random(4, 3, 1), random(4, 3, 2), random(4, 3, 3)].map((a) => rounded(t, a))
      const svd = (all: readonly Matrix[]) =>
        run(`svd_${t}`, [
          stack(t, all),
          out(t, 12 * all.length),
          out(t, 3 * all.length),
          out(t, 9 * all.length),
          all.length,
          4,
          3,
          0,
          scratch('svdScratch', 4, 3),
        ])
      const qr = (all: readonly Matrix[]) =>
        run(`qr_${t}`, [
          stack(t, all),
          out(t, 12 * all.length),
          out(t, 9 * all.length),
          all.length,
          4,
          3,
          0,
          scratch('qrScratch', 4, 3),
        ])
      const eigh = (all: readonly Matrix[]) => {
        const squares = all.map((a) => times(transpose(a), a))
        return run(`eigh_${t}`, [
          stack(t, squares),
          out(t, 3 * all.length),
          out(t, 9 * all.length),
          all.length,
          3,
          scratch('eighScratch', 3),
        ])
      }
      const lu = (all: readonly Matrix[]) =>
        run(`lu_${t}`, [
          stack(t, all),
          out(t, 12 * all.length),
          out('i32', 3 * all.length),
          out('i32', 4 * all.length),
          all.length,
          4,
          3,
        ])
      for (const f of [svd, qr, eigh, lu]) {
        const singles = list.map((a) => f([a]))
        expect(f(list)).toEqual(singles[0]?.map((_, i) => singles.flatMap((s) => s[i] as number[])))
      }
    })

    it('NaN or infinite input ends, and shows', () => {
      for (const bad of [NaN, Infinity]) {
        const a = matrix(6, 4, (i, j) => (i === 2 && j === 1 ? bad : 1 + i * j))
        const s = matrix(5, 5, (i, j) => (i === 2 && j === 2 ? bad : i + j))
        const svd = run(`svd_${t}`, [
          stack(t, [a]),
          out(t, 24),
          out(t, 4),
          out(t, 16),
          1,
          6,
          4,
          0,
          scratch('svdScratch', 6, 4),
        ])
        const eigh = run(`eigh_${t}`, [stack(t, [s]), out(t, 5), out(t, 25), 1, 5, scratch('eighScratch', 5)])
        const qr = run(`qr_${t}`, [stack(t, [a]), out(t, 24), out(t, 16), 1, 6, 4, 0, scratch('qrScratch', 6, 4)])
        const lu = run(`lu_${t}`, [stack(t, [a]), out(t, 24), out('i32', 4), out('i32', 6), 1, 6, 4])
        expect([...svd, ...eigh].flat().every(Number.isNaN)).toBe(true)
        expect(qr[0]?.some(Number.isNaN)).toBe(true)
        // an infinite pivot alone leaves zeros and infinities, as in LAPACK
        expect(lu[0]?.every(Number.isFinite)).toBe(false)
      }
    })
  })
})
