/**
 * Functions of several elements that are smooth although they are computed by largest elements, pivots and roots: derivatives at
 * singular matrices, zeros, ties, −∞ and far out, against closed forms.
 */
import { grad, hessian, jit, jvp, lax, np, type Tensor, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'

type Unary = (x: Tensor) => Tensor
const f64 = (x: unknown): Tensor => np.array(x as number[], { dtype: 'float64' })
const close = (found: Tensor, wanted: unknown, digits = 10): void => {
  const expected = f64(wanted).data()
  expect(found.size).toBe(expected.length)
  found.data().forEach((v, i) => {
    const e = expected[i] as number
    if (Number.isFinite(e)) expect(Math.abs(v - e)).toBeLessThan(10 ** -digits * Math.max(1, Math.abs(e)))
    else expect(v).toBe(e)
  })
}
const gradients = (f: Unary): readonly Unary[] => [
  grad(f),
  jit(grad(f)),
  (x) => vmap(grad(f))(np.stack([x, x])).slice(1),
]

/** Determinants by Laplace's expansion, in JavaScript. */
const laplace = (a: readonly (readonly number[])[]): number =>
  a.length === 0
    ? 1
    : (a[0] as readonly number[]).reduce(
        (sum, e, j) =>
          sum + (e === 0 ? 0 : (-1) ** j * e * laplace(a.slice(1).map((row) => row.filter((_, k) => k !== j)))),
        0,
      )
const without = (a: readonly (readonly number[])[], i: number, j: number): readonly (readonly number[])[] =>
  a.filter((_, r) => r !== i).map((row) => row.filter((_, c) => c !== j))
const cofactors = (a: readonly (readonly number[])[]): number[][] =>
  a.map((row, i) => row.map((_, j) => (-1) ** (i + j) * laplace(without(a, i, j))))

const diagonal = (...d: number[]): number[][] => d.map((v, i) => d.map((_, j) => (i === j ? v : 0)))
const filled = (n: number, at: (i: number, j: number) => number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => at(i, j)))

const squares: Readonly<Record<string, number[][]>> = {
  'ones 4×4': filled(4, () => 1),
  'zeros 4×4': filled(4, () => 0),
  'a diagonal with a zero inside': diagonal(2, 3, 0, 5, 7),
  'a diagonal with a zero in front': diagonal(0, 3, 4, 5),
  'a diagonal with a zero at the end': diagonal(2, 3, 4, 0),
  'a diagonal with two zeros': diagonal(2, 0, 4, 0, 3),
  'a shift, with zeros on its diagonal': filled(5, (i, j) => (j === i + 1 ? i + 2 : 0)),
  'rank n − 1': filled(4, (i, j) => i * 4 + j * j + (i === j ? 3 : 0)).map((row, i, all) =>
    i === 2 ? (all[0] as number[]).map((v, j) => v + ((all[1] as number[])[j] as number)) : row,
  ),
  'rank n − 2': filled(5, (i, j) => (i === j && i < 3 ? 2 : 0) + (i < 3 ? j : 0)),
  'a column of zeros': filled(4, (i, j) => (j === 1 ? 0 : Math.sin(3 * i + j + 1))),
  'regular 4×4': filled(4, (i, j) => Math.sin(5 * i + 3 * j + 1)),
  'regular 6×6': filled(6, (i, j) => Math.cos(7 * i + 2 * j * j + 1)),
}

describe.each(Object.entries(squares))('the determinant of %s', (_, a) => {
  const cof = cofactors(a)
  it('has its cofactors as derivative, forward, in reverse and in a batch', () => {
    for (const g of gradients(np.linalg.det)) close(g(f64(a)), cof)
    const direction = filled(a.length, (i, j) => Math.cos(i + 2 * j))
    const along = cof.flat().reduce((sum, c, k) => sum + c * (direction.flat()[k] as number), 0)
    close(jvp(np.linalg.det, [f64(a)], [f64(direction)])[1], along)
  })
  it('has minors of its minors as second derivative', () => {
    // ∂²det/∂aᵢⱼ∂aₖₗ by the cofactors of the matrix without row i and column j.
    const n = a.length
    const h = (hessian(np.linalg.det)(f64(a)) as Tensor).reshape([n * n, n * n]).toArray() as unknown as number[][]
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const inner = cofactors(without(a, i, j))
        for (let k = 0; k < n; k++) {
          for (let l = 0; l < n; l++) {
            const [r, c] = [k > i ? k - 1 : k, l > j ? l - 1 : l]
            const wanted = k === i || l === j ? 0 : (-1) ** (i + j) * ((inner[r] as number[])[c] as number)
            expect(Math.abs(((h[i * n + j] as number[])[k * n + l] as number) - wanted)).toBeLessThan(1e-10)
          }
        }
      }
    }
  })
})

describe('the determinant of larger matrices', () => {
  const n = 12
  const regular = filled(n, (i, j) => Math.sin(5 * i * i + 3 * j + 1) + (i === j ? 2 : 0))
  it('has the adjugate as derivative, singular or not', () => {
    const a = f64(regular)
    close(grad(np.linalg.det)(a), np.linalg.det(a).mul(np.linalg.inv(a).T).toArray(), 8)
    const entries = Array.from({ length: n }, (_, i) => (i === 4 ? 0 : 1 + i / n))
    const product = entries.reduce((p, v, i) => (i === 4 ? p : p * v), 1)
    close(
      grad(np.linalg.det)(f64(diagonal(...entries))),
      filled(n, (i, j) => (i === 4 && j === 4 ? product : 0)),
    )
  })
  const b = f64(filled(n, (i, j) => Math.cos(3 * i + j + i * j)))
  const along =
    (g: Unary): Unary =>
    (x) =>
      jvp(g, [x], [b])[1]
  const regularB = f64(filled(n, (i, j) => Math.sin(i * j + i) + (i === j ? 1 : 0)))
  it.each([
    ['rank n − 1', 1],
    ['rank n − 2', 2],
    ['rank n − 3', 3],
    ['rank n', 0],
    ['equal singular values', -1],
  ])('has a second derivative at %s', (_, defect) => {
    const rows = filled(n, (i, j) => (defect < 0 ? (i === j ? 2 : 0) : i < n - defect && i === j ? 1 + i / n : 0))
    // A = L D R with determinants of L and R that are not 1, and its determinant along B by those of D + t L⁻¹ B R⁻¹.
    const [left, right] = [regularB, regularB.T.add(np.eye(n, { dtype: 'float64' }))]
    const a = left.matmul(f64(rows)).matmul(right)
    const inner = np.linalg.solve(left, b).matmul(np.linalg.inv(right)).toArray() as number[][]
    const outer = np.linalg.det(left).mul(np.linalg.det(right)).item()
    const d = rows.map((row, i) => row[i] as number)
    let wanted = 0
    for (let i = 0; i < n; i++)
      for (let j = 0; j < i; j++) {
        const others = d.reduce((product, v, k) => (k === i || k === j ? product : product * v), 1)
        const at = (r: number, c: number): number => (inner[r] as number[])[c] as number
        wanted += 2 * others * (at(i, i) * at(j, j) - at(i, j) * at(j, i))
      }
    const second = along(along(np.linalg.det))(a).item()
    // What rounding may leave: all singular values but three, the largest of them again, and what B has.
    const singular = np.linalg.svdvals(a).data()
    const size = np.linalg.norm(b).item() ** 2 * (singular[0] as number)
    const scale = [...singular.slice(0, n - 3)].reduce((product, v) => product * v, size)
    expect(Math.abs(second - wanted * outer) / scale).toBeLessThan(1e-13)
    const reversed = grad((x: Tensor) => np.sum(grad(np.linalg.det)(x).mul(b)))(a)
    expect(Math.abs(np.sum(reversed.mul(b)).item() - wanted * outer) / scale).toBeLessThan(1e-13)
    const compiled = jit(vmap((x: Tensor) => along(along(np.linalg.det))(x)))(np.stack([a, a]))
    expect(Math.abs(compiled.slice(1).item() - wanted * outer) / scale).toBeLessThan(1e-13)
  })
  it('has a third derivative where it is not 0', () => {
    // det(A + tB) = det A · Π (1 + t μᵢ): the elementary symmetric functions of M = A⁻¹ B by its traces.
    const a = f64(regular)
    const m = np.linalg.solve(a, b)
    const [m2, m3] = [m.matmul(m), m.matmul(m).matmul(m)]
    const [t1, t2, t3] = [m, m2, m3].map((x) => np.trace(x).item()) as [number, number, number]
    const wanted = np.linalg.det(a).item() * (t1 ** 3 - 3 * t1 * t2 + 2 * t3)
    close(along(along(along(np.linalg.det)))(a).div(wanted), 1, 8)
  })
  it('has a second derivative by its inverse where it is not 0', () => {
    const a = f64(regular)
    const inverse = np.linalg.inv(a)
    const m = inverse.matmul(b)
    const trace = np.trace(m)
    const wanted = np.linalg.det(a).mul(trace.mul(trace).sub(np.trace(m.matmul(m))))
    close(along(along(np.linalg.det))(a), wanted.item(), 8)
  })
})

describe('products', () => {
  it('have derivatives to third order at zeros', () => {
    const x = f64([2, 0, 3, 0])
    close(grad((v: Tensor) => np.prod(v))(x), [0, 0, 0, 0])
    const h = hessian((v: Tensor) => np.prod(v))(x) as Tensor
    close(h, [
      [0, 0, 0, 0],
      [0, 0, 0, 6],
      [0, 0, 0, 0],
      [0, 6, 0, 0],
    ])
    const third = jvp((v: Tensor) => hessian((u: Tensor) => np.prod(u))(v) as Tensor, [x], [f64([1, 0, 0, 0])])[1]
    close(third, [
      [0, 0, 0, 0],
      [0, 0, 0, 3],
      [0, 0, 0, 0],
      [0, 3, 0, 0],
    ])
    const running = hessian((v: Tensor) => np.cumprod(v).slice(-1).sum())(x) as Tensor
    close(running, h.toArray())
  })
  it('of chains and powers of matrices too', () => {
    const a = f64([
      [0, 1],
      [0, 0],
    ])
    close(grad((v: Tensor) => np.linalg.matrixPower(v, 2).sum())(a), [
      [1, 0],
      [2, 1],
    ])
    close(
      grad((v: Tensor) => np.linalg.multiDot([v, v, v]).sum())(a),
      [
        [1, 0],
        [1, 1],
      ].map((r, i) => r.map((_, j) => (i === 1 && j === 0 ? 1 : 0))),
    )
  })
})

describe('norms', () => {
  const norms: readonly (readonly [string, Unary])[] = [
    ['norm', np.linalg.norm],
    ['norm of order 2', (x) => np.linalg.norm(x, { ord: 2 })],
    ['vectorNorm', (x) => np.linalg.vectorNorm(x)],
    ['Frobenius', (x) => np.linalg.matrixNorm(x.reshape([1, -1]))],
  ]
  it.each(norms)('%s: the derivative is the unit vector, whatever the length, and 0 at 0', (_, f) => {
    for (const dtype of ['float32', 'float64'] as const) {
      for (const size of dtype === 'float32' ? [1, 3e-30, 1e-38, 3e30, 1e38] : [1, 1e-300, 1e300]) {
        const x = np.array([3 * size * 0.1, 0, -4 * size * 0.1], { dtype })
        for (const g of gradients(f)) close(g(x), [0.6, 0, -0.8], 6)
        expect(f(x).item() / size).toBeCloseTo(0.5, 6)
      }
      for (const g of gradients(f)) close(g(np.zeros([3], { dtype })), [0, 0, 0])
      close(
        hessian(f)(np.zeros([2], { dtype })) as Tensor,
        filled(2, () => 0),
      )
    }
    close(hessian(f)(f64([3, 0])) as Tensor, [
      [0, 0],
      [0, 1 / 3],
    ])
    close(
      hessian(f)(f64([1, 1])) as Tensor,
      filled(2, (i, j) => (i === j ? 1 : -1) / (2 * Math.SQRT2)),
    )
  })
  it.each([1.5, 3, 4])('of order %d are right with zeros, of nothing but zeros, tiny and huge', (p) => {
    const f: Unary = (x) => np.linalg.vectorNorm(x, { ord: p })
    close(grad(f)(f64([0, 0])), [0, 0])
    const [x, y] = [3, -4]
    const length = (3 ** p + 4 ** p) ** (1 / p)
    const slope = (v: number): number => (Math.sign(v) * Math.abs(v) ** (p - 1)) / length ** (p - 1)
    for (const size of [1, 2 ** -600, 2 ** 600]) {
      close(grad(f)(f64([x * size, 0, y * size])), [slope(x), 0, slope(y)])
      expect(f(f64([x * size, 0, y * size])).item() / size).toBeCloseTo(length, 10)
    }
  })
  it('of orders 1 and ∞ share ties and have derivative 0 at 0', () => {
    close(grad((x: Tensor) => np.linalg.vectorNorm(x, { ord: 1 }))(f64([2, 0, -3])), [1, 0, -1])
    close(
      grad((x: Tensor) => np.linalg.vectorNorm(x, { ord: Number.POSITIVE_INFINITY }))(f64([2, -2, 1])),
      [0.5, -0.5, 0],
    )
    close(grad((x: Tensor) => np.linalg.vectorNorm(x, { ord: Number.POSITIVE_INFINITY }))(f64([0, 0])), [0, 0])
  })
  it('keep ∞ and NaN', () => {
    expect(np.linalg.norm(f64([Infinity, 1])).item()).toBe(Infinity)
    expect(np.linalg.vectorNorm(f64([Infinity, 1]), { ord: 3 }).item()).toBe(Infinity)
    expect(np.linalg.norm(f64([Number.NaN, 1])).item()).toBeNaN()
    expect(np.linalg.vectorNorm(f64([Number.NaN, 1]), { ord: 3 }).item()).toBeNaN()
    expect(np.linalg.norm(np.zeros([0])).item()).toBe(0)
  })
  it('std has derivative 0 where there is no deviation', () => {
    close(grad((x: Tensor) => np.std(x))(f64([2, 2, 2])), [0, 0, 0])
    close(grad((x: Tensor) => np.nanstd(x))(f64([2, 2, Number.NaN])), [0, 0, 0])
    close(grad((x: Tensor) => np.std(x))(f64([1, 3])), [-0.5, 0.5])
  })
})

describe('sums of exponentials', () => {
  const { NEGATIVE_INFINITY: none } = Number
  it('of nothing but −∞ are −∞ with derivative 0, whatever other rows hold', () => {
    const x = f64([
      [none, none],
      [0, none],
      [1, 1],
    ])
    const f: Unary = (v) => lax.logsumexp(v, 1)
    expect(f(x).toArray()).toEqual([none, 0, expect.closeTo(1 + Math.LN2, 14)])
    for (const g of gradients((v) => np.where(np.isfinite(f(v)), f(v), 0).sum()))
      close(g(x), [
        [0, 0],
        [1, 0],
        [0.5, 0.5],
      ])
    for (const g of gradients((v) => f(v).sum()))
      close(g(x), [
        [0, 0],
        [1, 0],
        [0.5, 0.5],
      ])
    const twice = grad((v: Tensor) =>
      grad((u: Tensor) => f(u).sum())(v)
        .slice([0, 1, 2], 0)
        .sum(),
    )
    close(twice(x), [
      [0, 0],
      [0, 0],
      [0.25, -0.25],
    ])
    close(jvp(f, [x], [np.onesLike(x)])[1], [0, 1, 1])
  })
  it('running ones too', () => {
    const x = f64([none, none, 0, 0])
    expect((lax.cumlogsumexp(x).toArray() as number[]).slice(0, 3)).toEqual([none, none, 0])
    close(grad((v: Tensor) => lax.cumlogsumexp(v).slice(-1).sum())(x), [0, 0, 0.5, 0.5])
    close(grad((v: Tensor) => lax.cumlogsumexp(v).sum())(x), [0, 0, 1.5, 0.5])
  })
  it('of two share the derivative at equal infinities', () => {
    for (const e of [none, Infinity]) {
      expect(np.logaddexp(e, e).item()).toBe(e)
      const [dx, dy] = grad((a: Tensor, b: Tensor) => np.logaddexp(a, b), { argnums: [0, 1] })(f64(e), f64(e))
      expect([dx.item(), dy.item()]).toEqual([0.5, 0.5])
    }
    const [dx, dy] = grad((a: Tensor, b: Tensor) => np.logaddexp(a, b), { argnums: [0, 1] })(f64(none), f64(0))
    expect([dx.item(), dy.item()]).toEqual([0, 1])
    expect(np.logaddexp(Number.NaN, 0).item()).toBeNaN()
  })
  it('logistic regression from zero weights has the Hessian XᵀX / 4', () => {
    const x = f64([
      [1, 2],
      [3, -1],
      [0, 1],
    ])
    const loss = (w: Tensor): Tensor => np.logaddexp(x.matmul(w), 0).sum()
    close(hessian(loss)(f64([0, 0])) as Tensor, x.T.matmul(x).div(4).toArray())
  })
})

describe('hypot', () => {
  it('has derivatives 0 at the origin, and at infinity', () => {
    const h = (p: Tensor): Tensor => np.hypot(p.slice(0), p.slice(1))
    close(grad(h)(f64([0, 0])), [0, 0])
    close(
      hessian(h)(f64([0, 0])) as Tensor,
      filled(2, () => 0),
    )
    close(grad(h)(f64([Infinity, 1])), [0, 0])
    expect(np.hypot(np.array([Infinity, 3e30, 1e-38, 0]), np.array([Number.NaN, 4e30, 0, 0])).toArray()).toEqual([
      Infinity,
      expect.closeTo(Math.fround(5e30), -24),
      Math.fround(1e-38),
      0,
    ])
  })
})
