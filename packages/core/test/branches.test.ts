/**
 * Where each example of a batch has a branch of its own, it has that branch's value and derivatives, whatever the other branches do:
 * poles, infinite slopes and NaN of a branch that an example does not take stay there.
 */
import {
  cond,
  foriLoop,
  grad,
  hessian,
  jit,
  jvp,
  map,
  np,
  scan,
  switchCase,
  type Tensor,
  vmap,
  whileLoop,
} from '@puregrad/core'
import { describe, expect, it } from 'vitest'

type Unary = (x: Tensor) => Tensor
const vector = (...xs: number[]): Tensor => np.array(xs, { dtype: 'float64' })
const number = (x: number): Tensor => np.array(x, { dtype: 'float64' })
const nothing: Unary = (x) => x.mul(0)

interface Branching {
  readonly f: Unary
  /** Value, first and second derivative at each of the points. */
  readonly points: readonly number[]
  readonly expected: readonly (readonly [value: number, slope: number, curvature: number])[]
}

const scalarCases: Readonly<Record<string, Branching>> = {
  'the logarithm of positive numbers': {
    f: (x) => cond(x.gt(0), (v: Tensor) => np.log(v), nothing, x),
    points: [1, 0, -1],
    expected: [
      [0, 1, -1],
      [0, 0, 0],
      [-0, 0, 0],
    ],
  },
  'a closure': {
    f: (x) =>
      cond(
        x.gt(0),
        () => np.log(x),
        () => x.mul(x),
      ),
    points: [1, 0, -1],
    expected: [
      [0, 1, -1],
      [0, 0, 2],
      [1, -2, 2],
    ],
  },
  'a square root inside of a reciprocal': {
    f: (x) => cond(x.gt(0), (v: Tensor) => np.reciprocal(np.sqrt(v)), nothing, x),
    points: [4, 0, -1],
    expected: [
      [0.5, -1 / 16, 3 / 128],
      [0, 0, 0],
      [-0, 0, 0],
    ],
  },
  'one of three': {
    f: (x) =>
      switchCase(
        np.floor(x).astype('int32'),
        [(v: Tensor) => v.mul(3), (v: Tensor) => np.log(v.sub(1)), (v: Tensor) => np.sqrt(v.sub(2))],
        x,
      ),
    points: [0.5, 1.5, 3, 1],
    expected: [
      [1.5, 3, 0],
      [Math.log(0.5), 2, -4],
      [1, 0.5, -0.25],
      [-Infinity, Infinity, -Infinity],
    ],
  },
  'a branch inside of a branch': {
    f: (x) =>
      cond(
        x.gt(0),
        (v: Tensor) =>
          cond(
            v.gt(1),
            (u: Tensor) => np.sqrt(u.sub(1)),
            (u: Tensor) => np.log(u),
            v,
          ),
        (v: Tensor) => v.mul(v),
        x,
      ),
    points: [2, 1, 0, -1],
    expected: [
      [1, 0.5, -0.25],
      [0, 1, -1],
      [0, 0, 2],
      [1, -2, 2],
    ],
  },
  'a branch inside of a loop': {
    f: (x) =>
      scan((c: Tensor) => [cond(c.gt(0), (v: Tensor) => np.sqrt(v), nothing, c), null] as const, x, null, {
        length: 2,
      })[0],
    points: [16, 0, -1],
    expected: [
      [2, 1 / 32, -3 / 2048],
      [0, 0, 0],
      [0, 0, 0],
    ],
  },
  'a loop inside of a branch': {
    f: (x) => cond(x.gt(0), (v: Tensor) => foriLoop(0, 2, (_: Tensor, c: Tensor) => np.sqrt(c), v), nothing, x),
    points: [16, 0, -1],
    expected: [
      [2, 1 / 32, -3 / 2048],
      [0, 0, 0],
      [-0, 0, 0],
    ],
  },
}

const points = (c: Branching): Tensor => vector(...c.points)
const column = (c: Branching, i: 0 | 1 | 2): readonly number[] => c.expected.map((row) => row[i])
const close = (found: Tensor, wanted: readonly number[]): void => {
  expect([...found.data()].map((v) => v + 0)).toEqual(
    wanted.map((v) => (Number.isFinite(v) ? (expect.closeTo(v + 0, 12) as number) : v)),
  )
}

describe.each(Object.entries(scalarCases))('%s', (_, c) => {
  const slope = (f: Unary): Unary => grad((v: Tensor) => f(v))
  const summed = (f: Unary): Unary => grad((v: Tensor) => vmap(f)(v).sum())
  it('has its value', () => {
    for (const f of [vmap(c.f), jit(vmap(c.f)), vmap(jit(c.f)), (x: Tensor) => map(c.f, x)]) {
      close(f(points(c)), column(c, 0))
    }
  })
  it('has its derivative, forward and in reverse, inside and outside of the batch, jitted too', () => {
    const forward =
      (f: Unary): Unary =>
      (v) =>
        jvp(f, [v], [np.onesLike(v)])[1]
    for (const f of [
      summed(c.f),
      jit(summed(c.f)),
      summed(jit(c.f)),
      grad((v: Tensor) => jit(vmap(c.f))(v).sum()),
      vmap(slope(c.f)),
      vmap(jit(slope(c.f))),
      vmap(forward(c.f)),
      forward(vmap(c.f)),
      jit(forward(vmap(c.f))),
    ]) {
      close(f(points(c)), column(c, 1))
    }
  })
  it('has its second derivative', () => {
    const twice = grad((v: Tensor) => summed(c.f)(v).sum())
    const diagonal: Unary = (v) => np.diagonal(hessian((u: Tensor) => vmap(c.f)(u).sum())(v) as Tensor)
    for (const f of [
      twice,
      jit(twice),
      vmap(slope(slope(c.f))),
      vmap(grad((v: Tensor) => jvp(c.f, [v], [number(1)])[1])),
    ]) {
      close(f(points(c)), column(c, 2))
    }
    if (column(c, 2).every(Number.isFinite)) close(diagonal(points(c)), column(c, 2))
  })
})

describe('what all examples share', () => {
  const loss = (w: Tensor, x: Tensor): Tensor =>
    vmap((v: Tensor) =>
      cond(
        v.gt(0),
        () => np.log(v.mul(w)),
        () => w,
      ),
    )(x).sum()
  it('gets derivatives from the branches that are taken only', () => {
    for (const g of [grad(loss), jit(grad(loss)), grad(jit(loss))]) {
      expect(g(number(2), vector(1, 0, -1)).item()).toBeCloseTo(0.5 + 1 + 1, 12)
    }
    expect((hessian(loss)(number(2), vector(1, 0, -1)) as Tensor).item()).toBeCloseTo(-0.25, 12)
  })
  it('stays whole numbers, and constants stay without batch', () => {
    const table = np.arange(4).astype('int32')
    const f = (i: Tensor, x: Tensor): Tensor =>
      cond(
        x.gt(0),
        () => table.slice(i).astype('float64').mul(x),
        () => x,
      )
    expect(vmap(f)(np.array([3, 1]).astype('int32'), vector(2, -1)).toArray()).toEqual([6, -1])
  })
})

describe('an example that has finished its loop', () => {
  it('keeps its value and its tangent while others go on, past poles', () => {
    const f: Unary = (x) =>
      whileLoop(
        (c: Tensor) => c.lt(1),
        (c: Tensor) => c.mul(2),
        x,
      )
    const g: Unary = (x) =>
      whileLoop(
        ([i]: readonly [Tensor, Tensor]) => i.lt(x),
        ([i, c]: readonly [Tensor, Tensor]): readonly [Tensor, Tensor] => [i.add(1), np.sqrt(x.sub(i)).mul(c)],
        [number(0), number(1)] as const,
      )[1]
    expect(vmap((x: Tensor) => jvp(f, [x], [number(1)])[1])(vector(1, 0.25, 0.5)).toArray()).toEqual([1, 4, 2])
    const tangents = vmap((x: Tensor) => jvp(g, [x], [number(1)])[1])
    for (const h of [tangents, jit(tangents)]) close(h(vector(0, 1, 2)), [0, 0.5, 0.75 * Math.SQRT2])
  })
})
