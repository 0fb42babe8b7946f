/** Loops and branches: values against plain JavaScript, derivatives through them, and the memory that reverse mode takes. */
import {
  associativeScan,
  checkpoint,
  cond,
  foriLoop,
  grad,
  jit,
  jvp,
  lax,
  map,
  np,
  scan,
  switchCase,
  type Tensor,
  vmap,
  whileLoop,
} from '@puregrad/core'
import { checkGrads, tensors } from '@puregrad/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

type Pair = readonly [Tensor, Tensor]
const vector = (...xs: number[]): Tensor => np.array(xs, { dtype: 'float64' })
const number = (x: number): Tensor => np.array(x, { dtype: 'float64' })

describe('scan', () => {
  const step = (c: Tensor, x: Tensor): Pair => [np.sin(c.add(x)), c.mul(x)]
  const unrolled = (c: Tensor, xs: Tensor, reverse: boolean): Pair => {
    const slices = [...xs]
    if (reverse) slices.reverse()
    const ys: Tensor[] = []
    let carry = c
    for (const x of slices) {
      const [next, y] = step(carry, x)
      carry = next
      ys.push(y)
    }
    if (reverse) ys.reverse()
    return [carry, np.stack(ys)]
  }
  it.each([false, true])('equals the loop it stands for, bit for bit (reverse: %s)', (reverse) => {
    fc.assert(
      fc.property(tensors({ dtype: 'float64', shape: [5, 2] }), (xs) => {
        const [carry, ys] = scan(step, vector(0.1, -0.3), xs, { reverse })
        const [expected, expectedYs] = unrolled(vector(0.1, -0.3), xs, reverse)
        expect(carry.toArray()).toEqual(expected.toArray())
        expect(ys.toArray()).toEqual(expectedYs.toArray())
      }),
      { numRuns: 20 },
    )
  })
  it.each([false, true])('has the gradient of the loop it stands for (reverse: %s)', (reverse) => {
    const xs = vector(0.4, -0.2, 0.9, 1.3).reshape([2, 2])
    const through = (loop: (c: Tensor, x: Tensor) => Pair) => (c: Tensor, x: Tensor) => {
      const [carry, ys] = loop(c, x)
      return carry.sum().add(np.cos(ys).sum())
    }
    const scanned = through((c, x) => scan(step, c, x, { reverse }))
    const plain = through((c, x) => unrolled(c, x, reverse))
    const args = [vector(0.1, -0.3), xs] as const
    const [found, expected] = [scanned, plain].map((f) => grad(f, { argnums: [0, 1] })(...args))
    for (const i of [0, 1] as const) {
      expect(
        np.allclose(found?.[i] as Tensor, expected?.[i] as Tensor, { rtol: 1e-12, atol: 1e-13 }).item(),
      ).toBeTruthy()
    }
  })
  it('carries trees, takes trees, and gives trees', () => {
    const [carry, ys] = scan(
      (c: { readonly n: Tensor; readonly last: readonly [Tensor] }, x: { readonly a: Tensor; readonly b: Tensor }) =>
        [
          { n: c.n.add(x.a), last: [x.b] as const },
          { sum: c.n.add(x.b), nothing: null },
        ] as const,
      { n: np.array(0), last: [np.array(0)] as const },
      { a: np.array([1, 2, 3]), b: np.array([10, 20, 30]) },
    )
    expect(carry.n.item()).toBe(6)
    expect(carry.last[0].item()).toBe(30)
    expect(ys.sum.toArray()).toEqual([10, 21, 33])
    expect(ys.nothing).toBeNull()
  })
  it('needs no xs, no steps, no ys', () => {
    expect(scan((c: Tensor) => [c.mul(2), null] as const, np.array(1), null, { length: 10 })[0].item()).toBe(1024)
    const [carry, ys] = scan((c: Tensor, x: Tensor): Pair => [c.add(x), x], np.array(7), np.zeros([0]))
    expect(carry.item()).toBe(7)
    expect(ys.shape).toEqual([0])
  })
  it('takes the dtype of the body for a carry that starts as a JavaScript number', () => {
    const [carry] = scan(
      (c: number | Tensor, x: Tensor) => [x.add(c) as Tensor | number, null] as const,
      0,
      vector(1, 2, 3),
    )
    expect((carry as Tensor).dtype).toBe('float64')
    expect((carry as Tensor).item()).toBe(6)
  })
  it('map gives the stack of results', () => {
    expect(
      map(
        (x: Tensor) => x.mul(x).sum(),
        np.array([
          [1, 2],
          [3, 4],
        ]),
      ).toArray(),
    ).toEqual([5, 25])
  })
})

describe('reverse mode over scan', () => {
  const width = 256
  const arena = (length: number, remember: boolean): number => {
    const body = (c: Tensor, x: Tensor): readonly [Tensor, null] => {
      let h = c
      for (let i = 0; i < 6; i++) h = np.tanh(np.sin(h).mul(x))
      return [h, null]
    }
    const loss = (c: Tensor, xs: Tensor): Tensor => scan(remember ? checkpoint(body) : body, c, xs)[0].sum()
    const step = jit(grad(loss))
    step(np.ones([width]), np.ones([length, width]))
    return step.stats().arenaBytes
  }
  const [short, middle, long] = [arena(50, false), arena(100, false), arena(200, false)]

  it('takes memory linear in the length', () => {
    const [first, second] = [middle - short, long - middle]
    expect(first).toBeGreaterThan(50 * width * 4)
    expect(second / first).toBeGreaterThan(1.8)
    expect(second / first).toBeLessThan(2.2)
  })
  it('takes several times less under checkpoint', () => {
    expect(arena(200, true)).toBeLessThan(long / 3)
  })
  it('has the same bits under checkpoint', () => {
    const body = (c: Tensor, x: Tensor): Pair => [np.tanh(np.sin(c).mul(x)), c]
    const loss = (f: typeof body) => (c: Tensor, xs: Tensor) => scan(f, c, xs)[1].sum()
    const args = [vector(0.3, 0.8), vector(1, 2, 3, 4).reshape([2, 2])] as const
    for (const wrap of [(f: never) => f, jit] as readonly (<F>(f: F) => F)[]) {
      const [plain, remembered] = [wrap(grad(loss(body))), wrap(grad(loss(checkpoint(body))))]
      expect(remembered(...args).toArray()).toEqual(plain(...args).toArray())
    }
  })
})

describe('whileLoop and foriLoop', () => {
  it('run as long as the condition holds', () => {
    const collatz = (n: number): number =>
      whileLoop(
        ([x]: Pair) => x.gt(1),
        ([x, steps]: Pair): Pair => [np.where(x.mod(2).eq(0), np.floorDivide(x, 2), x.mul(3).add(1)), steps.add(1)],
        [np.array(n).astype('int32'), np.array(0).astype('int32')],
      )[1].item()
    expect([1, 6, 7, 27].map(collatz)).toEqual([0, 8, 16, 111])
  })
  it('run each example of a batch as long as its own condition holds', () => {
    const f = (x: Tensor): Tensor =>
      whileLoop(
        (c: Tensor) => c.lt(100),
        (c: Tensor) => c.mul(2),
        x,
      )
    expect(vmap(f)(vector(3, 200, 1, 64)).toArray()).toEqual([192, 200, 128, 128])
    expect(jit(vmap(f))(vector(3, 200, 1, 64)).toArray()).toEqual([192, 200, 128, 128])
    const slopes = vmap((x: Tensor) => jvp(f, [x], [number(1)])[1])(vector(3, 200, 1, 64))
    expect(slopes.toArray()).toEqual([64, 1, 128, 2])
  })
  it('foriLoop counts, both ways of giving bounds', () => {
    const add = (i: Tensor, c: Tensor): Tensor => c.add(i.astype('float32'))
    expect(foriLoop(2, 6, add, np.array(0)).item()).toBe(14)
    expect(foriLoop(2, np.array(6).astype('int32'), add, np.array(0)).item()).toBe(14)
    expect(foriLoop(6, 2, add, np.array(5)).item()).toBe(5)
    expect(jit((n: Tensor) => foriLoop(0, n, add, np.array(0)))(np.array(5).astype('int32')).item()).toBe(10)
    checkGrads((x: Tensor) => foriLoop(0, 4, (_: Tensor, c: Tensor) => np.sin(c.mul(x)), x), [vector(0.4, 1.2)])
  })
})

describe('cond and switchCase', () => {
  const branches = [(x: Tensor) => np.sin(x), (x: Tensor) => x.mul(x), (x: Tensor) => x.mul(3)] as const
  it('differentiate the branch that runs', () => {
    for (const [i, slope] of [Math.cos(2), 4, 3].entries()) {
      expect(grad((x: Tensor) => switchCase(i, branches, x))(number(2)).item()).toBeCloseTo(slope, 12)
    }
    checkGrads(
      (x: Tensor) =>
        cond(
          x.sum().gt(0),
          (v: Tensor) => np.exp(v),
          (v: Tensor) => v.mul(v),
          x,
        ),
      [vector(0.5, 1)],
    )
    checkGrads(
      (x: Tensor) =>
        cond(
          x.sum().gt(0),
          (v: Tensor) => np.exp(v),
          (v: Tensor) => v.mul(v),
          x,
        ),
      [vector(-0.5, -1)],
    )
  })
  it('clamp the index', () => {
    expect([-7, 0, 1, 2, 9].map((i) => switchCase(i, branches, number(2)).item())).toEqual(
      [Math.sin(2), Math.sin(2), 4, 6, 6].map((v) => expect.closeTo(v, 12)),
    )
    const traced = jit((i: Tensor, x: Tensor) => switchCase(i, branches, x))
    expect([-7, 9].map((i) => traced(np.array(i).astype('int32'), number(2)).item())).toEqual([
      expect.closeTo(Math.sin(2), 12),
      6,
    ])
  })
  it('choose for each example of a batch', () => {
    const f = (i: Tensor, x: Tensor): Tensor => switchCase(i, branches, x)
    const each = vmap(f)(np.array([0, 1, 2, 1]).astype('int32'), vector(1, 2, 3, 4))
    expect(each.toArray()).toEqual([expect.closeTo(Math.sin(1), 12), 4, 9, 16])
  })
  it('compute only the branch that runs', () => {
    // The other branch would never end.
    const f = (x: Tensor): Tensor =>
      cond(
        x.gt(0),
        (v: Tensor) => v,
        (v: Tensor) =>
          whileLoop(
            (c: Tensor) => c.lt(1),
            (c: Tensor) => c.mul(1),
            v,
          ),
        x,
      )
    expect(f(number(1)).item()).toBe(1)
    expect(jit(f)(number(1)).item()).toBe(1)
    expect(jvp(f, [number(1)], [number(1)])[1].item()).toBe(1)
  })
})

describe('associativeScan', () => {
  it.each([1, 2, 3, 7, 8, 13])('of addition is cumsum, of matrix products the products (n = %i)', (n) => {
    const xs = np.sin(np.arange(n).astype('float64').add(1))
    expect(
      np
        .allclose(
          associativeScan((a: Tensor, b: Tensor) => a.add(b), xs),
          np.cumsum(xs),
        )
        .item(),
    ).toBeTruthy()
    const matrices = np.sin(np.arange(n * 4).astype('float64')).reshape([n, 2, 2])
    const products = associativeScan((a: Tensor, b: Tensor) => np.matmul(a, b), matrices)
    let product = np.eye(2, { dtype: 'float64' })
    for (const [i, m] of [...matrices].entries()) {
      product = product.matmul(m)
      expect(np.allclose(products.slice(i), product).item()).toBeTruthy()
    }
  })
  it('runs in reverse, along any axis, over trees, and is differentiable', () => {
    const x = vector(1, 2, 3, 4, 5, 6).reshape([2, 3])
    const sums = associativeScan((a: Tensor, b: Tensor) => a.add(b), x, { axis: 1, reverse: true })
    expect(sums.toArray()).toEqual([
      [6, 5, 3],
      [15, 11, 6],
    ])
    // The linear recurrence h ← a h + b as an associative operation on pairs.
    const recurrence = (a: Tensor, b: Tensor): Tensor =>
      associativeScan(
        (l: { readonly a: Tensor; readonly b: Tensor }, r: { readonly a: Tensor; readonly b: Tensor }) => ({
          a: l.a.mul(r.a),
          b: l.b.mul(r.a).add(r.b),
        }),
        { a, b },
      ).b
    const [a, b] = [vector(0.5, -0.2, 0.8, 1.1, 0.3), vector(1, 2, -1, 0.5, 0.7)]
    const [, expected] = scan((h: Tensor, [p, q]: Pair): Pair => [h.mul(p).add(q), h.mul(p).add(q)], number(0), [
      a,
      b,
    ] as const)
    expect(np.allclose(recurrence(a, b), expected).item()).toBeTruthy()
    checkGrads(recurrence, [a, b])
  })
})

describe('implicit solutions', () => {
  it('customRoot differentiates the equation, not the solver', () => {
    const squareRoot = (a: Tensor): Tensor =>
      lax.customRoot(
        (x: Tensor) => x.mul(x).sub(a),
        number(1),
        (f, guess) => foriLoop(0, 40, (_: Tensor, x: Tensor) => x.sub(f(x).div(x.mul(2))), guess),
        (g, y) => y.div(g(number(1))),
      )
    expect(squareRoot(number(4)).item()).toBeCloseTo(2, 12)
    expect(grad(squareRoot)(number(4)).item()).toBeCloseTo(0.25, 12)
    expect(grad(grad(squareRoot))(number(4)).item()).toBeCloseTo(-1 / 32, 10)
    expect(vmap(grad(squareRoot))(vector(1, 4, 16)).toArray()).toEqual(
      [0.5, 0.25, 0.125].map((v) => expect.closeTo(v, 10)),
    )
    expect(jit(grad(squareRoot))(number(4)).item()).toBe(grad(squareRoot)(number(4)).item())
  })
  it('customRoot goes through a solver whose number of steps depends on data', () => {
    const cubeRoot = (a: Tensor): Tensor =>
      lax.customRoot(
        (x: Tensor) => x.mul(x).mul(x).sub(a),
        number(1),
        (f, guess) =>
          whileLoop(
            (x: Tensor) => np.abs(f(x)).gt(1e-13),
            (x: Tensor) => x.sub(f(x).div(x.mul(x).mul(3))),
            guess,
          ),
        (g, y) => y.div(g(number(1))),
      )
    expect(grad(cubeRoot)(number(8)).item()).toBeCloseTo(1 / 12, 10)
  })
  it('customLinearSolve solves the transposed equation in reverse mode', () => {
    const a = vector(4, 1, 2, 3, 7, 1, 0, 2, 5).reshape([3, 3])
    const b = vector(1, 2, 3)
    const solve = (m: Tensor, y: Tensor): Tensor =>
      lax.customLinearSolve(
        (x: Tensor) => m.matmul(x),
        y,
        (_, r) => np.linalg.solve(m, r),
        { transposeSolve: (_, r) => np.linalg.solve(m.T, r) },
      )
    expect(np.allclose(solve(a, b), np.linalg.solve(a, b)).item()).toBeTruthy()
    checkGrads(solve, [a, b])
    expect(() =>
      grad((y: Tensor) =>
        lax
          .customLinearSolve(
            (x: Tensor) => x.mul(2),
            y,
            (_, r) => r.div(2),
          )
          .sum(),
      )(b),
    ).toThrow(/transposeSolve/)
  })
})
