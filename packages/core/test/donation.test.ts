/** `jit` with `donateArgnums`: arguments that are given up. */
import { DonatedTensorError, grad, jit, np, type Tensor, TransformError, tree, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'

interface Params {
  readonly w: Tensor
  readonly b: Tensor
}

const start = (): Params => ({ w: np.ones([200, 200]).add(0), b: np.array(1) })
const decay = (p: Params, rate: Tensor): Params => tree.map((x) => x.mul(rate), p)

describe('a donated argument', () => {
  it('gives the results that it gives otherwise, call after call', () => {
    const [plain, donating] = [jit(decay), jit(decay, { donateArgnums: 0 })]
    let [p, q] = [start(), start()]
    for (let i = 0; i < 20; i++) {
      p = plain(p, np.array(0.9))
      q = donating(q, np.array(0.9))
    }
    expect(q.w.toArray()).toEqual(p.w.toArray())
    expect(q.b.item()).toBe(p.b.item())
  })
  it('cannot be read any more, and says which it was', () => {
    const step = jit(decay, { donateArgnums: [0] })
    const p = start()
    const view = p.w.T
    const next = step(p, np.array(0.5))
    expect(() => p.w.add(1)).toThrow(DonatedTensorError)
    expect(() => p.w.data()).toThrow('argument 0.w of decay, float32[200,200], was donated')
    expect(() => p.b.item()).toThrow('argument 0.b of decay')
    expect(() => view.sum()).toThrow(DonatedTensorError)
    expect(() => step(p, np.array(0.5))).toThrow('Use what decay returned')
    expect(next.w.shape).toEqual([200, 200])
  })
  it('lives on if it is a result', () => {
    const f = jit((x: Tensor) => [x, x.mul(2)] as const, { donateArgnums: -1 })
    const x = np.ones([20_000])
    const [same, doubled] = f(x)
    expect([same.sum().item(), x.sum().item(), doubled.sum().item()]).toEqual([20_000, 20_000, 40_000])
  })
  it('must not be an argument twice', () => {
    const f = jit((x: Tensor, y: Tensor) => x.add(y), { donateArgnums: 0 })
    const x = np.ones([3])
    expect(() => f(x, x)).toThrow(TransformError)
    expect(() => f(x, x)).toThrow('given one tensor twice')
    expect(x.sum().item()).toBe(3)
  })
  it('is left alone inside other transforms', () => {
    const f = jit((x: Tensor) => np.sum(x.mul(x)), { donateArgnums: 0 })
    const x = np.array([1, 2])
    expect(grad(f)(x).toArray()).toEqual([2, 4])
    expect(vmap(f)(x).toArray()).toEqual([1, 4])
    expect(x.toArray()).toEqual([1, 2])
  })
})
