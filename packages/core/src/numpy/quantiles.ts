/** Quantiles: values below which a fraction of the elements lies. */
import { RangeError } from '../errors.js'
import { add, div, mul, sub } from '../primitives/arithmetic.js'
import { eq, lt } from '../primitives/compare.js'
import { convertElementType } from '../primitives/convert.js'
import { max, min } from '../primitives/maximum.js'
import { ceil, floor, round } from '../primitives/rounding.js'
import { select } from '../primitives/select.js'
import { broadcastInDim, broadcastTo, reshape, transpose } from '../primitives/shape.js'
import { sort } from '../primitives/sort.js'
import { reduceSum } from '../primitives/sum.js'
import { takeRows } from '../primitives/take-rows.js'
import { canonicalAxes, range, sizeOf, withoutAxes } from '../shape.js'
import { show } from '../show.js'
import { type ReduceOptions, type Tensor, type TensorLike, uniform } from '../tensor.js'
import { type Dual, type DualOptions, dual, dualOptions } from './dual.js'
import { promoteDTypes, toFloat } from './promotion.js'

export interface QuantileOptions extends ReduceOptions {
  /** Between two elements: their mix (the default), one of them, the nearer one, or their mean. */
  readonly method?: 'linear' | 'lower' | 'higher' | 'nearest' | 'midpoint'
}

/** Elements between the two neighbours of fractional positions. */
const interpolate = (rows: Tensor, positions: Tensor, method: NonNullable<QuantileOptions['method']>): Tensor => {
  const n = rows.sizes[rows.ndim - 1] as number
  const at = (place: Tensor): Tensor => takeRows(rows, convertElementType(max(min(place, n - 1), 0), 'int32'))
  if (method === 'nearest') return at(round(positions))
  const [below, above] = [floor(positions), ceil(positions)]
  if (method === 'lower') return at(below)
  if (method === 'higher') return at(above)
  if (method === 'midpoint') return mul(add(at(below), at(above)), 0.5)
  if (method !== 'linear') {
    throw new RangeError(
      `quantile: method ${show(method)} is none of 'linear', 'lower', 'higher', 'nearest', 'midpoint'.`,
    )
  }
  const weight = sub(positions, below)
  return add(mul(at(below), sub(1, weight)), mul(at(above), weight))
}

const quantiles = (
  name: string,
  given: TensorLike,
  fractions: TensorLike,
  /** What stands for the whole: 1, or 100 for percentiles. */
  scale: number,
  skipNan: boolean,
  options: QuantileOptions,
): Tensor => {
  const [x, q] = promoteDTypes(name, [
    toFloat(given),
    typeof fractions === 'number' ? fractions : toFloat(fractions),
  ]) as [Tensor, Tensor]
  const { axis, keepdims = false, method = 'linear' } = options
  const axes = canonicalAxes(name, axis, x.ndim)
  const rest = range(x.ndim).filter((i) => !axes.includes(i))
  const lead = withoutAxes(x.sizes, axes)
  const n = sizeOf(axes.map((a) => x.sizes[a] as number))
  const shape = keepdims ? x.sizes.map((size, i) => (axes.includes(i) ? 1 : size)) : lead
  if (n === 0 && !skipNan && name !== 'median')
    throw new RangeError(`${name}: there is no quantile of no elements. Check the axes.`)
  if (n === 0) return uniform(Number.NaN, { shape: [...q.sizes, ...shape], dtype: x.dtype, weakType: false })
  const rows = sort(reshape(transpose(x, [...rest, ...axes]), [...lead, n]))
  const wide = [...lead, q.size]
  const last = lead.length
  // NaN is sorted last, so the number of others says where they end.
  const present = reduceSum(convertElementType(eq(rows, rows), x.dtype), [last])
  const largest = skipNan
    ? sub(present, 1)
    : broadcastTo(uniform(n - 1, { shape: [], dtype: x.dtype, weakType: false }), lead)
  const fraction = broadcastInDim(reshape(q, [q.size]), wide, [last])
  // Divided last, so that a percentile that falls on an element is this element, also beside ∞.
  const scaled = mul(fraction, broadcastInDim(largest, wide, range(last)))
  const positions = scale === 1 ? scaled : div(scaled, scale)
  const values = interpolate(rows, positions, method)
  const spoilt = broadcastInDim(lt(present, skipNan ? 1 : n), wide, range(last))
  const result = transpose(select(spoilt, Number.NaN, values), [last, ...range(last)])
  return reshape(result, [...q.sizes, ...shape])
}

export type Quantiles = Dual<[q: TensorLike, options?: QuantileOptions]>

const define = (name: string, scale: number, skipNan: boolean): Quantiles =>
  dual(name, 1, ['method', 'axis', 'keepdims'], (x, q: TensorLike, options: QuantileOptions = {}) =>
    quantiles(name, x, q, scale, skipNan, options),
  )

/**
 * The values below which fractions q of the elements lie, along axes (all unless said). NaN where there is one among them.
 * @param q from 0 to 1, a number or a tensor, whose axes come first in the result
 * @throws RangeError for axes or methods that do not exist, and without elements
 * @example np.quantile(np.array([1, 2, 3, 4]), 0.5).item() // 2.5
 */
export const quantile: Quantiles = define('quantile', 1, false)

/** `quantile` with q from 0 to 100. @example np.percentile(np.array([1, 2, 3]), 50).item() // 2 */
export const percentile: Quantiles = define('percentile', 100, false)

/** `quantile` of the elements that are not NaN. @example np.nanquantile(np.array([1, NaN, 3]), 0.5).item() // 2 */
export const nanquantile: Quantiles = define('nanquantile', 1, true)

/** `percentile` of the elements that are not NaN. @example np.nanpercentile(np.array([1, NaN, 3]), 50).item() // 2 */
export const nanpercentile: Quantiles = define('nanpercentile', 100, true)

/** The middle element, or the mean of the two middle ones. @example np.median(np.array([3, 1, 2])).item() // 2 */
export const median: DualOptions<ReduceOptions> = dualOptions(
  'median',
  ['axis', 'keepdims'],
  (x, options: ReduceOptions) => quantiles('median', x, 0.5, 1, false, options),
)

/** `median` of the elements that are not NaN. @example np.nanmedian(np.array([3, NaN, 1])).item() // 2 */
export const nanmedian: DualOptions<ReduceOptions> = dualOptions(
  'nanmedian',
  ['axis', 'keepdims'],
  (x, options: ReduceOptions) => quantiles('nanmedian', x, 0.5, 1, true, options),
)
