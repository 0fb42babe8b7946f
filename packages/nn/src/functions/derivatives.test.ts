/** Every activation to third order against closed forms: at ties, at zero, tiny and huge. A new one has to enter the table. */
import { np, Tensor } from '@puregrad/core'
import { describe, expect, it } from 'vitest'
import {
  bell,
  type Case,
  curve,
  differences,
  type Jet,
  line,
  mirrored,
  product,
  ramp,
  sech,
  sigma,
  soft,
  sum,
} from '../../test/jets.js'
import * as nn from '../index.js'

/** alpha (e^(x / beta) − 1) below 0 and scale · x above. */
const exponential =
  (alpha: number, beta = 1, scale = 1): Jet =>
  (x) => {
    if (x > 0) return line(scale)(x)
    const e = Math.exp(x / beta)
    return [alpha * Math.expm1(x / beta), (alpha / beta) * e, (alpha / beta ** 2) * e, (alpha / beta ** 3) * e]
  }

const mishFactor: Jet = (x) => {
  const [s, q, t] = [sigma(x), sigma(-x), Math.tanh(soft(x))]
  const u = sech(soft(x)) ** 2
  const second = u * s * (q - 2 * t * s)
  return [t, u * s, second, -2 * t * s * second + u * (s * q * (q - s) - 2 * u * s ** 3 - 4 * t * s * s * q)]
}

/** σ(2 c (x + a x³)). */
const geluFactor: Jet = (x) => {
  const [c, a] = [2 * Math.sqrt(2 / Math.PI), 0.044715]
  if (Math.abs(x) > 100) return [x > 0 ? 1 : 0, 0, 0, 0]
  const [i1, i2, i3] = [c * (1 + 3 * a * x * x), c * 6 * a * x, c * 6 * a]
  const [s, s1, s2, s3] = bell(c * (x + a * x ** 3))
  return [s, s1 * i1, s2 * i1 ** 2 + s1 * i2, s3 * i1 ** 3 + 3 * s2 * i1 * i2 + s1 * i3]
}

const squareplus: Jet = (x) => {
  const h = Math.hypot(x, 2)
  const y = x > 0 ? (x + h) / 2 : 2 / (h - x)
  return [y, y / h, 2 / h / h / h, (-6 * (x / h)) / h / h / h / h]
}

const softSign: Jet = (x) => {
  const r = 1 / (1 + Math.abs(x))
  return [x * r, r * r, -2 * Math.sign(x) * r ** 3, x === 0 ? 0 : 6 * r ** 4]
}

const zero: Jet = () => [0, 0, 0, 0]
const hardSilu: Jet = (x) => {
  if (x <= -3) return [0, 0, 0, 0]
  return x >= 3 ? line(1)(x) : [(x * (x + 3)) / 6, (2 * x + 3) / 6, 1 / 3, 0]
}
const silu = product(line(1), bell)
/** Softmax and its kin of x beside 0. */
const beside = (f: (pair: Tensor) => Tensor) => (x: Tensor) => f(np.stack([x, np.zerosLike(x)], { axis: -1 }))
const first = (y: Tensor): Tensor => y.slice('...', 0)
const positive = [1e-8, 0.25, 0.5, Math.LN2, 1, 3, 17.5, 40, 100, 350, 700]

const activations: Readonly<Record<string, Case>> = {
  identity: { f: nn.identity, jet: line(1) },
  sigmoid: { f: nn.sigmoid, jet: bell },
  tanh: { f: nn.tanh, jet: curve },
  softplus: { f: nn.softplus, jet: ramp },
  logSigmoid: { f: nn.logSigmoid, jet: sum(-1, mirrored(ramp), 0, zero) },
  silu: { f: nn.silu, jet: silu },
  swish: { f: nn.swish, jet: silu },
  softSign: { f: nn.softSign, jet: softSign },
  mish: { f: nn.mish, jet: product(line(1), mishFactor) },
  squareplus: { f: (x) => nn.squareplus(x), jet: squareplus },
  gelu: { f: (x) => nn.gelu(x), jet: product(line(1), geluFactor) },
  sparsePlus: {
    f: nn.sparsePlus,
    jet: (x) => {
      if (x <= -1) return [0, 0, 0, 0]
      return x >= 1 ? line(1)(x) : [(x + 1) ** 2 / 4, (x + 1) / 2, 0.5, 0]
    },
  },
  sparseSigmoid: {
    f: nn.sparseSigmoid,
    // At ±1 both sides share.
    jet: (x) =>
      Math.abs(x) === 1 ? [(x + 1) / 2, 0.25, 0, 0] : Math.abs(x) > 1 ? [x > 0 ? 1 : 0, 0, 0, 0] : line(0.5, 0.5)(x),
  },
  relu: { f: nn.relu, jet: (x) => (x > 0 ? line(1)(x) : zero(x)) },
  relu6: { f: nn.relu6, jet: (x) => (x >= 6 ? [6, 0, 0, 0] : x > 0 ? line(1)(x) : zero(x)) },
  leakyRelu: { f: (x) => nn.leakyRelu(x), jet: (x) => line(x >= 0 ? 1 : 0.01)(x) },
  elu: { f: (x) => nn.elu(x), jet: exponential(1) },
  celu: { f: (x) => nn.celu(x), jet: exponential(1) },
  'celu, alpha 2': { f: (x) => nn.celu(x, { alpha: 2 }), jet: exponential(2, 2) },
  selu: { f: nn.selu, jet: exponential(1.0507009873554805 * 1.6732632423543772, 1, 1.0507009873554805) },
  hardTanh: { f: nn.hardTanh, jet: (x) => (Math.abs(x) > 1 ? [Math.sign(x), 0, 0, 0] : line(1)(x)) },
  hardSigmoid: {
    f: nn.hardSigmoid,
    jet: (x) => (x <= -3 ? zero(x) : x >= 3 ? [1, 0, 0, 0] : line(1 / 6, 0.5)(x)),
  },
  hardSilu: { f: nn.hardSilu, jet: hardSilu },
  hardSwish: { f: nn.hardSwish, jet: hardSilu },
  glu: { f: (x) => first(nn.glu(np.stack([x, x], { axis: -1 }))), jet: silu },
  log1mexp: {
    f: nn.log1mexp,
    points: positive,
    jet: (x) => {
      const [e, r] = [Math.exp(-x), 1 / Math.expm1(x)]
      const high = 1 / -Math.expm1(-x)
      return [x < Math.LN2 ? Math.log(-Math.expm1(-x)) : Math.log1p(-e), r, -r * high, r * high * (high + r)]
    },
  },
  softmax: { f: beside((x) => first(nn.softmax(x))), jet: bell, rounding: 1 },
  'softmax of two axes': {
    f: beside((x) => first(nn.softmax(np.expandDims(x, 1), { axis: [1, 2] })).slice({}, 0)),
    jet: bell,
    rounding: 1,
  },
  logSoftmax: { f: beside((x) => first(nn.logSoftmax(x))), jet: sum(-1, mirrored(ramp), 0, zero), rounding: 1 },
  logsumexp: { f: beside((x) => nn.logsumexp(x, { axis: -1 })), jet: ramp, rounding: 1 },
  'logsumexp of two axes': {
    f: beside((x) => nn.logsumexp(np.expandDims(x, 1), { axis: [1, 2] })),
    jet: ramp,
    rounding: 1,
  },
  logmeanexp: {
    f: beside((x) => nn.logmeanexp(x, { axis: -1 })),
    jet: sum(1, ramp, 1, () => [-Math.LN2, 0, 0, 0]),
    rounding: 1,
  },
  standardize: {
    // Of x and 0: x / √(x² + 4 ε).
    f: beside((x) => first(nn.standardize(x, { epsilon: 1 }))),
    points: [0, 1e-8, 0.5, 1, 3, -0.5, -1, -3, 40],
    jet: (x) => {
      const h = Math.hypot(x, 2)
      return [x / h, 4 / h ** 3, (-12 * x) / h ** 5, (-12 * (h * h - 5 * x * x)) / h ** 7]
    },
  },
}

/** Exports that are no activations, though they take a tensor and give one of its shape. */
const others = ['merge', 'withMadeOf']

describe('activations and normalisers to third order', () => {
  it.each(Object.entries(activations))('%s', (_, activation) => {
    expect(differences(activation)).toEqual([])
  })
  it('all of them', () => {
    const x = np.array([0.5, 0.25])
    const found = Object.entries(nn).flatMap(([name, f]) => {
      try {
        const y = (f as (x: Tensor) => unknown)(x)
        return y instanceof Tensor && !others.includes(name) ? [name] : []
      } catch {
        return []
      }
    })
    expect(found.length).toBeGreaterThan(25)
    expect(found.filter((name) => !(name in activations))).toEqual([])
  })
})
