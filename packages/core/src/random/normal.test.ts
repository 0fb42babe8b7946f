import { describe, expect, it } from 'vitest'
import { grad, jit, np, random, vmap } from '../index.js'
import type { Tensor } from '../tensor.js'

const f32 = (...xs: number[]): number[] => xs.map(Math.fround)

describe('normal', () => {
  it('has the bits of JAX', () => {
    expect(random.normal(random.key(0), [5]).toArray()).toEqual(
      f32(1.6226422, 2.0252647, -0.43359444, -0.07861735, 0.1760909),
    )
    expect(random.normal(random.key(42)).item()).toBe(Math.fround(-0.028304616))
  })
  it('is the same inside jit and vmap', () => {
    const draw = (k: Tensor): Tensor => random.normal(k, [3])
    const keys = random.split(random.key(1), 4)
    expect(vmap(draw)(keys).toArray()).toEqual([...keys].map((k) => draw(k).toArray()))
    expect(jit(draw)(random.key(3)).toArray()).toEqual(draw(random.key(3)).toArray())
  })
  it('refuses integer dtypes', () =>
    expect(() => random.normal(random.key(0), [2], { dtype: 'int32' })).toThrow(/float32 or float64/))
})

describe('truncatedNormal', () => {
  it('stays strictly between its bounds', () => {
    const x = random.truncatedNormal(random.key(0), -0.5, 0.25, [2000])
    expect(np.min(x).item()).toBeGreaterThan(-0.5)
    expect(np.max(x).item()).toBeLessThan(0.25)
  })
  it('moves with its bounds', () => {
    const mean = (low: Tensor): Tensor =>
      np.mean(random.truncatedNormal(random.key(0), low, 1, [50], { dtype: 'float64' }))
    const low = np.array(-1, { dtype: 'float64' })
    const h = 1e-5
    const slope = (mean(low.add(h)).item() - mean(low.sub(h)).item()) / (2 * h)
    expect(grad(mean)(low).item()).toBeCloseTo(slope, 6)
  })
})

describe('doubleSidedMaxwell', () => {
  it('has the shape of its parameters behind the one asked for', () => {
    expect(random.doubleSidedMaxwell(random.key(0), np.zeros([2]), 1, [3]).shape).toEqual([3, 2])
  })
})
