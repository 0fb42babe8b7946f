/** Norms of vectors and matrices. */
import { RangeError, ShapeError } from '../../errors.js'
import { abs, mul } from '../../primitives/arithmetic.js'
import { ne } from '../../primitives/compare.js'
import { convertElementType } from '../../primitives/convert.js'
import { pow, sqrt } from '../../primitives/exponential.js'
import { reduceMax, reduceMin, reduceSum } from '../../primitives/reduction.js'
import { reshape, transpose } from '../../primitives/shape.js'
import { svd } from '../../primitives/svd.js'
import { showType } from '../../print.js'
import { canonicalAxes, canonicalAxis, range, sizeOf, withoutAxes } from '../../shape.js'
import type { Tensor } from '../../tensor.js'
import { type DualOptions, dualOptions } from '../dual.js'
import { toFloat } from '../promotion.js'
import { keepAxes } from '../reduced-axes.js'
import { matrices } from './factor.js'

/** A power, ±Infinity, or for matrices 'fro' (root of the sum of squares) and 'nuc' (sum of singular values). */
export type NormOrder = number | 'fro' | 'nuc'

export interface NormOptions {
  readonly ord?: NormOrder | null
  /** One axis for vectors, two for matrices; all of a flattened tensor unless said. */
  readonly axis?: number | readonly number[] | null
  readonly keepdims?: boolean
}

const euclid = (x: Tensor, axes: readonly number[]): Tensor => sqrt(reduceSum(mul(x, x), axes))

const ofVectors = (name: string, x: Tensor, axes: readonly number[], ord: NormOrder): Tensor => {
  if (typeof ord !== 'number')
    throw new RangeError(`${name}: order '${ord}' is one of matrices; vectors take a number or ±Infinity.`)
  if (ord === 2) return euclid(x, axes)
  if (ord === Number.POSITIVE_INFINITY) return reduceMax(abs(x), axes)
  if (ord === Number.NEGATIVE_INFINITY) return reduceMin(abs(x), axes)
  if (ord === 0) return reduceSum(convertElementType(ne(x, 0), x.dtype), axes)
  if (ord === 1) return reduceSum(abs(x), axes)
  return pow(reduceSum(pow(abs(x), ord), axes), 1 / ord)
}

/** Row sums or column sums, then their extremum. */
const ofSums = (x: Tensor, summed: number, other: number, largest: boolean): Tensor => {
  const sums = reduceSum(abs(x), [summed])
  const left = other > summed ? other - 1 : other
  return largest ? reduceMax(sums, [left]) : reduceMin(sums, [left])
}

const ofMatrices = (name: string, x: Tensor, [row, column]: readonly [number, number], ord: NormOrder): Tensor => {
  if (ord === 'fro')
    return euclid(
      x,
      [row, column].sort((a, b) => a - b),
    )
  if (ord === 1 || ord === -1) return ofSums(x, row, column, ord > 0)
  if (ord === Number.POSITIVE_INFINITY || ord === Number.NEGATIVE_INFINITY) return ofSums(x, column, row, ord > 0)
  if (ord !== 'nuc' && ord !== 2 && ord !== -2) {
    throw new RangeError(
      `${name}: order ${JSON.stringify(ord)} of matrices is none of 'fro', 'nuc', ±1, ±2, ±Infinity.`,
    )
  }
  const rest = range(x.ndim).filter((i) => i !== row && i !== column)
  const s = svd(transpose(x, [...rest, row, column]), { computeUv: false })
  const last = [s.ndim - 1]
  if (ord === 'nuc') return reduceSum(s, last)
  return ord === 2 ? reduceMax(s, last) : reduceMin(s, last)
}

/**
 * The norm of vectors (one axis) or matrices (two): by default the root of the sum of squares of all elements.
 * @throws ShapeError if axes are more than two, RangeError for orders that do not exist
 * @example np.linalg.norm(np.array([3, 4])).item() // 5
 */
export const norm: DualOptions<NormOptions> = dualOptions(
  (given, { ord = null, axis = null, keepdims }: NormOptions) => {
    const name = 'linalg.norm'
    const x = toFloat(given)
    if (axis === null && ord === null) {
      const axes = range(x.ndim)
      return keepAxes(euclid(x, axes), x.shape, axes, keepdims)
    }
    if (axis === null && x.ndim !== 1 && x.ndim !== 2) {
      throw new ShapeError(
        `${name}: order ${String(ord)} is one of vectors or matrices, and ${showType(x)} is neither. Say which axes.`,
      )
    }
    const list = (axis === null ? range(x.ndim) : typeof axis === 'number' ? [axis] : axis).map((a) =>
      canonicalAxis(name, a, x.ndim),
    )
    const sorted = [...list].sort((a, b) => a - b)
    if (list.length === 1) return keepAxes(ofVectors(name, x, list, ord ?? 2), x.shape, sorted, keepdims)
    const [row, column] = list
    if (row === undefined || column === undefined || list.length > 2 || row === column) {
      throw new ShapeError(
        `${name}: axes [${list.join(',')}] are neither one (vectors) nor two different ones (matrices).`,
      )
    }
    return keepAxes(ofMatrices(name, x, [row, column], ord ?? 'fro'), x.shape, sorted, keepdims)
  },
)

export interface VectorNormOptions {
  /** 2 unless said. */
  readonly ord?: number
  /** All of the flattened tensor unless said. */
  readonly axis?: number | readonly number[] | null
  readonly keepdims?: boolean
}

/**
 * The norm of the vectors along one axis, or of all elements along several.
 * @throws RangeError for orders or axes that do not exist
 * @example np.linalg.vectorNorm(np.array([[3, 4], [6, 8]]), { axis: 1 }).toArray() // [5, 10]
 */
export const vectorNorm: DualOptions<VectorNormOptions> = dualOptions(
  (given, { ord = 2, axis, keepdims }: VectorNormOptions) => {
    const x = toFloat(given)
    const axes = canonicalAxes('linalg.vectorNorm', axis, x.ndim)
    const rest = range(x.ndim).filter((i) => !axes.includes(i))
    const flat = reshape(transpose(x, [...rest, ...axes]), [
      ...withoutAxes(x.shape, axes),
      sizeOf(axes.map((a) => x.shape[a] as number)),
    ])
    return keepAxes(ofVectors('linalg.vectorNorm', flat, [rest.length], ord), x.shape, axes, keepdims)
  },
)

export interface MatrixNormOptions {
  /** 'fro' unless said. */
  readonly ord?: NormOrder
  readonly keepdims?: boolean
}

/**
 * The norm of the matrices of the last two axes.
 * @throws ShapeError without two axes, RangeError for orders that do not exist
 * @example np.linalg.matrixNorm(np.array([[1, -2], [3, 4]]), { ord: 1 }).item() // 6
 */
export const matrixNorm: DualOptions<MatrixNormOptions> = dualOptions(
  (given, { ord = 'fro', keepdims }: MatrixNormOptions) => {
    const x = matrices('linalg.matrixNorm', given, false)
    const axes = [x.ndim - 2, x.ndim - 1] as const
    return keepAxes(ofMatrices('linalg.matrixNorm', x, axes, ord), x.shape, axes, keepdims)
  },
)
