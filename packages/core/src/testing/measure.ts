/** How checks look at numbers: directions to differentiate along, inner products, and the first place where values part. */
import { allocate, isFloat } from '../dtype.js'
import { showType } from '../print.js'
import { sameShape, stridesOf } from '../shape.js'
import { ConcreteTensor, type Tensor } from '../tensor.js'

const golden = 0.6180339887498949 // (√5 − 1)/2: multiples of it spread evenly modulo 1
const plastic = 0.7548776662466927 // 1/ρ with ρ³ = ρ + 1, for seeds

/**
 * A direction through a tensor's elements: numbers of magnitude ½ to 1½ and either sign, the same in every run. None is near 0,
 * so that no element's derivative goes unseen.
 */
export const direction = ({ shape, dtype, size }: Tensor, seed: number): ConcreteTensor => {
  const data = allocate(dtype, size)
  for (let i = 0; i < size; i++) {
    const fraction = (0.5 + (i + 1) * golden + seed * plastic) % 1
    data[i] = fraction < 0.5 ? 0.5 + 2 * fraction : 0.5 - 2 * fraction
  }
  return new ConcreteTensor(shape, dtype, data)
}

/** The unit vector of one element. */
export const unitVector = ({ shape, dtype, size }: Tensor, element: number): ConcreteTensor => {
  const data = allocate(dtype, size)
  data[element] = 1
  return new ConcreteTensor(shape, dtype, data)
}

/** x + step · v, elementwise in float64 and rounded to x's dtype. */
export const shifted = (x: Tensor, v: Tensor, step: number): ConcreteTensor => {
  const [from, along] = [x.data(), v.data()]
  const data = allocate(x.dtype, x.size)
  for (let i = 0; i < data.length; i++) data[i] = (from[i] as number) + step * (along[i] as number)
  return new ConcreteTensor(x.shape, x.dtype, data)
}

/** Σ x · y over all elements of both lists, in float64. */
export const inner = (xs: readonly Tensor[], ys: readonly Tensor[]): number => {
  let sum = 0
  xs.forEach((x, k) => {
    const [a, b] = [x.data(), (ys[k] as Tensor).data()]
    for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  })
  return sum
}

/** The position of a flat index along each axis. */
export const positionOf = (element: number, shape: readonly number[]): readonly number[] =>
  stridesOf(shape).map((stride, axis) => Math.floor(element / stride) % (shape[axis] as number))

export interface Tolerance {
  /** Relative to the expected number. */
  readonly rtol: number
  readonly atol: number
}

/** Equal, both NaN, or within the tolerance. */
export const isClose = (found: number, expected: number, { rtol, atol }: Tolerance): boolean =>
  Object.is(found, expected) || found === expected || Math.abs(found - expected) <= atol + rtol * Math.abs(expected)

/** Where and how two lists of results part first; null if they agree. `tolerance` null asks for the same bits. */
export const firstDifference = (
  found: readonly Tensor[],
  expected: readonly Tensor[],
  tolerance: Tolerance | null,
): string | null => {
  if (found.length !== expected.length) return `${found.length} results instead of ${expected.length}`
  for (const [k, y] of found.entries()) {
    const want = expected[k] as Tensor
    const name = found.length === 1 ? 'the result' : `result ${k}`
    if (y.dtype !== want.dtype || !sameShape(y.shape, want.shape)) {
      return `${name} is ${showType(y)} instead of ${showType(want)}`
    }
    const [a, b] = [y.data(), want.data()]
    for (let i = 0; i < a.length; i++) {
      const [u, v] = [a[i] as number, b[i] as number]
      const same = tolerance === null || !isFloat(y.dtype) ? Object.is(u, v) : isClose(u, v, tolerance)
      if (!same) return `${name} at [${positionOf(i, y.shape).join(',')}] is ${u} instead of ${v}`
    }
  }
  return null
}
