/** Samples by inverting a distribution function: one uniform draw each. */
import { operation } from '../operation.js'
import { abs, add, div, mul, neg, sign, sub } from '../primitives/arithmetic.js'
import { eq, lt } from '../primitives/compare.js'
import { exp, log, log1p, pow, sqrt } from '../primitives/exponential.js'
import { select } from '../primitives/select.js'
import { tan } from '../primitives/trigonometric.js'
import { checkShape, type Shape } from '../shape.js'
import type { Tensor, TensorLike } from '../tensor.js'
import { type FloatDType, type FloatOptions, floatDType, limits, parameter, sampleShape } from './arguments.js'
import type { Source } from './bits.js'
import { checkKey, type Key } from './key.js'
import { sampler } from './rows.js'
import { between, unitInterval } from './uniform.js'

/** A sampler of a distribution without parameters. */
export type Standard = (key: Key, shape?: Shape, options?: FloatOptions) => Tensor

const standard = (name: string, draw: (from: Source, shape: Shape, dtype: FloatDType) => Tensor): Standard => {
  const sample = sampler(draw)
  return operation(`random.${name}`, { at: 2, names: ['dtype'] }, (key, shape = [], options = {}) => {
    checkKey(`random.${name}`, key)
    checkShape(`random.${name}`, shape)
    return sample(key, shape, floatDType(`random.${name}`, options.dtype))
  })
}

/** A sampler of a distribution with one parameter. */
export type OneParameter = (key: Key, parameter: TensorLike, shape?: Shape | null, options?: FloatOptions) => Tensor

const oneParameter = (
  name: string,
  draw: (from: Source, parameter: Tensor, shape: Shape, dtype: FloatDType) => Tensor,
): OneParameter => {
  const sample = sampler((from, shape, dtype, given) => draw(from, given as Tensor, shape, dtype))
  return operation(`random.${name}`, { at: 3, names: ['dtype'] }, (key, given, shape, options = {}) => {
    checkKey(`random.${name}`, key)
    const dtype = floatDType(`random.${name}`, options.dtype)
    const size = sampleShape(`random.${name}`, shape, given)
    return sample(key, size, dtype, parameter(given, dtype))
  })
}

/** −log(1 − u); arguments are already checked. */
export const standardExponential = (from: Source, shape: Shape, dtype: FloatDType): Tensor =>
  neg(log1p(neg(unitInterval(from, shape, dtype))))

/**
 * Exponential samples of mean 1, with density e⁻ˣ.
 * @throws DTypeError, ShapeError if the key is no key or the dtype no float
 * @example random.exponential(random.key(0), [2]).shape // [2]
 */
export const exponential: Standard = standard('exponential', standardExponential)

/**
 * Laplace samples, with density e⁻|x| / 2.
 * @throws DTypeError, ShapeError if the key is no key or the dtype no float
 * @example random.laplace(random.key(0), [2]).shape // [2]
 */
export const laplace: Standard = standard('laplace', (key, shape, dtype) => {
  const u = between(key, shape, dtype, -1 + limits[dtype].belowOne, 1)
  return mul(sign(u), log1p(neg(abs(u))))
})

/**
 * Logistic samples, with distribution function 1 / (1 + e⁻ˣ).
 * @throws DTypeError, ShapeError if the key is no key or the dtype no float
 * @example random.logistic(random.key(0), [2]).shape // [2]
 */
export const logistic: Standard = standard('logistic', (key, shape, dtype) => {
  const u = between(key, shape, dtype, limits[dtype].tiny, 1)
  return sub(log(u), log1p(neg(u)))
})

/**
 * Cauchy samples, with density 1 / (π (1 + x²)): no mean, no variance.
 * @throws DTypeError, ShapeError if the key is no key or the dtype no float
 * @example random.cauchy(random.key(0), [2]).shape // [2]
 */
export const cauchy: Standard = standard('cauchy', (key, shape, dtype) =>
  tan(mul(sub(between(key, shape, dtype, limits[dtype].epsilon, 1), 0.5), Math.PI)),
)

/**
 * Pareto samples, with density b x⁻ᵇ⁻¹ for x ≥ 1.
 * @param b the exponent, which broadcasts to the shape
 * @throws DTypeError, ShapeError
 * @example random.pareto(random.key(0), 2, [3]).shape // [3]
 */
export const pareto: OneParameter = oneParameter('pareto', (key, b, shape, dtype) =>
  exp(div(standardExponential(key, shape, dtype), b)),
)

/**
 * Rayleigh samples, with density x/σ² exp(−x²/2σ²): the length of a normal vector of the plane.
 * @param scale σ, which broadcasts to the shape
 * @throws DTypeError, ShapeError
 * @example random.rayleigh(random.key(0), 1, [3]).shape // [3]
 */
export const rayleigh: OneParameter = oneParameter('rayleigh', (key, scale, shape, dtype) => {
  const u = unitInterval(key, shape, dtype)
  // 0 stands for all below the first step, of which the middle is finite.
  return mul(scale, sqrt(mul(log(select(eq(u, 0), limits[dtype].epsilon / 2, u)), -2)))
})

const weibull = sampler((from, shape, dtype, factor, exponent) =>
  mul(pow(standardExponential(from, shape, dtype), div(1, exponent as Tensor)), factor as Tensor),
)

/**
 * Weibull samples, with distribution function 1 − exp(−(x/scale)^concentration).
 * @param scale @param concentration broadcast to the shape
 * @throws DTypeError, ShapeError
 * @example random.weibullMin(random.key(0), 1, 2, [3]).shape // [3]
 */
export const weibullMin = operation(
  'random.weibullMin',
  { at: 4, names: ['dtype'] },
  (
    key: Key,
    scale: TensorLike,
    concentration: TensorLike,
    shape?: Shape | null,
    options: FloatOptions = {},
  ): Tensor => {
    checkKey('random.weibullMin', key)
    const dtype = floatDType('random.weibullMin', options.dtype)
    const size = sampleShape('random.weibullMin', shape, scale, concentration)
    return weibull(key, size, dtype, parameter(scale, dtype), parameter(concentration, dtype))
  },
)

/** A root of 0 has an infinite derivative: without it, samples at the ends move with them. */
const rootOrNone = (x: Tensor): Tensor => {
  const isNone = eq(x, 0)
  return select(isNone, 0, sqrt(select(isNone, 1, x)))
}

const triangle = sampler((from, shape, dtype, ...corners) => {
  const [a, c, b] = corners as [Tensor, Tensor, Tensor]
  const u = unitInterval(from, shape, dtype)
  const width = sub(b, a)
  const rising = add(a, rootOrNone(mul(mul(u, width), sub(c, a))))
  const falling = sub(b, rootOrNone(mul(mul(sub(1, u), width), sub(b, c))))
  return select(lt(u, div(sub(c, a), width)), rising, falling)
})

/**
 * Triangular samples: the density rises from `left` to `mode` and falls to `right`.
 * @param left @param mode @param right broadcast to the shape
 * @throws DTypeError, ShapeError
 * @example random.triangular(random.key(0), 0, 0.5, 1, [3]).shape // [3]
 */
export const triangular = operation(
  'random.triangular',
  { at: 5, names: ['dtype'] },
  (
    key: Key,
    left: TensorLike,
    mode: TensorLike,
    right: TensorLike,
    shape?: Shape | null,
    options: FloatOptions = {},
  ): Tensor => {
    checkKey('random.triangular', key)
    const dtype = floatDType('random.triangular', options.dtype)
    const size = sampleShape('random.triangular', shape, left, mode, right)
    return triangle(key, size, dtype, ...[left, mode, right].map((x) => parameter(x, dtype)))
  },
)
