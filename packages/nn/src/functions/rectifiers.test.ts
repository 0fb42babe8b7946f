import { grad, np, pipe, type Tensor, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { expectNear, f64 } from '../../test/near.js'
import type { Elementwise } from '../dual.js'
import { celu, elu, hardSigmoid, hardSilu, hardSwish, hardTanh, leakyRelu, relu, relu6, selu } from './rectifiers.js'

const xs = [-1000, -3, -1, -0.5, 0, 0.5, 1, 3, 6, 1000]

/** The derivative at every point. */
const slopes = (f: Elementwise): Tensor => vmap(grad((x: Tensor) => f(x)))(f64(xs))

const expElu = (x: number, alpha: number): number => (x > 0 ? x : alpha * Math.expm1(x))

describe('rectifiers are their formulas', () => {
  const formulas: readonly (readonly [string, Elementwise, (x: number) => number])[] = [
    ['relu', relu, (x) => Math.max(x, 0)],
    ['relu6', relu6, (x) => Math.min(Math.max(x, 0), 6)],
    ['leakyRelu', leakyRelu, (x) => (x >= 0 ? x : 0.01 * x)],
    ['elu', elu, (x) => expElu(x, 1)],
    ['elu, alpha 2', (x) => elu(x, { alpha: 2 }), (x) => expElu(x, 2)],
    ['celu, alpha 2', (x) => celu(x, { alpha: 2 }), (x) => (x > 0 ? x : 2 * Math.expm1(x / 2))],
    ['selu', selu, (x) => 1.0507009873554805 * expElu(x, 1.6732632423543772)],
    ['hardTanh', hardTanh, (x) => Math.min(Math.max(x, -1), 1)],
    ['hardSigmoid', hardSigmoid, (x) => Math.min(Math.max(x + 3, 0), 6) / 6],
    ['hardSilu', hardSilu, (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6],
    ['hardSwish', hardSwish, (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6],
  ]
  it.each(formulas)('%s', (_, f, formula) => expectNear(f(f64(xs)), xs.map(formula), 1e-14))
  it.each(formulas)('%s keeps NaN', (_, f) => expect(f(f64(Number.NaN)).item()).toBeNaN())
  it.each(formulas)('%s has a finite derivative everywhere', (_, f) => {
    expect(Array.from(slopes(f).data()).every(Number.isFinite)).toBe(true)
  })
})

describe('derivatives at kinks', () => {
  it('relu: 0 at 0', () => expectNear(slopes(relu), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]))
  it('relu6: 0 at 0 and at 6', () => expectNear(slopes(relu6), [0, 0, 0, 0, 0, 1, 1, 1, 0, 0]))
  it('leakyRelu: 1 at 0', () => expectNear(slopes(leakyRelu), [0.01, 0.01, 0.01, 0.01, 1, 1, 1, 1, 1, 1]))
  it('hardTanh: 1 at −1 and 1', () => expectNear(slopes(hardTanh), [0, 0, 1, 1, 1, 1, 1, 0, 0, 0]))
})

describe('dtypes and pipes', () => {
  it('relu keeps integers', () => {
    const y = relu(np.array([-2, 3], { dtype: 'int32' }))
    expect(y.dtype).toBe('int32')
    expect(y.toArray()).toEqual([0, 3])
  })
  it('elu turns integers to floats', () => expect(elu(np.array([-2, 3], { dtype: 'int32' })).dtype).toBe('float32'))
  it('data last: pipe(x, leakyRelu({ negativeSlope })) is leakyRelu(x, { negativeSlope })', () => {
    const x = f64(xs)
    expectNear(pipe(x, leakyRelu({ negativeSlope: 0.2 })), leakyRelu(x, { negativeSlope: 0.2 }), 0)
    expectNear(pipe(x, leakyRelu), leakyRelu(x), 0)
    expectNear(pipe(x, relu), relu(x), 0)
  })
  it('numbers count as scalars', () => expect(relu(-1).item()).toBe(0))
})
