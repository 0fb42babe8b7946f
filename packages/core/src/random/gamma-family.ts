/** Distributions made of gamma samples. */

import { ShapeError } from '../errors.js'
import { operation } from '../operation.js'
import { abs, add, div, mul, sub } from '../primitives/arithmetic.js'
import { ge } from '../primitives/compare.js'
import { exp, log, pow, sqrt } from '../primitives/exponential.js'
import { and } from '../primitives/logical.js'
import { max } from '../primitives/maximum.js'
import { select } from '../primitives/select.js'
import { broadcastInDim } from '../primitives/shape.js'
import { softmax } from '../primitives/softmax.js'
import { reduceSum } from '../primitives/sum.js'
import { checkShape, range, type Shape } from '../shape.js'
import { Tensor, type TensorLike } from '../tensor.js'
import { customJvp } from '../transforms/custom-jvp.js'
import { jvp } from '../transforms/jvp.js'
import {
  type FloatDType,
  type FloatOptions,
  floatDType,
  limits,
  parameter,
  parameterLike,
  sampleShape,
} from './arguments.js'
import { standardExponential } from './continuous.js'
import { rademacher } from './discrete.js'
import { gammaSamples, logGammaSamples } from './gamma.js'
import { checkKey, type Key, pair } from './key.js'
import { gaussian } from './normal.js'

/**
 * Beta samples, with density ∝ xᵃ⁻¹ (1 − x)ᵇ⁻¹ on (0, 1).
 * @param a > 0  @param b > 0; both broadcast to the shape
 * @throws DTypeError, ShapeError
 * @example random.beta(random.key(0), 2, 3, [4]).shape // [4]
 */
export const beta = operation(
  'random.beta',
  { at: 4, names: ['dtype'] },
  (key: Key, a: TensorLike, b: TensorLike, shape?: Shape | null, options: FloatOptions = {}): Tensor => {
    checkKey('random.beta', key)
    const dtype = floatDType('random.beta', options.dtype)
    const size = sampleShape('random.beta', shape, a, b)
    const [keyA, keyB] = pair(key)
    const logA = logGammaSamples(keyA, parameterLike(a, dtype, size))
    const logB = logGammaSamples(keyB, parameterLike(b, dtype, size))
    const largest = max(logA, logB)
    const [partA, partB] = [exp(sub(logA, largest)), exp(sub(logB, largest))]
    return div(partA, add(partA, partB))
  },
)

/**
 * Dirichlet samples: probabilities with density ∝ Π xᵢ^(αᵢ − 1).
 * @param alpha > 0, [..., k]
 * @param shape of the result without its last axis; that of alpha unless said
 * @returns [...shape, k], whose last axis adds up to 1
 * @throws DTypeError, ShapeError if alpha is a scalar or does not fit
 * @example random.dirichlet(random.key(0), np.ones([3]), [2]).shape // [2, 3]
 */
export const dirichlet = operation(
  'random.dirichlet',
  { at: 3, names: ['dtype'] },
  (key: Key, alpha: Tensor, shape?: Shape | null, options: FloatOptions = {}): Tensor => {
    checkKey('random.dirichlet', key)
    const dtype = floatDType('random.dirichlet', options.dtype)
    if (!(alpha instanceof Tensor) || alpha.ndim === 0) {
      throw new ShapeError(
        'random.dirichlet: alpha is a scalar; it needs an axis for the categories, e.g. np.full([k], alpha).',
      )
    }
    const k = alpha.sizes[alpha.ndim - 1] as number
    const lead = shape ?? alpha.sizes.slice(0, -1)
    checkShape('random.dirichlet', lead)
    const size = [...lead, k]
    return softmax(logGammaSamples(key, parameterLike(alpha, dtype, sampleShape('random.dirichlet', size, alpha))))
  },
)

const logHalfChisquare = (key: Key, df: Tensor): Tensor => logGammaSamples(key, div(df, 2))

type Tensors = readonly Tensor[]

/**
 * A function of positive samples and of parameters that is known by its logarithm too: `plain`, and the exponential of `log` where a
 * sample rounded to 0. Its derivative is y · d log y, in which nothing is divided by samples.
 */
const byLogarithm = (
  plain: (samples: Tensors, parameters: Tensors) => Tensor,
  log: (logs: Tensors, parameters: Tensors) => Tensor,
) => {
  const value = (samples: Tensors, logs: Tensors, parameters: Tensors): Tensor => {
    const { tiny } = limits[(samples[0] as Tensor).dtype as FloatDType]
    const isPlain = samples.map((x) => ge(x, tiny)).reduce((x, y) => and(x, y))
    return select(isPlain, plain(samples, parameters), exp(log(logs, parameters)))
  }
  return customJvp(value, ([samples, logs, parameters], [, ...tangents]) => {
    const y = value(samples, logs, parameters)
    return [y, mul(y, jvp(log, [logs, parameters], tangents)[1])]
  })
}

/**
 * χ² samples: the sum of `df` squared normal samples.
 * @param df degrees of freedom > 0, which broadcast to the shape
 * @throws DTypeError, ShapeError
 * @example random.chisquare(random.key(0), 3, [4]).shape // [4]
 */
export const chisquare = operation(
  'random.chisquare',
  { at: 3, names: ['dtype'] },
  (key: Key, df: TensorLike, shape?: Shape | null, options: FloatOptions = {}): Tensor => {
    checkKey('random.chisquare', key)
    const dtype = floatDType('random.chisquare', options.dtype)
    return mul(exp(logHalfChisquare(key, parameterLike(df, dtype, sampleShape('random.chisquare', shape, df)))), 2)
  },
)

/** √(half / sample). */
const rootOfQuotient = byLogarithm(
  ([x], [half]) => sqrt(div(half as Tensor, x as Tensor)),
  ([x], [half]) => mul(sub(log(half as Tensor), x as Tensor), 0.5),
)

/**
 * Student's t samples, with `df` degrees of freedom.
 * @param df > 0, which broadcasts to the shape
 * @throws DTypeError, ShapeError
 * @example random.t(random.key(0), 5, [4]).shape // [4]
 */
export const t = operation(
  'random.t',
  { at: 3, names: ['dtype'] },
  (key: Key, df: TensorLike, shape?: Shape | null, options: FloatOptions = {}): Tensor => {
    checkKey('random.t', key)
    const dtype = floatDType('random.t', options.dtype)
    const size = sampleShape('random.t', shape, df)
    const half = div(parameterLike(df, dtype, size), 2)
    const [normalKey, gammaKey] = pair(key)
    const [sample, logSample] = gammaSamples(gammaKey, half)
    const stretch = rootOfQuotient([sample], [logSample], [half])
    return mul(gaussian(normalKey, size, dtype), stretch)
  },
)

/** The quotient of two samples, each divided by its degrees of freedom. */
const quotientOfMeans = byLogarithm(
  ([x, y], [above, below]) => div(div(x as Tensor, above as Tensor), div(y as Tensor, below as Tensor)),
  ([x, y], [above, below]) => sub(sub(x as Tensor, log(above as Tensor)), sub(y as Tensor, log(below as Tensor))),
)

/**
 * F samples: the quotient of two χ² samples, each divided by its degrees of freedom.
 * @param dfnum @param dfden > 0, which broadcast to the shape
 * @throws DTypeError, ShapeError
 * @example random.f(random.key(0), 3, 4, [5]).shape // [5]
 */
export const f = operation(
  'random.f',
  { at: 4, names: ['dtype'] },
  (key: Key, dfnum: TensorLike, dfden: TensorLike, shape?: Shape | null, options: FloatOptions = {}): Tensor => {
    checkKey('random.f', key)
    const dtype = floatDType('random.f', options.dtype)
    const size = sampleShape('random.f', shape, dfnum, dfden)
    const [above, below] = [dfnum, dfden].map((x) => parameterLike(x, dtype, size)) as [Tensor, Tensor]
    const [keyBelow, keyAbove] = pair(key)
    const [logAbove, logBelow] = [logHalfChisquare(keyAbove, above), logHalfChisquare(keyBelow, below)]
    const samples = [logAbove, logBelow].map((x) => mul(exp(x), 2))
    return quotientOfMeans(samples, [logAbove, logBelow], [above, below])
  },
)

const power = byLogarithm(
  ([x], [exponent]) => pow(x as Tensor, exponent as Tensor),
  ([x], [exponent]) => mul(x as Tensor, exponent as Tensor),
)

const generalized = (key: Key, p: TensorLike, shape: Shape, dtype: FloatDType): Tensor => {
  const [gammaKey, signKey] = pair(key)
  const inverse = div(1, parameterLike(p, dtype, shape))
  const [sample, logSample] = gammaSamples(gammaKey, inverse)
  const size = power([sample], [logSample], [inverse])
  return mul(rademacher(signKey, shape, { dtype }), size)
}

/**
 * Generalised normal samples, with density ∝ exp(−|x|ᵖ).
 * @param p > 0, which broadcasts to the shape
 * @throws DTypeError, ShapeError
 * @example random.generalizedNormal(random.key(0), 3, [4]).shape // [4]
 */
export const generalizedNormal = operation(
  'random.generalizedNormal',
  { at: 3, names: ['dtype'] },
  (key: Key, p: TensorLike, shape: Shape = [], options: FloatOptions = {}): Tensor => {
    checkKey('random.generalizedNormal', key)
    checkShape('random.generalizedNormal', shape)
    const dtype = floatDType('random.generalizedNormal', options.dtype)
    return generalized(key, p, sampleShape('random.generalizedNormal', shape, p), dtype)
  },
)

export interface BallOptions extends FloatOptions {
  /** Which norm the ball is of: Σ|xᵢ|ᵖ ≤ 1. Euclid's, 2, unless said. */
  readonly p?: number
}

/**
 * Points spread evenly over the unit ball of d dimensions.
 * @returns [...shape, d]
 * @throws DTypeError, ShapeError
 * @example random.ball(random.key(0), 3, [5]).shape // [5, 3]
 */
export const ball = operation(
  'random.ball',
  { at: 3, names: ['p', 'dtype'] },
  (key: Key, d: number, shape: Shape = [], { p = 2, dtype }: BallOptions = {}): Tensor => {
    checkKey('random.ball', key)
    checkShape('random.ball', shape)
    checkShape('random.ball', [...shape, d])
    const type = floatDType('random.ball', dtype)
    const [directionKey, radiusKey] = pair(key)
    const points = generalized(directionKey, p, [...shape, d], type)
    const exponent = parameter(p, type)
    const powers = pow(abs(points), broadcastInDim(exponent, points.sizes, []))
    const mass = add(reduceSum(powers, [shape.length]), standardExponential(radiusKey, shape, type))
    const radius = pow(mass, broadcastInDim(div(1, exponent), shape, []))
    return div(points, broadcastInDim(radius, points.sizes, range(shape.length)))
  },
)
