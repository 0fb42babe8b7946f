/** Covariances and correlations of variables. */
import { RangeError, ShapeError } from '../errors.js'
import { div, mul, sub } from '../primitives/arithmetic.js'
import { concatenate } from '../primitives/concatenate.js'
import { convertElementType } from '../primitives/convert.js'
import { dotGeneral } from '../primitives/dot.js'
import { sqrt } from '../primitives/exponential.js'
import { diagonalOf } from '../primitives/matrices.js'
import { max } from '../primitives/maximum.js'
import { clamp } from '../primitives/select.js'
import { broadcastInDim, reshape, transpose } from '../primitives/shape.js'
import { reduceSum } from '../primitives/sum.js'
import { showType } from '../print.js'
import { scalar, type Tensor, type TensorLike, toTensor, uniform } from '../tensor.js'
import { type DualOptions, dualOptions } from './dual.js'
import { promoteDTypes, toFloat } from './promotion.js'

export interface CorrcoefOptions {
  /** More variables, of the same observations. */
  readonly y?: TensorLike
  /** Whether rows are variables, the default, or columns. */
  readonly rowvar?: boolean
}

export interface CovOptions extends CorrcoefOptions {
  /** Divide by n rather than n − 1. */
  readonly bias?: boolean
  /** Divide by n − ddof. */
  readonly ddof?: number
  /** How often each observation was made. */
  readonly fweights?: TensorLike
  /** How much each observation weighs. */
  readonly aweights?: TensorLike
}

/** Variables as rows. */
const asRows = (given: Tensor, rowvar: boolean): Tensor => {
  if (given.ndim > 2) throw new ShapeError(`cov: takes a vector or a matrix of variables, not ${showType(given)}.`)
  if (given.ndim < 2) return reshape(given, [1, given.size])
  return rowvar || given.sizes[0] === 1 ? given : transpose(given, [1, 0])
}

const covariance = (given: TensorLike, options: CovOptions): Tensor => {
  const { y, rowvar = true, bias = false, fweights, aweights } = options
  const ddof = options.ddof ?? (bias ? 0 : 1)
  if (!Number.isInteger(ddof)) throw new RangeError(`cov: ddof is ${ddof}; it has to be a whole number.`)
  const sources = promoteDTypes('cov', [toFloat(given), ...(y === undefined ? [] : [toFloat(y)])]) as readonly Tensor[]
  const parts = sources.map((t) => asRows(t, rowvar))
  if (parts.some((p) => p.sizes[1] !== parts[0]?.sizes[1])) {
    throw new ShapeError(`cov: ${parts.map(showType).join(' and ')} have different numbers of observations.`)
  }
  const x = parts.length === 1 ? (parts[0] as Tensor) : concatenate(parts, 0)
  const n = x.sizes[1] as number
  const weight = (w: TensorLike | undefined): Tensor | null => {
    if (w === undefined) return null
    const t = convertElementType(toTensor(w), x.dtype)
    if (t.ndim !== 1 || t.size !== n)
      throw new ShapeError(`cov: weights are ${showType(t)}, and there are ${n} observations.`)
    return t
  }
  const [counts, importance] = [weight(fweights), weight(aweights)]
  const w =
    counts && importance
      ? mul(counts, importance)
      : (counts ?? importance ?? uniform(1, { shape: [n], dtype: x.dtype, weakType: false }))
  const spread = broadcastInDim(w, x.sizes, [1])
  const total = reduceSum(w, [0])
  const means = div(reduceSum(mul(x, spread), [1]), broadcastInDim(total, [x.sizes[0] as number], []))
  const centred = sub(x, broadcastInDim(means, x.sizes, [0]))
  const weighted =
    importance === null || ddof === 0
      ? scalar(ddof, x.dtype)
      : div(mul(reduceSum(mul(w, importance), [0]), ddof), total)
  const sums = dotGeneral(centred, mul(centred, spread), { contract: [[1], [1]], batch: [[], []] })
  // Fewer observations than degrees of freedom say nothing: 0 / 0.
  const degrees = max(sub(total, weighted), 0)
  const result = div(sums, broadcastInDim(degrees, sums.sizes, []))
  return sums.size === 1 ? reshape(result, []) : result
}

/**
 * The covariance matrix of variables, one a row; a scalar of one variable.
 * @throws ShapeError if observations do not match
 * @example np.cov(np.array([[1, 2, 3], [3, 2, 1]])).toArray() // [[1, -1], [-1, 1]]
 */
export const cov: DualOptions<CovOptions> = dualOptions(
  'cov',
  ['bias', 'ddof', 'fweights', 'aweights', 'y', 'rowvar'],
  (x, options: CovOptions) => covariance(x, options),
)

/**
 * The correlation coefficients of variables, from −1 to 1.
 * @throws ShapeError if observations do not match
 * @example np.corrcoef(np.array([[1, 2, 3], [3, 2, 1]])).toArray() // [[1, -1], [-1, 1]]
 */
export const corrcoef: DualOptions<CorrcoefOptions> = dualOptions(
  'corrcoef',
  ['y', 'rowvar'],
  (x, options: CorrcoefOptions) => {
    const c = covariance(x, options)
    if (c.ndim === 0) return div(c, c)
    const deviations = sqrt(diagonalOf(c))
    const scaled = div(div(c, broadcastInDim(deviations, c.sizes, [0])), broadcastInDim(deviations, c.sizes, [1]))
    return clamp(-1, scaled, 1)
  },
)
