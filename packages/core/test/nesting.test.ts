/** Derivatives of derivatives: no tangent is taken for another, and closures see the outer values of every transform. */
import {
  checkpoint,
  cond,
  foriLoop,
  grad,
  hessian,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  np,
  scan,
  type Tensor,
  vjp,
  vmap,
  whileLoop,
} from '@puregrad/core'
import { describe, expect, it } from 'vitest'

const number = (x: number): Tensor => np.array(x, { dtype: 'float64' })
const vector = (...xs: number[]): Tensor => np.array(xs, { dtype: 'float64' })
const slope = (f: (x: Tensor) => Tensor) => (x: Tensor) => jvp(f, [x], [np.onesLike(x)])[1]
const derivatives = [
  ['grad', (f: (x: Tensor) => Tensor) => grad(f)],
  ['jvp', slope],
  ['jacfwd', (f: (x: Tensor) => Tensor) => jacfwd(f) as (x: Tensor) => Tensor],
  ['jacrev', (f: (x: Tensor) => Tensor) => jacrev(f) as (x: Tensor) => Tensor],
  ['linearize', (f: (x: Tensor) => Tensor) => (x: Tensor) => linearize(f, x)[1](np.onesLike(x))],
  ['vjp', (f: (x: Tensor) => Tensor) => (x: Tensor) => vjp(f, x)[1](np.onesLike(x))[0]],
  ['grad of jit', (f: (x: Tensor) => Tensor) => grad(jit(f))],
  ['jit of grad', (f: (x: Tensor) => Tensor) => jit(grad(f))],
  ['grad of checkpoint', (f: (x: Tensor) => Tensor) => grad(checkpoint(f))],
] as const

describe('perturbation confusion', () => {
  // Siskind & Pearlmutter 2005: d/dx (x · d/dy (x + y) at y = 1) = 1, and 2 if the tangents are confused.
  describe.each(derivatives)('outer %s', (_, outer) => {
    it.each(derivatives)('inner %s', (_, inner) => {
      expect(outer((x) => x.mul(inner((y) => x.add(y))(number(1))))(number(1)).item()).toBe(1)
      // d/dx (x · d/dy (x · y²)) = d/dx (2 x² y) = 4 x y
      expect(outer((x) => x.mul(inner((y) => x.mul(y).mul(y))(number(3))))(number(2)).item()).toBeCloseTo(24, 10)
    })
  })
  it('is avoided when both variables are one', () => {
    // f(x) = d/dy (y·x) at y = x is x, so f′ = 1
    expect(grad((x: Tensor) => grad((y: Tensor) => y.mul(x))(x))(number(5)).item()).toBe(1)
    expect(grad((x: Tensor) => grad((y: Tensor) => y.mul(y).mul(x))(x))(number(5)).item()).toBe(20)
  })
  it('is avoided three deep', () => {
    const f = grad((x: Tensor) => grad((y: Tensor) => grad((z: Tensor) => x.mul(x).mul(y).mul(y).mul(z).mul(z))(y))(x))
    // ∂z of x²y²z² at z = y is 2x²y³, ∂y of that at y = x is 6x⁴, and its derivative 24x³
    expect(f(number(2)).item()).toBeCloseTo(24 * 8, 8)
  })
})

describe('closures over outer values', () => {
  const x = vector(0.5, -1.2)
  const both = (f: (a: Tensor) => Tensor): void => {
    const expected = grad((a: Tensor) => a.mul(a).mul(a).sum())(x).toArray()
    expect(grad(f)(x).toArray()).toEqual(expected)
    expect(slopeAlong(f)).toBeCloseTo(3 * 0.25 + 3 * 1.44, 10)
    expect(vmap(f)(np.stack([x, x])).toArray()).toEqual([f(x).item(), f(x).item()])
    expect(jit(f)(x).item()).toBe(f(x).item())
    expect(jit(grad(f))(x).toArray()).toEqual(expected)
    expect(jit(vmap(grad(f)))(np.stack([x, x])).toArray()).toEqual([expected, expected])
  }
  const slopeAlong = (f: (a: Tensor) => Tensor): number => jvp(f, [x], [vector(1, 1)])[1].item()

  it('under jit', () => both((a) => jit((b: Tensor) => a.mul(a).mul(b).sum())(a)))
  it('under jit without arguments', () => both((a) => jit(() => a.mul(a).mul(a).sum())()))
  it('under vmap', () =>
    both((a) =>
      vmap((b: Tensor) => b.mul(a).mul(a), { inAxes: 0 })(a.reshape([2, 1]).mul(np.eye(2, { dtype: 'float64' }))).sum(),
    ))
  it('under checkpoint', () => both((a) => checkpoint((b: Tensor) => a.mul(a).mul(b).sum())(a)))
  it('under scan', () =>
    both(
      (a) =>
        scan(
          (c: Tensor, i: Tensor): readonly [Tensor, null] => [c.add(a.slice(i).mul(a.slice(i)).mul(a.slice(i))), null],
          number(0),
          np.arange(2),
        )[0],
    ))
  it('under cond', () =>
    both((a) =>
      cond(
        a.sum().lt(100),
        (b: Tensor) => a.mul(a).mul(b).sum(),
        (b: Tensor) => b.sum(),
        a,
      ),
    ))
  it('under foriLoop', () => both((a) => foriLoop(0, 2, (_: Tensor, b: Tensor) => b.mul(a), a).sum()))
  it('under a derivative', () => both((a) => grad((s: Tensor) => s.mul(a).mul(a).mul(a).sum())(number(1))))
  it('under whileLoop, forward', () => {
    const f = (a: Tensor): Tensor =>
      whileLoop(
        ([i]: readonly [Tensor, Tensor]) => i.lt(2),
        ([i, b]: readonly [Tensor, Tensor]) => [i.add(1), b.mul(a)] as const,
        [np.array(0).astype('int32'), a] as const,
      )[1].sum()
    expect(slopeAlong(f)).toBeCloseTo(3 * 0.25 + 3 * 1.44, 10)
    expect(vmap(f)(np.stack([x, x])).toArray()).toEqual([f(x).item(), f(x).item()])
    expect(jit(f)(x).item()).toBe(f(x).item())
  })
})

describe('whole derivatives', () => {
  const f = (x: Tensor): Tensor => np.sin(x).mul(x.sum())
  const x = vector(0.3, -0.8, 1.4)
  it('jacfwd = jacrev', () => {
    const [a, b] = [jacfwd(f)(x), jacrev(f)(x)] as readonly Tensor[]
    expect(np.allclose(a as Tensor, b as Tensor, { rtol: 1e-12, atol: 1e-12 }).item()).toBeTruthy()
  })
  it('a Hessian is symmetric and equals the Jacobian of the gradient', () => {
    const g = (y: Tensor): Tensor => np.sin(y).mul(y.sum()).sum()
    const h = hessian(g)(x) as Tensor
    expect(np.allclose(h, h.T, { rtol: 1e-12, atol: 1e-12 }).item()).toBeTruthy()
    expect(np.allclose(h, jacrev(grad(g))(x) as Tensor, { rtol: 1e-12, atol: 1e-12 }).item()).toBeTruthy()
  })
  it('derivatives of every order of x⁵', () => {
    const orders = [5 * 16, 20 * 8, 60 * 4, 120 * 2, 120]
    let d = (y: Tensor): Tensor => y.mul(y).mul(y).mul(y).mul(y)
    for (const expected of orders) {
      d = grad(d)
      expect(d(number(2)).item()).toBeCloseTo(expected, 8)
      expect(jit(d)(number(2)).item()).toBe(d(number(2)).item())
    }
  })
  it('Jacobians of trees have the tree of the result over the tree of the argument', () => {
    const g = (p: { readonly a: Tensor; readonly b: Tensor }) => ({ y: p.a.mul(p.b), z: [p.b.sum()] as const })
    const j = jacrev(g)({ a: vector(1, 2), b: vector(3, 4) })
    expect(j.y.a.toArray()).toEqual([
      [3, 0],
      [0, 4],
    ])
    expect(j.z[0].b.toArray()).toEqual([1, 1])
    expect(j.z[0].a.toArray()).toEqual([0, 0])
  })
})
