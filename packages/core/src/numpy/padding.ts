/** Tensors with something around them. */
import { isFloat } from '../dtype.js'
import { ShapeError } from '../errors.js'
import { add, mul, sub } from '../primitives/arithmetic.js'
import { concatenate, pad as padP } from '../primitives/concatenate.js'
import { convertElementType } from '../primitives/convert.js'
import { broadcastInDim, broadcastTo } from '../primitives/shape.js'
import { rev, sliceAxis } from '../primitives/slice.js'
import { showType } from '../print.js'
import { checkSize, range } from '../shape.js'
import { show } from '../show.js'
import { ConcreteTensor, type Tensor, type TensorLike, toTensor } from '../tensor.js'
import { type Dual, dual } from './dual.js'
import { max, mean, min } from './reductions.js'
import { rint } from './rounding.js'

/** One width for all sides, [before, after] for all axes, or one such pair per axis. */
export type PadWidths =
  | number
  | readonly [number, number]
  | readonly [number]
  | readonly (readonly [number, number] | readonly [number])[]

export type PadMode =
  | 'constant'
  | 'edge'
  | 'reflect'
  | 'symmetric'
  | 'wrap'
  | 'linear_ramp'
  | 'maximum'
  | 'mean'
  | 'minimum'
  | 'empty'
  | ((edge: Tensor, widths: readonly [number, number], axis: number) => Tensor)

export interface PadOptions {
  /** Default 'constant'. A function gets the padded tensor, the widths and the axis, and gives the tensor back with that axis filled. */
  readonly mode?: PadMode
  /** For 'constant': a value for all sides, [before, after], or one such pair per axis. Default 0. */
  readonly constantValues?: TensorLike | readonly TensorLike[] | readonly (readonly TensorLike[])[]
  /** For 'linear_ramp': where the ramps end, as `constantValues`. Default 0. */
  readonly endValues?: number | readonly number[] | readonly (readonly number[])[]
  /** For 'maximum', 'mean', 'minimum': how many elements at the edge count; all by default. */
  readonly statLength?: number | readonly number[] | readonly (readonly number[])[]
  /** For 'reflect' and 'symmetric': 'odd' mirrors at the edge's value as well. Default 'even'. */
  readonly reflectType?: 'even' | 'odd'
}

type Pair<T> = readonly [T, T]

/** One pair per axis from what NumPy takes: a value, a pair, or a list of pairs. */
const pairsFor = <T>(rank: number, given: unknown, what: string): readonly Pair<T>[] => {
  const both = (x: unknown): Pair<T> => {
    if (!Array.isArray(x)) return [x as T, x as T]
    if (x.length === 1) return [x[0] as T, x[0] as T]
    if (x.length === 2) return [x[0] as T, x[1] as T]
    throw new ShapeError(`pad: ${what} ${show(x)} is no [before, after].`)
  }
  if (!Array.isArray(given) || !Array.isArray(given[0])) return range(rank).map(() => both(given))
  if (given.length === 1) return range(rank).map(() => both(given[0]))
  if (given.length === rank) return given.map(both)
  throw new ShapeError(
    `pad: ${what} has ${given.length} pairs and the tensor ${rank} axes. Give one [before, after] per axis, or one for all.`,
  )
}

const at = (x: Tensor, axis: number, start: number, size: number): Tensor => sliceAxis(x, axis, start, start + size)

const repeated = (x: Tensor, axis: number, count: number): Tensor =>
  broadcastTo(
    x,
    x.sizes.map((n, i) => (i === axis ? count : n)),
  )

/** Fills the sides of one axis from the tensor that it holds so far. */
type Fill = (x: Tensor, axis: number, widths: Pair<number>) => Tensor

const constantFill =
  (values: readonly Pair<TensorLike>[]): Fill =>
  (x, axis, [before, after]) => {
    const side = (value: TensorLike, width: number): readonly Tensor[] => {
      if (width === 0) return []
      const filler = convertElementType(toTensor(value), x.dtype, x.weakType)
      return [
        broadcastTo(
          filler,
          x.sizes.map((n, i) => (i === axis ? width : n)),
        ),
      ]
    }
    const [low, high] = values[axis] as Pair<TensorLike>
    return concatenate([...side(low, before), x, ...side(high, after)], axis)
  }

const edgeFill: Fill = (x, axis, [before, after]) => {
  const n = x.sizes[axis] as number
  const parts = [x]
  if (before > 0) parts.unshift(repeated(at(x, axis, 0, 1), axis, before))
  if (after > 0) parts.push(repeated(at(x, axis, n - 1, 1), axis, after))
  return concatenate(parts, axis)
}

const wrapFill: Fill = (x, axis, [before, after]) => {
  const n = x.sizes[axis] as number
  const parts: Tensor[] = []
  if (before % n > 0) parts.push(at(x, axis, n - (before % n), before % n))
  for (let i = 0; i < Math.floor(before / n); i++) parts.push(x)
  parts.push(x)
  for (let i = 0; i < Math.floor(after / n); i++) parts.push(x)
  if (after % n > 0) parts.push(at(x, axis, 0, after % n))
  return concatenate(parts, axis)
}

/** Mirrors as often as it takes; `apart` is 1 if the edge itself is not repeated. */
const mirrorFill =
  (apart: 0 | 1, odd: boolean): Fill =>
  (given, axis, [before, after]) => {
    let x = given
    if (x.sizes[axis] === 1 && apart === 1) return edgeFill(x, axis, [before, after])
    const mirrored = (edge: Tensor, part: Tensor): Tensor =>
      odd ? sub(broadcastTo(mul(edge, 2), part.sizes), part) : part
    let [left, right] = [before, after]
    while (left > 0 || right > 0) {
      const n = x.sizes[axis] as number
      const [low, high] = [Math.min(left, n - apart), Math.min(right, n - apart)]
      const parts = [x]
      if (low > 0) parts.unshift(mirrored(at(x, axis, 0, 1), rev(at(x, axis, apart, low), [axis])))
      if (high > 0) parts.push(mirrored(at(x, axis, n - 1, 1), rev(at(x, axis, n - apart - high, high), [axis])))
      x = concatenate(parts, axis)
      left -= low
      right -= high
    }
    return x
  }

const rampFill =
  (ends: readonly Pair<number>[]): Fill =>
  (x, axis, [before, after]) => {
    const n = x.sizes[axis] as number
    const work = isFloat(x.dtype) ? x : convertElementType(x, 'float64')
    const [low, high] = ends[axis] as Pair<number>
    const ramp = (edge: Tensor, width: number, end: number, mirrored: boolean): Tensor => {
      const fractions = range(width).map((i) => (mirrored ? i + 1 : width - i) / width)
      const weights = convertElementType(
        new ConcreteTensor([width], 'float64', Float64Array.from(fractions)),
        edge.dtype,
      )
      const shape = x.sizes.map((m, i) => (i === axis ? width : m))
      const w = broadcastInDim(weights, shape, [axis])
      const value = add(mul(broadcastTo(edge, shape), sub(1, w)), mul(w, end))
      return isFloat(x.dtype) ? value : convertElementType(value, x.dtype)
    }
    const parts = [x]
    if (before > 0) parts.unshift(ramp(at(work, axis, 0, 1), before, low, false))
    if (after > 0) parts.push(ramp(at(work, axis, n - 1, 1), after, high, true))
    return concatenate(parts, axis)
  }

const statisticFill =
  (
    statistic: (x: Tensor, options: { axis: number; keepdims: boolean }) => Tensor,
    lengths: readonly Pair<number>[] | null,
  ): Fill =>
  (x, axis, [before, after]) => {
    const n = x.sizes[axis] as number
    const [low, high] = lengths?.[axis] ?? [n, n]
    const side = (start: number, size: number, width: number): readonly Tensor[] => {
      if (width === 0) return []
      const value = statistic(at(x, axis, start, size), { axis, keepdims: true })
      const whole = isFloat(x.dtype) ? value : convertElementType(isFloat(value.dtype) ? rint(value) : value, x.dtype)
      return [repeated(whole, axis, width)]
    }
    const [a, b] = [Math.min(low, n), Math.min(high, n)]
    return concatenate([...side(0, a, before), x, ...side(n - b, b, after)], axis)
  }

const fillOf = (
  x: Tensor,
  { mode = 'constant', constantValues = 0, endValues = 0, statLength, reflectType = 'even' }: PadOptions,
): Fill => {
  const lengths = statLength === undefined ? null : pairsFor<number>(x.ndim, statLength, 'statLength')
  switch (mode) {
    case 'constant':
      return constantFill(pairsFor<TensorLike>(x.ndim, constantValues, 'constantValues'))
    case 'empty':
      return constantFill(pairsFor<TensorLike>(x.ndim, 0, 'constantValues'))
    case 'edge':
      return edgeFill
    case 'wrap':
      return wrapFill
    case 'reflect':
      return mirrorFill(1, reflectType === 'odd')
    case 'symmetric':
      return mirrorFill(0, reflectType === 'odd')
    case 'linear_ramp':
      return rampFill(pairsFor<number>(x.ndim, endValues, 'endValues'))
    case 'maximum':
      return statisticFill(max, lengths)
    case 'minimum':
      return statisticFill(min, lengths)
    case 'mean':
      return statisticFill(mean, lengths)
    default:
      if (typeof mode === 'function') {
        return (y, axis, widths) =>
          mode(
            padP(
              y,
              0,
              y.sizes.map((_, i) => (i === axis ? ([...widths, 0] as const) : ([0, 0, 0] as const))),
            ),
            widths,
            axis,
          )
      }
      throw new ShapeError(
        `pad: mode ${show(mode)} is none of 'constant', 'edge', 'reflect', 'symmetric', 'wrap', 'linear_ramp', 'maximum', 'mean', 'minimum', 'empty'.`,
      )
  }
}

/** Numbers for all sides of one value take one copy. */
const isPlain = ({ mode = 'constant', constantValues = 0 }: PadOptions): boolean =>
  mode === 'constant' && typeof constantValues === 'number'

/**
 * x with elements put before and after along each axis: constants, or copies of what it holds, axis by axis.
 * @param widths one number, [before, after], or one such pair per axis
 * @throws ShapeError for negative widths, pairs that do not fit, or an empty axis whose elements a mode would need
 * @example np.pad(np.array([1, 2]), [1, 2]).toArray() // [0, 1, 2, 0, 0]
 * @example np.pad(np.array([1, 2, 3]), [2, 1], { mode: 'reflect' }).toArray() // [3, 2, 1, 2, 3, 2]
 */
export const pad: Dual<[widths: PadWidths, options?: PadOptions]> = dual(
  'pad',
  1,
  ['mode', 'constantValues', 'endValues', 'statLength', 'reflectType'],
  (x: TensorLike, widths: PadWidths, options: PadOptions = {}): Tensor => {
    const tensor = toTensor(x)
    const pairs = pairsFor<number>(tensor.ndim, widths, 'widths')
    if (pairs.some((pair) => pair.some((n) => !Number.isInteger(n) || n < 0))) {
      throw new ShapeError(`pad: widths ${show(widths)} have to be whole numbers ≥ 0. x.slice(…) takes elements away.`)
    }
    checkSize(
      'pad',
      tensor.sizes.map((n, i) => n + (pairs[i]?.[0] ?? 0) + (pairs[i]?.[1] ?? 0)),
    )
    if (isPlain(options)) {
      const value = convertElementType(toTensor((options.constantValues as number | undefined) ?? 0), tensor.dtype)
      return padP(
        tensor,
        value,
        pairs.map(([before, after]) => [before, after, 0] as const),
      )
    }
    const fill = fillOf(tensor, options)
    const needsElements = options.mode !== undefined && options.mode !== 'constant' && options.mode !== 'empty'
    return pairs.reduce<Tensor>((y, pair, axis) => {
      if (pair[0] === 0 && pair[1] === 0) return y
      if (needsElements && y.sizes[axis] === 0) {
        throw new ShapeError(
          `pad: axis ${axis} of ${showType(tensor)} is empty, so mode '${String(options.mode)}' has nothing to repeat.`,
        )
      }
      return fill(y, axis, pair)
    }, tensor)
  },
)
