/** Norms of vectors and matrices. */
import { RangeError, ShapeError } from '../../errors.js'
import { abs, div, mul } from '../../primitives/arithmetic.js'
import { eq, gt, lt, ne } from '../../primitives/compare.js'
import { convertElementType } from '../../primitives/convert.js'
import { pow, sqrt } from '../../primitives/exponential.js'
import { stopGradient } from '../../primitives/identity.js'
import { and, not, or } from '../../primitives/logical.js'
import { baseTrace, currentTrace } from '../../primitives/primitive.js'
import { reduceAnd, reduceMax, reduceMin, reduceSum } from '../../primitives/reduction.js'
import { isFinite } from '../../primitives/rounding.js'
import { select } from '../../primitives/select.js'
import { broadcastInDim, reshape, transpose } from '../../primitives/shape.js'
import { svd } from '../../primitives/svd.js'
import { showType } from '../../print.js'
import { canonicalAxes, canonicalAxis, range, sizeOf, withoutAxes } from '../../shape.js'
import { show } from '../../show.js'
import { ConcreteTensor, type Tensor, uniform } from '../../tensor.js'
import { RecordedTracer } from '../../trace/record.js'
import { cond } from '../../transforms/cond.js'
import { customJvp } from '../../transforms/custom-jvp.js'
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

/** Beyond these, squares of elements may over- or underflow; and what to divide by there, powers of two. */
const limits = {
  float32: { large: 2 ** 50, small: 2 ** -50, shrink: 2 ** 70, grow: 2 ** -90 },
  float64: { large: 2 ** 400, small: 2 ** -400, shrink: 2 ** 560, grow: 2 ** -700 },
}
const limitsOf = (x: Tensor): (typeof limits)['float32'] => limits[x.dtype === 'float32' ? 'float32' : 'float64']

/** Elements along axes divided by a number per vector that `scaleOf` gives for the largest |x|, and that number, as a constant. */
const scaled = (
  x: Tensor,
  axes: readonly number[],
  scaleOf: (largest: Tensor) => Tensor,
): { readonly elements: Tensor; readonly scale: Tensor } => {
  const scale = stopGradient(scaleOf(reduceMax(abs(x), axes)))
  const kept = range(x.ndim).filter((a) => !axes.includes(a))
  return { elements: div(x, broadcastInDim(scale, x.sizes, kept)), scale }
}

/** √Σx², with elements scaled where their squares over- or underflow: two passes over them. */
const scaledLength = (x: Tensor, axes: readonly number[]): Tensor => {
  const { large, small, shrink, grow } = limitsOf(x)
  const { elements, scale } = scaled(x, axes, (largest) =>
    select(gt(largest, large), shrink, select(lt(largest, small), grow, uniform(1, largest))),
  )
  return mul(scale, sqrt(reduceSum(mul(elements, elements), axes)))
}

/** Sums of squares in which nothing that matters over- or underflowed: above √`low`, squares that did are below their last digit. */
const safeSums = {
  float32: { low: 2 ** -80, high: 2 ** 100 },
  float64: { low: 2 ** -780, high: 2 ** 800 },
}

/** Traced tensors of so few elements are scaled without asking whether it is needed. */
const few = 4096

/** √Σx²: in one pass where squares neither over- nor underflow, which the sum tells. */
const lengthOf = (x: Tensor, axes: readonly number[]): Tensor => {
  const { low, high } = safeSums[x.dtype === 'float32' ? 'float32' : 'float64']
  if (!(x instanceof ConcreteTensor) && (!(x instanceof RecordedTracer) || x.size <= few)) return scaledLength(x, axes)
  const total = reduceSum(mul(x, x), axes)
  if (total instanceof ConcreteTensor)
    return total.elements().every((v) => v > low && v < high) ? sqrt(total) : scaledLength(x, axes)
  const safe = reduceAnd(and(gt(total, low), lt(total, high)), range(total.ndim))
  return cond(
    safe,
    (_, sum) => sqrt(sum),
    (elements) => scaledLength(elements, axes),
    x,
    total,
  )
}

/** The length of vectors, whose derivative is the unit vector, and 0 at 0. */
const euclid = (x: Tensor, axes: readonly number[]): Tensor => {
  if (x instanceof ConcreteTensor && currentTrace() === baseTrace()) return lengthOf(x, axes)
  const kept = range(x.ndim).filter((a) => !axes.includes(a))
  const length = customJvp(
    (v: Tensor): Tensor => lengthOf(v, axes),
    ([v], [dv]): readonly [Tensor, Tensor] => {
      const y = euclid(v, axes)
      const zero = eq(y, 0)
      const spread = (t: Tensor): Tensor => broadcastInDim(t, v.sizes, kept)
      const unit = select(spread(zero), 0, div(v, spread(select(zero, 1, y))))
      return [y, reduceSum(mul(unit, dv), axes)]
    },
  )
  return length(x)
}

/** (Σ |x|ᵖ)^(1/p) for p > 1, whose derivative at 0 is 0. */
const smooth = (x: Tensor, axes: readonly number[], p: number): Tensor => {
  const reach = (x.dtype === 'float32' ? 100 : 900) / p
  const { elements, scale } = scaled(x, axes, (largest) => {
    const inside = and(gt(largest, 2 ** -reach), lt(largest, 2 ** reach))
    return select(or(inside, not(isFinite(largest))), 1, select(eq(largest, 0), 1, largest))
  })
  const total = reduceSum(pow(abs(elements), p), axes)
  const zero = eq(total, 0)
  return mul(scale, select(zero, 0, pow(select(zero, 1, total), 1 / p)))
}

/** The largest or least along axes. @throws ShapeError if there is none */
const extremum = (name: string, x: Tensor, axes: readonly number[], largest: boolean): Tensor => {
  if (axes.some((axis) => x.sizes[axis] === 0))
    throw new ShapeError(`${name}: of no elements none is the ${largest ? 'largest' : 'least'}. Check the axes.`)
  return largest ? reduceMax(x, axes) : reduceMin(x, axes)
}

const ofVectors = (name: string, x: Tensor, axes: readonly number[], ord: NormOrder): Tensor => {
  if (typeof ord !== 'number')
    throw new RangeError(`${name}: order '${ord}' is one of matrices; vectors take a number or ±Infinity.`)
  if (ord === 2) return euclid(x, axes)
  if (ord === Number.POSITIVE_INFINITY) return extremum(name, abs(x), axes, true)
  if (ord === Number.NEGATIVE_INFINITY) return extremum(name, abs(x), axes, false)
  if (ord === 0) return reduceSum(convertElementType(ne(x, 0), x.dtype), axes)
  if (ord === 1) return reduceSum(abs(x), axes)
  if (ord > 1) return smooth(x, axes, ord)
  return pow(reduceSum(pow(abs(x), ord), axes), 1 / ord)
}

/** Row sums or column sums, then their extremum. */
const ofSums = (name: string, x: Tensor, summed: number, other: number, largest: boolean): Tensor => {
  const sums = reduceSum(abs(x), [summed])
  const left = other > summed ? other - 1 : other
  return extremum(name, sums, [left], largest)
}

const ofMatrices = (name: string, x: Tensor, [row, column]: readonly [number, number], ord: NormOrder): Tensor => {
  if (ord === 'fro')
    return euclid(
      x,
      [row, column].sort((a, b) => a - b),
    )
  if (ord === 1 || ord === -1) return ofSums(name, x, row, column, ord > 0)
  if (ord === Number.POSITIVE_INFINITY || ord === Number.NEGATIVE_INFINITY) return ofSums(name, x, column, row, ord > 0)
  if (ord !== 'nuc' && ord !== 2 && ord !== -2) {
    throw new RangeError(`${name}: order ${show(ord)} of matrices is none of 'fro', 'nuc', ±1, ±2, ±Infinity.`)
  }
  const rest = range(x.ndim).filter((i) => i !== row && i !== column)
  const s = svd(transpose(x, [...rest, row, column]), { computeUv: false })
  const last = [s.ndim - 1]
  if (ord === 'nuc') return reduceSum(s, last)
  return extremum(name, s, last, ord === 2)
}

/**
 * The norm of vectors (one axis) or matrices (two): by default the root of the sum of squares of all elements, which neither
 * overflows nor underflows on the way, and has derivative 0 at 0.
 * @throws ShapeError if axes are more than two, or nothing stands where the largest or the least is asked for, RangeError for orders that do not exist
 * @example np.linalg.norm(np.array([3, 4])).item() // 5
 */
export const norm: DualOptions<NormOptions> = dualOptions(
  'linalg.norm',
  ['ord', 'axis', 'keepdims'],
  (given, { ord = null, axis = null, keepdims }: NormOptions) => {
    const name = 'linalg.norm'
    const x = toFloat(given)
    if (axis === null && ord === null) {
      const axes = range(x.ndim)
      return keepAxes(euclid(x, axes), x.sizes, axes, keepdims)
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
    if (list.length === 1) return keepAxes(ofVectors(name, x, list, ord ?? 2), x.sizes, sorted, keepdims)
    const [row, column] = list
    if (row === undefined || column === undefined || list.length > 2 || row === column) {
      throw new ShapeError(
        `${name}: axes [${list.join(',')}] are neither one (vectors) nor two different ones (matrices).`,
      )
    }
    return keepAxes(ofMatrices(name, x, [row, column], ord ?? 'fro'), x.sizes, sorted, keepdims)
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
  'linalg.vectorNorm',
  ['ord', 'axis', 'keepdims'],
  (given, { ord = 2, axis, keepdims }: VectorNormOptions) => {
    const x = toFloat(given)
    const axes = canonicalAxes('linalg.vectorNorm', axis, x.ndim)
    const rest = range(x.ndim).filter((i) => !axes.includes(i))
    const flat = reshape(transpose(x, [...rest, ...axes]), [
      ...withoutAxes(x.sizes, axes),
      sizeOf(axes.map((a) => x.sizes[a] as number)),
    ])
    return keepAxes(ofVectors('linalg.vectorNorm', flat, [rest.length], ord), x.sizes, axes, keepdims)
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
  'linalg.matrixNorm',
  ['ord', 'keepdims'],
  (given, { ord = 'fro', keepdims }: MatrixNormOptions) => {
    const x = matrices('linalg.matrixNorm', given, false)
    const axes = [x.ndim - 2, x.ndim - 1] as const
    return keepAxes(ofMatrices('linalg.matrixNorm', x, axes, ord), x.sizes, axes, keepdims)
  },
)
