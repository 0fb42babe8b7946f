import { describe, expect, it } from 'vitest'
import { elements, expectBatches, expectClose, expectDerivatives, spread, tensor } from '../../test/oracle.js'
import type { Tensor } from '../tensor.js'
import { linearizeFlat } from '../trace/linearize.js'
import { abs, add, div, mul, neg, reciprocal, rem, sign, square, sub, trunc } from './arithmetic.js'

const [a, b] = [spread([2, 3], -2, 2), spread([2, 3], 0.4, 2, 2)]

const binaries = [
  ['add', add, (x: number, y: number) => x + y],
  ['sub', sub, (x: number, y: number) => x - y],
  ['mul', mul, (x: number, y: number) => x * y],
  ['div', div, (x: number, y: number) => x / y],
  ['rem', rem, (x: number, y: number) => x % y],
] as const

describe.each(binaries)('%s', (_, f, reference) => {
  it('agrees with JavaScript in float64 and int32', () => {
    expectClose(
      f(a, b),
      tensor(
        elements(a).map((x, i) => reference(x, elements(b)[i] as number)),
        [2, 3],
      ),
      1e-16,
    )
    const [x, y] = [
      [7, -7, 12],
      [2, 2, -5],
    ] as const
    const expected = x.map((v, i) => Math.trunc(reference(v, y[i] as number)))
    expectClose(f(tensor(x, [3], 'int32'), tensor(y, [3], 'int32')), tensor(expected, [3], 'int32'), 0)
  })
  it('has derivatives', () => {
    expectDerivatives(([x, y]) => [f(x as Tensor, y as Tensor)], [a, b])
    expectDerivatives(([y]) => [f(2, y as Tensor)], [b])
    expectDerivatives(([x]) => [f(x as Tensor, 0.7)], [a])
  })
  it('batches', () => expectBatches(([x, y]) => [f(x as Tensor, y as Tensor)], [a, b]))
  it('refuses shapes and dtypes that differ', () => {
    expect(() => f(a, tensor([1]))).toThrow(/differ in shape/)
    expect(() => f(a, tensor([1, 1, 1, 1, 1, 1], [2, 3], 'int32'))).toThrow(/differ in dtype/)
    expect(() => f(tensor([1], [1], 'int32'), 0.5)).toThrow(/0.5 is not a int32/)
  })
})

const unaries = [
  ['neg', neg, (x: number) => -x],
  ['sign', sign, Math.sign],
  ['abs', abs, Math.abs],
  ['square', square, (x: number) => x * x],
  ['reciprocal', reciprocal, (x: number) => 1 / x],
  ['trunc', trunc, Math.trunc],
] as const

describe.each(unaries)('%s', (_, f, reference) => {
  it('agrees with JavaScript', () => expectClose(f(a), tensor(elements(a).map(reference), [2, 3]), 0))
  it('has derivatives', () => {
    expectDerivatives(([x]) => [f(x as Tensor)], [b], 2, 5e-6)
    expectDerivatives(([x]) => [f(neg(x as Tensor))], [b], 2, 5e-6)
  })
  it('batches', () => expectBatches(([x]) => [f(x as Tensor)], [a]))
})

describe('edges', () => {
  it('abs has derivative 0 at 0', () => {
    const { pullback } = linearizeFlat(([x]) => [abs(x as Tensor)], [tensor([0])])
    expect(pullback([tensor([1])])[0]?.item()).toBe(0)
  })
  it('integers divide by zero as XLA does', () => {
    const int = (...values: number[]): Tensor => tensor(values, [values.length], 'int32')
    expect(elements(div(int(5, -5), int(0, 0)))).toEqual([-1, -1])
    expect(elements(rem(int(5, -5), int(0, 0)))).toEqual([5, -5])
  })
})
