import { grad, jit, np, random, type Tensor, valueAndGrad } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agem, projectGradient } from './agem.js'
import { dot } from './trees.js'

interface Tree {
  readonly w: Tensor
  readonly b: readonly [Tensor]
}
const drawn = (seed: number): Tree => {
  const [kw, kb] = [...random.split(random.key(seed))] as [Tensor, Tensor]
  return { w: random.normal(kw, [4, 3]), b: [random.normal(kb, [5])] }
}
const length = (x: Tree): number => Math.sqrt(dot(x, x).item())
const seeds = fc.nat(100_000)

describe('projectGradient', () => {
  it('has no negative product with the memory’s, but for rounding, and is no longer than it was', () => {
    fc.assert(
      fc.property(seeds, seeds, (a, b) => {
        const [g, m] = [drawn(a), drawn(b)]
        const found = jit(projectGradient)(g, m) as Tree
        const rounding = 2 ** -22 * length(g) * length(m)
        expect(dot(found, m).item()).toBeGreaterThanOrEqual(-rounding)
        expect(length(found)).toBeLessThanOrEqual(length(g) * (1 + 1e-6))
      }),
      { numRuns: 60 },
    )
  })
  it('is the gradient to the bit where the memory does not object', () => {
    fc.assert(
      fc.property(seeds, seeds, (a, b) => {
        const [g, m] = [drawn(a), drawn(b)]
        fc.pre(dot(g, m).item() >= 0)
        expect(projectGradient(g, m).w.toArray()).toEqual(g.w.toArray())
      }),
      { numRuns: 30 },
    )
  })
  it('is at right angles to the memory’s where it does, and as close to the gradient as any such', () => {
    fc.assert(
      fc.property(seeds, seeds, seeds, (a, b, c) => {
        const [g, m, other] = [drawn(a), drawn(b), drawn(c)]
        fc.pre(dot(g, m).item() < 0)
        const found = projectGradient(g, m)
        const distance = (x: Tree): number => {
          const gap = { w: x.w.sub(g.w), b: [x.b[0].sub(g.b[0])] as const }
          return length(gap)
        }
        const against = { w: other.w.neg(), b: [other.b[0].neg()] as const }
        const allowed = dot(other, m).item() >= 0 ? other : against
        expect(distance(found)).toBeLessThanOrEqual(distance(allowed) * (1 + 1e-6))
        expect(Math.abs(dot(found, m).item())).toBeLessThan(2 ** -21 * length(g) * length(m))
      }),
      { numRuns: 30 },
    )
  })
  it('of a memory without a gradient is the gradient', () => {
    const nothing = { w: np.zeros([4, 3]), b: [np.zeros([5])] as const }
    expect(projectGradient(drawn(1), nothing).w.toArray()).toEqual(drawn(1).w.toArray())
  })
  it('says what is wrong with its arguments', () => {
    expect(() => projectGradient(drawn(1), { w: np.zeros([4, 3]) } as never)).toThrow('projectGradient: the memory')
    expect(() => projectGradient({ w: np.zeros([2]) }, { w: np.zeros([1]) })).toThrow(
      '[1] where the parameters have [2]',
    )
  })
})

describe('agem', () => {
  const loss = (w: Tensor, x: Tensor, y: Tensor): Tensor => np.mean(np.square(np.matmul(x, w).sub(y)))
  const batch = (seed: number) => {
    const [kx, ky] = [...random.split(random.key(seed))] as [Tensor, Tensor]
    return [random.normal(kx, [5, 3]), random.normal(ky, [5])] as const
  }
  it('a small step along it makes the loss of the remembered no greater', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const [now, then] = [batch(seed), batch(seed + 1)]
        const w = random.normal(random.key(seed + 2), [3]).astype('float64')
        const [value, gradient] = jit((p: Tensor) => agem(valueAndGrad(loss))(p, now, then))(w)
        expect(value.item()).toBeCloseTo(loss(w, ...now).item(), 6)
        const product = np.sum(gradient.mul(grad(loss)(w, ...then))).item()
        expect(product).toBeGreaterThanOrEqual(-1e-5)
        const rise = loss(w.sub(gradient.mul(1e-4)), ...then).item() - loss(w, ...then).item()
        // What is left is the second order of the step.
        expect(rise).toBeLessThan(1e-8 * 20 * np.sum(np.square(gradient)).item() + 1e-8)
      }),
      { numRuns: 20 },
    )
  })
  it('passes on what stands beside the value', () => {
    const pair = (w: Tensor, x: Tensor, y: Tensor): readonly [Tensor, Tensor] => [loss(w, x, y), x]
    const [[value, aux]] = agem(valueAndGrad(pair, { hasAux: true }))(np.ones([3]), batch(1), batch(2))
    expect(value.shape).toEqual([])
    expect(aux.toArray()).toEqual(batch(1)[0].toArray())
  })
})
