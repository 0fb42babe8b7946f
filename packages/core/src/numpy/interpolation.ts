/** Functions known at points: values between them, areas, slopes. */

import { RangeError, ShapeError } from '../errors.js'
import { named, operation } from '../operation.js'
import { add, div, mul, rem, sub } from '../primitives/arithmetic.js'
import { eq, gt, lt } from '../primitives/compare.js'
import { concatenate } from '../primitives/concatenate.js'
import { max, min } from '../primitives/maximum.js'
import { select } from '../primitives/select.js'
import { broadcastInDim, broadcastTo, reshape } from '../primitives/shape.js'
import { sliceAxis } from '../primitives/slice.js'
import { sort } from '../primitives/sort.js'
import { reduceSum } from '../primitives/sum.js'
import { showType } from '../print.js'
import { canonicalAxes, canonicalAxis } from '../shape.js'
import { Tensor, type TensorLike } from '../tensor.js'
import { type DualOptions, dualOptions } from './dual.js'
import { promoteDTypes, toFloat } from './promotion.js'
import { elementsAt, searchsorted } from './searching.js'

export interface InterpOptions {
  /** The value below the first point; the first value unless said. */
  readonly left?: TensorLike
  /** The value above the last point; the last value unless said. */
  readonly right?: TensorLike
  /** The function repeats after this distance. */
  readonly period?: number
}

/** Numbers stay numbers, so that promotion rounds them to the dtype of the others only. */
const floats = (x: TensorLike): TensorLike => (typeof x === 'number' ? x : toFloat(x))

const remainder = (x: Tensor, period: number): Tensor => {
  const r = rem(x, period)
  return select(lt(r, 0), add(r, period), r)
}

const element = (x: Tensor, i: number): Tensor => reshape(sliceAxis(x, 0, i, i + 1), [])

/**
 * Values at x of the function that is fp at the increasing points xp and linear between them.
 * @throws ShapeError unless xp and fp are vectors of one size with elements, RangeError if the period is 0
 * @example np.interp(1.5, np.array([1, 2]), np.array([10, 20])).item() // 15
 */
export const interp = operation(
  'interp',
  { at: 3, names: ['left', 'right', 'period'] },
  (x: TensorLike, xp: TensorLike, fp: TensorLike, { left, right, period }: InterpOptions = {}): Tensor => {
    let [at, points, values] = promoteDTypes('interp', [x, xp, fp].map(floats)) as [Tensor, Tensor, Tensor]
    if (points.ndim !== 1 || values.ndim !== 1 || points.size !== values.size || points.size === 0) {
      throw new ShapeError(
        `interp: the points ${showType(points)} and values ${showType(values)} have to be vectors of one size with elements.`,
      )
    }
    if (period !== undefined) {
      if (period === 0) throw new RangeError('interp: the period is 0.')
      const p = Math.abs(period)
      at = remainder(at, p)
      const [ordered, moved] = sort([remainder(points, p), values]) as unknown as [Tensor, Tensor]
      const n = ordered.size
      const edge = (t: Tensor, i: number): Tensor => sliceAxis(t, 0, i, i + 1)
      points = concatenate([sub(edge(ordered, n - 1), p), ordered, add(edge(ordered, 0), p)], 0)
      values = concatenate([edge(moved, n - 1), moved, edge(moved, 0)], 0)
    }
    const n = points.size
    const next = max(min(searchsorted(points, at, { side: 'right' }), n - 1), Math.min(1, n - 1))
    const previous = max(sub(next, 1), 0)
    const [x0, x1] = [elementsAt(points, previous), elementsAt(points, next)]
    const [y0, y1] = [elementsAt(values, previous), elementsAt(values, next)]
    const width = sub(x1, x0)
    const flat = eq(width, 0)
    const inside = select(flat, y1, add(y0, mul(div(sub(at, x0), select(flat, 1, width)), sub(y1, y0))))
    if (period !== undefined) return inside
    const outside = (value: TensorLike | undefined, otherwise: Tensor): Tensor =>
      broadcastTo(
        value === undefined ? otherwise : (promoteDTypes('interp', [floats(value), at])[0] as Tensor),
        at.sizes,
      )
    const from = select(lt(at, broadcastTo(element(points, 0), at.sizes)), outside(left, element(values, 0)), inside)
    return select(gt(at, broadcastTo(element(points, n - 1), at.sizes)), outside(right, element(values, n - 1)), from)
  },
)

export interface TrapezoidOptions {
  /** Where the values are known, a vector or of y's shape; evenly spaced unless said. */
  readonly x?: Tensor | null
  /** The distance between values without `x`; 1 unless said. */
  readonly dx?: number
  /** The last unless said. */
  readonly axis?: number
}

/** Differences of neighbours along an axis. */
const steps = (x: Tensor, axis: number): Tensor => {
  const n = x.sizes[axis] as number
  return n === 0 ? x : sub(sliceAxis(x, axis, 1, n), sliceAxis(x, axis, 0, n - 1))
}

/**
 * The area under y along an axis, by the trapezoidal rule.
 * @throws ShapeError if the points do not fit
 * @example np.trapezoid(np.array([1, 2, 3])).item() // 4
 */
export const trapezoid: DualOptions<TrapezoidOptions> = dualOptions(
  'trapezoid',
  ['x', 'dx', 'axis'],
  (given, { x = null, dx = 1, axis = -1 }: TrapezoidOptions) => {
    const [y, points] = promoteDTypes('trapezoid', [toFloat(given), ...(x === null ? [] : [toFloat(x)])]) as [
      Tensor,
      Tensor | undefined,
    ]
    const along = canonicalAxis('trapezoid', axis, y.ndim)
    const n = y.sizes[along] as number
    if (n === 0) return reduceSum(y, [along])
    const means = mul(add(sliceAxis(y, along, 1, n), sliceAxis(y, along, 0, n - 1)), 0.5)
    if (points === undefined) return mul(reduceSum(means, [along]), dx)
    if (points.ndim === 1 && points.size !== n) {
      throw new ShapeError(
        `trapezoid: ${points.size} points for axis ${along} of ${showType(y)}, which has ${n} values.`,
      )
    }
    const widths =
      points.ndim === 1
        ? broadcastInDim(steps(points, 0), means.sizes, [along])
        : broadcastTo(steps(points, along), means.sizes)
    return reduceSum(mul(means, widths), [along])
  },
)

export interface GradientOptions {
  /** The axes to differentiate along; all unless said. */
  readonly axis?: number | readonly number[] | null
}

/** Second-order differences inside, first-order ones at the ends (Fornberg 1988 for uneven points). */
const slopes = (f: Tensor, axis: number, spacing: TensorLike): Tensor => {
  const n = f.sizes[axis] as number
  if (n < 2) throw new ShapeError(`gradient: axis ${axis} of ${showType(f)} has ${n} elements; a slope needs two.`)
  const part = (from: number, to: number): Tensor => sliceAxis(f, axis, from, to)
  const ends = [sub(part(1, 2), part(0, 1)), sub(part(n - 1, n), part(n - 2, n - 1))] as const
  const [h] = promoteDTypes('gradient', [floats(spacing), f]) as [Tensor, Tensor]
  if (h.ndim === 0) {
    const over = (t: Tensor, by: number): Tensor => div(t, mul(broadcastTo(h, t.sizes), by))
    return concatenate([over(ends[0], 1), over(sub(part(2, n), part(0, n - 2)), 2), over(ends[1], 1)], axis)
  }
  if (h.ndim !== 1 || h.size !== n)
    throw new ShapeError(
      `gradient: ${showType(h)} are no points for axis ${axis} of ${showType(f)}, which has ${n} values.`,
    )
  const widths = steps(h, 0)
  const width = (from: number, to: number, like: Tensor): Tensor =>
    broadcastInDim(sliceAxis(widths, 0, from, to), like.sizes, [axis])
  const inner = part(1, n - 1)
  const [before, after] = [width(0, n - 2, inner), width(1, n - 1, inner)]
  const both = add(before, after)
  const terms = [
    mul(part(0, n - 2), div(mul(after, -1), mul(before, both))),
    mul(inner, div(sub(after, before), mul(before, after))),
    mul(part(2, n), div(before, mul(after, both))),
  ] as const
  const middle = add(add(terms[0], terms[1]), terms[2])
  return concatenate([div(ends[0], width(0, 1, ends[0])), middle, div(ends[1], width(n - 2, n - 1, ends[1]))], axis)
}

/**
 * Slopes of f along its axes, by differences of neighbours.
 * @param rest the spacing for all axes or each: a distance, or the points of an axis; 1 unless said. Options may follow
 * @returns one tensor for one axis, otherwise a list
 * @throws ShapeError if an axis has less than two elements or the points do not fit
 * @example np.gradient(np.array([1, 2, 4])) // [1, 1.5, 2]
 */
export const gradient = named(
  'gradient',
  (given: TensorLike, ...rest: readonly (TensorLike | GradientOptions)[]): Tensor | readonly Tensor[] => {
    const f = toFloat(given)
    const last = rest[rest.length - 1]
    const options = typeof last === 'object' && !(last instanceof Tensor) ? (last as GradientOptions) : {}
    const spacing = (options === last ? rest.slice(0, -1) : rest) as readonly TensorLike[]
    const { axis } = options
    const axes = Array.isArray(axis)
      ? axis.map((a) => canonicalAxis('gradient', a, f.ndim))
      : canonicalAxes('gradient', axis as number | null | undefined, f.ndim)
    if (spacing.length > 1 && spacing.length !== axes.length) {
      throw new ShapeError(`gradient: ${spacing.length} spacings for ${axes.length} axes. Give one, or one for each.`)
    }
    const results = axes.map((a, i) => slopes(f, a, spacing[spacing.length > 1 ? i : 0] ?? 1))
    return results.length === 1 ? (results[0] as Tensor) : results
  },
)
