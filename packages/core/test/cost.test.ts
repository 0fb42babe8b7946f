/** What a jitted function costs, before it runs. */
import { cond, jit, np, scan, type Tensor, whileLoop } from '@puregrad/core'
import { describe, expect, it } from 'vitest'

const f32 = (...shape: number[]) => ({ shape, dtype: 'float32' }) as const

describe('cost', () => {
  it('counts a layer: its product, its bias and its rectifier, of which the last two are one loop', () => {
    const layer = jit((x: Tensor, w: Tensor, b: Tensor) => np.maximum(np.matmul(x, w).add(b), 0))
    const { flops, bytesMoved, peakBytes, plan } = layer.cost(f32(8, 32), f32(32, 16), f32(16))
    expect(flops).toBe(2 * 8 * 32 * 16 + 8 * 16 + 8 * 16)
    const [x, w, b, y] = [8 * 32, 32 * 16, 16, 8 * 16].map((n) => 4 * n) as [number, number, number, number]
    // The bias is read as a broadcast of its numbers; the constant of the maximum is one number, repeated.
    expect(bytesMoved).toBeGreaterThanOrEqual(x + w + y + (y + b + y))
    expect(bytesMoved).toBeLessThanOrEqual(x + w + y + (y + y + y + y))
    expect(peakBytes).toBeGreaterThanOrEqual(x + w + b + y + y)
    expect(plan.split('\n')[0]).toMatch(/^at {2}what +result +offset +bytes +until$/)
    expect(plan).toContain('dotGeneral')
    expect(plan).toContain('fused(add max)')
    expect(layer.stats()).toMatchObject({ traces: 0, compiles: 0 })
  })
  it('takes tensors as well, and compiles without running', () => {
    const f = jit((x: Tensor) => np.exp(x))
    expect(f.cost(np.ones([5])).flops).toBe(5)
    expect(f.cost(np.ones([5])).kernels).toBe(1)
  })
  it('counts a loop by its steps, a while by one, and alternatives in equal parts', () => {
    const loop = jit(
      (x: Tensor) => scan((c: Tensor): readonly [Tensor, null] => [np.exp(c), null], x, null, { length: 7 })[0],
    )
    expect(loop.cost(f32(10)).flops).toBe(70)
    const doubling = jit((x: Tensor) =>
      whileLoop(
        (c: Tensor) => c.lt(9),
        (c: Tensor) => np.exp(c),
        x,
      ),
    )
    expect(doubling.cost(f32()).flops).toBe(2)
    const choice = jit((p: Tensor, x: Tensor) =>
      cond(
        p.gt(0),
        (a: Tensor) => np.exp(np.sin(a)),
        (a: Tensor) => a.mul(2),
        x,
      ),
    )
    expect(choice.cost(f32(), f32(100)).flops).toBeGreaterThanOrEqual(150)
    expect(choice.cost(f32(), f32(100)).flops).toBeLessThan(160)
  })
  it('knows static arguments', () => {
    const f = jit((x: Tensor, n: number) => x.reshape([n, -1]).sum({ axis: 0 }), { staticArgnums: 1 })
    expect(f.cost(f32(12), 3).flops).toBe(12)
  })
})
