import { grad, jit, np, random, type Tensor, tree, valueAndGrad } from '@puregrad/core'
import { applyUpdates, chain, sgd } from '@puregrad/optim'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Anchor, addElasticPull, ewc, onlineEwc } from './elastic.js'

interface Params {
  readonly w: Tensor
  readonly b: readonly [Tensor]
}
const drawn = (seed: number): Params => {
  const [kw, kb] = [...random.split(random.key(seed))] as [Tensor, Tensor]
  return { w: random.normal(kw, [3, 2]), b: [random.normal(kb, [2])] }
}
const anchorOf = (seed: number): Anchor<Params> => ({
  params: drawn(seed),
  importance: tree.map((x) => np.square(x as Tensor), drawn(seed + 1)) as unknown as Params,
})
const x = random.normal(random.key(7), [5, 3])
const loss = ({ w, b }: Params, inputs: Tensor): Tensor => np.mean(np.square(np.tanh(np.matmul(inputs, w).add(b[0]))))
const equal = (a: Params, b: Params): Tensor => np.logicalAnd(np.arrayEqual(a.w, b.w), np.arrayEqual(a.b[0], b.b[0]))
const close = (a: Params, b: Params): Tensor =>
  np.logicalAnd(
    np.allclose(a.w, b.w, { rtol: 1e-5, atol: 1e-6 }),
    np.allclose(a.b[0], b.b[0], { rtol: 1e-5, atol: 1e-6 }),
  )
const seeds = fc.nat(10_000)

describe('ewc', () => {
  it('with λ = 0 is the plain step, to the bit, jitted too', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const step = (p: Params, l: typeof loss): Params => tree.map((v, g) => v.sub(g.mul(0.1)), p, grad(l)(p, x))
        const params = drawn(seed)
        const held = (p: Params, a: Anchor<Params>): Params => step(p, ewc(loss, a, 0))
        expect(equal(held(params, anchorOf(seed + 2)), step(params, loss)).item()).toBe(true)
        const plain = jit((p: Params) => step(p, loss))(params)
        expect(close(jit(held)(params, anchorOf(seed + 2)), plain).item()).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  it('adds λ/2 Σ F (θ − θ*)², of which the gradient is λ F (θ − θ*), for each anchor', () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: 0, max: 100, noNaN: true }), (seed, lambda) => {
        const [params, anchors] = [drawn(seed), [anchorOf(seed + 2), anchorOf(seed + 4)]]
        const [value, gradient] = jit((p: Params, a: readonly Anchor<Params>[], l: Tensor) =>
          valueAndGrad(ewc(loss, a, l))(p, x),
        )(params, anchors, np.array(lambda))
        const far = anchors.map((a) =>
          np
            .sum(a.importance.w.mul(np.square(params.w.sub(a.params.w))))
            .add(np.sum(a.importance.b[0].mul(np.square(params.b[0].sub(a.params.b[0])))))
            .item(),
        )
        const expected = loss(params, x).item() + (lambda / 2) * far.reduce((s, v) => s + v, 0)
        expect(value.item() / expected).toBeCloseTo(1, 4)
        const slope = anchors.reduce(
          (sum, a) => sum.add(a.importance.w.mul(params.w.sub(a.params.w)).mul(lambda)),
          grad(loss)(params, x).w,
        )
        expect(np.allclose(gradient.w, slope, { rtol: 1e-4, atol: 1e-4 }).item()).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  it('adds nothing where a task ended, and nothing without anchors', () => {
    const anchor = anchorOf(1)
    expect(ewc(loss, anchor, 1000)(anchor.params, x).item()).toBe(loss(anchor.params, x).item())
    expect(ewc(loss, [], 1000)(anchor.params, x).item()).toBe(loss(anchor.params, x).item())
  })

  it('keeps what a loss returns beside its value', () => {
    const pair = (p: Params, inputs: Tensor): readonly [Tensor, { seen: Tensor }] => [loss(p, inputs), { seen: inputs }]
    const anchor = anchorOf(1)
    const [value, { seen }] = ewc(pair, anchor, 2)(drawn(9), x)
    expect(value.item()).toBe(ewc(loss, anchor, 2)(drawn(9), x).item())
    expect(seen).toBe(x)
  })

  it('composes: two anchors in one are two in a list', () => {
    const [a, b, p] = [anchorOf(1), anchorOf(5), drawn(9)]
    expect(ewc(ewc(loss, a, 3), b, 3)(p, x).item()).toBeCloseTo(ewc(loss, [a, b], 3)(p, x).item(), 3)
  })

  it('says what is wrong with its arguments', () => {
    const { params, importance } = anchorOf(1)
    expect(() => ewc(loss, { params, importance }, -1)).toThrow('lambda is -1')
    expect(() => ewc(loss, importance as never, 1)).toThrow('is no anchor')
    expect(() => ewc(loss, { params, importance: { w: params.w } as never }, 1)(params, x)).toThrow(
      "ewc: an anchor's importance is a tree {w: *}",
    )
    const other = { ...params, w: np.zeros([3, 1]) }
    expect(() => ewc(loss, { params: other, importance }, 1)(params, x)).toThrow(
      '[3,1] where the parameters have [3,2]',
    )
  })
})

describe('addElasticPull', () => {
  it('is the gradient of what ewc adds', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const [params, anchors] = [drawn(seed), [anchorOf(seed + 2), anchorOf(seed + 4)]]
        const pull = addElasticPull(anchors, 3)
        const [updates] = jit((g: Params, p: Params) => pull.update(g, null, p))(grad(loss)(params, x), params)
        expect(close(updates, grad(ewc(loss, anchors, 3))(params, x)).item()).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  it('lets parameters that matter stay where they were, and others go', () => {
    const anchor = { params: { w: np.zeros([2]) }, importance: { w: np.array([1000, 0]) } }
    const optimizer = chain(addElasticPull(anchor, 1), sgd(1e-3))
    const away = grad(({ w }: { w: Tensor }) => np.sum(np.square(w.sub(1))))
    let params = { w: np.zeros([2]) }
    for (let i = 0; i < 2000; i++) {
      const [updates] = optimizer.update(away(params), optimizer.init(params), params)
      params = applyUpdates(params, updates)
    }
    expect(np.allclose(params.w, np.array([2 / 1002, 1]), { atol: 0.02 }).item()).toBe(true)
    expect(Math.abs(params.w.at(0).get().item() - 2 / 1002)).toBeLessThan(1e-5)
  })

  it('needs the parameters', () => {
    const anchor = anchorOf(1)
    expect(() => addElasticPull(anchor, 1).update(anchor.params, null)).toThrow('the parameters are missing')
  })
})

describe('onlineEwc', () => {
  it('without decay, where all ended in one place, is the sum of all tasks', () => {
    const [a, b, p] = [anchorOf(1), { ...anchorOf(5), params: anchorOf(1).params }, drawn(9)]
    const merged = onlineEwc(onlineEwc(null, a), b)
    expect(ewc(loss, merged, 3)(p, x).item()).toBeCloseTo(ewc(loss, [a, b], 3)(p, x).item(), 4)
  })
  it('forgets what is long ago by its decay, jitted', () => {
    const one = { params: { w: np.array(0) }, importance: { w: np.array(1) } }
    const next = jit((a: typeof one, b: typeof one) => onlineEwc(a, b, { decay: 0.5 }))
    const after = [one, one, one].reduce((sum, a) => next(sum, a), one)
    expect(after.importance.w.item()).toBe(1.875)
    expect(onlineEwc(one, one, { decay: 0 }).importance.w.item()).toBe(1)
  })
  it('says what is wrong with its arguments', () => {
    const a = anchorOf(1)
    expect(() => onlineEwc(a, a, { decay: 2 })).toThrow('decay is 2')
    expect(() => onlineEwc({ params: 1, importance: 1 } as never, a)).toThrow('onlineEwc: an anchor')
  })
})
