/** Edges where mathematics leaves a choice: values and derivatives as JAX has them. */
import { grad, jit, lax, np, type Tensor, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'

const { NaN: nan, POSITIVE_INFINITY: inf } = Number
const each = (f: (x: Tensor) => Tensor, ...xs: number[]): unknown => {
  const values = np.array(xs)
  const eager = f(values).toArray()
  expect(jit(f)(values).toArray()).toEqual(eager)
  return eager
}
/** Derivatives of an elementwise function, eager, jitted and in a batch. */
const slopes = (f: (x: Tensor) => Tensor, ...xs: number[]): unknown => {
  const values = np.array(xs)
  const total = grad((x: Tensor) => f(x).sum())
  const eager = total(values).toArray()
  expect(jit(total)(values).toArray()).toEqual(eager)
  expect(vmap(grad((x: Tensor) => f(x)))(values).toArray()).toEqual(eager)
  return eager
}

describe('values', () => {
  it('pow', () => {
    expect(np.power(np.array([0, 0, 0, 2, 1, -8, -2]), np.array([0, 1, -1, -1, nan, 1 / 3, 3])).toArray()).toEqual([
      1,
      0,
      inf,
      0.5,
      1,
      nan,
      -8,
    ])
    expect(np.power(np.array([2, 3]).astype('int32'), np.array([10, 3]).astype('int32')).toArray()).toEqual([1024, 27])
  })
  it('small arguments keep their digits', () => {
    expect(each(np.tanh, 1e-8, -0)).toEqual([Math.fround(1e-8), -0])
    expect(each(np.expm1, 1e-8)).toEqual([Math.fround(1e-8)])
    expect(each(np.log1p, 1e-8)).toEqual([Math.fround(1e-8)])
    expect(each(np.sin, 1e-30, -0)).toEqual([Math.fround(1e-30), -0])
  })
  it('infinities and NaN go through', () => {
    expect(each(np.exp, inf, -inf, nan)).toEqual([inf, 0, nan])
    expect(each(np.log, 0, -1, inf, nan)).toEqual([-inf, nan, inf, nan])
    expect(each(np.sqrt, -1, inf, -0)).toEqual([nan, inf, -0])
    expect(each(np.tanh, inf, -inf, nan)).toEqual([1, -1, nan])
    expect(each((x) => np.maximum(x, 0), nan, -1, inf)).toEqual([nan, 0, inf])
    expect(each((x) => np.minimum(0, x), nan, -1, inf)).toEqual([nan, -1, 0])
    expect(np.max(np.array([1, nan, 2])).item()).toBeNaN()
    expect(np.sum(np.array([1, nan, 2])).item()).toBeNaN()
  })
  it('division is true, of integers too', () => {
    const x = np
      .array([1, 7, -7])
      .astype('int32')
      .div(np.array([2, 2, 2]).astype('int32'))
    expect(x.dtype).toBe('float32')
    expect(x.toArray()).toEqual([0.5, 3.5, -3.5])
    expect(np.array([1, -1, 0]).div(0).toArray()).toEqual([inf, -inf, nan])
  })
  it('remainders take the sign of the divisor, floor division goes down', () => {
    expect(
      np
        .array([7, -7, 7, -7])
        .mod(np.array([3, 3, -3, -3]))
        .toArray(),
    ).toEqual([1, 2, -2, -1])
    expect(np.floorDivide(np.array([7, -7]).astype('int32'), np.array([2, 2]).astype('int32')).toArray()).toEqual([
      3, -4,
    ])
  })
  it('halves round to even', () => {
    expect(each(np.round, 0.5, 1.5, 2.5, -0.5, -1.5)).toEqual([0, 2, 2, -0, -2])
  })
  it('sorting is stable and leaves NaN last', () => {
    expect(np.sort(np.array([3, nan, 1, 2])).toArray()).toEqual([1, 2, 3, nan])
    expect(np.argsort(np.array([2, 1, 2, 1])).toArray()).toEqual([1, 3, 0, 2])
    expect(np.argmax(np.array([1, 3, 3])).item()).toBe(1)
    expect(np.argmax(np.array([1, nan, 3])).item()).toBe(1)
  })
  it('reductions of nothing give their identity', () => {
    const none = np.zeros([0])
    expect(np.sum(none).item()).toBe(0)
    expect(np.prod(none).item()).toBe(1)
    expect(np.mean(none).item()).toBeNaN()
  })
})

describe('derivatives', () => {
  it('of kinks', () => {
    expect(slopes((x) => np.abs(x), -2, 0, 2)).toEqual([-1, 0, 1])
    expect(slopes((x) => np.sign(x), -2, 0, 2)).toEqual([0, 0, 0])
    expect(slopes((x) => np.floor(x), 0.5, 1)).toEqual([0, 0])
  })
  it('of ties are shared', () => {
    expect(slopes((x) => np.maximum(x, 0), -1, 0, 1)).toEqual([0, 0.5, 1])
    expect(slopes((x) => np.minimum(x, 0), -1, 0, 1)).toEqual([1, 0.5, 0])
    expect(grad((x: Tensor) => np.max(x))(np.array([1, 3, 3])).toArray()).toEqual([0, 0.5, 0.5])
    expect(grad((x: Tensor) => np.min(x))(np.array([1, 1, 1, 3])).toArray()).toEqual(
      [1 / 3, 1 / 3, 1 / 3, 0].map(Math.fround),
    )
  })
  it('at poles', () => {
    expect(slopes((x) => np.sqrt(x), 0, 4)).toEqual([inf, 0.25])
    expect(slopes((x) => np.log(x), 0, 2)).toEqual([inf, 0.5])
    expect(slopes((x) => np.reciprocal(x), 2)).toEqual([-0.25])
  })
  it('of powers', () => {
    expect(slopes((x) => np.power(x, 2), 0, 3)).toEqual([0, 6])
    expect(slopes((x) => np.power(x, 0), 0, 3)).toEqual([0, 0])
    expect(slopes((x) => np.power(x, 1), 0, 3)).toEqual([1, 1])
    expect(slopes((x) => np.power(x, 0.5), 4)).toEqual([0.25])
    const byExponent = grad((y: Tensor) => np.power(np.array(0), y))
    expect(byExponent(np.array(2)).item()).toBe(0)
  })
  it('through where: what is not chosen has none, unless it is NaN · 0', () => {
    // The known trap, as in JAX: guard the argument, not only the result.
    const unsafe = (x: Tensor): Tensor => np.where(x.gt(0), np.sqrt(x), 0)
    const safe = (x: Tensor): Tensor => np.where(x.gt(0), np.sqrt(np.where(x.gt(0), x, 1)), 0)
    expect(slopes(safe, -1, 0, 4)).toEqual([0, 0, 0.25])
    expect(slopes(unsafe, 4)).toEqual([0.25])
    expect(slopes(unsafe, 0)).toEqual([nan])
  })
  it('of clip', () => {
    expect(slopes((x) => np.clip(x, -1, 1), -2, 0, 2)).toEqual([0, 1, 0])
  })
  it('of integers do not exist, of integer-valued functions are zero', () => {
    expect(grad((x: Tensor) => x.astype('int32').astype('float32').sum())(np.array([1.5])).toArray()).toEqual([0])
    expect(grad((x: Tensor) => np.argmax(x).astype('float32').mul(x.sum()))(np.array([1, 2])).toArray()).toEqual([1, 1])
  })
  it('of sort and of repeated indices', () => {
    expect(
      grad((x: Tensor) =>
        np
          .sort(x)
          .mul(np.array([1, 2, 3]))
          .sum(),
      )(np.array([3, 1, 2])).toArray(),
    ).toEqual([3, 1, 2])
    expect(grad((x: Tensor) => x.slice([0, 0, 1]).sum())(np.array([5, 7, 9])).toArray()).toEqual([2, 1, 0])
  })
  it('of logsumexp and softmax far out do not overflow', () => {
    expect(grad((x: Tensor) => lax.logsumexp(x, 0))(np.array([1000, 0])).toArray()).toEqual([1, 0])
    expect(lax.softmax(np.array([1000, 1000, -1000]), 0).toArray()).toEqual([0.5, 0.5, 0])
  })
})
