/** Counting: bins of values and their edges. */

import { listOf } from '../checks.js'
import { isInteger } from '../dtype.js'
import { DTypeError, RangeError, ShapeError } from '../errors.js'
import { operation } from '../operation.js'
import { add, div, mul, sub } from '../primitives/arithmetic.js'
import { eq, gt } from '../primitives/compare.js'
import { concatenate } from '../primitives/concatenate.js'
import { convertElementType } from '../primitives/convert.js'
import { iota } from '../primitives/iota.js'
import { and } from '../primitives/logical.js'
import { reduceMax, reduceMin, reduceSum } from '../primitives/reduction.js'
import { scatterSlices } from '../primitives/scatter.js'
import { select } from '../primitives/select.js'
import { broadcastInDim, broadcastTo, reshape } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import { showType } from '../print.js'
import { checkCount, range, sizeOf } from '../shape.js'
import { show } from '../show.js'
import { ConcreteTensor, scalar, Tensor, type TensorLike, toTensor, uniform } from '../tensor.js'
import { type DualOptions, dualOptions } from './dual.js'
import { promoteDTypes, toFloat } from './promotion.js'
import { elementsAt, searchsorted } from './searching.js'

/** Sums of weights by position; positions outside are left out. */
const tally = (positions: Tensor, weights: Tensor, length: number): Tensor =>
  scatterSlices(
    'scatterAdd',
    uniform(0, { shape: [length], dtype: weights.dtype, weakType: false }),
    reshape(positions, [positions.size, 1]),
    weights,
    {
      sliceSizes: [1],
      collapsed: [0],
      startIndexMap: [0],
      mode: 'fill',
    },
  )

export interface BincountOptions {
  /** What each element counts; 1 unless said. */
  readonly weights?: TensorLike
  /** The least length of the result. */
  readonly minlength?: number
  /** The length of the result, which has to be said inside `jit`; larger values are left out. */
  readonly length?: number
}

/**
 * How often each whole number occurs: element i counts the i's. Of nothing it is empty.
 * @throws DTypeError, ShapeError unless x is an integer vector; RangeError for negative numbers, which inside `jit` are left out; ConcretizationError inside `jit` without `length`
 * @example np.bincount(np.array([0, 1, 1], { dtype: 'int32' })).toArray() // [1, 2]
 */
export const bincount: DualOptions<BincountOptions> = dualOptions(
  'bincount',
  ['weights', 'minlength', 'length'],
  (given, { weights, minlength = 0, length }: BincountOptions) => {
    const tensor = toTensor(given)
    const x = tensor.size === 0 ? convertElementType(tensor, 'int32') : tensor
    if (!isInteger(x.dtype))
      throw new DTypeError(`bincount: counts integers, not ${showType(x)}. Convert with x.astype('int32').`)
    if (x.ndim !== 1)
      throw new ShapeError(`bincount: takes a vector, not ${showType(x)}. Flatten it with x.reshape(-1).`)
    const largest =
      length === undefined && x.size > 0 ? reduceMax(x, [0]).concrete('bincount without `length`').single() : -1
    const n = Math.max(length ?? largest + 1, minlength, 0)
    const w =
      weights === undefined
        ? uniform(1, { shape: x.sizes, dtype: 'int32', weakType: false })
        : broadcastTo(toTensor(weights), x.sizes)
    if (x instanceof ConcreteTensor && x.elements().some((value: number) => value < 0)) {
      throw new RangeError(
        'bincount: counts whole numbers ≥ 0, and there are negative ones. Leave them out, or add to x.',
      )
    }
    return tally(convertElementType(x, 'int32'), w, n)
  },
)

/** How many bins of equal width, or their edges. */
export type Bins = number | Tensor

export interface HistogramOptions {
  /** 10 unless said. */
  readonly bins?: Bins
  /** The outermost edges; the least and the largest element unless said. */
  readonly range?: readonly [TensorLike, TensorLike]
  readonly weights?: TensorLike
  /** Divide by total and bin widths, so that the area is 1. */
  readonly density?: boolean
}

const edgesOf = (name: string, x: Tensor, bins: Bins, limits: HistogramOptions['range']): Tensor => {
  if (typeof bins !== 'number') {
    if (!(bins instanceof Tensor))
      throw new ShapeError(`${name}: bins are ${show(bins)}; give their number, or a vector of edges.`)
    if (bins.ndim !== 1) throw new ShapeError(`${name}: bins are a number or a vector of edges, not ${showType(bins)}.`)
    return convertElementType(bins, x.dtype)
  }
  checkCount(name, 'bins', bins)
  if (bins < 1) throw new RangeError(`${name}: ${bins} is no number of bins.`)
  const own =
    x.size === 0 ? [scalar(0, x.dtype), scalar(1, x.dtype)] : [reduceMin(x, range(x.ndim)), reduceMax(x, range(x.ndim))]
  const [low, high] = (limits ?? own).map((v) =>
    typeof v === 'number' ? scalar(v, x.dtype) : convertElementType(toTensor(v), x.dtype),
  ) as [Tensor, Tensor]
  // All elements equal: half a unit on either side, as NumPy does.
  const half = select(eq(low, high), 0.5, uniform(0, low))
  const [start, end] = [sub(low, half), add(high, half)]
  const place = iota(x.dtype, bins + 1)
  const whole = (t: Tensor): Tensor => broadcastTo(t, place.sizes)
  // The product first, so that whole edges of whole limits are whole.
  const inner = add(whole(start), div(mul(place, whole(sub(end, start))), bins))
  return select(eq(place, bins), whole(end), inner)
}

/**
 * The edges that `histogram` takes.
 * @throws ShapeError, RangeError for bins that are none
 * @example np.histogramBinEdges(np.array([0, 4]), { bins: 2 }).toArray() // [0, 2, 4]
 */
export const histogramBinEdges: DualOptions<HistogramOptions> = dualOptions(
  'histogramBinEdges',
  ['bins', 'range', 'weights', 'density'],
  (given, { bins = 10, range: limits }: HistogramOptions) => edgesOf('histogramBinEdges', toFloat(given), bins, limits),
)

/** The bin of each value, counted from 1; the last edge belongs to the last bin. */
const binsOf = (values: Tensor, edges: Tensor): Tensor => {
  const n = edges.sizes[0] as number
  const last = elementsAt(edges, uniform(n - 1, { shape: values.sizes, dtype: 'int32', weakType: false }))
  return select(eq(values, last), n - 1, searchsorted(edges, values, { side: 'right' }))
}

const widths = (edges: Tensor): Tensor => {
  const n = edges.sizes[0] as number
  return sub(sliceAxis(edges, 0, 1, n), sliceAxis(edges, 0, 0, n - 1))
}

/**
 * How many elements (or which sum of weights) fall into each bin, and the edges of the bins. A bin holds its left edge, the
 * last one both; elements outside are left out.
 * @returns counts [bins] and edges [bins + 1], floats both
 * @throws ShapeError, RangeError for bins that are none
 * @example const [counts, edges] = np.histogram(np.array([1, 2, 2]), { bins: 2 }) // [1, 2] and [1, 1.5, 2]
 */
export const histogram: DualOptions<HistogramOptions, readonly [counts: Tensor, edges: Tensor]> = dualOptions(
  'histogram',
  ['bins', 'range', 'weights', 'density'],
  (given, { bins = 10, range: limits, weights, density = false }: HistogramOptions) => {
    const x = toFloat(given)
    const values = reshape(x, [x.size])
    const edges = edgesOf('histogram', x, bins, limits)
    const n = edges.sizes[0] as number
    const w = weights === undefined ? uniform(1, values) : reshape(broadcastTo(toTensor(weights), x.sizes), [x.size])
    const counts = sliceAxis(tally(binsOf(values, edges), w, n), 0, 1, n)
    if (!density) return [counts, edges]
    const [c, e] = promoteDTypes('histogram', [toFloat(counts), edges]) as [Tensor, Tensor]
    return [div(c, mul(widths(e), broadcastTo(reduceSum(c, [0]), c.sizes))), edges]
  },
)

export interface HistogramddOptions {
  /** 10 for each column unless said: one number, or bins for each. */
  readonly bins?: number | readonly Bins[]
  readonly range?: readonly (readonly [TensorLike, TensorLike] | null)[]
  readonly weights?: TensorLike
  readonly density?: boolean
}

const binsIn = <B>(bins: readonly B[]): readonly B[] => listOf('histogramdd', 'the option bins', bins)

/**
 * The histogram of points: counts by the bins of every coordinate, and the edges of each.
 * @param sample [points, coordinates]
 * @throws ShapeError, RangeError
 * @example np.histogramdd(np.ones([5, 2]), { bins: 3 })[0].shape // [3, 3]
 */
export const histogramdd = operation(
  'histogramdd',
  { at: 1, names: ['bins', 'range', 'weights', 'density'] },
  (
    sample: Tensor,
    { bins = 10, range: limits, weights, density = false }: HistogramddOptions = {},
  ): readonly [counts: Tensor, edges: readonly Tensor[]] => {
    const x = toFloat(sample)
    if (x.ndim !== 2) throw new ShapeError(`histogramdd: takes points [n, coordinates], not ${showType(x)}.`)
    const [points, dimensions] = x.sizes as readonly [number, number]
    const columns = range(dimensions).map((i) => reshape(sliceAxis(x, 1, i, i + 1), [points]))
    const edges = columns.map((c, i) =>
      edgesOf('histogramdd', c, typeof bins === 'number' ? bins : (binsIn(bins)[i] ?? 10), limits?.[i] ?? undefined),
    )
    const sizes = edges.map((e) => (e.sizes[0] as number) - 1)
    const cells = columns.map((c, i) => sub(binsOf(c, edges[i] as Tensor), 1))
    const inside = cells.reduce((mask: Tensor | null, cell, i) => {
      const own = and(gt(cell, -1), gt(sizes[i] as number, cell))
      return mask === null ? own : and(mask, own)
    }, null) as Tensor
    const flat = cells.reduce(
      (sum: Tensor | null, cell, i) => (sum === null ? cell : add(mul(sum, sizes[i] as number), cell)),
      null,
    ) as Tensor
    const w =
      weights === undefined
        ? uniform(1, { shape: [points], dtype: x.dtype, weakType: false })
        : broadcastTo(toTensor(weights), [points])
    const counts = reshape(tally(select(inside, flat, -1), w, sizeOf(sizes)), sizes)
    if (!density) return [counts, edges]
    const total = broadcastTo(reduceSum(counts, range(dimensions)), sizes)
    const volume = edges.reduce(
      (product, e, i) => mul(product, broadcastInDim(widths(e), sizes, [i])),
      uniform(1, { shape: sizes, dtype: x.dtype, weakType: false }) as Tensor,
    )
    return [div(convertElementType(counts, x.dtype), mul(volume, convertElementType(total, x.dtype))), edges]
  },
)

/**
 * The histogram of points of the plane, given by their coordinates.
 * @throws ShapeError, RangeError
 * @example np.histogram2d(np.ones([5]), np.ones([5]), { bins: 3 })[0].shape // [3, 3]
 */
export const histogram2d = operation(
  'histogram2d',
  { at: 2, names: ['bins', 'range', 'weights', 'density'] },
  (
    x: Tensor,
    y: Tensor,
    options: HistogramddOptions = {},
  ): readonly [counts: Tensor, xEdges: Tensor, yEdges: Tensor] => {
    const [a, b] = promoteDTypes('histogram2d', [toFloat(x), toFloat(y)]) as [Tensor, Tensor]
    if (a.ndim !== 1 || b.ndim !== 1 || a.size !== b.size) {
      throw new ShapeError(`histogram2d: ${showType(x)} and ${showType(y)} are not two vectors of one size.`)
    }
    const [counts, edges] = histogramdd(concatenate([reshape(a, [a.size, 1]), reshape(b, [b.size, 1])], 1), options)
    return [counts, edges[0] as Tensor, edges[1] as Tensor]
  },
)
