import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectClose, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import type { Tensor } from '../tensor.js'
import { jvpFlat } from '../trace/jvp.js'
import { neg } from './arithmetic.js'
import { convertElementType } from './convert.js'
import { besselI0e, besselI1e, digamma, erf, erfc, erfInv, lgamma, polygamma } from './special.js'

const unaries: readonly (readonly [string, (x: Tensor) => Tensor, number, number])[] = [
  ['erf', erf, -2, 2],
  ['erfc', erfc, -2, 2],
  ['erfInv', erfInv, -0.9, 0.9],
  ['lgamma', lgamma, 0.4, 6],
  ['digamma', digamma, 0.6, 6],
  ['besselI0e', besselI0e, 0.2, 5],
  ['besselI1e', besselI1e, 0.2, 5],
]

describe.each(unaries)('%s', (_, f, low, high) => {
  const x = spread([3, 4], low, high)
  it('has first and second derivatives', () => expectDerivatives(([a]) => [f(a as Tensor)], [x], 2, 3e-6))
  it('batches', () => expectBatches(([a]) => [f(a as Tensor)], [x]))
})

describe('values', () => {
  const near = (actual: Tensor, expected: readonly number[], tolerance = 1e-14): void =>
    expectClose(actual, tensor(expected), tolerance)
  // Abramowitz and Stegun 1972, tables 7.1, 6.1 and 9.8; the others follow from them.
  it('erf, erfc and erfInv', () => {
    near(erf(tensor([0, 0.5, 1, -1])), [0, 0.5204998778130465, 0.8427007929497149, -0.8427007929497149])
    near(erfc(tensor([0, 0.5, 1])), [1, 0.4795001221869535, 0.15729920705028513])
    near(erfInv(tensor([0, 0.5204998778130465, -0.8427007929497149])), [0, 0.5, -1], 1e-13)
  })
  it('lgamma and digamma', () => {
    near(lgamma(tensor([1, 2, 0.5, 5])), [0, 0, Math.log(Math.PI) / 2, Math.log(24)])
    near(digamma(tensor([1, 2, 0.5])), [-0.5772156649015329, 0.42278433509846713, -1.9635100260214235])
  })
  it('Bessel functions', () => {
    near(besselI0e(tensor([0, 1, -1])), [1, 0.46575960759364043, 0.46575960759364043])
    near(besselI1e(tensor([0, 1, -1])), [0, 0.2079104153497085, -0.2079104153497085])
  })
  it.each(['float32', 'float64'] as const)('Bessel functions far out, in %s', (dtype) => {
    // By mpmath 1.3.0 with 120 digits.
    const wanted = [
      [7.75, 0.1458122743089143, 0.1360511000803391],
      [8.25, 0.1411645506329935, 0.13231017396500142],
      [40, 0.06327827987523534, 0.062482229074442064],
      [10000, 0.003989472674604732, 0.003989273195983662],
      [10000000000, 3.9894228040641945e-6, 3.989422803864723e-6],
      [1.0000000200408773e20, 3.989422764038561e-11, 3.989422764038561e-11],
      [3.0000000054977558e38, 2.3032943276984115e-20, 2.3032943276984115e-20],
    ] as const
    const x = convertElementType(tensor(wanted.map(([at]) => at)), dtype)
    const tolerance = dtype === 'float32' ? 1e-7 : 1e-14
    ;[besselI0e, besselI1e].forEach((f, k) => {
      const [right, left] = [elements(f(x)), elements(f(neg(x)))]
      wanted.forEach((row, i) => {
        const value = row[k === 0 ? 1 : 2]
        expect(Math.abs((right[i] as number) / value - 1)).toBeLessThan(tolerance)
        expect(left[i]).toBe((k === 0 ? 1 : -1) * (right[i] as number))
      })
    })
    const infinite = convertElementType(tensor([Infinity, -Infinity]), dtype)
    expect(elements(besselI0e(infinite))).toEqual([0, 0])
    expect(elements(besselI1e(infinite))).toEqual([0, -0])
  })
})

describe('polygamma', () => {
  const zeta3 = 1.2020569031595942
  it('has the values of the zeta function', () => {
    const [one, half] = [tensor([1]), tensor([0.5])]
    expectClose(polygamma(1, one), tensor([Math.PI ** 2 / 6]), 1e-15)
    expectClose(polygamma(1, half), tensor([Math.PI ** 2 / 2]), 1e-15)
    expectClose(polygamma(2, one), tensor([-2 * zeta3]), 1e-15)
    expectClose(polygamma(3, one), tensor([Math.PI ** 4 / 15]), 1e-15)
    expectClose(polygamma(2, half), tensor([-14 * zeta3]), 1e-15)
  })
  it('obeys the recurrence on both sides of 0', () => {
    const x = tensor([-3.7, -1.5, -0.2, 0.3, 4, 60])
    for (const n of [1, 2, 3, 4]) {
      const sign = n % 2 === 0 ? 1 : -1
      const factorial = [1, 1, 2, 6, 24][n] as number
      const next = elements(polygamma(n, tensor(elements(x).map((v) => v + 1))))
      const expected = elements(x).map((v, i) => (next[i] as number) - (sign * factorial) / v ** (n + 1))
      expectClose(polygamma(n, x), tensor(expected), 1e-12)
    }
  })
  it('has poles at 0 and the negative whole numbers', () => {
    expect(elements(polygamma(1, tensor([0, -1, -7])))).toEqual([Infinity, Infinity, Infinity])
  })
  it('is accurate in float32', () => {
    const x = [0.001, 0.4, 1, 7.5, 300, -2.25]
    const exact = elements(polygamma(1, tensor(x)))
    elements(polygamma(1, tensor(x, [6], 'float32'))).forEach((y, i) => {
      expect(Math.abs(y / (exact[i] as number) - 1)).toBeLessThan(1e-6)
    })
  })
  it('is the derivative of digamma, and has derivatives itself', () => {
    expectDerivatives(([a]) => [digamma(a as Tensor)], [tensor([-1.4, -0.5, 0.7, 1, 2, 15])], 2, 1e-5)
    expectDerivatives(([a]) => [polygamma(2, a as Tensor)], [tensor([-1.4, 0.9, 1, 2, 15])], 2, 1e-5)
  })
  it('starts at digamma and refuses what is no order', () => {
    expect(polygamma(0, tensor([1])).item()).toBe(digamma(tensor([1])).item())
    expect(() => polygamma(0.5, tensor([1]))).toThrow(/whole number/)
  })
})

describe('edges', () => {
  it('besselI1e has slope ½ at 0', () => {
    const [, [dy]] = jvpFlat(([a]) => [besselI1e(a as Tensor)], [tensor([0])], [tensor([1])])
    expect((dy as Tensor).item()).toBe(0.5)
  })
  it('erfInv is infinite at ±1', () =>
    expect(elements(erfInv(tensor([-1, 1, 2])))).toEqual([-Infinity, Infinity, Number.NaN]))
})
