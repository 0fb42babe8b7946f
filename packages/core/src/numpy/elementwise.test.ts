import { describe, expect, it } from 'vitest'
import '../trace/evaluate.js'
import { DTypeError } from '../errors.js'
import type { Tensor } from '../tensor.js'
import { grad } from '../transforms/grad.js'
import * as np from './index.js'

const f64 = (values: np.ArrayLike): Tensor => np.array(values, { dtype: 'float64' })
const { NaN: nan, POSITIVE_INFINITY: inf } = Number
const slope = (f: (x: Tensor) => Tensor, at: number): number => grad((x: Tensor) => f(x).sum())(f64(at)).item()

describe('quotients and remainders', () => {
  const [x, y] = [np.array([7, -7, 7, -7]), np.array([3, 3, -3, -3])]
  it('floats as Python and C have them', () => {
    expect(np.floorDivide(x, y).toArray()).toEqual([2, -3, -3, 2])
    expect(np.remainder(x, y).toArray()).toEqual([1, 2, -2, -1])
    expect(np.fmod(x, y).toArray()).toEqual([1, -1, 1, -1])
  })
  it('integers likewise, and they stay integers', () => {
    const [i, j] = [x.astype('int32'), y.astype('int32')]
    expect(np.floorDivide(i, j).toArray()).toEqual([2, -3, -3, 2])
    expect(np.remainder(i, j).toArray()).toEqual([1, 2, -2, -1])
    expect(np.fmod(i, j).toArray()).toEqual([1, -1, 1, -1])
    expect(np.divmod(i, j).map((t) => t.dtype)).toEqual(['int32', 'int32'])
  })
  it('true division is IEEE', () => {
    expect(np.divide(np.array([1, -1, 0]), 0).toArray()).toEqual([inf, -inf, nan])
    expect(np.divide(np.arange(3), 2).dtype).toBe('float32')
  })
  it('the slope of mod in its divisor is −⌊x/y⌋', () => {
    expect(slope((d) => np.mod(7.5, d), 2)).toBe(-3)
    expect(slope((d) => np.mod(-7.5, d), 2)).toBe(4)
  })
})

describe('powers', () => {
  it('x⁰ is 1 for every x', () => {
    expect(np.power(np.array([0, nan, inf]), 0).toArray()).toEqual([1, 1, 1])
    expect(np.power(np.array([0, nan, inf]), np.zeros([3])).toArray()).toEqual([1, 1, 1])
  })
  it('integers stay exact', () => {
    expect(np.power(np.array([3, -2], { dtype: 'int32' }), 5).toArray()).toEqual([243, -32])
    expect(() => np.power(np.arange(3), -1)).toThrow(DTypeError)
    expect(np.floatPower(np.array([2], { dtype: 'int32' }), -1).toArray()).toEqual([0.5])
  })
  it('slopes at 0', () => {
    expect([1, 2, 3].map((n) => slope((x) => np.power(x, n), 0))).toEqual([1, 0, 0])
    expect(slope((x) => np.power(x, np.array(2)), 0)).toBe(0)
  })
})

describe('functions with a delicate place', () => {
  it('logaddexp at infinities', () => {
    expect(np.logaddexp(np.array([-inf, inf, -inf, 0]), np.array([-inf, inf, 0, -inf])).toArray()).toEqual([
      -inf,
      inf,
      0,
      0,
    ])
    expect(slope((x) => np.logaddexp(x, -inf), -inf)).toBe(0.5)
    expect(slope((x) => np.logaddexp(x, 1000), 1000)).toBe(0.5)
    expect(slope((x) => np.logaddexp(x, 0), 2)).toBeCloseTo(1 / (1 + Math.exp(-2)), 12)
    expect(np.logaddexp2(f64(3), f64(3)).item()).toBe(4)
  })
  it('sinc and its derivatives at 0', () => {
    const second = grad((x: Tensor) => grad((z: Tensor) => np.sinc(z))(x))
    expect(np.sinc(f64([0, 1e-3, 0.2, 1, 2.5])).toArray()).toEqual(
      [0, 1e-3, 0.2, 1, 2.5].map((v) => (v === 0 ? 1 : expect.closeTo(Math.sin(Math.PI * v) / (Math.PI * v), 15))),
    )
    expect(slope(np.sinc, 0)).toBe(0)
    expect(second(f64(0)).item()).toBeCloseTo((-Math.PI * Math.PI) / 3, 12)
    expect(slope(np.sinc, 1e-5)).toBeCloseTo((-Math.PI * Math.PI * 1e-5) / 3, 14)
  })
  it('hypot neither overflows nor has a NaN slope at the origin', () => {
    expect(np.hypot(f64([3e200, 0, -inf, 5]), f64([4e200, 0, nan, 12])).toArray()).toEqual([
      expect.closeTo(5e200, -190),
      0,
      inf,
      13,
    ])
    expect(slope((x) => np.hypot(x, 0), 0)).toBe(0)
    expect(slope((x) => np.hypot(x, 4), 3)).toBeCloseTo(0.6, 12)
  })
  it('heaviside keeps NaN', () => {
    expect(np.heaviside(np.array([-2, 0, 3, nan]), 0.5).toArray()).toEqual([0, 0.5, 1, nan])
  })
  it('where does not let the other branch into the slope', () => {
    expect(slope((x) => np.where(x.gt(0), np.sqrt(np.where(x.gt(0), x, 1)), 0), 0)).toBe(0)
  })
  it('maximum propagates NaN, fmax does not', () => {
    expect(np.maximum(np.array([nan, 1]), np.array([1, nan])).toArray()).toEqual([nan, nan])
    expect(np.fmax(np.array([nan, 1, nan]), np.array([1, nan, nan])).toArray()).toEqual([1, 1, nan])
    expect(slope((x) => np.maximum(x, 2), 2)).toBe(0.5)
  })
})

describe('rounding and bounds', () => {
  it('halves go to the even neighbour', () => {
    expect(np.round(np.array([0.5, 1.5, 2.5, -0.5])).toArray()).toEqual([0, 2, 2, -0])
    expect(np.round(f64([1.005, 2.675]), { decimals: 1 }).toArray()).toEqual([1, 2.7])
    expect(np.round(np.array([15, 25, 1234], { dtype: 'int32' }), { decimals: -1 }).toArray()).toEqual([20, 20, 1230])
  })
  it('integers stay integers', () => {
    expect([np.floor, np.ceil, np.trunc, np.round].map((f) => f(np.arange(3)).dtype)).toEqual([
      'int32',
      'int32',
      'int32',
      'int32',
    ])
  })
  it('clip takes open sides and tensors', () => {
    const x = np.array([-2, 0, 2])
    expect(np.clip(x, null, 1).toArray()).toEqual([-2, 0, 1])
    expect(np.clip(x, np.array([-1, 1, 3]), null).toArray()).toEqual([-1, 1, 3])
    expect(np.clip(np.arange(5), 1, 3).toArray()).toEqual([1, 1, 2, 3, 3])
  })
  it('nanToNum takes the limits of the dtype', () => {
    const y = np.nanToNum(np.array([nan, inf, -inf])).toArray()
    expect(y).toEqual([0, np.finfo('float32').max, np.finfo('float32').min])
  })
})

describe('parts of floats', () => {
  const values = [8, -3, 0.1, 1e-310, 5e-324, 0, -0, inf, -inf, nan, 1.7976931348623157e308]
  it('frexp and ldexp are inverse, for subnormals too', () => {
    const [mantissa, exponent] = np.frexp(f64(values))
    const [m, e] = [mantissa.data(), exponent.data()]
    values.forEach((v, i) => {
      if (!Number.isFinite(v) || v === 0) {
        expect([m[i], e[i]]).toEqual([v, 0])
        return
      }
      expect(Math.abs(m[i] as number)).toBeGreaterThanOrEqual(0.5)
      expect(Math.abs(m[i] as number)).toBeLessThan(1)
    })
    expect(np.ldexp(mantissa, exponent).toArray()).toEqual(values)
  })
  it('float32 likewise', () => {
    const small = np.array([1e-40, 3e38, -1.5])
    const [mantissa, exponent] = np.frexp(small)
    expect(exponent.toArray()).toEqual([-132, 128, 1])
    expect(np.ldexp(mantissa, exponent).toArray()).toEqual(small.toArray())
  })
  it('ldexp overflows to infinity and refuses fractions', () => {
    expect(np.ldexp(np.array([1, 1]), np.array([200, -200], { dtype: 'int32' })).toArray()).toEqual([inf, 0])
    expect(() => np.ldexp(1, np.array([0.5]))).toThrow(DTypeError)
  })
  it('signs of zeros', () => {
    expect(np.signbit(f64([0, -0, -1])).toArray()).toEqual([false, true, true])
    expect(np.copysign(np.array([1, 1]), np.array([-0, 0])).toArray()).toEqual([-1, 1])
    expect(np.signbit(np.array([-1, 1], { dtype: 'int32' })).toArray()).toEqual([true, false])
  })
  it('modf keeps infinities whole', () => {
    expect(np.modf(np.array([2.5, -inf])).map((t) => t.toArray())).toEqual([
      [0.5, 0],
      [2, -inf],
    ])
  })
  it('spacing is an ulp', () => {
    expect(np.spacing(f64([1, -1, 0])).toArray()).toEqual([2 ** -52, -(2 ** -52), 5e-324])
  })
})

describe('bits', () => {
  const x = np.array([12, 10], { dtype: 'int32' })
  it('of integers', () => {
    expect(np.bitwiseAnd(x, 6).toArray()).toEqual([4, 2])
    expect(np.bitwiseOr(x, 1).toArray()).toEqual([13, 11])
    expect(np.bitwiseXor(x, x).toArray()).toEqual([0, 0])
    expect(np.invert(x).toArray()).toEqual([-13, -11])
    expect(np.rightShift(np.array([-16], { dtype: 'int32' }), 2).toArray()).toEqual([-4])
    expect(np.rightShift(np.array([2 ** 31], { dtype: 'uint32' }), 31).toArray()).toEqual([1])
    expect(np.bitwiseCount(np.array([-7, 255], { dtype: 'int32' })).toArray()).toEqual([3, 8])
  })
  it('of bools are logic', () => {
    expect(np.bitwiseAnd(np.array([true, false]), true).toArray()).toEqual([true, false])
    expect(np.add(np.array([true, false]), np.array([true, true])).toArray()).toEqual([true, true])
    expect(np.multiply(np.array([true, false]), np.array([true, true])).toArray()).toEqual([true, false])
  })
  it('of floats are an error', () => {
    expect(() => np.bitwiseAnd(np.array([1]), 1)).toThrow(DTypeError)
  })
})

describe('comparison', () => {
  it('closeness', () => {
    expect(np.isclose(np.array([1, inf, nan, 1e-9]), np.array([1.000005, inf, nan, 0])).toArray()).toEqual([
      true,
      true,
      false,
      true,
    ])
    expect(np.isclose(np.array([nan]), np.array([nan]), { equalNan: true }).toArray()).toEqual([true])
    expect(np.allclose(np.array([1, 2]), np.array([1, 2.1])).item()).toBe(false)
    expect(np.allclose(np.array([1, 2]), np.array([1, 2.1]), { rtol: 0.1 }).item()).toBe(true)
  })
  it('equality of arrays', () => {
    expect(np.arrayEqual(np.ones([2]), np.ones([3])).item()).toBe(false)
    expect(np.arrayEqual(np.array([nan]), np.array([nan]), { equalNan: true }).item()).toBe(true)
    expect(np.arrayEquiv(np.ones([2, 3]), np.ones([3])).item()).toBe(true)
    expect(np.arrayEquiv(np.ones([2]), np.ones([3])).item()).toBe(false)
  })
  it('logic asks for not zero', () => {
    expect(np.logicalAnd(np.array([1, 0, nan]), np.array([2, 3, 1])).toArray()).toEqual([true, false, true])
    expect(np.logicalNot(np.array([0, 0.5])).toArray()).toEqual([true, false])
  })
})

it('unwrap removes jumps of a period', () => {
  const phase = f64([0, 1, 2, 3, -2.5, -1.5, 3])
  const step = 2 * Math.PI
  const expected = [0, 1, 2, 3, -2.5 + step, -1.5 + step, 3]
  expect(np.unwrap(phase).toArray()).toEqual(expected.map((v) => expect.closeTo(v, 12)))
})
