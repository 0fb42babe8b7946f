/** A tensor as a condition is always true; where a trace can see that nobody reads a comparison, it says so. */
import { cond, grad, jit, np, scan, type Tensor, vmap, whileLoop } from '@puregrad/core'
import { afterEach, describe, expect, it, vi } from 'vitest'

const warnings = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
afterEach(() => warnings.mockClear())

const said = (): string => warnings.mock.calls.flat().join('\n')

describe('a comparison that nobody reads', () => {
  it('is told, with the cure', () => {
    jit((x: Tensor) => (x.gt(0) ? x : x.neg()))(np.ones([11]))
    expect(said()).toMatch(/x\.gt\(…\).*bool\[11\].*np\.where/)
  })
  it('is told inside of loops, once', () => {
    const absolute = (x: Tensor) => scan((c: Tensor, e: Tensor) => [c.lt(0) ? c.neg() : c.add(e), null], np.array(0), x)
    absolute(np.ones([3]))
    jit(absolute)(np.ones([4]))
    expect(warnings).toHaveBeenCalledTimes(1)
  })
  it('is none that somebody reads', () => {
    const x = np.ones([13])
    jit((v: Tensor) => np.where(v.gt(0), v, v.neg()))(x)
    jit((v: Tensor) => v.gt(0))(x)
    jit((v: Tensor) => v.eq(1).astype('float32').sum())(x)
    jit((v: Tensor) =>
      cond(
        v.sum().ge(0),
        (u: Tensor) => u,
        (u: Tensor) => u.neg(),
        v,
      ),
    )(x)
    jit((v: Tensor) =>
      whileLoop(
        (c: Tensor) => c.sum().lt(99),
        (c: Tensor) => c.mul(2),
        v,
      ),
    )(x)
    jit(grad((v: Tensor) => np.where(v.gt(0), v, v.neg()).sum()))(x)
    jit(vmap((v: Tensor) => np.where(v.gt(0), v, v.neg())))(x)
    expect(said()).toBe('')
  })
})
