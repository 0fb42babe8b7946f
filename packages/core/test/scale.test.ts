/** Long programs and wide functions: tracing does not recurse in the depth of a graph. */
import { grad, jit, jvp, makeProgram, np, type Tensor, tree, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'

const chained = (operations: number) => (x: Tensor) => {
  let y = x
  for (let i = 0; i < operations / 2; i++) y = np.sin(y).mul(1.0001)
  return y
}

describe('10,000 chained operations', () => {
  const f = chained(10_000)
  const x = np.array(0.5, { dtype: 'float64' })
  const step = 1e-4
  const difference = (f(x.add(step)).item() - f(x.sub(step)).item()) / (2 * step)

  it('go through grad', () => {
    expect(grad(f)(x).item()).toBeCloseTo(difference, 6)
  })
  it('go through jvp, vmap and makeProgram', () => {
    expect(jvp(f, [x], [np.array(1, { dtype: 'float64' })])[1].item()).toBeCloseTo(difference, 6)
    expect(
      vmap(f)(np.stack([x, x]))
        .slice(1)
        .item(),
    ).toBe(f(x).item())
    expect(makeProgram(f)(x).equations.length).toBe(10_000)
  })
  it('go through jit and jit of grad, bit for bit', () => {
    expect(jit(f)(x).item()).toBe(f(x).item())
    expect(jit(grad(f))(x).item()).toBe(grad(f)(x).item())
  })
})

describe('a function of 2,000 parameters', () => {
  const params = Object.fromEntries(
    Array.from({ length: 2000 }, (_, i) => [`w${i}`, np.array([i / 2000, 1], { dtype: 'float64' })]),
  )
  const loss = (p: typeof params): Tensor =>
    Object.values(p).reduce((sum, w) => sum.add(w.mul(w).sum()), np.array(0, { dtype: 'float64' }))

  it('has a gradient for each', () => {
    const g = grad(loss)(params)
    expect(Object.keys(g).length).toBe(2000)
    for (const i of [0, 1, 777, 1999]) expect((g[`w${i}`] as Tensor).toArray()).toEqual([(2 * i) / 2000, 2])
  })
  it('jits, once', () => {
    const step = jit((p: typeof params) => tree.map((w, g) => w.sub(g.mul(0.25)), p, grad(loss)(p)))
    const next = step(step(params))
    expect((next.w1000 as Tensor).toArray()).toEqual([0.125, 0.25])
    expect(step.stats()).toMatchObject({ traces: 1, cacheHits: 1 })
  })
})
