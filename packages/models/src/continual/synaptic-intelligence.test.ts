import { grad, jit, np, random, scan, type Tensor } from '@puregrad/core'
import { adam, applyUpdates, type SomeTransformation, sgd } from '@puregrad/optim'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { synapticIntelligence } from './synaptic-intelligence.js'

interface Params {
  readonly w: Tensor
}
// A quadratic bowl, steep along some parameters and flat along others.
const steep = np.array([10, 1, 0.1, 0])
const loss = ({ w }: Params): Tensor => np.sum(np.square(w.sub(1)).mul(steep)).mul(0.5)
const drawn = (seed: number): Params => ({ w: random.normal(random.key(seed), [4]) })

describe('synapticIntelligence', () => {
  it('with strength 0 is its optimiser, to the bit', () => {
    fc.assert(
      fc.property(fc.nat(1000), (seed) => {
        const [plain, wrapped] = [adam(0.1), synapticIntelligence(adam(0.1), 0)]
        const run = <S>(optimizer: {
          init: (p: Params) => S
          update: (g: Params, s: S, p: Params) => readonly [Params, S]
        }) => {
          let [params, state] = [drawn(seed), optimizer.init(drawn(seed))]
          for (let i = 0; i < 5; i++) {
            const [updates, next] = optimizer.update(grad(loss)(params), state, params)
            ;[params, state] = [applyUpdates(params, updates), next]
          }
          return params
        }
        expect(run(plain as never).w.toArray()).toEqual(run(wrapped as never).w.toArray())
      }),
      { numRuns: 10 },
    )
  })

  it('shares out by how much the loss fell', () => {
    const optimizer = synapticIntelligence(sgd(1e-3), 0.5)
    const start = drawn(3)
    const [[params, state]] = jit(() =>
      scan(
        ([p, s]: readonly [Params, ReturnType<typeof optimizer.init>]) => {
          const [updates, next] = optimizer.update(grad(loss)(p), s, p)
          return [[applyUpdates(p, updates), next] as const, null] as const
        },
        [start, optimizer.init(start)] as const,
        null,
        { length: 3000 },
      ),
    )()
    const path = state.path.w as Tensor
    const fell = np
      .square(start.w.sub(1))
      .sub(np.square(params.w.sub(1)))
      .mul(steep)
      .mul(0.5)
    // A step of η down a slope of curvature k falls by its product with the slope less a part η k / 2 of it.
    expect(np.allclose(path.mul(np.subtract(1, steep.mul(0.5e-3))), fell, { rtol: 1e-3, atol: 1e-6 }).item()).toBe(true)
  })

  it('holds what mattered at its place, by the gradient of c Σ Ω (θ − θ*)²', () => {
    const optimizer = synapticIntelligence(sgd(1), 3)
    const [there, here] = [drawn(1), drawn(2)]
    const state = { ...optimizer.init(there), importance: { w: steep } }
    const [updates] = optimizer.update({ w: np.zeros([4]) }, state, here)
    const spring = grad(({ w }: Params) => np.sum(steep.mul(np.square(w.sub(there.w)))).mul(3))
    expect(np.allclose(updates.w, spring(here).w.neg(), { rtol: 1e-5 }).item()).toBe(true)
  })

  it('starts the next task anew from where this one ended, and never holds a parameter for having done harm', () => {
    const optimizer = synapticIntelligence(adam(0.1), 1, { damping: 0.5 })
    const [there, here] = [drawn(1), drawn(2)]
    const state = { ...optimizer.init(there), importance: { w: np.ones([4]) }, path: { w: np.array([2, -3, 0, 1]) } }
    const next = jit(optimizer.consolidate)(state, here)
    const way = np.square(here.w.sub(there.w)).add(0.5)
    expect(
      np.allclose(next.importance.w as Tensor, np.array([2, 0, 0, 1]).div(way).add(1), { rtol: 1e-6 }).item(),
    ).toBe(true)
    expect(next.path.w?.toArray()).toEqual([0, 0, 0, 0])
    expect(next.anchor.w?.toArray()).toEqual(here.w.toArray())
  })

  it('is a transformation like any other, and says what is wrong with its arguments', () => {
    const optimizer: SomeTransformation = synapticIntelligence(sgd(1), 0)
    expect(typeof optimizer.init).toBe('function')
    expect(() => synapticIntelligence(sgd(1), -1)).toThrow('strength is -1')
    expect(() => synapticIntelligence(sgd(1), 1, { damping: 0 })).toThrow('damping is 0')
    const si = synapticIntelligence(sgd(1), 1)
    expect(() => si.update(drawn(0), si.init(drawn(0)))).toThrow('the parameters are missing')
  })
})
