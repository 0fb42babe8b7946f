/** The functions whose values are the weights of pixels, by their distance x ≥ 0 from the place that is sampled. */
import { ArgumentError } from '../errors.js'
import { divide, multiply, subtract } from '../numpy/arithmetic.js'
import { greater, greaterEqual } from '../numpy/comparison.js'
import { maximum } from '../numpy/extrema.js'
import { sin } from '../numpy/trigonometric.js'
import { where } from '../numpy/where.js'
import { show } from '../show.js'
import type { Tensor } from '../tensor.js'

/** How values between pixels are made up, by JAX's names: 'bilinear', 'trilinear' and 'triangle' are 'linear', 'bicubic' and 'tricubic' are 'cubic'. */
export type ResizeMethod =
  | 'nearest'
  | 'linear'
  | 'bilinear'
  | 'trilinear'
  | 'triangle'
  | 'cubic'
  | 'bicubic'
  | 'tricubic'
  | 'lanczos3'
  | 'lanczos5'

export type Kernel = (distance: Tensor) => Tensor

const triangle: Kernel = (x) => maximum(subtract(1, x), 0)

/** A polynomial of x with these coefficients, the highest power first. */
const polynomial = (x: Tensor, coefficients: readonly number[]): Tensor =>
  coefficients.slice(1).reduce((sum, c) => sum.mul(x).add(c), multiply(x, 0).add(coefficients[0] as number))

/** Cubic convolution with a = −½. Keys 1981. */
const cubic: Kernel = (x) =>
  where(
    greaterEqual(x, 2),
    0,
    where(greaterEqual(x, 1), polynomial(x, [-0.5, 2.5, -4, 2]), polynomial(x, [1.5, -2.5, 0, 1])),
  )

/** sinc x · sinc (x / radius) up to the radius. */
const lanczos =
  (radius: number): Kernel =>
  (x) => {
    const [waves, window] = [sin(multiply(x, Math.PI)), sin(multiply(x, Math.PI / radius))]
    // Closer than this both are 1 to float32, and their quotient by x² would be lost to rounding, as in JAX.
    const isNear = greater(0.001, x)
    const inside = divide(
      multiply(multiply(waves, window), radius),
      multiply(multiply(where(isNear, 1, x), where(isNear, 1, x)), Math.PI ** 2),
    )
    return where(greater(x, radius), 0, where(isNear, 1, inside))
  }

const kernels: Readonly<Record<ResizeMethod, Kernel | null>> = {
  nearest: null,
  linear: triangle,
  bilinear: triangle,
  trilinear: triangle,
  triangle,
  cubic,
  bicubic: cubic,
  tricubic: cubic,
  lanczos3: lanczos(3),
  lanczos5: lanczos(5),
}

/** The kernel of a method; null for 'nearest', which weighs nothing. @throws ArgumentError for a method that there is not */
export const kernelOf = (name: string, method: ResizeMethod): Kernel | null => {
  const kernel = typeof method === 'string' && Object.hasOwn(kernels, method) ? kernels[method] : undefined
  if (kernel !== undefined) return kernel
  throw new ArgumentError(
    `${name}: the method is ${show(method)}, and has to be one of ${Object.keys(kernels).join(', ')}.`,
  )
}
