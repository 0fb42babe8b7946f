import { grad, np, pipe, stopGradient, type Tensor, vmap } from '@puregrad/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectNear, f64 } from '../../test/near.js'
import { log1mexp, logmeanexp, logSoftmax, logsumexp, softmax, standardize } from './softmax.js'

const matrix = f64([
  [1, 2, 3],
  [0, -1, 1000],
])
const row = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 6 })

describe('softmax', () => {
  it('sums to 1 along its axis and does not overflow', () => {
    expectNear(np.sum(softmax(matrix), { axis: 1 }), [1, 1], 1e-15)
    expectNear(np.sum(softmax(matrix, { axis: 0 }), { axis: 0 }), [1, 1, 1], 1e-15)
    expectNear(np.sum(softmax(matrix, { axis: [0, 1] })), 1, 1e-15)
  })
  it('softmax = exp logSoftmax', () => {
    fc.assert(fc.property(row, (xs) => expectNear(softmax(f64(xs)), np.exp(logSoftmax(f64(xs))), 1e-14)))
  })
  it('a shift changes nothing', () => {
    fc.assert(fc.property(row, (xs) => expectNear(softmax(f64(xs)), softmax(f64(xs).add(7)), 1e-13)))
  })
  it('gives 0 and no derivative where the mask is false', () => {
    const where = np.array([true, false, true])
    expectNear(softmax(f64([1, 5, 1]), { where }), [0.5, 0, 0.5], 1e-15)
    const slope = grad((x: Tensor) => softmax(x, { where }).slice(0))(f64([1, 5, 1]))
    expectNear(slope, [0.25, 0, -0.25], 1e-15)
  })
  it('works in a pipe, with and without options', () => {
    expectNear(pipe(matrix, softmax), softmax(matrix), 0)
    expectNear(pipe(matrix, softmax({ axis: 0 })), softmax(matrix, { axis: 0 }), 0)
  })
  it('names an axis that does not exist', () => {
    expect(() => softmax(matrix, { axis: 2 })).toThrow('softmax: float64[2,3] has 2 axes and no axis 2')
  })
})

describe('logsumexp', () => {
  it('takes all axes unless told', () =>
    expectNear(
      logsumexp(
        f64([
          [0, 0],
          [0, 0],
        ]),
      ),
      Math.log(4),
      1e-15,
    ))
  it('keeps axes if told', () => {
    expect(logsumexp(matrix, { axis: 1, keepdims: true }).shape).toEqual([2, 1])
    expect(logsumexp(matrix, { keepdims: true }).shape).toEqual([1, 1])
    expect(logsumexp(matrix, { axis: [0, 1] }).shape).toEqual([])
  })
  it('over two axes is over one and then the other', () => {
    const all = logsumexp(matrix, { axis: [0, 1] })
    expectNear(all, logsumexp(logsumexp(matrix, { axis: 1 }), { axis: 0 }), 1e-15)
  })
  it('is −∞ of nothing that counts, with derivative 0', () => {
    const none = np.array([false, false])
    expect(logsumexp(f64([1, 2]), { where: none }).item()).toBe(Number.NEGATIVE_INFINITY)
    expectNear(grad((x: Tensor) => logsumexp(x, { where: none }))(f64([1, 2])), [0, 0], 0)
  })
  it('its derivative is softmax', () =>
    expectNear(grad((x: Tensor) => logsumexp(x))(matrix), softmax(matrix, { axis: [0, 1] }), 1e-15))
})

describe('logmeanexp', () => {
  it('of equal numbers is that number', () => expectNear(logmeanexp(f64([3, 3, 3])), 3, 1e-15))
  it('counts only what the mask takes', () => {
    expectNear(logmeanexp(f64([3, 3, 9]), { where: np.array([true, true, false]) }), 3, 1e-15)
  })
})

describe('log1mexp', () => {
  it('is accurate for small and for large numbers', () => {
    expectNear(
      log1mexp(f64([1e-10, 0.5, 1, 40])),
      [Math.log(1e-10) - 5e-11, Math.log(-Math.expm1(-0.5)), Math.log1p(-Math.exp(-1)), -Math.exp(-40)],
      1e-15,
    )
  })
  it('its derivative is 1 / (eˣ − 1)', () => {
    const xs = [1e-6, 0.5, 1, 40]
    expectNear(
      vmap(grad((x: Tensor) => log1mexp(x)))(f64(xs)),
      xs.map((x) => 1 / Math.expm1(x)),
      1e-12,
    )
  })
})

describe('standardize', () => {
  it('gives mean 0 and variance 1', () => {
    const y = standardize(f64([1e6, 1e6 + 1, 1e6 + 2]), { epsilon: 0 })
    expectNear(np.mean(y), 0, 1e-12)
    expectNear(np.mean(np.square(y)), 1, 1e-12)
  })
  it('takes a mean and a variance from outside', () => {
    expectNear(standardize(f64([1, 3]), { mean: 1, variance: 4, epsilon: 0 }), [0, 1], 1e-15)
  })
  it('takes all axes with null', () => expectNear(np.mean(standardize(matrix, { axis: null })), 0, 1e-12))
  it('differentiates through its statistics', () => {
    const weights = f64([1, -2, 3])
    const f = (x: Tensor): Tensor => np.sum(standardize(x).mul(weights))
    const x = f64([0.3, 1.2, -0.7])
    const h = 1e-6
    const numeric = [0, 1, 2].map((i) => {
      const step = f64([0, 1, 2].map((k) => (k === i ? h : 0)))
      return (f(x.add(step)).item() - f(x.sub(step)).item()) / (2 * h)
    })
    expectNear(grad(f)(x), numeric, 1e-7)
    expectNear(grad((v: Tensor) => np.sum(stopGradient(standardize(v))))(x), [0, 0, 0], 0)
  })
})
