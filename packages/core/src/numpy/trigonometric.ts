/** Trigonometric and hyperbolic functions and their inverses, in radians. Integers become float32. */
import { abs, add, div, mul, square } from '../primitives/arithmetic.js'
import { eq, lt } from '../primitives/compare.js'
import { sqrt } from '../primitives/exponential.js'
import * as h from '../primitives/hyperbolic.js'
import { stopGradient } from '../primitives/identity.js'
import { or } from '../primitives/logical.js'
import { max } from '../primitives/maximum.js'
import { select } from '../primitives/select.js'
import * as p from '../primitives/trigonometric.js'
import type { Tensor } from '../tensor.js'
import { floatBinary, floatUnary } from './promotion.js'

/** sin x. @example np.sin(0).item() // 0 */
export const sin = floatUnary('sin', p.sin)

/** cos x. @example np.cos(0).item() // 1 */
export const cos = floatUnary('cos', p.cos)

/** tan x. @example np.tan(0).item() // 0 */
export const tan = floatUnary('tan', p.tan)

/** The angle in [−π/2, π/2] whose sine is x. @example np.arcsin(0).item() // 0 */
export const arcsin = floatUnary('arcsin', p.asin)

/** The angle in [0, π] whose cosine is x. @example np.arccos(1).item() // 0 */
export const arccos = floatUnary('arccos', p.acos)

/** The angle in [−π/2, π/2] whose tangent is x. @example np.arctan(0).item() // 0 */
export const arctan = floatUnary('arctan', p.atan)

/**
 * The angle of the point (x, y), from −π to π; y comes first.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.arctan2(0, 1).item() // 0
 */
export const arctan2 = floatBinary('arctan2', p.atan2)

/** sinh x. @example np.sinh(0).item() // 0 */
export const sinh = floatUnary('sinh', h.sinh)

/** cosh x. @example np.cosh(0).item() // 1 */
export const cosh = floatUnary('cosh', h.cosh)

/** tanh x. @example np.tanh(0).item() // 0 */
export const tanh = floatUnary('tanh', h.tanh)

/** The inverse of sinh. @example np.arcsinh(0).item() // 0 */
export const arcsinh = floatUnary('arcsinh', h.asinh)

/** The inverse of cosh, for x ≥ 1. @example np.arccosh(1).item() // 0 */
export const arccosh = floatUnary('arccosh', h.acosh)

/** The inverse of tanh, for |x| ≤ 1. @example np.arctanh(0).item() // 0 */
export const arctanh = floatUnary('arctanh', h.atanh)

/** Another name of `arcsin`. @example np.asin(0).item() // 0 */
export const asin = arcsin
/** Another name of `arccos`. @example np.acos(1).item() // 0 */
export const acos = arccos
/** Another name of `arctan`. @example np.atan(0).item() // 0 */
export const atan = arctan
/** Another name of `arctan2`. @example np.atan2(0, 1).item() // 0 */
export const atan2 = arctan2
/** Another name of `arcsinh`. @example np.asinh(0).item() // 0 */
export const asinh = arcsinh
/** Another name of `arccosh`. @example np.acosh(1).item() // 0 */
export const acosh = arccosh
/** Another name of `arctanh`. @example np.atanh(0).item() // 0 */
export const atanh = arctanh

/** Degrees to radians. @example np.deg2rad(180).item() // 3.1415927 */
export const deg2rad = floatUnary('deg2rad', (x) => mul(x, Math.PI / 180))

/** Radians to degrees. @example np.rad2deg(Math.PI).item() // 180 */
export const rad2deg = floatUnary('rad2deg', (x) => mul(x, 180 / Math.PI))

/** Degrees to radians: another name of `deg2rad`. @example np.radians(0).item() // 0 */
export const radians = deg2rad

/** Radians to degrees: another name of `rad2deg`. @example np.degrees(0).item() // 0 */
export const degrees = rad2deg

/**
 * √(x² + y²) without overflow: the larger times √(1 + ratio²). Its derivatives at the origin are 0.
 * @throws ShapeError if the shapes do not broadcast
 * @example np.hypot(3, 4).item() // 5
 */
export const hypot = floatBinary('hypot', (x, y) => {
  const [a, b] = [abs(x), abs(y)]
  const large = max(a, b)
  const infinite = or(eq(a, Number.POSITIVE_INFINITY), eq(b, Number.POSITIVE_INFINITY))
  const trivial = or(eq(large, 0), infinite)
  // The result does not depend on what both are divided by, which counts as a constant, so that it has derivatives at ties.
  const scale = stopGradient(select(trivial, 1, large))
  const [u, v] = [x, y].map((z) => div(select(trivial, 1, z), scale)) as [Tensor, Tensor]
  const length = mul(scale, sqrt(add(square(u), square(v))))
  return select(infinite, Number.POSITIVE_INFINITY, select(trivial, 0, length))
})

/** Where the series of sinc is used: its quotient form loses the digits of derivatives near 0. */
const nearZero = 0.5
/** (−1)ᵏ/(2k+1)! for k = 7 … 0; the next term is below float64's precision for |πx| < 0.5. */
const sincSeries = [7, 6, 5, 4, 3, 2, 1, 0].map((k) => {
  let factorial = 1
  for (let i = 2; i <= 2 * k + 1; i++) factorial *= i
  return (k % 2 === 0 ? 1 : -1) / factorial
})

/**
 * sin(πx) / πx, which is 1 at 0, with right derivatives of every order there.
 * @example np.sinc(np.array([0, 0.5])).toArray() // [1, 0.63661975]
 */
export const sinc = floatUnary('sinc', (x: Tensor): Tensor => {
  const angle = mul(x, Math.PI)
  const near = lt(abs(angle), nearZero)
  const squared = square(select(near, angle, 0))
  const [first, ...rest] = sincSeries as [number, ...number[]]
  const series = rest.reduce((sum, c) => add(mul(sum, squared), c), add(mul(squared, 0), first))
  const far = select(near, 1, angle)
  return select(near, series, div(p.sin(far), far))
})
