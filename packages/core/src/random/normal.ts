/** Normal samples and what is made of them. */
import { operation } from '../operation.js'
import { abs, add, div, mul, square, sub } from '../primitives/arithmetic.js'
import { eq, lt } from '../primitives/compare.js'
import { exp, sqrt } from '../primitives/exponential.js'
import { stopGradient } from '../primitives/identity.js'
import { max, min } from '../primitives/maximum.js'
import { isFinite, nextafter } from '../primitives/rounding.js'
import { select } from '../primitives/select.js'
import { erf } from '../primitives/special.js'
import { reduceSum } from '../primitives/sum.js'
import { checkShape, type Shape } from '../shape.js'
import type { Tensor, TensorLike } from '../tensor.js'
import { type FloatDType, type FloatOptions, floatDType, parameter, parameterLike, sampleShape } from './arguments.js'
import type { Source } from './bits.js'
import { rademacher } from './discrete.js'
import { erfInvBits, erfInvLikeXla } from './erf-inv.js'
import { checkKey, type Key, pair } from './key.js'
import { sampler } from './rows.js'
import { between } from './uniform.js'

/** The least number above −1, where the inverse error function is still finite. */
const afterMinusOne: Readonly<Record<FloatDType, number>> = { float32: -1 + 2 ** -24, float64: -1 + 2 ** -53 }

/** Standard normal samples; arguments are already checked. */
export const gaussian = (from: Source, shape: Shape, dtype: FloatDType): Tensor =>
  mul(erfInvBits(between(from, shape, dtype, afterMinusOne[dtype], 1)), Math.SQRT2)

const standard = sampler(gaussian)

/**
 * Standard normal samples: √2 erf⁻¹(u) for u uniform on (−1, 1).
 * @returns a float tensor of this shape
 * @throws DTypeError, ShapeError if the key is no key or the dtype no float
 * @example random.normal(random.key(0), [5]).toArray() // [1.6226422, 2.0252647, -0.43359444, -0.07861735, 0.1760909]
 */
export const normal = operation(
  'random.normal',
  { at: 2, names: ['dtype'] },
  (key: Key, shape: Shape = [], options: FloatOptions = {}): Tensor => {
    checkKey('random.normal', key)
    checkShape('random.normal', shape)
    return standard(key, shape, floatDType('random.normal', options.dtype))
  },
)

/** y with the derivative of x, where that is finite. */
const movingWith = (x: Tensor, y: Tensor): Tensor => {
  const finite = select(isFinite(x), x, 0)
  return add(y, sub(finite, stopGradient(finite)))
}

/** √2 erf⁻¹ of uniform samples between two values of erf, between two numbers. */
const truncated = sampler((from, shape, dtype, ...bounds) => {
  const [least, most, lowest, highest] = bounds as [Tensor, Tensor, Tensor, Tensor]
  const u = between(from, shape, dtype, least, most)
  // Where erf is ±1 its inverse is infinite, and so is its derivative.
  const isInside = lt(abs(u), 1)
  const inside = mul(erfInvLikeXla(select(isInside, u, 0)), Math.SQRT2)
  // So far out that erf does not tell the bounds apart, samples stand at the one that is nearer to 0.
  const towards = select(
    eq(least, 1),
    Number.NEGATIVE_INFINITY,
    select(eq(most, -1), Number.POSITIVE_INFINITY, stopGradient(mul(u, Number.POSITIVE_INFINITY))),
  )
  return min(max(select(isInside, inside, towards), lowest), highest)
})

/**
 * Normal samples between bounds, strictly: √2 erf⁻¹ of uniform samples between the bounds' erf.
 * @param lower @param upper broadcast to the shape
 * @throws DTypeError, ShapeError
 * @example random.truncatedNormal(random.key(0), -2, 2, [3]).shape // [3]
 */
export const truncatedNormal = operation(
  'random.truncatedNormal',
  { at: 4, names: ['dtype'] },
  (key: Key, lower: TensorLike, upper: TensorLike, shape?: Shape | null, options: FloatOptions = {}): Tensor => {
    checkKey('random.truncatedNormal', key)
    const dtype = floatDType('random.truncatedNormal', options.dtype)
    const size = sampleShape('random.truncatedNormal', shape, lower, upper)
    const [low, high] = [lower, upper].map((x) => parameter(x, dtype)) as [Tensor, Tensor]
    const [least, most] = [low, high].map((x) => erf(div(x, Math.SQRT2))) as [Tensor, Tensor]
    // Rounding may have reached the bounds themselves, which it moves with.
    const lowest = movingWith(low, nextafter(stopGradient(low), Number.POSITIVE_INFINITY))
    const highest = movingWith(high, nextafter(stopGradient(high), Number.NEGATIVE_INFINITY))
    return truncated(key, size, dtype, least, most, lowest, highest)
  },
)

/**
 * Samples whose logarithm is normal with mean 0 and standard deviation `sigma`.
 * @param sigma 1 unless said; broadcasts to the shape
 * @throws DTypeError, ShapeError
 * @example random.lognormal(random.key(0), 0.5, [3]).shape // [3]
 */
export const lognormal = operation(
  'random.lognormal',
  { at: 3, names: ['dtype'] },
  (key: Key, sigma: TensorLike = 1, shape?: Shape | null, options: FloatOptions = {}): Tensor => {
    checkKey('random.lognormal', key)
    const dtype = floatDType('random.lognormal', options.dtype)
    const size = sampleShape('random.lognormal', shape, sigma)
    return exp(mul(standard(key, size, dtype), parameterLike(sigma, dtype, size)))
  },
)

const lengths = (key: Key, shape: Shape, dtype: FloatDType): Tensor =>
  sqrt(reduceSum(square(standard(key, [...shape, 3], dtype)), [shape.length]))

/**
 * Maxwell samples, with density √(2/π) x² exp(−x²/2): the length of a normal vector of space.
 * @throws DTypeError, ShapeError if the key is no key or the dtype no float
 * @example random.maxwell(random.key(0), [3]).shape // [3]
 */
export const maxwell = operation(
  'random.maxwell',
  { at: 2, names: ['dtype'] },
  (key: Key, shape: Shape = [], options: FloatOptions = {}): Tensor => {
    checkKey('random.maxwell', key)
    checkShape('random.maxwell', shape)
    return lengths(key, shape, floatDType('random.maxwell', options.dtype))
  },
)

/**
 * Maxwell samples with a random sign, times `scale`, plus `loc`. The shape is followed by that of the parameters; without
 * one it is that of the parameters, twice, as in JAX.
 * @throws DTypeError, ShapeError
 * @example random.doubleSidedMaxwell(random.key(0), 0, 1, [3]).shape // [3]
 */
export const doubleSidedMaxwell = operation(
  'random.doubleSidedMaxwell',
  { at: 4, names: ['dtype'] },
  (key: Key, loc: TensorLike, scale: TensorLike, shape: Shape = [], options: FloatOptions = {}): Tensor => {
    checkKey('random.doubleSidedMaxwell', key)
    checkShape('random.doubleSidedMaxwell', shape)
    const dtype = floatDType('random.doubleSidedMaxwell', options.dtype)
    const own = sampleShape('random.doubleSidedMaxwell', null, loc, scale)
    const size = [...(shape.length === 0 ? own : shape), ...own]
    const [lengthKey, signKey] = pair(key)
    const signed = mul(rademacher(signKey, size, { dtype }), lengths(lengthKey, size, dtype))
    return add(mul(signed, parameterLike(scale, dtype, size)), parameterLike(loc, dtype, size))
  },
)
