/** Polynomials as vectors of coefficients, highest power first. */

import { allocate, type DType } from '../dtype.js'
import { RangeError, ShapeError } from '../errors.js'
import { named, operation } from '../operation.js'
import { add, div, mul, sub } from '../primitives/arithmetic.js'
import { concatenate, pad } from '../primitives/concatenate.js'
import { convertElementType } from '../primitives/convert.js'
import { integerPow, sqrt } from '../primitives/exponential.js'
import { broadcastInDim, broadcastTo, reshape } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import { reduceSum } from '../primitives/sum.js'
import { showType } from '../print.js'
import { checkTerms, range } from '../shape.js'
import { ConcreteTensor, type Tensor, type TensorLike, toTensor, uniform } from '../tensor.js'
import { type Dual, type DualBinary, dual, dualBinary } from './dual.js'
import { lstsq } from './linalg/decompositions.js'
import { promoteDTypes, toFloat, toNumeric } from './promotion.js'
import { convolve } from './signal.js'

const coefficients = (name: string, x: TensorLike): Tensor => {
  const p = toNumeric(x)
  if (p.ndim > 1) throw new ShapeError(`${name}: coefficients are a vector, not ${showType(p)}.`)
  return reshape(p, [p.size])
}

/** The coefficients of two polynomials in one dtype. */
const bothCoefficients = (name: string, a: TensorLike, b: TensorLike): readonly [Tensor, Tensor] =>
  promoteDTypes(name, [a, b]).map((p) => coefficients(name, p)) as unknown as readonly [Tensor, Tensor]

const coefficient = (p: Tensor, i: number): Tensor => reshape(sliceAxis(p, 0, i, i + 1), [])

const numbers = (values: readonly number[], dtype: DType): Tensor => {
  const storage = allocate(dtype, values.length)
  storage.set(values)
  return new ConcreteTensor([values.length], dtype, storage)
}

/**
 * The value of a polynomial at x, by Horner's scheme.
 * @throws ShapeError unless the coefficients are a vector
 * @example np.polyval(np.array([1, 0, 2]), 3).item() // 11
 */
export const polyval: Dual<[x: TensorLike]> = dual('polyval', 1, [], (p, x: TensorLike) => {
  const [c, at] = promoteDTypes('polyval', [coefficients('polyval', p), x]) as [Tensor, Tensor]
  return range(c.size).reduce(
    (sum: Tensor, i) => add(mul(sum, at), broadcastTo(coefficient(c, i), at.sizes)),
    uniform(0, at),
  )
})

const aligned = (name: string, f: (x: Tensor, y: Tensor) => Tensor): DualBinary =>
  dualBinary(name, (a, b) => {
    const both = bothCoefficients(name, a, b)
    const n = Math.max(...both.map((p) => p.size))
    const [x, y] = both.map((p) => pad(p, 0, [[n - p.size, 0, 0]])) as [Tensor, Tensor]
    return f(x, y)
  })

/** The sum of two polynomials. @example np.polyadd(np.array([1, 2]), np.array([3])).toArray() // [1, 5] */
export const polyadd: DualBinary = aligned('polyadd', add)

/** The difference of two polynomials. @example np.polysub(np.array([1, 2]), np.array([3])).toArray() // [1, -1] */
export const polysub: DualBinary = aligned('polysub', sub)

/** The product of two polynomials. @example np.polymul(np.array([1, 2]), np.array([1, 3])).toArray() // [1, 5, 6] */
export const polymul: DualBinary = dualBinary('polymul', (a, b) => convolve(...bothCoefficients('polymul', a, b)))

/**
 * Quotient and remainder of two polynomials. The remainder keeps the length of u but for its leading zeros that are known to
 * be there: it has the length of v less one, at least one.
 * @throws ShapeError if one of them has no coefficients
 * @example const [q, r] = np.polydiv(np.array([1, 5, 6]), np.array([1, 2])) // q is [1, 3], r is [0]
 */
export const polydiv = named(
  'polydiv',
  (u: TensorLike, v: TensorLike): readonly [quotient: Tensor, remainder: Tensor] => {
    const [a, b] = bothCoefficients('polydiv', u, v).map(toFloat) as [Tensor, Tensor]
    if (a.size === 0 || b.size === 0)
      throw new ShapeError(
        `polydiv: the ${a.size === 0 ? 'dividend' : 'divisor'} has no coefficients; that of 0 is [0].`,
      )
    if (a.size < b.size) return [uniform(0, { shape: [1], dtype: a.dtype, weakType: false }), a]
    const steps = a.size - b.size + 1
    const lead = coefficient(b, 0)
    const quotient: Tensor[] = []
    let rest = a
    for (let i = 0; i < steps; i++) {
      const q = div(coefficient(rest, i), lead)
      quotient.push(reshape(q, [1]))
      rest = sub(rest, pad(mul(broadcastTo(q, b.sizes), b), 0, [[i, a.size - b.size - i, 0]]))
    }
    const remainder =
      b.size === 1 ? uniform(0, { shape: [1], dtype: a.dtype, weakType: false }) : sliceAxis(rest, 0, steps, a.size)
    return [concatenate(quotient, 0), remainder]
  },
)

/**
 * The m-th derivative of a polynomial.
 * @throws RangeError unless m is a whole number ≥ 0
 * @example np.polyder(np.array([1, 2, 3])).toArray() // [2, 2]
 */
export const polyder = named('polyder', (p: TensorLike, m = 1): Tensor => {
  if (!Number.isInteger(m) || m < 0) throw new RangeError(`polyder: ${m} is no number of derivatives.`)
  const c = coefficients('polyder', p)
  const n = Math.max(0, c.size - m)
  const falling = range(n).map((i) => range(m).reduce((product, k) => product * (c.size - 1 - i - k), 1))
  return mul(sliceAxis(c, 0, 0, n), numbers(falling, c.dtype))
})

/**
 * The m-th antiderivative of a polynomial.
 * @param k integration constants: one number, or one for each antiderivative; 0 unless said
 * @throws RangeError unless m is a whole number ≥ 0, ShapeError if there are not 1 or m constants
 * @example np.polyint(np.array([2, 2]), 1, 3).toArray() // [1, 2, 3]
 */
export const polyint = named('polyint', (p: TensorLike, m = 1, k: TensorLike = 0): Tensor => {
  checkTerms('polyint', 'the number of antiderivatives', m)
  const [c, constants] = promoteDTypes('polyint', [
    toFloat(coefficients('polyint', p)),
    toFloat(coefficients('polyint', k)),
  ]) as [Tensor, Tensor]
  if (constants.size !== 1 && constants.size !== m) {
    throw new ShapeError(`polyint: ${constants.size} constants for ${m} antiderivatives. Give one, or one for each.`)
  }
  const each = broadcastTo(constants, [m])
  return range(m).reduce((sum: Tensor, i) => {
    const divisors = numbers(
      range(sum.size).map((j) => sum.size - j),
      sum.dtype,
    )
    return concatenate([div(sum, divisors), sliceAxis(each, 0, i, i + 1)], 0)
  }, c)
})

/**
 * The polynomial with these roots and leading coefficient 1.
 * @throws ShapeError unless the roots are a vector
 * @example np.poly(np.array([1, 2])).toArray() // [1, -3, 2]
 */
export const poly = named('poly', (roots: TensorLike): Tensor => {
  const r = toFloat(coefficients('poly', roots))
  // As in NumPy a number, not a list of one.
  if (r.size === 0) return uniform(1, { shape: [], dtype: r.dtype, weakType: false })
  const one = uniform(1, { shape: [1], dtype: r.dtype, weakType: false })
  return range(r.size).reduce((p: Tensor, i) => {
    const shifted = pad(p, 0, [[0, 1, 0]])
    return sub(shifted, pad(mul(p, broadcastTo(coefficient(r, i), p.sizes)), 0, [[1, 0, 0]]))
  }, one)
})

export interface PolyfitOptions {
  /** Singular values below this fraction of the largest count as 0. */
  readonly rcond?: number
  /** Weights of the residuals. */
  readonly w?: TensorLike
}

/** The scaled Vandermonde matrix and its columns' lengths. */
const design = (x: Tensor, degree: number, w: Tensor | null): readonly [Tensor, Tensor] => {
  const columns = range(degree + 1).map((i) => reshape(integerPow(x, degree - i), [x.size, 1]))
  const plain = concatenate(columns, 1)
  const matrix = w === null ? plain : mul(plain, broadcastInDim(w, plain.sizes, [0]))
  const lengths = sqrt(reduceSum(mul(matrix, matrix), [0]))
  return [div(matrix, broadcastInDim(lengths, matrix.sizes, [1])), lengths]
}

/**
 * The polynomial of this degree that fits points best, by least squares.
 * @param y [points], or [points, k] for k polynomials
 * @throws ShapeError if x and y have different numbers of points, RangeError unless the degree is a whole number ≥ 0
 * @example np.polyfit(np.array([0, 1, 2]), np.array([1, 3, 5]), 1) // [2, 1]
 */
export const polyfit = operation(
  'polyfit',
  { at: 3, names: ['rcond', 'w'] },
  (x: TensorLike, y: TensorLike, degree: number, { rcond, w }: PolyfitOptions = {}): Tensor => {
    const [at, values] = promoteDTypes('polyfit', [toFloat(x), toFloat(y)]) as [Tensor, Tensor]
    checkTerms('polyfit', 'the degree', degree)
    if (at.ndim !== 1 || values.ndim < 1 || values.ndim > 2 || values.sizes[0] !== at.size) {
      throw new ShapeError(
        `polyfit: ${showType(at)} and ${showType(values)} are no points: x is a vector, and y has as many rows.`,
      )
    }
    if (at.size === 0) throw new ShapeError('polyfit: there are no points to fit.')
    const weights = w === undefined ? null : convertElementType(toTensor(w), at.dtype)
    const [matrix, lengths] = design(at, degree, weights)
    const right = weights === null ? values : mul(values, broadcastInDim(weights, values.sizes, [0]))
    const fraction = rcond ?? at.size * (at.dtype === 'float64' ? 2 ** -52 : 2 ** -23)
    const [scaled] = lstsq(matrix, right, { rcond: fraction })
    return div(scaled, broadcastInDim(lengths, scaled.sizes, [0]))
  },
)
