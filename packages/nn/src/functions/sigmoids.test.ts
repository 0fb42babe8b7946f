import { grad, type Tensor, vmap } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import { expectNear, f64 } from '../../test/near.js'
import type { Elementwise } from '../dual.js'
import {
  gelu,
  identity,
  logSigmoid,
  mish,
  sigmoid,
  silu,
  softplus,
  softSign,
  sparsePlus,
  sparseSigmoid,
  squareplus,
  swish,
  tanh,
} from './sigmoids.js'

const xs = [-800, -30, -3, -1, -0.25, 0, 0.25, 1, 3, 30, 800]

const logistic = (x: number): number => 1 / (1 + Math.exp(-x))
const plus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

/** Simpson's rule for ½ + ∫₀ˣ φ. */
const phi = (x: number): number => {
  if (Math.abs(x) > 12) return x > 0 ? 1 : 0
  const steps = 2000
  const density = (t: number): number => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI)
  const h = x / steps
  let sum = density(0) + density(x)
  for (let i = 1; i < steps; i++) sum += (i % 2 === 0 ? 2 : 4) * density(i * h)
  return 0.5 + (sum * h) / 3
}

const formulas: readonly (readonly [string, Elementwise, (x: number) => number])[] = [
  ['identity', identity, (x) => x],
  ['sigmoid', sigmoid, logistic],
  ['tanh', tanh, Math.tanh],
  ['softplus', softplus, plus],
  ['logSigmoid', logSigmoid, (x) => -plus(-x)],
  ['silu', silu, (x) => x * logistic(x)],
  ['swish', swish, (x) => x * logistic(x)],
  ['softSign', softSign, (x) => x / (1 + Math.abs(x))],
  ['mish', mish, (x) => x * Math.tanh(plus(x))],
  ['squareplus', squareplus, (x) => (x + Math.sqrt(x * x + 4)) / 2],
  ['gelu by tanh', gelu, (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))],
  ['gelu by erf', (x) => gelu(x, { approximate: false }), (x) => x * phi(x)],
  ['sparsePlus', sparsePlus, (x) => (x <= -1 ? 0 : x >= 1 ? x : (x + 1) ** 2 / 4)],
  ['sparseSigmoid', sparseSigmoid, (x) => Math.min(Math.max(x + 1, 0), 2) / 2],
]

describe('smooth activations', () => {
  it.each(formulas)('%s is its formula', (_, f, formula) => expectNear(f(f64(xs)), xs.map(formula), 1e-12))
  it.each(formulas)('%s keeps NaN', (_, f) => expect(f(f64(Number.NaN)).item()).toBeNaN())
  it.each(formulas)('%s: the derivative is that of the formula', (_, f, formula) => {
    const at = [-3, -1.5, -0.25, 0.1, 0.7, 2.5]
    const slopes = vmap(grad((x: Tensor) => f(x)))(f64(at))
    const h = 1e-5
    expectNear(
      slopes,
      at.map((x) => (formula(x + h) - formula(x - h)) / (2 * h)),
      1e-8,
    )
  })
  it('a log-probability of float32 far from 0 is not −∞', () => expect(logSigmoid(-200).item()).toBe(-200))
  it('gelu far below 0 keeps its digits by erfc', () => {
    expectNear(gelu(f64(-10), { approximate: false }), -10 * 7.61985302416e-24, 1e-30)
  })
})
