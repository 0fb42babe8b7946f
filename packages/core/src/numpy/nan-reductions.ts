/** Reductions that leave NaN out. */
import { isFloat } from '../dtype.js'
import { eq } from '../primitives/compare.js'
import { reduceOr } from '../primitives/reduction.js'
import { select } from '../primitives/select.js'
import { rootOfSquares } from '../primitives/squares.js'
import { canonicalAxes } from '../shape.js'
import { type ReduceOptions, type Tensor, type TensorLike, toTensor } from '../tensor.js'
import { type CumulativeOptions, cumprod, cumsum } from './cumulative.js'
import { type DualOptions, dualOptions } from './dual.js'
import { type ArgOptions, argmax, argmin } from './positions.js'
import { keepAxes } from './reduced-axes.js'
import {
  type MeanOptions,
  max,
  mean,
  min,
  prod,
  type SumOptions,
  sum,
  type VarianceOptions,
  var as variance,
} from './reductions.js'

/** Where numbers are, and the tensor with something harmless where they are not. */
const cleaned = (given: TensorLike, filler: number): { readonly x: Tensor; readonly present: Tensor } => {
  const x = toTensor(given)
  const present = eq(x, x)
  return { x: isFloat(x.dtype) ? select(present, x, filler) : x, present }
}

/** Σ of the elements that are not NaN. @example np.nansum(np.array([1, NaN])).item() // 1 */
export const nansum: DualOptions<SumOptions> = dualOptions(
  'nansum',
  ['dtype', 'initial', 'where', 'axis', 'keepdims'],
  (x, options: SumOptions) => sum(cleaned(x, 0).x, options),
)

/** Π of the elements that are not NaN. @example np.nanprod(np.array([2, NaN])).item() // 2 */
export const nanprod: DualOptions<SumOptions> = dualOptions(
  'nanprod',
  ['dtype', 'initial', 'where', 'axis', 'keepdims'],
  (x, options: SumOptions) => prod(cleaned(x, 1).x, options),
)

/** The mean of the elements that are not NaN; NaN of none. @example np.nanmean(np.array([1, NaN, 3])).item() // 2 */
export const nanmean: DualOptions<MeanOptions> = dualOptions(
  'nanmean',
  ['dtype', 'where', 'axis', 'keepdims'],
  (given, options: MeanOptions) => {
    const { x, present } = cleaned(given, 0)
    return mean(x, { ...options, where: present })
  },
)

/** The variance of the elements that are not NaN. @example np.nanvar(np.array([1, NaN, 3])).item() // 1 */
export const nanvar: DualOptions<VarianceOptions> = dualOptions(
  'nanvar',
  ['ddof', 'correction', 'dtype', 'where', 'axis', 'keepdims'],
  (given, options: VarianceOptions) => {
    const { x, present } = cleaned(given, 0)
    return variance(x, { ...options, where: present })
  },
)

/** The standard deviation of the elements that are not NaN. @example np.nanstd(np.array([1, NaN, 3])).item() // 1 */
export const nanstd: DualOptions<VarianceOptions> = dualOptions(
  'nanstd',
  ['ddof', 'correction', 'dtype', 'where', 'axis', 'keepdims'],
  (x, options: VarianceOptions) => rootOfSquares(nanvar(x, options)),
)

const extremum = (name: string, reduce: DualOptions<ReduceOptions>, worst: number): DualOptions<ReduceOptions> =>
  dualOptions(name, ['axis', 'keepdims'], (given, options: ReduceOptions) => {
    const { x, present } = cleaned(given, worst)
    const best = reduce(x, options)
    if (!isFloat(x.dtype)) return best
    const axes = canonicalAxes(name, options.axis, x.ndim)
    return select(keepAxes(reduceOr(present, axes), x.sizes, axes, options.keepdims), best, Number.NaN)
  })

/** The largest element that is not NaN; NaN of none. @example np.nanmax(np.array([1, NaN])).item() // 1 */
export const nanmax: DualOptions<ReduceOptions> = extremum('nanmax', max, Number.NEGATIVE_INFINITY)

/** The smallest element that is not NaN; NaN of none. @example np.nanmin(np.array([1, NaN])).item() // 1 */
export const nanmin: DualOptions<ReduceOptions> = extremum('nanmin', min, Number.POSITIVE_INFINITY)

const place = (name: string, find: DualOptions<ArgOptions>, worst: number): DualOptions<ArgOptions> =>
  dualOptions(name, ['axis', 'keepdims'], (given, options: ArgOptions) => {
    const { x, present } = cleaned(given, worst)
    const index = find(x, options)
    if (!isFloat(x.dtype)) return index
    const axes = canonicalAxes(name, options.axis, x.ndim)
    return select(keepAxes(reduceOr(present, axes), x.sizes, axes, options.keepdims), index, -1)
  })

/** Where the largest element is that is not NaN; −1 of none. @example np.nanargmax(np.array([NaN, 2])).item() // 1 */
export const nanargmax: DualOptions<ArgOptions> = place('nanargmax', argmax, Number.NEGATIVE_INFINITY)

/** Where the smallest element is that is not NaN; −1 of none. @example np.nanargmin(np.array([NaN, 2])).item() // 1 */
export const nanargmin: DualOptions<ArgOptions> = place('nanargmin', argmin, Number.POSITIVE_INFINITY)

/** Running sums in which NaN counts as 0. @example np.nancumsum(np.array([1, NaN, 2])).toArray() // [1, 1, 3] */
export const nancumsum: DualOptions<CumulativeOptions> = dualOptions(
  'nancumsum',
  ['axis', 'dtype'],
  (x, options: CumulativeOptions) => cumsum(cleaned(x, 0).x, options),
)

/** Running products in which NaN counts as 1. @example np.nancumprod(np.array([2, NaN, 2])).toArray() // [2, 2, 4] */
export const nancumprod: DualOptions<CumulativeOptions> = dualOptions(
  'nancumprod',
  ['axis', 'dtype'],
  (x, options: CumulativeOptions) => cumprod(cleaned(x, 1).x, options),
)
